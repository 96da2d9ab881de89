/* SPDX-License-Identifier: MIT */
/*
 * The quoter: has the TPM, and answers the gateway, which has nothing but this process to ask.
 * Unprivileged, in an empty root, one thread, one request at a time: that the TPM is busy is what
 * makes requests wait, and share a quote (gateway/quotes.h). Started by init as root, when the PCRs
 * are capped, with the descriptors of service.h.
 *
 * It ends, and the machine with it, when the TPM fails or was reset. When the gateway ends it says
 * nothing: the gateway has said why.
 */
#include "initramfs/common/confine.h"
#include "initramfs/common/reason.h"
#include "initramfs/common/service.h"
#include "initramfs/common/tpm.h"
#include "initramfs/quoter/serve.h"

#define FILES_MAX 16

int main(void)
{
	static struct tpm tpm;
	int r;

	service_init();
	r = tpm_open(&tpm);
	if (r == 0)
		r = because_of(confine(UID_QUOTER, FILES_MAX, 0, SERVICE_FILTER),
			       "cannot confine itself");
	if (r == 0)
		r = serve(&tpm, SERVICE_SUBJECT);
	if (r < 0)
		report("%s", reason());
	return 1;
}
