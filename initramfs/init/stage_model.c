/* SPDX-License-Identifier: MIT */
/*
 * The model stage: every model file is hashed against the plan, on all cores, then each model is
 * measured, then the container may see them. Embedded files lie in the initramfs; those of a
 * payload volume come into a file system in memory of their own, in huge pages.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"
#include "initramfs/init/loading.h"
#include "measure/lib/model.h"

#define VOLUME_DIR   "/rampart/volume"
#define VOLUME_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* need: bytes of memory that the files on a volume take. */
static int mount_volume_dir(uint64_t need)
{
	char options[64];

	(void)snprintf(options, sizeof(options), "mode=0755,huge=within_size,size=%" PRIu64, need);
	if (mkdir(VOLUME_DIR, 0755) < 0 ||
	    mount("volume", VOLUME_DIR, "tmpfs", VOLUME_FLAGS, options) < 0)
		return because(-errno, "cannot mount %s: %s", VOLUME_DIR, strerror(errno));
	return 0;
}

/* A file of a model of several is in a folder of that model. */
static int place(const struct plan_file *want, struct loading_file *ret)
{
	size_t folder = model_name_len(want);

	*ret = (struct loading_file){ .want = want, .part = want->volume ? want->name : NULL };
	if (want->volume && want->name[folder]) {
		(void)snprintf(ret->path, sizeof(ret->path), VOLUME_DIR "/%.*s", (int)folder,
			       want->name);
		if (mkdir(ret->path, 0755) < 0 && errno != EEXIST)
			return because(-errno, "%s: cannot make it: %s", ret->path,
				       strerror(errno));
	}
	(void)snprintf(ret->path, sizeof(ret->path), "%s/%s",
		       want->volume ? VOLUME_DIR : PLAN_MODEL_DIR, want->name);
	return 0;
}

static int load_all(struct boot *b)
{
	static struct loading_file file[PLAN_MODELS_MAX];
	const struct plan *plan = &b->plan;
	uint64_t need = 0;
	int r = 0;

	for (size_t i = 0; i < plan->n_model; i++)
		if (plan->model[i].volume)
			need += loading_memory(plan->model[i].size);
	if (need > 0)
		r = mount_volume_dir(need);
	for (size_t i = 0; i < plan->n_model && r == 0; i++)
		r = place(&plan->model[i], &file[i]);
	if (r == 0)
		r = loading_run(b, file, plan->n_model);
	if (r == 0)
		progress_add(&b->progress, plan->models_size);
	if (r == 0 && need > 0 &&
	    mount(NULL, VOLUME_DIR, NULL, MS_REMOUNT | MS_RDONLY | VOLUME_FLAGS, NULL) < 0)
		r = because(-errno, "cannot make %s read-only: %s", VOLUME_DIR, strerror(errno));
	return r;
}

static int measure_all(struct boot *b)
{
	int r = 0;

	for (size_t i = 0; i < b->plan.n_model && r == 0; i = model_end(&b->plan, i)) {
		struct event event;

		r = model_event(&b->plan, i, &event);
		if (r == 0)
			r = measure(b, &event);
	}
	return r;
}

static bool is_embedded(const struct plan *plan, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < plan->n_model; i++)
		if (!plan->model[i].volume && !strncmp(plan->model[i].name, name, len) &&
		    (plan->model[i].name[len] == '\0' || plan->model[i].name[len] == '/'))
			return true;
	return false;
}

/* The container sees the whole folder, so nothing may be in it that PCR 14 does not cover. */
static int check_strays(const struct plan *plan, const char *folder)
{
	char path[sizeof(PLAN_MODEL_DIR) + 2 * (1 + NAME_MAX)];
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", PLAN_MODEL_DIR, folder);
	dir = opendir(path);
	if (!dir)
		return because(-errno, "cannot list %s: %s", path, strerror(errno));
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		char name[2 * (1 + NAME_MAX)];

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		(void)snprintf(name, sizeof(name), "%s%s%s", folder, *folder ? "/" : "",
			       entry->d_name);
		if (!is_embedded(plan, name))
			r = because(-EPROTO, "%s/%s: the plan does not name this file",
				    PLAN_MODEL_DIR, name);
		else if (entry->d_type == DT_DIR)
			r = *folder ? because(-EPROTO, "%s: a folder", name)
				    : check_strays(plan, name);
	}
	(void)closedir(dir);
	return r;
}

/* Puts what came from the volume where the container looks for it. */
static int show_volume(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_model; i = model_end(plan, i)) {
		const struct plan_file *file = &plan->model[i];
		size_t len = model_name_len(file);
		char from[sizeof(VOLUME_DIR) + 128], to[sizeof(PLAN_MODEL_DIR) + 128];
		int r;

		if (!file->volume)
			continue;
		(void)snprintf(from, sizeof(from), "%s/%.*s", VOLUME_DIR, (int)len, file->name);
		(void)snprintf(to, sizeof(to), "%s/%.*s", PLAN_MODEL_DIR, (int)len, file->name);
		r = file->name[len] ? mkdir(to, 0755) : mknod(to, S_IFREG | 0444, 0);
		if (r < 0 || mount(from, to, NULL, MS_BIND, NULL) < 0)
			return because(-errno, "cannot show %s: %s", to, strerror(errno));
	}
	return 0;
}

int stage_model(struct boot *b)
{
	int r;

	progress_stage(&b->progress, STATUS_MODEL);
	(void)mkdir(PLAN_MODEL_DIR, 0755); /* an image without a model has no folder for it */
	r = check_strays(&b->plan, "");
	if (r == 0)
		r = load_all(b);
	if (r == 0)
		r = measure_all(b);
	return r < 0 ? r : show_volume(&b->plan);
}
