/* SPDX-License-Identifier: MIT */
/* The machine's network cards: those that an address may be set on. */
#ifndef INIT_NIC_H
#define INIT_NIC_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NICS_MAX    64
#define NIC_MAC_LEN 6

struct nic {
	int index;
	char name[IF_NAMESIZE];
	uint8_t mac[NIC_MAC_LEN];
	uint32_t mtu;
	bool carrier;
	bool slave; /* of another interface */
	bool vmbus; /* Hyper-V's own card (netvsc), or what else is on its bus */
};

/*
 * The interfaces of Ethernet, at most NICS_MAX, in the order in which the kernel found them. 0, or
 * negative errno.
 */
int nics_read(struct nic ret[static NICS_MAX], size_t *ret_n);

/*
 * Whether nics[i] may have an address: not if it is the slave of another, nor if Hyper-V's own card
 * has the same hardware address. That is how a faster way to the same network looks before the
 * card's driver has taken it.
 */
bool nic_usable(const struct nic *nics, size_t n, size_t i);

/* These return 0 or negative errno. */
int nic_up(const struct nic *nic, bool up);
int nic_set_mtu(const struct nic *nic, uint32_t mtu);

#endif
