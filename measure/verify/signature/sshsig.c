/* SPDX-License-Identifier: MIT */
#include "measure/verify/signature/sshsig.h"

#include <errno.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/verify/signature/armor.h"
#include "measure/verify/signature/sshkey.h"

#define MAGIC "SSHSIG"

static int malformed(const char *what, struct rampart_error *error)
{
	return error_set(error, -EBADMSG, "malformed SSH signature: %s", what);
}

static int take_namespace(struct span *blob, struct sshsig *sig, struct rampart_error *error)
{
	struct span name;

	if (ssh_string(blob, &name) < 0 || name.left == 0)
		return malformed("no namespace", error);
	if (name.left > SSHSIG_NAMESPACE_MAX)
		return error_set(error, -EPROTO, "an SSH signature with a long namespace");
	for (size_t i = 0; i < name.left; i++)
		if (name.p[i] < 0x20 || name.p[i] > 0x7e)
			return malformed("a namespace that is not printable", error);
	memcpy(sig->namespace, name.p, name.left);
	return 0;
}

static int take_hash(struct span *blob, struct sshsig *sig, struct rampart_error *error)
{
	struct span reserved, hash;

	if (ssh_string(blob, &reserved) < 0 || ssh_string(blob, &hash) < 0)
		return malformed("it ends too early", error);
	if (reserved.left > 0)
		return error_set(error, -ENOTSUP, "an SSH signature with a reserved field in use");
	if (ssh_is(hash, "sha256"))
		sig->hash = HASH_SHA256;
	else if (ssh_is(hash, "sha512"))
		sig->hash = HASH_SHA512;
	else
		return error_set(error, -ENOTSUP,
				 "an SSH signature with a hash other than sha256 and sha512");
	return 0;
}

/* RFC 4251, section 5, "mpint": positive and as short as can be, here of at most 32 bytes. */
static int take_number(struct span *s, uint8_t ret_number[static SIGNKEY_SIG_LEN / 2])
{
	struct span n;

	if (ssh_string(s, &n) < 0 || n.left == 0 || n.p[0] >= 0x80)
		return -EBADMSG;
	if (n.p[0] == 0) {
		if (n.left < 2 || n.p[1] < 0x80)
			return -EBADMSG;
		(void)span_skip(&n, 1);
	}
	if (n.left > SIGNKEY_SIG_LEN / 2)
		return -EBADMSG;
	memset(ret_number, 0, SIGNKEY_SIG_LEN / 2);
	memcpy(ret_number + SIGNKEY_SIG_LEN / 2 - n.left, n.p, n.left);
	return 0;
}

/* RFC 8709, section 6 "Signature Format"; RFC 5656, section 3.1.2 "Signature Encoding". */
static int take_signature(struct span *blob, struct sshsig *sig, struct rampart_error *error)
{
	bool is_p256 = sig->key.type == SIGNKEY_P256;
	struct span whole, type, bytes;

	if (ssh_string(blob, &whole) < 0 || blob->left > 0 || ssh_string(&whole, &type) < 0 ||
	    ssh_string(&whole, &bytes) < 0 || whole.left > 0)
		return malformed("its parts do not fit into it", error);
	if (!ssh_is(type, is_p256 ? "ecdsa-sha2-nistp256" : "ssh-ed25519"))
		return malformed("it is not of its key's type", error);
	if (!is_p256) {
		if (bytes.left != SIGNKEY_SIG_LEN)
			return malformed("not 64 bytes of Ed25519", error);
		memcpy(sig->signature, bytes.p, SIGNKEY_SIG_LEN);
		return 0;
	}
	if (take_number(&bytes, sig->signature) < 0 ||
	    take_number(&bytes, sig->signature + SIGNKEY_SIG_LEN / 2) < 0 || bytes.left > 0)
		return malformed("not two numbers of ECDSA", error);
	return 0;
}

static int parse_blob(struct span blob, struct sshsig *sig, struct rampart_error *error)
{
	struct span magic, key;
	uint32_t version;
	int r;

	if (span_take(&blob, strlen(MAGIC), &magic) < 0 || !ssh_is(magic, MAGIC) ||
	    span_u32be(&blob, &version) < 0)
		return malformed("it does not begin with " MAGIC, error);
	if (version != 1)
		return error_set(error, -ENOTSUP, "an SSH signature of version %u", version);
	if (ssh_string(&blob, &key) < 0)
		return malformed("it ends too early", error);
	r = sshkey_read(key, &sig->key, &sig->fingerprint, error);
	if (r == 0)
		r = take_namespace(&blob, sig, error);
	if (r == 0)
		r = take_hash(&blob, sig, error);
	return r < 0 ? r : take_signature(&blob, sig, error);
}

int sshsig_parse(const char *text, size_t len, struct sshsig *ret_sig, struct rampart_error *error)
{
	uint8_t blob[ARMOR_BYTES_MAX];
	struct sshsig sig = { 0 };
	const char *what;
	size_t n = 0;
	int r;

	if (len > SSHSIG_SIZE_MAX)
		return error_set(error, -EFBIG, "an SSH signature of more than %d bytes",
				 SSHSIG_SIZE_MAX);
	if (armor_read(text, len, "SSH SIGNATURE", blob, &n, &what) < 0)
		return malformed(what, error);
	r = parse_blob(span_of(blob, n), &sig, error);
	if (r == 0)
		*ret_sig = sig;
	return r;
}

/* What is signed: the magic, then strings. */
struct signed_data {
	uint8_t bytes[256];
	size_t len;
};

static void put_string(struct signed_data *data, const void *bytes, size_t len)
{
	const uint8_t prefix[4] = { 0, 0, 0, (uint8_t)len }; /* none is longer than 64 */

	memcpy(data->bytes + data->len, prefix, sizeof(prefix));
	memcpy(data->bytes + data->len + sizeof(prefix), bytes, len);
	data->len += sizeof(prefix) + len;
}

int sshsig_verify(const struct sshsig *sig, const char *namespace, struct span bytes,
		  struct rampart_error *error)
{
	struct signed_data data = { .bytes = MAGIC, .len = strlen(MAGIC) };
	struct digest digest;

	if (strcmp(sig->namespace, namespace) != 0)
		return error_set(error, -EPROTO, "an SSH signature for \"%s\", and not for \"%s\"",
				 sig->namespace, namespace);
	hash_bytes(sig->hash, bytes.p, bytes.left, &digest);
	put_string(&data, sig->namespace, strlen(sig->namespace));
	put_string(&data, "", 0);
	put_string(&data, hash_name(sig->hash), strlen(hash_name(sig->hash)));
	put_string(&data, digest.bytes, hash_len(sig->hash));
	return signkey_verify(&sig->key, "", span_of(data.bytes, data.len), sig->signature, error);
}
