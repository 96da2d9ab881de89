/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/planprogram.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/lib/array.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" /* Docker's */
#define PLACE_MAX    4200 /* a path, a line's number and a key */

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
	return r;
}

static bool same_variable(const char *a, const char *b)
{
	size_t name = strcspn(a, "=");

	return name == strcspn(b, "=") && !strncmp(a, b, name);
}

static void drop_variable(struct words *env, const char *name)
{
	for (size_t i = 0; i < env->n; i++) {
		if (!same_variable(env->v[i], name))
			continue;
		free(env->v[i]);
		/* With the NULL at the end. */
		memmove(&env->v[i], &env->v[i + 1], (env->n - i) * sizeof(*env->v));
		env->n--;
		return;
	}
}

static int set_variable(struct words *env, const char *value)
{
	if (!strchr(value, '=')) {
		drop_variable(env, value);
		return 0;
	}
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

/* Unless it is there already, or there is no value. */
static int add_default(struct words *env, const char *name, const char *value)
{
	char line[IMAGEFILES_PATH_MAX];
	int n = snprintf(line, sizeof(line), "%s=%s", name, value ? value : "");

	if (!value || n < 0 || (size_t)n >= sizeof(line))
		return 0;
	for (size_t i = 0; i < env->n; i++)
		if (same_variable(env->v[i], line))
			return 0;
	return words_add(env, line, (size_t)n);
}

int planprogram_environment(const char *command, const struct imageconf *conf,
			    const struct ociconfig *oci, const struct account *account,
			    struct words *ret_env)
{
	const struct words *from[] = { &oci->env, &conf->env };
	int r = 0;

	for (size_t f = 0; f < ARRAY_SIZE(from); f++)
		for (size_t i = 0; i < from[f]->n && r == 0; i++)
			r = set_variable(ret_env, from[f]->v[i]);
	if (r == 0 && account)
		r = add_default(ret_env, "PATH", DEFAULT_PATH);
	if (r == 0 && account)
		r = add_default(ret_env, "HOSTNAME", conf->name);
	if (r == 0 && account)
		r = add_default(ret_env, "HOME", account->home ? account->home : "/");
	if (r == 0 && account)
		r = add_default(ret_env, "USER", account->name);
	if (r == 0 && account)
		r = add_default(ret_env, "LOGNAME", account->name);
	return r < 0 ? fail(command, "out of memory") : 0;
}

/* "image.conf:LINE: KEY = ", or that it is the image's own. ret_where has PLACE_MAX bytes. */
static void name_place(const struct imageconf *conf, unsigned line, const char *key,
		       const char *own, char *ret_where)
{
	if (line)
		(void)snprintf(ret_where, PLACE_MAX, "%s:%u: %s = ", conf->path, line, key);
	else
		(void)snprintf(ret_where, PLACE_MAX, "%s: the image's %s ", conf->path, own);
}

/* Whether path is dir or below it. */
static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (path[len] == '/' || path[len] == '\0');
}

/* Whether dir is strictly below one where the launcher mounts something, so that it is not there. */
static bool is_hidden(const struct imageconf *conf, const char *dir)
{
	const char *mounts[4 + PLAN_SCRATCHES_MAX] = { "/dev", "/proc", "/sys" };
	size_t n = 3;

	if (conf->scratch.size)
		mounts[n++] = "/tmp";
	for (size_t i = 0; i < conf->n_scratch; i++)
		mounts[n++] = conf->scratches[i].path;
	for (size_t i = 0; i < n; i++)
		if (is_below(dir, mounts[i]) && strcmp(dir, mounts[i]))
			return true;
	return false;
}

/* /model has what the plan says, and no file of the image's. */
static bool is_model(const struct imageconf *conf, const char *dir)
{
	for (size_t i = 0; i < conf->n_model; i++)
		if (conf->model[i].n > 1 && !strcmp(dir + strlen("/model/"), conf->model[i].name))
			return true;
	return false;
}

