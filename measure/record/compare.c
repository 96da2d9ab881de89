/* SPDX-License-Identifier: MIT */
#include "measure/record/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/goldenrules.h"

#define RESYNC_MAX 64 /* events looked ahead for one that both lists have */

const char *rampart_difference_name(enum rampart_difference_kind kind)
{
	static const char *const names[] = { "changed", "extra", "missing", "retyped" };

	return names[kind];
}

struct rampart_difference difference_public(const struct difference *diff,
					    struct difference_hex *ret_hex)
{
	struct rampart_difference ret = { .how = diff->kind,
					  .kind = rampart_difference_name(diff->kind),
					  .bank = hash_name(diff->bank),
					  .pcr = diff->pcr };

	if (diff->expected) {
		if (diff->expected->open)
			ret_hex->expected[0] = '\0';
		else
			digest_hex(&diff->expected->digest[diff->bank], ret_hex->expected);
		ret.expected_type = diff->expected->type;
		ret.expected_what = diff->expected->what;
		ret.expected = ret_hex->expected;
	}
	if (diff->got) {
		digest_hex(&diff->got->digest[diff->bank], ret_hex->got);
		ret.is_runtime = diff->got->is_runtime;
		ret.log = ret.is_runtime ? "runtime" : "firmware";
		ret.number = diff->got->number;
		ret.got_type = diff->got->type_name;
		ret.got_what = diff->got->what;
		ret.got = ret_hex->got;
	}
	return ret;
}

/* The golden events and the logged ones of one PCR. A golden one is there as often as it may come.
 */
struct sides {
	const struct golden_event **golden;
	bool *optional; /* this one may be missing */
	const struct record **got;
	size_t n_golden, n_got;
};

static int hex_digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Data as a rule has it: hex, ".." for any byte. */
static bool is_like(const struct record *got, const char *mask)
{
	if (mask && strlen(mask) != 2 * got->data_len)
		return false;
	for (size_t i = 0; mask && i < got->data_len; i++)
		if (mask[2 * i] != '.' &&
		    got->data[i] != hex_digit(mask[2 * i]) * 16 + hex_digit(mask[2 * i + 1]))
			return false;
	return true;
}

/* Whether what was logged can be the golden event. The type of one that is fixed is not looked at.
 */
static bool fits(const struct golden_event *want, const struct record *got, enum hash_alg bank)
{
	struct digest digest;

	if (want->by == GOLDEN_FIXED)
		return digest_equal(&want->digest[bank], &got->digest[bank]);
	if (strcmp(want->type, got->type_name) != 0)
		return false;
	if (!got->data) /* itself a golden event: compare_as_records() */
		return !strcmp(want->what, got->what);
	if (want->by == GOLDEN_ANY)
		return true;
	hash_bytes(bank, got->data, got->data_len, &digest);
	return is_like(got, want->data) && digest_equal(&digest, &got->digest[bank]);
}

static bool same(const struct sides *s, size_t i, size_t j, enum hash_alg bank)
{
	return i < s->n_golden && j < s->n_got && fits(s->golden[i], s->got[j], bank);
}

static enum rampart_difference_kind kind_of(const struct golden_event *expected,
					    const struct record *got, enum hash_alg bank)
{
	if (!expected)
		return RAMPART_EXTRA;
	if (!got)
		return RAMPART_MISSING;
	return digest_equal(&expected->digest[bank], &got->digest[bank]) ? RAMPART_RETYPED
									 : RAMPART_CHANGED;
}

static void add_diff(struct differences *all, enum hash_alg bank, unsigned pcr,
		     const struct golden_event *expected, const struct record *got)
{
	struct difference *more = realloc(all->list, (all->n + 1) * sizeof(*more));

	if (!more)
		return; /* the verdict stands without the detail */
	all->list = more;
	more[all->n++] = (struct difference){
		.kind = kind_of(expected, got, bank),
		.bank = bank,
		.pcr = pcr,
		.expected = expected,
		.got = got,
	};
}

