/* SPDX-License-Identifier: MIT */
/*
 * The container's process between its birth and its program. Each step returns 0, or negative errno
 * with *ret_what naming what could not be done.
 */
#ifndef CONTAINER_INSIDE_H
#define CONTAINER_INSIDE_H

#include "plan.h"

/* Writes text, at once, to a file of the kernel's below dir. 0 or negative errno. */
int put(int dir, const char *path, const char *text);

/*
 * Its files: the image's root, read-only; /proc of its own processes, read-only, with the rest of
 * the machine masked; a /dev of five devices; the models at /model, read-only; scratch at /tmp.
 * Nothing of the initramfs stays reachable. Needs a mount and a pid namespace of its own. ret_proc
 * is a descriptor of a /proc that policy_enter() may still write to.
 */
int files_enter(const struct plan *plan, int *ret_proc, const char **ret_what);

/*
 * Its rights: none. An unprivileged user, also in the machine's eyes; a user namespace in which
 * nothing else is mapped and no further namespace can be made; no capability, now or later; no new
 * privileges; limits; Landlock; and, from the file filter, which it closes, the calls it may make.
 * Last step: after it nothing of the set-up would be allowed any more.
 */
int policy_enter(const struct plan *plan, int proc, int filter, const char **ret_what);

#endif
