/* SPDX-License-Identifier: MIT */
/*
 * What a machine printed on its serial console: lines that begin with "rampart: ", among others
 * that do not concern us.
 *
 *   pcr <bank> <n> tpm=<hex> sysfs=<hex>    tpm= may be missing (a platform reference has none)
 *   firmware-log <base64>                   many; the bytes put together are the log
 *   runtime-log <CEL-JSON>                  one record a line
 *   FAILED stage=<name> reason=<text>
 */
#ifndef MEASURE_CMD_GOLDEN_CONSOLE_H
#define MEASURE_CMD_GOLDEN_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"

#define LOG_SIZE_MAX (64 << 20) /* bytes of a log or console that we read; real logs have 64 KB */

#define CONSOLE_PCRS 16

struct console_pcr {
	bool has_tpm, has_sysfs;
	struct digest tpm, sysfs;
};

struct console {
	struct console_pcr pcr[_HASH_MAX][CONSOLE_PCRS];
	uint8_t *firmware; /* owned; NULL if there was no such line */
	size_t firmware_len;
	char *runtime; /* owned, likewise: the records, a newline after each */
	size_t runtime_len;
	char *failed; /* owned, likewise: what follows "FAILED " */
};

/*
 * Reads a console log. 0, or EXIT_UNSURE after an error line naming file and line: unreadable, a
 * malformed line, a PCR printed twice. Call console_done() in any case.
 */
int console_load(const char *command, const char *path, struct console *ret_console);
void console_done(struct console *console);

#endif
