/* SPDX-License-Identifier: MIT */
/* What a lease says of an interface, from a server or as configured, which was validated before. */
#ifndef INIT_ADDRESS_H
#define INIT_ADDRESS_H

#include "initramfs/common/lease.h"
#include "initramfs/init/nic.h"

/*
 * Sets address, MTU and routes; where two routes lead to the same network the first counts. An MTU
 * that the card does not do leaves it with its own. 0, or negative errno with the reason noted.
 */
int address_set(const struct nic *nic, const struct lease *lease);

/* Takes the lease's address from the interface, and with it all of its routes. */
void address_clear(const struct nic *nic, const struct lease *lease);

#endif
