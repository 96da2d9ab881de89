/* SPDX-License-Identifier: MIT */
/* What the test image's server can see, as lines of text. */
#ifndef FACTS_H
#define FACTS_H

#include <stdio.h>

/* The names in a directory, in the kernel's order, commas between them. */
void fact_names(FILE *out, const char *key, const char *path);

/* The lines of a file that begin with one of the words (NULL-terminated), or all of them: "". */
void fact_lines(FILE *out, const char *prefix, const char *path, const char *const *words);

/* Whether a file can be made there; it is gone again afterwards. */
void fact_write(FILE *out, const char *key, const char *path);

/* What a runtime gives: names, descriptors, folders to write to, ports. */
void write_world(FILE *out);

#endif
