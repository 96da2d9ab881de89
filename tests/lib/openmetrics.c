/* SPDX-License-Identifier: MIT */
#include "tests/lib/openmetrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The family that was described last. */
struct family {
	char name[128], type[16], unit[16];
};

static size_t metric_name(const char *s)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:";
	static const char rest[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789";

	return strspn(s, first) ? strspn(s, rest) : 0;
}

/* "# TYPE name type", "# UNIT name unit", "# HELP name text", in this order, each once. */
static bool metric_descriptor(const char *line, struct family *family)
{
	const char *name = line + 7;
	size_t len = metric_name(name);
	char of[128];

	snprintf(of, sizeof(of), "%.*s", (int)len, name);
	if (len == 0 || name[len] != ' ' || !name[len + 1])
		return false;
	name += len + 1;
	if (!strncmp(line, "# TYPE ", 7)) {
		*family = (struct family){ 0 };
		snprintf(family->name, sizeof(family->name), "%s", of);
		snprintf(family->type, sizeof(family->type), "%s", name);
		return !strcmp(name, "counter") || !strcmp(name, "gauge");
	}
	if (strcmp(of, family->name) != 0)
		return false;
	if (!strncmp(line, "# HELP ", 7))
		return !strpbrk(name, "\\\"");
	snprintf(family->unit, sizeof(family->unit), "%s", name);
	/* The name of the family ends in its unit. */
	return !strncmp(line, "# UNIT ", 7) && strlen(of) > strlen(name) + 1 &&
	       of[strlen(of) - strlen(name) - 1] == '_' &&
	       !strcmp(of + strlen(of) - strlen(name), name);
}

static bool metric_sample(const char *line, const struct family *family)
{
	const char *suffix = strcmp(family->type, "counter") ? "" : "_total";
	size_t len = metric_name(line);
	char want[160];

	snprintf(want, sizeof(want), "%s%s", family->name, suffix);
	if (!family->name[0] || len != strlen(want) || strncmp(line, want, len) != 0)
		return false;
	line += len;
	if (line[0] == '{') {
		size_t value;

		len = metric_name(++line);
		if (len == 0 || strncmp(line + len, "=\"", 2) != 0)
			return false;
		value = strcspn(line + len + 2, "\"\\");
		line += len + 2 + value;
		if (strncmp(line, "\"}", 2) != 0)
			return false;
		line += 2;
	}
	return line[0] == ' ' && line[1] && line[1 + strspn(line + 1, "0123456789")] == '\0';
}

bool openmetrics_ok(const char *text)
{
	struct family family = { 0 };
	char line[512];
	bool ended = false;

	while (*text) {
		size_t len = strcspn(text, "\n");
		bool good;

		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		good = len < sizeof(line) && text[len] == '\n' && !ended;
		ended = !strcmp(line, "# EOF");
		if (!ended)
			good &= line[0] == '#' ? metric_descriptor(line, &family)
					       : metric_sample(line, &family);
		if (!good) {
			printf("# no OpenMetrics: %s\n", line);
			return false;
		}
		text += len + 1;
	}
	return ended;
}

long long openmetrics_of(const char *text, const char *sample)
{
	char want[160];
	const char *at;

	snprintf(want, sizeof(want), "\n%s ", sample);
	at = strstr(text, want);
	return at ? strtoll(at + strlen(want), NULL, 10) : -1;
}
