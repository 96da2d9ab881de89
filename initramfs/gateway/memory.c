/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/gateway/memory.h"

#include <errno.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define STEP	  16	     /* bytes; sizes are multiples of it */
#define BLOCK_MAX 65536	     /* larger ones are rare */
#define KEPT_MAX  (32 << 20) /* bytes, all together */

/* Blocks of (i + 1) * STEP bytes that nobody uses; each begins with a pointer to the next one. */
static void *kept[BLOCK_MAX / STEP];
static size_t n_kept; /* bytes */

void *memory_take(size_t size)
{
	size_t i = size ? (size - 1) / STEP : 0;
	void *block;

	if (size > BLOCK_MAX)
		return malloc(size);
	block = kept[i];
	if (!block)
		return malloc((i + 1) * STEP);
	memcpy(&kept[i], block, sizeof(kept[i]));
	n_kept -= (i + 1) * STEP;
	return block;
}

void memory_give(void *block)
{
	/* What malloc was asked for, or a little more. */
	size_t usable = block ? malloc_usable_size(block) : 0, size = usable / STEP * STEP;
	size_t i = size / STEP - 1;

	if (usable > 0)
		explicit_bzero(block, usable);
	if (size == 0 || size > BLOCK_MAX || n_kept + size > KEPT_MAX) {
		free(block);
		return;
	}
	memcpy(block, &kept[i], sizeof(kept[i]));
	kept[i] = block;
	n_kept += size;
}

static void *take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return memory_take(size);
}

static void give(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	memory_give(block);
}

static void *resize(void *block, size_t size, const char *file, int line)
{
	size_t old = block ? malloc_usable_size(block) : 0;
	void *larger;

	(void)file;
	(void)line;
	if (size > 0 && size <= old)
		return block;
	larger = size > 0 ? memory_take(size) : NULL;
	if (size > 0 && !larger)
		return NULL;
	if (larger && block)
		memcpy(larger, block, old);
	memory_give(block);
	return larger;
}

int memory_init(void)
{
	return CRYPTO_set_mem_functions(take, resize, give) == 1 ? 0 : -EIO;
}
