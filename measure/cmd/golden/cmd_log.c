/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/recordfiles.h"
#include "measure/cmd/show.h"

const char log_help[] =
	"usage: rampart log LOG [RUNTIME_LOG] [--json]\n"
	"       rampart log --console CONSOLE [--json]\n"
	"\n"
	"Prints every event of a log: number, PCR, type, what its data says, digests. What the data says\n"
	"is the log's claim; only the digest was extended. An event that breaks a rule is printed with\n"
	"the rule, and of a log that is cut or damaged all before that; both end with exit code 2.\n"
	"\n"
	"  --console FILE    take both logs from a console log\n"
	"  --json            a list of events, with the data as hex\n";

static json_t *digests_to_json(const struct record *rec)
{
	json_t *json = json_object();

	for (size_t i = 0; i < _HASH_MAX; i++) {
		char hex[HASH_HEX_MAX];

		if (!rec->has[i])
			continue;
		digest_hex(&rec->digest[i], hex);
		if (json_object_set_new(json, hash_name((enum hash_alg)i), json_string(hex)) < 0) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}

static json_t *data_to_json(const struct record *rec)
{
	AUTO_FREE char *hex = malloc(2 * rec->data_len + 1);

	if (!hex)
		return NULL;
	hex[0] = 0;
	for (size_t i = 0; i < rec->data_len; i++)
		sprintf(hex + 2 * i, "%02x", rec->data[i]);
	return json_string(hex);
}

static json_t *record_to_json(const struct record *rec)
{
	json_t *json = json_pack("{s:s, s:I, s:I, s:I, s:s, s:o, s:s, s:o}", "log",
				 rec->is_runtime ? "runtime" : "firmware", "number",
				 (json_int_t)rec->number, rec->is_runtime ? "line" : "offset",
				 (json_int_t)rec->off, "pcr", (json_int_t)rec->pcr, "type",
				 rec->type_name, "digests", digests_to_json(rec), "what", rec->what,
				 "data", data_to_json(rec));

	if (json && rec->breaks)
		json_object_set_new(json, "breaks", json_string(rec->breaks));
	return json;
}

static bool print_records_json(const struct records *records)
{
	json_t *list = json_array();

	for (size_t i = 0; i < records->n; i++)
		list = show_append(list, record_to_json(&records->list[i]));
	return show_json(list);
}

static void print_records(const struct records *records)
{
	for (size_t i = 0; i < records->n; i++) {
		const struct record *rec = &records->list[i];

		printf("%3zu  PCR %-2u  %s  %s\n", i, rec->pcr, rec->type_name, rec->what);
		if (rec->breaks)
			printf("     breaks a rule: %s\n", rec->breaks);
		if (rec->type == EV_NO_ACTION)
			continue; /* never extended: its digest means nothing */
		for (size_t bank = 0; bank < _HASH_MAX; bank++) {
			char hex[HASH_HEX_MAX];

			if (!rec->has[bank])
				continue;
			digest_hex(&rec->digest[bank], hex);
			printf("     %s %s\n", hash_name((enum hash_alg)bank), hex);
		}
	}
}

int cmd_log(int argc, char **argv)
{
	return records_command("log", argc, argv, true, print_records_json, print_records);
}
