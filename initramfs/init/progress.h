/* SPDX-License-Identifier: MIT */
/* How far the boot is, told to the gateway (common/progress.h). Never waits, and cannot fail. */
#ifndef INIT_PROGRESS_H
#define INIT_PROGRESS_H

#include <stdint.h>

#include "measure/lib/status.h"

struct progress {
	int pipe;	   /* the end to write to, non-blocking; 0: nobody is told */
	struct status now; /* what was told last */
	uint64_t loaded;   /* bytes of files that are loaded and hashed, */
	uint64_t total;	   /* and of all that will be */
};

/* A stage has begun. Always told: the first one opens the port. */
void progress_stage(struct progress *progress, enum status_stage stage);

/* Of what is being loaded now, so many bytes are. Told when the percentage is another one. */
void progress_bytes(struct progress *progress, uint64_t bytes);

/* So many more bytes are loaded altogether; what is loaded next begins at 0. */
void progress_add(struct progress *progress, uint64_t bytes);

#endif
