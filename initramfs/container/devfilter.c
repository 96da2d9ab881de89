/* SPDX-License-Identifier: MIT */
#include "initramfs/container/devfilter.h"

#include <errno.h>

enum { R0, R1, R2, R3, R4 };

static struct bpf_insn load(uint8_t to, size_t off)
{
	return (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W,
				  .dst_reg = to & 15,
				  .src_reg = R1, /* where the program finds its struct */
				  .off = (int16_t)off };
}

static struct bpf_insn compute(uint8_t operation, uint8_t reg, uint32_t value)
{
	return (struct bpf_insn){ .code = BPF_ALU | operation | BPF_K,
				  .dst_reg = reg & 15,
				  .imm = (int32_t)value };
}

/* Over so many instructions. */
static struct bpf_insn jump(uint8_t condition, uint8_t reg, uint32_t value, size_t over)
{
	return (struct bpf_insn){ .code = BPF_JMP32 | condition | BPF_K,
				  .dst_reg = reg & 15,
				  .off = (int16_t)over,
				  .imm = (int32_t)value };
}

int devfilter_make(const struct devfilter_node *nodes, size_t n,
		   struct bpf_insn ret_code[static DEVFILTER_MAX])
{
	struct bpf_insn *p = ret_code;

	if (n > DEVFILTER_NODES_MAX)
		return -EFBIG;
	*p++ = load(R2, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	*p++ = load(R3, offsetof(struct bpf_cgroup_dev_ctx, major));
	*p++ = load(R4, offsetof(struct bpf_cgroup_dev_ctx, minor));
	*p++ = compute(BPF_AND, R2, 0xffff); /* the kind of device; above is the access */
	*p++ = compute(BPF_MOV, R0, 1);
	*p++ = jump(BPF_JNE, R2, BPF_DEVCG_DEV_CHAR, 2 * n);
	for (size_t i = 0; i < n; i++) {
		*p++ = jump(BPF_JNE, R3, nodes[i].major, 1);
		*p++ = jump(BPF_JEQ, R4, nodes[i].minor, 2 * (n - i - 1) + 1);
	}
	*p++ = compute(BPF_MOV, R0, 0);
	*p++ = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	return (int)(p - ret_code);
}
