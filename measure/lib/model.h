/* SPDX-License-Identifier: MIT */
/*
 * How the plan's files form models: a file with a plain name is a model by itself; the files
 * <model>/<file> with the same <model> form one model. One event measures each model.
 */
#ifndef MEASURE_MODEL_H
#define MEASURE_MODEL_H

#include "measure/lib/event.h"
#include "measure/lib/plan.h"

/* Bytes of the name of the model that file i of the plan belongs to. */
size_t model_name_len(const struct plan_file *file);

/* The index of the file after the last one of the model that file first belongs to. */
size_t model_end(const struct plan *plan, size_t first);

/*
 * The event of the model whose first file is first. A file: its digest and size. Several: the
 * sha256 of their list, the sum of their sizes, their number; the list is, in the plan's order, one
 * line for each: "<file> <digest> <size>\n", where <file> is what follows the slash. -EINVAL if the
 * name cannot be measured; ret_event is untouched then.
 */
int model_event(const struct plan *plan, size_t first, struct event *ret_event);

#endif
