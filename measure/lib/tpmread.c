/* SPDX-License-Identifier: MIT */
#include "measure/lib/tpmread.h"

#include <errno.h>

#define ALG_NULL   0x0010
#define ALG_RSASSA 0x0014
#define ALG_RSAPSS 0x0016
#define ALG_ECDSA  0x0018

void tpmread_init(struct tpmread *r, struct span bytes, struct diag *diag)
{
	*r = (struct tpmread){ .rest = bytes, .size = bytes.left, .diag = diag };
}

int tpmread_refuse(struct tpmread *r, int error, const char *what)
{
	r->error = error;
	if (r->diag)
		*r->diag = (struct diag){ .off = r->field, .what = what };
	return error;
}

static void begin(struct tpmread *r)
{
	r->field = r->size - r->rest.left;
}

static int ends_early(struct tpmread *r)
{
	return tpmread_refuse(r, -EBADMSG, "the bytes end in this field");
}

int tpmread_u8(struct tpmread *r, uint8_t *ret)
{
	begin(r);
	return span_u8(&r->rest, ret) < 0 ? ends_early(r) : 0;
}

int tpmread_u16(struct tpmread *r, uint16_t *ret)
{
	begin(r);
	return span_u16be(&r->rest, ret) < 0 ? ends_early(r) : 0;
}

int tpmread_u32(struct tpmread *r, uint32_t *ret)
{
	begin(r);
	return span_u32be(&r->rest, ret) < 0 ? ends_early(r) : 0;
}

int tpmread_u64(struct tpmread *r, uint64_t *ret)
{
	begin(r);
	return span_u64be(&r->rest, ret) < 0 ? ends_early(r) : 0;
}

int tpmread_bytes(struct tpmread *r, size_t len, struct span *ret)
{
	begin(r);
	return span_take(&r->rest, len, ret) < 0 ? ends_early(r) : 0;
}

int tpmread_2b(struct tpmread *r, size_t max, struct span *ret)
{
	uint16_t len;

	if (tpmread_u16(r, &len) < 0)
		return r->error;
	if (len > max)
		return tpmread_refuse(r, -EFBIG, "a sized buffer larger than its kind may be");
	return span_take(&r->rest, len, ret) < 0 ? ends_early(r) : 0;
}

int tpmread_hash(struct tpmread *r, enum hash_alg *ret_alg)
{
	uint16_t id;

	if (tpmread_u16(r, &id) < 0)
		return r->error;
	if (hash_from_tpm_alg(id, ret_alg) < 0)
		return tpmread_refuse(r, -ENOTSUP, "a hash algorithm that is not known here");
	return 0;
}

int tpmread_scheme(struct tpmread *r, struct tpm_scheme *ret_scheme)
{
	struct tpm_scheme scheme = { .alg = TPM_SCHEME_NULL };
	uint16_t id;

	if (tpmread_u16(r, &id) < 0)
		return r->error;
	if (id == ALG_RSASSA)
		scheme.alg = TPM_SCHEME_RSASSA;
	else if (id == ALG_RSAPSS)
		scheme.alg = TPM_SCHEME_RSAPSS;
	else if (id == ALG_ECDSA)
		scheme.alg = TPM_SCHEME_ECDSA;
	else if (id != ALG_NULL)
		return tpmread_refuse(r, -ENOTSUP, "a signature scheme that is not known here");
	if (id != ALG_NULL) {
		if (tpmread_hash(r, &scheme.hash) < 0)
			return r->error;
		if (scheme.hash == HASH_SHA1)
			return tpmread_refuse(r, -ENOTSUP, "a signature over SHA-1");
	}
	*ret_scheme = scheme;
	return 0;
}

int tpmread_end(struct tpmread *r)
{
	begin(r);
	return r->rest.left > 0 ? tpmread_refuse(r, -EBADMSG, "bytes after the structure") : 0;
}
