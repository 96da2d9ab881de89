/* SPDX-License-Identifier: MIT */
/*
 * A /sys of copies: what programs ask to learn which processors and which of its devices a container
 * has. Made once, for every container of the machine; the machine's own /sys is in none of them.
 */
#ifndef INIT_SYSFS_H
#define INIT_SYSFS_H

#include <stdbool.h>

#include "measure/lib/plan.h"

/*
 * Copies what plan->sys shows:
 *
 *   cpu   devices/system/{cpu,node}: which processors and nodes of memory there are
 *   gpu   for each device of the plan that is there: its link in dev/char, and of the folders from it
 *         up to that of its PCI function, what libdrm looks at. With kfd, what ROCm does: class/kfd/kfd
 *         and, of devices/virtual/kfd/kfd/topology, the texts of the machine and, for each processor
 *         and GPU, of it and of its caches, memory and links (Linux, drivers/gpu/drm/amd/amdkfd/
 *         kfd_topology.c; libhsakmt, src/topology.c). Those of every GPU: a library passes over one
 *         whose node it does not find, and not over one without a text.
 *
 * Only regular files of at most 4096 bytes (what is longer is cut), and links, as they are. What the
 * machine does not have is left out.
 *
 * @from  a sysfs
 * @dev   the folder of device nodes
 * @to    an empty folder, whose file system bounds how much there can be
 *
 * Returns 0 or negative errno, with a part of it in to. Notes no reason.
 */
int sysfs_copy(const struct plan *plan, const char *from, const char *dev, const char *to);

/* Whether the sysfs at from knows a GPU that computes by kfd: one that is there and has started. */
bool sysfs_has_kfd_gpu(const char *from);

#endif
