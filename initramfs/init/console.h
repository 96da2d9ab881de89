/* SPDX-License-Identifier: MIT */
/* The console: one line each, "rampart: <text>\n", other characters than printable ASCII as '?'. */
#ifndef INIT_CONSOLE_H
#define INIT_CONSOLE_H

#define CONSOLE_PATH "/dev/console"

/*
 * Makes descriptors 0, 1 and 2 the console. Mounts /dev first if the kernel had no console to give,
 * so that whatever fails next can be said. Cannot fail: without a console, lines go nowhere.
 */
void console_open(void);

/* A shell writes here, too: from now on each line of ours begins a new one. */
void console_share(void);

/* One line of at most 4 KiB; a longer one is cut. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
