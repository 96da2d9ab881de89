/* SPDX-License-Identifier: MIT */
#include "measure/record/records.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/describe.h"
#include "measure/record/error.h"
#include "measure/record/jsonparse.h"
#include "measure/record/runtime.h"

/* Takes over what rec owns, also on failure. */
static int append(struct records *records, struct record *rec)
{
	struct record *more;

	if (!rec->type_name || !rec->what || !rec->data)
		goto out_free;
	more = realloc(records->list, (records->n + 1) * sizeof(*more));
	if (!more)
		goto out_free;
	records->list = more;
	more[records->n++] = *rec;
	return 0;

out_free:
	free(rec->type_name);
	free(rec->what);
	free(rec->data);
	return -ENOMEM;
}

static uint8_t *copy_bytes(const void *p, size_t len)
{
	uint8_t *copy = malloc(len + 1);

	if (!copy)
		return NULL;
	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

static int add_event(struct records *records, const struct eventlog_event *ev, const char *breaks)
{
	struct record rec = { .number = ev->index,
			      .off = ev->off,
			      .pcr = ev->pcr,
			      .type = ev->type,
			      .breaks = breaks };
	const char *name = eventlog_type_name(ev->type);
	char text[DESCRIBE_MAX], number[16];

	describe_event(ev, text, sizeof(text));
	snprintf(number, sizeof(number), "0x%08x", ev->type);
	rec.type_name = strdup(name ? name : number);
	rec.what = strdup(text);
	rec.data = copy_bytes(ev->data.p, ev->data.left);
	rec.data_len = ev->data.left;
	memcpy(rec.has, ev->has, sizeof(rec.has));
	memcpy(rec.digest, ev->digest, sizeof(rec.digest));
	return append(records, &rec);
}

/* The first event that breaks a rule, and how many more do. */
static int report_broken(const struct records *records, const char *name,
			 struct rampart_error *error)
{
	const struct record *first = NULL;
	char more[40] = "";
	size_t n = 0;

	for (size_t i = 0; i < records->n; i++) {
		if (!records->list[i].breaks)
			continue;
		first = first ? first : &records->list[i];
		n++;
	}
	if (!first)
		return 0;
	if (n > 1)
		snprintf(more, sizeof(more), " (and %zu more)", n - 1);
	return error_set(error, -EPROTO, "%s: at byte %zu: event %zu (PCR %" PRIu32 ", %s): %s%s",
			 name, first->off, first->number, first->pcr, first->type_name,
			 first->breaks, more);
}

int records_add_firmware(struct records *records, const char *name, const uint8_t *bytes,
			 size_t len, struct rampart_error *error)
{
	struct diag diag = { 0 };
	struct eventlog_event ev;
	struct eventlog log;
	int r;

	if (records->n > 0)
		return error_set(error, -EPROTO, "%s: the firmware's log must come first, and once",
				 name);
	r = eventlog_open(bytes, len, &log, &diag);
	if (r < 0)
		return error_parse(error, r, name, &diag);
	records->has_firmware = true;
	pcrs_init(&records->pcrs, log.bank);
	records->pcrs.narrows = true;
	while ((r = eventlog_next(&log, &ev, &diag)) > 0)
		if (add_event(records, &ev, eventlog_apply(&records->pcrs, &ev)) < 0)
			return error_memory(error);
	records->pcrs.narrows = false; /* the runtime log is of the same banks */
	return r < 0 ? error_parse(error, r, name, &diag) : report_broken(records, name, error);
}

/*
 * For terminals, which take some characters for commands: anything but printable ASCII becomes '?'.
 */
static char *printable(char *text)
{
	for (char *c = text; c && *c; c++)
		if (*c < 0x20 || *c >= 0x7f)
			*c = '?';
	return text;
}

/* One line for people, without the newline at its end. */
static char *content_text(yyjson_val *content)
{
	char *text =
		yyjson_is_str(content) ? strdup(yyjson_get_str(content)) : jsonparse_print(content);
	size_t len = text ? strlen(text) : 0;

	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = 0;
	return printable(text);
}

/* Extends the PCRs as the machine did; a runtime log on its own decides which banks there are. */
static const char *apply(struct records *records, const struct record *rec)
{
	struct eventlog_event ev = { .pcr = rec->pcr, .type = EV_COMPACT_HASH };

	if (!records->has_firmware && !records->has_runtime)
		pcrs_init(&records->pcrs, rec->has);
	memcpy(ev.has, rec->has, sizeof(ev.has));
	memcpy(ev.digest, rec->digest, sizeof(ev.digest));
	return eventlog_apply(&records->pcrs, &ev);
}

static const char *add_record(struct records *records, const struct runtime_record *from,
			      size_t number)
{
	struct record rec = { .number = number,
			      .off = number + 1,
			      .is_runtime = true,
			      .pcr = from->pcr,
			      .type_name = printable(strdup(from->type)),
			      .what = content_text(from->content),
			      .data_len = from->text.left };
	const char *what;

	rec.data = copy_bytes(from->text.p, rec.data_len);
	memcpy(rec.has, from->has, sizeof(rec.has));
	memcpy(rec.digest, from->digest, sizeof(rec.digest));
	what = rec.breaks = apply(records, &rec);
	if (append(records, &rec) < 0)
		what = "out of memory";
	records->has_runtime = true;
	return what;
}

int records_add_runtime(struct records *records, const char *name, const char *text, size_t len,
			struct rampart_error *error)
{
	struct runtime_log log = { .rest = span_of(text, len) };
	struct runtime_record rec;
	struct rampart_error why;
	int r;

	if (records->has_runtime)
		return error_set(error, -EPROTO, "%s: a second runtime log", name);
	while ((r = runtime_next(&log, &rec, &why)) > 0) {
		const char *what = add_record(records, &rec, log.number - 1);

		runtime_record_done(&rec);
		if (what)
			return error_set(error, -EBADMSG, "%s: runtime record %zu: %s", name,
					 log.number - 1, what);
	}
	return r < 0 ? error_set(error, r, "%s: runtime %s", name, why.text) : 0;
}

void records_done(struct records *records)
{
	for (size_t i = 0; i < records->n; i++) {
		free(records->list[i].type_name);
		free(records->list[i].what);
		free(records->list[i].data);
	}
	free(records->list);
	*records = (struct records){ 0 };
}
