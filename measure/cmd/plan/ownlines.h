/* SPDX-License-Identifier: MIT */
/*
 * The plan's lines that image.conf decides alone, whatever its container, kernel and models are.
 * Each fails as fail() does, with command's name in the line. Both sort the lists of conf.
 */
#ifndef MEASURE_CMD_PLAN_OWNLINES_H
#define MEASURE_CMD_PLAN_OWNLINES_H

#include "measure/cmd/plan/draft.h"
#include "measure/cmd/plan/imageconf.h"

/* port: the container's, 1 or more; what a plan cannot have is told when it is read. */
int ownlines(const char *command, struct imageconf *conf, uint64_t port, bool debug,
	     struct draft *draft);

/* Whether a plan can have them, which is asked before anything is built for the image. */
int ownlines_check(const char *command, struct imageconf *conf);

#endif
