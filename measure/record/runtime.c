/* SPDX-License-Identifier: MIT */
#include "measure/record/runtime.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/event.h"
#include "measure/lib/pcrs.h"
#include "measure/record/error.h"
#include "measure/record/jsonwire.h"
#include "measure/record/lines.h"

#define DEPTH_MAX 64 /* of what other tools write: a handful */

/*
 * "digests": [{"hashAlg": "sha256", "digest": "..."}]; algorithms that we do not know are left out.
 */
static int read_digests(yyjson_val *digests, struct runtime_record *rec)
{
	yyjson_val *entry;
	size_t i, n;

	rec->n_digests = yyjson_arr_size(digests);
	if (rec->n_digests == 0)
		return -EBADMSG;
	yyjson_arr_foreach(digests, i, n, entry)
	{
		yyjson_val *name = yyjson_obj_get(entry, "hashAlg");
		yyjson_val *hex = yyjson_obj_get(entry, "digest");
		enum hash_alg alg;

		if (!yyjson_is_str(name) || !yyjson_is_str(hex))
			return -EBADMSG;
		if (hash_from_name(yyjson_get_str(name), yyjson_get_len(name), &alg) < 0)
			continue;
		if (rec->has[alg] || digest_from_hex(alg, yyjson_get_str(hex), yyjson_get_len(hex),
						     &rec->digest[alg]) < 0)
			return -EBADMSG;
		rec->has[alg] = true;
	}
	return 0;
}

/* Only our own content says which bytes were hashed. */
static bool content_is_measured(const struct runtime_record *rec)
{
	for (size_t i = 0; i < _HASH_MAX; i++) {
		struct digest d;

		if (!rec->has[i])
			continue;
		hash_bytes((enum hash_alg)i, rec->text.p, rec->text.left, &d);
		if (!digest_equal(&d, &rec->digest[i]))
			return false;
	}
	return true;
}

static const char *read_record(yyjson_val *json, size_t number, struct runtime_record *rec)
{
	yyjson_val *recnum = yyjson_obj_get(json, "recnum"), *pcr = yyjson_obj_get(json, "pcr");

	if (!yyjson_is_uint(recnum) || yyjson_get_uint(recnum) != number)
		return "\"recnum\" is not the next number";
	if (!yyjson_is_uint(pcr) || yyjson_get_uint(pcr) >= PCRS_N)
		return "\"pcr\" is not a PCR";
	rec->pcr = (unsigned)yyjson_get_uint(pcr);
	rec->type = yyjson_get_str(yyjson_obj_get(json, "content_type"));
	rec->content = yyjson_obj_get(json, "content");
	if (!rec->type || !rec->content)
		return "\"content_type\" or \"content\" missing";
	if (yyjson_is_str(rec->content))
		rec->text = span_of(yyjson_get_str(rec->content), yyjson_get_len(rec->content));
	if (read_digests(yyjson_obj_get(json, "digests"), rec) < 0)
		return "malformed \"digests\"";
	if (!strcmp(rec->type, RUNTIME_TYPE) &&
	    (!yyjson_is_str(rec->content) || !content_is_measured(rec)))
		return "the digest is not that of the content";
	return NULL;
}

/* What read_record() leaves open: other keys, other content than init's. */
static const char *bad_record(const struct runtime_record *rec)
{
	yyjson_val *root = yyjson_doc_get_root(rec->json), *entry;
	size_t i, n;

	if (strcmp(rec->type, RUNTIME_TYPE) != 0)
		return "\"content_type\" is not \"" RUNTIME_TYPE "\"";
	if (yyjson_obj_size(root) != 5)
		return "another key than those of a record";
	yyjson_arr_foreach(yyjson_obj_get(root, "digests"), i, n, entry)
	{
		if (yyjson_obj_size(entry) != 2)
			return "another key than those of a digest";
	}
	return NULL;
}

int runtime_next(struct runtime_log *log, struct runtime_record *ret_record,
		 struct rampart_error *error)
{
	struct runtime_record rec = { 0 };
	const char *what;
	struct span line;
	int r;

	do {
		const uint8_t *end = NULL;

		if (log->rest.left == 0)
			return 0;
		end = memchr(log->rest.p, '\n', log->rest.left);
		if (!end && log->strict) /* one that was cut is not passed off as a whole one */
			return error_set(error, -EBADMSG, "the last record has no newline");
		(void)span_take(&log->rest, end ? (size_t)(end - log->rest.p) : log->rest.left,
				&line);
		(void)span_skip(&log->rest, end != NULL);
	} while (!log->strict && lines_trim(line).left == 0);
	r = jsonwire((const char *)line.p, line.left, DEPTH_MAX, &rec.json, NULL);
	if (r == -ENOMEM)
		return error_memory(error);
	what = r == 0	     ? read_record(yyjson_doc_get_root(rec.json), log->number, &rec)
	       : r == -EFBIG ? "nested too deep, or an object of too many keys"
			     : "not JSON";
	if (!what && log->strict)
		what = bad_record(&rec);
	if (what) {
		yyjson_doc_free(rec.json);
		return error_set(error, -EBADMSG, "record %zu: %s", log->number, what);
	}
	log->number++;
	*ret_record = rec;
	return 1;
}

