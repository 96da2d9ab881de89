/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/proof.h"

#include <stdio.h>

#include "measure/cmd/instant.h"

static void begin_proof(struct proxy *p, struct attest_known *ret_known, uint64_t *ret_moment)
{
	ret_known->n = 0;
	pthread_mutex_lock(&p->lock);
	p->n_proving++;
	*ret_moment = rampart_sightings_now(p->sightings);
	for (size_t i = 0; i < p->pins.n && ret_known->n < ATTEST_KNOWN_MAX; i++)
		if (p->pins.pin[i].activation)
			ret_known->activation[ret_known->n++] = p->pins.pin[i].activation;
	pthread_mutex_unlock(&p->lock);
}

static void end_proof(struct proxy *p)
{
	pthread_mutex_lock(&p->lock);
	if (--p->n_proving == 0)
		while (p->n_retired > 0)
			rampart_activation_free(p->retired[--p->n_retired]);
	pthread_mutex_unlock(&p->lock);
}

/*
 * Under the lock. If the old one cannot be kept aside, the new one is dropped: it can be obtained
 * again.
 */
static void keep_activation(struct proxy *p, struct pin *pin, struct attested *a)
{
	if (!a->activation || (pin->activation && p->n_retired == PROXY_RETIRED_MAX))
		return;
	if (pin->activation)
		p->retired[p->n_retired++] = pin->activation;
	pin->activation = a->activation;
	a->activation = NULL;
}

static void say_news(enum pin_news news, const char *identity)
{
	if (news == PIN_STARTED_ANEW)
		fprintf(stderr,
			"rampart connect: the machine has a new key, sha256:%s, and has proved it: it was restarted\n",
			identity);
	else if (news == PIN_ANOTHER)
		fprintf(stderr,
			"rampart connect: another machine answers, with the key sha256:%s, and has proved itself\n",
			identity);
}

static void pin(struct proxy *p, struct attested *a)
{
	const char *identity = a->report->identity;
	struct rampart_activation *dropped;
	enum pin_news news;
	struct pin *place;

	pthread_mutex_lock(&p->lock);
	news = pins_note(&p->pins, a->report->ak, identity, &place, &dropped);
	if (dropped && p->n_retired < PROXY_RETIRED_MAX)
		p->retired[p->n_retired++] = dropped;
	keep_activation(p, place, a);
	pthread_mutex_unlock(&p->lock);
	say_news(news, identity);
	for (size_t i = 0; i < a->report->n_unchecked && news != PIN_KNOWN; i++)
		fprintf(stderr,
			"rampart connect: warning: PCR %u of the machine is NOT CHECKED: %s\n",
			a->report->unchecked[i].pcr, a->report->unchecked[i].why);
}

/*
 * Whether the TPM was copied or put back to an earlier state: a warning, or a refusal if the policy
 * says so.
 */
static bool is_clone(struct proxy *p, const struct rampart_policy *policy, const struct attested *a,
		     uint64_t moment, char why[static PROXY_WHY_MAX])
{
	enum rampart_sighting sighting;
	const char *what = NULL;
	bool rejected = rampart_policy_rejects_clones(policy);

	pthread_mutex_lock(&p->lock);
	(void)rampart_sightings_add(p->sightings, a->report, moment, &sighting, &what);
	pthread_mutex_unlock(&p->lock);
	if (!what)
		return false;
	if (rejected)
		snprintf(why, PROXY_WHY_MAX, "the machine is not the one it should be: %s", what);
	else
		fprintf(stderr, "rampart connect: warning: %s (AK %s, TLS key sha256:%s)\n", what,
			a->report->ak, a->report->identity);
	return rejected;
}

static void refused(const struct attested *a, char why[static PROXY_WHY_MAX])
{
	bool told = a->report->verdict == RAMPART_FAILS;

	snprintf(why, PROXY_WHY_MAX, "%s: %s%s%s",
		 told ? "the machine is not the one it should be" : "cannot tell",
		 a->report->reason,
		 a->channel.error.text[0] ? "; the TPM opened no credential: " : "",
		 a->channel.error.text);
}

static enum proof_end prove_with(struct proxy *p, const struct rampart_policy *policy,
				 struct attested *a, char why[static PROXY_WHY_MAX])
{
	struct attest_known known;
	uint64_t moment;
	int r;

	begin_proof(p, &known, &moment);
	r = attest_over(policy, &known, instant_now(), a);
	end_proof(p);
	if (r < 0) {
		snprintf(why, PROXY_WHY_MAX, "cannot tell: %s", a->channel.error.text);
		return PROOF_UNSURE;
	}
	if (a->report->verdict != RAMPART_HOLDS || !a->report->identity || !a->report->ak) {
		refused(a, why);
		return a->report->verdict == RAMPART_FAILS ? PROOF_FAILS : PROOF_UNSURE;
	}
	if (is_clone(p, policy, a, moment, why))
		return PROOF_FAILS;
	pin(p, a);
	return PROOF_HOLDS;
}

enum proof_end prove(struct proxy *p, struct attested *a, char why[static PROXY_WHY_MAX])
{
	struct proxy_policy *policy = proxy_policy_take(p);
	enum proof_end end = prove_with(p, policy->policy, a, why);

	proxy_policy_give(p, policy);
	return end;
}
