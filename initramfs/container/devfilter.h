/* SPDX-License-Identifier: MIT */
/*
 * The device filter of a control group: a program that the kernel asks before a process of the
 * group opens or makes a device node.
 */
#ifndef CONTAINER_DEVFILTER_H
#define CONTAINER_DEVFILTER_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#define DEVFILTER_NODES_MAX 32 /* five memory devices, PLAN_DEVICES_MAX, and some room */
#define DEVFILTER_MAX	    (8 + 2 * DEVFILTER_NODES_MAX) /* instructions */

/* A character device. */
struct devfilter_node {
	uint32_t major, minor;
};

/*
 * Writes the program, of type BPF_PROG_TYPE_CGROUP_DEVICE: 1 (allowed) for exactly the n character
 * devices of nodes, whatever is to be done with them; 0 (denied) for every other and for every
 * block device.
 *
 * @nodes     in any order, also twice; may be NULL if n is 0, which denies everything.
 * @ret_code  room for the longest program. What comes after the last instruction is untouched.
 *
 * Returns the number of instructions, at least 1 and at most DEVFILTER_MAX, or -EFBIG with ret_code
 * untouched if n is over DEVFILTER_NODES_MAX. No allocation, no I/O.
 *
 * Source: Linux, Documentation/admin-guide/cgroup-v2.rst, "Device controller"; what the program
 * gets and how it answers: include/uapi/linux/bpf.h, struct bpf_cgroup_dev_ctx; instructions:
 * Documentation/bpf/standardization/instruction-set.rst (RFC 9669), "Instruction encoding".
 */
int devfilter_make(const struct devfilter_node *nodes, size_t n,
		   struct bpf_insn ret_code[static DEVFILTER_MAX]);

#endif
