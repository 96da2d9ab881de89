/* SPDX-License-Identifier: MIT */
/* Devices: the container has null, zero, full, random and urandom. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "probe.h"

/* Any device in /dev that can be opened, but for the harmless five. */
static int run_other_device(const char *arg)
{
	static const char *const known[] = { "null", "zero", "full", "random", "urandom", NULL };
	DIR *dir = opendir("/dev");
	struct dirent *entry;
	char path[300];
	struct stat st;
	int r = -ENOENT;

	(void)arg;
	if (!dir)
		return -errno;
	while (r < 0 && (entry = readdir(dir))) {
		size_t i = 0;

		while (known[i] && strcmp(known[i], entry->d_name))
			i++;
		if (known[i] || fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		(void)snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		if ((S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) && try_read(path) == 0) {
			note("%.60s", entry->d_name);
			r = 0;
		}
	}
	(void)closedir(dir);
	return r;
}

/* A /dev/null that is really another device would be a way in. */
static int run_false_null(const char *arg)
{
	struct stat st;

	if (stat(arg, &st) < 0)
		return -errno;
	return st.st_rdev == makedev(1, 3) ? -EPERM : 0;
}

static int run_entropy(const char *arg)
{
	const struct {
		int bits, size;
		char bytes[8];
	} pool = { .bits = 64, .size = 8 };
	int fd = open(arg, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : result(ioctl(fd, 0x40085203 /* RNDADDENTROPY */, &pool));
}

/* Where output goes: /dev/null discards it; somebody reads a pipe, a file or a terminal. */
static int run_output(const char *arg)
{
	static const char canary[] = "PROBE-CANARY-stdout\n";
	int fd = arg[0] - '0';
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno == -EBADF ? -ENOENT : -errno;
	(void)!write(fd, canary, sizeof(canary) - 1);
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
		return -ENODEV;
	note("mode %o", (unsigned)st.st_mode & S_IFMT);
	return 0;
}

static int run_terminal(const char *arg)
{
	(void)arg;
	for (int fd = 0; fd < 3; fd++) {
		if (isatty(fd)) {
			note("descriptor %d", fd);
			return 0;
		}
	}
	return -ENOTTY;
}

static int run_type_ahead(const char *arg)
{
	return result(ioctl(0, TIOCSTI, arg));
}

#define DEVICE(id, reason, file) { "dev-" id, reason, REFUSED, try_read, "/dev/" file, 0 }

static const struct attempt attempts[] = {
	DEVICE("mem", "read the machine's memory", "mem"),
	DEVICE("kmem", "read the kernel's memory", "kmem"),
	DEVICE("port", "talk to hardware", "port"),
	DEVICE("kmsg", "read and write the kernel's log", "kmsg"),
	DEVICE("console", "write on the console", "console"),
	DEVICE("tty", "write on a terminal", "tty"),
	DEVICE("ttyS0", "write on the console", "ttyS0"),
	DEVICE("ptmx", "reach the terminals' code", "ptmx"),
	DEVICE("vcs", "read the screen", "vcs"),
	DEVICE("tpm0", "change PCRs, make quotes", "tpm0"),
	DEVICE("tpmrm0", "make quotes", "tpmrm0"),
	DEVICE("vda", "read the disk", "vda"),
	DEVICE("sda", "read the disk", "sda"),
	DEVICE("nvme0", "read the disk", "nvme0"),
	DEVICE("loop-control", "make disks", "loop-control"),
	DEVICE("mapper", "make disks", "mapper/control"),
	DEVICE("fuse", "serve files to others", "fuse"),
	DEVICE("tun", "make a network", "net/tun"),
	DEVICE("kvm", "run a machine inside", "kvm"),
	DEVICE("vhost-vsock", "talk to machines", "vhost-vsock"),
	DEVICE("vhost-net", "reach the kernel's network", "vhost-net"),
	DEVICE("vsock", "talk to the hypervisor", "vsock"),
	DEVICE("msr", "change the processor", "cpu/0/msr"),
	DEVICE("cpuid", "look at the processor", "cpu/0/cpuid"),
	DEVICE("hpet", "fine timing", "hpet"),
	DEVICE("rtc", "set the clock", "rtc0"),
	DEVICE("watchdog", "restart the machine", "watchdog"),
	DEVICE("hwrng", "drain the random numbers", "hwrng"),
	DEVICE("uinput", "type keys", "uinput"),
	DEVICE("event0", "read keys", "input/event0"),
	DEVICE("snapshot", "write a suspended machine", "snapshot"),
	DEVICE("userfaultfd", "hold the kernel mid-way", "userfaultfd"),
	DEVICE("dri", "reach a graphics driver", "dri/renderD128"),
	DEVICE("cpu-latency", "time by power states", "cpu_dma_latency"),
	DEVICE("sev-guest", "make the machine's reports", "sev-guest"),
	{ "other-device", "use a device nobody thought of", REFUSED, run_other_device, NULL, 0 },
	{ "false-null", "use a device in disguise", REFUSED, run_false_null, "/dev/null", 0 },
	{ "add-entropy", "weaken the random numbers", REFUSED, run_entropy, "/dev/urandom", 0 },
	{ "stdout", "print prompts", REFUSED, run_output, "1", 0 },
	{ "stderr", "print prompts", REFUSED, run_output, "2", 0 },
	{ "terminal", "own a terminal", REFUSED, run_terminal, NULL, 0 },
	{ "tiocsti", "type into somebody's terminal", REFUSED, run_type_ahead, "x", 0 },
};

const struct topic dev_topic = { "devices", attempts, sizeof(attempts) / sizeof(attempts[0]) };
