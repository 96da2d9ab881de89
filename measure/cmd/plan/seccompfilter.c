/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/seccompfilter.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"

#define CASES_MAX 1024 /* the kernel takes 4096 instructions, and a case is a few of them */

struct make {
	scmp_filter_ctx filter;
	uint32_t otherwise;
	struct filter_rule *rules;
	size_t n_rules;
	const struct filter_rule *rule; /* that is being added */
	struct rampart_error *error;
};

static int complain(const struct make *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(const struct make *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)error_at(m->error, -EPROTO, m->rule->path, m->rule->line, format, args);
	va_end(args);
	return -EPROTO;
}

int filter_call(const char *name)
{
	return seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name);
}

/* libseccomp refuses what the default says anyway. */
static int add_rule(struct make *m, uint32_t action, int call, const struct scmp_arg_cmp *args,
		    unsigned n_args)
{
	int r = action == m->otherwise
			? 0
			: seccomp_rule_add_exact_array(m->filter, action, call, n_args, args);

	return r == 0 ? 0 : complain(m, "a rule cannot be added: %s", strerror(-r));
}

/*
 * Some of a call's cases: those in which the bits of mask are those of value, for each argument. An
 * "-other" line takes what the rules beside it leave of its cases: it halves them, by a bit that
 * most rules look at, until each part is either a rule's or nobody's. (By another bit, rules that do
 * not look at it would stay in both halves.)
 */
struct cases {
	uint32_t mask[FILTER_ARGS_MAX], value[FILTER_ARGS_MAX];
	unsigned n; /* that became rules of the filter so far */
};

enum overlap { NONE, PARTLY, WHOLLY };

/* Whether rule takes cases from others. Of two "-other" lines the first takes what it can. */
static bool is_beside(const struct filter_rule *rule, const struct filter_rule *others)
{
	return rule->call == others->call && (!rule->others || rule < others);
}

/* PARTLY: with the bits of an argument that the rule looks at and that are still open. */
static enum overlap compare(const struct filter_rule *rule, const struct cases *c,
			    unsigned *ret_arg, uint32_t *ret_open)
{
	unsigned arg = 0;
	uint32_t open = 0;

	for (unsigned i = 0; i < rule->n_args; i++) {
		const struct scmp_arg_cmp *a = &rule->args[i];
		uint32_t mask = (uint32_t)a->datum_a;

		if (((uint32_t)a->datum_b ^ c->value[a->arg]) & mask & c->mask[a->arg])
			return NONE;
		if (open == 0) {
			arg = a->arg;
			open = mask & ~c->mask[arg];
		}
	}
	if (open == 0)
		return WHOLLY;
	*ret_arg = arg;
	*ret_open = open;
	return PARTLY;
}

/* The bit that most of the rules look at of which c has cases, the highest of several; 0: there is none. */
static uint32_t choose_bit(const struct make *m, const struct filter_rule *others,
			   const struct cases *c, unsigned *ret_arg)
{
	unsigned looks[FILTER_ARGS_MAX][32] = { 0 }, most = 0;
	uint32_t open, bit = 0;

	for (const struct filter_rule *rule = m->rules; rule < m->rules + m->n_rules; rule++) {
		unsigned arg;

		if (!is_beside(rule, others) || compare(rule, c, &arg, &open) != PARTLY)
			continue;
		for (int i = 31; i >= 0; i--)
			if (open >> i & 1 && ++looks[arg][i] >= most &&
			    (looks[arg][i] > most || UINT32_C(1) << i > bit)) {
				most = looks[arg][i];
				bit = UINT32_C(1) << i;
				*ret_arg = arg;
			}
	}
	return bit;
}

static int add_cases(struct make *m, const struct filter_rule *others, struct cases *c)
{
	struct scmp_arg_cmp args[FILTER_ARGS_MAX];
	unsigned n = 0;

	if (++c->n > CASES_MAX)
		return complain(m, "the other cases are more than %d", CASES_MAX);
	for (unsigned i = 0; i < FILTER_ARGS_MAX; i++)
		if (c->mask[i])
			args[n++] = (struct scmp_arg_cmp){ .arg = i,
							   .op = SCMP_CMP_MASKED_EQ,
							   .datum_a = c->mask[i],
							   .datum_b = c->value[i] };
	return add_rule(m, others->action, others->call, args, n);
}

static int add_others(struct make *m, const struct filter_rule *others, struct cases *c)
{
	unsigned arg = 0;
	uint32_t bit, open;
	int r;

	for (const struct filter_rule *rule = m->rules; rule < m->rules + m->n_rules; rule++)
		if (is_beside(rule, others) && compare(rule, c, &arg, &open) == WHOLLY)
			return 0;
	bit = choose_bit(m, others, c, &arg);
	if (bit == 0)
		return add_cases(m, others, c);
	c->mask[arg] |= bit;
	r = add_others(m, others, c);
	c->value[arg] |= bit;
	if (r == 0)
		r = add_others(m, others, c);
	c->value[arg] &= ~bit;
	c->mask[arg] &= ~bit;
	return r;
}

