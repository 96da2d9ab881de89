/* SPDX-License-Identifier: MIT */
/* What may be watched, and that it tells of no request alone: metrics.h of the gateway. */
#include "initramfs/gateway/metrics.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/openmetrics.h"
#include "tests/lib/tap.h"

#define S   INT64_C(1000000000)
#define MIB (UINT64_C(1) << 20)

static const char *text_at(int64_t seconds)
{
	static char text[16384];
	struct span span = metrics_text(seconds * S, 1000 * MIB + 1);

	snprintf(text, sizeof(text), "%.*s", (int)span.left, (const char *)span.p);
	return text;
}

static long long connections(int64_t seconds)
{
	return openmetrics_of(text_at(seconds), "rampart_connections_total");
}

static void test_text(void)
{
	const char *text = text_at(0);

	ok(openmetrics_ok(text), "it is OpenMetrics");
	is_int(openmetrics_of(text, "rampart_memory_available_bytes"), 960 * (int64_t)MIB,
	       "memory is rounded");
	is_int(openmetrics_of(text, "rampart_uptime_seconds"), 0, "it has just begun");
	ok(openmetrics_of(text, "rampart_refused_total{reason=\"busy\"}") == 0 &&
		   openmetrics_of(text, "rampart_answers_total{class=\"5xx\"}") == 0 &&
		   openmetrics_of(text, "rampart_sent_bytes_total") == 0,
	   "every name is there before anything happens");
	ok(strstr(strstr(text, "{reason=\"busy\"}") + 1, "{reason=\"busy\"}") == NULL,
	   "and each is there once");
}

static void test_minute(void)
{
	const int64_t first = connections(0);

	metrics_count(METRIC_CONNECTIONS, 1000);
	is_int(connections(59), first, "nothing changes within a minute");
	ok(connections(60) >= 992 && connections(60) <= 1008, "then it does, rounded");
	is_int(openmetrics_of(text_at(60), "rampart_uptime_seconds"), 60, "and so does the time");
	metrics_count(METRIC_CONNECTIONS, 500);
	ok(connections(119) <= 1008 && connections(120) >= 1488, "the next one is a minute later");
	ok(openmetrics_ok(text_at(120)), "it is OpenMetrics still");
}

/* Of 16 that are one apart, about half are told as more; the same sum is never told in two ways. */
static void test_rounding(void)
{
	int64_t now = 1000, before = connections(now), more = 0, other = 0;

	for (int i = 0; i < 400; i++) {
		int64_t is;

		now += 60;
		is = connections(now);
		other += is != before;
	}
	is_int(other, 0, "what was drawn once is kept");
	metrics_count(METRIC_CONNECTIONS, (uint64_t)(before + 16 * 8 - 1500 - 4));
	for (int i = 0; i < 800; i++) {
		int64_t is;

		metrics_count(METRIC_CONNECTIONS, 8);
		now += 60;
		is = connections(now);
		ok(is % 16 == 0 && is >= before, "a multiple of the step, never less than before");
		more += is == before;
		before = is;
	}
	ok(more > 200 && more < 600, "half a step is seen as one or as none, at random");
}

static void test_answers(void)
{
	const char *text;

	for (int i = 0; i < 160; i++) {
		metrics_answer(200);
		metrics_answer(404);
		metrics_count(METRIC_REFUSED + REFUSAL_QUEUE, 1);
		metrics_count(METRIC_REFUSED + REFUSAL_MEMORY, 1);
	}
	metrics_answer(100);
	metrics_answer(600);
	metrics_count(METRIC_SENT, 640 * MIB);
	metrics_count(METRIC_RECEIVED, 1);
	text = text_at(10000000);
	ok(openmetrics_ok(text), "it is OpenMetrics in the end");
	is_int(openmetrics_of(text, "rampart_answers_total{class=\"2xx\"}"), 160, "200 is 2xx");
	is_int(openmetrics_of(text, "rampart_answers_total{class=\"4xx\"}"), 160, "404 is 4xx");
	is_int(openmetrics_of(text, "rampart_answers_total{class=\"5xx\"}"), 0, "others are none");
	is_int(openmetrics_of(text, "rampart_refused_total{reason=\"busy\"}"), 320,
	       "two refusals of one reason");
	is_int(openmetrics_of(text, "rampart_sent_bytes_total"), 640 * (int64_t)MIB, "bytes");
}

static void test_reader(void)
{
	static const char *const bad[] = {
		"",
		"# EOF",
		"a_total 1\n# EOF\n",
		"# TYPE a counter\na 1\n# EOF\n",
		"# TYPE a counter\na_total 1.\n# EOF\n",
		"# TYPE a counter\na_total{b=\"c} 1\n# EOF\n",
		"# TYPE a counter\n# UNIT a bytes\na_total 1\n# EOF\n",
		"# TYPE a counter\na_total 1\n# EOF\nx\n",
		"# TYPE a gauge\nb 1\n# EOF\n",
		"# TYPE a gauge\n# HELP b x\na 1\n# EOF\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!openmetrics_ok(bad[i]), "the test's reader refuses what is none");
	ok(openmetrics_ok("# TYPE a_bytes counter\n# UNIT a_bytes bytes\n# HELP a_bytes x y\n"
			  "a_bytes_total{b=\"c\"} 1\n# EOF\n"),
	   "and takes what is one");
}

int main(void)
{
	test_reader();
	test_text();
	test_minute();
	test_rounding();
	test_answers();
	return tap_done();
}
