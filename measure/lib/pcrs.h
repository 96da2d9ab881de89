/* SPDX-License-Identifier: MIT */
/* The values of a TPM's PCRs in its banks: as quoted, or as the replay of a log gives them. */
#ifndef MEASURE_LIB_PCRS_H
#define MEASURE_LIB_PCRS_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/lib/hash.h"

#define PCRS_N 24

struct pcrs {
	bool bank[_HASH_MAX];
	bool used[PCRS_N]; /* at least one event was extended */
	bool locality_seen;
	uint8_t locality;
	bool narrows; /* a bank that a measurement lacks is left out, and not an error */
	struct digest value[_HASH_MAX][PCRS_N];
};

/*
 * Whether one of these banks can be judged by alone: sha256 or sha384. All that measures extends
 * every active bank, so each holds the whole chain, and one that is not active hides nothing that
 * another lacks. (sha1 is too weak for that, and nobody knows golden values in sha512.)
 */
bool pcrs_bank_suffices(const bool bank[static _HASH_MAX]);

/* All PCRs zero, in the given banks. */
void pcrs_init(struct pcrs *pcrs, const bool bank[static _HASH_MAX]);

#endif
