/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/rampart.h"
#include "measure/verify/policy/policy.h"

#define SIGHTINGS_MAX 256
#define NAME_HEX_MAX  132 /* of a SHA-512 Name, with its NUL */
#define SHA256_HEX    65

/* The latest that was seen of an AK. */
struct sighting {
	uint64_t used;	 /* when a report of it was added last; 0: the place is free */
	uint64_t moment; /* when this one was */
	char ak[NAME_HEX_MAX], identity[SHA256_HEX];
	struct rampart_clock clock;
};

struct rampart_sightings {
	uint64_t now;
	struct sighting seen[SIGHTINGS_MAX];
};

struct rampart_sightings *rampart_sightings_new(void)
{
	return calloc(1, sizeof(struct rampart_sightings));
}

void rampart_sightings_free(struct rampart_sightings *sightings)
{
	free(sightings);
}

uint64_t rampart_sightings_now(const struct rampart_sightings *sightings)
{
	return sightings->now;
}

bool rampart_policy_rejects_clones(const struct rampart_policy *policy)
{
	return policy->reject_clones;
}

/* Of this AK; else the place that was not used for longest. */
static struct sighting *find(struct rampart_sightings *s, const char *ak)
{
	struct sighting *oldest = &s->seen[0];

	for (size_t i = 0; i < SIGHTINGS_MAX; i++) {
		if (s->seen[i].used > 0 && !strcmp(s->seen[i].ak, ak))
			return &s->seen[i];
		if (s->seen[i].used < oldest->used)
			oldest = &s->seen[i];
	}
	if (oldest->used > 0)
		*oldest = (struct sighting){ 0 };
	return oldest;
}

/* How far b is ahead of a. The counters may have a constant added, which wraps. */
static int32_t ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a);
}

/* Whether b is earlier than a in the life of one TPM. */
static bool is_earlier(const struct rampart_clock *a, const struct rampart_clock *b)
{
	if (a->resets != b->resets)
		return ahead(a->resets, b->resets) < 0;
	if (a->restarts != b->restarts)
		return ahead(a->restarts, b->restarts) < 0;
	return b->clock_ms < a->clock_ms;
}

static enum rampart_sighting compare(const struct sighting *old,
				     const struct rampart_report *report, uint64_t moment)
{
	bool same = !strcmp(old->identity, report->identity);
	bool same_boot = old->clock.resets == report->clock.resets &&
			 old->clock.restarts == report->clock.restarts;

	/* An identity is of one boot, whichever of the two was seen first. */
	if (same != same_boot)
		return same ? RAMPART_SIGHTING_RESET : RAMPART_SIGHTING_CLONED;
	if (is_earlier(&old->clock, &report->clock) && old->moment <= moment)
		return RAMPART_SIGHTING_RESTORED;
	return same ? RAMPART_SIGHTING_SAME : RAMPART_SIGHTING_REBOOTED;
}

static const char *why(enum rampart_sighting sighting)
{
	switch (sighting) {
	case RAMPART_SIGHTING_CLONED:
		return "two machines have the same TPM: its key signs for two TLS keys, and it was not reset in between";
	case RAMPART_SIGHTING_RESTORED:
		return "the TPM is in an earlier state than before: it was copied, put back or cleared";
	case RAMPART_SIGHTING_RESET:
		return "the TPM was reset under the machine, and its PCRs were filled anew";
	default:
		return NULL;
	}
}

int rampart_sightings_add(struct rampart_sightings *sightings, const struct rampart_report *report,
			  uint64_t moment, enum rampart_sighting *ret_sighting,
			  const char **ret_why)
{
	enum rampart_sighting sighting = RAMPART_SIGHTING_FIRST;
	struct sighting *seen;

	if (report->verdict != RAMPART_HOLDS || !report->ak || !report->identity ||
	    !report->has_clock || strlen(report->ak) >= NAME_HEX_MAX ||
	    strlen(report->identity) >= SHA256_HEX)
		return -EPROTO;
	seen = find(sightings, report->ak);
	if (seen->used > 0)
		sighting = compare(seen, report, moment);
	seen->used = ++sightings->now;
	/* What is earlier is not remembered, so that it is told each time. */
	if (sighting == RAMPART_SIGHTING_FIRST || !is_earlier(&seen->clock, &report->clock)) {
		seen->moment = seen->used;
		seen->clock = report->clock;
		strcpy(seen->ak, report->ak);
		strcpy(seen->identity, report->identity);
	}
	*ret_sighting = sighting;
	*ret_why = why(sighting);
	return 0;
}
