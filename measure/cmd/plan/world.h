/* SPDX-License-Identifier: MIT */
/*
 * What the container sees and may write to beside its image, as image.conf has it: [world] and the
 * file systems in memory of [limits]. Each fails as fail() does, with command's name in the line.
 */
#ifndef MEASURE_CMD_PLAN_WORLD_H
#define MEASURE_CMD_PLAN_WORLD_H

#include "measure/cmd/plan/draft.h"
#include "measure/cmd/plan/imageconf.h"
#include "measure/cmd/plan/imagefiles.h"

/* The plan's lines. */
void world_lines(struct draft *draft, struct imageconf *conf);

/*
 * Whether the image can have it: each path of scratch is a folder of its own, and a writable root
 * has room for the image and fits the memory.
 */
int world_check(const char *command, const struct imageconf *conf, const struct imagefiles *files);

/*
 * Prints how the container's file system must be for it, for scripts/image/import.sh: "name
 * NAME", a line "folder PATH" for workdir and for each path of scratch, and "compress ALGORITHM"
 * if it is compressed.
 */
void world_wants(const struct imageconf *conf);

#endif
