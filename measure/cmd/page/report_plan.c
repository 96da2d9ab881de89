/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/page/report_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/page/report_sections.h"
#include "measure/cmd/plan/planwords.h"
#include "measure/lib/event.h"
#include "measure/lib/plan.h"

/* Whether the log has this very line; its record's newline is not shown. */
static bool is_measured(const struct event *event, const struct rampart_event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (events[i].is_runtime && events[i].pcr == event->pcr &&
		    strlen(events[i].what) == event->len - 1 &&
		    !memcmp(events[i].what, event->line, event->len - 1))
			return true;
	return false;
}

int plan_of_machine(const char *path, const struct rampart_event *events, size_t n_events,
		    char **ret_words)
{
	AUTO_FREE uint8_t *text = NULL;
	struct plan plan;
	struct diag diag = { 0 };
	struct digest digest;
	struct event event;
	char *words = NULL;
	size_t len;
	FILE *out;
	int r = read_file(path, PLAN_SIZE_MAX, &text, &len);

	if (r < 0)
		return fail_parse("report", path, r, NULL);
	hash_bytes(HASH_SHA256, text, len, &digest);
	r = plan_parse((char *)text, len, &plan, &diag);
	if (r < 0)
		return fail_parse("report", path, r, &diag);
	if (event_plan(&digest, len, &event) < 0 || !is_measured(&event, events, n_events))
		return fail("report",
			    "%s: not the plan that this machine measured; its release has that",
			    path);
	out = open_memstream(&words, &len);
	if (!out)
		return fail("report", "out of memory");
	plan_words(&plan, out);
	if (fclose(out) != 0) {
		free(words);
		return fail("report", "out of memory");
	}
	*ret_words = words;
	return 0;
}

void section_plan(FILE *out, const struct report_page *page)
{
	if (!page->plan) {
		fputs("<p>init measures its plan into PCR 8 and obeys it. The plan itself is a file of the release: with <code>--plan</code> its lines stand here in words.</p>\n",
		      out);
		return;
	}
	html(out, "<p>From the plan, whose digest is in the machine's log. %s</p>\n",
	     check_holds(page->report, "golden.values") && values_are_proved(page->report)
		     ? "The log holds, so this is what the machine enforces."
		     : "The log does not hold, so this is only what the machine claims to enforce.");
	html(out, "<pre class=\"plan\">%s</pre>\n", page->plan);
}