/* How many events of the log, or of the golden ones, to skip until both meet; 0: they do not. */
static void find_resync(const struct sides *s, size_t i, size_t j, enum hash_alg bank,
			size_t *ret_extra, size_t *ret_missing)
{
	*ret_extra = *ret_missing = 0;
	if (i >= s->n_golden) {
		*ret_extra = s->n_got - j;
		return;
	}
	if (j >= s->n_got) {
		*ret_missing = s->n_golden - i;
		return;
	}
	for (size_t k = 1; k <= RESYNC_MAX; k++) {
		if (same(s, i + k, j + k, bank))
			return; /* as many on both sides: they changed */
		if (same(s, i, j + k, bank)) {
			*ret_extra = k;
			return;
		}
		if (same(s, i + k, j, bank)) {
			*ret_missing = k;
			return;
		}
	}
}

static void compare_events(struct differences *all, const struct sides *s, enum hash_alg bank,
			   unsigned pcr)
{
	size_t i = 0, j = 0, end = all->n + COMPARE_PER_PCR;

	while ((i < s->n_golden || j < s->n_got) && all->n < end) {
		size_t extra, missing;

		if (i < s->n_golden && s->optional[i] && !same(s, i, j, bank)) {
			i++; /* it did not come */
			continue;
		}
		if (same(s, i, j, bank)) {
			if (all->types && strcmp(s->golden[i]->type, s->got[j]->type_name) != 0)
				add_diff(all, bank, pcr, s->golden[i], s->got[j]);
			i++, j++;
			continue;
		}
		find_resync(s, i, j, bank, &extra, &missing);
		if (extra == 0 && missing == 0) {
			add_diff(all, bank, pcr, s->golden[i++], s->got[j++]);
			continue;
		}
		for (; extra > 0 && all->n < end; extra--)
			add_diff(all, bank, pcr, NULL, s->got[j++]);
		for (; missing > 0 && all->n < end; missing--)
			add_diff(all, bank, pcr, s->golden[i++], NULL);
	}
}

static void sides_done(struct sides *s)
{
	free(s->golden);
	free(s->optional);
	free(s->got);
}

/* false: memory ran out. sides_done() in any case. */
static bool take_sides(const struct golden *golden, const struct records *records, unsigned pcr,
		       struct sides *s)
{
	size_t n = 0;

	for (size_t i = 0; i < golden->n_events; i++)
		n += golden->event[i].pcr == pcr ? golden->event[i].max : 0;
	*s = (struct sides){ .golden = calloc(n + 1, sizeof(const struct golden_event *)),
			     .optional = calloc(n + 1, sizeof(bool)),
			     .got = calloc(records->n + 1, sizeof(const struct record *)) };
	if (!s->golden || !s->optional || !s->got)
		return false;
	for (size_t i = 0; i < golden->n_events; i++) {
		const struct golden_event *ev = &golden->event[i];

		for (unsigned times = 0; times < ev->max && ev->pcr == pcr; times++) {
			s->optional[s->n_golden] = times >= ev->min;
			s->golden[s->n_golden++] = ev;
		}
	}
	for (size_t i = 0; i < records->n; i++)
		if (records->list[i].pcr == pcr && records->list[i].type != EV_NO_ACTION)
			s->got[s->n_got++] = &records->list[i];
	return true;
}

void compare_pcr(const struct golden *golden, const struct records *records, enum hash_alg bank,
		 unsigned pcr, struct differences *differences)
{
	struct sides s;

	if (!golden->pcr[pcr].is_given && take_sides(golden, records, pcr, &s)) {
		compare_events(differences, &s, bank, pcr);
		sides_done(&s);
	}
}

/* From the places where the golden events may be to those one logged event further. */
static bool step(const struct sides *s, bool at[static RULES_STEPS_MAX + 1], size_t j,
		 enum hash_alg bank, bool types)
{
	bool next[RULES_STEPS_MAX + 1] = { false }, any = false;

	for (size_t i = 0; i < s->n_golden; i++) {
		at[i + 1] |= at[i] && s->optional[i];
		if (at[i] && same(s, i, j, bank) &&
		    (!types || !strcmp(s->golden[i]->type, s->got[j]->type_name)))
			any = next[i + 1] = true;
	}
	memcpy(at, next, sizeof(next));
	return any;
}

static bool matches(const struct sides *s, enum hash_alg bank, bool types)
{
	bool at[RULES_STEPS_MAX + 1] = { true };

	if (s->n_golden > RULES_STEPS_MAX || s->n_got > s->n_golden)
		return false;
	for (size_t j = 0; j < s->n_got; j++)
		if (!step(s, at, j, bank, types))
			return false;
	for (size_t i = 0; i < s->n_golden; i++)
		at[i + 1] |= at[i] && s->optional[i];
	return at[s->n_golden];
}

