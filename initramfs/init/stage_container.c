/* SPDX-License-Identifier: MIT */
/* The container stage: loaded, hashed against the plan, measured, then used. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"
#include "initramfs/init/loading.h"
#include "initramfs/init/planfile.h"

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

/* On a volume, it comes into a file beside the initramfs's own: EROFS cannot be mounted from tmpfs. */
static int load(struct boot *b, int *ret_fd)
{
	const struct plan_file *want = &b->plan.container;
	const struct loading_file file = {
		.want = want,
		.part = PLAN_CONTAINER_PART,
		.path = PLAN_CONTAINER_PATH,
	};
	int r = loading_check_memory(&b->plan);

	if (r == 0 && !want->volume)
		return planfile_open_verified(PLAN_CONTAINER_PATH, want, ret_fd);
	if (r == 0)
		r = loading_run(b, &file, 1);
	return r < 0 ? r : planfile_open_owned(PLAN_CONTAINER_PATH, want, ret_fd);
}

int stage_container(struct boot *b)
{
	const struct plan_file *want = &b->plan.container;
	struct event event;
	int fd, r;

	progress_stage(&b->progress, STATUS_CONTAINER);
	r = load(b, &fd);
	if (r < 0)
		return r;
	progress_add(&b->progress, want->size);
	r = event_container(want->name, &want->digest, want->fsverity, want->size, &event);
	if (r == 0)
		r = measure(b, &event);
	if (r == 0)
		r = mount_container(fd);
	(void)close(fd);
	return r;
}
