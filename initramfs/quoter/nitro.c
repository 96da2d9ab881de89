/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/nitro.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "initramfs/common/reason.h"
#include "measure/lib/hash.h"

#define MANUFACTURER 0x414d5a4e /* "AMZN" */
#define COMMAND	     0x20000001
#define TRIES_MAX    10
#define TRY_AGAIN_MS 1000
#define BLOCK_LEN    128 /* of SHA-512, as HMAC has it */
#define MAC_LEN	     64
#define NONCE_LEN    64 /* of the session, both ways at most */

static const TPM2B_NONCE our_nonce = { .size = NONCE_LEN }; /* nothing depends on it */

/* ---- the index ---- */

/* One that an earlier boot left may be of another form. */
static int define_index(struct tpm *tpm)
{
	static const char undefine[] = "TPM2_NV_UndefineSpace", define[] = "TPM2_NV_DefineSpace";
	const TPM2B_AUTH empty = { 0 };
	const TPM2B_NV_PUBLIC public = {
		.nvPublic = { .nvIndex = NITRO_INDEX,
			      .nameAlg = TPM2_ALG_SHA512,
			      .attributes = TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE,
			      .dataSize = NV_BYTES_MAX },
	};
	TSS2_RC rc = Tss2_Sys_NV_UndefineSpace_Prepare(tpm->sys, TPM2_RH_OWNER, NITRO_INDEX);
	int r = tpm_try(tpm, undefine, tpm_authorize(tpm, rc), TPM_ANSWER_MS, &rc);

	if (r < 0 && r != -EREMOTEIO)
		return r;
	rc = Tss2_Sys_NV_DefineSpace_Prepare(tpm->sys, TPM2_RH_OWNER, &empty, &public);
	return tpm_execute(tpm, define, tpm_authorize(tpm, rc));
}

static int write_request(struct tpm *tpm, const uint8_t nonce[static NITRO_NONCE_LEN])
{
	static const char command[] = "TPM2_NV_Write",
			  head[] = "\xa1\x6b"
				   "Attestation\xa3\x69user_data\xf6\x65nonce\x58\x20",
			  tail[] = "\x6apublic_key\xf6";
	TPM2B_MAX_NV_BUFFER request = { .size = sizeof(head) + sizeof(tail) - 2 + NITRO_NONCE_LEN };
	uint8_t *at = request.buffer;
	TSS2_RC rc;

	memcpy(at, head, sizeof(head) - 1);
	at += sizeof(head) - 1;
	memcpy(at, nonce, NITRO_NONCE_LEN);
	memcpy(at + NITRO_NONCE_LEN, tail, sizeof(tail) - 1);
	rc = Tss2_Sys_NV_Write_Prepare(tpm->sys, NITRO_INDEX, NITRO_INDEX, &request, 0);
	return tpm_execute(tpm, command, tpm_authorize(tpm, rc));
}

static bool skip(struct span *bytes, const char *want)
{
	struct span got;

	return span_take(bytes, strlen(want), &got) == 0 && !memcmp(got.p, want, got.left);
}

/* A map of one entry, or of as many as there are. */
static bool skip_map(struct span *bytes)
{
	uint8_t head;

	return span_u8(bytes, &head) == 0 && (head == 0xa1 || head == 0xbf);
}

/* -ENOENT: the answer is no document. */
static int take_document(struct span bytes, struct span *ret_document)
{
	uint8_t head, high, low;

	if (!skip_map(&bytes) ||
	    !skip(&bytes, "\x6b"
			  "Attestation") ||
	    !skip_map(&bytes) ||
	    !skip(&bytes, "\x68"
			  "document") ||
	    span_u8(&bytes, &head) < 0 || head != 0x59 || span_u8(&bytes, &high) < 0 ||
	    span_u8(&bytes, &low) < 0 ||
	    span_take(&bytes, (size_t)high << 8 | low, ret_document) < 0)
		return -ENOENT;
	return 0;
}

/* ---- the session ---- */

/* The parts of what is authenticated, one behind the other. */
struct part {
	const void *p;
	size_t len;
};

/* RFC 2104, of SHA-512; the key is at most as long as a digest. */
static void mac(const struct part *key, const struct part *part, size_t n,
		struct digest *ret_digest)
{
	uint8_t pad[BLOCK_LEN];
	struct hash_ctx inner, outer;

