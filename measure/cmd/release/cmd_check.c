/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "measure/cmd/client/attest.h"
#include "measure/cmd/golden/prediction.h"
#include "measure/cmd/instant.h"
#include "measure/cmd/logged.h"
#include "measure/cmd/release/asked.h"
#include "measure/cmd/release/release.h"
#include "measure/cmd/show.h"
#include "measure/cmd/signatures.h"
#include "measure/verify/policy/accept.h"

const char check_help[] =
	"usage: rampart check RELEASE [--policy FILE] [--feed PLACE --root FILE] [--json]\n"
	"\n"
	"Checks the folder of a release: that it is whole (sha256sums), that the policy's signers signed\n"
	"sha256sums and golden.json, that the golden values are what disk.img, plan and platform.json lead\n"
	"to, and that the policy accepts them; those of a CD and of the network likewise, if it has any.\n"
	"Needs nothing but the folder, and boots nothing.\n"
	"\n"
	"  --policy FILE   rampart-policy/1 with \"signers\"; without, nobody vouches for the release\n"
	"  --feed PLACE    that this feed names the release as valid now: a URL or a folder\n"
	"  --root FILE     the feed's root.json, which says whose signatures count\n"
	"  --json          the result as JSON, rampart-check/1\n"
	"\n"
	"Exit code: 0 everything holds, 1 something does not, 2 could not tell.\n";

/* Golden values of a release, and the files that they are computed from, with the plan. */
struct values {
	const char *golden, *platform, *disk;
	enum predict_medium medium;
};
static const struct values of_disk = { RELEASE_GOLDEN, RELEASE_PLATFORM, RELEASE_DISK,
				       PREDICT_DISK };
/* Of machines that boot another medium; a release has them if it was asked for that. */
#define MEDIA_N 2
static const struct values of_medium[MEDIA_N] = {
	{ RELEASE_GOLDEN_CD, "platform-cd.json", "disk.iso", PREDICT_CD },
	{ RELEASE_GOLDEN_NETWORK, "platform-network.json", RELEASE_DISK, PREDICT_NETWORK },
};

/* In this order; rampart-check(1) says what each means. Those of the policy as in accept.h. */
enum release_check {
	RELEASE_CHECK_LIST,
	RELEASE_CHECK_FILES,
	RELEASE_CHECK_DIGESTS,
	RELEASE_CHECK_SIGNERS,
	RELEASE_CHECK_GOLDEN,
	RELEASE_CHECK_PREDICTED,
	RELEASE_CHECK_MEDIA,
	RELEASE_CHECK_POLICY = RELEASE_CHECK_MEDIA + MEDIA_N,
	_RELEASE_CHECK_MAX = RELEASE_CHECK_POLICY + _ACCEPT_MAX
};

struct checking {
	struct release release;
	struct trust_options feed;	    /* of the options only --feed and --root */
	struct rampart_policy *policy;	    /* with what the feed names */
	struct signed_by signed_by;	    /* who signed sha256sums */
	const struct policy_golden *golden; /* of the disk; NULL: golden.json cannot be read */
	struct asked asked;		    /* json NULL: it does not say in our form */
	struct finding found[_RELEASE_CHECK_MAX];
};

static const char *const ids[_RELEASE_CHECK_MAX] = {
	[RELEASE_CHECK_LIST] = "release.list",
	[RELEASE_CHECK_FILES] = "release.files",
	[RELEASE_CHECK_DIGESTS] = "release.digests",
	[RELEASE_CHECK_SIGNERS] = "release.signers",
	[RELEASE_CHECK_GOLDEN] = "golden.form",
	[RELEASE_CHECK_PREDICTED] = "golden.predicted",
	[RELEASE_CHECK_MEDIA] = "golden.cd",
	[RELEASE_CHECK_MEDIA + 1] = "golden.network",
	[RELEASE_CHECK_POLICY + ACCEPT_SIGNERS] = "policy.signers",
	[RELEASE_CHECK_POLICY + ACCEPT_LOG] = "policy.log",
	[RELEASE_CHECK_POLICY + ACCEPT_REVOKED] = "policy.revoked",
	[RELEASE_CHECK_POLICY + ACCEPT_DEBUG] = "policy.debug",
	[RELEASE_CHECK_POLICY + ACCEPT_IMAGE] = "policy.image",
	[RELEASE_CHECK_POLICY + ACCEPT_VERSION] = "policy.version",
	[RELEASE_CHECK_POLICY + ACCEPT_PLATFORM] = "policy.platform",
	[RELEASE_CHECK_POLICY + ACCEPT_SHAPE] = "policy.shape",
	[RELEASE_CHECK_POLICY + ACCEPT_UNCHECKED] = "policy.unchecked",
	[RELEASE_CHECK_POLICY + ACCEPT_CURRENT] = "policy.current",
};

