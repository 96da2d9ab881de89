/* SPDX-License-Identifier: MIT */
/* Files that the plan names, which are checked against it before they are used. */
#ifndef INIT_PLANFILE_H
#define INIT_PLANFILE_H

#include "measure/lib/plan.h"

/*
 * Opens path and hashes it from start to end. Succeeds only for a regular file of root's that
 * nobody else may write, with exactly the size and the digest of want; otherwise notes the reason.
 * Only this descriptor, which the caller closes, may be used afterwards.
 */
int planfile_open_verified(const char *path, const struct plan_file *want, int *ret_fd);

/*
 * The two halves of it, for a caller that hashes the bytes itself: everything but the digest; the
 * digest.
 */
int planfile_open_owned(const char *path, const struct plan_file *want, int *ret_fd);
int planfile_check_digest(const char *path, const struct plan_file *want, const struct digest *got);

#endif
