/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/recordfiles.h"
#include "measure/cmd/show.h"

const char replay_help[] =
	"usage: rampart replay LOG [RUNTIME_LOG] [--json]\n"
	"       rampart replay --console CONSOLE [--json]\n"
	"\n"
	"Prints the PCR values that the events of a log lead to, for the PCRs 0 to 23 that have events,\n"
	"in every bank that all of them have a digest of. LOG is what the kernel shows as\n"
	"binary_bios_measurements (crypto-agile or SHA-1 format); RUNTIME_LOG is init's log (CEL-JSON),\n"
	"whose events follow. \"-\" is standard input.\n"
	"\n"
	"  --console FILE    take both logs from a console log\n"
	"  --json            {\"sha256\": {\"0\": \"...\"}}\n";

static json_t *bank_to_json(const struct pcrs *pcrs, size_t bank)
{
	json_t *values = json_object();

	for (unsigned i = 0; i < PCRS_N; i++) {
		char name[4], hex[HASH_HEX_MAX];

		if (!pcrs->used[i])
			continue;
		snprintf(name, sizeof(name), "%u", i);
		digest_hex(&pcrs->value[bank][i], hex);
		if (json_object_set_new(values, name, json_string(hex)) < 0) {
			json_decref(values);
			return NULL;
		}
	}
	return values;
}

static bool print_pcrs_json(const struct records *records)
{
	const struct pcrs *pcrs = &records->pcrs;
	json_t *json = json_object();

	for (size_t i = 0; i < _HASH_MAX; i++)
		if (pcrs->bank[i] && json_object_set_new(json, hash_name((enum hash_alg)i),
							 bank_to_json(pcrs, i)) < 0) {
			json_decref(json);
			return false;
		}
	return show_json(json);
}

static void print_pcrs(const struct records *records)
{
	const struct pcrs *pcrs = &records->pcrs;

	for (size_t bank = 0; bank < _HASH_MAX; bank++) {
		if (!pcrs->bank[bank])
			continue;
		printf("%s\n", hash_name((enum hash_alg)bank));
		for (unsigned i = 0; i < PCRS_N; i++) {
			char hex[HASH_HEX_MAX];

			if (!pcrs->used[i])
				continue;
			digest_hex(&pcrs->value[bank][i], hex);
			printf("  %2u  %s\n", i, hex);
		}
	}
}

int cmd_replay(int argc, char **argv)
{
	return records_command("replay", argc, argv, false, print_pcrs_json, print_pcrs);
}