int planprogram_workdir(const char *command, const struct imageconf *conf,
			const struct ociconfig *oci, const struct imagefiles *files,
			char ret_dir[static IMAGEFILES_PATH_MAX])
{
	const char *dir = conf->workdir ? conf->workdir : oci->workdir.n ? oci->workdir.v[0] : "/";
	const struct imagefile *file = NULL;
	const char *why = NULL;
	char where[PLACE_MAX];

	name_place(conf, conf->workdir_line, "workdir", "WorkingDir", where);
	if (dir[0] != '/')
		return fail(command, "%s%s: not an absolute path", where, dir);
	if (imagefiles_clean(dir, ret_dir) < 0)
		return fail(command, "%s%s: %s", where, dir, strerror(ENAMETOOLONG));
	if (!files)
		return 0;
	if (conf->n_model > 0 && is_below(ret_dir, "/model") && strcmp(ret_dir, "/model"))
		return is_model(conf, ret_dir)
			       ? 0
			       : fail(command, "%s%s: no model of several files", where, ret_dir);
	if (is_hidden(conf, ret_dir))
		return fail(command, "%s%s: hidden by what is mounted above it", where, ret_dir);
	file = imagefiles_find(files, ret_dir, &why);
	if (!file || !file->folder)
		return fail(command, "%s%s: %s", where, ret_dir, file ? strerror(ENOTDIR) : why);
	return 0;
}

/* Whether path is a program. *ret_why says why not, if that is more than that there is no file. */
static bool is_program(const struct imagefiles *files, const char *path, const char **ret_why)
{
	const char *why;
	const struct imagefile *file = imagefiles_find(files, path, &why);

	if (file && !file->folder && file->mode & 0111)
		return true;
	if (file)
		*ret_why = file->folder ? strerror(EISDIR) : "not executable";
	else if (strcmp(why, strerror(ENOENT)))
		*ret_why = why;
	return false;
}

/* Joined and plain; ret_path has IMAGEFILES_PATH_MAX bytes. Too long: nothing, "". */
static void join(const char *dir, size_t len, const char *name, char *ret_path)
{
	char path[IMAGEFILES_PATH_MAX];
	int n = snprintf(path, sizeof(path), "%.*s/%s", (int)len, dir, name);

	if (n < 0 || (size_t)n >= sizeof(path) || imagefiles_clean(path, ret_path) < 0)
		ret_path[0] = '\0';
}

static const char *value_of(const struct words *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < env->n; i++)
		if (!strncmp(env->v[i], name, len) && env->v[i][len] == '=')
			return env->v[i] + len + 1;
	return "";
}

/* As execvp(3) would, with workdir for an empty name; what is no program is passed over. */
static bool search(const struct imagefiles *files, const char *path, const char *workdir,
		   const char *name, char *ret_path, const char **ret_why)
{
	for (const char *end;; path = end + 1) {
		size_t len;
		char dir[IMAGEFILES_PATH_MAX];

		end = strchr(path, ':');
		len = end ? (size_t)(end - path) : strlen(path);
		if (len > 0 && path[0] == '/') {
			join(path, len, name, ret_path);
		} else if (len < sizeof(dir)) {
			memcpy(dir, path, len);
			dir[len] = '\0';
			join(workdir, strlen(workdir), dir, ret_path);
			memcpy(dir, ret_path, strlen(ret_path) + 1);
			join(dir, strlen(dir), name, ret_path);
		}
		if (ret_path[0] && is_program(files, ret_path, ret_why))
			return true;
		if (!end)
			return false;
	}
}

int planprogram_find(const char *command, const struct imageconf *conf, const struct ociconfig *oci,
		     const struct words *env, const char *workdir, const struct imagefiles *files,
		     struct words *args)
{
	const char *name = args->v[0], *why = strerror(ENOENT), *path = value_of(env, "PATH");
	char found[IMAGEFILES_PATH_MAX] = "", where[PLACE_MAX], *copy;
	bool given = conf->entrypoint.n > 0, in_path = !strchr(name, '/'), good;

	name_place(conf,
		   given	       ? conf->entrypoint_line
		   : oci->entrypoint.n ? 0
				       : conf->args_line,
		   given ? "entrypoint" : "args", "program", where);
	if (!files)
		return name[0] == '/'
			       ? 0
			       : fail(command,
				      "%s%s: not an absolute path, and there are no --oci-files to find it in",
				      where, name);
	if (name[0] == '/')
		good = is_program(files, name, &why);
	else if (in_path)
		good = search(files, path, workdir, name, found, &why);
	else
		good = search(files, "", workdir, name, found, &why);
	if (!good)
		return fail(command, "%s%s: %s in the image%s%s", where, name, why,
			    in_path ? ", in its PATH " : "", in_path ? path : "");
	if (name[0] == '/')
		return 0;
	copy = strdup(found);
	if (!copy)
		return fail(command, "out of memory");
	free(args->v[0]);
	args->v[0] = copy;
	return 0;
}
