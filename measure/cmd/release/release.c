/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/release/release.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/hashing.h"
#include "measure/cmd/logged.h"
#include "measure/cmd/signatures.h"
#include "measure/lib/array.h"

#define DEPTH_MAX 8 /* folders in folders */

static const struct finding holds = { .outcome = RAMPART_HOLDS };

/* What does not hold counts more than what cannot be told; of the same, the first. */
static void take_worse(struct finding *worst, const struct finding *f)
{
	if (f->outcome != RAMPART_HOLDS && worst->outcome != RAMPART_FAILS &&
	    worst->outcome != f->outcome)
		*worst = *f;
}

static struct finding no_memory(void)
{
	return finding_of(RAMPART_UNSURE, "memory ran out");
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

static struct finding read_sums(struct release *release)
{
	AUTO_FREE char *path = release_path(release, RELEASE_SUMS);
	int r = path ? read_file(path, SUMS_SIZE_MAX, &release->sums, &release->sums_len) : -ENOMEM;

	if (r == -ENOENT || r == -EISDIR || r == -EFBIG)
		return finding_of(RAMPART_FAILS, RELEASE_SUMS ": %s", strerror(-r));
	if (r < 0)
		return finding_of(RAMPART_UNSURE, RELEASE_SUMS ": %s", strerror(-r));
	return holds;
}

static struct finding parse_sums(struct release *release)
{
	struct span text = span_of(release->sums, release->sums_len);
	const char *what = NULL, *before = NULL;
	size_t n_lines = 0, at = 1;
	int r;

	for (size_t i = 0; i < release->sums_len; i++)
		n_lines += release->sums[i] == '\n';
	release->file = calloc(n_lines + 1, sizeof(*release->file));
	if (!release->file)
		return no_memory();
	while ((r = sums_next(&text, before, &release->file[release->n].sum, &what)) > 0)
		before = release->file[release->n++].sum.name;
	for (const uint8_t *p = release->sums; p < text.p; p++)
		at += *p == '\n';
	if (r < 0)
		return finding_of(RAMPART_FAILS, RELEASE_SUMS ":%zu: %s", at, what);
	return holds;
}

struct finding release_list(struct release *release, const char *const needed[])
{
	struct finding f = read_sums(release);

	if (f.outcome == RAMPART_HOLDS)
		f = parse_sums(release);
	if (f.outcome != RAMPART_HOLDS)
		return f;
	if (find(release, RELEASE_SUMS))
		return finding_of(RAMPART_FAILS, RELEASE_SUMS ": it lists itself");
	for (size_t i = 0; needed[i]; i++)
		if (!find(release, needed[i]))
			return finding_of(RAMPART_FAILS, RELEASE_SUMS ": %s is not listed",
					  needed[i]);
	return finding_of(RAMPART_HOLDS, RELEASE_SUMS " lists %zu files", release->n);
}

/* ---- what is there ---- */

static bool may_be_unlisted(const char *name)
{
	static const char *const golden[] = { RELEASE_GOLDEN, RELEASE_GOLDEN_CD,
					      RELEASE_GOLDEN_NETWORK };
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(golden); i++)
		if (signatures_is_of(name, golden[i]) || logged_is_of(name, golden[i]))
			return true;
	return !strcmp(name, RELEASE_SUMS) || signatures_is_of(name, RELEASE_SUMS) ||
	       (!strncmp(name, "corim.cbor.", 11) && !strcmp(name + len - 5, ".cose"));
}

static struct finding walk(struct release *release, int fd, const char *prefix, unsigned depth);

