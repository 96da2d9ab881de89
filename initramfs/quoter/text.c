/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/text.h"

#include <errno.h>
#include <string.h>

#include "initramfs/common/reason.h"
#include "measure/lib/base64.h"

void text_clear(struct text *text)
{
	text->len = 0;
	text->full = false;
}

/* Room for len characters and a NUL, or NULL. */
static char *room(struct text *text, size_t len)
{
	if (text->full || len >= sizeof(text->buf) - text->len) {
		text->full = true;
		return NULL;
	}
	text->len += len;
	return text->buf + text->len - len;
}

void text_put(struct text *text, const char *string)
{
	size_t len = strlen(string);
	char *to = room(text, len);

	if (to)
		memcpy(to, string, len);
}

void text_base64(struct text *text, const void *bytes, size_t len)
{
	char *to = room(text, base64_len(len));

	if (to)
		base64_encode(bytes, len, to);
}

int text_end(const struct text *text)
{
	return text->full ? because(-ENOSPC, "what the TPM gives does not fit a message") : 0;
}
