/* SPDX-License-Identifier: MIT */
/* Namespaces and mounts: a new namespace brings capabilities, another one brings other files. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define USER_NS	  "0x10000000"
#define MNT_NS	  "0x00020000"
#define CGROUP_NS "0x02000000"
#define UTS_NS	  "0x04000000"
#define IPC_NS	  "0x08000000"
#define PID_NS	  "0x20000000"
#define NET_NS	  "0x40000000"
#define TIME_NS	  "0x00000080"

/* The first fields of the kernel's struct clone_args: VER0, which every clone3 takes. */
struct clone_args_v0 {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

static int run_unshare(const char *arg)
{
	return result(unshare((int)strtol(arg, NULL, 0)));
}

static int wait_for(long pid)
{
	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(0);
	return waitpid((pid_t)pid, NULL, 0) == pid ? 0 : -errno;
}

static int run_clone(const char *arg)
{
	return wait_for(syscall(SYS_clone, strtol(arg, NULL, 0) | SIGCHLD, 0, 0, 0, 0));
}

static int run_clone3(const char *arg)
{
	struct clone_args_v0 args = { .flags = (uint64_t)strtol(arg, NULL, 0),
				      .exit_signal = SIGCHLD };

	return wait_for(syscall(SYS_clone3, &args, sizeof(args)));
}

/* arg: below /proc/self/ns. Even its own namespace a process may re-enter only with privileges. */
static int run_setns(const char *arg)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", arg);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : result(setns(fd, 0));
}

static int run_setns_pidfd(const char *arg)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	(void)arg;
	return fd < 0 ? -errno : result(setns(fd, CLONE_NEWUTS | CLONE_NEWNET));
}

/* arg: the type, mounted over /tmp, which every image has. */
static int run_mount(const char *arg)
{
	return result(mount(arg, "/tmp", arg, 0, NULL));
}

static int run_overlay(const char *arg)
{
	(void)arg;
	return result(mount("overlay", "/tmp", "overlay", MS_RDONLY, "lowerdir=/tmp:/dev"));
}

/* arg: the target, made writable. */
static int run_remount(const char *arg)
{
	return result(mount(NULL, arg, NULL, MS_REMOUNT, NULL));
}

