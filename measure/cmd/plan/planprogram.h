/* SPDX-License-Identifier: MIT */
/*
 * Which program the container runs, with which arguments, where: what image.conf says, else the
 * container's own configuration, found in the image's files. Each fails as fail() does, with
 * command's name in the line and the line of image.conf, if it was that.
 */
#ifndef MEASURE_CMD_PLAN_PLANPROGRAM_H
#define MEASURE_CMD_PLAN_PLANPROGRAM_H

#include "measure/cmd/plan/imageconf.h"
#include "measure/cmd/plan/imagefiles.h"
#include "measure/cmd/plan/ociconfig.h"

/* What the image's /etc/passwd says of its user; NULL: nothing. */
struct account {
	const char *name, *home;
};

/* As with `docker run`: another entrypoint drops the container's own arguments too. */
int planprogram_arguments(const char *command, const struct imageconf *conf,
			  const struct ociconfig *oci, struct words *ret_args);

/*
 * The container's variables, then the definition's. If a name occurs more than once, the last value
 * counts, at the place of the first; one of the container's without "=" takes the name away, as
 * Docker has it. Then, unless account is NULL or somebody said otherwise: PATH as Docker has it,
 * HOSTNAME, the image's name, and of account HOME ("/" if it has none), USER and LOGNAME.
 */
int planprogram_environment(const char *command, const struct imageconf *conf,
			    const struct ociconfig *oci, const struct account *account,
			    struct words *ret_env);

/*
 * The working directory, in its plain form. It must be absolute and, if files (may be NULL) is
 * given, a folder that stays to be seen when the container's mounts are there.
 */
int planprogram_workdir(const char *command, const struct imageconf *conf,
			const struct ociconfig *oci, const struct imagefiles *files,
			char ret_dir[static IMAGEFILES_PATH_MAX]);

/*
 * Makes args->v[0] the absolute path of a program in files: without a slash it is looked for in the
 * PATH of env, else from workdir. Links stay as they are named, since programs look at their name.
 * Without files (NULL) it must be absolute already.
 */
int planprogram_find(const char *command, const struct imageconf *conf, const struct ociconfig *oci,
		     const struct words *env, const char *workdir, const struct imagefiles *files,
		     struct words *args);

#endif
