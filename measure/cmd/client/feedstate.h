/* SPDX-License-Identifier: MIT */
/*
 * What is kept of a feed between two looks at it: the folder
 * $XDG_STATE_HOME/rampart/feeds/SHA256-OF-THE-PINNED-ROOT, where ~/.local/state stands for a variable that is
 * not set. Files appear whole or not at all, and are on the disk before anything relies on them.
 */
#ifndef MEASURE_CMD_CLIENT_FEEDSTATE_H
#define MEASURE_CMD_CLIENT_FEEDSTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/rampart.h"

struct feedstate {
	char *path; /* of the folder, owned */
	int fd;	    /* of the folder, locked against other programs; -1: not open */
};

/*
 * Makes it if need be, and waits for its lock. root: the pinned root.json. 0, or a negative errno with the path in
 * error. feedstate_close() in either case.
 */
int feedstate_open(const void *root, size_t len, struct feedstate *ret,
		   struct rampart_error *error);
void feedstate_close(struct feedstate *state);

#define FEEDSTATE_ROOT_MAX 512000	   /* bytes of a root.json */
#define FEEDSTATE_RELEASES "releases.json" /* of a folder in which something was accepted */

/* Whether something was accepted since this root was pinned. */
bool feedstate_is_known(const void *root, size_t len);

/* Whether there are folders of other roots. */
bool feedstate_has_others(const struct feedstate *state);

/* A file of at most max bytes, a NUL after them; free() it. -ENOENT: none is kept. */
int feedstate_read(const struct feedstate *state, const char *name, size_t max, char **ret_text,
		   size_t *ret_len);

int feedstate_write(const struct feedstate *state, const char *name, const void *bytes, size_t len,
		    struct rampart_error *error);

/* It need not be there. */
int feedstate_remove(const struct feedstate *state, const char *name, struct rampart_error *error);

/*
 * Removes the copies of targets, which are those whose name is a digest, but for names, one a line; and whatever a write
 * left behind that was not ended.
 */
void feedstate_clean(const struct feedstate *state, const char *names);

#endif
