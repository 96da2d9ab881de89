/* SPDX-License-Identifier: MIT */
/* Builds a policy from the files that options name. */
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/client/attest.h"
#include "measure/cmd/client/feeding.h"
#include "measure/cmd/instant.h"
#include "measure/cmd/logged.h"
#include "measure/cmd/signatures.h"

#define FILE_MAX (16 << 20) /* bytes of golden values, a policy or certificates */

/* How one kind of file is added to the policy. */
typedef int add_fn(struct rampart_policy *policy, const char *path, const char *text, size_t len,
		   struct rampart_error *error);

static int add_rules(struct rampart_policy *policy, const char *path, const char *text, size_t len,
		     struct rampart_error *error)
{
	(void)path;
	return rampart_policy_read(policy, text, len, error);
}

static int add_roots(struct rampart_policy *policy, const char *path, const char *text, size_t len,
		     struct rampart_error *error)
{
	(void)path;
	return rampart_policy_add_root(policy, text, len, true, error);
}

static int add_certs(struct rampart_policy *policy, const char *path, const char *text, size_t len,
		     struct rampart_error *error)
{
	(void)path;
	return rampart_policy_add_root(policy, text, len, false, error);
}

static int add_file(const char *command, struct rampart_policy *policy, const char *path,
		    add_fn *add)
{
	AUTO_FREE uint8_t *text = NULL;
	struct rampart_error error;
	size_t len;
	int r = read_file(path, FILE_MAX, &text, &len);

	if (r < 0)
		return fail_parse(command, path, r, NULL);
	r = add(policy, path, (const char *)text, len, &error);
	return r < 0 ? fail(command, "%s: %s", path, error.text) : 0;
}

static int add_files(const char *command, struct rampart_policy *policy,
		     const struct option_list *paths, add_fn *add)
{
	int r = 0;

	for (size_t i = 0; i < paths->n && r == 0; i++)
		r = add_file(command, policy, paths->v[i], add);
	return r;
}

/* Signatures are read only if the policy names signers. */
static int find_signatures(const char *command, const struct rampart_policy *policy,
			   const char *path, const struct option_list *given,
			   struct signatures *signatures)
{
	int r = 0;

	if (!rampart_policy_has_signers(policy))
		return 0;
	if (strcmp(path, "-") != 0)
		r = signatures_find(command, path, signatures);
	for (size_t i = 0; i < given->n && r == 0; i++)
		r = signatures_add(command, given->v[i], signatures);
	return r;
}

static int add_golden(const char *command, struct rampart_policy *policy, const char *path,
		      const struct option_list *given)
{
	AUTO_FREE uint8_t *text = NULL;
	struct signatures signatures = { .n = 0 }, proof = { .n = 0 };
	struct rampart_error error;
	size_t len;
	int r = read_file(path, FILE_MAX, &text, &len);

	if (r < 0)
		return fail_parse(command, path, r, NULL);
	r = find_signatures(command, policy, path, given, &signatures);
	if (r == 0)
		r = logged_find(command, policy, path, &proof);
	if (r == 0 && rampart_policy_add_logged_golden(policy, path, (const char *)text, len,
						       signatures.list, signatures.n,
						       proof.n > 0 ? proof.list : NULL, &error) < 0)
		r = fail(command, "%s", error.text); /* which begins with path */
	signatures_done(&signatures);
	signatures_done(&proof);
	return r;
}

static int add_goldens(const char *command, struct rampart_policy *policy,
		       const struct trust_options *options)
{
	int r = 0;

	if (options->signatures.n > 0 && !rampart_policy_has_signers(policy))
		return fail_usage(
			command,
			"--signature has no effect without --policy FILE with \"signers\"");
	for (size_t i = 0; i < options->golden.n && r == 0; i++)
		r = add_golden(command, policy, options->golden.v[i], &options->signatures);
	return r;
}

int trust_feed(const char *command, const struct trust_options *options,
	       struct rampart_feed **ret_feed)
{
	struct rampart_error held, error;

	*ret_feed = NULL;
	if (!options->feed != !options->root)
		return fail_usage(command, "--feed PLACE and --root FILE belong together");
	if (!options->feed)
		return 0;
	if (feeding(options->feed, options->root, instant_now(), ret_feed, &held, &error) < 0)
		return fail(command, "%s", error.text);
	if (held.text[0])
		(void)fail(command, "warning: --feed %s: %s; what was kept of it is used",
			   options->feed, held.text);
	return 0;
}

int trust_add_feed(const char *command, struct rampart_policy *policy, const char *address,
		   const struct rampart_feed *feed)
{
	struct rampart_error error;
	const char *why;

	if (!feed)
		return 0;
	if (rampart_policy_add_feed(policy, feed, &error) < 0)
		return fail(command, "--feed %s: %s", address, error.text);
	for (size_t i = 0; (why = rampart_policy_aside(policy, i)); i++)
		(void)fail(command, "warning: --feed %s: set aside: %s", address, why);
	return 0;
}

static int load(const char *command, const struct trust_options *options,
		const struct rampart_feed *feed, struct rampart_policy **ret_policy)
{
	struct rampart_policy *policy;
	int r = 0, seen = -1;

	if (options->roots.n == 0 && !options->policy)
		return fail_usage(
			command,
			"no roots for the machine's TPM: give --roots FILE, or --policy FILE with \"roots\"");
	policy = rampart_policy_new();
	if (!policy)
		return fail(command, "out of memory");
	if (options->policy)
		r = add_file(command, policy, options->policy, add_rules);
	if (r == 0)
		r = logged_begin(command, policy, &seen);
	if (r == 0)
		r = add_goldens(command, policy, options);
	if (r == 0)
		r = trust_add_feed(command, policy, options->feed, feed);
	r = logged_end(command, policy, seen, r);
	if (r == 0)
		r = add_files(command, policy, &options->roots, add_roots);
	if (r == 0)
		r = add_files(command, policy, &options->certs, add_certs);
	if (r) {
		rampart_policy_free(policy);
		return r;
	}
	if (options->debug)
		rampart_policy_allow_debug(policy);
	*ret_policy = policy;
	return 0;
}

int trust_load_roots(const char *command, const struct trust_options *options,
		     struct rampart_policy **ret_policy)
{
	return load(command, options, NULL, ret_policy);
}

int trust_load(const char *command, const struct trust_options *options,
	       const struct rampart_feed *feed, struct rampart_policy **ret_policy)
{
	if (options->golden.n == 0 && !feed)
		return fail_usage(command, "no golden values: give --golden FILE, or --feed PLACE");
	return load(command, options, feed, ret_policy);
}
