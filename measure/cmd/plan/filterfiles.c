/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/filterfiles.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"

#define PATH_LEN  4096
#define CALLS_MAX 512 /* x86-64's have numbers below */

int filterfiles_write(const char *command, const char *dir, const char *role, const uint8_t *bpf,
		      size_t len)
{
	char path[PATH_LEN];
	FILE *out;
	bool bad;

	(void)snprintf(path, sizeof(path), "%s/%s.bpf", dir, role);
	out = fopen(path, "we");
	if (!out)
		return fail(command, "--filters: %s: %s", path, strerror(errno));
	bad = fwrite(bpf, 1, len, out) != len;
	bad |= fclose(out) != 0;
	return bad ? fail(command, "--filters: %s: cannot be written", path) : 0;
}

int filterfiles_calls(const char *command, const char *dir)
{
	char path[PATH_LEN];
	FILE *out;
	bool bad;

	(void)snprintf(path, sizeof(path), "%s/calls", dir);
	out = fopen(path, "we");
	if (!out)
		return fail(command, "--filters: %s: %s", path, strerror(errno));
	for (int nr = 0; nr < CALLS_MAX; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);

		if (name)
			fprintf(out, "%d %s\n", nr, name);
		free(name);
	}
	bad = ferror(out);
	bad |= fclose(out) != 0;
	return bad ? fail(command, "--filters: %s: cannot be written", path) : 0;
}
