/* SPDX-License-Identifier: MIT */
#include "tests/lib/tpmbytes.h"

void put_be(struct bytes *b, uint64_t v, size_t len)
{
	while (len-- > 0) {
		uint8_t c = (uint8_t)(v >> (8 * len));

		put(b, &c, 1);
	}
}

void set_be(uint8_t *p, uint64_t v, size_t len)
{
	while (len-- > 0)
		*p++ = (uint8_t)(v >> (8 * len));
}

void put_2b(struct bytes *b, const void *p, size_t len)
{
	put_be(b, len, 2);
	put(b, p, len);
}

void put_quote(struct bytes *b, const struct quote_recipe *q)
{
	put_be(b, q->magic, 4);
	put_be(b, q->type, 2);
	put_be(b, 34, 2);
	put_be(b, ALG_SHA256, 2);
	put_fill(b, 0x51, 32);
	put_2b(b, q->extra, sizeof(q->extra));
	put_be(b, 0x0102030405060708, 8);
	put_be(b, q->resets, 4);
	put_be(b, q->restarts, 4);
	put_be(b, 1, 1);
	put_be(b, 0x2023010100000000, 8);
	put_be(b, q->n_banks, 4);
	for (size_t i = 0; i < q->n_banks; i++) {
		put_be(b, q->bank[i].alg, 2);
		put_be(b, 3, 1);
		put_le(b, q->bank[i].pcrs, 3);
	}
	put_2b(b, q->digest, q->digest_len);
}

void put_key(struct bytes *b, const struct key_recipe *k)
{
	put_be(b, k->type, 2);
	put_be(b, k->name_alg, 2);
	put_be(b, k->attributes, 4);
	put_be(b, k->policy_len, 2);
	put_fill(b, 0x70, k->policy_len);
	put_be(b, k->symmetric, 2);
	put_be(b, k->scheme, 2);
	if (k->scheme != ALG_NULL)
		put_be(b, k->hash, 2);
	put_be(b, k->bits, 2);
	if (k->type == ALG_RSA)
		put_be(b, k->exponent, 4);
	else
		put_be(b, ALG_NULL, 2);
	put_2b(b, k->n, k->n_len);
	if (k->type == ALG_ECC)
		put_2b(b, k->y, k->y_len);
}

void put_signature(struct bytes *b, uint16_t scheme, uint16_t hash, const void *r, size_t r_len,
		   const void *s, size_t s_len)
{
	put_be(b, scheme, 2);
	put_be(b, hash, 2);
	put_2b(b, r, r_len);
	if (s_len > 0)
		put_2b(b, s, s_len);
}
