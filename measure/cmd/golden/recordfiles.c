/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/recordfiles.h"

#include <stdlib.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/show.h"

static int add_firmware(struct records *records, const char *command, const char *path,
			const uint8_t *log, size_t len)
{
	struct rampart_error error;

	if (records_add_firmware(records, path, log, len, &error) < 0)
		return fail(command, "%s", error.text);
	return 0;
}

static int add_runtime(struct records *records, const char *command, const char *path,
		       const char *text, size_t len)
{
	struct rampart_error error;

	if (records_add_runtime(records, path, text, len, &error) < 0)
		return fail(command, "%s", error.text);
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
		return add_runtime(records, command, path, (const char *)bytes, len);
	return add_firmware(records, command, path, bytes, len);
}

int records_add_console(struct records *records, const char *command, const char *path,
			const struct console *console)
{
	int r = 0;

	if (console->firmware)
		r = add_firmware(records, command, path, console->firmware, console->firmware_len);
	if (!r && console->runtime)
		r = add_runtime(records, command, path, console->runtime, console->runtime_len);
	return r;
}

static int load(struct records *records, const char *command, const char **paths, size_t max,
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

int records_command(const char *command, int argc, char **argv, bool faulty,
		    bool (*print_json)(const struct records *records),
		    void (*print)(const struct records *records))
{
	const char *console_path = NULL, *paths[2];
	bool json = false;
	const struct option_spec options[] = {
		{ "--console", &console_path, NULL, NULL },
		{ "--json", NULL, &json, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	struct records records = { 0 };
	int r = parse_args(argc, argv, options, paths, 2);
	bool written = true;

	if (r)
		return r;
	r = load(&records, command, paths, 2, console_path);
	if (!r || (faulty && records.n > 0)) {
		if (json)
			written = print_json(&records);
		else
			print(&records);
	}
	records_done(&records);
	return r ? r : show_end(command, written, EXIT_HOLDS);
}
