/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "measure/cmd/release/rebuild.h"
#include "measure/cmd/release/run.h"
#include "measure/cmd/show.h"

#define CMD "rebuild-check"

const char rebuild_help[] =
	"usage: rampart rebuild-check RELEASE [--key KEY] [--into FOLDER]\n"
	"\n"
	"Builds a release once more, from the source.tar in it, and compares every file with the\n"
	"release's, byte by byte. It needs nothing but the folder RELEASE, this machine's make, git\n"
	"and mmdebstrap, and the pinned sources: from the cache (RAMPART_CACHE), or downloaded by\n"
	"that build. It runs the build that is in the release, as you.\n"
	"\n"
	"  --key KEY      when all are equal, sign the release with this private key too (OpenSSH's\n"
	"                 or minisign's); repeatable\n"
	"  --into FOLDER  build in this folder, which must be new or empty, and leave it there\n"
	"                 (default: a new one below TMPDIR or /tmp, removed if all are equal)\n"
	"\n"
	"A release that was made with a model from outside wants it again: MODEL=/PATH in the\n"
	"environment.\n"
	"\n"
	"Exit code: 0 every file is equal (and signed), 1 one differs, or the release does not match\n"
	"its sha256sums, 2 could not tell.\n";

int cmd_rebuild(int argc, char **argv)
{
	struct option_list keys = { .n = 0 };
	struct rebuild how = { .command = CMD, .keys = &keys };
	const struct option_spec options[] = {
		{ "--key", NULL, NULL, &keys },
		{ "--into", &how.into, NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	char reason[REBUILD_REASON_MAX];
	int r = parse_args(argc, argv, options, &how.release, 1);

	if (r)
		return r;
	if (!how.release)
		return fail_usage(CMD, "the folder of a release is needed");
	for (size_t i = 0; i < keys.n; i++)
		if (access(keys.v[i], R_OK) < 0)
			return fail(CMD, "%s: %s", keys.v[i], strerror(errno));
	r = rebuild(&how, reason);
	run_end_by_signal();
	if (r == EXIT_HOLDS)
		show_verdict(RAMPART_HOLDS, strcat(reason, keys.n > 0 ? "; signed" : ""));
	else if (r == EXIT_DIFFERS)
		show_verdict(RAMPART_FAILS, reason);
	return r;
}
