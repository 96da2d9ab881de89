/* SPDX-License-Identifier: MIT */
/*
 * HTML, written so that nothing from outside can become markup: texts only go through html() and
 * html_text(), which escape them, and markup only comes from literals of this program.
 *
 * Nothing here reports errors: ask ferror() when all is written.
 */
#ifndef MEASURE_CMD_PAGE_HTML_H
#define MEASURE_CMD_PAGE_HTML_H

#include <stdio.h>

/*
 * Escapes & < > " '. What is not a character of UTF-8, control characters, and those that turn the
 * direction of writing, with which a text could change how its neighbours read, become '?'. NULL is
 * shown as a dash.
 */
void html_text(FILE *out, const char *text);

/*
 * Markup with escaped arguments: format is a literal, and each %s is written by html_text().
 * Besides %s there are %u, %zu and %%, nothing else.
 */
void html(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * A table with a caption and these columns, NULL at the end. A narrow screen shows each row as a
 * block, so the roles, which such a style would take away, are named, and each cell has a label.
 */
void html_table(FILE *out, const char *class, const char *caption, const char *const *columns);
void html_table_end(FILE *out);
void html_row(FILE *out, const char *class);
void html_row_end(FILE *out);

/* The cell that names its row, and another one; closed by what follows. */
void html_row_head(FILE *out, const char *label);
void html_row_head_end(FILE *out);
void html_cell(FILE *out, const char *label);
void html_cell_end(FILE *out);

#endif
