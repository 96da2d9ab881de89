/* SPDX-License-Identifier: MIT */
/* The machine in tests/fuzz/machine, and a policy that accepts it; seeds.c makes its files. */
#ifndef TESTS_FUZZ_MACHINE_H
#define TESTS_FUZZ_MACHINE_H

#include "measure/verify/evidence.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/bytes.h"

#define MACHINE	     "tests/fuzz/machine/" /* from the top of the tree */
#define MACHINE_TIME 1800000000		   /* when its certificates are valid */

static inline struct rampart_policy *machine_policy(void)
{
	size_t root_len = 0, golden_len = 0;
	uint8_t *root = slurp(MACHINE "root.der", &root_len);
	uint8_t *golden = slurp(MACHINE "golden.json", &golden_len);
	struct rampart_policy *policy = rampart_policy_new();

	require(root && golden && policy);
	require(rampart_policy_add_root(policy, root, root_len, true, NULL) == 0);
	require(rampart_policy_add_golden(policy, "golden", (const char *)golden, golden_len,
					  NULL) == 0);
	free(root);
	free(golden);
	return policy;
}

static inline struct rampart_evidence *machine_evidence(void)
{
	struct rampart_evidence *evidence = NULL;
	size_t len = 0;
	uint8_t *json = slurp(MACHINE "evidence.json", &len);

	require(json && rampart_evidence_parse((const char *)json, len, &evidence, NULL) == 0);
	free(json);
	return evidence;
}

#endif
