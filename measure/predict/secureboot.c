/* SPDX-License-Identifier: MIT */
#include "measure/predict/secureboot.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "measure/lib/hash.h"
#include "measure/predict/authenticode.h"

#define GUID_LEN	16
#define LIST_HEADER_LEN 28 /* type, length of the list, of its own header, of an entry */

const char *const secureboot_names[_SECUREBOOT_MAX] = {
	[SECUREBOOT_STATE] = "SecureBoot", [SECUREBOOT_PK] = "PK",
	[SECUREBOOT_KEK] = "KEK",	   [SECUREBOOT_DB] = "db",
	[SECUREBOOT_DBX] = "dbx",
};

/* EFI_GLOBAL_VARIABLE, 8be4df61-93ca-11d2-aa0d-00e098032b8c */
static const uint8_t global_guid[GUID_LEN] = { 0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
					       0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c };
/* EFI_IMAGE_SECURITY_DATABASE_GUID, d719b2cb-3d3a-4596-a3bc-dad00e67656f */
static const uint8_t database_guid[GUID_LEN] = { 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
						 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f };
/* EFI_CERT_X509_GUID, a5c059a1-94e4-4aa7-87b5-ab155c2bf072 */
static const uint8_t x509_guid[GUID_LEN] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
					     0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 };
/* EFI_CERT_SHA256_GUID, c1c41626-504c-4092-aca9-41f936934328 */
static const uint8_t sha256_guid[GUID_LEN] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
					       0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 };

/* A walk through all entries of all lists of a variable. */
struct walk {
	struct span lists, entries; /* what is left; of the current list */
	struct span type;
	uint32_t entry_len;
};

static int next_list(struct walk *w)
{
	uint32_t len, header_len;
	struct span list;

	if (span_take(&w->lists, GUID_LEN, &w->type) < 0 || span_u32le(&w->lists, &len) < 0 ||
	    span_u32le(&w->lists, &header_len) < 0 || span_u32le(&w->lists, &w->entry_len) < 0 ||
	    len < LIST_HEADER_LEN || span_take(&w->lists, len - LIST_HEADER_LEN, &list) < 0 ||
	    span_skip(&list, header_len) < 0 || w->entry_len <= GUID_LEN ||
	    list.left % w->entry_len != 0)
		return -EBADMSG;
	w->entries = list;
	return 0;
}

/* 1 and an entry, or 0 at the end, or -EBADMSG. */
static int next_entry(struct walk *w, struct span *ret_entry)
{
	while (w->entries.left == 0) {
		int r = w->lists.left > 0 ? next_list(w) : 0;

		if (r < 0)
			return r;
		if (w->entries.left == 0 && w->lists.left == 0)
			return 0;
	}
	(void)span_take(&w->entries, w->entry_len, ret_entry); /* next_list() counted them */
	return 1;
}

int secureboot_check(const struct secureboot *keys, enum secureboot_variable *ret_which)
{
	for (size_t i = SECUREBOOT_PK; i < _SECUREBOOT_MAX; i++) {
		struct walk w = { .lists = keys->list[i] };
		struct span entry;
		size_t n = 0;
		int r;

		while ((r = next_entry(&w, &entry)) > 0)
			n++;
		if (r == 0 && n == 0 && i != SECUREBOOT_DBX)
			r = -EPROTO;
		if (r < 0) {
			*ret_which = (enum secureboot_variable)i;
			return r;
		}
	}
	return 0;
}

/* Whether an entry of db stands for the image: its certificate for this signature, or, NULL, its hash. */
static int entry_allows(struct span type, struct span entry, const struct digest *hash,
			const struct span *signature)
{
	(void)span_skip(&entry, GUID_LEN); /* its owner */
	if (signature && !memcmp(type.p, x509_guid, GUID_LEN))
		return authenticode_signed_by(hash, *signature, entry);
	if (!signature && !memcmp(type.p, sha256_guid, GUID_LEN) &&
	    entry.left == hash_len(HASH_SHA256) && !memcmp(entry.p, hash->bytes, entry.left))
		return 0;
	return -ENOENT;
}

static int search(const struct secureboot *keys, const struct digest *hash,
		  const struct span *signature, struct span *ret_entry)
{
	struct walk w = { .lists = keys->list[SECUREBOOT_DB] };
	struct span entry;
	int r;

	while ((r = next_entry(&w, &entry)) > 0) {
		r = entry_allows(w.type, entry, hash, signature);
		if (r == 0)
			*ret_entry = entry;
		if (r != -ENOENT)
			return r;
	}
	return r < 0 ? r : -ENOENT;
}

/* For each signature the firmware looks at the certificates, and then at the hashes. */
int secureboot_allows(const struct secureboot *keys, const struct pe *pe, struct span *ret_entry)
{
	struct digest hash;
	int r = authenticode_hash(pe, &hash);

	if (r < 0)
		return r;
	for (size_t n = 0;; n++) {
		struct span signature;

		r = authenticode_signature(pe, n, &signature);
		if (r == -ENOENT && n > 0)
			return r;
		if (r == 0)
			r = search(keys, &hash, &signature, ret_entry);
		if (r == -ENOENT)
			r = search(keys, &hash, NULL, ret_entry);
		if (r != -ENOENT)
			return r;
	}
}

static uint8_t *put_u64(uint8_t *p, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		*p++ = (uint8_t)(value >> (8 * i));
	return p;
}

size_t secureboot_head(enum secureboot_variable variable, size_t data_len,
		       uint8_t ret_head[static SECUREBOOT_HEAD_MAX])
{
	bool is_database = variable == SECUREBOOT_DB || variable == SECUREBOOT_DBX;
	const char *name = secureboot_names[variable];
	uint8_t *p = ret_head + GUID_LEN;

	memcpy(ret_head, is_database ? database_guid : global_guid, GUID_LEN);
	p = put_u64(p, strlen(name)); /* UTF-16, without a NUL */
	p = put_u64(p, data_len);
	for (; *name; name++) {
		*p++ = (uint8_t)*name;
		*p++ = 0;
	}
	return (size_t)(p - ret_head);
}
