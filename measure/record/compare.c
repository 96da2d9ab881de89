/* SPDX-License-Identifier: MIT */
#include "measure/record/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* The golden events and the logged ones of one PCR. */
struct sides {
	const struct golden_event **golden;
	const struct record **got;
	size_t n_golden, n_got;
};

static bool same(const struct sides *s, size_t i, size_t j, enum hash_alg bank)
{
	return i < s->n_golden && j < s->n_got &&
	       digest_equal(&s->golden[i]->digest[bank], &s->got[j]->digest[bank]);
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

void compare_pcr(const struct golden *golden, const struct records *records, enum hash_alg bank,
		 unsigned pcr, struct differences *differences)
{
	struct sides s = { 0 };

	s.golden = calloc(golden->n_events + 1, sizeof(const struct golden_event *));
	s.got = calloc(records->n + 1, sizeof(const struct record *));
	for (size_t i = 0; i < golden->n_events && s.golden; i++)
		if (golden->event[i].pcr == pcr)
			s.golden[s.n_golden++] = &golden->event[i];
	for (size_t i = 0; i < records->n && s.got; i++)
		if (records->list[i].pcr == pcr && records->list[i].type != EV_NO_ACTION)
			s.got[s.n_got++] = &records->list[i];
	if (s.golden && s.got)
		compare_events(differences, &s, bank, pcr);
	free(s.golden);
	free(s.got);
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
