/* SPDX-License-Identifier: MIT */
/*
 * What this user's programs saw of the log that a policy names, from one to the next: a file of the
 * state folder "logs". It is locked while golden values are added.
 */
#ifndef MEASURE_CMD_LOGGED_H
#define MEASURE_CMD_LOGGED_H

#include "measure/cmd/signatures.h"
#include "measure/rampart.h"

/* Gives it to the policy. Each 0, or EXIT_UNSURE after an error line; ret_fd -1: there is no log. */
int logged_begin(const char *command, struct rampart_policy *policy, int *ret_fd);

/* Keeps the news, unless there was an error, r. That, or EXIT_UNSURE. */
int logged_end(const char *command, const struct rampart_policy *policy, int fd, int r);

/* Adds the proof of golden values at path, PATH.tlog-proof, if the policy wants one and it is there. */
int logged_find(const char *command, const struct rampart_policy *policy, const char *path,
		struct signatures *proof);

/* Whether name is that of the proof of file. */
bool logged_is_of(const char *name, const char *file);

#endif
