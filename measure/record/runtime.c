/* SPDX-License-Identifier: MIT */
#include "measure/record/runtime.h"

#include <errno.h>
#include <string.h>

#include "measure/record/eventlog.h"

/* "digests": [{"hashAlg": "sha256", "digest": "..."}]; algorithms that we do not know are left out.
 */
static int read_digests(const json_t *digests, struct runtime_record *rec)
{
	const json_t *entry;
	size_t i;

	rec->n_digests = json_array_size(digests);
	if (rec->n_digests == 0)
		return -EBADMSG;
	json_array_foreach(digests, i, entry)
	{
		const json_t *name = json_object_get(entry, "hashAlg");
		const json_t *hex = json_object_get(entry, "digest");
		enum hash_alg alg;

		if (!json_is_string(name) || !json_is_string(hex))
			return -EBADMSG;
		if (hash_from_name(json_string_value(name), json_string_length(name), &alg) < 0)
			continue;
		if (rec->has[alg] ||
		    digest_from_hex(alg, json_string_value(hex), json_string_length(hex),
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
		hash_bytes((enum hash_alg)i, json_string_value(rec->content),
			   json_string_length(rec->content), &d);
		if (!digest_equal(&d, &rec->digest[i]))
			return false;
	}
	return true;
}

static const char *read_record(const json_t *json, size_t number, struct runtime_record *rec)
{
	const json_t *recnum = json_object_get(json, "recnum"), *pcr = json_object_get(json, "pcr");

	if (!json_is_integer(recnum) || json_integer_value(recnum) != (json_int_t)number)
		return "\"recnum\" is not the next number";
	if (!json_is_integer(pcr) || json_integer_value(pcr) < 0 ||
	    json_integer_value(pcr) >= PCRS_N)
		return "\"pcr\" is not a PCR";
	rec->pcr = (unsigned)json_integer_value(pcr);
	rec->type = json_string_value(json_object_get(json, "content_type"));
	rec->content = json_object_get(json, "content");
	if (!rec->type || !rec->content)
		return "\"content_type\" or \"content\" missing";
	if (read_digests(json_object_get(json, "digests"), rec) < 0)
		return "malformed \"digests\"";
	if (!strcmp(rec->type, RUNTIME_TYPE) &&
	    (!json_is_string(rec->content) || !content_is_measured(rec)))
		return "the digest is not that of the content";
	return NULL;
}

const char *runtime_record(const char *line, size_t len, size_t number,
			   struct runtime_record *ret_record)
{
	struct runtime_record rec = { .json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL) };
	const char *what = rec.json ? read_record(rec.json, number, &rec) : "not JSON";

	if (what)
		json_decref(rec.json);
	else
		*ret_record = rec;
	return what;
}

void runtime_record_done(struct runtime_record *record)
{
	json_decref(record->json);
	*record = (struct runtime_record){ 0 };
}