	for (size_t i = 0; i < BLOCK_LEN; i++)
		pad[i] = 0x36 ^ (i < key->len ? ((const uint8_t *)key->p)[i] : 0);
	hash_init(&inner, HASH_SHA512);
	hash_update(&inner, pad, BLOCK_LEN);
	for (size_t i = 0; i < n; i++)
		hash_update(&inner, part[i].p, part[i].len);
	hash_final(&inner, ret_digest);
	for (size_t i = 0; i < BLOCK_LEN; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	hash_init(&outer, HASH_SHA512);
	hash_update(&outer, pad, BLOCK_LEN);
	hash_update(&outer, ret_digest->bytes, MAC_LEN);
	hash_final(&outer, ret_digest);
	explicit_bzero(pad, sizeof(pad));
}

/* The TPM encrypts it to itself: no arithmetic of RSA is needed here, and nobody is in between. */
static int make_salt(struct tpm *tpm, struct ek ek[static _EK_KINDS], struct nitro *nitro)
{
	static const char command[] = "TPM2_RSA_Encrypt";
	const TPMT_RSA_DECRYPT oaep = { .scheme = TPM2_ALG_OAEP,
					.details.oaep.hashAlg = TPM2_ALG_SHA256 };
	const TPM2B_DATA label = { .size = 7, .buffer = "SECRET" };
	TPM2B_PUBLIC_KEY_RSA plain = { .size = NITRO_SALT_LEN }, cipher = { 0 };
	int r = tpm_random(tpm, nitro->salt, NITRO_SALT_LEN);
	TSS2_RC rc;

	if (r == 0)
		r = ek_open(tpm, ek, EK_RSA_2048);
	if (r < 0)
		return r;
	memcpy(plain.buffer, nitro->salt, NITRO_SALT_LEN);
	rc = Tss2_Sys_RSA_Encrypt_Prepare(tpm->sys, ek[EK_RSA_2048].handle, &plain, &oaep, &label);
	r = tpm_execute(tpm, command, rc);
	if (r < 0)
		return r;
	rc = Tss2_Sys_RSA_Encrypt_Complete(tpm->sys, &cipher);
	if (rc || cipher.size > sizeof(nitro->encrypted.secret))
		return tpm_unusable(command, rc);
	nitro->encrypted.size = cipher.size;
	memcpy(nitro->encrypted.secret, cipher.buffer, cipher.size);
	return ek_close(tpm, &ek[EK_RSA_2048]);
}

struct session {
	TPMI_SH_AUTH_SESSION handle;
	TPM2B_NONCE its_nonce;
	struct digest key;
};

static int start_session(struct tpm *tpm, struct ek ek[static _EK_KINDS], const struct nitro *nitro,
			 struct session *ret)
{
	static const char command[] = "TPM2_StartAuthSession";
	static const uint8_t one[] = { 0, 0, 0, 1 }, bits[] = { 0, 0, 2, 0 };
	const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	const struct part salt = { nitro->salt, NITRO_SALT_LEN };
	int r = ek_open(tpm, ek, EK_RSA_2048);
	TSS2_RC rc;

