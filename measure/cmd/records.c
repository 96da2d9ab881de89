/* SPDX-License-Identifier: MIT */
#include "records.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/describe.h"
#include "cmd.h"

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

	if (copy && len > 0)
		memcpy(copy, p, len);
	return copy;
}

static int add_event(struct records *records, const struct eventlog_event *ev)
{
	struct record rec = {
		.number = ev->index, .off = ev->off, .pcr = ev->pcr, .type = ev->type
	};
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

int records_add_firmware(struct records *records, const char *command, const char *path,
			 const uint8_t *bytes, size_t len)
{
	struct diag diag = { 0 };
	struct eventlog_event ev;
	struct eventlog log;
	int r;

	if (records->n > 0)
		return fail(command, "%s: the firmware's log must come first, and once", path);
	r = eventlog_open(bytes, len, &log, &diag);
	if (r == 0)
		r = eventlog_replay(&log, &records->pcrs, &diag);
	if (r < 0)
		return fail_parse(command, path, r, &diag);
	records->has_firmware = true;
	while ((r = eventlog_next(&log, &ev, &diag)) > 0)
		if (add_event(records, &ev) < 0)
			return fail(command, "out of memory");
	return r < 0 ? fail_parse(command, path, r, &diag) : 0;
}

/* "digests": [{"hashAlg": "sha256", "digest": "..."}]; algorithms that we do not know are left out.
 */
static int read_digests(const json_t *digests, struct record *rec)
{
	const json_t *entry;
	size_t i;

	if (!json_is_array(digests) || json_array_size(digests) == 0)
		return -EBADMSG;
	json_array_foreach(digests, i, entry)
	{
		const json_t *name = json_object_get(entry, "hashAlg");
		const json_t *hex = json_object_get(entry, "digest");
		enum hash_alg alg;

		if (!json_is_string(name) || !json_is_string(hex))
			return -EBADMSG;
		if (hash_from_name(json_string_value(name), json_string_length(name), &alg) < 0)
			continue;
		if (rec->has[alg] ||
		    digest_from_hex(alg, json_string_value(hex), json_string_length(hex),
				    &rec->digest[alg]) < 0)
			return -EBADMSG;
		rec->has[alg] = true;
	}
	return 0;
}

/* Only our own content says which bytes were hashed. */
static bool content_is_measured(const struct record *rec, const json_t *content)
{
	for (size_t i = 0; i < _HASH_MAX; i++) {
		struct digest d;

		if (!rec->has[i])
			continue;
		hash_bytes((enum hash_alg)i, json_string_value(content),
			   json_string_length(content), &d);
		if (!digest_equal(&d, &rec->digest[i]))
			return false;
	}
	return true;
}

/* One line for people: control characters (the newline at its end) are dropped or become '?'. */
static char *content_text(const json_t *content)
{
	char *text = json_is_string(content) ? strdup(json_string_value(content))
					     : json_dumps(content, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t len = text ? strlen(text) : 0;

	if (len > 0 && text[len - 1] == '\n')
		text[--len] = 0;
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] >= 0x7f)
			text[i] = '?';
	return text;
}

/* What is wrong with a record, or NULL with rec filled (what it owns included). */
static const char *read_record(const json_t *json, size_t number, struct record *rec)
{
	const json_t *recnum = json_object_get(json, "recnum"), *pcr = json_object_get(json, "pcr");
	const json_t *type = json_object_get(json, "content_type");
	const json_t *content = json_object_get(json, "content");

	if (!json_is_integer(recnum) || json_integer_value(recnum) != (json_int_t)number)
		return "\"recnum\" is not the next number";
	if (!json_is_integer(pcr) || json_integer_value(pcr) < 0 ||
	    json_integer_value(pcr) >= EVENTLOG_PCRS)
		return "\"pcr\" is not a PCR";
	if (!json_is_string(type) || !content)
		return "\"content_type\" or \"content\" missing";
	if (read_digests(json_object_get(json, "digests"), rec) < 0)
		return "malformed \"digests\"";
	if (!strcmp(json_string_value(type), "rampart/1") &&
	    (!json_is_string(content) || !content_is_measured(rec, content)))
		return "the digest is not that of the content";
	rec->number = number;
	rec->is_runtime = true;
	rec->pcr = (uint32_t)json_integer_value(pcr);
	rec->type_name = strdup(json_string_value(type));
	rec->what = content_text(content);
	rec->data_len = json_string_length(content);
	rec->data = copy_bytes(json_string_value(content), rec->data_len);
	return NULL;
}

/* Extends the PCRs as the machine did; a runtime log on its own decides which banks there are. */
static int apply(struct records *records, const struct record *rec)
{
	struct eventlog_event ev = { .pcr = rec->pcr, .type = EV_COMPACT_HASH };

	if (!records->has_firmware && !records->has_runtime)
		eventlog_pcrs_init(&records->pcrs, rec->has);
	memcpy(ev.has, rec->has, sizeof(ev.has));
	memcpy(ev.digest, rec->digest, sizeof(ev.digest));
	return eventlog_pcrs_apply(&records->pcrs, &ev);
}

static const char *add_line(struct records *records, const char *line, size_t len, size_t number)
{
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	struct record rec = { .off = number + 1 };
	const char *what = json ? read_record(json, number, &rec) : "not JSON";

	json_decref(json);
	if (what)
		return what;
	if (apply(records, &rec) < 0)
		what = "a digest of an active bank is missing";
	if (append(records, &rec) < 0)
		what = "out of memory";
	records->has_runtime = true;
	return what;
}

int records_add_runtime(struct records *records, const char *command, const char *path,
			const char *text, size_t len)
{
	size_t number = 0;

	if (records->has_runtime)
		return fail(command, "%s: a second runtime log", path);
	while (len > 0) {
		const char *end = memchr(text, '\n', len), *what;
		size_t line_len = end ? (size_t)(end - text) : len;

		what = add_line(records, text, line_len, number);
		if (what)
			return fail(command, "%s: runtime record %zu: %s", path, number, what);
		number++;
		text += line_len + (end != NULL);
		len -= line_len + (end != NULL);
	}
	return 0;
}

int records_add_file(struct records *records, const char *command, const char *path)
{
	AUTO_FREE uint8_t *bytes = NULL;
	size_t len;
	int r = read_file(path, LOG_SIZE_MAX, &bytes, &len);

	if (r < 0)
		return fail_parse(command, path, r, NULL);
	if (len > 0 && bytes[0] == '{')
		return records_add_runtime(records, command, path, (const char *)bytes, len);
	return records_add_firmware(records, command, path, bytes, len);
}

int records_add_console(struct records *records, const char *command, const char *path,
			const struct console *console)
{
	int r = 0;

	if (console->firmware)
		r = records_add_firmware(records, command, path, console->firmware,
					 console->firmware_len);
	if (!r && console->runtime)
		r = records_add_runtime(records, command, path, console->runtime,
					console->runtime_len);
	return r;
}

int records_load(struct records *records, const char *command, const char **paths, size_t max,
		 const char *console_path)
{
	struct console console;
	int r = 0;

	if (!paths[0] == !console_path)
		return fail_usage(command, "a log, or a console with --console, is needed");
	for (size_t i = 0; i < max && paths[i] && !r; i++)
		r = records_add_file(records, command, paths[i]);
	if (!console_path)
		return r;
	r = console_load(command, console_path, &console);
	if (!r)
		r = records_add_console(records, command, console_path, &console);
	console_done(&console);
	if (!r && records->n == 0)
		r = fail(command, "%s: no \"rampart: firmware-log\" lines", console_path);
	return r;
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
