/* SPDX-License-Identifier: MIT */
/* /proc and /sys: what of the machine can be read there, and what can be set. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"

#define DEPTH_MAX 8

/* Reads what it opens: some files refuse only then. An empty file counts as refused. */
static int run_read(const char *arg)
{
	char word[8]; /* some files return only whole words */
	ssize_t n;
	int fd = open(arg, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	n = read(fd, word, sizeof(word));
	return n < 0 ? -errno : n == 0 ? -ENOENT : 0;
}

/*
 * arg: "digits path" of a file of lines with addresses, which have that many digits. The
 * unprivileged are shown zeros, or shorter numbers that stand for them.
 */
static int run_addresses(const char *arg)
{
	char *path, line[512];
	size_t digits = strtoul(arg, &path, 10);
	FILE *in = fopen(path + 1, "re");
	int r = -ENOENT;

	if (!in)
		return -errno;
	while (r < 0 && fgets(line, sizeof(line), in)) {
		const char *p = line + strspn(line, " x0"); /* leading zeros and "0x" */

		if (strspn(p, "0123456789abcdef") >= digits) {
			note("%.*s", (int)strcspn(p, " \n"), p);
			r = 0;
		}
	}
	(void)fclose(in);
	return r;
}

/* The first regular file below path that can be opened for writing. */
static bool find_writable(const char *path, int depth)
{
	DIR *dir = depth < DEPTH_MAX ? opendir(path) : NULL;
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		char name[512];
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (lstat(name, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			found = find_writable(name, depth + 1);
		} else if (S_ISREG(st.st_mode) && try_write(name) == 0) {
			note("%.70s", name);
			found = true;
		}
	}
	if (dir)
		(void)closedir(dir);
	return found;
}

static int run_writable(const char *arg)
{
	return find_writable(arg, 0) ? 0 : -EACCES;
}

/* A process that is neither PID 1, nor the one that reports, nor this one. */
static int run_others(const char *arg)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int n = 0;

	(void)arg;
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		int pid = atoi(entry->d_name);

		n += pid > 1 && pid != getpid() && pid != getppid();
	}
	(void)closedir(dir);
	note("%d others", n);
	return n > 0 ? 0 : -ESRCH;
}

