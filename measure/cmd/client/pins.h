/* SPDX-License-Identifier: MIT */
/*
 * The machines that have proved themselves at one address. A name may have several, and a load
 * balancer takes turns: one that comes back is not reported. A machine is known by its AK, which
 * its TPM makes the same at each boot, and its TLS key is new at each boot.
 */
#ifndef MEASURE_CMD_CLIENT_PINS_H
#define MEASURE_CMD_CLIENT_PINS_H

#include "measure/rampart.h"

#define PINS_MAX    64	/* machines; the one not seen for longest is forgotten */
#define PINS_AK_MAX 136 /* a Name in hex, of at most SHA-512, and a NUL */

struct pin {
	char ak[PINS_AK_MAX];
	char identity[65]; /* SHA-256 of its TLS key, hex */
	struct rampart_activation
		*activation; /* owned by the caller, for this AK; NULL: none was needed */
	uint64_t seen;	     /* when it was last seen, counted in proofs */
};

struct pins {
	struct pin pin[PINS_MAX];
	size_t n;
	uint64_t proofs;
};

enum pin_news {
	PIN_KNOWN,	  /* this machine, with this key */
	PIN_FIRST,	  /* the first of all */
	PIN_STARTED_ANEW, /* a machine that was known with another key, which is now forgotten */
	PIN_ANOTHER	  /* a machine that was not known */
};

/*
 * A machine has proved itself. ret_pin is its place, until the next call; ret_dropped the
 * activation of one that was forgotten for it, or NULL.
 */
enum pin_news pins_note(struct pins *pins, const char *ak, const char *identity,
			struct pin **ret_pin, struct rampart_activation **ret_dropped);

#endif
