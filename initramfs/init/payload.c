/* SPDX-License-Identifier: MIT */
/* The container and model stages: hashed against the plan, measured, then used. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "fail.h"
#include "file.h"

/* Through the descriptor, so that what is mounted is what was hashed. */
static int mount_container(int fd)
{
	char source[32];

	(void)snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
	if (mkdir(CONTAINER_ROOT, 0755) < 0 ||
	    mount(source, CONTAINER_ROOT, "erofs", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0)
		return because(-errno, "cannot mount %s on %s: %s", PLAN_CONTAINER_PATH,
			       CONTAINER_ROOT, strerror(errno));
	return 0;
}

int stage_container(struct boot *b)
{
	const struct plan_file *want = &b->plan.container;
	struct event event;
	int fd, r = file_open_verified(PLAN_CONTAINER_PATH, want, &fd);

	if (r < 0)
		return r;
	r = event_container(want->name, &want->digest, want->size, &event);
	if (r == 0)
		r = measure(b, &event);
	if (r == 0)
		r = mount_container(fd);
	(void)close(fd);
	return r;
}

static int measure_model(struct boot *b, const struct plan_file *want)
{
	char path[sizeof(PLAN_MODEL_DIR) + 1 + NAME_MAX];
	struct event event;
	int fd, r;

	(void)snprintf(path, sizeof(path), "%s/%s", PLAN_MODEL_DIR, want->name);
	r = file_open_verified(path, want, &fd);
	if (r < 0)
		return r;
	(void)close(fd);
	r = event_model(want->name, &want->digest, want->size, &event);
	return r < 0 ? r : measure(b, &event);
}

static bool planned(const struct boot *b, const char *name)
{
	for (size_t i = 0; i < b->plan.n_model; i++)
		if (!strcmp(b->plan.model[i].name, name))
			return true;
	return false;
}

/* The container sees the whole folder, so nothing may be in it that PCR 14 does not tell. */
static int check_strays(const struct boot *b)
{
	DIR *dir = opendir(PLAN_MODEL_DIR);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return because(-errno, "cannot list %s: %s", PLAN_MODEL_DIR, strerror(errno));
	while (r == 0 && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    !planned(b, entry->d_name))
			r = because(-EPROTO, "%s/%s: the plan does not name this file",
				    PLAN_MODEL_DIR, entry->d_name);
	(void)closedir(dir);
	return r;
}

int stage_model(struct boot *b)
{
	int r = 0;

	(void)mkdir(PLAN_MODEL_DIR, 0755); /* an image without a model has no folder for it */
	for (size_t i = 0; r == 0 && i < b->plan.n_model; i++)
		r = measure_model(b, &b->plan.model[i]);
	return r < 0 ? r : check_strays(b);
}
