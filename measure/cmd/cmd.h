/* SPDX-License-Identifier: MIT */
/*
 * What the subcommands of `rampart` share. Each subcommand is one file with one function of this
 * shape; main.c has the table.
 *
 * argv[0] is the subcommand's name. The value returned is the exit code of the program.
 */
#ifndef MEASURE_CMD_CMD_H
#define MEASURE_CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"

enum { EXIT_HOLDS = 0, EXIT_DIFFERS = 1, EXIT_UNSURE = 2 };

int cmd_certs(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_connect(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_platform(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_rebuild(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_tlog(int argc, char **argv);
int cmd_update(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_volume(int argc, char **argv);

/* The help texts, for `rampart help` and usage errors. */
extern const char certs_help[], check_help[], connect_help[], diff_help[], explain_help[],
	history_help[], log_help[], plan_help[], platform_help[], predict_help[], rebuild_help[],
	replay_help[], report_help[], tlog_help[], update_help[], verify_help[], volume_help[];

/*
 * One line on standard error, "rampart <command>: <text>\n". For usage errors fail_usage() adds
 * where to find help. Both return EXIT_UNSURE, for `return fail(...)`.
 */
int fail(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
int fail_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "file: what at byte N: why" for a parser's error; diag may be NULL. Returns EXIT_UNSURE. */
int fail_parse(const char *command, const char *path, int error, const struct diag *diag);

/* The values of an option that may be given several times. */
#define OPTION_LIST_MAX 64
struct option_list {
	const char *v[OPTION_LIST_MAX];
	size_t n;
};

/*
 * One option: where its argument goes (value or list), or the flag that it sets; with both value and
 * flag, it takes an argument by "=" only, and may have none.
 */
struct option_spec {
	const char *name; /* with the dashes; NULL ends a list */
	const char **value;
	bool *flag;
	struct option_list *list;
};

/*
 * Parses argv[1..] into options ("--name value" or "--name=value"; "--" ends them) and at most max
 * other arguments, which go to ret_others, filled up with NULL. 0, or EXIT_UNSURE after an error
 * line.
 */
int parse_args(int argc, char **argv, const struct option_spec *options, const char **ret_others,
	       size_t max);

#define JSON_SIZE_MAX \
	(16 << 20) /* bytes of a JSON file that we read; golden.json has some 20 KB \ */

/*
 * Reads a whole file of at most max bytes into memory (free() it); one NUL follows it, so that text
 * can be used as a string. "-" is standard input. 0 or negative errno; -EFBIG if longer.
 */
int read_file(const char *path, size_t max, uint8_t **ret_buf, size_t *ret_len);

/* Maps a file read-only. The file must not shrink while it is mapped. munmap() it if len > 0. */
int map_file(const char *path, const uint8_t **ret, size_t *ret_len);

void free_ptr(void *ptr_to_pointer);
#define AUTO_FREE __attribute__((cleanup(free_ptr)))

#endif
