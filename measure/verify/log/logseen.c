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

	if (!lines_next(text, &line) || line.left >= sizeof(digits))
		return false;
	memcpy(digits, line.p, line.left);
	*ret = strtoull(digits, NULL, 10);
	snprintf(again, sizeof(again), "%" PRIu64, *ret);
	return *ret > 0 && !strcmp(digits, again);
}

int log_seen_read(const char *text, size_t len, struct log_seen *ret, struct rampart_error *error)
{
	struct span left = span_of(text, len), line;
	struct log_seen seen = { 0 };
	struct merkle_hash root;
	size_t n = 0;

	if (!lines_next(&left, &line) || line.left != strlen(HEAD) ||
	    memcmp(line.p, HEAD, line.left) != 0 || !take_size(&left, &seen.size) ||
	    !take_hash(&left, &seen.root))
		return error_set(error, -EBADMSG, "not \"" HEAD "\" with a size and a root");
	if (left.left > 0 && seen.size <= LOGPROOF_LEAVES_MAX) {
		seen.leaf = calloc((size_t)seen.size, sizeof(*seen.leaf));
		if (!seen.leaf)
			return error_memory(error);
		while (n < seen.size && take_hash(&left, &seen.leaf[n]))
			n++;
		tree_root(seen.leaf, n, &root);
	}
	if (left.left > 0 ||
	    (seen.leaf && (n != seen.size || memcmp(&root, &seen.root, sizeof(root)) != 0))) {
		free(seen.leaf);
		return error_set(error, -EBADMSG, "its hashes of leaves do not lead to its root");
	}
	*ret = seen;
	return 0;
}

char *log_seen_print(const struct log_seen *seen)
{
	size_t n = seen->leaf ? (size_t)seen->size : 0, line = base64_len(MERKLE_LEN) + 1;
	char *text = malloc(64 + (n + 1) * line), *at = text;

	if (!text)
		return NULL;
	at += sprintf(at, HEAD "\n%" PRIu64 "\n", seen->size);
	for (size_t i = 0; i <= n; i++) {
		base64_encode(i == 0 ? &seen->root : &seen->leaf[i - 1], MERKLE_LEN, at);
		at += line - 1;
		at += sprintf(at, "\n");
	}
	return text;
}
