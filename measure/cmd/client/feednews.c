/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/feednews.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/instant.h"
#include "measure/cmd/show.h"
#include "measure/record/compare.h"

/* "llm 1.1 (release 2, llm/1.1/golden.json)" and so on, cleaned by fail(). */
static void say(const struct rampart_feed_release *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(const struct rampart_feed_release *r, const char *format, ...)
{
	char what[160];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	(void)fail("connect", "feed: %s %s (release %" PRId64 ", %s) %s", r->image, r->version,
		   r->release, r->path, what);
}

static void say_events(const struct golden *before, const struct golden *now)
{
	static const struct show_sides sides = { "old", "new", "new", "gone", false };
	struct differences diff = { .types = false };
	struct records records = { 0 };

	for (unsigned pcr = 0; pcr < GOLDEN_COMPARED && compare_as_records(now, &records) == 0;
	     pcr++) {
		compare_pcr(before, &records, golden_bank(before), pcr, &diff);
		for (size_t i = 0; i < diff.n; i++) {
			struct difference_hex hex;
			struct rampart_difference d = difference_public(&diff.list[i], &hex);

			(void)fail("connect", "feed: PCR %u %s: %s \"%.120s\" %.16s -> %.16s",
				   d.pcr, show_kind(&sides, &d),
				   d.got ? d.got_type : d.expected_type,
				   d.got ? d.got_what : d.expected_what,
				   d.expected ? d.expected : "none", d.got ? d.got : "none");
		}
		free(diff.list);
		diff = (struct differences){ .types = false };
		free(records.list);
	}
}

/* What the machine would measure otherwise. */
static void say_moves(const struct rampart_feed_release *before,
		      const struct rampart_feed_release *now)
{
	struct golden side[2] = { 0 };

	if (golden_parse(before->path, before->text, before->len, &side[0], NULL) == 0 &&
	    golden_parse(now->path, now->text, now->len, &side[1], NULL) == 0)
		say_events(&side[0], &side[1]);
	for (size_t i = 0; i < 2; i++)
		golden_done(&side[i]);
}

/* The one with these bytes; NULL: there is none. */
static const struct rampart_feed_release *find(const struct rampart_feed *feed,
					       const struct rampart_feed_release *like)
{
	for (size_t i = 0; i < rampart_feed_count(feed); i++) {
		const struct rampart_feed_release *r = rampart_feed_release(feed, i);

		if (r->len == like->len && !memcmp(r->text, like->text, r->len))
			return r;
	}
	return NULL;
}

static const char *name_of(const struct rampart_feed_release *r)
{
	const char *slash = strrchr(r->path, '/');

	return slash ? slash + 1 : r->path;
}

/* The last one of its image for the same medium, which the name of the file says. */
static const struct rampart_feed_release *last_of(const struct rampart_feed *feed,
						  const struct rampart_feed_release *like)
{
	const struct rampart_feed_release *last = NULL;

	for (size_t i = 0; i < rampart_feed_count(feed); i++) {
		const struct rampart_feed_release *r = rampart_feed_release(feed, i);

		if (!strcmp(r->image, like->image) && !strcmp(name_of(r), name_of(like)))
			last = r; /* they are sorted by their counter */
	}
	return last;
}

static void say_new(const struct rampart_feed *before, const struct rampart_feed_release *r)
{
	const struct rampart_feed_release *last = last_of(before, r);
	char from[INSTANT_MAX], until[INSTANT_MAX];

	instant_print(r->not_before, from);
	instant_print(r->not_after, until);
	if (r->refused)
		say(r, "is refused: it comes after a later one");
	else
		say(r, "is new: valid from %s until %s", from, until);
	if (last)
		say_moves(last, r);
}

void feednews(const struct rampart_feed *before, const struct rampart_feed *now)
{
	for (size_t i = 0; i < rampart_feed_count(now); i++) {
		const struct rampart_feed_release *r = rampart_feed_release(now, i);
		const struct rampart_feed_release *was = find(before, r);
		char until[INSTANT_MAX];

		instant_print(r->not_after, until);
		if (!was)
			say_new(before, r);
		else if (was->not_after != r->not_after)
			say(r, "ends at another time: %s", until);
	}
	for (size_t i = 0; i < rampart_feed_count(before); i++) {
		const struct rampart_feed_release *r = rampart_feed_release(before, i);

		if (!find(now, r))
			say(r, "is named no longer, and accepted no longer");
	}
}
