/* SPDX-License-Identifier: MIT */
#include "measure/verify/log/logrule.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/hash.h"
#include "measure/record/error.h"
#include "measure/record/jsonread.h"

/* ---- the rule ---- */

static int read_key(const json_t *json, enum note_type type, struct note_key *ret,
		    struct rampart_error *error)
{
	const char *text = json_string_value(json);
	int r;

	if (!text)
		return error_set(error, -EPROTO, "not a verifier key, \"NAME+ID+BASE64\"");
	r = note_key_parse(text, json_string_length(json), ret, error);
	if (r == 0 && ret->type != type)
		r = error_set(error, -EPROTO, "a key of type 0x%02x, where one of 0x%02x is needed",
			      ret->type, type);
	return r;
}

/* Each key once: the quorum counts keys. */
static int read_witness(const json_t *json, struct log_rule *rule, struct rampart_error *error)
{
	struct note_key *witness = &rule->witness[rule->n_witnesses];
	int r = read_key(json, NOTE_COSIGNATURE, witness, error);

	if (r < 0)
		return r;
	for (size_t i = 0; i < rule->n_witnesses; i++)
		if (signkey_equal(&rule->witness[i].key, &witness->key))
			return error_set(error, -EPROTO, "the same key as that of %s",
					 rule->witness[i].name);
	rule->n_witnesses++;
	return 0;
}

static int read_witnesses(const json_t *list, struct log_rule *rule, struct rampart_error *error)
{
	struct rampart_error why;
	const json_t *entry;
	size_t i;

	if (list && (json_array_size(list) == 0 || json_array_size(list) > LOG_WITNESSES_MAX))
		return error_set(error, -EPROTO, "log.witnesses: not a list of 1 to %d",
				 LOG_WITNESSES_MAX);
	rule->witness = calloc(json_array_size(list) + 1, sizeof(*rule->witness));
	if (!rule->witness)
		return error_memory(error);
	json_array_foreach(list, i, entry)
	{
		int r = read_witness(entry, rule, &why);

		if (r < 0)
			return error_set(error, r, "log.witnesses: entry %zu: %s", i + 1, why.text);
	}
	return 0;
}

static int read_all(const json_t *json, struct log_rule *rule, struct rampart_error *error)
{
	static const char *const keys[] = { "key", "origin", "witnesses", "quorum", NULL };
	const json_t *origin = json_object_get(json, "origin");
	const json_t *quorum = json_object_get(json, "quorum");
	json_int_t n = json_integer_value(quorum);
	struct rampart_error why;
	int r = jsonread_keys(json, "log", keys, 1, error);

	if (r < 0)
		return r;
	r = read_key(json_object_get(json, "key"), NOTE_ED25519, &rule->key, &why);
	if (r < 0)
		return error_set(error, r, "log.key: %s", why.text);
	if (origin && (json_string_length(origin) == 0 || strchr(json_string_value(origin), '\n')))
		return error_set(error, -EPROTO, "log.origin: not one line of text");
	rule->origin = strdup(origin ? json_string_value(origin) : rule->key.name);
	if (!rule->origin)
		return error_memory(error);
	r = read_witnesses(json_object_get(json, "witnesses"), rule, error);
	if (r < 0)
		return r;
	rule->quorum = rule->n_witnesses;
	if (quorum && (n < 1 || (unsigned long long)n > rule->n_witnesses))
		return error_set(error, -EPROTO,
				 "log.quorum: not a whole number from 1 to that of witnesses (%zu)",
				 rule->n_witnesses);
	if (quorum)
		rule->quorum = (size_t)n;
	rule->is_set = true;
	return 0;
}

int log_rule_read(const json_t *json, struct log_rule *ret, struct rampart_error *error)
{
	struct log_rule rule = { 0 };
	int r = json ? read_all(json, &rule, error) : 0;

	if (r == 0)
		*ret = rule;
	else
		log_rule_done(&rule);
	return r;
}

void log_rule_done(struct log_rule *rule)
{
	free(rule->origin);
	free(rule->witness);
	free(rule->seen.leaf);
	*rule = (struct log_rule){ 0 };
}

void log_rule_id(const struct log_rule *rule, char ret_hex[static 65])
{
	char text[NOTE_KEY_TEXT_MAX], hex[HASH_HEX_MAX];
	struct digest d;

	note_key_print(&rule->key, text);
	hash_bytes(HASH_SHA256, text, strlen(text), &d);
	digest_hex(&d, hex);
	memcpy(ret_hex, hex, 65);
}

/* ---- a proof ---- */

static void refuse(struct logged *ret, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void refuse(struct logged *ret, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret->text, sizeof(ret->text), format, args);
	va_end(args);
	ret->code = code;
}

/* The log's signature, and enough of the witnesses'. -ENOMEM only. */
static int judge_signatures(const struct log_rule *rule, const struct checkpoint *c,
			    struct logged *ret)
{
	char faults[LOG_TEXT_MAX / 2] = "";
	struct rampart_error why;
	size_t n = 0, at = 0;
	int r = note_signed_by(&c->note, &rule->key, NULL, &why);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		refuse(ret, r == -ENOENT ? "key" : "signature", "%s", why.text);
		return 0;
	}
	if (c->origin.left != strlen(rule->origin) ||
	    memcmp(c->origin.p, rule->origin, c->origin.left) != 0) {
		refuse(ret, "origin", "the checkpoint is of the log %.*s, and not of %s",
		       (int)(c->origin.left < 100 ? c->origin.left : 100),
		       (const char *)c->origin.p, rule->origin);
		return 0;
	}
	for (size_t i = 0; i < rule->n_witnesses; i++) {
		r = note_signed_by(&c->note, &rule->witness[i], NULL, &why);
		if (r == -ENOMEM)
			return r;
		n += r == 0;
		if (r < 0 && at < sizeof(faults))
			at += (size_t)snprintf(faults + at, sizeof(faults) - at, "; %s", why.text);
	}
	if (n < rule->quorum)
		refuse(ret, "quorum",
		       "%zu of %zu witnesses signed the checkpoint, and %zu %s needed%s", n,
		       rule->n_witnesses, rule->quorum, rule->quorum == 1 ? "is" : "are", faults);
	return 0;
}

