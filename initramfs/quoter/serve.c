/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/quoter/serve.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "initramfs/common/reason.h"
#include "initramfs/quoter/activate.h"
#include "initramfs/quoter/attest.h"

struct quoter {
	struct tpm *tpm;
	struct ak ak;
	struct ek ek[_EK_KINDS];
	bool has_documents; /* in place of quotes, and there is no AK */
	struct nitro nitro;
	struct attest_clock clock;
	struct text text; /* of the answer in the making */
	int gateway;
};

/* A message is one call: what it is, then what belongs to it. */
static int send_message(const struct quoter *q, char kind, void *bytes, size_t len)
{
	struct iovec parts[] = { { .iov_base = &kind, .iov_len = 1 },
				 { .iov_base = bytes, .iov_len = len } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	if (sendmsg(q->gateway, &message, MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == EPIPE ? -EPIPE
			      : because(-errno, "cannot answer the gateway: %s", strerror(errno));
}

static int attest(struct quoter *q, const struct merkle_hash *root)
{
	if (q->has_documents)
		return attest_document(q->tpm, q->ek, &q->nitro, root, &q->clock, &q->text);
	return attest_quote(q->tpm, &q->ak, root, &q->clock, &q->text);
}

static int refuse(struct quoter *q, const char *why)
{
	text_clear(&q->text);
	text_put(&q->text, why);
	return send_message(q, QUOTING_REFUSED, q->text.buf, q->text.len);
}

static int answer_quote(struct quoter *q, const uint8_t bytes[static MERKLE_LEN])
{
	struct merkle_hash root;
	int r;

	memcpy(root.bytes, bytes, sizeof(root.bytes));
	text_clear(&q->text);
	r = attest(q, &root);
	if (r == -EAGAIN) {
		reason_forget(); /* what comes later has its own */
		return refuse(q, "the hypervisor makes no document at the moment: ask again later");
	}
	return r < 0 ? r : send_message(q, QUOTING_QUOTE, q->text.buf, q->text.len);
}

static int answer_activate(struct quoter *q, struct span credential)
{
	TPM2B_DIGEST secret = { 0 };
	const char *why = "this machine proves itself by documents, and has no AK";
	int r = 0;

	if (!q->has_documents)
		r = activate(q->tpm, &q->ak, q->ek, credential, &secret, &why);

	if (r < 0)
		return r;
	if (why)
		return refuse(q, why);
	r = send_message(q, QUOTING_ACTIVATE, secret.buffer, secret.size);
	explicit_bzero(&secret, sizeof(secret));
	return r;
}

static int answer(struct quoter *q, const uint8_t *message, size_t len)
{
	if (message[0] == QUOTING_QUOTE && len == 1 + MERKLE_LEN)
		return answer_quote(q, message + 1);
	if (message[0] == QUOTING_ACTIVATE && len > 1 && len <= 1 + QUOTING_CREDENTIAL_MAX)
		return answer_activate(q, span_of(message + 1, len - 1));
	return because(-EBADMSG, "the gateway sent no request");
}

static int answer_all(struct quoter *q)
{
	int r = 0;

	while (r == 0) {
		uint8_t message[1 + QUOTING_CREDENTIAL_MAX];
		ssize_t n = recv(q->gateway, message, sizeof(message), MSG_TRUNC);

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return 0;
		if (n < 0)
			return because(-errno, "cannot hear the gateway: %s", strerror(errno));
		r = answer(q, message, (size_t)n);
	}
	return r;
}

int serve(struct tpm *tpm, int gateway)
{
	static const struct merkle_hash nobodys;
	static struct quoter q;
	int r;

	q = (struct quoter){ .tpm = tpm, .gateway = gateway };
	r = tpm_find_banks(tpm);
	if (r == 0)
		r = nitro_find(tpm, q.ek, &q.nitro);
	q.has_documents = r == 0;
	if (r == -ENOENT)
		r = ak_find(tpm, &q.ak);
	/* Any gateway will have quotes: better to learn at once that there are none, and where they
	 * start. */
	if (r == 0)
		r = attest(&q, &nobodys);
	text_clear(&q.text);
	if (r == 0)
		r = q.has_documents ? attest_hello_document(tpm, &q.text)
				    : attest_hello(tpm, &q.ak, &q.text);
	if (r == 0)
		r = send_message(&q, QUOTING_HELLO, q.text.buf, q.text.len);
	if (r == 0)
		r = answer_all(&q);
	return r == -EPIPE ? 0 : r;
}