/* ---- the folder ---- */

static void check_folder(struct checking *c)
{
	/* With what golden.json is computed from. */
	static const char *const needed[] = { RELEASE_GOLDEN, RELEASE_DISK, RELEASE_PLAN,
					      RELEASE_PLATFORM, NULL };
	const struct finding skipped = finding_of(RAMPART_SKIPPED, "no list to compare with");
	struct finding list = release_list(&c->release, needed);
	bool is_listed = list.outcome == RAMPART_HOLDS;

	c->found[RELEASE_CHECK_LIST] = list;
	c->found[RELEASE_CHECK_FILES] = is_listed ? release_files(&c->release) : skipped;
	c->found[RELEASE_CHECK_DIGESTS] = is_listed ? release_digests(&c->release) : skipped;
}

/*
 * For which machines it is, which no check depends on. A release without our provenance, or with
 * another form of it, does not say.
 */
static void read_asked(struct checking *c)
{
	AUTO_FREE char *path = release_path(&c->release, ASKED_FILE);
	struct rampart_error error;

	if (path && release_find(&c->release, ASKED_FILE) &&
	    c->found[RELEASE_CHECK_DIGESTS].outcome == RAMPART_HOLDS)
		(void)asked_read(path, &c->asked, &error);
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
		c->found[RELEASE_CHECK_SIGNERS] =
			finding_of(RAMPART_UNSURE,
				   "no policy names signers, so nobody vouches for this release");
		return 0;
	}
	if (!c->release.sums) {
		c->found[RELEASE_CHECK_SIGNERS] =
			finding_of(RAMPART_SKIPPED, "there is no " RELEASE_SUMS);
		return 0;
	}
	r = find_signatures(c, RELEASE_SUMS, &signatures);
	if (r == 0 && signers_check(&c->policy->signers, NAMESPACE_RELEASE, sums, signatures.list,
				    signatures.n, &c->signed_by) < 0)
		r = fail("check", "out of memory");
	signatures_done(&signatures);
	if (r)
		return r;
	signers_print(&c->policy->signers, c->signed_by.by, names);
	if (c->signed_by.why_not[0])
		c->found[RELEASE_CHECK_SIGNERS] =
			finding_of(RAMPART_FAILS, RELEASE_SUMS ": %s", c->signed_by.why_not);
	else
		c->found[RELEASE_CHECK_SIGNERS] =
			finding_of(RAMPART_HOLDS, RELEASE_SUMS ": signed by %s", names);
	return 0;
}

/* ---- golden values ---- */

/* ret_text is owned by the caller; *ret_golden NULL: they cannot be read. */
static int read_golden(const struct checking *c, const char *name, uint8_t **ret_text,
		       size_t *ret_len, const struct policy_golden **ret_golden,
		       struct finding *ret)
{
	AUTO_FREE char *path = release_path(&c->release, name);
	struct signatures signatures = { .n = 0 }, proof = { .n = 0 };
	struct rampart_error error;
	int r;

