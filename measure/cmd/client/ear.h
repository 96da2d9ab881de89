/* SPDX-License-Identifier: MIT */
/*
 * A report as an EAT Attestation Result, for programs that know nothing of Rampart. Sources:
 * draft-fv-rats-ear (now draft-ietf-rats-ear), "EAT Attestation Result" and "JSON Serialisation";
 * draft-ietf-rats-ar4si, "Trustworthiness Tiers" and "Specific Claims"; RFC 7515, section 3.1 "JWS
 * Compact Serialization Overview"; RFC 7518, section 3.4; RFC 8037, section 3.1.
 *
 * One attester, "rampart", whose vector says: hardware, what shows that a TPM with a trusted root
 * quotes for this connection (2, or 99); executables, the logs and golden values (3, or 33);
 * configuration, the policy (2, or 96). What could not be told is 0. Nothing is said of the rest.
 */
#ifndef MEASURE_CMD_CLIENT_EAR_H
#define MEASURE_CMD_CLIENT_EAR_H

#include "measure/rampart.h"

/*
 * The claims as JSON, or with key, the path of a private key (PEM; P-256 or Ed25519), a signed JWT.
 * free() it; NULL after an error line.
 */
char *ear_print(const char *command, const struct rampart_report *report, const char *key);

#endif
