/* SPDX-License-Identifier: MIT */
/*
 * The keys of the plan and what their values may be: the inside of plan.c, which reads the lines.
 */
#ifndef MEASURE_PLANKEYS_H
#define MEASURE_PLANKEYS_H

#include "measure/lib/plan.h"

#define PLAN_KEYS_N 51

struct plan_key {
	const char *name;    /* a numbered one ends with its dot */
	size_t max;	     /* how often; more than 1 only for a numbered one */
	const char *missing; /* what to say; NULL: may be absent */
	/*
	 * Checks one value and stores it, or strings that point into it. -EPROTO with *ret_why, a
	 * static string; the plan is spoilt then.
	 */
	int (*set)(struct plan *plan, char *value, const char **ret_why);
};

extern const struct plan_key plan_keys[PLAN_KEYS_N]; /* sorted */

/* planworld.c: the keys about who the container is, what it sees and may write to; as set above. */
int planworld_isolate(struct plan *plan, char *value, const char **ret_why);
int planworld_loopback(struct plan *plan, char *value, const char **ret_why);
int planworld_netlink(struct plan *plan, char *value, const char **ret_why);
int planworld_proc(struct plan *plan, char *value, const char **ret_why);
int planworld_tmp(struct plan *plan, char *value, const char **ret_why);
int planworld_scratch(struct plan *plan, char *value, const char **ret_why);
int planworld_shm(struct plan *plan, char *value, const char **ret_why);
int planworld_sys(struct plan *plan, char *value, const char **ret_why);
int planworld_user(struct plan *plan, char *value, const char **ret_why);
int planworld_writable(struct plan *plan, char *value, const char **ret_why);

/* planmachine.c: the keys about the machine's devices and what drives them. */
int planmachine_device(struct plan *plan, char *value, const char **ret_why);
int planmachine_firmware(struct plan *plan, char *value, const char **ret_why);
int planmachine_module(struct plan *plan, char *value, const char **ret_why);
int planmachine_report(struct plan *plan, char *value, const char **ret_why);

/* "<name> sha256:<hex> <size>[ volume]", which is cut into strings; name is whatever it is. */
int plankeys_file(char *value, struct plan_file *ret, const char **ret_why);

/* Whether one name is a file where the other has a folder. before sorts before name. */
bool plankeys_clash(const char *before, const char *name);

/* planconfig.c: which instance configuration the machine takes; as set above. */
int planconfig_allow(struct plan *plan, char *value, const char **ret_why);
int planconfig_source(struct plan *plan, char *value, const char **ret_why);

/* What is wrong with them in a plan that was read whole, or NULL. */
const char *planconfig_fault(const struct plan *plan);

#endif
