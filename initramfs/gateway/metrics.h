/* SPDX-License-Identifier: MIT */
/*
 * What may be watched of the gateway (the plan's gateway.metrics): sums that tell of nobody. Their
 * names are fixed, and nothing in them comes from a client or the container. They change once in
 * METRICS_S at most, and are rounded at random to a multiple of METRICS_STEP, and of
 * METRICS_STEP_BYTES if they are bytes; what was drawn is kept until the sum has changed, so that
 * asking again tells no more. One request is not seen in them: whoever knows all others, because he
 * makes them, needs hundreds of minutes with and without it.
 *
 * As text: OpenMetrics 1.0, section "Text format".
 */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "initramfs/gateway/refusal.h"
#include "measure/lib/span.h"

#define METRICS_S	   60
#define METRICS_STEP	   16
#define METRICS_STEP_BYTES (UINT64_C(64) << 20)
#define METRICS_TYPE	   "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum metric {
	METRIC_CONNECTIONS,
	METRIC_HANDSHAKES, /* that were whole */
	METRIC_RECEIVED,   /* bytes of clients, without what TLS adds */
	METRIC_SENT,
	METRIC_2XX, /* answers, of the container and our own */
	METRIC_3XX,
	METRIC_4XX,
	METRIC_5XX,
	METRIC_REFUSED, /* and the REFUSALs after it */
	_METRICS = METRIC_REFUSED + _REFUSALS
};

void metrics_count(enum metric metric, uint64_t n);

/* An answer of that status, 200 to 599. */
void metrics_answer(unsigned status);

/*
 * The text, which is the same until METRICS_S after the call that made it. now_ns: of one clock
 * that only goes forward, from 0 when the gateway began; memory: bytes that are free. The span is
 * valid until the next call; empty if there is no randomness.
 */
struct span metrics_text(int64_t now_ns, uint64_t memory);

#endif
