/* SPDX-License-Identifier: MIT */
#include "measure/cmd/release/rebuild_compare.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/goldenfile.h"
#include "measure/cmd/golden/keyfiles.h"
#include "measure/cmd/release/release.h"
#include "measure/cmd/release/run.h"
#include "measure/cmd/show.h"
#include "measure/lib/array.h"
#include "measure/predict/authenticode.h"
#include "measure/record/compare.h"

struct mapped {
	const uint8_t *bytes;
	size_t len;
};

static int map(const char *command, const char *folder, const char *name, struct mapped *ret)
{
	char path[PATH_MAX];
	int r;

	if (!path_in(folder, name, path))
		return fail(command, "%s: the path is too long", folder);
	r = map_file(path, &ret->bytes, &ret->len);
	return r < 0 ? fail_parse(command, path, r, NULL) : 0;
}

static void unmap(struct mapped *m)
{
	if (m->len > 0)
		(void)munmap((void *)(uintptr_t)m->bytes, m->len);
}

static int compare_bytes(const char *name, const struct mapped *a, const struct mapped *b)
{
	size_t len = a->len < b->len ? a->len : b->len, at = 0;

	if (a->len == b->len && (len == 0 || !memcmp(a->bytes, b->bytes, len))) {
		printf("equal      %s\n", name);
		return EXIT_HOLDS;
	}
	while (at < len && a->bytes[at] == b->bytes[at])
		at++;
	printf("different  %s: from byte %zu on; the release's has %zu bytes, the rebuilt one %zu\n",
	       name, at, a->len, b->len);
	return EXIT_DIFFERS;
}

/* Of the release's there is only what its list says. */
static int compare_digest(const struct sum *want, const struct mapped *b)
{
	struct digest got;
	char a_hex[HASH_HEX_MAX], b_hex[HASH_HEX_MAX];

	hash_bytes(HASH_SHA256, b->bytes, b->len, &got);
	if (digest_equal(&want->sha256, &got)) {
		printf("equal      %s\n", want->name);
		return EXIT_HOLDS;
	}
	digest_hex(&want->sha256, a_hex);
	digest_hex(&got, b_hex);
	printf("different  %s: the release's has sha256 %s, the rebuilt one %s\n", want->name,
	       a_hex, b_hex);
	return EXIT_DIFFERS;
}

static bool is_there(const struct release *release, const char *name)
{
	char path[PATH_MAX];

	return !release->is_part || (path_in(release->dir, name, path) && access(path, F_OK) == 0);
}

static int compare_file(const char *command, const struct release *release, const char *rebuilt,
			const struct sum *sum)
{
	struct mapped a = { 0 }, b = { 0 };
	bool there = is_there(release, sum->name);
	int r = there ? map(command, release->dir, sum->name, &a) : 0;

	if (!r)
		r = map(command, rebuilt, sum->name, &b);
	if (!r)
		r = there ? compare_bytes(sum->name, &a, &b) : compare_digest(sum, &b);
	unmap(&a);
	unmap(&b);
	return r;
}

/* ---- golden.json, event by event ---- */

static int load_golden(const char *command, const char *folder, struct golden *ret)
{
	char path[PATH_MAX];

	if (!path_in(folder, RELEASE_GOLDEN, path))
		return fail(command, "%s: the path is too long", folder);
	return golden_load(command, path, ret);
}

static void compare_golden(const char *command, const char *release, const char *rebuilt)
{
	static const struct show_sides sides = { "release", "rebuilt", "extra", "missing", false };
	struct golden a = { 0 }, b = { 0 };
	struct differences diff = { 0 };
	struct records records = { 0 };
	int r = load_golden(command, release, &a);

	if (!r)
		r = load_golden(command, rebuilt, &b);
	if (!r && compare_as_records(&b, &records) < 0)
		r = fail(command, "out of memory");
	for (unsigned pcr = 0; pcr < GOLDEN_PCRS && !r; pcr++)
		compare_pcr(&a, &records, golden_bank(&a), pcr, &diff);
	for (size_t i = 0; i < diff.n; i++) {
		struct difference_hex hex;
		struct rampart_difference d = difference_public(&diff.list[i], &hex);

		show_difference(&sides, &d);
	}
	free(diff.list);
	free(records.list);
	golden_done(&a);
	golden_done(&b);
}

