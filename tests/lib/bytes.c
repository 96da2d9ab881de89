/* SPDX-License-Identifier: MIT */
#include "tests/lib/bytes.h"

#define FILE_MAX (1 << 20)

void put(struct bytes *b, const void *p, size_t len)
{
	if (len > sizeof(b->p) - b->len)
		abort();
	memcpy(b->p + b->len, p, len);
	b->len += len;
}

void put_le(struct bytes *b, uint64_t v, size_t len)
{
	uint8_t bytes[8];

	set_le(bytes, v, len);
	put(b, bytes, len);
}

void put_fill(struct bytes *b, uint8_t c, size_t len)
{
	while (len-- > 0)
		put(b, &c, 1);
}

void set_le(uint8_t *p, uint64_t v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void *alloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

uint8_t *exact_copy(const void *p, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

struct span copy_of(const char *text, size_t len)
{
	return span_of(exact_copy(text, len), len);
}

void copy_drop(struct span s)
{
	union {
		const uint8_t *p;
		void *block;
	} u = { .p = s.p };

	free(u.block);
}

bool is_text(struct span s, const char *text)
{
	return s.left == strlen(text) && !memcmp(s.p, text, s.left);
}

uint8_t *slurp(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *buf;

	if (!file)
		return NULL;
	buf = alloc(FILE_MAX);
	*ret_len = fread(buf, 1, FILE_MAX, file);
	fclose(file);
	return buf;
}
