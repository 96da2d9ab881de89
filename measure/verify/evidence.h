/* SPDX-License-Identifier: MIT */
/*
 * Evidence as it was read: its form is that of MEASUREMENTS.md, "Evidence", and what is in it is
 * not believed yet, nor even read.
 */
#ifndef MEASURE_VERIFY_EVIDENCE_H
#define MEASURE_VERIFY_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/binding.h"
#include "measure/lib/merkle.h"
#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "measure/record/eventlog.h"

/*
 * Limits, several times what machines have: a log of 64 KB, chains of three certificates of 2 KB.
 */
#define EVIDENCE_SIZE_MAX  (4 << 20) /* bytes of the text */
#define EVIDENCE_LOG_MAX   (1 << 20) /* bytes of each log */
#define EVIDENCE_CERTS_MAX 8	     /* of the AK, and of the EK */
#define EVIDENCE_CERT_MAX  (16 << 10)
#define EVIDENCE_TPM_MAX   (4 << 10)  /* bytes of a structure of the TPM */
#define EVIDENCE_DOC_MAX   (16 << 10) /* bytes of an attestation document; AWS's have some 5,000 */
#define EVIDENCE_PCRS	   16

struct evidence_certs {
	struct span der[EVIDENCE_CERTS_MAX];
	size_t n;
};

/*
 * The first edition has a quote; the second one a document (tpm/document.h) in its place, and neither
 * an AK nor an EK.
 */
struct rampart_evidence {
	uint8_t *bytes; /* owned: what the spans point to */
	bool has_document;
	struct span document;
	struct span ak, certificate, firmware_log, runtime_log, quote, signature;
	struct evidence_certs ak_certs, ek_certs;
	struct pcrs values; /* PCR 0 to 15 of its banks, at least one */
	uint8_t nonce[BINDING_LEN], exporter[BINDING_LEN];
	struct merkle_path path;
};

#endif
