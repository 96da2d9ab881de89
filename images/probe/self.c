/* SPDX-License-Identifier: MIT */
/* Rights: who the container is, what it could become, which processes it can reach. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

#define PID_LAST 32768 /* the kernel's default limit of process numbers */

static int run_setuid(const char *arg)
{
	return result(setresuid((uid_t)atoi(arg), (uid_t)atoi(arg), (uid_t)atoi(arg)));
}

static int run_setgid(const char *arg)
{
	return result(setresgid((gid_t)atoi(arg), (gid_t)atoi(arg), (gid_t)atoi(arg)));
}

static int run_setgroups(const char *arg)
{
	const gid_t group = (gid_t)atoi(arg);

	return result(setgroups(1, &group));
}

/* It returns the old id in any case, so it is called again. */
static int run_setfsuid(const char *arg)
{
	int want = atoi(arg);

	if (setfsuid((uid_t)-1) == want)
		want = 1;
	(void)setfsuid((uid_t)want);
	return setfsuid((uid_t)-1) == want ? 0 : -EPERM;
}

/* Root outside as well, when the map says that an id is its own. */
static int run_id_is_own(const char *arg)
{
	unsigned inner, outer, count;
	FILE *in = fopen(arg, "re");
	int r = -EPERM;

	if (!in)
		return -errno;
	while (fscanf(in, "%u %u %u", &inner, &outer, &count) == 3)
		if (inner == outer || outer < 1000)
			r = 0;
	(void)fclose(in);
	return r;
}

static int get_caps(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return result(syscall(SYS_capget, &header, data));
}

static int run_has_caps(const char *arg)
{
	struct __user_cap_data_struct data[2] = { 0 };
	int r = get_caps(data);

	(void)arg;
	if (r < 0)
		return r;
	note("%08x%08x", data[1].permitted, data[0].permitted);
	return data[0].permitted | data[1].permitted | data[0].effective ? 0 : -EPERM;
}

/* The name alone is worth nothing: it counts if a right comes with it. */
static int run_is_root(const char *arg)
{
	return getuid() != 0 && geteuid() != 0 && getgid() != 0 ? -EPERM : run_has_caps(arg);
}

/* What an execve(2) of a set-uid program could still give. */
static int run_bounding(const char *arg)
{
	(void)arg;
	for (int cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1) {
			note("capability %d", cap);
			return 0;
		}
	}
	return -EPERM;
}

static int run_capset(const char *arg)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	(void)arg;
	data[0].permitted = data[0].effective = 1u << CAP_SYS_ADMIN;
	return result(syscall(SYS_capset, &header, data));
}

static int run_ambient(const char *arg)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	(void)arg;
	if (get_caps(data) == 0) {
		data[0].inheritable = 1u << CAP_NET_RAW; /* else it cannot be passed on */
		if (syscall(SYS_capset, &header, data) < 0)
			return -errno;
	}
	return result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0));
}

static int run_securebits(const char *arg)
{
	(void)arg;
	return result(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
}

static int run_set_mm(const char *arg)
{
	/* Would claim to be another program. The right is checked before the bad descriptor. */
	int r = result(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, -1, 0, 0));

	(void)arg;
	return r == -EBADF ? 0 : r;
}

static int run_can_gain(const char *arg)
{
	(void)arg;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? -EPERM : 0;
}

/* Without a filter the whole kernel is there to be attacked. */
static int run_unfiltered(const char *arg)
{
	char line[128];
	int mode = -1;
	FILE *in = fopen(arg, "re");

	if (!in)
		return -errno;
	while (fgets(line, sizeof(line), in))
		(void)sscanf(line, "Seccomp: %d", &mode);
	(void)fclose(in);
	note("mode %d", mode);
	return mode == 2 ? -EPERM : 0;
}

static int run_extra_fds(const char *arg)
{
	(void)arg;
	note("%d above 2", extra_fds);
	return extra_fds > 0 ? 0 : -ENOENT;
}

static int run_signal_others(const char *arg)
{
	(void)arg;
	for (pid_t pid = 2; pid <= PID_LAST; pid++) {
		if (pid == getpid() || pid == getppid())
			continue;
		if (kill(pid, 0) == 0) {
			note("process %d", (int)pid);
			return 0;
		}
	}
	return -ESRCH;
}

/* The parent of PID 1 would be outside. */
static int run_outer_parent(const char *arg)
{
	char line[128];
	int parent = -1;
	FILE *in = fopen(arg, "re");

	if (!in)
		return -errno;
	while (fgets(line, sizeof(line), in))
		(void)sscanf(line, "PPid: %d", &parent);
	(void)fclose(in);
	return parent == 0 ? -ESRCH : 0;
}

