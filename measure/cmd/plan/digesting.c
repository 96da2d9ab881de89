/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/digesting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/cores.h"
#include "measure/lib/digests.h"

static void *work(void *arg)
{
	digests_work(arg);
	return NULL;
}

static int map_files(const char *command, struct digesting *files, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct digesting *f = &files[i];
		const char *why;
		size_t size;
		int r = map_file(f->path, &f->bytes, &size);

		if (r < 0)
			return fail(command, "%s: %s: %s", f->where, f->path,
				    r == -EINVAL ? "not a file" : strerror(-r));
		f->file.size = size;
		if (f->given && plan_digest_parse(f->given, &f->file, &why) < 0)
			return fail(command, "%s: %s: %s", f->where, f->given, why);
	}
	return 0;
}

static int check_file(const char *command, struct digesting *f, const struct digest *got)
{
	struct plan_file want = f->file;
	char text[PLAN_DIGEST_MAX];

	f->file.digest = *got;
	if (!f->given || digest_equal(&want.digest, got))
		return 0;
	plan_digest_text(&f->file, text);
	return fail(command, "%s: %s is %s, and the digest given is another: %s", f->where, f->path,
		    text, f->given);
}

int digest_files(const char *command, struct digesting *files, size_t n)
{
	AUTO_FREE struct digests_file *each = calloc(n + 1, sizeof(*each));
	AUTO_FREE void *memory = NULL;
	struct digests d = { .file = each, .n = n };
	uint64_t total = 0;
	int r = map_files(command, files, n);

	if (r)
		return r;
	for (size_t i = 0; each && i < n; i++) {
		each[i].bytes = (uint8_t *)(uintptr_t)files[i].bytes;
		each[i].size = files[i].file.size;
		each[i].fsverity = files[i].file.fsverity;
		total += each[i].size;
	}
	if (each)
		memory = calloc(1, digests_memory(each, n));
	if (!memory)
		return fail(command, "out of memory");
	digests_init(&d, memory);
	on_all_cores(work, &d, &d.progress, total);
	for (size_t i = 0; i < n && r == 0; i++)
		r = check_file(command, &files[i], &each[i].digest);
	return r;
}

void digesting_done(struct digesting *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (files[i].bytes)
			(void)munmap((void *)(uintptr_t)files[i].bytes, files[i].file.size);
}
