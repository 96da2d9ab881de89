/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/planimage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"

#define USER_MAX 512

int planimage_container(struct draft *draft, const char *command, const char *container,
			const char *manifest)
{
	char hex[HASH_HEX_MAX];
	struct digest digest;
	size_t size;
	int r = planfiles_hash(command, "--container", container, true, &digest, &size);

	if (r)
		return r;
	digest_hex(&digest, hex);
	draft_line(draft, "container sha256:%s %zu", hex, size);
	if (!manifest)
		return 0;
	r = planfiles_hash(command, "--oci-manifest", manifest, false, &digest, &size);
	if (r)
		return r;
	digest_hex(&digest, hex);
	if (size)
		draft_line(draft, "container.manifest sha256:%s", hex);
	return 0;
}

int planimage_user(struct draft *draft, const char *command, const char *path)
{
	AUTO_FREE uint8_t *text = NULL;
	uint8_t *end;
	size_t len;
	int r = path ? read_file(path, USER_MAX, &text, &len) : 0;

	if (r < 0)
		return fail(command, "--oci-user: %s: %s", path, strerror(-r));
	if (!path)
		return 0;
	end = memchr(text, '\n', len);
	if (!end || end + 1 != text + len || memchr(text, '\0', len))
		return fail(command, "--oci-user: %s: not one line", path);
	*end = '\0';
	draft_text(draft, "container.user", (const char *)text);
	return 0;
}
