/* SPDX-License-Identifier: MIT */
/* What a client keeps of a log: logrule.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/base64.h"
#include "measure/record/error.h"
#include "measure/record/lines.h"
#include "measure/verify/log/logrule.h"

#define HEAD "rampart-log-seen/1"

static bool take_hash(struct span *text, struct merkle_hash *ret)
{
	uint8_t bytes[MERKLE_LEN];
	struct span line;
	size_t n;

	if (!lines_next(text, &line) ||
	    base64_decode((const char *)line.p, line.left, bytes, sizeof(bytes), &n) < 0 ||
	    n != sizeof(bytes))
		return false;
	memcpy(ret->bytes, bytes, sizeof(bytes));
	return true;
}

static bool take_size(struct span *text, uint64_t *ret)
{
	char digits[24] = "", again[24];
	struct span line;
	uint64_t size;

	if (!lines_next(text, &line) || line.left >= sizeof(digits))
		return false;
	memcpy(digits, line.p, line.left);
	size = strtoull(digits, NULL, 10);
	snprintf(again, sizeof(again), "%" PRIu64, size);
	if (size == 0 || strcmp(digits, again) != 0)
		return false;
	*ret = size;
	return true;
}

/* The hashes of leaves, if there are any: of this tree, or of a smaller one, which comes first. */
static int take_leaves(struct span *text, struct log_seen *seen, struct rampart_error *error)
{
	struct merkle_hash want = seen->root, got;
	struct span second = *text;
	uint64_t n = seen->size, size = seen->size;

	if (text->left == 0)
		return 0;
	if (take_size(&second, &n)) {
		*text = second;
		if (n >= size || !take_hash(text, &want))
			n = 0;
	}
	if (n == 0 || n > LOGPROOF_LEAVES_MAX)
		return error_set(error, -EBADMSG, "hashes of leaves of no tree that it names");
	seen->leaf = calloc((size_t)n, sizeof(*seen->leaf));
	if (!seen->leaf)
		return error_memory(error);
	while (seen->n_leaves < n && take_hash(text, &seen->leaf[seen->n_leaves]))
		seen->n_leaves++;
	tree_root(seen->leaf, (size_t)seen->n_leaves, &got);
	if (text->left > 0 || seen->n_leaves != n || memcmp(&got, &want, sizeof(got)) != 0)
		return error_set(error, -EBADMSG, "its hashes of leaves do not lead to its root");
	return 0;
}

int log_seen_read(const char *text, size_t len, struct log_seen *ret, struct rampart_error *error)
{
	struct span left = span_of(text, len), line;
	struct log_seen seen = { 0 };
	int r;

	if (!lines_next(&left, &line) || line.left != strlen(HEAD) ||
	    memcmp(line.p, HEAD, line.left) != 0 || !take_size(&left, &seen.size) ||
	    !take_hash(&left, &seen.root))
		return error_set(error, -EBADMSG, "not \"" HEAD "\" with a size and a root");
	r = take_leaves(&left, &seen, error);
	if (r < 0)
		free(seen.leaf);
	else
		*ret = seen;
	return r;
}

static char *put_hash(char *at, const struct merkle_hash *hash)
{
	base64_encode(hash, MERKLE_LEN, at);
	at += strlen(at);
	return at + sprintf(at, "\n");
}

char *log_seen_print(const struct log_seen *seen)
{
	size_t n = (size_t)seen->n_leaves, line = base64_len(MERKLE_LEN) + 1;
	char *text = malloc(128 + (n + 2) * line), *at = text;
	struct merkle_hash root;

	if (!text)
		return NULL;
	at += sprintf(at, HEAD "\n%" PRIu64 "\n", seen->size);
	at = put_hash(at, &seen->root);
	if (n > 0 && n < seen->size) {
		at += sprintf(at, "%zu\n", n);
		tree_root(seen->leaf, n, &root);
		at = put_hash(at, &root);
	}
	for (size_t i = 0; i < n; i++)
		at = put_hash(at, &seen->leaf[i]);
	return text;
}
