/* SPDX-License-Identifier: MIT */
#include "measure/verify/evidence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/base64.h"
#include "measure/record/error.h"
#include "measure/record/jsonwire.h"
#include "measure/record/lines.h"

#define SCHEMA	  "rampart-evidence/1"
#define SCHEMA_2  "rampart-evidence/2"
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

static int take_base64(struct reading *r, yyjson_val *json, const char *name, size_t max,
		       struct span *ret)
{
	size_t len;

	if (!yyjson_is_str(json))
		return refuse(r, name, "not a string");
	if (base64_decode(yyjson_get_str(json), yyjson_get_len(json), r->next, r->left, &len) < 0)
		return refuse(r, name, "not base64");
	if (len > max)
		return error_set(r->error, -EFBIG, "%s: more than %zu bytes", name, max);
	*ret = span_of(r->next, len);
	r->next += len;
	r->left -= len;
	return 0;
}

static int take_32(struct reading *r, yyjson_val *json, const char *name,
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

static int take_certs(struct reading *r, yyjson_val *list, const char *name,
		      struct evidence_certs *ret)
{
	yyjson_val *entry;
	size_t i, n;

	if (!yyjson_is_arr(list))
		return refuse(r, name, "not a list");
	if (yyjson_arr_size(list) > EVIDENCE_CERTS_MAX)
		return error_set(r->error, -EFBIG, "%s: more than %d", name, EVIDENCE_CERTS_MAX);
	yyjson_arr_foreach(list, i, n, entry)
	{
		int error = take_base64(r, entry, name, EVIDENCE_CERT_MAX, &ret->der[i]);

		if (error < 0)
			return error;
	}
	ret->n = n;
	return 0;
}

static int take_keys(struct reading *r, yyjson_val *ak, yyjson_val *ek)
{
	static const char *const ak_keys[] = { "public", "certificates", NULL };
	static const char *const ek_keys[] = { "certificates", NULL };
	int error = jsonwire_keys(ak, "ak", ak_keys, 2, r->error);

	if (error == 0)
		error = jsonwire_keys(ek, "ek", ek_keys, 1, r->error);
	if (error == 0)
		error = take_base64(r, yyjson_obj_get(ak, "public"), "ak.public", EVIDENCE_TPM_MAX,
				    &r->ev->ak);
	if (error == 0)
		error = take_certs(r, yyjson_obj_get(ak, "certificates"), "ak.certificates",
				   &r->ev->ak_certs);
	if (error == 0)
		error = take_certs(r, yyjson_obj_get(ek, "certificates"), "ek.certificates",
				   &r->ev->ek_certs);
	return error;
}

static int take_bank(struct reading *r, yyjson_val *list, enum hash_alg bank)
{
	yyjson_val *hex;
	char name[32];
	size_t i, n;

	snprintf(name, sizeof(name), "pcrs.%s", hash_name(bank));
	if (yyjson_arr_size(list) != EVIDENCE_PCRS)
		return refuse(r, name, "not a list of 16 values");
	yyjson_arr_foreach(list, i, n, hex)
	{
		if (!yyjson_is_str(hex) ||
		    digest_from_hex(bank, yyjson_get_str(hex), yyjson_get_len(hex),
				    &r->ev->values.value[bank][i]) < 0)
			return refuse(r, name, "a value that is not the hex of a digest");
	}
	return 0;
}

static int take_pcrs(struct reading *r, yyjson_val *pcrs)
{
	bool bank[_HASH_MAX] = { false };
	yyjson_val *name, *list;
	size_t i, n;
	int last = -1;

	if (yyjson_obj_size(pcrs) == 0)
		return refuse(r, "pcrs", "not an object with a bank");
	yyjson_obj_foreach(pcrs, i, n, name, list)
	{
		enum hash_alg alg;

		if (hash_from_name(yyjson_get_str(name), yyjson_get_len(name), &alg) < 0)
			return refuse(r, "pcrs", "an unknown bank");
		if ((int)alg < last)
			return refuse(r, "pcrs", "the banks are not in ascending order");
		last = (int)alg;
		bank[alg] = true;
	}
	pcrs_init(&r->ev->values, bank);
	yyjson_obj_foreach(pcrs, i, n, name, list)
	{
		enum hash_alg alg;
		int error = hash_from_name(yyjson_get_str(name), yyjson_get_len(name), &alg);

		if (error == 0)
			error = take_bank(r, list, alg);
		if (error < 0)
			return error;
	}
	return 0;
}

static int take_number(struct reading *r, yyjson_val *json, const char *name, uint32_t *ret)
{
	if (!yyjson_is_uint(json) || yyjson_get_uint(json) > UINT32_MAX)
		return refuse(r, name, "not a number of 32 bits");
	*ret = (uint32_t)yyjson_get_uint(json);
	return 0;
}

static int take_path(struct reading *r, yyjson_val *path)
{
	static const char *const keys[] = { "size", "index", "siblings", NULL };
	yyjson_val *siblings = yyjson_obj_get(path, "siblings"), *entry;
	struct merkle_path *ret = &r->ev->path;
	int error = jsonwire_keys(path, "path", keys, 3, r->error);
	size_t i, n;

	if (error == 0)
		error = take_number(r, yyjson_obj_get(path, "size"), "path.size", &ret->size);
	if (error == 0)
		error = take_number(r, yyjson_obj_get(path, "index"), "path.index", &ret->index);
	if (error < 0)
		return error;
	if (!yyjson_is_arr(siblings))
		return refuse(r, "path.siblings", "not a list");
	if (yyjson_arr_size(siblings) > MERKLE_PATH_MAX)
		return error_set(r->error, -EFBIG, "path.siblings: more than %d", MERKLE_PATH_MAX);
	yyjson_arr_foreach(siblings, i, n, entry)
	{
		error = take_32(r, entry, "path.siblings", ret->sibling[i].bytes);
		if (error < 0)
			return error;
	}
	ret->n = n;
	return 0;
}

static int take_bytes(struct reading *r, yyjson_val *json)
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
		{ "document", EVIDENCE_DOC_MAX, &ev->document },
		{ "quote", EVIDENCE_TPM_MAX, &ev->quote },
		{ "signature", EVIDENCE_TPM_MAX, &ev->signature },
	};
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fields) && error == 0; i++)
		if (yyjson_obj_get(json, fields[i].key)) /* the keys are those of the edition */
			error = take_base64(r, yyjson_obj_get(json, fields[i].key), fields[i].key,
					    fields[i].max, fields[i].ret);
	if (error == 0)
		error = take_32(r, yyjson_obj_get(json, "nonce"), "nonce", ev->nonce);
	if (error == 0)
		error = take_32(r, yyjson_obj_get(json, "exporter"), "exporter", ev->exporter);
	return error;
}

