/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/imageconf_gateway.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/plan.h"

#define SPACE	  " \t"
#define DIGITS	  "0123456789"
#define LINE_SIZE 256 /* of two words */

static int broken(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EPROTO;
}

/* Two words, with one space between; false: it is no two of them, or they are too long. */
static bool two_words(const char *value, char ret_line[static LINE_SIZE], const char **ret_second)
{
	size_t first = strcspn(value, SPACE);
	const char *second = value + first + strspn(value + first, SPACE);

	if (!second[0] || second[strcspn(second, SPACE)] || strlen(value) >= LINE_SIZE)
		return false;
	(void)snprintf(ret_line, LINE_SIZE, "%.*s %s", (int)first, value, second);
	*ret_second = ret_line + first + 1;
	return true;
}

static int add(struct words *list, size_t max, const char *line, const char **ret_why)
{
	if (list->n == max)
		return broken(ret_why, "there are as many as there may be before it");
	return words_add(list, line, strlen(line));
}

static int set_allow(struct words *list, const char *value, const char **ret_why)
{
	char line[LINE_SIZE];
	const char *path;

	if (!two_words(value, line, &path) || path[0] != '/')
		return broken(ret_why, "give a method and a path, such as GET /v1/models");
	return add(list, PLAN_ALLOWS_MAX, line, ret_why);
}

/* The value is not repeated in what is said: somebody may have written the token itself. */
static int set_key(struct words *list, const char *value, const char **ret_why)
{
	char line[LINE_SIZE];
	const char *hash;

	if (!two_words(value, line, &hash) || strncmp(hash, "sha256:", 7))
		return broken(
			ret_why,
			"give a name and the hash of the token, such as alice sha256:<64 hex digits>; the token itself must be in no file of the image");
	return add(list, PLAN_TOKENS_MAX, line, ret_why);
}

static int set_rate(struct words *list, const char *value, const char **ret_why)
{
	size_t digits = strspn(value, DIGITS);
	const char *unit = value + digits;

	if (digits == 0 || digits > 7 || value[0] == '0' ||
	    (strcmp(unit, "/s") && strcmp(unit, "/m") && strcmp(unit, "/h")))
		return broken(ret_why,
			      "give a number of requests a second, minute or hour, such as 10/s, "
			      "600/m or 5000/h");
	return add(list, 1, value, ret_why);
}

static int set_upgrade(struct words *list, const char *value, const char **ret_why)
{
	char line[LINE_SIZE];
	const char *path;

	if (!two_words(value, line, &path) || strncmp(line, "websocket ", 10) || path[0] != '/')
		return broken(
			ret_why,
			"give websocket, which is the one protocol that there is, and a path, such as websocket /live");
	return add(list, PLAN_UPGRADES_MAX, line, ret_why);
}

int imageconf_gateway_set(const char *key, struct words *list, const char *value,
			  const char **ret_why)
{
	static const struct {
		const char *key;
		int (*set)(struct words *, const char *, const char **);
	} all[] = { { "allow", set_allow },
		    { "key", set_key },
		    { "rate", set_rate },
		    { "upgrade", set_upgrade } };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(key, all[i].key))
			return all[i].set(list, value, ret_why);
	return broken(ret_why, "no such key");
}
