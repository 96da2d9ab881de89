/* SPDX-License-Identifier: MIT */
/* Apart from confine.c, which whoever reads the launcher must read as well (launcher-size.t). */
#include <errno.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "initramfs/common/confine.h"
#include "measure/lib/wall.h"

#define FILES_MAX     64	 /* init has some 20 of its own when it starts one */
#define PROCESSES_MAX 4		 /* udhcpc and its hook */
#define MEMORY_MAX    (16 << 20) /* bytes of each; they use one tenth */

static int limit(void)
{
	const struct rlimit none = { 0, 0 }, files = { FILES_MAX, FILES_MAX };
	const struct rlimit processes = { PROCESSES_MAX, PROCESSES_MAX };
	const struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };

	if (setrlimit(RLIMIT_CORE, &none) < 0 || setrlimit(RLIMIT_FSIZE, &none) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &files) < 0 || setrlimit(RLIMIT_NPROC, &processes) < 0 ||
	    setrlimit(RLIMIT_AS, &memory) < 0)
		return -errno;
	return 0;
}

int confine_to_packets(uid_t id, const char *root, int filter_fd)
{
	/* busybox opens the folder, for want of a /dev/null. */
	static const struct wall_tree programs = { "/", LANDLOCK_ACCESS_FS_EXECUTE |
								LANDLOCK_ACCESS_FS_READ_FILE |
								LANDLOCK_ACCESS_FS_READ_DIR };
	const uint32_t keep = 1u << CAP_NET_RAW;
	int r = limit();

	/*
	 * Capabilities outlive a change of user only with KEEPCAPS, and execve(2) only as ambient.
	 */
	if (r == 0 &&
	    (chroot(root) < 0 || chdir("/") < 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0))
		r = -errno;
	if (r == 0)
		r = caps_bound(keep);
	if (r == 0)
		r = become(id);
	if (r == 0)
		r = caps_set(keep);
	if (r == 0 && (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) < 0 ||
		       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0))
		r = -errno;
	if (r == 0)
		r = wall_landlock(&programs, 1, 0, 0);
	return r < 0 ? r : wall_filter(filter_fd, false);
}
