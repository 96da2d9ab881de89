/* SPDX-License-Identifier: MIT */
/*
 * The page of a report: it says what the report says, and nothing from outside becomes markup.
 * With `files FOLDER` it writes evidence of several machines, their golden values and root, for
 * tests/cli/report/report.t.
 */
#include "tests/lib/machine.h"

#include "measure/cmd/page/html.h"
#include "measure/cmd/page/report_html.h"
#include "measure/record/text.h"

/* Closes what it may stand in, starts a script, turns the line, rings, and is no UTF-8. */
#define HOSTILE "</style></code></pre>\"'><script>alert(1)</script>&amp;\x01\x80\u202e"

static struct machine m;
static struct rampart_policy *policy;

/* ---- the page as text ---- */

static char *page_text(const struct report_page *page)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool ok;

	must(out != NULL);
	ok = report_html(out, page);
	ok = fclose(out) == 0 && ok;
	must(ok);
	return text;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		n++;
	return n;
}

#define DEPTH_MAX 32

/* Whether each tag is closed, in order; <meta> has no end. */
static bool is_balanced(const char *text)
{
	char open[DEPTH_MAX][16];
	size_t depth = 0;

	for (text = strchr(text, '<'); text; text = strchr(text + 1, '<')) {
		size_t len = strcspn(text + 1, " >");
		char name[16] = "";

		if (text[1] == '!' || len >= sizeof(name))
			continue;
		memcpy(name, text + 1, len);
		if (name[0] == '/') {
			if (depth == 0 || strcmp(open[--depth], name + 1) != 0)
				return false;
		} else if (strcmp(name, "meta") != 0) {
			if (depth == DEPTH_MAX)
				return false;
			strcpy(open[depth++], name);
		}
	}
	return depth == 0;
}

/* Whether it is UTF-8 without control characters but the end of a line. */
static bool is_plain(const char *text)
{
	while (*text == '\n' || (*text && text_char_len(text) > 0))
		text += *text == '\n' ? 1 : text_char_len(text);
	return *text == 0;
}

/* What every page must be. */
static void is_page(const char *text, const char *name)
{
	char line[160];

	snprintf(line, sizeof(line), "%s: is whole, and each tag is closed", name);
	ok(!strncmp(text, "<!DOCTYPE html>\n<html lang=\"en\">", 31) && is_balanced(text) &&
		   strstr(text, "</html>\n"),
	   line);
	snprintf(line, sizeof(line), "%s: has no script, and takes nothing from elsewhere", name);
	ok(!strstr(text, "<script") && !strstr(text, "http:") && !strstr(text, "https:") &&
		   !strstr(text, "src=") && !strstr(text, "url(") && !strstr(text, "@import"),
	   line);
	snprintf(line, sizeof(line), "%s: has one main heading", name);
	is_int((int64_t)count(text, "<h1>"), 1, line);
}

/* ---- escaping ---- */

static char *text_as_html(const char *s)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int closed;

	must(out != NULL);
	html_text(out, s);
	closed = fclose(out);
	must(closed == 0);
	return text;
}

static void escapes(const char *s, const char *want, const char *name)
{
	char *text = text_as_html(s);

	is_str(text, want, name);
	free(text);
}

static void test_escaping(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int closed;

	escapes("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;", "what is markup is escaped");
	escapes("\u00e4\u4e2d\U0001f600", "\u00e4\u4e2d\U0001f600", "other characters are kept");
	escapes("a\x01\x7f\n\t\xc2\x85z", "a??????z", "control characters are not");
	escapes("\xff\xc0\xaf\xed\xa0\x80\xe4\xb8", "????????", "bytes that are no character");
	escapes("gp\u202eg.exe\u2066\u200f\u061c", "gp?g.exe???",
		"nor what turns the direction of writing");
	escapes("", "", "nothing is nothing");
	escapes(NULL, "\u2013", "what there is not is a dash");
	must(out != NULL);
	html(out, "<b class=\"%s\">%s %u %zu 100%%</b>", "\">", "<i>", 7u, (size_t)8);
	closed = fclose(out);
	must(closed == 0);
	is_str(text, "<b class=\"&quot;&gt;\">&lt;i&gt; 7 8 100%</b>", "arguments are escaped");
	free(text);
}

/* ---- a report by hand, in which every text is hostile ---- */

