/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/release/release.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/hashing.h"
#include "measure/cmd/signatures.h"

#define DEPTH_MAX 8 /* folders in folders */

static enum rampart_outcome say(enum rampart_outcome outcome,
				char ret_text[static RELEASE_TEXT_MAX], const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum rampart_outcome say(enum rampart_outcome outcome,
				char ret_text[static RELEASE_TEXT_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_text, RELEASE_TEXT_MAX, format, args);
	va_end(args);
	return outcome;
}

/* What does not hold counts more than what cannot be told; of the same, the first. */
static void take_worse(enum rampart_outcome *worst, char ret_text[static RELEASE_TEXT_MAX],
		       enum rampart_outcome outcome, const char *text)
{
	if (outcome == RAMPART_HOLDS || *worst == RAMPART_FAILS || *worst == outcome)
		return;
	*worst = outcome;
	snprintf(ret_text, RELEASE_TEXT_MAX, "%s", text);
}

char *release_path(const struct release *release, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", release->dir, name) < 0 ? NULL : path;
}

static int by_name(const void *name, const void *file)
{
	return strcmp(name, ((const struct release_file *)file)->sum.name);
}

static struct release_file *find(const struct release *release, const char *name)
{
	if (release->n == 0)
		return NULL;
	return bsearch(name, release->file, release->n, sizeof(*release->file), by_name);
}

const struct release_file *release_find(const struct release *release, const char *name)
{
	return find(release, name);
}

/* ---- what is listed ---- */

static enum rampart_outcome read_sums(struct release *release,
				      char ret_text[static RELEASE_TEXT_MAX])
{
	AUTO_FREE char *path = release_path(release, RELEASE_SUMS);
	int r = path ? read_file(path, SUMS_SIZE_MAX, &release->sums, &release->sums_len) : -ENOMEM;

	if (r == -ENOENT || r == -EISDIR || r == -EFBIG)
		return say(RAMPART_FAILS, ret_text, RELEASE_SUMS ": %s", strerror(-r));
	return r == 0 ? RAMPART_HOLDS
		      : say(RAMPART_UNSURE, ret_text, RELEASE_SUMS ": %s", strerror(-r));
}

static enum rampart_outcome parse_sums(struct release *release,
				       char ret_text[static RELEASE_TEXT_MAX])
{
	struct span text = span_of(release->sums, release->sums_len);
	const char *what = NULL, *before = NULL;
	size_t n_lines = 0, at = 1;
	int r;

	for (size_t i = 0; i < release->sums_len; i++)
		n_lines += release->sums[i] == '\n';
	release->file = calloc(n_lines + 1, sizeof(*release->file));
	if (!release->file)
		return say(RAMPART_UNSURE, ret_text, "memory ran out");
	while ((r = sums_next(&text, before, &release->file[release->n].sum, &what)) > 0)
		before = release->file[release->n++].sum.name;
	for (const uint8_t *p = release->sums; p < text.p; p++)
		at += *p == '\n';
	return r == 0 ? RAMPART_HOLDS
		      : say(RAMPART_FAILS, ret_text, RELEASE_SUMS ":%zu: %s", at, what);
}

enum rampart_outcome release_list(struct release *release, const char *const needed[],
				  char ret_text[static RELEASE_TEXT_MAX])
{
	enum rampart_outcome outcome = read_sums(release, ret_text);

	if (outcome == RAMPART_HOLDS)
		outcome = parse_sums(release, ret_text);
	if (outcome != RAMPART_HOLDS)
		return outcome;
	if (find(release, RELEASE_SUMS))
		return say(RAMPART_FAILS, ret_text, RELEASE_SUMS ": it lists itself");
	for (size_t i = 0; needed[i]; i++)
		if (!find(release, needed[i]))
			return say(RAMPART_FAILS, ret_text, RELEASE_SUMS ": %s is not listed",
				   needed[i]);
	return say(RAMPART_HOLDS, ret_text, RELEASE_SUMS " lists %zu files", release->n);
}

/* ---- what is there ---- */

static bool may_be_unlisted(const char *name)
{
	return !strcmp(name, RELEASE_SUMS) || signatures_is_of(name, RELEASE_SUMS) ||
	       signatures_is_of(name, RELEASE_GOLDEN);
}

static enum rampart_outcome walk(struct release *release, int fd, const char *prefix,
				 unsigned depth, char ret_text[static RELEASE_TEXT_MAX]);

static enum rampart_outcome take_folder(struct release *release, int parent, const char *entry,
					const char *name, unsigned depth,
					char ret_text[static RELEASE_TEXT_MAX])
{
	AUTO_FREE char *prefix = NULL;
	int fd;

	if (depth == DEPTH_MAX)
		return say(RAMPART_FAILS, ret_text, "%s: folders in more than %d folders", name,
			   DEPTH_MAX);
	if (asprintf(&prefix, "%s/", name) < 0) {
		prefix = NULL; /* undefined then */
		return say(RAMPART_UNSURE, ret_text, "memory ran out");
	}
	fd = openat(parent, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return say(RAMPART_UNSURE, ret_text, "%s: %s", name, strerror(errno));
	return walk(release, fd, prefix, depth + 1, ret_text);
}

static enum rampart_outcome take_entry(struct release *release, int parent, const char *prefix,
				       const char *entry, unsigned depth,
				       char ret_text[static RELEASE_TEXT_MAX])
{
	AUTO_FREE char *name = NULL;
	struct release_file *file;
	struct stat st;

	if (asprintf(&name, "%s%s", prefix, entry) < 0) {
		name = NULL;
		return say(RAMPART_UNSURE, ret_text, "memory ran out");
	}
	if (fstatat(parent, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return say(RAMPART_UNSURE, ret_text, "%s: %s", name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return take_folder(release, parent, entry, name, depth, ret_text);
	if (!S_ISREG(st.st_mode))
		return say(RAMPART_FAILS, ret_text,
			   "%s: neither a file nor a folder (links are neither)", name);
	file = find(release, name);
	if (file)
		file->there = true;
	return file || may_be_unlisted(name)
		       ? RAMPART_HOLDS
		       : say(RAMPART_FAILS, ret_text, "%s: not listed in " RELEASE_SUMS, name);
}

/* Takes over fd. Goes on after what is wrong, since files that are there are to be hashed. */
static enum rampart_outcome walk(struct release *release, int fd, const char *prefix,
				 unsigned depth, char ret_text[static RELEASE_TEXT_MAX])
{
	struct dirent **entry = NULL;
	int n = scandirat(fd, ".", &entry, NULL, alphasort);
	enum rampart_outcome worst = RAMPART_HOLDS;
	char text[RELEASE_TEXT_MAX];

	if (n < 0)
		worst = say(RAMPART_UNSURE, ret_text, "%s.: %s", prefix, strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			take_worse(&worst, ret_text,
				   take_entry(release, fd, prefix, name, depth, text), text);
		free(entry[i]);
	}
	free(entry);
	(void)close(fd);
	return worst;
}

enum rampart_outcome release_files(struct release *release, char ret_text[static RELEASE_TEXT_MAX])
{
	int fd = open(release->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rampart_outcome outcome;

	if (fd < 0)
		return say(RAMPART_UNSURE, ret_text, "%s: %s", release->dir, strerror(errno));
	outcome = walk(release, fd, "", 0, ret_text);
	if (outcome != RAMPART_HOLDS)
		return outcome;
	for (size_t i = 0; i < release->n; i++)
		if (!release->file[i].there)
			return say(RAMPART_FAILS, ret_text, "%s: listed, and not there",
				   release->file[i].sum.name);
	return say(RAMPART_HOLDS, ret_text, "each is there, and nothing else");
}

/* ---- their bytes ---- */

struct mapped {
	struct span bytes;
	int error; /* negative errno */
};

static void map_one(const struct release *release, const struct release_file *file,
		    struct mapped *map)
{
	AUTO_FREE char *path = release_path(release, file->sum.name);

	if (file->there)
		map->error = path ? map_file(path, &map->bytes.p, &map->bytes.left) : -ENOMEM;
}

static enum rampart_outcome compare_one(const struct release_file *file, const struct mapped *map,
					const struct hash_job *job,
					char ret_text[static RELEASE_TEXT_MAX])
{
	char hex[HASH_HEX_MAX];

	if (map->error < 0)
		return say(RAMPART_UNSURE, ret_text, "%s: %s", file->sum.name,
			   strerror(-map->error));
	digest_hex(&job->digest, hex);
	return digest_equal(&job->digest, &file->sum.sha256)
		       ? RAMPART_HOLDS
		       : say(RAMPART_FAILS, ret_text,
			     "%s: its bytes are not those listed, but sha256:%s", file->sum.name,
			     hex);
}

static enum rampart_outcome compare(const struct release *release, const struct mapped *map,
				    const struct hash_job *job,
				    char ret_text[static RELEASE_TEXT_MAX])
{
	enum rampart_outcome worst = RAMPART_HOLDS;
	char text[RELEASE_TEXT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < release->n; i++) {
		if (!release->file[i].there)
			continue;
		take_worse(&worst, ret_text, compare_one(&release->file[i], &map[i], &job[i], text),
			   text);
		n++;
	}
	if (worst == RAMPART_HOLDS)
		snprintf(ret_text, RELEASE_TEXT_MAX, "of %zu files, as listed", n);
	return worst;
}

enum rampart_outcome release_digests(struct release *release,
				     char ret_text[static RELEASE_TEXT_MAX])
{
	AUTO_FREE struct mapped *map = calloc(release->n + 1, sizeof(*map));
	AUTO_FREE struct hash_job *job = calloc(release->n + 1, sizeof(*job));
	enum rampart_outcome outcome;

	if (!map || !job)
		return say(RAMPART_UNSURE, ret_text, "memory ran out");
	for (size_t i = 0; i < release->n; i++) {
		map_one(release, &release->file[i], &map[i]);
		job[i] = (struct hash_job){ .alg = HASH_SHA256, .piece = &map[i].bytes, .n = 1 };
	}
	hash_jobs(job, release->n);
	outcome = compare(release, map, job, ret_text);
	for (size_t i = 0; i < release->n; i++)
		if (map[i].bytes.left > 0)
			(void)munmap((void *)(uintptr_t)map[i].bytes.p, map[i].bytes.left);
	return outcome;
}

void release_done(struct release *release)
{
	free(release->sums);
	free(release->file);
}
