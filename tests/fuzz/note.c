/* SPDX-License-Identifier: MIT */
/*
 * Verifier keys, signed notes, checkpoints, proofs, and what is kept of a log: what is refused leaves
 * no trace, the rest is in bounds, and nothing of it holds without the key.
 */
#include "measure/verify/log/logrule.h"
#include "tests/fuzz/fuzz.h"

static void try_key(const char *text, size_t size)
{
	struct rampart_error error = { "" };
	char again[NOTE_KEY_TEXT_MAX];
	struct note_key key;

	memset(&key, FRESH, sizeof(key));
	if (note_key_parse(text, size, &key, &error) < 0) {
		require(error.text[0] && is_line(error.text) && is_fresh(&key, sizeof(key)));
		return;
	}
	note_key_print(&key, again);
	require(strlen(again) == size && !memcmp(again, text, size));
}

static void try_seen(const char *text, size_t size)
{
	struct rampart_error error = { "" };
	struct log_seen seen;
	char *again;

	memset(&seen, FRESH, sizeof(seen));
	if (log_seen_read(text, size, &seen, &error) < 0) {
		require(error.text[0] && is_fresh(&seen, sizeof(seen)));
		return;
	}
	again = log_seen_print(&seen);
	require(again && strlen(again) <= LOG_SEEN_MAX);
	free(again);
	free(seen.leaf);
}

/* A rule whose log is that of the key in the corpus, and whose witness signed nothing. */
static void try_rule(const char *text, size_t size)
{
	static const char rules[] =
		"{\"key\": \"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\"}";
	const struct rampart_signature proof = { .name = "proof", .text = text, .len = size };
	json_t *json = json_loads(rules, 0, NULL);
	struct log_rule rule;
	struct logged logged;

	require(json && log_rule_read(json, &rule, NULL) == 0);
	require(log_rule_judge(&rule, span_of("other", 5), &proof, &logged) == 0);
	require(logged.code && !rule.seen.is_news);
	log_rule_done(&rule);
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rampart_error error = { "" };
	const char *text = (const char *)data;
	struct checkpoint checkpoint;
	struct logproof proof;

	try_key(text, size);
	try_seen(text, size);
	try_rule(text, size);
	memset(&checkpoint, FRESH, sizeof(checkpoint));
	if (checkpoint_parse(data, size, &checkpoint, &error) < 0)
		require(error.text[0] && is_line(error.text) &&
			is_fresh(&checkpoint, sizeof(checkpoint)));
	else
		require(is_inside(checkpoint.origin, span_of(data, size)));
	memset(&proof, FRESH, sizeof(proof));
	if (logproof_parse(data, size, &proof, &error) < 0) {
		require(is_line(error.text) && is_fresh(&proof, sizeof(proof)));
		return 0;
	}
	require(proof.n <= TREE_PATH_MAX &&
		is_inside(proof.checkpoint.origin, span_of(data, size)));
	logproof_done(&proof);
	return 0;
}
