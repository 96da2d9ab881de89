/* SPDX-License-Identifier: MIT */
#include "initramfs/common/bpf.h"

#include <stdbool.h>
#include <string.h>

uint32_t bpf_verdict(const struct sock_filter *filter, size_t n, const struct seccomp_data *call)
{
	uint32_t a = 0;

	for (size_t i = 0; i < n; i++) {
		const struct sock_filter f = filter[i];
		bool yes = false;

		switch (f.code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f.k > sizeof(*call) - sizeof(a))
				return 0;
			memcpy(&a, (const char *)call + f.k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f.k;
			continue;
		case BPF_RET | BPF_K:
			return f.k;
		case BPF_JMP | BPF_JA:
			i += f.k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == f.k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= f.k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > f.k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = a & f.k;
			break;
		default:
			return 0;
		}
		i += yes ? f.jt : f.jf;
	}
	return 0;
}
