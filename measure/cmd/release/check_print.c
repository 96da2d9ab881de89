/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>

#include "measure/cmd/release/cmd_check.h"
#include "measure/cmd/show.h"

static const char *const ids[_RELEASE_CHECK_MAX] = {
	[RELEASE_CHECK_LIST] = "release.list",
	[RELEASE_CHECK_FILES] = "release.files",
	[RELEASE_CHECK_DIGESTS] = "release.digests",
	[RELEASE_CHECK_SIGNERS] = "release.signers",
	[RELEASE_CHECK_GOLDEN] = "golden.form",
	[RELEASE_CHECK_PREDICTED] = "golden.predicted",
	[RELEASE_CHECK_POLICY + ACCEPT_SIGNERS] = "policy.signers",
	[RELEASE_CHECK_POLICY + ACCEPT_REVOKED] = "policy.revoked",
	[RELEASE_CHECK_POLICY + ACCEPT_DEBUG] = "policy.debug",
	[RELEASE_CHECK_POLICY + ACCEPT_IMAGE] = "policy.image",
	[RELEASE_CHECK_POLICY + ACCEPT_VERSION] = "policy.version",
	[RELEASE_CHECK_POLICY + ACCEPT_PLATFORM] = "policy.platform",
	[RELEASE_CHECK_POLICY + ACCEPT_SHAPE] = "policy.shape",
};

static bool find(const struct checking *c, enum rampart_outcome outcome, size_t *ret_check)
{
	for (size_t i = 0; i < _RELEASE_CHECK_MAX; i++)
		if (c->found[i].outcome == outcome) {
			*ret_check = i;
			return true;
		}
	return false;
}

enum rampart_outcome check_verdict(const struct checking *c, size_t *ret_check)
{
	*ret_check = 0;
	if (find(c, RAMPART_FAILS, ret_check))
		return RAMPART_FAILS;
	return find(c, RAMPART_UNSURE, ret_check) ? RAMPART_UNSURE : RAMPART_HOLDS;
}

/* ---- lines ---- */

static void print_signers(const struct checking *c, const char *what, const bool *by)
{
	char names[SIGNERS_TEXT_MAX];

	signers_print(&c->policy->signers, by, names);
	if (names[0])
		printf("%-10s %s\n", what, names);
}

bool check_print(const struct checking *c)
{
	static const char *const verdicts[] = { "holds", "does not hold", "cannot tell" };
	size_t at;
	enum rampart_outcome verdict = check_verdict(c, &at);

	for (size_t i = 0; i < _RELEASE_CHECK_MAX; i++)
		printf("%-8s %-20s %s\n", rampart_outcome_name(c->found[i].outcome), ids[i],
		       c->found[i].text);
	if (c->golden)
		printf("\nimage      %s %s%s\nplatform   %s %s\n", c->golden->values.image,
		       c->golden->values.version, c->golden->values.debug ? ", DEBUG" : "",
		       c->golden->values.platform, c->golden->shape_text);
	print_signers(c, "release by", c->signed_by.by);
	if (c->golden)
		print_signers(c, "golden by", c->golden->signed_by.by);
	if (verdict == RAMPART_HOLDS)
		printf("\nholds\n");
	else
		printf("\n%s: %s: %s\n", verdicts[verdict], ids[at], c->found[at].text);
	return !ferror(stdout);
}

/* ---- JSON ---- */

static json_t *signers_to_json(const struct checking *c, const bool *by)
{
	const struct signers *signers = &c->policy->signers;
	json_t *list = json_array();

	for (size_t i = 0; i < signers->n; i++)
		if (by[i])
			(void)json_array_append_new(list, json_string(signers->key[i].name));
	return list;
}

static json_t *checks_to_json(const struct checking *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < _RELEASE_CHECK_MAX; i++)
		(void)json_array_append_new(list,
					    json_pack("{s:s, s:s, s:s}", "id", ids[i], "outcome",
						      rampart_outcome_name(c->found[i].outcome),
						      "text", c->found[i].text));
	return json_array_size(list) == _RELEASE_CHECK_MAX ? list : NULL;
}

static json_t *image_to_json(const struct policy_golden *golden)
{
	if (!golden)
		return json_null();
	return json_pack("{s:s, s:s, s:b}", "name", golden->values.image, "version",
			 golden->values.version, "debug", golden->values.debug);
}

bool check_print_json(const struct checking *c)
{
	static const bool nobody[SIGNERS_MAX];
	const bool *by = c->golden ? c->golden->signed_by.by : nobody;
	char reason[ACCEPT_TEXT_MAX + 64] = "";
	enum rampart_outcome verdict;
	json_t *json;
	size_t at;
	bool ok;

	verdict = check_verdict(c, &at);
	if (verdict != RAMPART_HOLDS)
		snprintf(reason, sizeof(reason), "%s: %s", ids[at], c->found[at].text);
	json = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "schema", "rampart-check/1",
			 "verdict", rampart_outcome_name(verdict), "reason", reason, "image",
			 image_to_json(c->golden), "release_signers",
			 signers_to_json(c, c->signed_by.by), "golden_signers",
			 signers_to_json(c, by), "checks", checks_to_json(c));
	ok = json && show_json(json);
	json_decref(json);
	return ok;
}