static int run_remount_bind(const char *arg)
{
	return result(mount(NULL, arg, NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int run_bind(const char *arg)
{
	return result(mount(arg, "/tmp", NULL, MS_BIND, NULL));
}

static int run_move(const char *arg)
{
	return result(mount(arg, "/tmp", NULL, MS_MOVE, NULL));
}

static int run_shared(const char *arg)
{
	return result(mount(NULL, arg, NULL, MS_REC | MS_SHARED, NULL));
}

static int run_umount(const char *arg)
{
	return result(umount2(arg, MNT_DETACH));
}

static int run_pivot_root(const char *arg)
{
	int r = result(syscall(SYS_pivot_root, arg, arg));

	return r == -EBUSY ? 0
			   : r; /* it is the root already, but the kernel checks permission first */
}

static int run_chroot(const char *arg)
{
	return result(chroot(arg));
}

static int run_fsopen(const char *arg)
{
	return result(syscall(SYS_fsopen, arg, 0));
}

static int run_open_tree(const char *arg)
{
	return result(syscall(SYS_open_tree, AT_FDCWD, arg, 1 /* OPEN_TREE_CLONE */));
}

static int run_mount_setattr(const char *arg)
{
	const uint64_t attr[4] = { 0, 1 /* clear MOUNT_ATTR_RDONLY */, 0, 0 };

	return result(syscall(SYS_mount_setattr, AT_FDCWD, arg, 0, attr, sizeof(attr)));
}

static int run_move_mount(const char *arg)
{
	return result(syscall(SYS_move_mount, AT_FDCWD, arg, AT_FDCWD, "/tmp", 0));
}

static int run_hostname(const char *arg)
{
	return result(sethostname(arg, strlen(arg)));
}

static int run_domainname(const char *arg)
{
	return result(setdomainname(arg, strlen(arg)));
}

static const struct attempt attempts[] = {
	{ "unshare-user", "become root in a new user namespace", REFUSED, run_unshare, USER_NS,
	  ENOSPC },
	{ "unshare-mnt", "mount what one likes", REFUSED, run_unshare, MNT_NS, 0 },
	{ "unshare-pid", "hide processes", REFUSED, run_unshare, PID_NS, 0 },
	{ "unshare-net", "own a network", REFUSED, run_unshare, NET_NS, 0 },
	{ "unshare-ipc", "own IPC", REFUSED, run_unshare, IPC_NS, 0 },
	{ "unshare-uts", "own a host name", REFUSED, run_unshare, UTS_NS, 0 },
	{ "unshare-cgroup", "hide in the groups", REFUSED, run_unshare, CGROUP_NS, 0 },
	{ "unshare-time", "own a clock", REFUSED, run_unshare, TIME_NS, 0 },
	{ "clone-user", "become root in a new user namespace", REFUSED, run_clone, USER_NS,
	  ENOSPC },
	{ "clone-mnt", "mount what one likes", REFUSED, run_clone, MNT_NS, 0 },
	{ "clone-pid", "hide processes", REFUSED, run_clone, PID_NS, 0 },
	{ "clone-net", "own a network", REFUSED, run_clone, NET_NS, 0 },
	{ "clone-ipc", "own IPC", REFUSED, run_clone, IPC_NS, 0 },
	{ "clone-uts", "own a host name", REFUSED, run_clone, UTS_NS, 0 },
	{ "clone-cgroup", "hide in the groups", REFUSED, run_clone, CGROUP_NS, 0 },
	{ "clone3-user", "pass a filter that cannot read flags", REFUSED, run_clone3, USER_NS,
	  ENOSPC },
	{ "setns-mnt", "enter other files", REFUSED, run_setns, "mnt", 0 },
	{ "setns-pid", "enter other processes", REFUSED, run_setns, "pid", 0 },
	{ "setns-net", "enter another network", REFUSED, run_setns, "net", 0 },
	{ "setns-ipc", "enter other IPC", REFUSED, run_setns, "ipc", 0 },
	{ "setns-uts", "enter another host name", REFUSED, run_setns, "uts", 0 },
	{ "setns-cgroup", "enter other groups", REFUSED, run_setns, "cgroup", 0 },
	{ "setns-pidfd", "enter several at once", REFUSED, run_setns_pidfd, NULL, 0 },
	{ "mount-tmpfs", "cover files", REFUSED, run_mount, "tmpfs", 0 },
	{ "mount-proc", "get an unmasked /proc", REFUSED, run_mount, "proc", 0 },
	{ "mount-sysfs", "get a /sys", REFUSED, run_mount, "sysfs", 0 },
	{ "mount-cgroup2", "change the limits", REFUSED, run_mount, "cgroup2", 0 },
	{ "mount-devtmpfs", "get every device", REFUSED, run_mount, "devtmpfs", 0 },
	{ "mount-securityfs", "read the TPM's logs", REFUSED, run_mount, "securityfs", 0 },
	{ "mount-debugfs", "reach the kernel's insides", REFUSED, run_mount, "debugfs", 0 },
	{ "mount-overlay", "change files from below", REFUSED, run_overlay, NULL, 0 },
	{ "remount-root", "write to the root", REFUSED, run_remount, "/", 0 },
	{ "remount-bind-root", "write to the root", REFUSED, run_remount_bind, "/", 0 },
	{ "remount-proc", "see all processes", REFUSED, run_remount, "/proc", 0 },
	{ "remount-dev", "make devices", REFUSED, run_remount, "/dev", 0 },
	{ "bind-proc", "uncover what is masked", REFUSED, run_bind, "/proc", 0 },
	{ "move-dev", "uncover what is below", REFUSED, run_move, "/dev", 0 },
	{ "share-mounts", "send mounts outside", REFUSED, run_shared, "/", 0 },
	{ "umount-proc", "uncover what is below", REFUSED, run_umount, "/proc", 0 },
	{ "umount-dev", "uncover what is below", REFUSED, run_umount, "/dev", 0 },
	{ "pivot-root", "change the root", REFUSED, run_pivot_root, "/", 0 },
	{ "chroot", "leave a root by entering one", REFUSED, run_chroot, "/tmp", 0 },
	{ "fsopen", "mount by the new calls", REFUSED, run_fsopen, "tmpfs", 0 },
	{ "open-tree", "take a copy of the mounts", REFUSED, run_open_tree, "/", 0 },
	{ "mount-setattr", "make the root writable", REFUSED, run_mount_setattr, "/", 0 },
	{ "move-mount", "move a mount", REFUSED, run_move_mount, "/dev", 0 },
	{ "sethostname", "change what the machine is called", REFUSED, run_hostname, "probe", 0 },
	{ "setdomainname", "change what the machine is called", REFUSED, run_domainname, "probe",
	  0 },
};

const struct topic ns_topic = { "namespaces", attempts, sizeof(attempts) / sizeof(attempts[0]) };
