/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/tlog/logfolder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/wholefile.h"

#define TILE	   256
#define BUNDLE_MAX (TILE * (2 + 65535))
#define PATH_LEN   96

/* ---- names ---- */

/* "tile/KIND/x001/x234/067[.p/W]" */
static void print_path(char ret[static PATH_LEN], const char *kind, size_t n, size_t width)
{
	int at = snprintf(ret, PATH_LEN, "tile/%s/", kind);

	if (n >= 1000000)
		at += snprintf(ret + at, PATH_LEN - (size_t)at, "x%03zu/", n / 1000000 % 1000);
	if (n >= 1000)
		at += snprintf(ret + at, PATH_LEN - (size_t)at, "x%03zu/", n / 1000 % 1000);
	at += snprintf(ret + at, PATH_LEN - (size_t)at, "%03zu", n % 1000);
	if (width < TILE)
		snprintf(ret + at, PATH_LEN - (size_t)at, ".p/%zu", width);
}

static size_t width_of(size_t total, size_t tile)
{
	return total - tile * TILE < TILE ? total - tile * TILE : TILE;
}

/* ---- reading ---- */

/* The entries of one bundle, to data. */
static int take_bundle(const char *command, struct logfolder *log, size_t n, size_t width)
{
	AUTO_FREE char *bytes = NULL;
	char path[PATH_LEN];
	struct span left, entry;
	uint8_t *more;
	uint16_t size;
	size_t len;
	int r;

	print_path(path, "entries", n, width);
	r = wholefile_read(log->fd, path, BUNDLE_MAX, &bytes, &len);
	if (r < 0)
		return fail(command, "%s/%s: %s", log->path, path, strerror(-r));
	more = realloc(log->data, log->len + len + 1);
	if (!more)
		return fail(command, "out of memory");
	log->data = more;
	memcpy(more + log->len, bytes, len);
	left = span_of(more + log->len, len);
	for (size_t i = 0; i < width; i++) {
		log->start[log->n] = log->len + (len - left.left);
		if (span_u16be(&left, &size) < 0 || span_take(&left, size, &entry) < 0)
			return fail(command, "%s/%s: cut short", log->path, path);
		merkle_leaf(entry.p, entry.left, &log->leaf[log->n++]);
	}
	if (left.left > 0)
		return fail(command, "%s/%s: more than %zu entries", log->path, path, width);
	log->len += len;
	return 0;
}

static int read_all(const char *command, struct logfolder *log)
{
	struct rampart_error error;
	struct merkle_hash root;
	size_t len, total;
	int r = wholefile_read(log->fd, "checkpoint", NOTE_SIZE_MAX, &log->text, &len);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return fail(command, "%s/checkpoint: %s", log->path, strerror(-r));
	if (checkpoint_parse(log->text, len, &log->checkpoint, &error) < 0)
		return fail(command, "%s/checkpoint: %s", log->path, error.text);
	if (log->checkpoint.size > LOGFOLDER_LEAVES_MAX)
		return fail(command, "%s: more than %d leaves", log->path, LOGFOLDER_LEAVES_MAX);
	total = (size_t)log->checkpoint.size;
	for (size_t tile = 0; tile * TILE < total && r == 0; tile++)
		r = take_bundle(command, log, tile, width_of(total, tile));
	if (r)
		return r;
	log->start[log->n] = log->len;
	tree_root(log->leaf, log->n, &root);
	if (memcmp(&root, &log->checkpoint.root, sizeof(root)) != 0)
		return fail(command, "%s: its entries do not lead to the root of its checkpoint",
			    log->path);
	return 0;
}

int logfolder_open(const char *command, const char *path, struct logfolder *log)
{
	*log = (struct logfolder){ .path = path };
	log->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (log->fd < 0 || flock(log->fd, LOCK_EX) < 0)
		return fail(command, "%s: %s", path, strerror(errno));
	log->leaf = calloc(LOGFOLDER_LEAVES_MAX, sizeof(*log->leaf));
	log->start = calloc(LOGFOLDER_LEAVES_MAX + 1, sizeof(*log->start));
	return log->leaf && log->start ? read_all(command, log) : fail(command, "out of memory");
}