static const struct rampart_check hostile_checks[] = {
	{ "evidence.form", RAMPART_HOLDS, HOSTILE, NULL },
	{ "quote.signature", RAMPART_FAILS, HOSTILE, NULL },
	{ HOSTILE, RAMPART_UNSURE, HOSTILE, NULL },
	{ "ek.activation", RAMPART_SKIPPED, HOSTILE, NULL },
};

static const struct rampart_pcr hostile_pcrs[] = {
	{ HOSTILE, 4, HOSTILE, HOSTILE, HOSTILE, HOSTILE, false, false, NULL },
	{ "sha256", 8, HOSTILE, NULL, HOSTILE, NULL, true, false, HOSTILE },
	{ "sha256", 4, HOSTILE, HOSTILE, HOSTILE, HOSTILE, true, true, NULL },
};

static const struct rampart_difference hostile_differences[] = {
	{ HOSTILE, "sha256", 4, HOSTILE, HOSTILE, HOSTILE, NULL, 0, NULL, NULL, NULL,
	  RAMPART_MISSING, false },
	{ "extra", HOSTILE, 4, NULL, NULL, NULL, "firmware", 1, HOSTILE, HOSTILE, HOSTILE,
	  RAMPART_EXTRA, false },
};

static const char *const hostile_signers[] = { HOSTILE, HOSTILE };

static const struct rampart_golden hostile_golden = {
	.name = HOSTILE,
	.sha256 = HOSTILE,
	.image = HOSTILE,
	.version = HOSTILE,
	.platform = HOSTILE,
	.shape = HOSTILE,
	.debug = true,
	.n_differing = 3,
	.signer = hostile_signers,
	.n_signers = 2,
	.config = HOSTILE,
	.has_release = true,
	.release = 7,
};

static const char *const hostile_warnings[] = { HOSTILE, HOSTILE };

static const struct rampart_event hostile_events[] = {
	{ "firmware", 0, 0, false, HOSTILE, HOSTILE, NULL, false, NULL },
	{ "firmware", 1, 4, true, HOSTILE, HOSTILE, HOSTILE, false, HOSTILE },
	{ "runtime", 0, 99, true, HOSTILE, "", HOSTILE, true, NULL },
};

static struct rampart_report hostile_report(void)
{
	return (struct rampart_report){
		.verdict = RAMPART_FAILS,
		.reason = "quote.signature: " HOSTILE,
		.check = hostile_checks,
		.n_checks = 4,
		.warning = hostile_warnings,
		.n_warnings = 2,
		.pcr = hostile_pcrs,
		.n_pcrs = 3,
		.golden = &hostile_golden,
		.difference = hostile_differences,
		.n_differences = 2,
		.identity = HOSTILE,
		.ak = HOSTILE,
		.trust = HOSTILE,
		.root = HOSTILE,
		.online = true,
		.time = INT64_MAX,
		.decided_by = &hostile_checks[1],
	};
}

static struct report_page hostile_page(const struct rampart_report *report)
{
	return (struct report_page){ .report = report,
				     .event = hostile_events,
				     .n_events = 3,
				     .no_events = "",
				     .from = HOSTILE,
				     .again = HOSTILE,
				     .kept = HOSTILE };
}

