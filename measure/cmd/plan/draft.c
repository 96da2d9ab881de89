/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/lib/plantext.h"

void draft_line(struct draft *draft, const char *format, ...)
{
	AUTO_FREE char *line = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	line = len < 0 ? NULL : malloc((size_t)len + 1);
	if (line) {
		va_start(args, format);
		vsnprintf(line, (size_t)len + 1, format, args);
		va_end(args);
	}
	if (!line || words_add(&draft->lines, line, (size_t)len) < 0)
		draft->no_memory = true;
}

void draft_text(struct draft *draft, const char *key, const char *value)
{
	AUTO_FREE char *text = malloc(PLANTEXT_MAX(strlen(value)));

	if (!text) {
		draft->no_memory = true;
		return;
	}
	plantext_write(value, text);
	draft_line(draft, "%s %s", key, text);
}

int draft_numbered(struct draft *draft, const char *command, const char *key,
		   const struct words *words, size_t max)
{
	if (words->n > max)
		return fail(command, "more than %zu of %s for the container", max, key);
	for (size_t i = 0; i < words->n; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "%s.%0*zu", key, words->n > 100 ? 3 : 2, i);
		draft_text(draft, name, words->v[i]);
	}
	return 0;
}

int draft_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int draft_plan(struct draft *draft, const char *command, const char *path, char **ret_text,
	       char **ret_inside, struct plan *ret_plan)
{
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *inside = NULL;
	struct diag diag = { 0 };
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (draft->no_memory || !out)
		return fail(command, "out of memory");
	qsort(draft->lines.v, draft->lines.n, sizeof(*draft->lines.v), draft_compare);
	fputs("rampart-plan/1\n", out);
	for (size_t i = 0; i < draft->lines.n; i++)
		fprintf(out, "%s\n", draft->lines.v[i]);
	if (fclose(out) || !(inside = strdup(text)))
		return fail(command, "out of memory");
	if (plan_parse(inside, len, ret_plan, &diag) < 0) {
		const char *what = diag.what ? diag.what : "malformed", *line = text + diag.off;

		if (diag.off >= len) /* what no single line is to blame for */
			return fail(command, "%s: %s", path, what);
		return fail(command, "%s: %s, in the plan's \"%.*s\"", path, what,
			    (int)strcspn(line, "\n"), line);
	}
	*ret_text = text;
	*ret_inside = inside;
	text = inside = NULL;
	return 0;
}
