/* SPDX-License-Identifier: MIT */
/*
 * A feed's metadata, each role as the first byte says: what is read of it has its form, its signed bytes can be told, and so can
 * its releases. Behind the wall of signatures as well as before it.
 */
#include "measure/verify/feed/feed.h"
#include "measure/verify/feed/canonical.h"
#include "tests/fuzz/fuzz.h"

/* What was read of targets is bounded, and every release has its golden.json. */
static void try_releases(const struct metadata *targets)
{
	struct releases releases;
	struct rampart_error error = { "" };
	json_t *known;

	if (releases_read(targets, &releases, &error) < 0) {
		require(error.text[0] && is_line(error.text));
		return;
	}
	require(releases.n > 0 && releases.n <= RELEASES_MAX);
	for (size_t i = 0; i < releases.n; i++) {
		const struct feed_file *file = &releases.file[releases.list[i].file];

		require(file->kind == FEED_GOLDEN && file->release == i);
		require(!strncmp(file->path, releases.list[i].public.path, strlen(file->path)));
		require(file->meta.length <= GOLDEN_MAX && file->path[0] != '/');
		require(strncmp(file->path, "../", 3) != 0 && !strstr(file->path, "/../"));
	}
	require(releases_judge(&releases, NULL, 0, &known, NULL) == 0);
	json_decref(known);
	releases_done(&releases);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rampart_error error = { "" };
	struct rampart_feed *feed;
	struct metadata m;
	char *text;
	size_t len;

	if (size < 1)
		return 0;
	if (rampart_feed_new((const char *)data + 1, size - 1, 0, &feed, &error) == 0)
		rampart_feed_free(feed);
	else
		require(error.text[0] && is_line(error.text));
	error.text[0] = '\0';
	if (metadata_parse((enum role)(data[0] % _ROLE_MAX), (const char *)data + 1, size - 1, &m,
			   &error) < 0) {
		require(error.text[0] && is_line(error.text));
		return 0;
	}
	require(m.version >= 1 && m.len == size - 1);
	if (canonical_json(m.body, &text, &len, NULL) == 0)
		free(text);
	if (m.role == ROLE_ROOT)
		(void)metadata_verify(&m, &m, &error);
	if (m.role == ROLE_TARGETS)
		try_releases(&m);
	metadata_done(&m);
	return 0;
}