static int take_all(struct reading *r, yyjson_val *json)
{
	static const char *const one[] = { "schema",	  "ak",		 "ek",
					   "pcrs",	  "certificate", "firmware_log",
					   "runtime_log", "nonce",	 "exporter",
					   "path",	  "quote",	 "signature",
					   NULL };
	static const char *const two[] = { "schema",	  "pcrs",  "certificate", "firmware_log",
					   "runtime_log", "nonce", "exporter",	  "path",
					   "document",	  NULL };
	const char *schema = yyjson_get_str(yyjson_obj_get(json, "schema"));
	int error;

	r->ev->has_document = schema && !strcmp(schema, SCHEMA_2);
	if (!schema || (!r->ev->has_document && strcmp(schema, SCHEMA) != 0))
		return error_set(r->error, -ENOTSUP, "schema: neither \"%s\" nor \"%s\"", SCHEMA,
				 SCHEMA_2);
	error = r->ev->has_document ? jsonwire_keys(json, "", two, ARRAY_SIZE(two) - 1, r->error)
				    : jsonwire_keys(json, "", one, ARRAY_SIZE(one) - 1, r->error);
	if (error == 0 && !r->ev->has_document)
		error = take_keys(r, yyjson_obj_get(json, "ak"), yyjson_obj_get(json, "ek"));
	if (error == 0)
		error = take_pcrs(r, yyjson_obj_get(json, "pcrs"));
	if (error == 0)
		error = take_path(r, yyjson_obj_get(json, "path"));
	if (error == 0)
		error = take_bytes(r, json);
	return error;
}

int rampart_evidence_parse(const char *json, size_t len, struct rampart_evidence **ret_evidence,
			   struct rampart_error *error)
{
	struct reading reading = { .error = error, .left = len };
	struct span text = span_of(json, len);
	yyjson_doc *doc;
	int r;

	if (len > EVIDENCE_SIZE_MAX)
		return error_set(error, -EFBIG, "more than %d bytes", EVIDENCE_SIZE_MAX);
	lines_skip_bom(&text);
	r = jsonwire((const char *)text.p, text.left, DEPTH_MAX, &doc, error);
	if (r < 0)
		return r;
	reading.ev = calloc(1, sizeof(*reading.ev));
	if (reading.ev)
		reading.ev->bytes = malloc(len);
	if (reading.ev && reading.ev->bytes) {
		reading.next = reading.ev->bytes;
		r = take_all(&reading, yyjson_doc_get_root(doc));
	} else {
		r = error_memory(error);
	}
	yyjson_doc_free(doc);
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
