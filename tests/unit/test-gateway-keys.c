/* SPDX-License-Identifier: MIT */
/* Who asks, and how often: keys.h and rate.h of the gateway. */
#include "initramfs/gateway/keys.h"
#include "initramfs/gateway/rate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/tap.h"

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

/* What sha256sum(1) says of these tokens. */
#define OLD "first-of-alice"
#define NEW "second-of-alice"
#define BOB "bob's"
static const char *const hashes[] = {
	"99ef10dc6200f4a3942dfe459162974d00667a5fbd776b4e15bb084fae0c1091",
	"4388d674b0ccbaa93616085579a85060843db32513c22b8d2d352b3b7623b21b",
	"ee27442e4ca26b4c7944f1ac68c9fd5c995e84a2cd04b2bad3c41e4b232478f2",
};

static struct plan plan;

static void make_plan(void)
{
	static const char *const names[] = { "alice", "alice", "bob" };

	for (size_t i = 0; i < 3; i++) {
		plan.token[i].name = names[i];
		if (digest_from_hex(HASH_SHA256, hashes[i], 64, &plan.token[i].digest) < 0)
			printf("Bail out! a hash\n");
	}
	plan.n_token = 3;
}

static int client_of(const char *fields)
{
	struct http_request request;
	char head[512];
	int len = snprintf(head, sizeof(head), "GET /a HTTP/1.1\r\nhost: r\r\n%s\r\n", fields);

	if (http_parse_request(span_of(head, (size_t)len), &request) < 0)
		return -EBADMSG;
	return keys_client(&plan, &request);
}

static void test_keys(void)
{
	static const struct {
		const char *fields;
		int client;
	} cases[] = {
		{ "authorization: Bearer " OLD "\r\n", 0 },
		{ "Authorization:bearer  " NEW " \r\n", 0 },
		{ "AUTHORIZATION: BEARER " BOB "\r\n", 2 },
		{ "", -EACCES },
		{ "authorization: Bearer\r\n", -EACCES },
		{ "authorization: Bearer \r\n", -EACCES },
		{ "authorization: Basic " OLD "\r\n", -EACCES },
		{ "authorization: " OLD "\r\n", -EACCES },
		{ "authorization: Bearer " OLD "x\r\n", -EACCES },
		{ "authorization: Bearer first-of-alic\r\n", -EACCES },
		{ "authorization: Bearer " OLD " " NEW "\r\n", -EACCES },
		{ "authorization: Bearer " OLD "\r\nauthorization: Bearer " OLD "\r\n", -EACCES },
		{ "authorization: Bearer x\r\nauthorization: Bearer " OLD "\r\n", -EACCES },
		{ "proxy-authorization: Bearer " OLD "\r\n", -EACCES },
		{ "x-api-key: " OLD "\r\n", -EACCES },
	};
	char hash[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(client_of(cases[i].fields), cases[i].client,
		       cases[i].fields[0] ? cases[i].fields : "none");
	snprintf(hash, sizeof(hash), "authorization: Bearer %s\r\n", hashes[0]);
	is_int(client_of(hash), -EACCES, "what the plan tells everybody is no key");
}

/* So many requests pass from `from` on, one every step_ns, of n. */
static int passed(struct rate_bucket *bucket, const struct plan_rate *rate, int64_t from,
		  int64_t step_ns, int n)
{
	int count = 0;

	for (int i = 0; i < n; i++) {
		int64_t now = from + i * step_ns;

		if (rate_wait(bucket, rate, now) > 0)
			continue;
		rate_take(bucket, rate, now);
		count++;
	}
	return count;
}

static void test_rate(void)
{
	static const struct plan_rate ten = { 10, 1 }, minute = { 3, 60 }, one = { 1, 3600 },
				      most = { 1000000, 1 };
	struct rate_bucket b = { 0 };

	is_int(passed(&b, &ten, 5 * S, 0, 100), 10, "so many at once");
	is_int(rate_wait(&b, &ten, 5 * S), S / 10, "then one is waited for");
	is_int(rate_wait(&b, &ten, 5 * S + 40 * MS), 60 * MS, "less long, later");
	is_int(passed(&b, &ten, 5 * S + 100 * MS, 0, 100), 1, "and is there");
	is_int(passed(&b, &ten, 6 * S, 0, 100), 9, "the others come back one by one");
	is_int(passed(&b, &ten, 1000 * S, 0, 100), 10, "and never more than there were");
	b = (struct rate_bucket){ 0 };
	is_int(passed(&b, &ten, S, 10 * MS, 1000), 10 + 99, "ten seconds of too many");
	b = (struct rate_bucket){ 0 };
	is_int(passed(&b, &minute, 0, S, 120), 3 + 5, "two minutes, at three a minute");
	b = (struct rate_bucket){ 0 };
	is_int(passed(&b, &one, 0, 60 * S, 61), 2, "one an hour, asked for every minute");
	b = (struct rate_bucket){ 0 };
	is_int(passed(&b, &most, 0, 0, 1000001), 1000000, "the highest rate");
}

int main(void)
{
	make_plan();
	test_keys();
	test_rate();
	return tap_done();
}
