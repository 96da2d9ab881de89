/* SPDX-License-Identifier: MIT */
/*
 * The console: one line each, "rampart: <text>\n", other characters than printable ASCII as '?'.
 *
 * At its other end is the host, which may stop reading, type, or hold the line. None of that stops
 * init: whatever is typed is ignored (even XOFF). Lines that find no room wait, 8 KiB of them; one
 * that finds no room there either is dropped, counted, and reported when there is room again.
 */
#ifndef INIT_CONSOLE_H
#define INIT_CONSOLE_H

#include <stdbool.h>

#define CONSOLE_PATH "/dev/console"

/*
 * Makes descriptors 0, 1 and 2 the console. Mounts /dev first if the kernel had no console to give,
 * so that later failures can be reported. Cannot fail: without a console, lines go nowhere.
 */
void console_open(void);

/* The same with fd, which becomes non-blocking and is closed; its line settings are changed. */
void console_use(int fd);

/*
 * For programs of a debug image, which may wait for the host: the console, opened once more.
 * Negative errno if that fails.
 */
int console_again(void);

/*
 * For a shell that shares the console: restores the line settings, and from now on begins each of
 * our lines on a new one.
 */
void console_share(void);

/*
 * Whether init may wait for a line's room, 10 seconds at most, and once until there is room again.
 * At first it may; once it supervises, it may not.
 */
void console_be_patient(bool patient);

/* One line of at most 4 KiB; a longer one is cut. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether something is pending: lines wait, or were lost. */
bool console_is_behind(void);

/* Writes what is pending as far as there is room, without waiting. */
void console_catch_up(void);

/*
 * Waits until what the console has taken is on its way, 10 seconds at most: before power off, whose
 * own words would come in the middle of it, and the rest never.
 */
void console_drain(void);

#endif
