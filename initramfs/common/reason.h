/* SPDX-License-Identifier: MIT */
/* The reason why a program of the guest cannot go on. */
#ifndef GUEST_REASON_H
#define GUEST_REASON_H

#define REASON_MAX 384

/*
 * Notes why, in one line: what, where, expected and got. The first note of a failure stays; the
 * callers above may add nothing. Returns r, so that it can end a function: return because(-EIO,
 * ...).
 */
int because(int r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* If r is an error, the note is what, and what errno says of it. Returns r. */
int because_of(int r, const char *what);

/* Drops the note of a failure that was got over. */
void reason_forget(void);

/* What was noted; "" if nothing was. */
const char *reason(void);

#endif