void runtime_record_done(struct runtime_record *record)
{
	yyjson_doc_free(record->json);
	*record = (struct runtime_record){ 0 };
}

int runtime_events(const char *text, size_t len, struct runtime_events *ret_events,
		   struct rampart_error *error)
{
	struct runtime_log log = { .rest = span_of(text, len), .strict = true };
	struct runtime_events events = { 0 };
	size_t n = 0;
	int r;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	if (n > RUNTIME_EVENTS_MAX)
		return error_set(error, -EFBIG, "more than %d records", RUNTIME_EVENTS_MAX);
	events.list = calloc(n + 1, sizeof(*events.list));
	if (!events.list)
		return error_memory(error);
	while ((r = runtime_next(&log, &events.list[events.n], error)) > 0)
		events.n++;
	if (r < 0)
		runtime_events_done(&events);
	else
		*ret_events = events;
	return r;
}

void runtime_events_done(struct runtime_events *events)
{
	for (size_t i = 0; i < events->n; i++)
		runtime_record_done(&events->list[i]);
	free(events->list);
	*events = (struct runtime_events){ 0 };
}

/* The next word of a line, which a space or the end closes. */
static struct span take_word(struct span *line)
{
	struct span word = { .p = line->p };

	while (line->left > 0 && *line->p != ' ') {
		line->p++;
		line->left--;
		word.left++;
	}
	if (line->left > 0)
		(void)span_skip(line, 1);
	return word;
}

static bool word_is(struct span word, const char *text)
{
	return word.left == strlen(text) && !memcmp(word.p, text, word.left);
}

static bool is_one_of(uint8_t c, const char *chars)
{
	return c && strchr(chars, c);
}

static bool is_name(struct span word)
{
	for (size_t i = 0; i < word.left; i++)
		if (!is_one_of(
			    word.p[i],
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+/-"))
			return false;
	return word.left >= 1 && word.left <= EVENT_NAME_MAX;
}

static bool is_digest(struct span word)
{
	size_t fsverity = strlen("fsverity-"), sha256 = strlen("sha256:");
	struct digest d;

	if (word.left > fsverity && !memcmp(word.p, "fsverity-", fsverity))
		(void)span_skip(&word, fsverity);
	return word.left > sha256 && !memcmp(word.p, "sha256:", sha256) &&
	       digest_from_hex(HASH_SHA256, (const char *)word.p + sha256, word.left - sha256,
			       &d) == 0;
}

/* "size=123" */
static bool is_number(struct span word)
{
	size_t key = 0, value;

	while (key < word.left && is_one_of(word.p[key], "abcdefghijklmnopqrstuvwxyz"))
		key++;
	if (key == 0 || key == word.left || word.p[key] != '=')
		return false;
	value = key + 1;
	while (value < word.left && is_one_of(word.p[value], "0123456789"))
		value++;
	return value == word.left && value > key + 1;
}

static bool is_capped(unsigned pcr)
{
	for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++)
		if (event_capped_pcrs[i] == pcr)
			return true;
	return false;
}

static const char *kind_of(struct span word, unsigned pcr, enum runtime_kind *ret_kind)
{
	static const struct {
		const char *name;
		unsigned pcr; /* 0: each that is capped */
	} kinds[] = {
		[RUNTIME_PLAN] = { "plan", EVENT_PCR_PLAN },
		[RUNTIME_CONFIG] = { "config", EVENT_PCR_PLAN },
		[RUNTIME_CONTAINER] = { "container", EVENT_PCR_CONTAINER },
		[RUNTIME_MODEL] = { "model", EVENT_PCR_MODEL },
		[RUNTIME_IDENTITY] = { "identity", EVENT_PCR_IDENTITY },
		[RUNTIME_READY] = { "ready", 0 },
		[RUNTIME_ERROR] = { "error", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!word_is(word, kinds[i].name))
			continue;
		if (kinds[i].pcr ? kinds[i].pcr != pcr : !is_capped(pcr))
			return "an event in a PCR where its kind does not belong";
		*ret_kind = (enum runtime_kind)i;
		return NULL;
	}
	return "an event of an unknown kind";
}

const char *runtime_kind(const struct runtime_record *record, enum runtime_kind *ret_kind)
{
	struct span line = record->text, word;
	enum runtime_kind kind;
	const char *what;

	if (line.left < 1 || line.left >= EVENT_LINE_MAX || line.p[line.left - 1] != '\n')
		return "not one line";
	line.left--;
	if (!word_is(take_word(&line), "rampart/1"))
		return "not a line of rampart/1";
	word = take_word(&line);
	what = kind_of(word, record->pcr, &kind);
	if (what)
		return what;
	if (!is_name(take_word(&line)) || !is_digest(take_word(&line)))
		return "an event without a name and a digest";
	if (kind == RUNTIME_CONFIG) {
		struct instance config;

		if (event_config_read((const char *)record->text.p, record->text.left, &config) < 0)
			return "an instance configuration that is none";
		line.left = 0;
	}
	while (line.left > 0)
		if (!is_number(take_word(&line)))
			return "an event with something that is no number";
	*ret_kind = kind;
	return NULL;
}
