/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/metrics.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "measure/lib/array.h"

#define NS	  INT64_C(1000000000)
#define TEXT_SIZE 8192 /* twice what there is with numbers of 20 digits */

static struct sum {
	uint64_t n;
	uint64_t rounded, n_rounded; /* what is told, and n when that was drawn */
} sums[_METRICS];

static char text[TEXT_SIZE];
static size_t text_len;
static int64_t made_ns;

void metrics_count(enum metric metric, uint64_t n)
{
	sums[metric].n += n;
}

void metrics_answer(unsigned status)
{
	if (status >= 200 && status < 600)
		metrics_count(METRIC_2XX + status / 100 - 2, 1);
}

static uint64_t step_of(enum metric metric)
{
	return metric == METRIC_RECEIVED || metric == METRIC_SENT ? METRICS_STEP_BYTES
								  : METRICS_STEP;
}

/* Up or down, the more likely the nearer; never down from what was told before. */
static bool round_all(void)
{
	uint32_t random[_METRICS];

	if (RAND_bytes((uint8_t *)random, sizeof(random)) != 1)
		return false;
	for (enum metric i = 0; i < _METRICS; i++) {
		uint64_t step = step_of(i), up = (sums[i].n + random[i] % step) / step * step;

		if (sums[i].n == sums[i].n_rounded)
			continue;
		sums[i].n_rounded = sums[i].n;
		if (up > sums[i].rounded)
			sums[i].rounded = up;
	}
	return true;
}

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void put(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text + text_len, TEXT_SIZE - text_len, format, args);
	va_end(args);
	if (n > 0 && (size_t)n < TEXT_SIZE - text_len)
		text_len += (size_t)n;
}

static void put_family(const char *name, const char *type, const char *unit, const char *help)
{
	put("# TYPE rampart_%s %s\n", name, type);
	if (unit)
		put("# UNIT rampart_%s %s\n", name, unit);
	put("# HELP rampart_%s %s\n", name, help);
}

static void put_sums(void)
{
	static const struct {
		enum metric metric;
		const char *name, *unit, *help;
	} all[] = {
		{ METRIC_CONNECTIONS, "connections", NULL, "Connections of clients." },
		{ METRIC_HANDSHAKES, "handshakes", NULL, "TLS handshakes that were completed." },
		{ METRIC_RECEIVED, "received_bytes", "bytes", "Bytes from clients inside TLS." },
		{ METRIC_SENT, "sent_bytes", "bytes", "Bytes to clients inside TLS." },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		put_family(all[i].name, "counter", all[i].unit, all[i].help);
		put("rampart_%s_total %" PRIu64 "\n", all[i].name, sums[all[i].metric].rounded);
	}
}

/* Whether an earlier one has the same code; those are one reason. */
static bool was_there(size_t refusal)
{
	for (size_t i = 0; i < refusal; i++)
		if (!strcmp(refusals[i].code, refusals[refusal].code))
			return true;
	return false;
}

static void put_labelled(void)
{
	put_family("answers", "counter", NULL, "Answers by the class of their status.");
	for (unsigned i = 0; i < 4; i++)
		put("rampart_answers_total{class=\"%uxx\"} %" PRIu64 "\n", i + 2,
		    sums[METRIC_2XX + i].rounded);
	put_family("refused", "counter", NULL, "Requests that were refused, by reason.");
	for (size_t i = 0; i < _REFUSALS; i++) {
		uint64_t n = 0;

		for (size_t k = i; k < _REFUSALS; k++)
			if (!strcmp(refusals[i].code, refusals[k].code))
				n += sums[METRIC_REFUSED + k].rounded;
		if (!was_there(i))
			put("rampart_refused_total{reason=\"%s\"} %" PRIu64 "\n", refusals[i].code,
			    n);
	}
}

struct span metrics_text(int64_t now_ns, uint64_t memory)
{
	if (text_len > 0 && now_ns - made_ns < METRICS_S * NS)
		return span_of(text, text_len);
	if (!round_all())
		return span_of(text, text_len);
	made_ns = now_ns;
	text_len = 0;
	put_sums();
	put_labelled();
	put_family("uptime_seconds", "gauge", "seconds", "How long the gateway has served.");
	put("rampart_uptime_seconds %" PRId64 "\n", now_ns / NS / METRICS_S * METRICS_S);
	put_family("memory_available_bytes", "gauge", "bytes", "Memory that nothing uses.");
	put("rampart_memory_available_bytes %" PRIu64 "\n# EOF\n",
	    memory / METRICS_STEP_BYTES * METRICS_STEP_BYTES);
	return span_of(text, text_len);
}
