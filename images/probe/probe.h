/* SPDX-License-Identifier: MIT */
/*
 * The probe: a program that runs as the container and tries ways out, one small function each. It
 * expects what Rampart promises; under other containers it shows what they let through.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* How an attempt must end. SIGSYS, the seccomp filter's verdict, is as good as a refusal. */
enum expect {
	REFUSED,     /* not allowed, or there is no such thing here */
	UNREACHABLE, /* or there is no way to the network */
	LIMITED,     /* succeeds until a limit below the attempt's own bound */
	FAULTED,     /* the processor or the kernel ends the process */
};

/*
 * One way out. run does it in a process of its own and returns 0 when it came through, else a
 * negative errno. An errno that can come from a badly made attempt (EINVAL, EFAULT, EBADF) counts
 * as no answer, unless it is `also`: the one that this wall gives.
 */
struct attempt {
	const char *name;
	const char *why; /* what the way out would be good for, one phrase */
	enum expect expect;
	int (*run)(const char *arg);
	const char *arg; /* of run */
	int also;
};

struct topic {
	const char *name;
	const struct attempt *attempts;
	size_t n;
};

extern const struct topic net_topic, ns_topic, files_topic, dev_topic, proc_topic, kernel_topic,
	self_topic, limits_topic;

/* ---- for the attempts ---- */

/* What a system call returned, as an attempt returns it. */
int result(long r);

/* Opens and closes; 0 when the file can be opened. */
int try_open(const char *path, int flags);

/* The same with O_RDONLY and O_WRONLY, for tables. */
int try_read(const char *path);
int try_write(const char *path);

/* At most 79 characters beside the result: what came through, or how far it went. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What main found before it did anything: descriptors above the usual three. */
extern int extra_fds;

/* The exit status of this program when an execve(2) of it came through. */
#define EXEC_WORD   "executed"
#define EXEC_STATUS 77

/* ---- run.c ---- */

enum verdict { OK, LEAK, UNCLEAR };

struct outcome {
	enum verdict verdict;
	char got[120];
};

/*
 * Makes one attempt in a child that cannot outlive its bound. With alone, the child has a mount
 * namespace of its own first: for a run as root without any walls, which shows what can come
 * through.
 */
void run_attempt(const struct attempt *attempt, bool alone, struct outcome *ret_outcome);

const char *expect_text(enum expect expect);

/* ---- bombs, by name: they would take down the machine if a limit did not hold ---- */

/*
 * Returns when the limit held, with what it took in text; memory never returns. -1: no such bomb.
 */
int bomb(const char *name, char *text, size_t size);

#endif
