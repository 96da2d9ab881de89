/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/keyfiles.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "measure/cmd/cmd.h"

#define LIST_SIZE_MAX (1 << 20) /* firmware has some 64 KB for all of them */

int keyfiles_read(const char *command, const char *folder, struct keyfiles *ret)
{
	enum secureboot_variable wrong;
	char path[PATH_MAX];
	int r;

	for (size_t i = SECUREBOOT_PK; i < _SECUREBOOT_MAX; i++) {
		size_t len = 0;

		(void)snprintf(path, sizeof(path), "%s/%s.esl", folder, secureboot_names[i]);
		r = read_file(path, LIST_SIZE_MAX, &ret->text[i], &len);
		if (r < 0 && (r != -ENOENT || i != SECUREBOOT_DBX))
			return fail_parse(command, path, r, NULL);
		ret->keys.list[i] = span_of(ret->text[i], len);
	}
	r = secureboot_check(&ret->keys, &wrong);
	if (r < 0)
		return fail(command, "%s/%s.esl: %s", folder, secureboot_names[wrong],
			    r == -EPROTO ? "no signature list in it; such a machine is not locked"
					 : "not EFI signature lists");
	return 0;
}

void keyfiles_done(struct keyfiles *files)
{
	for (size_t i = 0; i < _SECUREBOOT_MAX; i++)
		free(files->text[i]);
}
