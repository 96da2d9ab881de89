/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/source.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/span.h"

#define BUCKETS_BITS 12

static struct list buckets[1 << BUCKETS_BITS];
static struct list sources = LIST_EMPTY(sources);
static uint64_t multiplier;
static size_t totals[_SOURCE_KINDS];

void source_init(uint64_t seed)
{
	multiplier = seed | 1;
	for (size_t i = 0; i < ARRAY_SIZE(buckets); i++)
		list_init(&buckets[i]);
}

static uint64_t big_endian(const uint8_t *bytes, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* IPv4 addresses are put where IPv6 has multicast, which nothing comes from. */
static uint64_t of_ipv4(const uint8_t bytes[static 4])
{
	return UINT64_C(0xff) << 56 | big_endian(bytes, 4);
}

static uint64_t key_of(const struct sockaddr_storage *peer)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (peer->ss_family == AF_INET) {
		memcpy(&v4, peer, sizeof(v4));
		return of_ipv4((const uint8_t *)&v4.sin_addr);
	}
	if (peer->ss_family != AF_INET6)
		return 0;
	memcpy(&v6, peer, sizeof(v6));
	if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return of_ipv4(v6.sin6_addr.s6_addr + 12);
	return big_endian(v6.sin6_addr.s6_addr, 8);
}

struct source *source_take(const struct sockaddr_storage *peer)
{
	uint64_t key = key_of(peer);
	struct list *bucket = &buckets[key * multiplier >> (64 - BUCKETS_BITS)];
	struct source *source;

	for (struct list *link = bucket->next; link != bucket; link = link->next) {
		source = list_owner(link, struct source, bucket);
		if (source->key == key) {
			source->n_users++;
			return source;
		}
	}
	source = calloc(1, sizeof(*source));
	if (!source)
		return NULL;
	source->key = key;
	source->n_users = 1;
	share_init(&source->share);
	list_append(bucket, &source->bucket);
	list_append(&sources, &source->all);
	return source;
}

void source_give(struct source *source)
{
	if (--source->n_users > 0)
		return;
	share_end(&source->share);
	list_remove(&source->bucket);
	list_remove(&source->all);
	free(source);
}

void source_add(struct source *source, enum source_kind kind)
{
	source->n[kind]++;
	totals[kind]++;
}

void source_drop(struct source *source, enum source_kind kind)
{
	source->n[kind]--;
	totals[kind]--;
}

size_t source_total(enum source_kind kind)
{
	return totals[kind];
}

size_t source_most(enum source_kind kind)
{
	size_t most = 0;

	for (struct list *link = sources.next; link != &sources; link = link->next) {
		const struct source *source = list_owner(link, struct source, all);

		if (source->n[kind] > most)
			most = source->n[kind];
	}
	return most;
}

enum source_cost source_cost(const struct source *source, enum source_kind kind, size_t all)
{
	if (source->n[kind] >= all - all / 4)
		return SOURCE_OWN;
	if (totals[kind] < all)
		return SOURCE_NOBODYS;
	return source->n[kind] == source_most(kind) ? SOURCE_OWN : SOURCE_LARGEST;
}
