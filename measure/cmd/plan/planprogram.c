/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/planprogram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/lib/array.h"

static int add_all(const char *command, struct words *to, const struct words *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (words_add(to, from->v[i], strlen(from->v[i])) < 0)
			return fail(command, "out of memory");
	return 0;
}

int planprogram_arguments(const char *command, const struct imageconf *conf,
			  const struct ociconfig *oci, struct words *ret_args)
{
	bool other = conf->entrypoint.n > 0;
	int r = add_all(command, ret_args, other ? &conf->entrypoint : &oci->entrypoint);

	if (r == 0)
		r = add_all(command, ret_args, conf->args.n || other ? &conf->args : &oci->cmd);
	if (r == 0 && ret_args->n == 0)
		r = fail(command,
			 "%s: the container names no program; set \"entrypoint\" in [container]",
			 conf->path);
	else if (r == 0 && ret_args->v[0][0] != '/')
		r = fail(
			command,
			"%s: the container's program \"%s\" is not an absolute path; set \"entrypoint\" in [container]",
			conf->path, ret_args->v[0]);
	return r;
}

static bool same_variable(const char *a, const char *b)
{
	size_t name = strcspn(a, "=");

	return name == strcspn(b, "=") && !strncmp(a, b, name);
}

static int set_variable(struct words *env, const char *value)
{
	for (size_t i = 0; i < env->n; i++) {
		char *copy;

		if (!same_variable(env->v[i], value))
			continue;
		copy = strdup(value);
		if (!copy)
			return -ENOMEM;
		free(env->v[i]);
		env->v[i] = copy;
		return 0;
	}
	return words_add(env, value, strlen(value));
}

int planprogram_environment(const char *command, const struct imageconf *conf,
			    const struct ociconfig *oci, struct words *ret_env)
{
	const struct words *from[] = { &oci->env, &conf->env };

	for (size_t f = 0; f < ARRAY_SIZE(from); f++)
		for (size_t i = 0; i < from[f]->n; i++)
			if (set_variable(ret_env, from[f]->v[i]) < 0)
				return fail(command, "out of memory");
	return 0;
}
