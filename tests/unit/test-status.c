/* SPDX-License-Identifier: MIT */
#include "measure/lib/status.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/tap.h"

#define LINE(stage, percent, ready)                                                     \
	"{\"schema\":\"rampart-status/1\",\"stage\":\"" stage "\",\"percent\":" percent \
	",\"ready\":" ready "}\n"

static int parse(const char *text, struct status *ret)
{
	return status_parse(span_of(text, strlen(text)), ret);
}

static void test_text(void)
{
	const struct status model = { STATUS_MODEL, 37 };
	char text[STATUS_TEXT_MAX];
	struct status s;

	is_int((int64_t)status_text(&model, text), (int64_t)strlen(LINE("model", "37", "false")),
	       "its length");
	is_str(text, LINE("model", "37", "false"), "the form");
	ok(parse(LINE("container", "0", "false"), &s) == 0 && s.stage == STATUS_CONTAINER &&
		   s.percent == 0,
	   "the first");
	ok(parse(LINE("start", "100", "false"), &s) == 0 && s.stage == STATUS_START, "start");
	ok(parse(LINE("serving", "100", "true"), &s) == 0 && s.stage == STATUS_SERVING &&
		   s.percent == 100,
	   "the last");
	for (size_t len = 0; len < strlen(text); len++)
		if (status_parse(span_of(text, len), &s) != -EBADMSG)
			ok(false, "a part of it is none");
}

static void test_bad(void)
{
	static const char *const bad[] = {
		"",
		"\n",
		LINE("model", "101", "false"),
		LINE("model", "-1", "false"),
		LINE("model", "037", "false"),
		LINE("model", "37", "true"),
		LINE("serving", "100", "false"),
		LINE("other", "37", "false"),
		LINE("model", "37", "false") "\n",
		" " LINE("model", "37", "false"),
		"{\"schema\":\"rampart-status/2\",\"stage\":\"model\",\"percent\":37,\"ready\":false}\n",
	};
	struct status s = { STATUS_START, 5 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(parse(bad[i], &s), -EBADMSG, bad[i][0] ? bad[i] : "nothing");
	ok(s.stage == STATUS_START && s.percent == 5, "and what was there before is still there");
}

int main(void)
{
	test_text();
	test_bad();
	return tap_done();
}
