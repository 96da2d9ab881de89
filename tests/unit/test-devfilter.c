/* SPDX-License-Identifier: MIT */
/*
 * The programs run here, on an interpreter written from RFC 9669 ("BPF Instruction Set
 * Architecture") and its numbers, which knows only what they need and faults at anything else.
 */
#include "initramfs/container/devfilter.h"

#include <errno.h>

#include "tests/lib/tap.h"

/* struct bpf_cgroup_dev_ctx of linux/bpf.h, by its numbers. */
enum { BLOCK = 1, CHARACTER = 2 };
enum { FAULT = -1, DENY, ALLOW };

static struct bpf_insn code[DEVFILTER_MAX];
static int n_code;

struct machine {
	uint32_t word[3]; /* what R1 points to */
	uint32_t reg[11];
	unsigned known; /* a bit for each register that has a value */
	int pc;
	int result;
};

static uint32_t number(const uint8_t *p, int bytes)
{
	uint32_t value = 0;

	for (int i = 0; i < bytes; i++)
		value |= (uint32_t)p[i] << 8 * i;
	return value;
}

/* "Basic instruction encoding": opcode, registers (source above destination), offset, immediate. */
static int step(struct machine *m)
{
	uint8_t raw[8];
	unsigned dst, src;
	int32_t off;
	uint32_t imm;

	if (m->pc < 0 || m->pc >= n_code)
		return FAULT;
	memcpy(raw, &code[m->pc++], sizeof(raw));
	dst = raw[1] & 15;
	src = raw[1] >> 4;
	off = (int16_t)number(raw + 2, 2);
	imm = number(raw + 4, 4);
	if (dst > 9 ||
	    (raw[0] != 0xb4 && raw[0] != 0x61 && raw[0] != 0x95 && !(m->known >> dst & 1)))
		return FAULT;
	switch (raw[0]) {
	case 0x61: /* dst = *(u32 *)(src + offset) */
		if (src != 1 || dst == 1 || off < 0 || off > 8 || off % 4 != 0 || imm != 0)
			return FAULT;
		m->reg[dst] = m->word[off / 4];
		m->known |= 1u << dst;
		return 0;
	case 0x54: /* (u32)dst &= imm */
		m->reg[dst] &= imm;
		return src == 0 && off == 0 ? 0 : FAULT;
	case 0xb4: /* (u32)dst = imm */
		m->reg[dst] = imm;
		m->known |= 1u << dst;
		return src == 0 && off == 0 ? 0 : FAULT;
	case 0x16: /* if (u32)dst == imm goto +offset; forward, as whatever must end does */
	case 0x56: /* if (u32)dst != imm goto +offset */
		if ((m->reg[dst] == imm) == (raw[0] == 0x16))
			m->pc += off;
		return src == 0 && off >= 0 ? 0 : FAULT;
	case 0x95: /* exit with R0 */
		m->result = m->known & 1 && m->reg[0] <= 1 ? (int)m->reg[0] : FAULT;
		return dst == 0 && src == 0 && off == 0 && imm == 0 ? 1 : FAULT;
	default:
		return FAULT;
	}
}

static int run(uint32_t type, uint32_t access, uint32_t major, uint32_t minor)
{
	struct machine m = { .word = { access << 16 | type, major, minor } };
	int r;

	do
		r = step(&m);
	while (r == 0);
	return r < 0 ? FAULT : m.result;
}

/* The answer, if it is the same for every way to use the device: make 1, read 2, write 4. */
static int ask(uint32_t type, uint32_t major, uint32_t minor)
{
	int first = run(type, 0, major, minor);

	for (uint32_t access = 1; access < 8; access++)
		if (run(type, access, major, minor) != first)
			return FAULT;
	return first;
}

static void make(const struct devfilter_node *nodes, size_t n)
{
	memset(code, 0xee, sizeof(code));
	n_code = devfilter_make(nodes, n, code);
}

