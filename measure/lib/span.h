/* SPDX-License-Identifier: MIT */
/*
 * A bounded reader over untrusted bytes.
 *
 * Every parser of the project reads through this: a length is compared with what is *left*, never
 * with a sum of lengths, so nothing can wrap. All functions return 0 or -EBADMSG (not enough bytes
 * left); on failure the span and the output are untouched. No allocation, no I/O. The span borrows
 * the bytes; the caller keeps them alive.
 */
#ifndef MEASURE_SPAN_H
#define MEASURE_SPAN_H

#include <stddef.h>
#include <stdint.h>

struct span {
	const uint8_t *p;
	size_t left; /* bytes */
};

/* Where a parser gave up, for the tool that prints it. what is a static string, or NULL. */
struct diag {
	size_t off; /* bytes from the start of the input */
	const char *what;
};

/* Fills diag, which may be NULL. Returns error, for `return diag_at(diag, off, "...", -EPROTO)`. */
int diag_at(struct diag *diag, size_t off, const char *what, int error);

/* A span over len bytes at p. p may be NULL when len is 0. */
struct span span_of(const void *p, size_t len);

/* Cuts len bytes off the front of s into ret_sub. */
int span_take(struct span *s, size_t len, struct span *ret_sub);

/* Drops len bytes. */
int span_skip(struct span *s, size_t len);

/* The len bytes at off of s, without moving s. */
int span_at(const struct span *s, size_t off, size_t len, struct span *ret_sub);

/* Little-endian integers off the front of s. */
int span_u8(struct span *s, uint8_t *ret);
int span_u16le(struct span *s, uint16_t *ret);
int span_u32le(struct span *s, uint32_t *ret);
int span_u64le(struct span *s, uint64_t *ret);

/* Big-endian ones, as a TPM writes them. */
int span_u16be(struct span *s, uint16_t *ret);
int span_u32be(struct span *s, uint32_t *ret);
int span_u64be(struct span *s, uint64_t *ret);

#endif