	*ret_golden = NULL;
	if (!path)
		return fail("check", "out of memory");
	r = read_file(path, JSON_SIZE_MAX, ret_text, ret_len);
	if (r < 0) {
		*ret = finding_of(RAMPART_FAILS, "%s: %s", name, strerror(-r));
		return 0;
	}
	r = find_signatures(c, name, &signatures);
	if (r == 0)
		r = logged_find("check", c->policy, path, &proof);
	if (r == 0 && rampart_policy_add_logged_golden(
			      c->policy, name, (const char *)*ret_text, *ret_len, signatures.list,
			      signatures.n, proof.n > 0 ? proof.list : NULL, &error) < 0) {
		*ret = finding_of(RAMPART_FAILS, "%s", error.text);
	} else if (r == 0) {
		*ret_golden = &c->policy->golden[c->policy->n_goldens - 1]; /* behind the feed's */
		*ret = finding_of(RAMPART_HOLDS, "golden values, each the replay of its events");
	}
	signatures_done(&signatures);
	signatures_done(&proof);
	return r;
}

/* ---- what they should be ---- */

/* Whether its machines have Secure Boot on, with the keys that it has. */
static bool has_keys(const struct checking *c)
{
	return release_find(&c->release, RELEASE_KEYS "/db.esl");
}