bool compare_matches(const struct golden *golden, const struct records *records, enum hash_alg bank,
		     unsigned pcr, bool types)
{
	struct sides s;
	bool ret;

	if (golden->pcr[pcr].is_given)
		return true;
	ret = take_sides(golden, records, pcr, &s) && matches(&s, bank, types);
	sides_done(&s);
	return ret;
}

/* Of a bank without values, those of another count. */
static bool is_listed(const struct golden_pcr *pcr, enum hash_alg bank, const struct digest *value)
{
	for (size_t i = 0; i < pcr->n[bank]; i++)
		if (digest_equal(&pcr->value[bank][i], value))
			return true;
	return pcr->n[bank] == 0;
}

bool compare_accepts(const struct golden *golden, const struct records *records, enum hash_alg bank,
		     unsigned pcr, const struct digest *value)
{
	switch (golden->pcr[pcr].rule) {
	case GOLDEN_EXACT:
		return digest_equal(&golden->value[bank][pcr], value);
	case GOLDEN_VALUES:
		return is_listed(&golden->pcr[pcr], bank, value);
	case GOLDEN_EVENTS:
		return records && compare_matches(golden, records, bank, pcr, true);
	case GOLDEN_UNCHECKED:
		return true;
	}
	return false;
}

bool compare_bank(const struct golden *golden, enum hash_alg bank, const bool got[static _HASH_MAX])
{
	return golden->bank[bank] &&
	       (golden->edition < 2 || got[bank] || bank == golden_bank(golden));
}

const char *compare_rule(const struct golden *golden, unsigned pcr)
{
	static const char *const names[] = { [GOLDEN_EXACT] = NULL,
					     [GOLDEN_VALUES] = "one of several",
					     [GOLDEN_EVENTS] = "by events",
					     [GOLDEN_UNCHECKED] = "NOT CHECKED" };

	return names[golden->pcr[pcr].rule];
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The next event of a PCR from *i on; NULL: there is none. */
static const struct golden_event *next_event(const struct golden *g, unsigned pcr, size_t *i)
{
	while (*i < g->n_events) {
		const struct golden_event *ev = &g->event[(*i)++];

		if (ev->pcr == pcr)
			return ev;
	}
	return NULL;
}

static bool same_events(const struct golden *a, const struct golden *b, enum hash_alg bank,
			unsigned pcr)
{
	const struct golden_event *x, *y;
	size_t i = 0, j = 0;

	do {
		x = next_event(a, pcr, &i);
		y = next_event(b, pcr, &j);
		if (x && y &&
		    (x->by != y->by || x->min != y->min || x->max != y->max ||
		     !same_text(x->data, y->data) || strcmp(x->type, y->type) != 0 ||
		     (x->by == GOLDEN_FIXED && !digest_equal(&x->digest[bank], &y->digest[bank]))))
			return false;
	} while (x && y);
	return !x && !y;
}

bool compare_same(const struct golden *a, const struct golden *b, enum hash_alg bank, unsigned pcr)
{
	const struct golden_pcr *x = &a->pcr[pcr], *y = &b->pcr[pcr];

	if (x->rule != y->rule || x->n[bank] != y->n[bank] || !same_text(x->why, y->why))
		return false;
	for (size_t i = 0; i < x->n[bank]; i++)
		if (!digest_equal(&x->value[bank][i], &y->value[bank][i]))
			return false;
	if (x->rule == GOLDEN_EXACT)
		return digest_equal(&a->value[bank][pcr], &b->value[bank][pcr]);
	return x->is_given == y->is_given && same_events(a, b, bank, pcr);
}

int compare_as_records(const struct golden *golden, struct records *ret_records)
{
	struct record *list = calloc(golden->n_events + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < golden->n_events; i++) {
		const struct golden_event *event = &golden->event[i];

		list[i] = (struct record){ .number = i,
					   .pcr = event->pcr,
					   .type_name = (char *)(uintptr_t)event->type,
					   .what = (char *)(uintptr_t)event->what };
		memcpy(list[i].has, event->has, sizeof(list[i].has));
		memcpy(list[i].digest, event->digest, sizeof(list[i].digest));
	}
	*ret_records = (struct records){ .list = list, .n = golden->n_events };
	return 0;
}
