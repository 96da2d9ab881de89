/* SPDX-License-Identifier: MIT */
#include "credential.h"

#include <errno.h>
#include <string.h>

#include "tpmread.h"

#define FILE_MAGIC   0xbadcc0de
#define FILE_VERSION 1
#define HMAC_LEN     32
#define IDENTITY_MIN 3 /* a size, and a secret of a byte */
#define IDENTITY_MAX 34
#define RSA_LEN	     256
#define COORD_MAX    32

static bool is_object(struct span bytes)
{
	struct tpmread r;
	struct span hmac;

	tpmread_init(&r, bytes, NULL);
	return tpmread_2b(&r, HMAC_LEN, &hmac) == 0 && hmac.left == HMAC_LEN &&
	       r.rest.left >= IDENTITY_MIN && r.rest.left <= IDENTITY_MAX;
}

static bool is_point(struct span bytes)
{
	struct tpmread r;
	struct span x, y;

	tpmread_init(&r, bytes, NULL);
	return tpmread_2b(&r, COORD_MAX, &x) == 0 && tpmread_2b(&r, COORD_MAX, &y) == 0 &&
	       tpmread_end(&r) == 0 && x.left > 0 && y.left > 0;
}

int credential_parse(struct span bytes, struct credential *ret_credential)
{
	struct credential c = { .ek = EK_RSA_2048 };
	struct span object, secret;
	uint32_t magic, version;
	struct tpmread r;

	tpmread_init(&r, bytes, NULL);
	if (tpmread_u32(&r, &magic) < 0 || tpmread_u32(&r, &version) < 0 ||
	    tpmread_2b(&r, sizeof(c.object.credential), &object) < 0 ||
	    tpmread_2b(&r, sizeof(c.secret.secret), &secret) < 0 || tpmread_end(&r) < 0)
		return -EBADMSG;
	if (magic != FILE_MAGIC || version != FILE_VERSION || !is_object(object))
		return -EBADMSG;
	if (secret.left != RSA_LEN && !is_point(secret))
		return -EBADMSG;
	if (secret.left != RSA_LEN)
		c.ek = EK_P256;
	c.object.size = (UINT16)object.left;
	memcpy(c.object.credential, object.p, object.left);
	c.secret.size = (UINT16)secret.left;
	memcpy(c.secret.secret, secret.p, secret.left);
	*ret_credential = c;
	return 0;
}
