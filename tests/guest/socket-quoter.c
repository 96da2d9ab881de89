/* SPDX-License-Identifier: MIT */
/*
 * The quoter over another transport: its TPM is at the other end of a socket, descriptor
 * SOCKET_QUOTER_TPM. The rest is as in quoter/main.c, but that it confines itself only if it was
 * given a filter: built with the sanitizers, it makes system calls of their own.
 */
#include "tests/guest/socket-quoter.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "initramfs/common/confine.h"
#include "initramfs/common/reason.h"
#include "initramfs/common/service.h"
#include "initramfs/quoter/serve.h"

#define HEADER_LEN 10 /* tag, size, code */
#define ANSWER_MAX 4096

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *tcti, size_t size, const uint8_t *command)
{
	(void)tcti;
	return write(SOCKET_QUOTER_TPM, command, size) == (ssize_t)size ? TSS2_RC_SUCCESS
									: TSS2_TCTI_RC_IO_ERROR;
}

static bool read_all(uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = read(SOCKET_QUOTER_TPM, bytes, len);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static TSS2_RC receive(TSS2_TCTI_CONTEXT *tcti, size_t *size, uint8_t *answer, int32_t timeout)
{
	struct pollfd p = { .fd = SOCKET_QUOTER_TPM, .events = POLLIN };
	size_t len;

	(void)tcti;
	if (!answer) {
		*size = ANSWER_MAX;
		return TSS2_RC_SUCCESS;
	}
	if (poll(&p, 1, timeout) == 0)
		return TSS2_TCTI_RC_TRY_AGAIN;
	if (!read_all(answer, HEADER_LEN))
		return TSS2_TCTI_RC_IO_ERROR;
	len = (size_t)answer[2] << 24 | (size_t)answer[3] << 16 | (size_t)answer[4] << 8 |
	      answer[5];
	if (len < HEADER_LEN || len > *size || !read_all(answer + HEADER_LEN, len - HEADER_LEN))
		return TSS2_TCTI_RC_IO_ERROR;
	*size = len;
	return TSS2_RC_SUCCESS;
}

static TSS2_TCTI_CONTEXT *socket_tcti(void)
{
	TSS2_TCTI_CONTEXT_COMMON_V1 *tcti = calloc(1, sizeof(*tcti));

	if (!tcti)
		exit(2);
	tcti->version = 1;
	tcti->transmit = transmit;
	tcti->receive = receive;
	return (TSS2_TCTI_CONTEXT *)tcti;
}

int main(void)
{
	bool confined = fcntl(SERVICE_FILTER, F_GETFD) >= 0;
	static struct tpm tpm;
	int r;

	service_init();
	r = tpm_open_over(&tpm, socket_tcti());
	if (r == 0 && confined)
		r = because_of(confine(UID_QUOTER, 16, 0, SERVICE_FILTER), "cannot confine itself");
	if (r == 0)
		r = serve(&tpm, SERVICE_SUBJECT);
	if (r < 0)
		report("%s", reason());
	if (!confined)
		tpm_close(&tpm);
	return r == 0 ? 0 : 1;
}
