/* SPDX-License-Identifier: MIT */
#include "initramfs/init/network.h"

#include <arpa/inet.h>
#include <signal.h>

#include "initramfs/common/reason.h"
#include "initramfs/init/address.h"
#include "initramfs/init/console.h"

#define SECONDS_UNSAID 3600 /* what udhcpc itself takes then */

/* Half of its time: RFC 2131, section 4.4.5. */
static int64_t renew_after_ms(const struct lease *lease)
{
	int64_t half = (int64_t)(lease->seconds ? lease->seconds : SECONDS_UNSAID) * 500;

	if (half < RENEW_MIN_MS)
		return RENEW_MIN_MS;
	return half < RENEW_MAX_MS ? half : RENEW_MAX_MS;
}

static void say_address(const struct network *n)
{
	const struct in_addr in = { htonl(n->lease.ip) };
	char ip[INET_ADDRSTRLEN] = "";

	(void)inet_ntop(AF_INET, &in, ip, sizeof(ip));
	say("ADDRESS %s %s/%d", n->nic.name, ip, __builtin_popcount(n->lease.mask));
}

static int set(struct network *n, const struct lease *lease)
{
	int r = address_set(&n->nic, lease);

	if (r < 0)
		return r;
	n->lease = *lease;
	say_address(n);
	return 0;
}

/* Another lease than the one that it has, which comes back if the kernel does not take this one. */
static int change(struct network *n, const struct lease *lease)
{
	const struct lease before = n->lease;
	int r;

	address_clear(&n->nic, &before);
	r = set(n, lease);
	if (r == 0)
		return 0;
	address_clear(&n->nic, lease);
	if (address_set(&n->nic, &before) < 0)
		n->lease = (struct lease){ 0 }; /* it has none, and whatever comes next differs */
	return r;
}

static void wait_for_half(struct network *n, const struct lease *lease, int64_t now_ms)
{
	n->next_ms = now_ms + renew_after_ms(lease);
	n->backoff = (struct backoff){ 0 };
	n->failing = false;
}

/* The machine goes on with what it has. */
static void try_again(struct network *n, int64_t now_ms)
{
	if (!n->failing)
		say("RENEWAL %s; trying again", reason());
	reason_forget();
	n->failing = true;
	n->next_ms = backoff_next(&n->backoff, n->started_ms, now_ms, 2 * (int64_t)DHCP_WAIT_MS);
}

/* What the configuration says goes before what a server says. */
static void take_mtu(const struct network *n, struct lease *lease)
{
	if (n->mtu)
		lease->mtu = n->mtu;
}

int network_set(struct network *n, const struct lease *lease, int64_t now_ms)
{
	struct lease first = *lease;
	int r;

	take_mtu(n, &first);
	r = set(n, &first);
	if (r == 0)
		wait_for_half(n, &first, now_ms);
	return r;
}

void network_name(struct network *n, const char *hostname)
{
	n->hostname = hostname;
	n->next_ms = 0;
}

int network_wait_ms(const struct network *n, int64_t now_ms)
{
	return n->next_ms > now_ms ? (int)(n->next_ms - now_ms) : 0;
}

void network_turn(struct network *n, int64_t now_ms)
{
	if (now_ms < n->next_ms)
		return;
	if (n->fixed) {
		n->next_ms = now_ms + RENEW_MAX_MS;
		return;
	}
	if (n->dhcp.pid) {
		(void)kill(-n->dhcp.pid, SIGKILL);
	} else {
		n->started_ms = now_ms;
		if (dhcp_start(&n->dhcp, n->nic.name, n->lease.ip, n->hostname, n->filter,
			       n->debug) < 0) {
			try_again(n, now_ms);
			return;
		}
	}
	n->next_ms = now_ms + DHCP_WAIT_MS;
}

bool network_ended(struct network *n, pid_t pid, int status, int64_t now_ms)
{
	struct lease lease;
	int r;

	if (n->dhcp.pid == 0 || pid != n->dhcp.pid)
		return false;
	r = dhcp_end(&n->dhcp, n->nic.name, status, &lease);
	if (r == 0)
		take_mtu(n, &lease);
	/* Connections outlive a renewal of the same address. */
	if (r == 0 && !lease_equal(&n->lease, &lease))
		r = change(n, &lease);
	if (r == 0)
		wait_for_half(n, &lease, now_ms);
	else
		try_again(n, now_ms);
	return true;
}
