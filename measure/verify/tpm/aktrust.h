/* SPDX-License-Identifier: MIT */
/*
 * Whose key an AK is: the two ways to find out, for the checks and for credentials.
 *
 * A certificate is of a key, not of its Name: that the key is as its public area says, restricted
 * to what its TPM made, is then the word of the CA, which is why chain.h asks for one that
 * certifies nothing else. An activation is of the Name, so of the public area as it is.
 */
#ifndef MEASURE_VERIFY_TPM_AKTRUST_H
#define MEASURE_VERIFY_TPM_AKTRUST_H

#include <stddef.h>

#include "measure/lib/tpmkey.h"
#include "measure/verify/tpm/chain.h"

/* The first certificate of the AK: whether it leads to a pinned root and is of this very key. */
struct chain trust_ak(const struct rampart_policy *policy, const struct certs *certs,
		      const struct tpmkey *ak, int64_t time);

/*
 * The EK certificates: of those that are no CA's, from *next on, the first whose chain holds, with
 * *next behind it and ret_index on it. If none does, what is wrong with the first one.
 */
struct chain trust_ek(const struct rampart_policy *policy, const struct certs *certs, int64_t time,
		      size_t *next, size_t *ret_index);

#endif
