/* SPDX-License-Identifier: MIT */
/*
 * A NitroTPM: a thread between a quoter and swtpm that answers the vendor's command, and has swtpm
 * answer all others. It says who made the TPM, takes an NV index of 8192 bytes where swtpm has room
 * for 2048, and looks at every byte of the command, its HMAC by libcrypto.
 */
#ifndef TESTS_LIB_NITROTPM_H
#define TESTS_LIB_NITROTPM_H

#include <stdatomic.h>

#include "tests/lib/documentmake.h"

/* What it does in place of a document. */
enum nitrotpm_mood {
	NITROTPM_SIGNS,
	NITROTPM_UNKNOWN,  /* does not know the command */
	NITROTPM_BUSY,	   /* asks for the first command again */
	NITROTPM_ONCE,	   /* an error of the hypervisor's the first time, then documents */
	NITROTPM_REFUSES,  /* the command, each time */
	NITROTPM_ERRS,	   /* the hypervisor's error, each time */
	NITROTPM_CUT,	   /* an answer that ends within the document */
	NITROTPM_OF_OTHERS /* says that another made it */
};

extern struct nitrotpm {
	_Atomic enum nitrotpm_mood mood;
	atomic_int n_commands;	     /* of the vendor */
	_Atomic(const char *) wrong; /* what is wrong with one; NULL: nothing */
	EVP_PKEY *pkey;		     /* what signs, set by the test */
	X509 *cert[DOCUMENT_CERTS];
	size_t n_certs;
} nitrotpm;

/* For tpmworld.between. */
int nitrotpm_between(int tpm);

#endif