/* ---- signatures for Secure Boot ---- */

/* -ENOENT: the signature is of another program, or by nobody in db. */
static int is_signed(const struct secureboot *keys, const struct mapped *program,
		     struct digest *ret_hash)
{
	struct span entry;
	struct pe pe;
	int r = pe_parse(span_of(program->bytes, program->len), &pe, NULL);

	if (r == 0)
		r = authenticode_hash(&pe, ret_hash);
	return r < 0 ? r : secureboot_allows(keys, &pe, &entry);
}

static int compare_signed(const char *command, const struct secureboot *keys, const char *built_dir,
			  const char *name)
{
	struct mapped program = { 0 };
	char path[PATH_MAX], hex[HASH_HEX_MAX];
	struct digest hash;
	int r;

	if (path_in(built_dir, name, path) && access(path, F_OK) < 0)
		return EXIT_HOLDS;
	if (map(command, built_dir, name, &program))
		return EXIT_UNSURE;
	r = is_signed(keys, &program, &hash);
	unmap(&program);
	if (r < 0 && r != -ENOENT)
		return fail_parse(command, path, r, NULL);
	digest_hex(&hash, hex);
	printf("%s  %s: Authenticode sha256 %s; the release's signature is %s\n",
	       r < 0 ? "different" : "signed   ", name, hex,
	       r < 0 ? "not of this program" : "of this program");
	return r < 0 ? EXIT_DIFFERS : EXIT_HOLDS;
}

int rebuild_signed(const char *command, const char *release_dir, const char *built_dir)
{
	static const char *const names[] = { "boot.efi", RELEASE_UKI };
	struct keyfiles keys = { 0 };
	char folder[PATH_MAX];
	int code = EXIT_HOLDS;

	if (!path_in(release_dir, RELEASE_KEYS, folder))
		return fail(command, "%s: the path is too long", release_dir);
	if (keyfiles_read(command, folder, &keys))
		code = EXIT_UNSURE;
	for (size_t i = 0; i < ARRAY_SIZE(names) && code != EXIT_UNSURE; i++) {
		int r = compare_signed(command, &keys.keys, built_dir, names[i]);

		code = r > code ? r : code;
	}
	keyfiles_done(&keys);
	return code;
}

/* ---- both folders ---- */

static int compare_files(const char *command, const struct release *release,
			 const struct release *rebuilt)
{
	bool golden_differs = false;
	int code = EXIT_HOLDS;

	for (size_t i = 0; i < release->n; i++) {
		const char *name = release->file[i].sum.name;
		int r = EXIT_DIFFERS;

		if (!release_find(rebuilt, name))
			printf("missing    %s: only the release has it\n", name);
		else
			r = compare_file(command, release, rebuilt->dir, &release->file[i].sum);
		golden_differs |= r == EXIT_DIFFERS && !strcmp(name, RELEASE_GOLDEN);
		code = r > code ? r : code;
	}
	for (size_t i = 0; i < rebuilt->n; i++) {
		const char *name = rebuilt->file[i].sum.name;

		if (release_find(release, name))
			continue;
		printf("missing    %s: the release does not have it\n", name);
		code = code == EXIT_HOLDS ? EXIT_DIFFERS : code;
	}
	/* What differs is known by now; that it cannot be explained would not change that. */
	if (golden_differs)
		compare_golden(command, release->dir, rebuilt->dir);
	return code;
}

static int list(const char *command, struct release *release)
{
	static const char *const needed[] = { RELEASE_GOLDEN, NULL };
	struct finding f = release_list(release, needed);

	if (f.outcome != RAMPART_HOLDS)
		return fail(command, "%s: %s", release->dir, f.text);
	return 0;
}

int rebuild_compare(const char *command, const char *release_dir, bool is_part,
		    const char *rebuilt_dir)
{
	struct release release = { .dir = release_dir, .is_part = is_part },
		       rebuilt = { .dir = rebuilt_dir };
	int r = list(command, &release);

	if (!r)
		r = list(command, &rebuilt);
	if (!r)
		r = compare_files(command, &release, &rebuilt);
	release_done(&release);
	release_done(&rebuilt);
	return r;
}
