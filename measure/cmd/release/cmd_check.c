/* SPDX-License-Identifier: MIT */
#include "measure/cmd/release/cmd_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/prediction.h"

const char check_help[] =
	"usage: rampart check RELEASE [--policy FILE] [--json]\n"
	"\n"
	"Checks the folder of a release: that it is whole (sha256sums), that the policy's signers "
	"signed\n"
	"sha256sums and golden.json, that the golden values are what disk.img, plan and "
	"platform.json lead\n"
	"to, and that the policy accepts them. Needs nothing but the folder, and boots nothing.\n"
	"\n"
	"  --policy FILE   rampart-policy/1 with \"signers\"; without, nobody vouches for the "
	"release\n"
	"  --json          the result as JSON, rampart-check/1\n"
	"\n"
	"Exit code: 0 everything holds, 1 something does not, 2 could not tell.\n";

static void found(struct checking *c, size_t check, enum rampart_outcome outcome,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

static void found(struct checking *c, size_t check, enum rampart_outcome outcome,
		  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->found[check].text, sizeof(c->found[check].text), format, args);
	va_end(args);
	c->found[check].outcome = outcome;
}

/* ---- the folder ---- */

static bool check_part(struct checking *c, enum release_check check,
		       enum rampart_outcome (*look)(struct release *release, char *ret_text))
{
	char text[RELEASE_TEXT_MAX] = "";
	enum rampart_outcome outcome = look(&c->release, text);

	found(c, check, outcome, "%s", text);
	return outcome == RAMPART_HOLDS;
}

/* With what golden.json is computed from. */
static enum rampart_outcome list(struct release *release, char *ret_text)
{
	static const char *const needed[] = { RELEASE_GOLDEN, RELEASE_DISK, RELEASE_PLAN,
					      RELEASE_PLATFORM, NULL };

	return release_list(release, needed, ret_text);
}

static void check_folder(struct checking *c)
{
	if (!check_part(c, RELEASE_CHECK_LIST, list)) {
		found(c, RELEASE_CHECK_FILES, RAMPART_SKIPPED, "no list to compare with");
		found(c, RELEASE_CHECK_DIGESTS, RAMPART_SKIPPED, "no list to compare with");
		return;
	}
	(void)check_part(c, RELEASE_CHECK_FILES, release_files);
	(void)check_part(c, RELEASE_CHECK_DIGESTS, release_digests);
}

/* ---- signatures ---- */

/* 0, or EXIT_UNSURE after an error line. */
static int find_signatures(const struct checking *c, const char *name,
			   struct signatures *signatures)
{
	AUTO_FREE char *path = release_path(&c->release, name);

	if (!path)
		return fail("check", "out of memory");
	return c->policy->signers.n > 0 ? signatures_find("check", path, signatures) : 0;
}

static int check_signers(struct checking *c)
{
	struct span sums = span_of(c->release.sums, c->release.sums_len);
	struct signatures signatures = { .n = 0 };
	char names[SIGNERS_TEXT_MAX];
	int r;

	if (c->policy->signers.n == 0) {
		found(c, RELEASE_CHECK_SIGNERS, RAMPART_UNSURE,
		      "no policy names signers, so nobody vouches for this release");
		return 0;
	}
	if (!c->release.sums) {
		found(c, RELEASE_CHECK_SIGNERS, RAMPART_SKIPPED, "there is no " RELEASE_SUMS);
		return 0;
	}
	r = find_signatures(c, RELEASE_SUMS, &signatures);
	if (r == 0 && signers_check(c->policy, NAMESPACE_RELEASE, sums, signatures.list,
				    signatures.n, &c->signed_by) < 0)
		r = fail("check", "out of memory");
	signatures_done(&signatures);
	if (r)
		return r;
	signers_print(&c->policy->signers, c->signed_by.by, names);
	if (c->signed_by.why_not[0])
		found(c, RELEASE_CHECK_SIGNERS, RAMPART_FAILS, RELEASE_SUMS ": %s",
		      c->signed_by.why_not);
	else
		found(c, RELEASE_CHECK_SIGNERS, RAMPART_HOLDS, RELEASE_SUMS ": signed by %s",
		      names);
	return 0;
}

/* ---- golden values ---- */

static int read_golden(struct checking *c, uint8_t **ret_text, size_t *ret_len)
{
	AUTO_FREE char *path = release_path(&c->release, RELEASE_GOLDEN);
	struct signatures signatures = { .n = 0 };
	struct rampart_error error;
	int r;

	if (!path)
		return fail("check", "out of memory");
	r = read_file(path, JSON_SIZE_MAX, ret_text, ret_len);
	if (r < 0) {
		found(c, RELEASE_CHECK_GOLDEN, RAMPART_FAILS, RELEASE_GOLDEN ": %s", strerror(-r));
		return 0;
	}
	r = find_signatures(c, RELEASE_GOLDEN, &signatures);
	if (r == 0 &&
	    rampart_policy_add_signed_golden(c->policy, RELEASE_GOLDEN, (const char *)*ret_text,
					     *ret_len, signatures.list, signatures.n, &error) < 0) {
		found(c, RELEASE_CHECK_GOLDEN, RAMPART_FAILS, "%s", error.text);
	} else if (r == 0) {
		c->golden = &c->policy->golden[0];
		found(c, RELEASE_CHECK_GOLDEN, RAMPART_HOLDS,
		      "golden values, each the replay of its events");
	}
	signatures_done(&signatures);
	return r;
}

