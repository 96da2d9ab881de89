/* SPDX-License-Identifier: MIT */
#include "initramfs/init/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "initramfs/common/clock.h"
#include "initramfs/init/loghost.h"

#define LINE_MAX_BYTES 4096
#define WAIT_MS	       10000 /* a full buffer of 4 KiB leaves at 9600 baud within 5 s */
#define WAITING_BYTES  8192  /* the longest line, and some dozens of those that supervision says */

static bool shared, impatient;
static bool stopped; /* a wait was in vain, and there has been no room since */
static char waiting[WAITING_BYTES];
static size_t waiting_len;   /* whole lines, the first without what the console has taken of it */
static unsigned long lost;   /* after those that wait */
static struct termios found; /* the line settings before ours */

void console_open(void)
{
	int fd;

	(void)mkdir("/dev", 0755);
	(void)mount("dev", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755");
	fd = open(CONSOLE_PATH, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		console_use(fd);
}

/*
 * Ignores whatever the host types or signals: no character stops or starts output, is echoed or
 * raises a signal; break and a lost carrier mean nothing; nothing is received at all. Output is
 * unchanged: a line break becomes two characters.
 */
static void set_line(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &found) < 0)
		return; /* no terminal */
	t = found;
	t.c_iflag = IGNBRK | IGNPAR;
	t.c_cflag = (t.c_cflag & ~(tcflag_t)(HUPCL | CREAD | CRTSCTS)) | CLOCAL;
	t.c_lflag = 0;
	(void)tcsetattr(fd, TCSANOW, &t);
	(void)tcflow(fd, TCOON); /* output that was stopped before */
	(void)tcflush(fd, TCIFLUSH);
}

void console_use(int fd)
{
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	set_line(fd);
	for (int i = 0; i < 3; i++)
		if (fd != i)
			(void)dup2(fd, i);
	if (fd > 2)
		(void)close(fd);
}

int console_again(void)
{
	int fd = open(CONSOLE_PATH, O_RDWR | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void console_share(void)
{
	if (isatty(STDIN_FILENO))
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &found);
	shared = true;
}

void console_be_patient(bool patient)
{
	impatient = !patient;
}

/* Waits for room, or until the deadline. */
static bool wait_for_room(int64_t until)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
	int64_t left = until - clock_ms(CLOCK_MONOTONIC);

	if (left <= 0) {
		stopped = true;
		return false;
	}
	(void)poll(&p, 1, (int)left);
	return true;
}

/* How much the console took. All of it if the console is gone: there is nowhere left to say it. */
static size_t put(const char *p, size_t len, bool may_wait)
{
	int64_t wait = may_wait && !impatient ? WAIT_MS : 0;
	int64_t until = stopped ? 0 : clock_ms(CLOCK_MONOTONIC) + wait;
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(STDOUT_FILENO, p + done, len - done);

		if (n > 0) {
			done += (size_t)n;
			stopped = false;
			until = clock_ms(CLOCK_MONOTONIC) + wait;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return len;
		if (!wait || !wait_for_room(until))
			return done;
	}
	return done;
}

/* What waits, as far as there is room; what was lost after it is told once all of it has gone. */
static void flush(bool may_wait)
{
	size_t done = put(waiting, waiting_len, may_wait);

	waiting_len -= done;
	memmove(waiting, waiting + done, waiting_len);
	if (waiting_len > 0 || lost == 0)
		return;
	waiting_len =
		(size_t)snprintf(waiting, sizeof(waiting),
				 "rampart: the console was stopped: %lu lines are lost\n", lost);
	lost = 0;
	flush(may_wait);
}

bool console_is_behind(void)
{
	return waiting_len > 0 || lost > 0;
}

void console_catch_up(void)
{
	flush(false);
}

void console_drain(void)
{
	int64_t until = clock_ms(CLOCK_MONOTONIC) + WAIT_MS;
	int left;

	while (ioctl(STDOUT_FILENO, TIOCOUTQ, &left) == 0 && left > 0 &&
	       clock_ms(CLOCK_MONOTONIC) < until)
		(void)poll(NULL, 0, 1);
}

void say(const char *format, ...)
{
	char line[LINE_MAX_BYTES] = "\nrampart: ";
	size_t len = 10, room = sizeof(line) - 1 - len;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line + len, room, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	len += (size_t)n < room ? (size_t)n : room - 1;
	for (size_t i = 1; i < len; i++)
		if (line[i] < 0x20 || line[i] > 0x7e)
			line[i] = '?';
	loghost_send(line + 10, len - 10);
	line[len++] = '\n';
	len -= !shared;
	flush(true);
	if (lost > 0 || len > sizeof(waiting) - waiting_len) {
		lost++;
		return;
	}
	memcpy(waiting + waiting_len, line + !shared, len);
	waiting_len += len;
	flush(true);
}
