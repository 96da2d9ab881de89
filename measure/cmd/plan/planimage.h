/* SPDX-License-Identifier: MIT */
/*
 * What the plan says of the container's image itself: its bytes and its user. Each fails as fail()
 * does, with command's name in the line.
 */
#ifndef MEASURE_CMD_PLAN_PLANIMAGE_H
#define MEASURE_CMD_PLAN_PLANIMAGE_H

#include "measure/cmd/plan/draft.h"

/* Digests of the EROFS file, and of the OCI manifest (NULL, or an empty file: there is none). */
int planimage_container(struct draft *draft, const char *command, const char *container,
			const char *manifest);

/* The one line of the file at path, "UID:GID NAME"; path may be NULL. */
int planimage_user(struct draft *draft, const char *command, const char *path);

#endif
