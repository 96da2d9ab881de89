/* SPDX-License-Identifier: MIT */
/* Credentials and activations, as the library has them. */
#ifndef MEASURE_VERIFY_TPM_CREDENTIAL_H
#define MEASURE_VERIFY_TPM_CREDENTIAL_H

#include "measure/lib/hash.h"
#include "measure/lib/tpmkey.h"
#include "measure/rampart.h"

/* That the TPM with the EK of this certificate holds the key of this Name. */
struct rampart_activation {
	struct tpmkey_name ak;
	struct digest ek; /* sha256 of the certificate's DER */
};

#endif
