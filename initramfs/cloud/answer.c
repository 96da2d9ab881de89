/* SPDX-License-Identifier: MIT */
#include "initramfs/cloud/answer.h"

#include <errno.h>
#include <string.h>

#include "measure/lib/framing.h"
#include "measure/lib/http.h"

/* Moves the content itself together, out of its framing, which holds it whole. */
static struct span unframe(struct framing framing, struct span bytes, char *to)
{
	char *at = to;

	while (bytes.left > 0 && !framing_whole(&framing)) {
		struct span data, taken;
		size_t len;

		if (framing_data(&framing, bytes, &len, &data) < 0)
			break;
		memmove(at, data.p, data.left);
		at += data.left;
		(void)span_take(&bytes, len, &taken);
	}
	return span_of(to, (size_t)(at - to));
}

static int read_content(char *bytes, struct span rest, bool ended,
			const struct http_response *response, struct answer *a)
{
	struct framing framing = { 0 }, seen;
	size_t taken;

	if (response->chunked)
		framing_chunked(&framing);
	else if (response->has_length)
		framing_length(&framing, response->length);
	else
		framing_until_end(&framing);
	seen = framing;
	if (framing_take(&seen, rest, &taken) < 0 || taken < rest.left)
		return -EBADMSG;
	a->open = framing_is_open(&seen);
	if (!framing_whole(&seen) && !(ended && a->open))
		return ended ? -EBADMSG : -EAGAIN;
	a->content = unframe(framing, rest, bytes + a->head.left);
	return 0;
}

int answer_read(char *bytes, size_t len, bool ended, struct answer *ret_answer)
{
	struct span rest = span_of(bytes, len);
	struct http_response response;
	struct http_scan scan = { 0 };
	struct answer a = { 0 };
	size_t head = 0;
	int r = http_scan(&scan, rest, &head);

	if (r == -EAGAIN)
		return ended ? -EBADMSG : -EAGAIN;
	if (r < 0 || span_take(&rest, head, &a.head) < 0 ||
	    http_parse_response(a.head, &response) < 0)
		return -EBADMSG;
	a.status = response.status;
	a.content = span_of(rest.p, 0);
	if (a.status >= 200 && a.status <= 299)
		r = read_content(bytes, rest, ended, &response, &a);
	if (r == 0)
		*ret_answer = a;
	return r;
}
