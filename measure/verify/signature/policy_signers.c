/* SPDX-License-Identifier: MIT */
/* The keys of a policy's signers. What becomes of them: signers.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/record/jsonread.h"
#include "measure/record/text.h"
#include "measure/verify/signature/mldsa.h"
#include "measure/verify/signature/signers.h"
#include "measure/verify/signature/sshkey.h"

#define NAME_MAX_LEN 64

/* Printable, and without the comma that is put between names. */
static bool is_name(const json_t *json)
{
	const char *name = json_string_value(json);
	size_t len = json_string_length(json);

	if (len == 0 || len > NAME_MAX_LEN || strlen(name) != len)
		return false;
	while (*name && *name != ',' && text_char_len(name) > 0)
		name += text_char_len(name);
	return !*name;
}

static int read_key(const json_t *json, struct signer *signer, struct rampart_error *error)
{
	const char *text = json_string_value(json);
	size_t len = json_string_length(json);
	struct minisig_key minisign;
	int r;

	if (!text)
		return error_set(error, -EPROTO, "\"key\" is not a text");
	if (len >= strlen(MLDSA_KEY_BEGIN) &&
	    !memcmp(text, MLDSA_KEY_BEGIN, strlen(MLDSA_KEY_BEGIN)))
		return mldsa_key_parse(text, len, &signer->key, &signer->fingerprint, error);
	signer->is_minisign = minisig_is_key(text, len);
	if (!signer->is_minisign)
		return sshkey_parse(text, len, &signer->key, &signer->fingerprint, error);
	r = minisig_key_parse(text, len, &minisign, &signer->fingerprint, error);
	if (r == 0) {
		signer->key = minisign.key;
		memcpy(signer->id, minisign.id, sizeof(signer->id));
	}
	return r;
}

static int read_signer(const json_t *entry, struct signer *signer, struct rampart_error *error)
{
	static const char *const keys[] = { "name", "key", NULL };
	int r = jsonread_keys(entry, "", keys, 2, error);

	if (r < 0)
		return r;
	if (!is_name(json_object_get(entry, "name")))
		return error_set(error, -EPROTO,
				 "\"name\" is not 1 to %d printable bytes without a comma",
				 NAME_MAX_LEN);
	signer->name = json_string_value(json_object_get(entry, "name"));
	return read_key(json_object_get(entry, "key"), signer, error);
}

/* Its place among those before it. One key is one signer's, in whatever format it is written. */
static int place(struct signers *s, size_t i, struct rampart_error *error)
{
	struct signer *signer = &s->key[i];

	signer->first = i;
	for (size_t k = 0; k < i; k++) {
		if (signkey_equal(&s->key[k].key, &signer->key))
			return error_set(error, -EPROTO, "the same key as that of \"%s\"",
					 s->key[k].name);
		if (signer->first == i && !strcmp(s->key[k].name, signer->name))
			signer->first = k;
	}
	s->n_names += signer->first == i;
	s->n = i + 1;
	return 0;
}

static int read_all(const json_t *list, struct signers *s, struct rampart_error *error)
{
	struct rampart_error why;
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		int r = read_signer(entry, &s->key[i], &why);

		if (r == 0)
			r = place(s, i, &why);
		if (r < 0)
			return error_set(error, r, "signers: entry %zu: %s", i + 1, why.text);
	}
	return 0;
}

static int read_threshold(const json_t *json, struct signers *s, struct rampart_error *error)
{
	json_int_t threshold = json ? json_integer_value(json) : 1;

	if (threshold < 1)
		return error_set(error, -EPROTO, "threshold: not a whole number from 1 on");
	if ((unsigned long long)threshold > s->n_names)
		return error_set(error, -EPROTO, "threshold: more than there are signers (%zu)",
				 s->n_names);
	s->threshold = (size_t)threshold;
	return 0;
}

/* Names that have a key of ML-DSA-65, or one of another type. */
static size_t count_names(const struct signers *s, bool is_mldsa)
{
	bool has[SIGNERS_MAX] = { false };
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if ((s->key[i].key.type == SIGNKEY_MLDSA65) != is_mldsa)
			continue;
		n += !has[s->key[i].first];
		has[s->key[i].first] = true;
	}
	return n;
}

static int read_kinds(const json_t *json, struct signers *s, struct rampart_error *error)
{
	const char *text = json ? json_string_value(json) : "any";

	if (!text || (strcmp(text, "any") != 0 && strcmp(text, "both") != 0))
		return error_set(error, -EPROTO, "signature_kinds: neither \"any\" nor \"both\"");
	s->both = !strcmp(text, "both");
	for (int is_mldsa = 0; is_mldsa < 2 && s->both; is_mldsa++)
		if (count_names(s, is_mldsa) < s->threshold)
			return error_set(
				error, -EPROTO,
				"signature_kinds: \"both\", and only %zu signers have %s key (the threshold is %zu)",
				count_names(s, is_mldsa), is_mldsa ? "an ML-DSA-65" : "a classic",
				s->threshold);
	return 0;
}

int signers_read(const json_t *rules, struct signers *ret_signers, struct rampart_error *error)
{
	const json_t *list = json_object_get(rules, "signers");
	const json_t *threshold = json_object_get(rules, "threshold");
	const json_t *kinds = json_object_get(rules, "signature_kinds");
	struct signers s = { 0 };
	int r;

	if (!list && (threshold || kinds))
		return error_set(error, -EPROTO, "%s: there are no \"signers\"",
				 threshold ? "threshold" : "signature_kinds");
	if (!list) {
		*ret_signers = s;
		return 0;
	}
	if (json_array_size(list) == 0)
		return error_set(error, -EPROTO, "signers: not a list, or an empty one");
	if (json_array_size(list) > SIGNERS_MAX)
		return error_set(error, -EFBIG, "signers: more than %d", SIGNERS_MAX);
	s.key = calloc(json_array_size(list), sizeof(*s.key));
	if (!s.key)
		return error_memory(error);
	r = read_all(list, &s, error);
	if (r == 0)
		r = read_threshold(threshold, &s, error);
	if (r == 0)
		r = read_kinds(kinds, &s, error);
	if (r == 0)
		*ret_signers = s;
	else
		free(s.key);
	return r;
}
