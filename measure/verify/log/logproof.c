/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/verify/log/logproof.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/base64.h"
#include "measure/record/error.h"

#define HASH_TEXT 44 /* base64 of a hash */

/* The next line without its newline, which has to be there. */
static bool take_line(struct span *s, struct span *ret_line)
{
	const uint8_t *end = s->left ? memchr(s->p, '\n', s->left) : NULL;

	if (!end)
		return false;
	*ret_line = span_of(s->p, (size_t)(end - s->p));
	return span_skip(s, ret_line->left + 1) == 0;
}

/* Decimal, without zeroes in front. */
static bool read_number(struct span line, uint64_t *ret)
{
	uint64_t n = 0;

	if (line.left == 0 || (line.left > 1 && line.p[0] == '0'))
		return false;
	for (size_t i = 0; i < line.left; i++) {
		unsigned digit = line.p[i] - (unsigned)'0';

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = 10 * n + digit;
	}
	*ret = n;
	return true;
}

static bool read_hash(struct span line, struct merkle_hash *ret)
{
	uint8_t bytes[MERKLE_LEN];
	size_t n;

	if (line.left != HASH_TEXT ||
	    base64_decode((const char *)line.p, line.left, bytes, sizeof(bytes), &n) < 0)
		return false;
	memcpy(ret->bytes, bytes, sizeof(bytes));
	return true;
}

int checkpoint_parse(const void *bytes, size_t len, struct checkpoint *ret,
		     struct rampart_error *error)
{
	struct checkpoint c;
	struct span left, line;
	int r = note_parse(bytes, len, &c.note, error);

	if (r < 0)
		return r;
	left = c.note.text;
	if (!take_line(&left, &c.origin) || c.origin.left == 0)
		return error_set(error, -EBADMSG, "malformed checkpoint: no origin");
	if (!take_line(&left, &line) || !read_number(line, &c.size))
		return error_set(error, -EBADMSG,
				 "malformed checkpoint: its second line is no size");
	if (!take_line(&left, &line) || !read_hash(line, &c.root))
		return error_set(error, -EBADMSG,
				 "malformed checkpoint: its third line is no root");
	while (take_line(&left, &line))
		if (line.left == 0)
			return error_set(error, -EBADMSG, "malformed checkpoint: an empty line");
	*ret = c;
	return 0;
}

/* What follows word and a space, or NULL. */
static bool after(struct span *line, const char *word)
{
	size_t len = strlen(word);

	return line->left > len && !memcmp(line->p, word, len) && line->p[len] == ' ' &&
	       span_skip(line, len + 1) == 0;
}

/* The hashes of all leaves, if that is what the data are. */
static int take_leaves(struct span text, struct logproof *proof, struct rampart_error *error)
{
	size_t size = text.left / 4 * 3, n = 0;
	uint8_t *bytes = malloc(size + 1);
	struct merkle_hash root;

	if (!bytes)
		return error_memory(error);
	if (base64_decode((const char *)text.p, text.left, bytes, size, &n) < 0) {
		free(bytes);
		return error_set(error, -EBADMSG, "malformed proof: its extra data is not base64");
	}
	if (proof->checkpoint.size > 0 && proof->checkpoint.size <= LOGPROOF_LEAVES_MAX &&
	    n == proof->checkpoint.size * MERKLE_LEN) {
		proof->leaf = (struct merkle_hash *)bytes; /* an array of bytes as well */
		tree_root(proof->leaf, n / MERKLE_LEN, &root);
		if (!memcmp(&root, &proof->checkpoint.root, sizeof(root)))
			return 0;
		proof->leaf = NULL;
	}
	free(bytes);
	return 0;
}

int logproof_parse(const void *bytes, size_t len, struct logproof *ret, struct rampart_error *error)
{
	struct span left = span_of(bytes, len), line, extra = { 0 };
	struct logproof p = { 0 };
	int r;

	if (len > LOGPROOF_SIZE_MAX)
		return error_set(error, -EFBIG, "a proof of more than %d bytes", LOGPROOF_SIZE_MAX);
	if (!take_line(&left, &line) || line.left != strlen(LOGPROOF_HEAD) ||
	    memcmp(line.p, LOGPROOF_HEAD, line.left) != 0)
		return error_set(error, -EBADMSG,
				 "not a proof of a log: its first line is not \"" LOGPROOF_HEAD
				 "\"");
	if (!take_line(&left, &line))
		return error_set(error, -EBADMSG, "malformed proof: cut short");
	if (after(&line, "extra")) {
		extra = line;
		if (!take_line(&left, &line))
			return error_set(error, -EBADMSG, "malformed proof: cut short");
	}
	if (!after(&line, "index") || !read_number(line, &p.index))
		return error_set(error, -EBADMSG, "malformed proof: no index");
	while (take_line(&left, &line) && line.left > 0)
		if (p.n == TREE_PATH_MAX || !read_hash(line, &p.path[p.n++]))
			return error_set(error, -EBADMSG,
					 "malformed proof: a step that is no hash, or too many");
	r = checkpoint_parse(left.p, left.left, &p.checkpoint, error);
	if (r == 0 && extra.left > 0)
		r = take_leaves(extra, &p, error);
	if (r == 0)
		*ret = p;
	return r;
}

void logproof_done(struct logproof *proof)
{
	free(proof->leaf);
	proof->leaf = NULL;
}

char *logproof_print(const struct merkle_hash *leaf, size_t n, size_t index)
{
	struct merkle_hash path[TREE_PATH_MAX];
	size_t steps = tree_path(leaf, n, index, path);
	bool has_leaves = n <= LOGPROOF_LEAVES_MAX;
	size_t room = 128 + (has_leaves ? base64_len(n * MERKLE_LEN) : 0) + steps * (HASH_TEXT + 1);
	char *text = malloc(room), *at = text;

	if (!text)
		return NULL;
	at += sprintf(at, LOGPROOF_HEAD "\n");
	if (has_leaves) {
		at += sprintf(at, "extra ");
		base64_encode(leaf, n * MERKLE_LEN, at);
		at += strlen(at);
		at += sprintf(at, "\n");
	}
	at += sprintf(at, "index %zu\n", index);
	for (size_t i = 0; i < steps; i++) {
		base64_encode(&path[i], MERKLE_LEN, at);
		at += HASH_TEXT;
		at += sprintf(at, "\n");
	}
	sprintf(at, "\n");
	return text;
}

char *logproof_entry(const char *golden_sha256_hex, const char *image, const char *version)
{
	char *text = NULL;

	if (asprintf(&text, "rampart-release/1\ngolden sha256:%s\nimage %s\nversion %s\n",
		     golden_sha256_hex, image, version) < 0)
		return NULL;
	return text;
}