	if (r < 0)
		return r;
	*ret = (struct session){ 0 };
	rc = Tss2_Sys_StartAuthSession_Prepare(tpm->sys, ek[EK_RSA_2048].handle, TPM2_RH_NULL,
					       &our_nonce, &nitro->encrypted, TPM2_SE_HMAC, &none,
					       TPM2_ALG_SHA512);
	r = tpm_execute(tpm, command, rc);
	if (r < 0)
		return r;
	rc = Tss2_Sys_StartAuthSession_Complete(tpm->sys, &ret->handle, &ret->its_nonce);
	if (rc || ret->its_nonce.size > NONCE_LEN)
		return tpm_unusable(command, rc);
	mac(&salt,
	    (const struct part[]){ { one, sizeof(one) },
				   { "ATH", 4 },
				   { ret->its_nonce.buffer, ret->its_nonce.size },
				   { our_nonce.buffer, NONCE_LEN },
				   { bits, sizeof(bits) } },
	    5, &ret->key);
	return ek_close(tpm, &ek[EK_RSA_2048]);
}

/* ---- the command ---- */

static uint8_t *put_be(uint8_t *at, uint32_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(value >> 8 * (len - 1 - i));
	return at + len;
}

static uint8_t *put_2b(uint8_t *at, const void *bytes, size_t len)
{
	at = put_be(at, (uint32_t)len, 2);
	memcpy(at, bytes, len);
	return at + len;
}

/* The session stays; -EREMOTEIO: the TPM refuses, with *ret_rc. */
static int send_command(struct tpm *tpm, const struct session *session, const TPM2B_NAME *name,
			TSS2_RC *ret_rc)
{
	uint8_t bytes[10 + 4 + 4 + 4 + 4 + 2 + NONCE_LEN + 1 + 2 + MAC_LEN], code[4], *at;
	const uint8_t attributes = TPMA_SESSION_CONTINUESESSION;
	const struct part key = { session->key.bytes, MAC_LEN };
	struct digest digest;
	struct hash_ctx ctx;

	(void)put_be(code, COMMAND, 4);
	hash_init(&ctx, HASH_SHA512);
	hash_update(&ctx, code, sizeof(code));
	hash_update(&ctx, name->name, name->size);
	hash_update(&ctx, name->name, name->size);
	hash_final(&ctx, &digest);
	mac(&key,
	    (const struct part[]){ { digest.bytes, MAC_LEN },
				   { our_nonce.buffer, NONCE_LEN },
				   { session->its_nonce.buffer, session->its_nonce.size },
				   { &attributes, 1 } },
	    4, &digest);
	at = put_be(bytes, TPM2_ST_SESSIONS, 2);
	at = put_be(at, sizeof(bytes), 4);
	at = put_be(at, COMMAND, 4);
	at = put_be(at, NITRO_INDEX, 4);
	at = put_be(at, NITRO_INDEX, 4);
	at = put_be(at, 4 + 2 + NONCE_LEN + 1 + 2 + MAC_LEN, 4);
	at = put_be(at, session->handle, 4);
	at = put_2b(at, our_nonce.buffer, NONCE_LEN);
	at = put_be(at, attributes, 1);
	(void)put_2b(at, digest.bytes, MAC_LEN);
	return tpm_vendor(tpm, "the command for documents", bytes, sizeof(bytes), ret_rc);
}

static int call(struct tpm *tpm, struct ek ek[static _EK_KINDS], const struct nitro *nitro,
		TSS2_RC *ret_rc)
{
	struct session session;
	TPM2B_NAME name = { 0 };
	int r = nv_name(tpm, NITRO_INDEX, &name), flushed;

	if (r == 0)
		r = start_session(tpm, ek, nitro, &session);
	if (r < 0)
		return r == -EREMOTEIO || r == -ENOENT
			       ? because(-EPROTO, "TPM failed: its EK or its index is gone")
			       : r;
	r = send_command(tpm, &session, &name, ret_rc);
	if (r < 0 && r != -EREMOTEIO)
		return r;
	flushed = key_flush(tpm, session.handle);
	return flushed < 0 ? flushed : r;
}

/* -ENOENT: no document this time. -EREMOTEIO: the TPM refuses, with *ret_rc. No reason is noted. */
static int try_document(struct tpm *tpm, struct ek ek[static _EK_KINDS], const struct nitro *nitro,
			const uint8_t nonce[static NITRO_NONCE_LEN],
			uint8_t buf[static NV_BYTES_MAX], struct span *ret_document,
			TSS2_RC *ret_rc)
{
	size_t len = 0;
	int r = write_request(tpm, nonce);

	if (r == 0)
		r = call(tpm, ek, nitro, ret_rc);
	if (r == 0)
		r = nv_read(tpm, NITRO_INDEX, buf, &len);
	return r < 0 ? r : take_document(span_of(buf, len), ret_document);
}

int nitro_find(struct tpm *tpm, struct ek ek[static _EK_KINDS], struct nitro *ret_nitro)
{
	static const uint8_t nobodys[NITRO_NONCE_LEN];
	uint8_t buf[NV_BYTES_MAX];
	struct span document;
	uint32_t maker = 0;
	bool has_bank = false;
	TSS2_RC rc = 0;
	int r = tpm_property(tpm, TPM2_PT_MANUFACTURER, &maker);

	for (size_t i = 0; i < tpm->n_banks; i++)
		has_bank |= tpm->banks[i] == HASH_SHA384;
	if (r < 0 || maker != MANUFACTURER || !has_bank)
		return r < 0 ? r : -ENOENT;
	r = define_index(tpm);
	if (r == 0)
		r = make_salt(tpm, ek, ret_nitro);
	if (r == 0)
		r = try_document(tpm, ek, ret_nitro, nobodys, buf, &document, &rc);
	if (r == -EREMOTEIO && (rc == 0 || rc == TPM2_RC_COMMAND_CODE))
		return -ENOENT; /* it has no such EK, or does not know the command */
	return r == -ENOENT || r == -EREMOTEIO ? 0 : r; /* it will be asked again */
}

int nitro_document(struct tpm *tpm, struct ek ek[static _EK_KINDS], const struct nitro *nitro,
		   const uint8_t nonce[static NITRO_NONCE_LEN], uint8_t buf[static NV_BYTES_MAX],
		   struct span *ret_document)
{
	TSS2_RC rc = 0;
	int r = -ENOENT;

	for (int i = 0; i < TRIES_MAX && (r == -ENOENT || r == -EREMOTEIO); i++) {
		if (i > 0)
			(void)poll(NULL, 0, TRY_AGAIN_MS);
		r = try_document(tpm, ek, nitro, nonce, buf, ret_document, &rc);
	}
	if (r == -EREMOTEIO)
		(void)tpm_refused("the command for documents", rc);
	else if (r == -ENOENT)
		(void)because(-EAGAIN, "TPM failed: it makes no document");
	return r == -EREMOTEIO || r == -ENOENT ? -EAGAIN : r;
}
