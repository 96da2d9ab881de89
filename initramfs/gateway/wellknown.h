/* SPDX-License-Identifier: MIT */
/* Requests to the gateway itself, TARGET_PREFIX and below; MEASUREMENTS.md, "Evidence". */
#ifndef GATEWAY_WELLKNOWN_H
#define GATEWAY_WELLKNOWN_H

#include "initramfs/gateway/conn.h"

/* The longest head that a request of ours has. */
#define WELLKNOWN_HEAD_MAX 8192

/* Whether the plan has the gateway watched, and its start told of; else their paths are none. */
void wellknown_init(bool metrics, bool status);

/* Answers a request, or asks the quoter, or goes on to the step CONTENT. */
enum conn_turn wellknown_serve(struct conn *conn, const struct http_request *request);

/* Its content is whole. */
enum conn_turn wellknown_content(struct conn *conn);

/* Says what is wrong with a request of ours; fields: see answer_new(). keep_alive is the
 * connection's. */
enum conn_turn wellknown_fail(struct conn *conn, int status, const char *fields, const char *why);

#endif
