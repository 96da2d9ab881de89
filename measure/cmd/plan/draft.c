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
