/* SPDX-License-Identifier: MIT */
/* The events of one boot from files and consoles, for commands. */
#ifndef MEASURE_CMD_GOLDEN_RECORDFILES_H
#define MEASURE_CMD_GOLDEN_RECORDFILES_H

#include "measure/cmd/golden/console.h"
#include "measure/record/records.h"

/*
 * Each adds what is in a file; the firmware's log must be first. 0, or EXIT_UNSURE after an error
 * line that begins with command and path. Call records_done() in any case.
 */

/* A log file of either kind: the runtime log begins with "{". */
int records_add_file(struct records *records, const char *command, const char *path);

/* Both logs of a console; one that it does not have is left out. */
int records_add_console(struct records *records, const char *command, const char *path,
			const struct console *console);

/*
 * `rampart log` and `rampart replay`, by what they print of the records: the paths of logs or a
 * console, not both. faulty: they can also print what could be read of a faulty log. The exit code.
 */
int records_command(const char *command, int argc, char **argv, bool faulty,
		    bool (*print_json)(const struct records *records),
		    void (*print)(const struct records *records));

#endif
