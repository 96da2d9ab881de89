/* SPDX-License-Identifier: MIT */
#include "measure/verify/evidence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/base64.h"
#include "measure/record/error.h"
#include "measure/record/jsonread.h"

#define SCHEMA	  "rampart-evidence/1"
#define DEPTH_MAX 4

struct reading {
	struct rampart_evidence *ev;
	struct rampart_error *error;
	uint8_t *next; /* room for what is decoded: never more than the text */
	size_t left;
};

static int refuse(struct reading *r, const char *name, const char *what)
{
	return error_set(r->error, -EPROTO, "%s: %s", name, what);
}

static int take_base64(struct reading *r, const json_t *json, const char *name, size_t max,
		       struct span *ret)
{
	size_t len;

	if (!json_is_string(json))
		return refuse(r, name, "not a string");
	if (base64_decode(json_string_value(json), json_string_length(json), r->next, r->left,
			  &len) < 0)
		return refuse(r, name, "not base64");
	if (len > max)
		return error_set(r->error, -EFBIG, "%s: more than %zu bytes", name, max);
	*ret = span_of(r->next, len);
	r->next += len;
	r->left -= len;
	return 0;
}

static int take_32(struct reading *r, const json_t *json, const char *name,
		   uint8_t ret[static BINDING_LEN])
{
	struct span bytes;
	int error = take_base64(r, json, name, BINDING_LEN, &bytes);

	if (error < 0)
		return error;
	if (bytes.left != BINDING_LEN)
		return refuse(r, name, "not 32 bytes");
	memcpy(ret, bytes.p, BINDING_LEN);
	return 0;
}

static int take_certs(struct reading *r, const json_t *list, const char *name,
		      struct evidence_certs *ret)
{
	const json_t *entry;
	size_t i;

	if (!json_is_array(list))
		return refuse(r, name, "not a list");
	if (json_array_size(list) > EVIDENCE_CERTS_MAX)
		return error_set(r->error, -EFBIG, "%s: more than %d", name, EVIDENCE_CERTS_MAX);
	json_array_foreach(list, i, entry)
	{
		int error = take_base64(r, entry, name, EVIDENCE_CERT_MAX, &ret->der[i]);

		if (error < 0)
			return error;
	}
	ret->n = json_array_size(list);
	return 0;
}

static int take_keys(struct reading *r, const json_t *ak, const json_t *ek)
{
	static const char *const ak_keys[] = { "public", "certificates", NULL };
	static const char *const ek_keys[] = { "certificates", NULL };
	int error = jsonread_keys(ak, "ak", ak_keys, 2, r->error);

	if (error == 0)
		error = jsonread_keys(ek, "ek", ek_keys, 1, r->error);
	if (error == 0)
		error = take_base64(r, json_object_get(ak, "public"), "ak.public", EVIDENCE_TPM_MAX,
				    &r->ev->ak);
	if (error == 0)
		error = take_certs(r, json_object_get(ak, "certificates"), "ak.certificates",
				   &r->ev->ak_certs);
	if (error == 0)
		error = take_certs(r, json_object_get(ek, "certificates"), "ek.certificates",
				   &r->ev->ek_certs);
	return error;
}

static int take_bank(struct reading *r, const json_t *list, enum hash_alg bank)
{
	const json_t *hex;
	char name[32];
	size_t i;

	snprintf(name, sizeof(name), "pcrs.%s", hash_name(bank));
	if (json_array_size(list) != EVIDENCE_PCRS)
		return refuse(r, name, "not a list of 16 values");
	json_array_foreach(list, i, hex)
	{
		if (!json_is_string(hex) ||
		    digest_from_hex(bank, json_string_value(hex), json_string_length(hex),
				    &r->ev->values.value[bank][i]) < 0)
			return refuse(r, name, "a value that is not the hex of a digest");
	}
	return 0;
}

static int take_pcrs(struct reading *r, json_t *pcrs)
{
	bool bank[_HASH_MAX] = { false };
	const char *name;
	json_t *list;
	int last = -1;

	if (json_object_size(pcrs) == 0)
		return refuse(r, "pcrs", "not an object with a bank");
	json_object_foreach(pcrs, name, list)
	{
		enum hash_alg alg;

		if (hash_from_name(name, strlen(name), &alg) < 0)
			return refuse(r, "pcrs", "an unknown bank");
		if ((int)alg < last)
			return refuse(r, "pcrs", "the banks are not in ascending order");
		last = (int)alg;
		bank[alg] = true;
	}
	pcrs_init(&r->ev->values, bank);
	json_object_foreach(pcrs, name, list)
	{
		enum hash_alg alg;
		int error = hash_from_name(name, strlen(name), &alg);

		if (error == 0)
			error = take_bank(r, list, alg);
		if (error < 0)
			return error;
	}
	return 0;
}

