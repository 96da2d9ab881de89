/* SPDX-License-Identifier: MIT */
/*
 * Which program the container runs and with what: image.conf's words where it has some, else the
 * container's own. Each fails as fail() does, with a line in the name of command.
 */
#ifndef MEASURE_CMD_PLAN_PLANPROGRAM_H
#define MEASURE_CMD_PLAN_PLANPROGRAM_H

#include "measure/cmd/plan/imageconf.h"
#include "measure/cmd/plan/ociconfig.h"

/* As with `docker run`: another entrypoint drops the container's own arguments too. */
int planprogram_arguments(const char *command, const struct imageconf *conf,
			  const struct ociconfig *oci, struct words *ret_args);

/*
 * The container's variables, then the definition's. Of several of one name the last value counts,
 * at the place of the first.
 */
int planprogram_environment(const char *command, const struct imageconf *conf,
			    const struct ociconfig *oci, struct words *ret_env);

#endif
