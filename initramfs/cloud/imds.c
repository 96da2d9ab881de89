/* SPDX-License-Identifier: MIT */
#include "initramfs/cloud/imds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/lib/base64.h"
#include "measure/lib/http.h"

#define TAIL                        \
	" HTTP/1.1\r\n"             \
	"Host: 169.254.169.254\r\n" \
	"User-Agent: rampart\r\n"   \
	"Accept: */*\r\n"           \
	"Connection: close\r\n"
#define TOKEN_SECONDS "60"

static const char token_set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				"0123456789+/=-_.~";

size_t imds_ask_token(char ret_request[static IMDS_REQUEST_MAX])
{
	return (size_t)snprintf(ret_request, IMDS_REQUEST_MAX,
				"PUT /latest/api/token" TAIL
				"X-aws-ec2-metadata-token-ttl-seconds: " TOKEN_SECONDS "\r\n"
				"Content-Length: 0\r\n\r\n");
}

size_t imds_ask(enum plan_source source, const struct imds_token *token,
		char ret_request[static IMDS_REQUEST_MAX])
{
	static const struct {
		const char *path, *header;
	} forms[_PLAN_SOURCE_MAX] = {
		[PLAN_IMDS_GCE] = { "/computeMetadata/v1/instance/attributes/rampart-config",
				    "Metadata-Flavor: Google" },
		[PLAN_IMDS_AWS] = { "/latest/user-data", "X-aws-ec2-metadata-token: " },
		[PLAN_IMDS_AZURE] = { "/metadata/instance/compute/userData"
				      "?api-version=2021-01-01&format=text",
				      "Metadata: true" },
	};

	return (size_t)snprintf(ret_request, IMDS_REQUEST_MAX, "GET %s" TAIL "%s%s\r\n\r\n",
				forms[source].path, forms[source].header, token->text);
}

/* A status alone; 410 is what Azure says while it is not to be had. */
static int judge(const struct answer *a)
{
	if (a->status == 404)
		return -ENOENT;
	if (a->status == 410 || a->status == 429 || (a->status >= 500 && a->status <= 599))
		return -EBUSY;
	if (a->status != 200)
		return -EPROTO;
	return a->open ? -EBADMSG : 0;
}

int imds_token(const struct answer *answer, struct imds_token *ret_token)
{
	const struct span token = answer->content;
	int r = judge(answer);

	if (r < 0)
		return r;
	if (token.left > IMDS_TOKEN_MAX)
		return -EFBIG;
	for (size_t i = 0; i < token.left; i++)
		if (!token.p[i] || !strchr(token_set, token.p[i]))
			return -EBADMSG;
	if (token.left == 0)
		return -EBADMSG;
	memcpy(ret_token->text, token.p, token.left);
	ret_token->text[token.left] = '\0';
	return 0;
}

/* Whoever answers in place of Google's server, such as a proxy, does not say that it is one. */
static bool is_google(const struct answer *answer)
{
	struct span value;

	return http_field(answer->head, "Metadata-Flavor", &value) && value.left == 6 &&
	       !memcmp(value.p, "Google", 6);
}

int imds_text(enum plan_source source, const struct answer *answer,
	      char ret_text[static INSTANCE_SIZE_MAX], size_t *ret_len)
{
	const struct span text = answer->content;
	int r = judge(answer);

	/* What says that the server is busy may come from something in front of it. */
	if (r != -EBUSY && source == PLAN_IMDS_GCE && !is_google(answer))
		r = -EPROTO;
	if (r < 0)
		return r;
	if (source == PLAN_IMDS_AZURE) {
		if (text.left > base64_len(INSTANCE_SIZE_MAX))
			return -EFBIG;
		r = base64_decode((const char *)text.p, text.left, (uint8_t *)ret_text,
				  INSTANCE_SIZE_MAX, ret_len);
		return r == -ENOSPC ? -EFBIG : r;
	}
	if (text.left > INSTANCE_SIZE_MAX)
		return -EFBIG;
	memcpy(ret_text, text.p, text.left);
	*ret_len = text.left;
	return 0;
}
