/* SPDX-License-Identifier: MIT */
/* The plan stage: what this guest will do, measured before a byte of it is parsed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "initramfs/common/file.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"
#include "initramfs/init/planfile.h"

/*
 * They have no event of their own: the measured plan has their digests. Kept open, since these
 * descriptors are what is used.
 */
static int open_filters(struct boot *b)
{
	int r = 0;

	for (size_t i = 0; i < PLAN_ROLES_N && r == 0; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "%s/%s.bpf", PLAN_SECCOMP_DIR, plan_roles[i]);
		r = planfile_open_verified(path, &b->plan.seccomp[i], &b->filters[i]);
	}
	return r;
}

int stage_plan(struct boot *b)
{
	struct digest digest;
	struct event event;
	struct diag diag;
	int r = file_read(PLAN_PATH, b->plan_bytes, sizeof(b->plan_bytes), &b->plan_len);

	if (r < 0)
		return because(r, "%s: cannot read the plan: %s", PLAN_PATH, strerror(-r));
	hash_bytes(HASH_SHA256, b->plan_bytes, b->plan_len, &digest);
	r = event_plan(&digest, b->plan_len, &event);
	if (r == 0)
		r = measure(b, &event);
	if (r < 0)
		return r;

	memcpy(b->plan_text, b->plan_bytes, b->plan_len);
	r = plan_parse(b->plan_text, b->plan_len, &b->plan, &diag);
	if (r < 0)
		return because(r, "%s: malformed plan at byte %zu: %s", PLAN_PATH, diag.off,
			       diag.what);
	return open_filters(b);
}
