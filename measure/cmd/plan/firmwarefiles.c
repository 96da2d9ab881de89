/* SPDX-License-Identifier: MIT */
/* Firmware: what drivers of devices ask the kernel for. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/plan/planfiles.h"

#define PATH_LEN  4096
#define DEPTH_MAX 4 /* folders: drivers ask for vendor/version/file */

static const char *keep(struct planfiles *files, const char *s)
{
	return words_add(&files->pool, s, strlen(s)) < 0 ? NULL : files->pool.v[files->pool.n - 1];
}

static int add(const char *command, struct planfiles *files, const char *where, const char *name,
	       const char *path)
{
	struct digesting *d = &files->file[files->n];

	if (files->n == PLAN_FIRMWARES_MAX)
		return fail(command, "%s: more than %d files of firmware", where,
			    PLAN_FIRMWARES_MAX);
	if (strpbrk(path, " \t"))
		return fail(
			command,
			"%s: %s: a path with spaces cannot stand in the initramfs's manifest; link the file to another name",
			where, path);
	d->where = keep(files, where);
	d->path = keep(files, path);
	d->file.name = keep(files, name);
	if (!d->where || !d->path || !d->file.name)
		return fail(command, "out of memory");
	files->n++;
	return 0;
}

/* What is in dir, whose path below the one that was named is below: "", or ends in a slash. */
static int add_folder(const char *command, struct planfiles *files, const char *dir,
		      const char *below, unsigned depth)
{
	char path[PATH_LEN], name[PATH_LEN];
	DIR *d = opendir(dir);
	struct dirent *entry;
	struct stat st;
	int r = 0;

	if (!d)
		return fail(command, "--firmware: %s: %s", dir, strerror(errno));
	while (r == 0 && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		(void)snprintf(name, sizeof(name), "%s%s", below, entry->d_name);
		if (stat(path, &st) < 0) {
			r = fail(command, "--firmware: %s: %s", path, strerror(errno));
		} else if (!S_ISDIR(st.st_mode)) {
			r = add(command, files, "--firmware", name, path);
		} else if (depth == DEPTH_MAX) {
			r = fail(command, "--firmware: %s: a folder too deep", path);
		} else {
			(void)snprintf(name, sizeof(name), "%s%s/", below, entry->d_name);
			r = add_folder(command, files, path, name, depth + 1);
		}
	}
	(void)closedir(d);
	return r;
}

static int by_name(const void *a, const void *b)
{
	const struct digesting *x = a, *y = b;

	return strcmp(x->file.name, y->file.name);
}

int planfiles_firmware(const char *command, const struct imageconf *conf, const char *dir,
		       struct planfiles *ret_files)
{
	int r = 0;

	for (size_t i = 0; i < conf->n_firmware && r == 0; i++) {
		const struct imageconf_firmware *f = &conf->firmware[i];
		char where[PATH_LEN];

		(void)snprintf(where, sizeof(where), "%s:%u", conf->path, f->line);
		r = add(command, ret_files, where, f->name, f->file);
	}
	if (r == 0 && dir)
		r = add_folder(command, ret_files, dir, "", 0);
	if (r)
		return r;
	if (ret_files->n > 0)
		qsort(ret_files->file, ret_files->n, sizeof(ret_files->file[0]), by_name);
	return digest_files(command, ret_files->file, ret_files->n);
}
