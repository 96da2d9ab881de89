/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "merkle.h"
#include "quoter.h"
#include "reason.h"

/* One message in one call: the kind, then the text. */
static int send_message(int gateway, char kind, const void *bytes, size_t len)
{
	struct iovec parts[] = { { .iov_base = &kind, .iov_len = 1 },
				 { .iov_base = (void *)(uintptr_t)bytes, .iov_len = len } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	if (sendmsg(gateway, &message, MSG_NOSIGNAL) == (ssize_t)(1 + len))
		return 0;
	return errno == EPIPE ? -EPIPE : because(-errno, "cannot answer the gateway");
}

static int answer_quote(struct tpm *tpm, const struct ak *ak, struct quote_clock *clock,
			int gateway, const uint8_t root[static MERKLE_LEN])
{
	static struct text text;
	int r;

	text_clear(&text);
	r = quote_text(tpm, ak, root, clock, &text);
	return r < 0 ? r : send_message(gateway, QUOTING_QUOTE, text.buf, text.len);
}

static int answer_activate(struct tpm *tpm, const struct ak *ak, int gateway, const uint8_t *bytes,
			   size_t len)
{
	TPM2B_DIGEST secret;
	const char *why;
	int r = activate(tpm, ak, bytes, len, &secret, &why);

	if (r < 0)
		return r;
	if (why)
		return send_message(gateway, QUOTING_REFUSED, why, strlen(why));
	r = send_message(gateway, QUOTING_ACTIVATE, secret.buffer, secret.size);
	explicit_bzero(&secret, sizeof(secret));
	return r;
}

static int answer_request(struct tpm *tpm, const struct ak *ak, struct quote_clock *clock,
			  int gateway, const uint8_t *message, size_t len)
{
	if (message[0] == QUOTING_QUOTE && len == 1 + MERKLE_LEN)
		return answer_quote(tpm, ak, clock, gateway, message + 1);
	if (message[0] == QUOTING_ACTIVATE && len > 1 && len <= 1 + QUOTING_CREDENTIAL_MAX)
		return answer_activate(tpm, ak, gateway, message + 1, len - 1);
	return because(-EBADMSG, "the gateway sent a malformed request");
}

int serve(struct tpm *tpm, const struct ak *ak, int gateway)
{
	struct quote_clock clock = { 0 };
	static struct text hello;
	int r;

	text_clear(&hello);
	r = hello_text(tpm, ak, &hello);
	if (r == 0)
		r = send_message(gateway, QUOTING_HELLO, hello.buf, hello.len);
	while (r == 0) {
		uint8_t message[1 + QUOTING_CREDENTIAL_MAX];
		ssize_t n = recv(gateway, message, sizeof(message), MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 || errno == ECONNRESET
				       ? 0
				       : because(-errno, "cannot hear the gateway");
		r = answer_request(tpm, ak, &clock, gateway, message, (size_t)n);
	}
	return r == -EPIPE ? 0 : r;
}
