/* SPDX-License-Identifier: MIT */
#include "measure/lib/pcrs.h"

bool pcrs_bank_suffices(const bool bank[static _HASH_MAX])
{
	return bank[HASH_SHA256] || bank[HASH_SHA384];
}

void pcrs_init(struct pcrs *pcrs, const bool bank[static _HASH_MAX])
{
	*pcrs = (struct pcrs){ 0 };
	for (size_t i = 0; i < _HASH_MAX; i++) {
		pcrs->bank[i] = bank[i];
		for (size_t pcr = 0; pcr < PCRS_N; pcr++)
			pcrs->value[i][pcr].alg = (enum hash_alg)i;
	}
}