static int run_pidfd_others(const char *arg)
{
	(void)arg;
	for (pid_t pid = 2; pid <= PID_LAST; pid++) {
		if (pid == getpid() || pid == getppid())
			continue;
		if (syscall(SYS_pidfd_open, pid, 0) >= 0) {
			note("process %d", (int)pid);
			return 0;
		}
		if (errno == EPERM || errno == ENOSYS)
			return -errno;
	}
	return -ESRCH;
}

/* arg: the resource's number; its hard limit is doubled. */
static int run_raise(const char *arg)
{
	struct rlimit limit;
	int resource = atoi(arg);

	if (getrlimit(resource, &limit) < 0)
		return -errno;
	if (limit.rlim_max == RLIM_INFINITY) {
		note("no limit");
		return 0;
	}
	limit.rlim_max =
		limit.rlim_max * 2 + 1; /* without a limit there would be no such number of files */
	limit.rlim_cur = limit.rlim_max;
	return result(setrlimit(resource, &limit));
}

static int run_core(const char *arg)
{
	struct rlimit limit;

	(void)arg;
	if (getrlimit(RLIMIT_CORE, &limit) < 0)
		return -errno;
	return limit.rlim_max == 0 ? -EPERM : 0;
}

static int run_nice(const char *arg)
{
	return result(setpriority(PRIO_PROCESS, 0, atoi(arg)));
}

/* musl has no sched_setscheduler(2) that does anything. */
static int run_scheduler(const char *arg)
{
	const struct sched_param param = { .sched_priority = 1 };

	return result(syscall(SYS_sched_setscheduler, 0, atoi(arg), &param));
}

static int run_deadline(const char *arg)
{
	const struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = { .size = 48, .policy = 6, .runtime = 10000000, .deadline = 20000000 };

	(void)arg;
	return result(syscall(SYS_sched_setattr, 0, &attr, 0));
}

static int run_ioprio(const char *arg)
{
	(void)arg; /* this process, real-time class */
	return result(syscall(SYS_ioprio_set, 1, 0, 1 << 13));
}

static const struct attempt attempts[] = {
	{ "is-root", "be root, with a right of it", REFUSED, run_is_root, NULL, 0 },
	{ "id-is-own", "be the same user outside", REFUSED, run_id_is_own, "/proc/self/uid_map",
	  0 },
	{ "setuid-root", "become root", REFUSED, run_setuid, "0", EINVAL },
	{ "setuid-other", "become somebody else", REFUSED, run_setuid, "101", EINVAL },
	{ "setgid-root", "become root's group", REFUSED, run_setgid, "0", EINVAL },
	{ "setgroups", "join groups", REFUSED, run_setgroups, "0", EINVAL },
	{ "setfsuid", "use files as somebody else", REFUSED, run_setfsuid, "0", 0 },
	{ "has-capabilities", "use a right of root", REFUSED, run_has_caps, NULL, 0 },
	{ "bounding-set", "get rights by a program", REFUSED, run_bounding, NULL, 0 },
	{ "capset", "give itself rights", REFUSED, run_capset, NULL, 0 },
	{ "ambient", "hand rights on", REFUSED, run_ambient, NULL, 0 },
	{ "securebits", "change the rules of root", REFUSED, run_securebits, NULL, EINVAL },
	{ "set-mm", "pretend to be another program", REFUSED, run_set_mm, NULL, EINVAL },
	{ "new-privileges", "gain rights by a program", REFUSED, run_can_gain, NULL, 0 },
	{ "unfiltered", "reach the whole kernel", REFUSED, run_unfiltered, "/proc/self/status", 0 },
	{ "host-descriptors", "use a forgotten descriptor", REFUSED, run_extra_fds, NULL, 0 },
	{ "signal-others", "end somebody outside", REFUSED, run_signal_others, NULL, 0 },
	{ "pidfd-others", "hold somebody outside", REFUSED, run_pidfd_others, NULL, 0 },
	{ "outer-parent", "see who started PID 1", REFUSED, run_outer_parent, "/proc/1/status", 0 },
	{ "raise-nofile", "open more files", REFUSED, run_raise, "7", 0 },
	{ "raise-msgqueue", "keep data in the kernel", REFUSED, run_raise, "12", 0 },
	{ "raise-memlock", "lock all memory", REFUSED, run_raise, "8", 0 },
	{ "raise-rtprio", "starve the gateway", REFUSED, run_raise, "14", 0 },
	{ "core-dump", "write memory to a file", REFUSED, run_core, NULL, 0 },
	{ "nice", "starve the gateway", REFUSED, run_nice, "-5", 0 },
	{ "sched-fifo", "starve the gateway", REFUSED, run_scheduler, "1", 0 },
	{ "sched-rr", "starve the gateway", REFUSED, run_scheduler, "2", 0 },
	{ "sched-deadline", "starve the gateway", REFUSED, run_deadline, NULL, 0 },
	{ "ioprio", "starve the gateway", REFUSED, run_ioprio, NULL, 0 },
};

const struct topic self_topic = { "rights", attempts, sizeof(attempts) / sizeof(attempts[0]) };
