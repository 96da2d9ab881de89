/* SPDX-License-Identifier: MIT */
/*
 * ECDSA signatures, whose two numbers TPMs and SSH write one by one, in the form that libcrypto
 * takes. Source: RFC 3279, section 2.2.3 "ECDSA Signature Algorithm", Ecdsa-Sig-Value.
 */
#ifndef MEASURE_VERIFY_SIGNATURE_ECDSA_H
#define MEASURE_VERIFY_SIGNATURE_ECDSA_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"

#define ECDSA_NUMBER_MAX 48 /* bytes: of P-384 */

/* A sequence of two integers, each with its head and a byte for the sign. */
#define ECDSA_DER_MAX (3 + 2 * (2 + 1 + ECDSA_NUMBER_MAX))

/*
 * r and s are big-endian and have at most ECDSA_NUMBER_MAX bytes. The length of the DER; 0 if
 * memory ran out.
 */
size_t ecdsa_der(struct span r, struct span s, uint8_t ret_der[static ECDSA_DER_MAX]);

#endif
