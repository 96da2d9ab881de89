/* SPDX-License-Identifier: MIT */
#include "measure/cmd/signatures.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"

#define FILE_MAX \
	(1 << 20) /* bytes; the library accepts fewer, and names the signature in its error */

static bool ends(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

bool signatures_is_of(const char *name, const char *file)
{
	size_t len = strlen(file);

	return !strncmp(name, file, len) && name[len] == '.' &&
	       (ends(name + len, ".sig") || ends(name + len, ".minisig"));
}

int signatures_add(const char *command, const char *path, struct signatures *signatures)
{
	struct rampart_signature *s = &signatures->list[signatures->n];
	uint8_t *text = NULL;
	char *name;
	size_t len;
	int r;

	if (signatures->n == SIGNATURES_MAX)
		return fail(command, "%s: more than %d signatures", path, SIGNATURES_MAX);
	r = read_file(path, FILE_MAX, &text, &len);
	if (r < 0)
		return fail_parse(command, path, r, NULL);
	name = strdup(path);
	if (!name) {
		free(text);
		return fail(command, "out of memory");
	}
	*s = (struct rampart_signature){ .name = name, .text = (char *)text, .len = len };
	signatures->n++;
	return 0;
}

/* The folder of a path with its last slash, "./" if it has none, and what follows. */
static char *folder_of(const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	return slash ? strndup(path, (size_t)(slash + 1 - path)) : strdup("./");
}

static int add_entry(const char *command, const char *path, const char *file, const char *entry,
		     struct signatures *signatures)
{
	size_t folder = (size_t)(file - path);
	AUTO_FREE char *whole = malloc(folder + strlen(entry) + 1);

	if (!whole)
		return fail(command, "out of memory");
	memcpy(whole, path, folder);
	strcpy(whole + folder, entry);
	return signatures_add(command, whole, signatures);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int signatures_find(const char *command, const char *path, struct signatures *signatures)
{
	const char *file;
	AUTO_FREE char *folder = folder_of(path, &file);
	struct dirent **entry = NULL;
	int n = folder ? scandir(folder, &entry, NULL, by_name) : -1, r = 0;

	if (n < 0)
		return fail(command, "%s: %s", folder ? folder : path, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (r == 0 && signatures_is_of(entry[i]->d_name, file))
			r = add_entry(command, path, file, entry[i]->d_name, signatures);
		free(entry[i]);
	}
	free(entry);
	return r;
}

void signatures_done(struct signatures *signatures)
{
	for (size_t i = 0; i < signatures->n; i++) {
		free((void *)(uintptr_t)signatures->list[i].name);
		free((void *)(uintptr_t)signatures->list[i].text);
	}
	signatures->n = 0;
}
