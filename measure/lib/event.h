/* SPDX-License-Identifier: MIT */
/*
 * The events that init measures: the one place that knows their bytes. The guest calls these
 * functions to measure, the host to predict.
 *
 * Measured bytes are one line of text, newline included, no NUL:
 *
 *     rampart/1 <type> <name> [fsverity-]sha256:<64 hex digits>[ key=value...]\n
 *
 * In every active bank the PCR is extended with that bank's hash of the line.
 */
#ifndef MEASURE_EVENT_H
#define MEASURE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/instance.h"

#define EVENT_LINE_MAX 512 /* bytes, newline included; the longest line is well below */
#define EVENT_NAME_MAX 128

/* PCRs that init extends; DESIGN: "PCRs". */
enum {
	EVENT_PCR_PLAN = 8,
	EVENT_PCR_CONTAINER = 13,
	EVENT_PCR_MODEL = 14,
	EVENT_PCR_IDENTITY = 15
};

/*
 * `ready` and `error` are extended into each of these, in this order: anything added later shows.
 */
#define EVENT_CAPPED_PCRS_N 4
extern const unsigned event_capped_pcrs[EVENT_CAPPED_PCRS_N]; /* 8, 13, 14, 15 */

struct event {
	unsigned pcr;
	char line[EVENT_LINE_MAX]; /* the measured bytes, then a NUL that is not measured */
	size_t len;		   /* without that NUL */
};

/*
 * Each fills ret_event whole. Names are 1 to EVENT_NAME_MAX characters of [A-Za-z0-9._+/-]; -EINVAL
 * otherwise, ret_event untouched. Digests are sha256 (-EINVAL otherwise).
 *   plan       8   digest of the whole plan file; name is "plan", size in bytes
 *   config     8   digest and size of the instance configuration's canonical text (instance.h), and
 *                  each key with its value; NULL, or one without keys: digest of zero bytes, name
 *                  "none"
 *   container  13  name of the image, digest and size of the EROFS file
 *   model      14  name, digest and size of a model; n_files: 0 for a file, else the digest is of
 *                  the list of so many (model.h)
 *   both           fsverity: the digest is that of fs-verity
 *   identity   15  name "tls", digest of the SubjectPublicKeyInfo of the gateway's TLS key, as DER
 *   ready      pcr name "ready", digest of zero bytes
 *   error      pcr name of the stage, digest of the reason's text
 */
int event_plan(const struct digest *digest, uint64_t size, struct event *ret_event);
int event_config(const struct instance *instance_or_null, struct event *ret_event);
int event_container(const char *name, const struct digest *digest, bool fsverity, uint64_t size,
		    struct event *ret_event);
int event_model(const char *name, const struct digest *digest, bool fsverity, uint64_t size,
		size_t n_files, struct event *ret_event);
int event_identity(const struct digest *spki, struct event *ret_event);
int event_ready(unsigned pcr, struct event *ret_event);
int event_error(unsigned pcr, const char *stage, const char *reason, struct event *ret_event);

/*
 * The instance configuration that a line is of, which has no keys if that is "none". 0, or -EPROTO
 * with ret_instance untouched if event_config() writes no such line.
 */
int event_config_read(const char *line, size_t len, struct instance *ret_instance);

/* The digest that goes into the PCR of one bank. */
void event_digest(const struct event *event, enum hash_alg bank, struct digest *ret_digest);

/*
 * One line of the runtime log, CEL-JSON (TCG Canonical Event Log Format, version 1.0, "JSON
 * encoding"), newline included:
 *
 *   {"recnum":0,"pcr":8,"digests":[{"hashAlg":"sha256","digest":"..."}],
 *    "content_type":"rampart/1","content":"<the measured line, \n escaped>"}
 *
 * @banks, @n_banks  the active banks in ascending enum order, 1 to _HASH_MAX
 * @ret_len          bytes written, without the closing NUL
 * -ENOSPC if it does not fit in size; EVENT_CEL_MAX always does.
 */
#define EVENT_CEL_MAX 2048
int event_cel(const struct event *event, uint64_t recnum, const enum hash_alg *banks,
	      size_t n_banks, char *buf, size_t size, size_t *ret_len);

#endif
