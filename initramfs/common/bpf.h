/* SPDX-License-Identifier: MIT */
/* What a filter of system calls says, without a kernel. */
#ifndef INITRAMFS_COMMON_BPF_H
#define INITRAMFS_COMMON_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The verdict (SECCOMP_RET_*, with its data) of a filter of n instructions on one call. Knows the
 * instructions that libseccomp writes; of any other, as of a filter without an end, it says
 * SECCOMP_RET_KILL_THREAD, which none of ours says.
 * Source: Linux, Documentation/networking/filter.rst, "BPF engine and instruction set".
 */
uint32_t bpf_verdict(const struct sock_filter *filter, size_t n, const struct seccomp_data *call);

#endif