/* What is left of others' own comparisons. */
static int begin_others(struct make *m, const struct filter_rule *others)
{
	struct cases c = { .n = 0 };
	bool alone = true;

	for (size_t i = 0; i < m->n_rules; i++)
		alone &= m->rules[i].call != others->call || m->rules[i].others;
	if (alone)
		return complain(m, "no line with comparisons says what the other cases are of");
	for (unsigned i = 0; i < others->n_args; i++) {
		const struct scmp_arg_cmp *a = &others->args[i];

		c.mask[a->arg] |= (uint32_t)a->datum_a;
		c.value[a->arg] |= (uint32_t)(a->datum_a & a->datum_b);
	}
	return add_others(m, others, &c);
}

static bool has_others(const struct make *m, int call)
{
	for (size_t i = 0; i < m->n_rules; i++)
		if (m->rules[i].call == call && m->rules[i].others)
			return true;
	return false;
}

/* The kernel looks at 32 bits of what is a number, and so does a call with an "-other" line. */
static int shorten(struct make *m, struct filter_rule *rule)
{
	for (unsigned i = 0; i < rule->n_args; i++) {
		struct scmp_arg_cmp *a = &rule->args[i];

		if (a->datum_b > UINT32_MAX ||
		    (a->datum_a > UINT32_MAX && a->datum_a != UINT64_MAX))
			return complain(m, "more than 32 bits, of a call with an -other line");
		a->datum_a &= UINT32_MAX;
	}
	return 0;
}

static bool is_more(const struct words *more, int call)
{
	for (size_t i = 0; i < more->n; i++)
		if (filter_call(more->v[i]) == call)
			return true;
	return false;
}

/* Whether some call is a case of both. */
static bool meet(const struct filter_rule *a, const struct filter_rule *b)
{
	for (unsigned i = 0; i < a->n_args; i++)
		for (unsigned j = 0; j < b->n_args; j++)
			if (a->args[i].arg == b->args[j].arg &&
			    (a->args[i].datum_b ^ b->args[j].datum_b) & a->args[i].datum_a &
				    b->args[j].datum_a)
				return false;
	return true;
}

/* Which of two rules libseccomp would follow is nowhere said. */
static int check_agreement(struct make *m)
{
	for (size_t i = 0; i < m->n_rules; i++) {
		m->rule = &m->rules[i];
		for (const struct filter_rule *other = m->rules; other < m->rule; other++)
			if (other->call == m->rule->call && !other->others && !m->rule->others &&
			    other->action != m->rule->action && meet(other, m->rule))
				return complain(m,
						"line %u says something else of some of its cases",
						other->line);
	}
	return 0;
}

/* The image's words replace the lists'. */
static int add_rules(struct make *m, const struct words *more)
{
	int r = 0;

	for (size_t i = 0; i < m->n_rules && r == 0; i++) {
		m->rule = &m->rules[i];
		if (has_others(m, m->rule->call))
			r = shorten(m, &m->rules[i]);
	}
	for (size_t i = 0; i < m->n_rules && r == 0; i++) {
		const struct filter_rule *rule = m->rule = &m->rules[i];

		if (is_more(more, rule->call))
			continue;
		r = rule->others ? begin_others(m, rule)
				 : add_rule(m, rule->action, rule->call, rule->args, rule->n_args);
	}
	for (size_t i = 0; i < more->n && r == 0; i++)
		r = add_rule(m, SCMP_ACT_ALLOW, filter_call(more->v[i]), NULL, 0);
	return r;
}

static int export(scmp_filter_ctx filter, uint8_t **ret_bpf, size_t *ret_len)
{
	uint8_t *bpf;
	size_t len = 0;
	int r = seccomp_export_bpf_mem(filter, NULL, &len);

	if (r < 0)
		return r;
	bpf = malloc(len);
	if (!bpf)
		return -ENOMEM;
	r = seccomp_export_bpf_mem(filter, bpf, &len);
	if (r < 0) {
		free(bpf);
		return r;
	}
	*ret_bpf = bpf;
	*ret_len = len;
	return 0;
}

/* API level and architecture are fixed, so that nothing depends on this machine's kernel. */
static scmp_filter_ctx new_filter(uint32_t otherwise)
{
	scmp_filter_ctx filter;

	if (seccomp_api_set(3) < 0)
		return NULL;
	filter = seccomp_init(otherwise);
	if (!filter)
		return NULL;
	if ((seccomp_arch_native() != SCMP_ARCH_X86_64 &&
	     (seccomp_arch_add(filter, SCMP_ARCH_X86_64) < 0 ||
	      seccomp_arch_remove(filter, SCMP_ARCH_NATIVE) < 0)) ||
	    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0 ||
	    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0) {
		seccomp_release(filter);
		return NULL;
	}
	return filter;
}

int filter_make(struct filter_rule *rules, size_t n, uint32_t otherwise, const struct words *more,
		uint8_t **ret_bpf, size_t *ret_len, struct rampart_error *error)
{
	struct make m = { .filter = new_filter(otherwise),
			  .otherwise = otherwise,
			  .rules = rules,
			  .n_rules = n,
			  .rule = rules,
			  .error = error };
	int r;

	if (!m.filter)
		return error_set(error, -ENOMEM, "libseccomp cannot begin a filter");
	r = check_agreement(&m) ?: add_rules(&m, more);
	if (r == 0) {
		r = export(m.filter, ret_bpf, ret_len);
		if (r < 0)
			(void)error_set(error, r, "libseccomp cannot write a filter: %s",
					strerror(-r));
	}
	seccomp_release(m.filter);
	return r;
}
