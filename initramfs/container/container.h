/* SPDX-License-Identifier: MIT */
/*
 * The launcher's parts, in the order in which they are called, and what they share. Each returns 0,
 * or negative errno with the reason noted (reason.h) or left to the caller.
 */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

#include "measure/lib/containerwall.h"
#include "measure/lib/plan.h"

#define DEVICES_MAX (CONTAINER_DEVICES_N + PLAN_DEVICES_MAX)

struct device {
	char path[32]; /* /dev/<name>, in the initramfs and in the container */
	dev_t node;
};

struct container {
	struct plan plan;
	struct device device[DEVICES_MAX]; /* every container's, then those of the plan */
	size_t n_device;
	int group;  /* its control group, a folder */
	int events; /* memory.events in it */
	int proc;   /* in the container's process: a /proc that may still be written to */
	pid_t pid, dialer;
	/* Of several containers, each with a launcher's process of its own (main.c): */
	size_t slot; /* which one */
	int turn;    /* of their dialers (dialer.h); -1: there is one container */
	int alive;   /* closed to end its dialer */
	bool served; /* one of them has */
};

/* What a system call says, as the rest of the code does. a ?: b: the first of both that failed. */
static inline int sys(long r)
{
	return r < 0 ? -errno : 0;
}

/* Writes at most 63 bytes, at once, to a file of the kernel's below dir. */
int put(int dir, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Finds the devices that it gets. The plan's may be missing from this machine. */
int devices_find(struct container *c);

/*
 * Makes the control group with the limits of the plan, after ending that of an earlier container in
 * the same place.
 * If the plan passes devices, nothing in it can use another one than those that were found; in a debug image it can write
 * to the console, which is its output.
 */
int cgroup_make(struct container *c);

/* Whether the kernel ever killed the group for going over limit.memory. */
bool cgroup_was_oom_killed(const struct container *c);

/*
 * Starts the plan's program in namespaces of its own and in the group; the network namespace is the
 * caller's. Returns when the program runs.
 */
int container_start(struct container *c);

/*
 * In its process: its files. The image's root, read-only, or a copy; /proc of its own processes,
 * read-only, with the rest of the machine masked; a /dev of its devices and no other; /sys, empty or
 * of copies; the models at /model, read-only; scratch. Nothing of the initramfs stays reachable, nor
 * of its descriptors 0 to 2. Needs a mount and a pid namespace of its own.
 */
int files_enter(struct container *c);

/* A part of it. A tmpfs of size bytes at path, with a copy of what is there: now the current folder. */
int root_copy(const char *path, uint64_t size);

/*
 * In its process: its rights, none. An unprivileged user, also in the machine's eyes; a user
 * namespace in which nothing else is mapped and no further namespace can be made; no capability,
 * now or later; no new privileges; limits; Landlock; and the calls that its filter allows. Last
 * step: after it nothing of the set-up would be allowed any more. In a debug image it returns the
 * filter's listener (wall.h).
 */
int policy_enter(struct container *c);

#endif
