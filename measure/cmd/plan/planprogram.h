/* SPDX-License-Identifier: MIT */
/*
 * Which program the container runs, with which arguments: those of image.conf, else the container's
 * own. Each fails as fail() does, with command's name in the line.
 */
#ifndef MEASURE_CMD_PLAN_PLANPROGRAM_H
#define MEASURE_CMD_PLAN_PLANPROGRAM_H

#include "measure/cmd/plan/imageconf.h"
#include "measure/cmd/plan/ociconfig.h"

/* As with `docker run`: another entrypoint drops the container's own arguments too. */
int planprogram_arguments(const char *command, const struct imageconf *conf,
			  const struct ociconfig *oci, struct words *ret_args);

/*
 * The container's variables, then the definition's. If a name occurs more than once, the last value
 * counts, at the place of the first.
 */
int planprogram_environment(const char *command, const struct imageconf *conf,
			    const struct ociconfig *oci, struct words *ret_env);

#endif
