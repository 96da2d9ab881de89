/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/instant.h"
#include "measure/cmd/statedir.h"
#include "measure/lib/hash.h"

#define FILE_NAME "history.jsonl"
#define TAIL_MAX  65536 /* bytes of a line; reasons are cut far below that */
#define SUM_BEGIN ",\"sum\":\""
#define SUM_LEN	  (sizeof(SUM_BEGIN) - 1 + HISTORY_SUM + 2)

/* The sum of an object's text without its closing brace. */
static void sum_of(const void *head, size_t len, char ret_hex[static HASH_HEX_MAX])
{
	struct hash_ctx ctx;
	struct digest d;

	hash_init(&ctx, HASH_SHA256);
	hash_update(&ctx, head, len);
	hash_update(&ctx, "}", 1);
	hash_final(&ctx, &d);
	digest_hex(&d, ret_hex);
}

void history_parse(struct span line, struct history_line *ret)
{
	char hex[HASH_HEX_MAX];
	size_t head = line.left < SUM_LEN ? 0 : line.left - SUM_LEN;
	const char *end = (const char *)line.p + head, *prev;

	*ret = (struct history_line){ 0 };
	if (head == 0 || memcmp(end, SUM_BEGIN, strlen(SUM_BEGIN)) != 0 ||
	    memcmp((const char *)line.p + line.left - 2, "\"}", 2) != 0)
		return;
	sum_of(line.p, head, hex);
	if (memcmp(hex, end + strlen(SUM_BEGIN), HISTORY_SUM) != 0)
		return;
	memcpy(ret->sum, hex, HISTORY_SUM);
	ret->json = json_loadb((const char *)line.p, line.left, JSON_REJECT_DUPLICATES, NULL);
	ret->n = json_integer_value(json_object_get(ret->json, "n"));
	prev = json_string_value(json_object_get(ret->json, "prev"));
	snprintf(ret->prev, sizeof(ret->prev), "%s", prev ? prev : "");
}

static int open_file(const char *command, const char *path, int *ret_fd)
{
	struct rampart_error error;
	int dir = AT_FDCWD, fd, r;

	if (!path && statedir_open("history", &dir, NULL, &error) < 0)
		return fail(command, "%s", error.text);
	fd = openat(dir, path ? path : FILE_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (dir >= 0)
		close(dir);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		r = fail(command, "%s: %s", path ? path : FILE_NAME, strerror(errno));
		if (fd >= 0)
			close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

/* The last whole line among the n bytes before the end of the file, of which at come before them. */
static int take_last(const char *tail, size_t n, off_t at, struct history_line *ret_line,
		     off_t *ret_end)
{
	const char *newline = n > 0 ? memrchr(tail, '\n', n) : NULL, *before;

	*ret_line = (struct history_line){ 0 };
	*ret_end = newline ? at + (newline - tail) + 1 : 0;
	if (!newline)
		return at > 0 ? -EFBIG : 0;
	before = memrchr(tail, '\n', (size_t)(newline - tail));
	if (!before && at > 0)
		return -EFBIG;
	before = before ? before + 1 : tail;
	history_parse(span_of(before, (size_t)(newline - before)), ret_line);
	return ret_line->json ? 0 : -EBADMSG;
}

/* The last whole line of the file, where its end is, and how many bytes follow. */
static int read_last(int fd, struct history_line *ret_line, off_t *ret_end, size_t *ret_torn)
{
	struct stat st;
	char *tail;
	ssize_t n;
	off_t at;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	tail = malloc(TAIL_MAX);
	if (!tail)
		return -ENOMEM;
	at = st.st_size > TAIL_MAX ? st.st_size - TAIL_MAX : 0;
	n = pread(fd, tail, TAIL_MAX, at);
	r = n < 0 ? -errno : take_last(tail, (size_t)n, at, ret_line, ret_end);
	free(tail);
	*ret_torn = r == 0 ? (size_t)(st.st_size - *ret_end) : 0;
	return r;
}

/* With its newline; NULL if memory ran out. */
static char *write_line(const struct prooflog_line *l, const struct history_line *last, size_t torn)
{
	const struct rampart_report *report = l->report;
	const struct rampart_golden *golden = report ? report->golden : NULL;
	const struct rampart_check *check = report ? report->decided_by : NULL;
	char time[INSTANT_MAX], hex[HASH_HEX_MAX], zero[HISTORY_SUM + 1];
	AUTO_FREE char *text = NULL;
	char *line = NULL;
	json_t *json;

	memset(zero, '0', HISTORY_SUM);
	zero[HISTORY_SUM] = 0;
	instant_print(l->time, time);
	json = json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:I, s:s}",
			 "time", time, "machine", l->machine, "verdict", l->verdict, "reason",
			 l->reason, "code", check ? check->code : NULL, "identity", l->identity,
			 "ak", report ? report->ak : NULL, "golden",
			 golden && golden->matches ? golden->sha256 : NULL, "image",
			 golden && golden->matches ? golden->image : NULL, "version",
			 golden && golden->matches ? golden->version : NULL, "n", last->n + 1,
			 "prev", last->n > 0 ? last->sum : zero);
	if (json && report && report->feed_version > 0) {
		(void)json_object_set_new(json, "feed", json_integer(report->feed_version));
		(void)json_object_set_new(json, "release", json_integer(report->feed_release));
	}
	if (json && torn > 0)
		(void)json_object_set_new(json, "torn", json_integer((json_int_t)torn));
	text = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(json);
	if (!text)
		return NULL;
	sum_of(text, strlen(text) - 1, hex);
	if (asprintf(&line, "%.*s" SUM_BEGIN "%s\"}\n", (int)strlen(text) - 1, text, hex) < 0)
		return NULL;
	return line;
}

/* 0 or negative errno. Where a torn line begins, the new one does. */
static int append(int fd, const struct prooflog_line *l, const struct history_line *last, off_t end,
		  size_t torn)
{
	AUTO_FREE char *line = write_line(l, last, torn);
	size_t len = line ? strlen(line) : 0;
	ssize_t n;

	if (!line)
		return -ENOMEM;
	if (len > TAIL_MAX / 2)
		return -EFBIG;
	if (torn > 0 && ftruncate(fd, end) < 0)
		return -errno;
	n = pwrite(fd, line, len, end);
	if (n != (ssize_t)len)
		return n < 0 ? -errno : -EIO;
	return fsync(fd) < 0 ? -errno : 0;
}

int history_add(const char *command, const char *path, const struct prooflog_line *l)
{
	const char *name = path ? path : FILE_NAME;
	struct history_line last = { 0 };
	size_t torn = 0;
	off_t end = 0;
	int fd = -1, r = open_file(command, path, &fd);

	if (r)
		return r;
	r = read_last(fd, &last, &end, &torn);
	if (r == 0)
		r = append(fd, l, &last, end, torn);
	json_decref(last.json);
	close(fd);
	if (r == -EBADMSG)
		return fail(
			command,
			"%s: its last line is damaged, so nothing is added; run: rampart history",
			name);
	if (r < 0)
		return fail(command, "%s: %s", name, strerror(-r));
	if (torn > 0)
		fprintf(stderr,
			"rampart %s: warning: %s: its last line was torn, %zu bytes; they were cut off\n",
			command, name, torn);
	return 0;
}
