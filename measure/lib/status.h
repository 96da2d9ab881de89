/* SPDX-License-Identifier: MIT */
/*
 * How far a machine has started, as its gateway answers GET /.well-known/rampart/status, and as
 * clients read it. One line of JSON in exactly this form, and a newline:
 *
 *	{"schema":"rampart-status/1","stage":"model","percent":37,"ready":false}
 *
 * stage: "container", "model": those are being loaded and hashed; "start": they are measured, and
 * the machine caps its PCRs and starts the container; "serving": the container has accepted
 * connections, and evidence is given. A container that is started again later changes nothing.
 * percent: of the bytes of container and models together, 0 to 100. ready: stage is "serving".
 *
 * Nobody vouches for it: it tells when to ask for evidence. Pure.
 */
#ifndef MEASURE_STATUS_H
#define MEASURE_STATUS_H

#include "measure/lib/span.h"

enum status_stage { STATUS_CONTAINER, STATUS_MODEL, STATUS_START, STATUS_SERVING, _STATUS_STAGES };

extern const char *const status_stages[_STATUS_STAGES];

struct status {
	enum status_stage stage;
	unsigned percent;
};

/* The line and a NUL; its length. */
#define STATUS_TEXT_MAX 96
size_t status_text(const struct status *status, char ret_text[static STATUS_TEXT_MAX]);

/* The reader. 0, or -EBADMSG if it is not such a line, or ready is not what stage says. */
int status_parse(struct span text, struct status *ret_status);

#endif