/* NULL after an error line. */
static json_t *predict(const struct checking *c, const struct values *v,
		       const struct golden *golden)
{
	AUTO_FREE char *disk = release_path(&c->release, v->disk);
	AUTO_FREE char *plan = release_path(&c->release, RELEASE_PLAN);
	AUTO_FREE char *platform = release_path(&c->release, v->platform);
	AUTO_FREE char *keys = release_path(&c->release, RELEASE_KEYS);
	const struct prediction_files files = {
		.disk = disk,
		.plan = plan,
		.platform = platform,
		.medium = v->medium,
		.keys_folder = has_keys(c) ? keys : NULL,
		.banks = golden->bank,
		.has_release = golden->has_release,
		.release = golden->release,
		.accepted = &golden->config,
	};

	if (disk && plan && platform && keys)
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

static struct finding compare(const struct checking *c, const struct values *v, json_t *want,
			      const struct golden *golden, struct span text)
{
	const struct release_file *uki = release_find(&c->release, RELEASE_UKI);
	AUTO_FREE char *dump = json_dumps(want, JSON_INDENT(2));
	char path[128], inputs[128];

	snprintf(inputs, sizeof(inputs),
		 has_keys(c) ? "%s, " RELEASE_PLAN ", %s and the keys in " RELEASE_KEYS
			     : "%s, " RELEASE_PLAN " and %s",
		 v->disk, v->platform);
	if (!dump)
		return finding_of(RAMPART_UNSURE, "memory ran out");
	if (strlen(dump) + 1 != text.left || memcmp(dump, text.p, text.left - 1) != 0 ||
	    text.p[text.left - 1] != '\n') {
		print_difference(want, golden->json, path, sizeof(path));
		return finding_of(RAMPART_FAILS, "%s: %s is not what %s lead to", v->golden, path,
				  inputs);
	}
	if (uki && !digest_equal(&uki->sum.sha256, &golden->uki_sha256))
		return finding_of(RAMPART_FAILS, RELEASE_UKI " is another than the one in %s",
				  v->disk);
	return finding_of(RAMPART_HOLDS, "what %s lead to", inputs);
}

static struct finding check_predicted(const struct checking *c, const struct values *v,
				      const struct policy_golden *golden, struct span text)
{
	struct finding f;
	json_t *want;

	if (!golden)
		return finding_of(RAMPART_SKIPPED, "there are no golden values");
	want = predict(c, v, &golden->values);
	f = want ? compare(c, v, want, &golden->values, text)
		 : finding_of(
			   RAMPART_UNSURE,
			   "golden values could not be computed, for the reason on standard error");
	json_decref(want);
	return f;
}

/* All of it at once, but for what the policy and a feed say of machines: these need not be theirs. */
static int check_medium(const struct checking *c, const struct values *v, int64_t now,
			struct finding *ret)
{
	const struct policy_golden *golden;
	AUTO_FREE uint8_t *text = NULL;
	size_t len = 0;
	int r;

	if (!release_find(&c->release, v->golden)) {
		*ret = finding_of(RAMPART_SKIPPED, "the release has none");
		return 0;
	}
	r = read_golden(c, v->golden, &text, &len, &golden, ret);
	if (r || !golden)
		return r;
	*ret = check_predicted(c, v, golden, span_of(text, len));
	for (enum accept_rule rule = 0; rule < ACCEPT_PLATFORM; rule++) {
		struct finding f = accept_golden(c->policy, golden, rule, now);

		if (ret->outcome == RAMPART_HOLDS &&
		    (f.outcome == RAMPART_FAILS || f.outcome == RAMPART_UNSURE))
			*ret = finding_of(f.outcome, "%s: %s", v->golden, f.text);
	}
	return 0;
}

/* ---- what is printed ---- */

/* Of the first check that fails, or else is unsure; and in ret_reason what it says, or "". */
#define REASON_MAX (FINDING_TEXT_MAX + 64)
static enum rampart_outcome judge(const struct checking *c, char ret_reason[static REASON_MAX])
{
	static const enum rampart_outcome worst[] = { RAMPART_FAILS, RAMPART_UNSURE };

	for (size_t i = 0; i < 2; i++)
		for (size_t check = 0; check < _RELEASE_CHECK_MAX; check++) {
			if (c->found[check].outcome != worst[i])
				continue;
			snprintf(ret_reason, REASON_MAX, "%s: %s", ids[check],
				 c->found[check].text);
			return worst[i];
		}
	ret_reason[0] = 0;
	return RAMPART_HOLDS;
}

static void print_signers(const struct checking *c, const char *what, const bool *by)
{
	char names[SIGNERS_TEXT_MAX];

	signers_print(&c->policy->signers, by, names);
	if (names[0])
		printf("%-10s %s\n", what, names);
}

static void print_release(const struct checking *c)
{
	const struct golden *golden = &c->golden->values;

	printf("\nimage      %s %s%s\n", golden->image, golden->version,
	       golden->debug ? ", DEBUG" : "");
	if (c->asked.json && *c->asked.kind)
		printf("machine    %s\n", c->asked.kind);
	if (has_keys(c))
		puts("signed     for Secure Boot, with the keys in " RELEASE_KEYS);
	if (c->asked.updates)
		printf("updates    the disk has room for two UKIs of %lld MiB\n",
		       (long long)c->asked.updates);
	printf("platform   %s %s\n", golden->platform, c->golden->shape_text);
}

static void print(const struct checking *c, enum rampart_outcome verdict, const char *reason)
{
	for (size_t i = 0; i < _RELEASE_CHECK_MAX; i++)
		show_check(c->found[i].outcome, ids[i], c->found[i].text);
	if (c->golden)
		print_release(c);
	print_signers(c, "release by", c->signed_by.by);
	if (c->golden)
		print_signers(c, "golden by", c->golden->signed_by.by);
	show_verdict(verdict, reason);
}

static json_t *signers_to_json(const struct checking *c, const bool *by)
{
	const struct signers *signers = &c->policy->signers;
	json_t *list = json_array();

	for (size_t i = 0; i < signers->n; i++)
		if (by[i])
			list = show_append(list, json_string(signers->key[i].name));
	return list;
}

static json_t *check_to_json(const char *id, const struct finding *f)
{
	bool is_bad = f->outcome == RAMPART_FAILS || f->outcome == RAMPART_UNSURE;
	char code[80];

	snprintf(code, sizeof(code), "%s%s%s", id, f->detail ? "." : "",
		 f->detail ? f->detail : "");
	return json_pack("{s:s, s:s, s:s, s:s?}", "id", id, "outcome",
			 rampart_outcome_name(f->outcome), "text", f->text, "code",
			 is_bad ? code : NULL);
}

static bool print_json(const struct checking *c, enum rampart_outcome verdict, const char *reason)
{
	static const bool nobody[SIGNERS_MAX];
	const struct policy_golden *golden = c->golden;
	const struct asked *asked = &c->asked;
	json_t *checks = json_array(), *image = json_null();

	for (size_t i = 0; i < _RELEASE_CHECK_MAX; i++)
		checks = show_append(checks, check_to_json(ids[i], &c->found[i]));
	if (golden)
		image = json_pack("{s:s, s:s, s:b}", "name", golden->values.image, "version",
				  golden->values.version, "debug", golden->values.debug);
	return show_json(json_pack(
		"{s:s, s:s, s:s, s:o, s:s?, s:b, s:o, s:o, s:o, s:o}", "schema", "rampart-check/1",
		"verdict", rampart_outcome_name(verdict), "reason", reason, "image", image,
		"machine", asked->json && *asked->kind ? asked->kind : NULL, "secure_boot",
		has_keys(c), "updates_mib",
		asked->updates ? json_integer(asked->updates) : json_null(), "release_signers",
		signers_to_json(c, c->signed_by.by), "golden_signers",
		signers_to_json(c, golden ? golden->signed_by.by : nobody), "checks", checks));
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

static int read_feed(struct checking *c)
{
	struct rampart_feed *feed;
	int r = trust_feed("check", &c->feed, &feed);

	if (r == 0)
		r = trust_add_feed("check", c->policy, c->feed.feed, feed);
	rampart_feed_free(feed);
	return r;
}

/* What the feed says of these very golden values. */
static struct finding check_current(const struct checking *c, int64_t now)
{
	const struct policy_golden *golden = c->golden;

	if (!c->feed.feed)
		return finding_of(RAMPART_SKIPPED, "no feed is given");
	for (size_t i = 0; i < c->policy->n_goldens; i++)
		if (c->policy->golden[i].feed.named &&
		    digest_equal(&c->policy->golden[i].sha256, &golden->sha256))
			return accept_golden(c->policy, &c->policy->golden[i], ACCEPT_CURRENT, now);
	return finding_of(RAMPART_FAILS, "the feed does not name these golden values");
}

static int check_all(struct checking *c)
{
	int64_t now = instant_now();
	AUTO_FREE uint8_t *text = NULL;
	size_t len = 0;
	int r, seen;

	check_folder(c);
	read_asked(c);
	r = logged_begin("check", c->policy, &seen);
	if (r == 0)
		r = read_feed(c);
	if (r == 0)
		r = check_signers(c);
	for (size_t i = 0; i < MEDIA_N && r == 0; i++)
		r = check_medium(c, &of_medium[i], now, &c->found[RELEASE_CHECK_MEDIA + i]);
	if (r == 0) /* the last, since the policy moves its golden values when it gets more */
		r = read_golden(c, RELEASE_GOLDEN, &text, &len, &c->golden,
				&c->found[RELEASE_CHECK_GOLDEN]);
	r = logged_end("check", c->policy, seen, r);
	if (r)
		return r;
	c->found[RELEASE_CHECK_PREDICTED] =
		check_predicted(c, &of_disk, c->golden, span_of(text, len));
	for (enum accept_rule rule = 0; rule < _ACCEPT_MAX; rule++)
		c->found[RELEASE_CHECK_POLICY + rule] =
			c->golden ? accept_golden(c->policy, c->golden, rule, now)
				  : finding_of(RAMPART_SKIPPED, "there are no golden values");
	if (c->golden)
		c->found[RELEASE_CHECK_POLICY + ACCEPT_CURRENT] = check_current(c, now);
	return 0;
}

static int run(struct checking *c, const char *policy, bool json)
{
	enum rampart_outcome verdict;
	char reason[REASON_MAX];
	bool written = true;
	struct stat st;
	int r;

	if (stat(c->release.dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return fail("check", "%s: not a folder", c->release.dir);
	r = read_policy(c, policy);
	if (r == 0)
		r = check_all(c);
	if (r)
		return r;
	verdict = judge(c, reason);
	if (json)
		written = print_json(c, verdict, reason);
	else
		print(c, verdict, reason);
	return show_end("check", written, show_code(verdict));
}

int cmd_check(int argc, char **argv)
{
	struct checking c = { 0 };
	const char *policy = NULL;
	bool json = false;
	const struct option_spec options[] = {
		{ "--policy", &policy, NULL, NULL },
		{ "--feed", &c.feed.feed, NULL, NULL },
		{ "--root", &c.feed.root, NULL, NULL },
		{ "--json", NULL, &json, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, &c.release.dir, 1);

	if (r)
		return r;
	if (!c.release.dir)
		return fail_usage("check", "the folder of a release is needed");
	channel_init();
	r = run(&c, policy, json);
	rampart_policy_free(c.policy);
	release_done(&c.release);
	asked_done(&c.asked);
	return r;
}