static void test_hostile(void)
{
	struct rampart_report report = hostile_report();
	struct report_page page = hostile_page(&report);
	char *text = page_text(&page), *again = page_text(&page);

	is_page(text, "a hostile report");
	ok(is_plain(text) && !strstr(text, "\u202e"),
	   "a hostile report: no character of it does harm");
	ok(count(text, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;???") > 40,
	   "a hostile report: its texts are all there, to be read");
	is_str(again, text, "the same report gives the same bytes");
	ok(strstr(text, "@9223372036854775807") != NULL, "a time out of reach is told in seconds");
	free(text);
	free(again);

	page.event = NULL;
	page.n_events = 0;
	page.no_events = HOSTILE;
	report.online = false;
	text = page_text(&page);
	is_page(text, "without events");
	free(text);
}

/* ---- verdicts ---- */

static void test_verdicts(void)
{
	static const struct {
		enum rampart_outcome verdict;
		bool online;
		const char *headline, *word;
	} rows[] = {
		{ RAMPART_HOLDS, true, "<h1>This machine is what it should be</h1>",
		  "</span> holds</span><h1>" },
		{ RAMPART_HOLDS, false, "<h1>This evidence is of a machine that was",
		  "</span> holds</span><h1>" },
		{ RAMPART_FAILS, true, "<h1>This machine has not proved what it should</h1>",
		  "</span> does not hold</span><h1>" },
		{ RAMPART_UNSURE, true, "<h1>What this machine is could not be told</h1>",
		  "</span> could not tell</span><h1>" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rampart_report report = hostile_report();
		struct report_page page = hostile_page(&report);
		char *text;

		report.verdict = rows[i].verdict;
		report.online = rows[i].online;
		if (report.verdict == RAMPART_HOLDS)
			report.reason = "";
		text = page_text(&page);
		is_page(text, rampart_outcome_name(rows[i].verdict));
		ok(strstr(text, rows[i].headline) && strstr(text, rows[i].word),
		   "the verdict comes first, in words");
		ok(!strstr(text, "Send it nothing") == (report.verdict != RAMPART_FAILS),
		   "and what to do about it");
		free(text);
	}
}

static void test_refused(void)
{
	const struct rampart_error refused = { "nonce: missing" };
	struct report_page page = { .no_events = "the evidence cannot be read",
				    .from = "f",
				    .again = "rampart" };
	struct rampart_report *report;
	char *text;

	must(rampart_report_refused(&refused, NOW, &report, NULL) == 0);
	page.report = report;
	text = page_text(&page);
	is_page(text, "evidence that was refused");
	ok(strstr(text, "evidence.form: nonce: missing") != NULL, "with the reason");
	ok(strstr(text, "did not answer as a Rampart machine does") != NULL, "in plain words");
	ok(strstr(text, "There are no events to show: the evidence cannot be read") != NULL,
	   "and why there is no timeline");
	free(text);
	rampart_report_free(report);
}

/* ---- machines ---- */

static void rest(void)
{
	machine_quote(&m);
	machine_seal(&m);
}

/* The page of the machine as it is, offline. */
static char *machine_page(void)
{
	char *json = json_dumps(m.json, 0), *text;
	struct rampart_evidence *evidence;
	struct rampart_event *events;
	struct rampart_report *report;
	struct report_page page = { .from = "evidence.json", .again = "rampart verify" };

	must(rampart_evidence_parse(json, strlen(json), &evidence, NULL) == 0);
	must(rampart_verify(policy, evidence, NULL, NULL, NOW, &report, NULL) == 0);
	must(rampart_evidence_events(evidence, &events, &page.n_events, NULL) == 0);
	page.event = events;
	page.report = report;
	text = page_text(&page);
	free(events);
	free(json);
	rampart_report_free(report);
	rampart_evidence_free(evidence);
	return text;
}

/* How many events of the timeline have this mark. */
static size_t marked(const char *text, const char *mark)
{
	const char *timeline = strstr(text, "id=\"timeline\"");
	char part[64];

	must(timeline != NULL);
	snprintf(part, sizeof(part), "</span> %s</span></td>", mark);
	return count(timeline, part);
}

static void test_truth(void)
{
	char *text;

	machine_whole(&m);
	text = machine_page();
	is_page(text, "a machine that holds");
	is_int((int64_t)marked(text, "golden"), (int64_t)(m.n_firmware + m.n_runtime - 2),
	       "all its events are golden");
	is_int((int64_t)marked(text, "of this boot"), 2, "but for those of this boot");
	is_int((int64_t)marked(text, "not measured"), 1, "and the one that no PCR holds");
	ok(strstr(text, "Nothing: each event is the one that was predicted") != NULL,
	   "and nothing differs");
	is_int((int64_t)count(text, "<caption>"), 6,
	       "checks, a bank and each stage that has events have their tables");
	free(text);
}

static void test_two_banks(void)
{
	char *text;

	machine_start(&m);
	m.bank[1] = HASH_SHA384;
	m.n_banks = 2;
	machine_boot(&m);
	rest();
	text = machine_page();
	ok(strstr(text, "<caption>Bank sha256</caption>") &&
		   strstr(text, "<caption>Bank sha384</caption>"),
	   "each bank has its table");
	ok(strstr(text, "nothing to compare with") != NULL,
	   "a bank that golden values lack is not said to be equal");
	free(text);
}

/* A TPM that has sha384 alone, which golden values in sha256 do not say anything about. */
static void test_sha384_alone(void)
{
	char hex[HASH_HEX_MAX], *text;
	const char *timeline;
	struct digest digest;

	machine_start(&m);
	m.bank[0] = HASH_SHA384;
	machine_boot(&m);
	rest();
	text = machine_page();
	is_page(text, "a machine with sha384 alone");
	hash_bytes(HASH_SHA384, m.firmware[0].data, strlen(m.firmware[0].data), &digest);
	digest_hex(&digest, hex);
	timeline = strstr(text, "id=\"timeline\"");
	ok(timeline && strstr(timeline, hex), "its events have digests of that");
	is_int((int64_t)marked(text, "of this boot"), 2, "and marks");
	free(text);
}

static void test_marks(void)
{
	const char *stub, *init;
	char *text;

	machine_start(&m);
	m.firmware[15].data = "another uki";
	drop_firmware(&m, 16); /* .linux, of systemd-stub */
	add_firmware(&m, 12, EV_IPL, "an option too many");
	machine_boot(&m);
	rest();
	text = machine_page();
	is_page(text, "a machine that differs");
	is_int((int64_t)marked(text, "changed"), 1, "an event that changed is marked");
	is_int((int64_t)marked(text, "missing"), 1, "so is one that is missing");
	is_int((int64_t)marked(text, "extra"), 1, "and one that is extra");
	stub = strstr(text, "<caption>System image&#39;s stub");
	init = strstr(text, "<caption>init");
	ok(stub && init && stub < init, "stages are in order");
	ok(strstr(text, "an option too many") != NULL, "with what the log says");
	free(text);

	machine_start(&m);
	machine_boot(&m);
	m.firmware[14].type = EV_IPL;
	write_firmware_log(&m);
	rest();
	text = machine_page();
	is_int((int64_t)marked(text, "retyped"), 1, "an event of another type is marked");
	free(text);

	machine_start(&m);
	machine_boot(&m);
	m.values.value[HASH_SHA256][5].bytes[0] ^= 1;
	rest();
	text = machine_page();
	is_int((int64_t)marked(text, "not what the TPM holds"), 3,
	       "events are not said to be golden when the TPM holds something else");
	free(text);

	machine_start(&m);
	for (size_t i = 0; i < 12; i++)
		add_firmware(&m, 12, EV_IPL, "an option too many");
	machine_boot(&m);
	rest();
	text = machine_page();
	is_int((int64_t)marked(text, "extra"), 8, "the first differences of a PCR are marked");
	is_int((int64_t)marked(text, "not compared"), 4, "and what comes after is not judged");
	free(text);
}

/* How many rungs say that they only seem to hold. */
static size_t shaken(const char *text)
{
	return count(text, "</span> equal, but carried by a link that does not hold</span>");
}

static void test_chain(void)
{
	char *text;

	machine_whole(&m);
	text = machine_page();
	is_int((int64_t)count(text, "<li class=\"good\">"), 11, "a chain holds link by link");
	is_int((int64_t)count(text, "<li class=\"none\">"), 1, "but for the connection, offline");
	is_int((int64_t)shaken(text), 0, "nothing is carried by what does not hold");
	free(text);

	machine_start(&m);
	m.firmware[15].data = "another uki";
	machine_boot(&m);
	rest();
	text = machine_page();
	is_int((int64_t)count(text, "<li class=\"bad\">"), 1, "one link that breaks is told");
	is_int((int64_t)shaken(text), 7, "and all that it carries");
	free(text);
}

static void test_unproved(void)
{
	char *text;

	machine_start(&m);
	machine_boot(&m);
	machine_quote(&m);
	m.quote.digest[0] ^= 1;
	machine_seal(&m);
	text = machine_page();
	ok(strstr(text, "The first link is not shown to hold") != NULL,
	   "values that no quote is over are not said to be proved");
	ok(strstr(text, "The quoted values are not proved") != NULL, "in either place");
	free(text);
}

int main(void)
{
	make_pki();
	policy = policy_of_whole();
	test_escaping();
	test_hostile();
	test_verdicts();
	test_refused();
	test_truth();
	test_two_banks();
	test_sha384_alone();
	test_marks();
	test_chain();
	test_unproved();
	machine_done(&m);
	rampart_policy_free(policy);
	free_pki();
	return tap_done();
}
