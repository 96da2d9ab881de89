/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/imagefiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/record/error.h"

#define LIST_MAX  (512u << 20) /* bytes; a file takes some 130 */
#define LINKS_MAX 40	       /* symbolic links on the way to one file, as in the kernel */

static const struct imagefile root = { .path = "", .mode = 0755, .folder = true };

/* The byte that three octal digits after a backslash are; 0: it is no such escape. */
static unsigned char read_octal(const char *text)
{
	unsigned value = 0;

	for (int i = 1; i <= 3; i++) {
		if (text[0] != '\\' || text[i] < '0' || text[i] > '7')
			return 0;
		value = value * 8 + (unsigned)(text[i] - '0');
	}
	return value <= UINT8_MAX ? (unsigned char)value : 0;
}

static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		unsigned char byte = read_octal(from);

		*to++ = byte ? (char)byte : *from;
		from += byte ? 4 : 1;
	}
	*to = '\0';
}

/* line is spoilt; what ret_file has points into it. */
static bool read_line(char *line, struct imagefile *ret_file)
{
	static const char top[] = "container/", link[] = "- -> ", dir[] = "- dir";
	char *mode = strchr(line, ' '), *end, *rest;

	if (strncmp(line, top, sizeof(top) - 1) || !mode)
		return false;
	*mode++ = '\0';
	line += sizeof(top) - 1;
	unescape(line);
	*ret_file = (struct imagefile){ .path = line, .mode = (unsigned)strtoul(mode, &end, 8) };
	if (end == mode || *end != ' ')
		return false;
	rest = end + 1;
	if (!strncmp(rest, link, sizeof(link) - 1)) {
		unescape(rest + sizeof(link) - 1);
		ret_file->target = rest + sizeof(link) - 1;
		return true;
	}
	ret_file->folder = !strcmp(rest, dir);
	ret_file->size = strtoull(rest, &end, 10);
	return ret_file->folder || (end > rest && *end == ' ');
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct imagefile *)a)->path, ((const struct imagefile *)b)->path);
}

int imagefiles_read(const char *path, struct imagefiles *ret_files, struct rampart_error *error)
{
	size_t len = 0, lines = 0;
	int r;

	*ret_files = (struct imagefiles){ 0 };
	r = read_file(path, LIST_MAX, (uint8_t **)&ret_files->text, &len);
	if (r < 0)
		return error_set(error, r, "%s: %s", path, strerror(-r));
	for (const char *s = ret_files->text; (s = strchr(s, '\n')); s++)
		lines++;
	ret_files->v = calloc(lines + 1, sizeof(*ret_files->v));
	if (!ret_files->v)
		return error_memory(error);
	for (char *line = ret_files->text, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (!read_line(line, &ret_files->v[ret_files->n++]))
			return error_set(error, -EBADMSG, "%s:%zu: not a line of a list of files",
					 path, ret_files->n);
	}
	qsort(ret_files->v, ret_files->n, sizeof(*ret_files->v), by_path);
	return 0;
}

void imagefiles_done(struct imagefiles *files)
{
	free(files->text);
	free(files->v);
}

/* A path that is being followed: where it has come to, and what is left of it. */
struct walk {
	char at[IMAGEFILES_PATH_MAX], left[IMAGEFILES_PATH_MAX];
	const struct imagefile *file;
	unsigned links;
};

static const char *follow(struct walk *w)
{
	char left[IMAGEFILES_PATH_MAX];
	const char *target = w->file->target;
	int n = snprintf(left, sizeof(left), "%s/%s", target, w->left);

	if (++w->links > LINKS_MAX)
		return strerror(ELOOP);
	if (n < 0 || (size_t)n >= sizeof(left))
		return strerror(ENAMETOOLONG);
	memcpy(w->left, left, (size_t)n + 1);
	if (target[0] == '/')
		w->at[0] = '\0';
	else
		w->at[strrchr(w->at, '/') ? strrchr(w->at, '/') - w->at : 0] = '\0';
	return NULL;
}

/* One name further. NULL, or why there is no such way. */
static const char *step(struct walk *w, const struct imagefiles *files, const char *name)
{
	size_t len = strlen(w->at);
	struct imagefile key = { .path = w->at };
	int n;

	if (!strcmp(name, ".") || !name[0])
		return NULL;
	if (!strcmp(name, "..")) {
		w->at[strrchr(w->at, '/') ? strrchr(w->at, '/') - w->at : 0] = '\0';
	} else {
		n = snprintf(w->at + len, sizeof(w->at) - len, "%s%s", len ? "/" : "", name);
		if (n < 0 || (size_t)n >= sizeof(w->at) - len)
			return strerror(ENAMETOOLONG);
	}
	w->file = w->at[0] ? bsearch(&key, files->v, files->n, sizeof(*files->v), by_path) : &root;
	if (!w->file)
		return strerror(ENOENT);
	if (w->file->target)
		return follow(w);
	return w->file->folder || !w->left[0] ? NULL : strerror(ENOTDIR);
}

const struct imagefile *imagefiles_find(const struct imagefiles *files, const char *path,
					const char **ret_why)
{
	struct walk w = { .file = &root };

	*ret_why = strlen(path) < sizeof(w.left) ? NULL : strerror(ENAMETOOLONG);
	if (!*ret_why)
		memcpy(w.left, path, strlen(path) + 1);
	while (!*ret_why && w.left[0]) {
		char name[IMAGEFILES_PATH_MAX];
		size_t len = strcspn(w.left, "/"), skip = len + (w.left[len] == '/');

		memcpy(name, w.left, len);
		name[len] = '\0';
		memmove(w.left, w.left + skip, strlen(w.left + skip) + 1);
		*ret_why = step(&w, files, name);
	}
	if (*ret_why || !w.file)
		return NULL;
	if (!w.file->folder && path[strlen(path) - 1] == '/')
		*ret_why = strerror(ENOTDIR);
	return *ret_why ? NULL : w.file;
}

int imagefiles_clean(const char *path, char *ret_path)
{
	size_t at = 0;

	for (size_t len; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 0 || (len == 1 && path[0] == '.'))
			continue;
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			while (at > 0 && ret_path[--at] != '/')
				;
			continue;
		}
		if (at + 1 + len + 1 > IMAGEFILES_PATH_MAX)
			return -ENAMETOOLONG;
		ret_path[at++] = '/';
		memcpy(ret_path + at, path, len);
		at += len;
	}
	if (at == 0)
		ret_path[at++] = '/';
	ret_path[at] = '\0';
	return 0;
}
