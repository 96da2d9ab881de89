/* SPDX-License-Identifier: MIT */
/* The quoter's end of the talk with the gateway: quoting.h says what is said. */
#ifndef QUOTER_SERVE_H
#define QUOTER_SERVE_H

#include "initramfs/common/tpm.h"

/*
 * Finds banks and AK, tries a quote, says hello and answers requests, one at a time. 0: the gateway
 * has closed its end. An error, with the reason noted: the TPM failed or was reset, or the gateway
 * sent something else than a request. gateway is a blocking socket of type SOCK_SEQPACKET; tpm is
 * open.
 */
int serve(struct tpm *tpm, int gateway);

#endif
