/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/planimage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"

#define ACCOUNT_MAX 8192
#define USER_MAX    512

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

int planimage_account(const char *command, const char *path, struct planimage_account *ret_account)
{
	char *home, *end = NULL;
	size_t len;
	int r;

	*ret_account = (struct planimage_account){ 0 };
	if (!path)
		return 0;
	r = read_file(path, ACCOUNT_MAX, (uint8_t **)&ret_account->text, &len);
	if (r < 0)
		return fail(command, "--oci-account: %s: %s", path, strerror(-r));
	home = strchr(ret_account->text, '\n');
	if (home)
		end = strchr(++home, '\n');
	if (!end || end + 1 != ret_account->text + len)
		return fail(command, "--oci-account: %s: not two lines", path);
	home[-1] = *end = '\0';
	ret_account->is.name = ret_account->text[0] ? ret_account->text : NULL;
	ret_account->is.home = home[0] ? home : NULL;
	return 0;
}
