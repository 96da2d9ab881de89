/* SPDX-License-Identifier: MIT */
/*
 * TLS keys of machines that were asked for their proof and are not what they should be. A machine
 * has its key until it is started anew, and what it booted cannot change before that: so for a
 * while it is refused by its key alone, behind whichever address it answers. Pure; the caller locks.
 */
#ifndef MEASURE_CMD_CLIENT_REFUSED_H
#define MEASURE_CMD_CLIENT_REFUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REFUSED_MAX	64 /* keys; the one whose time is over first is forgotten */
#define REFUSED_WHY_MAX 1200
#define REFUSED_MS	10000  /* after the first refusal; doubled for each further one, up to */
#define REFUSED_LONG_MS 300000 /* this */

struct refused_key {
	char identity[65]; /* SHA-256 of the key, hex; "": none */
	unsigned times;
	int64_t until; /* when it may be asked again, of instant_ms() */
	char why[REFUSED_WHY_MAX];
};

struct refused {
	struct refused_key v[REFUSED_MAX];
};

/* Why it is refused without being asked; NULL: it is to be asked. Good until the next call. */
const char *refused_why(const struct refused *refused, const char *identity, int64_t now);

/* It was asked, and is refused. Whether it was not before, or for another reason. */
bool refused_note(struct refused *refused, const char *identity, const char *why, int64_t now);

/* It was asked, and its proof holds. */
void refused_forget(struct refused *refused, const char *identity);

#endif