static struct finding take_folder(struct release *release, int parent, const char *entry,
				  const char *name, unsigned depth)
{
	AUTO_FREE char *prefix = NULL;
	int fd;

	if (depth == DEPTH_MAX)
		return finding_of(RAMPART_FAILS, "%s: folders in more than %d folders", name,
				  DEPTH_MAX);
	if (asprintf(&prefix, "%s/", name) < 0) {
		prefix = NULL; /* undefined then */
		return no_memory();
	}
	fd = openat(parent, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return finding_of(RAMPART_UNSURE, "%s: %s", name, strerror(errno));
	return walk(release, fd, prefix, depth + 1);
}

static struct finding take_entry(struct release *release, int parent, const char *prefix,
				 const char *entry, unsigned depth)
{
	AUTO_FREE char *name = NULL;
	struct release_file *file;
	struct stat st;

	if (asprintf(&name, "%s%s", prefix, entry) < 0) {
		name = NULL;
		return no_memory();
	}
	if (fstatat(parent, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return finding_of(RAMPART_UNSURE, "%s: %s", name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return take_folder(release, parent, entry, name, depth);
	if (!S_ISREG(st.st_mode))
		return finding_of(RAMPART_FAILS,
				  "%s: neither a file nor a folder (links are neither)", name);
	file = find(release, name);
	if (file)
		file->there = true;
	if (!file && !may_be_unlisted(name))
		return finding_of(RAMPART_FAILS, "%s: not listed in " RELEASE_SUMS, name);
	return holds;
}

/* Takes over fd. Goes on after what is wrong, since files that are there are to be hashed. */
static struct finding walk(struct release *release, int fd, const char *prefix, unsigned depth)
{
	struct dirent **entry = NULL;
	int n = scandirat(fd, ".", &entry, NULL, alphasort);
	struct finding worst = holds;

	if (n < 0)
		worst = finding_of(RAMPART_UNSURE, "%s.: %s", prefix, strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			struct finding f = take_entry(release, fd, prefix, name, depth);

			take_worse(&worst, &f);
		}
		free(entry[i]);
	}
	free(entry);
	(void)close(fd);
	return worst;
}

struct finding release_files(struct release *release)
{
	int fd = open(release->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct finding f;

	if (fd < 0)
		return finding_of(RAMPART_UNSURE, "%s: %s", release->dir, strerror(errno));
	f = walk(release, fd, "", 0);
	if (f.outcome != RAMPART_HOLDS)
		return f;
	for (size_t i = 0; i < release->n && !release->is_part; i++)
		if (!release->file[i].there)
			return finding_of(RAMPART_FAILS, "%s: listed, and not there",
					  release->file[i].sum.name);
	return finding_of(RAMPART_HOLDS, "each is there, and nothing else");
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

static struct finding compare_one(const struct release_file *file, const struct mapped *map,
				  const struct hash_job *job)
{
	char hex[HASH_HEX_MAX];

	if (map->error < 0)
		return finding_of(RAMPART_UNSURE, "%s: %s", file->sum.name, strerror(-map->error));
	digest_hex(&job->digest, hex);
	if (!digest_equal(&job->digest, &file->sum.sha256))
		return finding_of(RAMPART_FAILS,
				  "%s: its bytes are not those listed, but sha256:%s",
				  file->sum.name, hex);
	return holds;
}

static struct finding compare(const struct release *release, const struct mapped *map,
			      const struct hash_job *job)
{
	struct finding worst = holds;
	size_t n = 0;

	for (size_t i = 0; i < release->n; i++) {
		struct finding f;

		if (!release->file[i].there)
			continue;
		f = compare_one(&release->file[i], &map[i], &job[i]);
		take_worse(&worst, &f);
		n++;
	}
	if (worst.outcome == RAMPART_HOLDS)
		return finding_of(RAMPART_HOLDS, "of %zu files, as listed", n);
	return worst;
}

struct finding release_digests(struct release *release)
{
	AUTO_FREE struct mapped *map = calloc(release->n + 1, sizeof(*map));
	AUTO_FREE struct hash_job *job = calloc(release->n + 1, sizeof(*job));
	struct finding f;

	if (!map || !job)
		return no_memory();
	for (size_t i = 0; i < release->n; i++) {
		map_one(release, &release->file[i], &map[i]);
		job[i] = (struct hash_job){ .alg = HASH_SHA256, .piece = &map[i].bytes, .n = 1 };
	}
	hash_jobs(job, release->n);
	f = compare(release, map, job);
	for (size_t i = 0; i < release->n; i++)
		if (map[i].bytes.left > 0)
			(void)munmap((void *)(uintptr_t)map[i].bytes.p, map[i].bytes.left);
	return f;
}

void release_done(struct release *release)
{
	free(release->sums);
	free(release->file);
}
