/* SPDX-License-Identifier: MIT */
/*
 * The console: one line each, "rampart: <text>\n", other characters than printable ASCII as '?'.
 *
 * Whoever is at its other end is the host, who may stop reading, type, or hold the line. None of
 * that stops init: nothing that is typed means anything (not even XOFF), and a line that finds no
 * room is lost after a while, counted, and told of when there is room again.
 */
#ifndef INIT_CONSOLE_H
#define INIT_CONSOLE_H

#include <stdbool.h>

#define CONSOLE_PATH "/dev/console"

/*
 * Makes descriptors 0, 1 and 2 the console. Mounts /dev first if the kernel had no console to give,
 * so that whatever fails next can be said. Cannot fail: without a console, lines go nowhere.
 */
void console_open(void);

/* The same with fd, which becomes non-blocking and is closed; its line settings are changed. */
void console_use(int fd);

/*
 * For what a debug image starts, which may wait for the host: the console opened once more.
 * Negative errno if that fails.
 */
int console_again(void);

/*
 * A shell reads and writes here, too: the line settings are what they were, and from now on each
 * line of ours begins a new one.
 */
void console_share(void);

/*
 * Whether a line may wait for room, 10 seconds at most, and once until there is room again. At
 * first it may; a line that supervision says may not.
 */
void console_be_patient(bool patient);

/* One line of at most 4 KiB; a longer one is cut. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether something is still to be told: lines were lost, or one is half written. */
bool console_is_behind(void);

/* Tells it as far as there is room, without waiting. */
void console_catch_up(void);

#endif
