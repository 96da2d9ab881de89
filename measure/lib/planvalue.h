/* SPDX-License-Identifier: MIT */
/*
 * Forms that the values of several keys of the plan have (plan.h). The inside of plankeys.c,
 * plangateway.c and planworld.c. All return 0, or -EPROTO with *ret_why, a static string.
 */
#ifndef MEASURE_PLANVALUE_H
#define MEASURE_PLANVALUE_H

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "measure/lib/hash.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static inline int plan_broken(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EPROTO;
}

/* Decimal without sign or leading zero, so that every number has one spelling. */
static inline int plan_number(const char *s, uint64_t max, uint64_t *ret, const char **ret_why)
{
	uint64_t v = 0;

	if (s[0] == '\0' || s[strspn(s, DIGITS)] != '\0' || (s[0] == '0' && s[1] != '\0'))
		return plan_broken(ret_why, "not a decimal number");
	for (; *s; s++) {
		uint64_t digit = (uint64_t)(*s - '0');

		if (v > (max - digit) / 10)
			return plan_broken(ret_why, "number too large");
		v = v * 10 + digit;
	}
	*ret = v;
	return 0;
}

/* "sha256:<hex>" */
static inline int plan_sha256(const char *value, struct digest *ret, const char **ret_why)
{
	static const char prefix[] = "sha256:";

	if (strncmp(value, prefix, sizeof(prefix) - 1))
		return plan_broken(ret_why, "digest does not start with \"sha256:\"");
	value += sizeof(prefix) - 1;
	if (digest_from_hex(HASH_SHA256, value, strlen(value), ret) < 0)
		return plan_broken(ret_why, "digest is not 64 lower-case hex digits");
	return 0;
}

#endif
