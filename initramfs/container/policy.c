/* SPDX-License-Identifier: MIT */
/*
 * Every right that the container does not get is taken here, in this order: what still needs root
 * first, the calls that the rest of this is made of last.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "initramfs/common/confine.h"
#include "initramfs/common/reason.h"
#include "initramfs/common/service.h"
#include "initramfs/container/container.h"
#include "measure/lib/array.h"
#include "measure/lib/wall.h"

#define INNER_ID    1000      /* its user and group in its own eyes, if the plan names none */
#define SIGNALS_MAX 1024      /* queued ones: they are kernel memory */
#define FILES_MAX   (1 << 20) /* the kernel's nr_open, and the plan's */

/* Of processes and signals, the kernel of a small machine may give fewer, which it has then. */
static int limit(const struct container *c)
{
	static const int what[] = { RLIMIT_CORE,   RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE,
				    RLIMIT_NOFILE, RLIMIT_NPROC,   RLIMIT_SIGPENDING };
	const rlim_t max[] = { 0, 0, 0, c->plan.limit_files, c->plan.limit_pids, SIGNALS_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(what); i++) {
		struct rlimit l = { 0, 0 };

		(void)getrlimit(what[i], &l);
		l.rlim_cur = l.rlim_max = max[i] < l.rlim_max ? max[i] : l.rlim_max;
		if (setrlimit(what[i], &l) < 0)
			return -errno;
	}
	return 0;
}

/*
 * A process may map its own id, and nothing else, without any privilege: user_namespaces(7). In its
 * own eyes it is whom its image names.
 */
static int enter_user_namespace(int proc, const struct plan *plan)
{
	static const char map[] = "%" PRIu32 " %d 1\n";
	uint32_t uid = plan->user ? plan->uid : INNER_ID, gid = plan->user ? plan->gid : INNER_ID;

	return sys(unshare(CLONE_NEWUSER)) ?: put(proc, "self/setgroups", "deny") ?:
	       put(proc, "self/uid_map", map, uid, UID_CONTAINER) ?:
	       put(proc, "self/gid_map", map, gid, UID_CONTAINER);
}

/*
 * The new user namespace came with every capability in it, bounding set included. Its root, which
 * the image may name as its user, is nobody's: execve(2) would give that one back what the bounding
 * set has, which is nothing, and with these bits does not even look (capabilities(7)).
 */
static int drop_capabilities(void)
{
	const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
				   SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
				   SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

	return caps_bound(0) ?: sys(prctl(PR_SET_SECUREBITS, bits, 0, 0, 0)) ?: caps_clear() ?:
	       sys(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/*
 * A namespace of one's own brings capabilities in it, and with them much of the kernel to attack.
 */
static int forbid_namespaces(int proc)
{
	static const char *const kinds[] = { "user", "mnt",    "pid", "net",
					     "ipc",  "cgroup", "uts", "time" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char path[64];
		int r;

		(void)snprintf(path, sizeof(path), "sys/user/max_%s_namespaces", kinds[i]);
		r = put(proc, path, "0");
		if (r < 0 && r != -ENOENT) /* not in this kernel */
			return r;
	}
	return 0;
}

int policy_enter(struct container *c)
{
	/* The kernel gives 4096, and root alone may have more; what it may not have, limit() takes off. */
	(void)setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1024, FILES_MAX });
	return /* Whatever memory is short of: the container goes before the guest's own programs
		* do. Said by root: a score that another sets can be lowered again. */
	       because_of(put(c->proc, "self/oom_score_adj", "1000"), "cannot be the first to go") ?:
	       /* Root is given up before the user namespace exists, so that it is nowhere in it. A
		* change of user makes /proc/self root's; the maps are written through it. */
	       because_of(become(UID_CONTAINER) ?: sys(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)),
			  "cannot become an unprivileged user") ?:
	       because_of(enter_user_namespace(c->proc, &c->plan), "cannot enter its user namespace") ?:
	       /* In there: what a limit counts outside is counted for all containers together. */
	       because_of(limit(c), "cannot set its limits") ?:
	       because_of(forbid_namespaces(c->proc), "cannot forbid further namespaces") ?:
	       because_of(drop_capabilities(), "cannot drop its capabilities") ?:
	       because_of(sys(chdir(c->plan.workdir)), "cannot enter its working directory") ?:
	       because_of(container_wall(&c->plan), "cannot set up Landlock") ?:
	       because_of(wall_filter(SERVICE_CONTAINER_FILTER, c->plan.debug),
			  "cannot load its filter of system calls");
}