static void test_listed(void)
{
	static const struct devfilter_node nodes[] = { { 1, 3 },    { 1, 5 },	   { 1, 9 },
						       { 1, 9 },    { 226, 128 },  { 226, 129 },
						       { 4095, 0 }, { 0, 0xfffff } };
	int allowed = 0;

	make(nodes, 8);
	for (size_t i = 0; i < 8; i++) {
		is_int(ask(CHARACTER, nodes[i].major, nodes[i].minor), ALLOW,
		       "a device of the list is allowed, whatever for");
		is_int(ask(BLOCK, nodes[i].major, nodes[i].minor), DENY,
		       "a block device of the same number is not");
		is_int(ask(0, nodes[i].major, nodes[i].minor), DENY, "nor what is neither");
		is_int(ask(BLOCK | CHARACTER, nodes[i].major, nodes[i].minor), DENY, "nor both");
	}
	for (uint32_t major = 0; major < 300; major++)
		for (uint32_t minor = 0; minor < 300; minor++)
			allowed += ask(CHARACTER, major, minor) == DENY ? 0 : 1;
	is_int(allowed, 5, "of 90000 devices only those of the list are allowed");
}

static void test_others(void)
{
	static const struct devfilter_node nodes[] = { { 1, 3 }, { 226, 128 } };

	make(nodes, 2);
	is_int(ask(CHARACTER, 1, 128), DENY, "major of one, minor of another is not a device");
	is_int(ask(CHARACTER, 226, 3), DENY, "nor the other way round");
	is_int(ask(CHARACTER, 3, 1), DENY, "nor the two swapped");
	is_int(ask(CHARACTER, 1, 1), DENY, "memory itself is another device");
	is_int(ask(CHARACTER, 1 + (1u << 31), 3), DENY, "no high bit of the major is lost");
	is_int(ask(CHARACTER, 1, 3 + (1u << 20)), DENY, "nor of the minor");
}

static void test_bits(void)
{
	static const struct devfilter_node node = { UINT32_MAX, 1u << 31 };

	make(&node, 1);
	is_int(ask(CHARACTER, UINT32_MAX, 1u << 31), ALLOW, "numbers may have all 32 bits");
	is_int(ask(CHARACTER, INT32_MAX, 1u << 31), DENY, "and all of them count");
	is_int(ask(CHARACTER, UINT32_MAX, 0), DENY, "of the minor, too");
}

static void test_sizes(void)
{
	static const uint8_t filler[sizeof(struct bpf_insn)] = { 0xee, 0xee, 0xee, 0xee,
								 0xee, 0xee, 0xee, 0xee };
	struct devfilter_node nodes[DEVFILTER_NODES_MAX + 1];
	int right = 0;

	for (uint32_t i = 0; i <= DEVFILTER_NODES_MAX; i++)
		nodes[i] = (struct devfilter_node){ 100 + i / 4, i };
	make(NULL, 0);
	ok(n_code > 0, "an empty list has a program, too");
	is_int(ask(CHARACTER, 1, 3), DENY, "which denies a character device");
	is_int(ask(BLOCK, 1, 3), DENY, "and a block device");
	for (size_t n = 0; n <= DEVFILTER_NODES_MAX; n++) {
		int good = 1;

		make(nodes, n);
		for (uint32_t i = 0; i <= DEVFILTER_NODES_MAX; i++)
			good &= ask(CHARACTER, 100 + i / 4, i) == (i < n ? ALLOW : DENY);
		good &= n_code <= DEVFILTER_MAX &&
			(n_code == DEVFILTER_MAX || !memcmp(&code[n_code], filler, sizeof(filler)));
		right += good;
	}
	is_int(right, DEVFILTER_NODES_MAX + 1, "a list of any length is allowed and no more");
	is_int(n_code, DEVFILTER_MAX, "the longest list fills the room");
	make(nodes, DEVFILTER_NODES_MAX + 1);
	is_int(n_code, -EFBIG, "a longer one is refused");
	is_int(code[0].code, 0xee, "and then nothing is written");
}

/* The kernel's verifier refuses a program with instructions that nothing leads to. */
static void test_reachable(void)
{
	static const struct devfilter_node nodes[] = { { 1, 3 }, { 1, 5 }, { 226, 128 } };

	for (size_t n = 0; n <= 3; n++) {
		uint8_t reached[DEVFILTER_MAX + 1] = { 1 };
		int all = 1;

		make(nodes, n);
		for (int i = 0; i < n_code; i++) {
			all &= reached[i];
			if (code[i].code == 0x95)
				continue;
			reached[i + 1] = 1;
			if (code[i].code == 0x16 || code[i].code == 0x56)
				reached[i + 1 + code[i].off] = 1;
		}
		ok(all && !reached[n_code],
		   "every instruction is reached, and none behind the last");
	}
}

int main(void)
{
	test_listed();
	test_others();
	test_bits();
	test_sizes();
	test_reachable();
	return tap_done();
}
