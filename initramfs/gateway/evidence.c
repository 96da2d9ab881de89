/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/evidence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/base64.h"

#define HASH_TEXT 44 /* base64_len(BINDING_LEN) */

static char *add(char *at, const char *text)
{
	size_t len = strlen(text);

	memcpy(at, text, len);
	return at + len;
}

static char *add_base64(char *at, struct span data)
{
	base64_encode(data.p, data.left, at);
	return at + base64_len(data.left);
}

int evidence_machine(const struct evidence_machine *machine, char **ret_text, size_t *ret_len)
{
	static const char certificate[] = ",\"certificate\":\"",
			  firmware_log[] = "\",\"firmware_log\":\"",
			  runtime_log[] = "\",\"runtime_log\":\"";
	size_t size = sizeof("{") + machine->members.left + sizeof(certificate) +
		      base64_len(machine->certificate.left) + sizeof(firmware_log) +
		      base64_len(machine->firmware_log.left) + sizeof(runtime_log) +
		      base64_len(machine->runtime_log.left) + sizeof("\"");
	char *text = malloc(size), *at;

	if (!text)
		return -ENOMEM;
	at = add(text, "{");
	memcpy(at, machine->members.p, machine->members.left);
	at = add(at + machine->members.left, certificate);
	at = add(add_base64(at, machine->certificate), firmware_log);
	at = add(add_base64(at, machine->firmware_log), runtime_log);
	at = add(add_base64(at, machine->runtime_log), "\"");
	*ret_text = text;
	*ret_len = (size_t)(at - text);
	return 0;
}

size_t evidence_request(const struct evidence_request *request, const struct merkle_path *path,
			struct span quote, char *buf, size_t size)
{
	char nonce[HASH_TEXT + 1], exporter[HASH_TEXT + 1], sibling[HASH_TEXT + 1];
	int n;

	base64_encode(request->nonce, BINDING_LEN, nonce);
	base64_encode(request->exporter, BINDING_LEN, exporter);
	n = snprintf(
		buf, size,
		",\"nonce\":\"%s\",\"exporter\":\"%s\",\"path\":{\"size\":%u,\"index\":%u,\"siblings\":[",
		nonce, exporter, path->size, path->index);
	for (size_t i = 0; i < path->n; i++) {
		base64_encode(path->sibling[i].bytes, MERKLE_LEN, sibling);
		n += snprintf(buf + n, size - (size_t)n, "%s\"%s\"", i ? "," : "", sibling);
	}
	n += snprintf(buf + n, size - (size_t)n, "]},%.*s}", (int)quote.left,
		      (const char *)quote.p);
	return (size_t)n;
}

int evidence_nonce(struct span text, uint8_t ret_nonce[static BINDING_LEN])
{
	char padded[HASH_TEXT];
	size_t len;

	if (text.left != HASH_TEXT && text.left != HASH_TEXT - 1)
		return -EBADMSG;
	memcpy(padded, text.p, text.left);
	if (text.left == HASH_TEXT - 1) { /* RFC 4648, section 5: base64url */
		for (size_t i = 0; i < text.left; i++) {
			if (padded[i] == '+' || padded[i] == '/')
				return -EBADMSG;
			if (padded[i] == '-')
				padded[i] = '+';
			else if (padded[i] == '_')
				padded[i] = '/';
		}
		padded[HASH_TEXT - 1] = '=';
	}
	if (base64_decode(padded, sizeof(padded), ret_nonce, BINDING_LEN, &len) < 0 ||
	    len != BINDING_LEN)
		return -EBADMSG;
	return 0;
}
