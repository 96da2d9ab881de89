/* SPDX-License-Identifier: MIT */
/* Where connections come from, and at whose cost one more may come (initramfs/gateway/source.h). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "initramfs/gateway/source.h"
#include "tests/lib/tap.h"

#define ALL 8 /* of a kind; a share is 6 */

static struct source *of(const char *address)
{
	struct sockaddr_storage peer = { 0 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		memcpy(&peer, &v4, sizeof(v4));
	else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1)
		memcpy(&peer, &v6, sizeof(v6));
	return source_take(&peer);
}

static bool same(const char *a, const char *b)
{
	struct source *first = of(a), *second = of(b);
	bool is_same = first == second;

	source_give(first);
	source_give(second);
	return is_same;
}

static void add(struct source *source, size_t n)
{
	while (n-- > 0)
		source_add(source, SOURCE_INNER);
}

static void drop(struct source *source, size_t n)
{
	while (n-- > 0)
		source_drop(source, SOURCE_INNER);
}

static void test_addresses(void)
{
	ok(same("192.0.2.1", "192.0.2.1"), "an IPv4 address is a source");
	ok(!same("192.0.2.1", "192.0.2.2"), "another one is another");
	ok(same("2001:db8::1", "2001:db8::ffff:2"), "the same /64 is one source");
	ok(!same("2001:db8::1", "2001:db8:0:1::1"), "another /64 is another");
	ok(same("::ffff:192.0.2.1", "192.0.2.1"), "an IPv4 address in an IPv6 one is itself");
	ok(!same("::c000:201", "192.0.2.1"), "and no /64 is an IPv4 address");
}

static void test_many(void)
{
	static struct source *sources[10000];
	int wrong = 0;

	for (int i = 0; i < 10000; i++) {
		char address[32];

		snprintf(address, sizeof(address), "10.0.%d.%d", i >> 8, i & 0xff);
		sources[i] = of(address);
		add(sources[i], 1);
	}
	for (int i = 0; i < 10000; i++) {
		char address[32];
		struct source *again;

		snprintf(address, sizeof(address), "10.0.%d.%d", i >> 8, i & 0xff);
		again = of(address);
		wrong += again != sources[i];
		source_give(again);
	}
	is_int(wrong, 0, "ten thousand are told apart");
	is_int((int64_t)source_most(SOURCE_INNER), 1, "none of them has more than one");
	for (int i = 0; i < 10000; i++) {
		drop(sources[i], 1);
		source_give(sources[i]);
	}
	is_int((int64_t)source_most(SOURCE_INNER), 0, "and none is left");
}

/* Three quarters of few are at least one, and not all where that can be. */
static void test_few(void)
{
	static const size_t share[] = { 1, 2, 3, 3, 4, 5, 6, 6, 7 };

	for (size_t all = 1; all <= sizeof(share) / sizeof(share[0]); all++) {
		struct source *a = of("192.0.2.77");
		size_t n = 0;

		while (source_cost(a, SOURCE_RUNNING, all) == SOURCE_NOBODYS && n < all) {
			source_add(a, SOURCE_RUNNING);
			n++;
		}
		is_int((int64_t)n, (int64_t)share[all - 1], "the share of a few");
		while (n-- > 0)
			source_drop(a, SOURCE_RUNNING);
		source_give(a);
	}
}

static void test_cost(void)
{
	struct source *a = of("192.0.2.1"), *b = of("192.0.2.2"), *c = of("192.0.2.3");

	add(a, 5);
	is_int(source_cost(a, SOURCE_INNER, ALL), SOURCE_NOBODYS, "below its share, one more");
	add(a, 1);
	is_int(source_cost(a, SOURCE_INNER, ALL), SOURCE_OWN, "its share is three quarters");
	is_int(source_cost(a, SOURCE_CONNS, ALL), SOURCE_NOBODYS, "each kind has its own");
	is_int(source_cost(b, SOURCE_INNER, ALL), SOURCE_NOBODYS, "the rest is for others");
	add(b, 2);
	is_int(source_cost(b, SOURCE_INNER, ALL), SOURCE_LARGEST,
	       "when all are taken, who has most gives way to another,");
	is_int(source_cost(c, SOURCE_INNER, ALL), SOURCE_LARGEST, "and to whoever comes anew");
	drop(a, 3);
	add(b, 1);
	add(c, 2);
	is_int((int64_t)source_most(SOURCE_INNER), 3, "several may have most");
	is_int(source_cost(b, SOURCE_INNER, ALL), SOURCE_OWN,
	       "then each of them gives way itself,");
	is_int(source_cost(c, SOURCE_INNER, ALL), SOURCE_LARGEST, "and any of them to the others");
	drop(a, 3);
	drop(b, 3);
	drop(c, 2);
	source_give(a);
	source_give(b);
	source_give(c);
}

int main(void)
{
	source_init(UINT64_C(0x9e3779b97f4a7c15));
	test_addresses();
	test_many();
	test_few();
	test_cost();
	return tap_done();
}