void logfolder_done(struct logfolder *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
	free(log->text);
	free(log->data);
	free(log->leaf);
	free(log->start);
}

size_t logfolder_find(const struct logfolder *log, const char *entry)
{
	struct merkle_hash hash;
	size_t i = 0;

	merkle_leaf(entry, strlen(entry), &hash);
	while (i < log->n && memcmp(&log->leaf[i], &hash, sizeof(hash)) != 0)
		i++;
	return i;
}

/* ---- writing ---- */

int logfolder_append(const char *command, struct logfolder *log, const char *entry)
{
	size_t len = strlen(entry);
	uint8_t *more;

	if (log->n == LOGFOLDER_LEAVES_MAX || len > UINT16_MAX)
		return fail(command, "%s: more than %d leaves, or a leaf of more than %d bytes",
			    log->path, LOGFOLDER_LEAVES_MAX, UINT16_MAX);
	more = realloc(log->data, log->len + 2 + len);
	if (!more)
		return fail(command, "out of memory");
	log->data = more;
	more += log->len;
	more[0] = (uint8_t)(len >> 8);
	more[1] = (uint8_t)len;
	memcpy(more + 2, entry, len);
	merkle_leaf(entry, len, &log->leaf[log->n++]);
	log->len += 2 + len;
	log->start[log->n] = log->len;
	return 0;
}

/* A file that never changes: one that is there has to be the same. */
static int write_once(const char *command, const struct logfolder *log, char *path,
		      const void *bytes, size_t len)
{
	AUTO_FREE char *there = NULL;
	size_t size;
	int r = wholefile_read(log->fd, path, len, &there, &size);

	if (r == 0 && size == len && !memcmp(there, bytes, len))
		return 0;
	if (r != -ENOENT)
		return fail(command, "%s/%s: not what this log has there", log->path, path);
	for (char *slash = path; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = 0;
		if (mkdirat(log->fd, path, 0777) < 0 && errno != EEXIST)
			return fail(command, "%s/%s: %s", log->path, path, strerror(errno));
	}
	r = wholefile_write(log->fd, path, bytes, len, 0666);
	return r < 0 ? fail(command, "%s/%s: %s", log->path, path, strerror(-r)) : 0;
}

static int write_bundles(const char *command, const struct logfolder *log)
{
	char path[PATH_LEN];
	int r = 0;

	for (size_t tile = 0; tile * TILE < log->n && r == 0; tile++) {
		size_t width = width_of(log->n, tile), first = tile * TILE;

		print_path(path, "entries", tile, width);
		r = write_once(command, log, path, log->data + log->start[first],
			       log->start[first + width] - log->start[first]);
	}
	return r;
}

/* The tiles of one level, of hashes over each `leaves` leaves. */
static int write_level(const char *command, const struct logfolder *log, unsigned level,
		       size_t leaves)
{
	struct merkle_hash hash[TILE];
	size_t total = log->n / leaves;
	char path[PATH_LEN], kind[8];
	int r = 0;

	snprintf(kind, sizeof(kind), "%u", level);
	for (size_t tile = 0; tile * TILE < total && r == 0; tile++) {
		size_t width = width_of(total, tile);

		for (size_t i = 0; i < width; i++)
			tree_root(log->leaf + (tile * TILE + i) * leaves, leaves, &hash[i]);
		print_path(path, kind, tile, width);
		r = write_once(command, log, path, hash, width * sizeof(*hash));
	}
	return r;
}

int logfolder_write(const char *command, const struct logfolder *log, const char *checkpoint)
{
	size_t leaves = 1;
	int r = write_bundles(command, log);

	for (unsigned level = 0; leaves <= log->n && r == 0; level++, leaves *= TILE)
		r = write_level(command, log, level, leaves);
	if (r)
		return r;
	r = wholefile_write(log->fd, "checkpoint", checkpoint, strlen(checkpoint), 0666);
	return r < 0 ? fail(command, "%s/checkpoint: %s", log->path, strerror(-r)) : 0;
}
