/* SPDX-License-Identifier: MIT */
/*
 * What the plan says of the container's image itself: its bytes and its user. Each fails as fail()
 * does, with command's name in the line.
 */
#ifndef MEASURE_CMD_PLAN_PLANIMAGE_H
#define MEASURE_CMD_PLAN_PLANIMAGE_H

#include "measure/cmd/plan/draft.h"
#include "measure/cmd/plan/planprogram.h"

/* Digests of the EROFS file, and of the OCI manifest (NULL, or an empty file: there is none). */
int planimage_container(struct draft *draft, const char *command, const struct imageconf *conf,
			const char *container, const char *manifest);

/* The one line of the file at path, "UID:GID NAME"; path may be NULL. */
int planimage_user(struct draft *draft, const char *command, const char *path);

/* free() text, in either case. */
struct planimage_account {
	struct account is; /* points into text */
	char *text;
};

/* The two lines of the file at path, name and home, either of them maybe empty; path may be NULL. */
int planimage_account(const char *command, const char *path, struct planimage_account *ret_account);

#endif
