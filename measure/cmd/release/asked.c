/* SPDX-License-Identifier: MIT */
#include "measure/cmd/release/asked.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "measure/cmd/cmd.h"

static bool is_name(const char *text)
{
	return *text && strlen(text) < 64 && strchr("-.", *text) == NULL &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-") ==
		       strlen(text);
}

static bool is_count(json_int_t n)
{
	return n >= 1 && n <= INT_MAX;
}

static int unpack(struct asked *a)
{
	return json_unpack(
		a->json,
		"{s:{s:{s:{s:s, s?s, s:b, s:b, s:b, s?b, s:I, s:I, s?I, s?s, s?s}, s?{s?s}}}}",
		"predicate", "buildDefinition", "externalParameters", "image", &a->image, "machine",
		&a->machine, "debug", &a->debug, "volume", &a->volume, "model", &a->model,
		"secure_boot", &a->secure_boot, "memory_mib", &a->memory, "cpus", &a->cpus,
		"updates_mib", &a->updates, "platform", &a->platform, "format", &a->format,
		"internalParameters", "machine", &a->kind);
}

static bool is_format(const char *text)
{
	return !*text || !strcmp(text, "iso") || !strcmp(text, "netboot") ||
	       !strcmp(text, "iso netboot");
}

/* They become words of a command and lines of a terminal, so each is looked at. */
static bool is_possible(const struct asked *a)
{
	return is_name(a->image) && (!*a->machine || is_name(a->machine)) &&
	       (!*a->kind || is_name(a->kind)) && (!*a->platform || is_name(a->platform)) &&
	       is_format(a->format) && is_count(a->memory) && is_count(a->cpus) &&
	       (a->updates == 0 || is_count(a->updates));
}

int asked_read(const char *path, struct asked *ret, struct rampart_error *error)
{
	struct asked a = { .machine = "", .kind = "", .platform = "", .format = "" };
	AUTO_FREE uint8_t *text = NULL;
	const char *what = NULL;
	json_error_t wrong;
	size_t len;
	int r = read_file(path, JSON_SIZE_MAX, &text, &len);

	if (r < 0) {
		snprintf(error->text, sizeof(error->text), "%s: %s", path, strerror(-r));
		return r;
	}
	a.json = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, &wrong);
	if (!a.json) {
		snprintf(error->text, sizeof(error->text), "%s:%d: not JSON: %s", path, wrong.line,
			 wrong.text);
		return -EBADMSG;
	}
	if (unpack(&a) < 0)
		what = "does not say what was built";
	else if (!is_possible(&a))
		what = "says something impossible about what was built";
	if (what) {
		snprintf(error->text, sizeof(error->text), "%s: %s", path, what);
		json_decref(a.json);
		return -EPROTO;
	}
	if (!*a.kind) /* of a release that says no more than what was asked for */
		a.kind = a.machine;
	*ret = a;
	return 0;
}

void asked_done(struct asked *asked)
{
	json_decref(asked->json);
}

void asked_folder(const struct asked *asked, char ret[static ASKED_FOLDER_MAX])
{
	(void)snprintf(ret, ASKED_FOLDER_MAX, "%s%s%s%s%s%s%s", asked->image,
		       *asked->machine ? "-" : "", asked->machine, asked->debug ? "-debug" : "",
		       asked->volume ? "-volume" : "", asked->secure_boot ? "-secureboot" : "",
		       asked->updates ? "-updates" : "");
}
