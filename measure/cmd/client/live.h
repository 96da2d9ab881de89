/* SPDX-License-Identifier: MIT */
/*
 * The local clients that are connected, and to what: so that those of a machine or of a place that
 * no longer holds can be cut. Nothing here locks.
 */
#ifndef MEASURE_CMD_CLIENT_LIVE_H
#define MEASURE_CMD_CLIENT_LIVE_H

#include <stdbool.h>

struct live {
	struct live *next;
	int cut;	   /* eventfd; readable: cut */
	int place;	   /* of places.h; -1: none yet */
	char identity[65]; /* SHA-256 of the machine's TLS key, hex; "": not known yet */
	char golden[65];   /* of the golden.json that its proof is by, once it held; "": not yet */
};

/* 0, or -1: no descriptor is left. */
int live_add(struct live **list, struct live *live);
void live_remove(struct live **list, struct live *live);

/* It begins anew, at another place: what was cut there does not matter here. */
void live_enter(struct live *live, int place);

/* Those of these golden values, by their digest, of 64 characters. Returns how many. */
unsigned live_cut_golden(struct live *list, const char *golden);

/* Those at this place, or with this key if it is not NULL. Returns how many. */
unsigned live_cut(struct live *list, int place, const char *identity);

#endif
