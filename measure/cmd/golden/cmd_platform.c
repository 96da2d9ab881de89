/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/console.h"
#include "measure/cmd/golden/platformlog.h"
#include "measure/cmd/golden/recordfiles.h"
#include "measure/cmd/show.h"
#include "measure/record/golden.h"

const char platform_help[] =
	"usage: rampart platform CONSOLE --name NAME --shape KEY=VALUE,...\n"
	"       rampart platform --log LOG --name NAME [--shape KEY=VALUE,...]\n"
	"\n"
	"Prints a platform reference: what the firmware of a machine measures into PCR 0-3, 6 and 7 on\n"
	"its own, taken from the log of one boot. Refuses a log whose replay is not what the machine's\n"
	"TPM holds in PCR 0 to 7.\n"
	"\n"
	"With --log, from the firmware log of a machine of any kind that runs any image: what is the\n"
	"image's is left out, and what does not stay the same from boot to boot becomes a rule, or\n"
	"unchecked, each for a reason on standard error. Exit code 1: no golden values could be made\n"
	"for such a machine.\n"
	"\n"
	"  CONSOLE           a console log with \"rampart: pcr\" and \"rampart: firmware-log\" lines\n"
	"  --log LOG         a log as the kernel has it (binary_bios_measurements)\n"
	"  --name NAME       e.g. qemu-q35-ovmf-2025.02-8+deb13u1\n"
	"  --shape LIST      what the values depend on, e.g. memory_mib=1024,cpus=2; without it PCR 1,\n"
	"                    which is about the machine's devices, is left unchecked\n";

/* What the log says must be what the TPM holds. */
static int check_replay(const struct records *records, const struct console *console,
			const char *path)
{
	for (size_t bank = 0; bank < _HASH_MAX; bank++) {
		if (!records->pcrs.bank[bank])
			continue;
		for (unsigned i = 0; i < 8; i++) {
			const struct console_pcr *pcr = &console->pcr[bank][i];
			const char *name = hash_name((enum hash_alg)bank);

			if (!pcr->has_sysfs)
				return fail("platform", "%s: no value of PCR %u (%s) printed", path,
					    i, name);
			if (!digest_equal(&pcr->sysfs, &records->pcrs.value[bank][i])) {
				(void)fail(
					"platform",
					"%s: PCR %u (%s): the log does not lead to what the TPM holds",
					path, i, name);
				return EXIT_DIFFERS;
			}
		}
	}
	return 0;
}

/* What looks like a number is one. */
static json_t *shape_value(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
		return json_string(text);
	return json_integer(strtoll(text, NULL, 10));
}

/* "memory_mib=1024,cpus=2" to an object. */
static json_t *parse_shape(const char *text)
{
	json_t *shape = json_object();

	while (shape && *text) {
		size_t len = strcspn(text, ","), key_len = strcspn(text, "=,");
		char key[64], value[128];

		if (key_len == 0 || key_len >= len || key_len >= sizeof(key) ||
		    len - key_len > sizeof(value))
			break;
		snprintf(key, sizeof(key), "%.*s", (int)key_len, text);
		snprintf(value, sizeof(value), "%.*s", (int)(len - key_len - 1),
			 text + key_len + 1);
		if (json_object_get(shape, key) ||
		    json_object_set_new(shape, key, shape_value(value)) < 0)
			break;
		text += len + (text[len] == ',');
	}
	if (shape && !*text && json_object_size(shape) > 0)
		return shape;
	json_decref(shape);
	return NULL;
}

static int print_platform(const struct records *records, const char *name, const json_t *shape)
{
	struct golden platform = { .platform = name, .shape = shape, .edition = 1 };
	bool written = false;

	memcpy(platform.bank, records->pcrs.bank, sizeof(platform.bank));
	platform.event = calloc(records->n + 1, sizeof(*platform.event));
	for (size_t i = 0; i < records->n && platform.event; i++) {
		const struct record *rec = &records->list[i];
		struct golden_event *ev = &platform.event[platform.n_events];

		if (rec->type == EV_NO_ACTION || !golden_is_platform(rec->pcr))
			continue;
		*ev = (struct golden_event){ .pcr = rec->pcr,
					     .type = rec->type_name,
					     .what = rec->what };
		memcpy(ev->digest, rec->digest, sizeof(ev->digest));
		platform.n_events++;
	}
	if (platform.event)
		written = show_json(platform_json(&platform));
	free(platform.event);
	return show_end("platform", written, EXIT_HOLDS);
}

static int make_reference(const char *path, const char *name, json_t *shape)
{
	struct records records = { 0 };
	struct console console;
	int r = console_load("platform", path, &console);

	if (!r)
		r = records_add_console(&records, "platform", path, &console);
	if (!r && !records.has_firmware)
		r = fail("platform", "%s: no \"rampart: firmware-log\" lines", path);
	if (!r && records.pcrs.locality_seen)
		r = fail("platform", "%s: a startup locality is not supported in a reference",
			 path);
	if (!r)
		r = check_replay(&records, &console, path);
	if (!r)
		r = print_platform(&records, name, shape);
	records_done(&records);
	console_done(&console);
	return r;
}

int cmd_platform(int argc, char **argv)
{
	const char *path, *name = NULL, *shape_text = NULL, *log = NULL;
	const struct option_spec options[] = {
		{ "--name", &name, NULL, NULL },
		{ "--shape", &shape_text, NULL, NULL },
		{ "--log", &log, NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	json_t *shape;
	int r = parse_args(argc, argv, options, &path, 1);

	if (r)
		return r;
	if (!name || !path == !log || (path && !shape_text))
		return fail_usage("platform",
				  "CONSOLE, --name and --shape are needed, or --log and --name");
	shape = shape_text ? parse_shape(shape_text) : json_object();
	if (!shape)
		return fail_usage("platform", "--shape is not KEY=VALUE,...");
	r = log ? platform_from_log(log, name, shape) : make_reference(path, name, shape);
	json_decref(shape);
	return r;
}
