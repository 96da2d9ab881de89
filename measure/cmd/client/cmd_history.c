/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/history.h"
#include "measure/cmd/instant.h"
#include "measure/cmd/show.h"
#include "measure/cmd/statedir.h"

const char history_help[] =
	"usage: rampart history [FILE] [--at TIME] [--json]\n"
	"\n"
	"What `verify --record` and `connect --record` saw: a line for each verdict. Every line is checked:\n"
	"one that was removed, changed or moved is named by its number.\n"
	"\n"
	"  --at TIME       only the last line up to then (2026-05-03T04:00:00Z, @SECONDS), or the lines of a day\n"
	"                  (2026-05-03)\n"
	"  --json          the lines as they are\n"
	"\n"
	"Exit code: 0 the lines hold, 1 they do not, 2 could not tell.\n";

#define DAY	     86400
#define HISTORY_PATH 64
#define FILE_MAX     (1 << 30) /* bytes; three million lines */

struct reading {
	const char *name;
	int64_t from, to;
	bool only_last, json;
	struct history_line line; /* as they are read */
	struct span last;	  /* the last line that is wanted; empty: none */
	struct history_line before;
	bool is_broken;
};

static void print_line(const struct reading *r, struct span text, const struct history_line *line)
{
	static const char *const keys[] = { "time",   "verdict",  "machine", "image", "version",
					    "golden", "identity", "ak",	     "reason" };
	const char *value;

	if (r->json) {
		printf("%.*s\n", (int)text.left, (const char *)text.p);
		return;
	}
	printf("%" JSON_INTEGER_FORMAT, line->n);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		value = json_string_value(json_object_get(line->json, keys[i]));
		if (!value)
			continue;
		printf("  %s", i == 5 || i == 6 ? "sha256:" : i == 7 ? "ak:" : "");
		show_text(value);
	}
	putchar('\n');
}

/* What is wrong with a line, after the one before; false if nothing is. */
static bool explain(const struct reading *r, size_t number, char why[static 160])
{
	const struct history_line *line = &r->line, *before = &r->before;

	if (!line->json)
		snprintf(why, 160, "was changed: its sum is another, or it is no line");
	else if (before->sum[0] == 0 && number > 1)
		return false; /* nothing to compare with: that line was named */
	else if (line->n > before->n + 1)
		snprintf(why, 160,
			 "has number %" JSON_INTEGER_FORMAT ": %" JSON_INTEGER_FORMAT
			 " before it were removed",
			 line->n, line->n - before->n - 1);
	else if (line->n < before->n + 1)
		snprintf(why, 160,
			 "has number %" JSON_INTEGER_FORMAT ", and follows %" JSON_INTEGER_FORMAT
			 ": it was moved, or is there twice",
			 line->n, before->n);
	else if (number > 1 ? strcmp(line->prev, before->sum) != 0
			    : strspn(line->prev, "0") != HISTORY_SUM)
		snprintf(why, 160,
			 "does not follow the one before it, which is another than it was");
	else
		return false;
	return true;
}

static void take_line(struct reading *r, size_t number, struct span text)
{
	int64_t time = 0;
	char why[160];

	history_parse(text, &r->line);
	if (explain(r, number, why)) {
		fprintf(stderr, "rampart history: %s: line %zu %s\n", r->name, number, why);
		r->is_broken = true;
	}
	if (r->line.json &&
	    instant_parse(json_string_value(json_object_get(r->line.json, "time")) ?: "", &time) ==
		    0 &&
	    time >= r->from && time < r->to) {
		if (!r->only_last)
			print_line(r, text, &r->line);
		else
			r->last = text;
	}
	json_decref(r->line.json);
	r->before = r->line;
	r->before.json = NULL;
}

static void read_lines(struct reading *r, struct span text)
{
	size_t number = 0;

	while (text.left > 0) {
		const uint8_t *end = memchr(text.p, '\n', text.left);
		size_t len = end ? (size_t)(end - text.p) : text.left;

		number++;
		if (!end) {
			fprintf(stderr,
				"rampart history: %s: line %zu is torn: %zu bytes without an end\n",
				r->name, number, len);
			r->is_broken = true;
			break;
		}
		take_line(r, number, span_of(text.p, len));
		(void)span_skip(&text, len + 1);
	}
	if (r->last.left > 0) {
		history_parse(r->last, &r->line);
		print_line(r, r->last, &r->line);
		json_decref(r->line.json);
	}
}

static int parse_at(const char *at, struct reading *r)
{
	r->from = INT64_MIN;
	r->to = INT64_MAX;
	if (!at)
		return 0;
	if (instant_parse(at, &r->from) < 0)
		return fail_usage("history", "--at %s: not a time", at);
	r->only_last = at[0] == '@' || strchr(at, 'T');
	r->to = r->from + (r->only_last ? 1 : DAY);
	if (r->only_last)
		r->from = INT64_MIN;
	return 0;
}

/* The path of the file in the state folder. */
static int default_path(char ret[static HISTORY_PATH], int *ret_dir)
{
	struct rampart_error error;

	if (statedir_open("history", ret_dir, NULL, &error) < 0)
		return fail("history", "%s", error.text);
	snprintf(ret, HISTORY_PATH, "/proc/self/fd/%d/history.jsonl", *ret_dir);
	return 0;
}

int cmd_history(int argc, char **argv)
{
	const char *path = NULL, *at = NULL;
	struct reading reading = { 0 };
	const struct option_spec options[] = {
		{ "--at", &at, NULL, NULL },
		{ "--json", NULL, &reading.json, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	AUTO_FREE uint8_t *text = NULL;
	char inside[HISTORY_PATH];
	int dir = -1, r = parse_args(argc, argv, options, &path, 1);
	size_t len;

	if (r == 0)
		r = parse_at(at, &reading);
	if (r == 0 && !path)
		r = default_path(inside, &dir);
	if (r)
		return r;
	reading.name = path ? path : "history.jsonl";
	r = read_file(path ? path : inside, FILE_MAX, &text, &len);
	if (dir >= 0)
		close(dir);
	if (r == -ENOENT && !path)
		return fail("history",
			    "nothing was recorded yet; `rampart verify` and `rampart connect` "
			    "do that with --record");
	if (r < 0)
		return fail("history", "%s: %s", reading.name, strerror(-r));
	read_lines(&reading, span_of(text, len));
	return reading.is_broken ? EXIT_DIFFERS : EXIT_HOLDS;
}
