/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/common/file.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"
#include "measure/lib/array.h"

#define KERNEL_FS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* Parents first; /run is used by later stages. */
static const struct {
	const char *target, *type;
	unsigned long flags;
	const char *data;
} mounts[] = {
	{ "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755" },
	{ "/proc", "proc", KERNEL_FS, "hidepid=invisible" },
	{ "/sys", "sysfs", KERNEL_FS, NULL },
	{ "/sys/kernel/security", "securityfs", KERNEL_FS, NULL },
	{ "/sys/fs/cgroup", "cgroup2", KERNEL_FS, NULL },
	{ "/run", "tmpfs", KERNEL_FS, "mode=0755,size=16m" },
};

/*
 * The root of an initramfs has no parent mount, so pivot_root(2) refuses it in every child. Bound
 * on top of itself it has one. (And no child of a mount namespace can see below it.)
 */
static int bind_root(void)
{
	static const char self[] = "/rampart/self";

	if (mkdir(self, 0700) < 0 && errno != EEXIST)
		return because(-errno, "cannot make %s: %s", self, strerror(errno));
	if (mount("/", self, NULL, MS_BIND, NULL) < 0 || chdir(self) < 0 ||
	    mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0)
		return because(-errno, "cannot bind the root: %s", strerror(errno));
	return 0;
}

void boot_hurry(bool on)
{
	(void)file_write_text("/sys/kernel/rcu_expedited", on ? "1" : "0");
}

int stage_mounts(struct boot *b)
{
	int r;

	(void)b;
	(void)umask(0022);
	/* The console may have come with a /dev of its own, which the bind would hide. */
	(void)umount2("/dev", MNT_DETACH);
	(void)mkdir("/rampart", 0755);
	r = bind_root();
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(mounts); i++) {
		(void)mkdir(mounts[i].target, 0755);
		if (mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags,
			  mounts[i].data) < 0)
			r = because(-errno, "cannot mount %s on %s: %s", mounts[i].type,
				    mounts[i].target, strerror(errno));
	}
	boot_hurry(true);
	return r;
}
