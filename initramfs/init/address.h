/* SPDX-License-Identifier: MIT */
/* The machine's one network interface and its address. */
#ifndef INIT_ADDRESS_H
#define INIT_ADDRESS_H

#include "initramfs/common/lease.h"

#define INTERFACE "eth0"

/* A link that is up already lets the first DHCP request leave at once. */
int link_up(void);

/* Address, mask and default route, judged before. 0, or negative errno with the reason noted. */
int address_set(const struct lease *lease);

#endif