static void check_policy(struct checking *c)
{
	for (enum accept_rule rule = 0; rule < _ACCEPT_MAX; rule++) {
		struct release_finding *f = &c->found[RELEASE_CHECK_POLICY + rule];

		if (c->golden)
			f->outcome = accept_golden(c->policy, c->golden, rule, f->text);
		else
			found(c, RELEASE_CHECK_POLICY + rule, RAMPART_SKIPPED,
			      "there are no golden values");
	}
}

/* ---- what they should be ---- */

/* NULL after an error line. */
static json_t *predict(const struct checking *c)
{
	AUTO_FREE char *disk = release_path(&c->release, RELEASE_DISK);
	AUTO_FREE char *plan = release_path(&c->release, RELEASE_PLAN);
	AUTO_FREE char *platform = release_path(&c->release, RELEASE_PLATFORM);
	const struct prediction_files files = { .disk = disk,
						.plan = plan,
						.platform = platform,
						.banks = c->golden->values.bank };

	if (disk && plan && platform)
		return prediction_golden("check", &files);
	(void)fail("check", "out of memory");
	return NULL;
}

/* The way to the first thing of want that is not so in got: "pcrs.sha256.4.value". */
static void print_difference(json_t *want, const json_t *got, char *ret_text, size_t size)
{
	const char *key;
	json_t *value;

	json_object_foreach(want, key, value)
	{
		json_t *other = json_object_get(got, key);
		size_t len = strlen(key);

		if (json_equal(value, other))
			continue;
		snprintf(ret_text, size, "%s", key);
		if (!json_is_object(value) || !json_is_object(other) || len + 2 > size)
			return;
		ret_text[len] = '.';
		print_difference(value, other, ret_text + len + 1, size - len - 1);
		return;
	}
	snprintf(ret_text, size, "the form or a further key");
}

static void compare(struct checking *c, json_t *want, const uint8_t *text, size_t len)
{
	const struct release_file *uki = release_find(&c->release, RELEASE_UKI);
	AUTO_FREE char *dump = json_dumps(want, JSON_INDENT(2));
	char path[128];

	if (!dump) {
		found(c, RELEASE_CHECK_PREDICTED, RAMPART_UNSURE, "memory ran out");
	} else if (strlen(dump) + 1 != len || memcmp(dump, text, len - 1) != 0 ||
		   text[len - 1] != '\n') {
		print_difference(want, c->golden->values.json, path, sizeof(path));
		found(c, RELEASE_CHECK_PREDICTED, RAMPART_FAILS,
		      RELEASE_GOLDEN ": %s is not what %s, %s and %s lead to", path, RELEASE_DISK,
		      RELEASE_PLAN, RELEASE_PLATFORM);
	} else if (uki && !digest_equal(&uki->sum.sha256, &c->golden->values.uki_sha256)) {
		found(c, RELEASE_CHECK_PREDICTED, RAMPART_FAILS,
		      RELEASE_UKI " is another than the one in " RELEASE_DISK);
	} else {
		found(c, RELEASE_CHECK_PREDICTED, RAMPART_HOLDS, "what %s, %s and %s lead to",
		      RELEASE_DISK, RELEASE_PLAN, RELEASE_PLATFORM);
	}
}

static void check_predicted(struct checking *c, const uint8_t *text, size_t len)
{
	json_t *want;

	if (!c->golden || !text) {
		found(c, RELEASE_CHECK_PREDICTED, RAMPART_SKIPPED, "there are no golden values");
		return;
	}
	want = predict(c);
	if (want)
		compare(c, want, text, len);
	else
		found(c, RELEASE_CHECK_PREDICTED, RAMPART_UNSURE,
		      "golden values could not be computed, for the reason on standard error");
	json_decref(want);
}

/* ---- the command ---- */

static int read_policy(struct checking *c, const char *path)
{
	AUTO_FREE uint8_t *text = NULL;
	struct rampart_error error;
	size_t len;
	int r;

	c->policy = rampart_policy_new();
	if (!c->policy)
		return fail("check", "out of memory");
	if (!path)
		return 0;
	r = read_file(path, JSON_SIZE_MAX, &text, &len);
	if (r < 0)
		return fail_parse("check", path, r, NULL);
	if (rampart_policy_read(c->policy, (const char *)text, len, &error) < 0)
		return fail("check", "%s: %s", path, error.text);
	return 0;
}

static int check_all(struct checking *c)
{
	AUTO_FREE uint8_t *golden = NULL;
	size_t len = 0;
	int r;

	check_folder(c);
	r = check_signers(c);
	if (r == 0)
		r = read_golden(c, &golden, &len);
	if (r)
		return r;
	check_predicted(c, golden, len);
	check_policy(c);
	return 0;
}

static int run(struct checking *c, const char *policy, bool json)
{
	static const int codes[] = { EXIT_HOLDS, EXIT_DIFFERS, EXIT_UNSURE };
	struct stat st;
	size_t at;
	int r;

	if (stat(c->release.dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return fail("check", "%s: not a folder", c->release.dir);
	r = read_policy(c, policy);
	if (r == 0)
		r = check_all(c);
	if (r)
		return r;
	if (json ? !check_print_json(c) : !check_print(c))
		return fail("check", "cannot write to standard output");
	return codes[check_verdict(c, &at)];
}

int cmd_check(int argc, char **argv)
{
	const char *policy = NULL;
	bool json = false;
	const struct option_spec options[] = {
		{ "--policy", &policy, NULL, NULL },
		{ "--json", NULL, &json, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	struct checking c = { 0 };
	int r = parse_args(argc, argv, options, &c.release.dir, 1);

	if (r)
		return r;
	if (!c.release.dir)
		return fail_usage("check", "the folder of a release is needed");
	r = run(&c, policy, json);
	rampart_policy_free(c.policy);
	release_done(&c.release);
	return r;
}
