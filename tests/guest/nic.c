/* SPDX-License-Identifier: MIT */
/* Which interfaces may have an address, and what init reads of those that there are. */
#define _GNU_SOURCE
#include "initramfs/init/nic.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "measure/lib/array.h"
#include "tests/lib/tap.h"

#define MAC(n) { 2, 0, 0, 0, 0, n }

static void test_usable(void)
{
	/* As on Azure: the fast card's driver found it before, or after, Hyper-V's own. */
	static const struct nic cards[] = {
		{ .index = 2, .mac = MAC(1) },
		{ .index = 3, .mac = MAC(1), .vmbus = true },
		{ .index = 4, .mac = MAC(2), .vmbus = true },
		{ .index = 5, .mac = MAC(2), .slave = true },
		{ .index = 6, .mac = MAC(3) },
		{ .index = 7, .mac = MAC(4) },
		{ .index = 8, .mac = MAC(4) },
		{ .index = 9, .mac = MAC(5), .slave = true },
	};
	static const struct {
		bool usable;
		const char *name;
	} wants[] = {
		{ false, "the address of Hyper-V's card, before it is its slave" },
		{ true, "Hyper-V's card with a faster one" },
		{ true, "Hyper-V's card with its slave" },
		{ false, "a slave of Hyper-V's card" },
		{ true, "a card by itself" },
		{ true, "one of two with the same address, without Hyper-V" },
		{ true, "the other of them" },
		{ false, "a slave of another kind" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cards); i++)
		is_int(nic_usable(cards, ARRAY_SIZE(cards), i), wants[i].usable, wants[i].name);
}

static struct nic nics[NICS_MAX];
static size_t n_nics;

static const struct nic *find(const char *name)
{
	for (size_t i = 0; i < n_nics; i++)
		if (!strcmp(nics[i].name, name))
			return &nics[i];
	tap_bail_out(name, __FILE__, __LINE__);
}

static void test_read(void)
{
	static const uint8_t mac[NIC_MAC_LEN] = MAC(7);
	struct nic far;

	must(unshare(CLONE_NEWNET) == 0);
	n_nics = 99;
	is_int(nics_read(nics, &n_nics), 0, "a machine with loopback alone");
	is_int((int64_t)n_nics, 0, "has no card");
	must(system("ip link add far type veth peer name near && "
		    "ip link set near address 02:00:00:00:00:07 mtu 1400 up") == 0);
	is_int(nics_read(nics, &n_nics), 0, "two ends of a line");
	is_int((int64_t)n_nics, 2, "are two cards");
	ok(nics[0].index < nics[1].index, "in the order of their index");
	ok(!memcmp(find("near")->mac, mac, sizeof(mac)), "its hardware address");
	is_int(find("near")->mtu, 1400, "its MTU");
	ok(!find("near")->slave && !find("near")->vmbus, "it is nobody's");
	ok(!find("near")->carrier, "no carrier while the other end is down");
	far = *find("far");
	is_int(nic_up(&far, true), 0, "the other end comes up");
	is_int(nics_read(nics, &n_nics), 0, "and is read again");
	ok(find("near")->carrier && find("far")->carrier, "now both have a carrier");
	is_int(nic_set_mtu(&far, 1460), 0, "an MTU is set");
	is_int(nics_read(nics, &n_nics), 0, "and read");
	is_int(find("far")->mtu, 1460, "as it was set");
	is_int(nic_up(&far, false), 0, "the other end goes down");
	is_int(nics_read(nics, &n_nics), 0, "and is read again");
	ok(!find("near")->carrier, "and there is no carrier");
	must(system("for i in $(seq 100); do echo link add v$i type veth; done | ip -batch -") ==
	     0);
	is_int(nics_read(nics, &n_nics), 0, "more cards than there is room for");
	is_int((int64_t)n_nics, NICS_MAX, "are as many as there is");
}

int main(void)
{
	test_usable();
	if (geteuid() == 0)
		test_read();
	else
		tap_skip("what is read of interfaces", "only root can make them");
	return tap_done();
}
