/* SPDX-License-Identifier: MIT */
/* A machine's proof, over the connection that it vouches for. */
#ifndef MEASURE_CMD_CLIENT_ATTEST_H
#define MEASURE_CMD_CLIENT_ATTEST_H

#include "measure/cmd/client/channel.h"
#include "measure/cmd/cmd.h"
#include "measure/rampart.h"

/* What a command accepts, as its options say. */
struct trust_options {
	struct option_list golden, roots, certs, signatures;
	const char *policy, *feed, *root;
	bool debug;
};

/* The option table's rows and the help text's lines for all of them. */
#define TRUST_OPTIONS(t)                                                                        \
	{ "--golden", NULL, NULL, &(t)->golden }, { "--policy", &(t)->policy, NULL, NULL },     \
		{ "--roots", NULL, NULL, &(t)->roots }, { "--certs", NULL, NULL, &(t)->certs }, \
		{ "--signature", NULL, NULL, &(t)->signatures },                                \
		{ "--feed", &(t)->feed, NULL, NULL }, { "--root", &(t)->root, NULL, NULL },     \
	{                                                                                       \
		"--debug", NULL, &(t)->debug, NULL                                              \
	}
#define TRUST_HELP                                                                                    \
	"  --golden FILE   accept this golden.json; again for more\n"                                 \
	"  --feed PLACE    accept what this feed names now, a URL or a folder, see rampart-feed(7)\n" \
	"  --root FILE     the feed's root.json, which says whose signatures count\n"                 \
	"  --signature FILE  over golden values, beside FILE.*.sig and FILE.*.minisig of each\n"      \
	"  --roots FILE    trust the self-signed certificates in it as roots of TPMs (PEM, DER)\n"    \
	"  --certs FILE    certificates between a TPM and its root, if the machine lacks them\n"      \
	"  --policy FILE   further rules: rampart-policy/1, see rampart-policy(5)\n"                  \
	"  --debug         accept images with a shell\n"

#define TIMEOUT_HELP \
	"  --timeout S     seconds that the machine has for its proof, all in all (60)\n"

/*
 * The feed of the options, with a warning line if it cannot be reached and what was kept is used; NULL if they name
 * none. rampart_feed_free() it. 0, or EXIT_UNSURE after an error line.
 */
int trust_feed(const char *command, const struct trust_options *options,
	       struct rampart_feed **ret_feed);

/* rampart_policy_add_feed(), unless feed is NULL, with a warning line for what was set aside. Likewise. */
int trust_add_feed(const char *command, struct rampart_policy *policy, const char *address,
		   const struct rampart_feed *feed);

/*
 * 0 and a policy that the caller owns, or EXIT_UNSURE after an error line. feed: as trust_feed() gave it, and not used
 * after this.
 */
int trust_load(const char *command, const struct trust_options *options,
	       const struct rampart_feed *feed, struct rampart_policy **ret_policy);

/* The same without golden values, for what is only about certificates. */
int trust_load_roots(const char *command, const struct trust_options *options,
		     struct rampart_policy **ret_policy);

/* The seconds of --timeout, or the default if it is NULL. 0, or EXIT_UNSURE after an error line. */
int timeout_parse(const char *command, const char *text, unsigned *ret_s);

/* The result of one attempt. */
struct attested {
	struct channel channel; /* its error: why there is no report, or no activation; else "" */
	char *json;		/* the evidence as it came, owned; NULL: none came */
	size_t json_len;
	struct rampart_evidence *evidence;     /* NULL: malformed, and so refused already */
	struct rampart_activation *activation; /* NULL: none was needed, or obtained */
	struct rampart_report *report;
};

/* Earlier activations, of any machines. */
#define ATTEST_KNOWN_MAX 64
struct attest_known {
	const struct rampart_activation *activation[ATTEST_KNOWN_MAX];
	size_t n;
};

/*
 * Connects, draws a nonce, asks for evidence, lets the TPM open a credential if that is what trust
 * needs and none of known (which may be NULL) is the machine's, and judges it all at this time. The
 * machine has timeout_s seconds for all of it. 0 and a report; or negative and only the error, when
 * it could not be asked. Call attested_done() in either case.
 */
int attest(const struct url *url, const struct rampart_policy *policy,
	   const struct attest_known *known, int64_t time, unsigned timeout_s,
	   struct attested *ret);

/* The same over attested->channel, which is open; all else in it is zero. */
int attest_over(const struct rampart_policy *policy, const struct attest_known *known, int64_t time,
		struct attested *attested);
void attested_done(struct attested *attested);

/* The same for evidence that was kept in a file, offline. 0, or EXIT_UNSURE after an error line. */
int attest_file(const char *command, const char *path, const struct rampart_policy *policy,
		int64_t time, struct attested *ret);

#endif