/* Through /proc/self/mem even a read-only mapping could be written to. */
static int run_force_memory(const char *arg)
{
	static const char page[4096] __attribute__((aligned(4096))) = "read-only";
	int fd = open(arg, O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pwrite(fd, "R", 1, (off_t)(uintptr_t)page);
	return n < 0 ? -errno : 0;
}

/* arg: "path text". */
static int run_write_text(const char *arg)
{
	char path[128];
	const char *text = strchr(arg, ' ') + 1;
	int fd;

	(void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(arg, " "), arg);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : result(write(fd, text, strlen(text)));
}

static int run_mkdir_group(const char *arg)
{
	int r = result(mkdir(arg, 0755));

	if (r == 0)
		(void)rmdir(arg);
	return r;
}

#define READ(id, reason, path)	  { id, reason, REFUSED, run_read, path, 0 }
#define WRITE(id, reason, path)	  { id, reason, REFUSED, try_write, path, 0 }
#define ADDRESS(id, reason, path) { id, reason, REFUSED, run_addresses, path, 0 }

static const struct attempt attempts[] = {
	READ("proc-kcore", "read the kernel's memory", "/proc/kcore"),
	READ("proc-kmsg", "read the kernel's log", "/proc/kmsg"),
	READ("proc-keys", "read keys' names", "/proc/keys"),
	READ("proc-key-users", "see who has keys", "/proc/key-users"),
	READ("proc-timer-list", "fine timing of the machine", "/proc/timer_list"),
	READ("proc-sched-debug", "see every process", "/proc/sched_debug"),
	READ("proc-latency", "fine timing of the machine", "/proc/latency_stats"),
	READ("proc-kpagecount", "map physical memory", "/proc/kpagecount"),
	READ("proc-kpageflags", "map physical memory", "/proc/kpageflags"),
	READ("proc-slabinfo", "groom the kernel's heap", "/proc/slabinfo"),
	ADDRESS("proc-vmallocinfo", "find the kernel's addresses", "12 /proc/vmallocinfo"),
	READ("proc-pagetypeinfo", "groom the kernel's pages", "/proc/pagetypeinfo"),
	READ("proc-config", "choose an exploit", "/proc/config.gz"),
	READ("proc-acpi", "reach firmware", "/proc/acpi/wakeup"),
	READ("proc-scsi", "reach disks", "/proc/scsi/scsi"),
	READ("proc-interrupts", "time the machine's work", "/proc/interrupts"),
	READ("proc-cmdline", "learn how the machine was started", "/proc/cmdline"),
	ADDRESS("proc-kallsyms", "find the kernel's addresses", "12 /proc/kallsyms"),
	ADDRESS("proc-iomem", "find the machine's addresses", "6 /proc/iomem"),
	ADDRESS("proc-self-stack", "find the kernel's addresses", "12 /proc/self/stack"),
	WRITE("sysrq-trigger", "stop or dump the machine", "/proc/sysrq-trigger"),
	WRITE("core-pattern", "have the kernel run a program", "/proc/sys/kernel/core_pattern"),
	WRITE("modprobe", "have the kernel run a program", "/proc/sys/kernel/modprobe"),
	WRITE("hotplug", "have the kernel run a program", "/sys/kernel/uevent_helper"),
	WRITE("binfmt-misc", "have the kernel run a program", "/proc/sys/fs/binfmt_misc/register"),
	WRITE("irq", "move interrupts", "/proc/irq/default_smp_affinity"),
	WRITE("max-namespaces", "allow itself namespaces", "/proc/sys/user/max_user_namespaces"),
	WRITE("ip-forward", "become a router", "/proc/sys/net/ipv4/ip_forward"),
	WRITE("drop-caches", "time the machine's files", "/proc/sys/vm/drop_caches"),
	WRITE("mtrr", "change how memory is cached", "/proc/mtrr"),
	{ "any-sysctl", "change any setting at all", REFUSED, run_writable, "/proc/sys", 0 },
	{ "any-sys", "change any device or group", REFUSED, run_writable, "/sys", 0 },
	{ "oom-score", "be spared when memory ends", REFUSED, run_write_text,
	  "/proc/self/oom_score_adj -1000", 0 },
	{ "loginuid", "hide from an audit", REFUSED, run_write_text, "/proc/self/loginuid 0",
	  EINVAL },
	{ "other-processes", "see others' processes", REFUSED, run_others, NULL, 0 },
	{ "self-mem-force", "write where writing is forbidden", REFUSED, run_force_memory,
	  "/proc/self/mem", 0 },
	WRITE("self-exe", "overwrite the launcher", "/proc/self/exe"),
	WRITE("pid-1-exe", "overwrite the launcher", "/proc/1/exe"),
	READ("sys-firmware", "read the firmware's tables", "/sys/firmware/acpi/tables/DSDT"),
	READ("sys-efivars", "read the firmware's variables", "/sys/firmware/efi/fw_platform_size"),
	READ("sys-tpm", "read PCRs", "/sys/class/tpm/tpm0/pcr-sha256/0"),
	READ("sys-securityfs", "read the TPM's logs", "/sys/kernel/security/lockdown"),
	READ("sys-pci", "look at the machine's devices",
	     "/sys/bus/pci/devices/0000:00:00.0/config"),
	READ("sys-mac", "know the machine's address", "/sys/class/net/eth0/address"),
	READ("sys-dmi", "know the machine's maker", "/sys/class/dmi/id/sys_vendor"),
	READ("sys-debug", "reach the kernel's insides", "/sys/kernel/debug/sleep_time"),
	READ("sys-notes", "know the kernel's build", "/sys/kernel/notes"),
	WRITE("cgroup-procs", "leave the group", "/sys/fs/cgroup/cgroup.procs"),
	WRITE("cgroup-memory", "raise the memory limit", "/sys/fs/cgroup/memory.max"),
	WRITE("cgroup-pids", "raise the process limit", "/sys/fs/cgroup/pids.max"),
	{ "cgroup-mkdir", "make a group of its own", REFUSED, run_mkdir_group,
	  "/sys/fs/cgroup/probe", 0 },
	WRITE("release-agent", "have the kernel run a program", "/sys/fs/cgroup/release_agent"),
};

const struct topic proc_topic = { "proc and sys", attempts,
				  sizeof(attempts) / sizeof(attempts[0]) };
