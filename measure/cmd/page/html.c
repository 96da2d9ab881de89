/* SPDX-License-Identifier: MIT */
#include "measure/cmd/page/html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/record/text.h"

/* Source: Unicode Standard Annex #9, section 2 "Directional Formatting Characters". */
static bool turns_direction(const char *p)
{
	static const char *const marks[] = {
		"\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c",
		"\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (!strncmp(p, marks[i], strlen(marks[i])))
			return true;
	return false;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(FILE *out, const char *text)
{
	if (!text)
		text = "\u2013";
	while (*text) {
		size_t len = text_char_len(text);
		const char *escaped = entity(*text);

		if (len == 0 || turns_direction(text))
			putc('?', out);
		else if (escaped)
			fputs(escaped, out);
		else
			fwrite(text, 1, len, out);
		text += len > 0 ? len : 1;
	}
}

/* Writes what follows a '%'; the place after it. */
static const char *put_argument(FILE *out, const char *p, va_list *args)
{
	if (*p == 's') {
		html_text(out, va_arg(*args, const char *));
	} else if (*p == 'u') {
		fprintf(out, "%u", va_arg(*args, unsigned));
	} else if (*p == 'z' && p[1] == 'u') {
		fprintf(out, "%zu", va_arg(*args, size_t));
		p++;
	} else {
		putc('%', out);
	}
	return p + 1;
}

void html(FILE *out, const char *format, ...)
{
	const char *p = format;
	va_list args;

	va_start(args, format);
	while (*p) {
		size_t len = strcspn(p, "%");

		fwrite(p, 1, len, out);
		p += len;
		if (*p)
			p = put_argument(out, p + 1, &args);
	}
	va_end(args);
}

void html_table(FILE *out, const char *class, const char *caption, const char *const *columns)
{
	html(out, "<table role=\"table\" class=\"%s\">\n<caption>%s</caption>\n", class, caption);
	fputs("<thead role=\"rowgroup\"><tr role=\"row\">", out);
	for (; *columns; columns++)
		html(out, "<th role=\"columnheader\" scope=\"col\">%s</th>", *columns);
	fputs("</tr></thead>\n<tbody role=\"rowgroup\">\n", out);
}

void html_table_end(FILE *out)
{
	fputs("</tbody>\n</table>\n", out);
}

void html_row(FILE *out, const char *class)
{
	html(out, "<tr role=\"row\" class=\"%s\">", class);
}

void html_row_end(FILE *out)
{
	fputs("</tr>\n", out);
}

void html_row_head(FILE *out, const char *label)
{
	html(out, "<th role=\"rowheader\" scope=\"row\" data-label=\"%s\">", label);
}

void html_row_head_end(FILE *out)
{
	fputs("</th>", out);
}

void html_cell(FILE *out, const char *label)
{
	html(out, "<td role=\"cell\" data-label=\"%s\">", label);
}

void html_cell_end(FILE *out)
{
	fputs("</td>", out);
}
