/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/credential.h"

#include <errno.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/tpmread.h"

#define FILE_MAGIC   0xbadcc0de
#define FILE_VERSION 1
#define IDENTITY_MIN 3 /* a size, and a secret of a byte */

/* By the nameAlg of the EK. */
static const struct form {
	size_t hash_len, rsa_len[2], coord_len;
} forms[] = { { 32, { 256, 256 }, 32 }, { 48, { 384, 512 }, 48 } };

/* The form whose HMAC it has; NULL: it is none. */
static const struct form *form_of(struct span bytes)
{
	struct tpmread r;
	struct span hmac;

	tpmread_init(&r, bytes, NULL);
	if (tpmread_2b(&r, 48, &hmac) < 0 || r.rest.left < IDENTITY_MIN)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (hmac.left == forms[i].hash_len && r.rest.left <= 2 + forms[i].hash_len)
			return &forms[i];
	return NULL;
}

static bool is_point(struct span bytes, size_t coord_len)
{
	struct tpmread r;
	struct span x, y;

	tpmread_init(&r, bytes, NULL);
	return tpmread_2b(&r, coord_len, &x) == 0 && tpmread_2b(&r, coord_len, &y) == 0 &&
	       tpmread_end(&r) == 0 && x.left > 0 && y.left > 0;
}

int credential_parse(struct span bytes, struct credential *ret_credential)
{
	struct credential c = { 0 };
	struct span object, secret;
	const struct form *form;
	uint32_t magic, version;
	struct tpmread r;

	tpmread_init(&r, bytes, NULL);
	if (tpmread_u32(&r, &magic) < 0 || tpmread_u32(&r, &version) < 0 ||
	    tpmread_2b(&r, sizeof(c.object.credential), &object) < 0 ||
	    tpmread_2b(&r, sizeof(c.secret.secret), &secret) < 0 || tpmread_end(&r) < 0)
		return -EBADMSG;
	form = form_of(object);
	if (magic != FILE_MAGIC || version != FILE_VERSION || !form)
		return -EBADMSG;
	c.hash_len = form->hash_len;
	if (secret.left == form->rsa_len[0] || secret.left == form->rsa_len[1])
		c.rsa_len = secret.left;
	if (!c.rsa_len && !is_point(secret, form->coord_len))
		return -EBADMSG;
	c.object.size = (UINT16)object.left;
	memcpy(c.object.credential, object.p, object.left);
	c.secret.size = (UINT16)secret.left;
	memcpy(c.secret.secret, secret.p, secret.left);
	*ret_credential = c;
	return 0;
}

bool credential_fits(const struct credential *credential, enum ek_kind kind)
{
	return credential->rsa_len == ek_rsa_len(kind) && credential->hash_len == ek_hash_len(kind);
}
