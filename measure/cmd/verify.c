/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attest.h"
#include "instant.h"
#include "verify_print.h"

const char verify_help[] =
	"usage: rampart verify URL --golden FILE... [OPTION...]\n"
	"       rampart verify --evidence FILE --golden FILE... [--at TIME] [OPTION...]\n"
	"\n"
	"Asks the machine at URL (https://HOST[:PORT]) for its proof, and checks all of it: that "
	"the\n"
	"connection ends in the machine that quotes, that a TPM with a pinned root made the quote "
	"for\n"
	"this request, that the logs lead to the quoted PCRs, and that these are the golden "
	"values.\n"
	"\n" TRUST_HELP
	"  --evidence FILE verify evidence that was kept; nothing shows then that it is fresh\n"
	"  --at TIME       when certificates must be valid: 2026-11-25[T04:00:00Z], @SECONDS "
	"(now)\n"
	"  --save FILE     keep the evidence; FILE must not exist\n"
	"  --explain       every check, and each event that differs\n"
	"  --json          the report as JSON, rampart-report/1\n"
	"\n"
	"Exit code: 0 everything holds, 1 something does not, 2 could not tell.\n";

struct verify_options {
	struct trust_options trust;
	const char *url, *evidence, *at, *save;
	bool explain, json;
	int64_t time;
};

static int parse_options(int argc, char **argv, struct verify_options *o)
{
	const struct option_spec options[] = {
		TRUST_OPTIONS(&o->trust),
		{ "--evidence", &o->evidence, NULL, NULL },
		{ "--at", &o->at, NULL, NULL },
		{ "--save", &o->save, NULL, NULL },
		{ "--explain", NULL, &o->explain, NULL },
		{ "--json", NULL, &o->json, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, &o->url, 1);

	if (r)
		return r;
	if (!o->url == !o->evidence)
		return fail_usage("verify", "a URL or --evidence is needed, and not both");
	if (o->save && o->evidence)
		return fail_usage("verify", "--save keeps what a machine says, so it needs a URL");
	o->time = instant_now();
	if (o->at && instant_parse(o->at, &o->time) < 0)
		return fail_usage("verify",
				  "--at %s: not a time; write 2026-11-25, "
				  "2026-11-25T04:00:00Z or @SECONDS",
				  o->at);
	return 0;
}

static int ask(const struct verify_options *o, const struct rampart_policy *policy,
	       struct attested *a)
{
	const char *why;
	struct url url;

	if (o->evidence)
		return attest_file("verify", o->evidence, policy, o->time, a);
	if (url_parse(o->url, &url, &why) < 0)
		return fail_usage("verify", "%s: %s", o->url, why);
	if (attest(&url, policy, NULL, o->time, a) < 0)
		return fail("verify", "%s: %s", o->url, a->error);
	return 0;
}

static int save(const char *path, const struct attested *a)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	bool ok;

	if (fd < 0)
		return fail("verify", "--save %s: %s", path, strerror(errno));
	ok = write(fd, a->json, a->json_len) == (ssize_t)a->json_len;
	ok = close(fd) == 0 && ok;
	if (ok)
		return 0;
	(void)unlink(path);
	return fail("verify", "--save %s: cannot write it", path);
}

static bool print(const struct verify_options *o, const struct rampart_report *report)
{
	AUTO_FREE char *json = NULL;

	if (!o->json)
		return verify_print(report, o->explain);
	json = rampart_report_json(report);
	return json && puts(json) != EOF;
}

int cmd_verify(int argc, char **argv)
{
	static const int codes[] = { EXIT_HOLDS, EXIT_DIFFERS, EXIT_UNSURE };
	struct attested attested = { .channel.fd = -1 };
	struct verify_options o = { 0 };
	struct rampart_policy *policy = NULL;
	int r = parse_options(argc, argv, &o);

	channel_init();
	if (r == 0)
		r = trust_load("verify", &o.trust, &policy);
	if (r == 0)
		r = ask(&o, policy, &attested);
	if (r == 0 && o.save)
		r = save(o.save, &attested);
	if (r == 0)
		r = print(&o, attested.report) ? codes[attested.report->verdict]
					       : fail("verify", "cannot write to standard output");
	attested_done(&attested);
	rampart_policy_free(policy);
	return r;
}
