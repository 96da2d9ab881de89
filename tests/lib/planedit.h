/* SPDX-License-Identifier: MIT */
/* Texts of plans that differ from a good one in one place, for tests of what reads them. */
#ifndef TESTS_LIB_PLANEDIT_H
#define TESTS_LIB_PLANEDIT_H

#include <stddef.h>

#include "measure/lib/plan.h"

/* text, with the first from in it, which must be there, replaced by to. Good until the next call. */
const char *plan_edit(const char *text, const char *from, const char *to);

/* As plan_parse(), of a copy of exactly len bytes, so that a read past them is a sanitizer's report; the
 * plan's strings live until the next call. */
int plan_parse_copy(const char *text, size_t len, struct plan *ret_plan, struct diag *ret_diag);
int plan_parse_text(const char *text, struct plan *ret_plan, struct diag *ret_diag);

#endif
