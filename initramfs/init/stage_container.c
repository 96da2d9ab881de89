/* SPDX-License-Identifier: MIT */
/* The container stage: hashed against the plan, measured, then used. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"
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

int stage_container(struct boot *b)
{
	const struct plan_file *want = &b->plan.container;
	struct event event;
	int fd, r = planfile_open_verified(PLAN_CONTAINER_PATH, want, &fd);

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
