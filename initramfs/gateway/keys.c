/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/keys.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

/* "Bearer" and a space before it. */
static bool cut_token(struct span value, struct span *ret_token)
{
	static const char scheme[] = "bearer ";
	size_t len = sizeof(scheme) - 1;

	if (value.left < len || strncasecmp((const char *)value.p, scheme, len))
		return false;
	(void)span_skip(&value, len);
	while (value.left > 0 && value.p[0] == ' ')
		(void)span_skip(&value, 1);
	*ret_token = value;
	return value.left > 0;
}

static size_t first_of_name(const struct plan *plan, const char *name)
{
	size_t i = 0;

	while (strcmp(plan->token[i].name, name) != 0)
		i++;
	return i;
}

int keys_client(const struct plan *plan, const struct http_request *request)
{
	struct digest digest;
	struct span token;
	const char *name = NULL;

	if (request->has_authorizations || !cut_token(request->authorization, &token))
		return -EACCES;
	hash_bytes(HASH_SHA256, token.p, token.left, &digest);
	for (size_t i = 0; i < plan->n_token; i++) {
		int differs = CRYPTO_memcmp(plan->token[i].digest.bytes, digest.bytes,
					    hash_len(HASH_SHA256));

		name = differs ? name : plan->token[i].name;
	}
	return name ? (int)first_of_name(plan, name) : -EACCES;
}
