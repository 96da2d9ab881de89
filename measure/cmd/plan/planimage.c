/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/planimage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"

#define ACCOUNT_MAX  8192
#define USER_MAX     512
#define MANIFEST_MAX (4u << 20) /* one of a hundred layers is tens of KiB */

int planimage_container(struct draft *draft, const char *command, const struct imageconf *conf,
			const char *container, const char *manifest)
{
	const struct plan_file *file = &draft->container.file[0].file;
	char text[PLAN_DIGEST_MAX], hex[HASH_HEX_MAX];
	AUTO_FREE uint8_t *json = NULL;
	struct digest digest;
	size_t len;
	int r = planfiles_container(command, conf, container, &draft->container);

	if (r)
		return r;
	plan_digest_text(file, text);
	draft_line(draft, "container %s %llu%s", text, (unsigned long long)file->size,
		   file->volume ? " volume" : "");
	if (!manifest)
		return 0;
	r = read_file(manifest, MANIFEST_MAX, &json, &len);
	if (r < 0)
		return fail(command, "--oci-manifest: %s: %s", manifest, strerror(-r));
	hash_bytes(HASH_SHA256, json, len, &digest);
	digest_hex(&digest, hex);
	if (len)
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
