/* SPDX-License-Identifier: MIT */
/* Requests to the gateway itself, below HTTP_PREFIX; MEASUREMENTS.md, "Evidence". */
#ifndef GATEWAY_FRONT_H
#define GATEWAY_FRONT_H

#include "conn.h"

/* The step REQUEST: reads until it is clear whose request comes, and what ours asks for. */
enum conn_turn front_request(struct conn *conn);

/* The step ANSWER. */
enum conn_turn front_answer(struct conn *conn);

#endif