/* Whether the first size of these leaves lead to this root. */
static bool leads_to(const struct merkle_hash *leaf, uint64_t size, const struct merkle_hash *root)
{
	struct merkle_hash got;

	tree_root(leaf, (size_t)size, &got);
	return !memcmp(&got, root, sizeof(got));
}

/* What was seen before, against the checkpoint. */
static void judge_history(const struct log_rule *rule, const struct logproof *p, struct logged *ret)
{
	const struct log_seen *seen = &rule->seen;
	const struct checkpoint *c = &p->checkpoint;
	uint64_t n_shown = p->leaf ? c->size : 0;
	uint64_t n_common = n_shown < seen->n_leaves ? n_shown : seen->n_leaves;
	bool is_known = true, is_same = true;

	if (seen->size == 0)
		return;
	if (c->size == seen->size)
		is_same = !memcmp(&c->root, &seen->root, sizeof(c->root));
	else if (n_shown > seen->size)
		is_same = leads_to(p->leaf, seen->size, &seen->root);
	else if (c->size <= seen->n_leaves)
		is_same = leads_to(seen->leaf, c->size, &c->root);
	else
		is_known = false;
	if (n_common > 0 && memcmp(p->leaf, seen->leaf, (size_t)n_common * sizeof(*p->leaf)) != 0)
		is_same = false;
	if (!is_same)
		refuse(ret, "fork",
		       "the log shows another tree of %" PRIu64 " leaves than the one of %" PRIu64
		       " that was seen before: it is forked. Keep both as evidence",
		       c->size, seen->size);
	else if (!is_known && rule->quorum == 0 && c->size < seen->size)
		refuse(ret, "shrunken",
		       "a tree of %" PRIu64 " leaves, where one of %" PRIu64
		       " was seen before; nothing shows that it is the beginning of that, and no witness is asked. Make the proof again, at the log's present checkpoint",
		       c->size, seen->size);
	else if (!is_known && rule->quorum == 0)
		refuse(ret, "unproven",
		       "the tree grew from %" PRIu64 " to %" PRIu64
		       " leaves; no hashes of leaves show that it only grew, and no witness is asked",
		       seen->size, c->size);
}

static void judge_path(const struct logproof *p, const struct merkle_hash *leaf, struct logged *ret)
{
	const struct checkpoint *c = &p->checkpoint;
	struct merkle_hash root;

	if (p->leaf && p->index < c->size && memcmp(&p->leaf[p->index], leaf, sizeof(*leaf)) != 0)
		refuse(ret, "leaf",
		       "the proof is of another leaf: number %" PRIu64 " is not of this file",
		       p->index);
	else if (tree_climb(leaf, p->index, c->size, p->path, p->n, &root) < 0)
		refuse(ret, "path",
		       "the path of %zu steps is not one of leaf %" PRIu64 " of %" PRIu64, p->n,
		       p->index, c->size);
	else if (memcmp(&root, &c->root, sizeof(root)) != 0)
		refuse(ret, "path",
		       "the path does not lead to the checkpoint: it is of another file, or damaged");
}

static int remember(struct log_seen *seen, const struct logproof *p)
{
	const struct checkpoint *c = &p->checkpoint;
	struct merkle_hash *leaf;

	if (p->leaf && c->size > seen->n_leaves) {
		leaf = malloc((size_t)c->size * sizeof(*leaf));
		if (!leaf)
			return -ENOMEM;
		memcpy(leaf, p->leaf, (size_t)c->size * sizeof(*leaf));
		free(seen->leaf);
		seen->leaf = leaf;
		seen->n_leaves = c->size;
		seen->is_news = true;
	}
	if (c->size > seen->size) {
		seen->size = c->size;
		seen->root = c->root;
		seen->is_news = true;
	}
	return 0;
}

static int judge_proof(struct log_rule *rule, struct span entry, const struct logproof *p,
		       struct logged *ret)
{
	struct merkle_hash leaf;
	int r = judge_signatures(rule, &p->checkpoint, ret);

	if (r < 0)
		return r;
	merkle_leaf(entry.p, entry.left, &leaf);
	if (!ret->code)
		judge_history(rule, p, ret);
	if (!ret->code)
		judge_path(p, &leaf, ret);
	if (ret->code)
		return 0;
	snprintf(ret->text, sizeof(ret->text),
		 "leaf %" PRIu64 " of %" PRIu64 " in the log %.200s, %zu witnesses", p->index,
		 p->checkpoint.size, rule->origin, rule->quorum);
	return remember(&rule->seen, p);
}

int log_rule_judge(struct log_rule *rule, struct span entry, const struct rampart_signature *proof,
		   struct logged *ret)
{
	struct rampart_error why;
	struct logged logged = { 0 };
	struct logproof p;
	int r;

	if (!proof) {
		refuse(&logged, "missing", "there is no proof that they are in the log %.200s",
		       rule->origin);
		*ret = logged;
		return 0;
	}
	r = logproof_parse(proof->text, proof->len, &p, &why);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		refuse(&logged, "form", "%.200s: %.280s", proof->name, why.text);
		*ret = logged;
		return 0;
	}
	r = judge_proof(rule, entry, &p, &logged);
	logproof_done(&p);
	if (r == 0)
		*ret = logged;
	return r;
}
