/* SPDX-License-Identifier: MIT */
/* The plan's lines, while `rampart plan` collects them; they are sorted at the end. */
#ifndef MEASURE_CMD_PLAN_DRAFT_H
#define MEASURE_CMD_PLAN_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/cmd/plan/planfiles.h"
#include "measure/cmd/words.h"
#include "measure/lib/plan.h"

struct draft {
	struct words lines;
	struct planfiles container, models, modules, firmware;
	uint8_t *filter; /* the container's */
	size_t filter_len;
	bool no_memory; /* a line is missing */
};

void draft_line(struct draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "key value" in plantext's form, so that no value can end its line. */
void draft_text(struct draft *draft, const char *key, const char *value);

/* The same for key.00, key.01 and so on. Fails as fail() does, if there are more than max words. */
int draft_numbered(struct draft *draft, const char *command, const char *key,
		   const struct words *words, size_t max);

/*
 * The whole plan of an image.conf at path, and what the guest's own parser reads in it; ret_plan
 * points into ret_inside, and the caller frees both texts. Fails as fail() does, also if the parser
 * refuses it.
 */
int draft_plan(struct draft *draft, const char *command, const char *path, char **ret_text,
	       char **ret_inside, struct plan *ret_plan);

/* For qsort(3) of strings. */
int draft_compare(const void *a, const void *b);

#endif