static int take_number(struct reading *r, const json_t *json, const char *name, uint32_t *ret)
{
	if (!json_is_integer(json) || json_integer_value(json) < 0 ||
	    json_integer_value(json) > UINT32_MAX)
		return refuse(r, name, "not a number of 32 bits");
	*ret = (uint32_t)json_integer_value(json);
	return 0;
}

static int take_path(struct reading *r, const json_t *path)
{
	static const char *const keys[] = { "size", "index", "siblings", NULL };
	const json_t *siblings = json_object_get(path, "siblings"), *entry;
	struct merkle_path *ret = &r->ev->path;
	int error = jsonread_keys(path, "path", keys, 3, r->error);
	size_t i;

	if (error == 0)
		error = take_number(r, json_object_get(path, "size"), "path.size", &ret->size);
	if (error == 0)
		error = take_number(r, json_object_get(path, "index"), "path.index", &ret->index);
	if (error < 0)
		return error;
	if (!json_is_array(siblings))
		return refuse(r, "path.siblings", "not a list");
	if (json_array_size(siblings) > MERKLE_PATH_MAX)
		return error_set(r->error, -EFBIG, "path.siblings: more than %d", MERKLE_PATH_MAX);
	json_array_foreach(siblings, i, entry)
	{
		error = take_32(r, entry, "path.siblings", ret->sibling[i].bytes);
		if (error < 0)
			return error;
	}
	ret->n = json_array_size(siblings);
	return 0;
}

static int take_bytes(struct reading *r, const json_t *json)
{
	struct rampart_evidence *ev = r->ev;
	const struct {
		const char *key;
		size_t max;
		struct span *ret;
	} fields[] = {
		{ "certificate", EVIDENCE_CERT_MAX, &ev->certificate },
		{ "firmware_log", EVIDENCE_LOG_MAX, &ev->firmware_log },
		{ "runtime_log", EVIDENCE_LOG_MAX, &ev->runtime_log },
		{ "quote", EVIDENCE_TPM_MAX, &ev->quote },
		{ "signature", EVIDENCE_TPM_MAX, &ev->signature },
	};
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fields) && error == 0; i++)
		error = take_base64(r, json_object_get(json, fields[i].key), fields[i].key,
				    fields[i].max, fields[i].ret);
	if (error == 0)
		error = take_32(r, json_object_get(json, "nonce"), "nonce", ev->nonce);
	if (error == 0)
		error = take_32(r, json_object_get(json, "exporter"), "exporter", ev->exporter);
	return error;
}

static int take_all(struct reading *r, const json_t *json)
{
	static const char *const keys[] = { "schema",	   "ak",	  "ek",
					    "pcrs",	   "certificate", "firmware_log",
					    "runtime_log", "nonce",	  "exporter",
					    "path",	   "quote",	  "signature",
					    NULL };
	const char *schema = json_string_value(json_object_get(json, "schema"));
	int error;

	if (!schema || strcmp(schema, SCHEMA) != 0)
		return error_set(r->error, -ENOTSUP, "schema: not \"%s\"", SCHEMA);
	error = jsonread_keys(json, "", keys, ARRAY_SIZE(keys) - 1, r->error);
	if (error == 0)
		error = take_keys(r, json_object_get(json, "ak"), json_object_get(json, "ek"));
	if (error == 0)
		error = take_pcrs(r, json_object_get(json, "pcrs"));
	if (error == 0)
		error = take_path(r, json_object_get(json, "path"));
	if (error == 0)
		error = take_bytes(r, json);
	return error;
}

int rampart_evidence_parse(const char *json, size_t len, struct rampart_evidence **ret_evidence,
			   struct rampart_error *error)
{
	struct reading reading = { .error = error, .left = len };
	json_t *tree;
	int r;

	if (len > EVIDENCE_SIZE_MAX)
		return error_set(error, -EFBIG, "more than %d bytes", EVIDENCE_SIZE_MAX);
	r = jsonread(json, len, DEPTH_MAX, &tree, error);
	if (r < 0)
		return r;
	reading.ev = calloc(1, sizeof(*reading.ev));
	if (reading.ev)
		reading.ev->bytes = malloc(len);
	if (reading.ev && reading.ev->bytes) {
		reading.next = reading.ev->bytes;
		r = take_all(&reading, tree);
	} else {
		r = error_memory(error);
	}
	json_decref(tree);
	if (r < 0)
		rampart_evidence_free(reading.ev);
	else
		*ret_evidence = reading.ev;
	return r;
}

void rampart_evidence_free(struct rampart_evidence *evidence)
{
	if (!evidence)
		return;
	free(evidence->bytes);
	free(evidence);
}
