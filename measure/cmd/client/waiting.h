/* SPDX-License-Identifier: MIT */
/*
 * A machine that has not started yet says so (status.h) and gives no evidence: whether to ask it for
 * its proof again, and what to tell the user meanwhile.
 */
#ifndef MEASURE_CMD_CLIENT_WAITING_H
#define MEASURE_CMD_CLIENT_WAITING_H

#include "measure/cmd/client/attest.h"

#define WAITING_MAX_S 86400

struct waiting {
	const char *command, *url; /* for its lines */
	int64_t until; /* of instant_ms(): until then, whatever keeps the machine from answering */
	unsigned seconds; /* which until is after the beginning; 0: there is no time */
	bool quiet;	  /* says nothing on standard error */
	int said;	  /* the stage that it has said, and one; 0: none */
};

/*
 * After attest() has failed, or given a report. True: it is time to try again, on a new connection:
 * a second has passed. False: there is a report, or it is not worth it; a->channel.error tells of a
 * machine that has not started how far it is.
 */
bool waiting_again(struct waiting *waiting, struct attested *a);

/* Of a machine that refused evidence as not ready, over that channel: how far it is, in one line. */
void waiting_words(struct attested *a, char *buf, size_t size);

/* The seconds of --wait; 0 if it is NULL. 0, or EXIT_UNSURE after an error line. */
int waiting_parse(const char *command, const char *text, unsigned *ret_s);

#endif
