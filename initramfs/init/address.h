/* SPDX-License-Identifier: MIT */
/* The machine's one network interface and its address. */
#ifndef INIT_ADDRESS_H
#define INIT_ADDRESS_H

#include "initramfs/common/lease.h"

#define INTERFACE "eth0"

/* Brings the link up early, so that the first DHCP request leaves at once. */
int link_up(void);

/*
 * Sets address, mask and default route, which were validated before. 0, or negative errno with the
 * reason noted.
 */
int address_set(const struct lease *lease);

#endif
