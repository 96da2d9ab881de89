/* SPDX-License-Identifier: MIT */
/*
 * init's console with a host at its other end that types, holds the line or stops reading: init's
 * own code on a pseudo terminal. The test ends, whatever the host does.
 */
#define _GNU_SOURCE
#include "initramfs/init/console.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "initramfs/init/loghost.h"
#include "tests/lib/tap.h"

#define MANY	   20000 /* lines, far more than any buffer between */
#define DEADLINE_S 240	 /* ends a test that hangs; the waits of a right one are 10 s */

static char *got; /* what the host has read */
static size_t got_len;

/* A terminal whose other end is the host's; ret_slave is to be the console. */
static int make_line(int *ret_slave)
{
	int host = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (host < 0 || grantpt(host) < 0 || unlockpt(host) < 0)
		return -1;
	*ret_slave = ioctl(host, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	return *ret_slave < 0 ? -1 : host;
}

/* init, with what it does; its exit status is what it says it is. */
static pid_t start(int slave, int (*run)(int slave))
{
	pid_t pid = fork();

	if (pid == 0) {
		int keep = fcntl(slave, F_DUPFD_CLOEXEC, 64);

		alarm(DEADLINE_S);
		console_use(slave);
		_exit(run(keep));
	}
	return pid;
}

static int status_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/*
 * Everything that comes until nothing does for a while, or the whole of it until the line hangs up.
 */
static void read_all(int host)
{
	struct pollfd p = { .fd = host, .events = POLLIN };
	static char buf[65536];

	free(got);
	got = calloc(1, 1);
	got_len = 0;
	while (poll(&p, 1, 60000) > 0) {
		ssize_t n = read(host, buf, sizeof(buf));
		char *more = n > 0 ? realloc(got, got_len + (size_t)n + 1) : NULL;

		if (!more)
			return;
		got = more;
		memcpy(got + got_len, buf, (size_t)n);
		got_len += (size_t)n;
		got[got_len] = '\0';
	}
}

static int say_three(int slave)
{
	(void)slave;
	for (int i = 0; i < 3; i++)
		say("line %d\x1b", i);
	return 0;
}

#define THREE "rampart: line 0?\r\nrampart: line 1?\r\nrampart: line 2?\r\n"

static void test_typing(void)
{
	static const char typed[] = "\x13\x03\x1c\x1a\x04 text\r\n\x16\x12";
	int slave, host = make_line(&slave);
	struct termios t;
	pid_t pid;

	ok(host >= 0 && tcgetattr(slave, &t) == 0 && (t.c_iflag & IXON) && (t.c_lflag & ECHO),
	   "a terminal as the kernel makes it: XOFF stops it, and it echoes");
	ok(write(host, "\x13", 1) == 1, "the host has typed XOFF before init opens it");
	pid = start(slave, say_three);
	is_int(status_of(pid), 0, "init says its lines");
	ok(tcgetattr(slave, &t) == 0 && !(t.c_iflag & (IXON | IXOFF | IXANY | BRKINT | ISTRIP)) &&
		   (t.c_iflag & IGNBRK),
	   "neither XOFF nor a break means anything");
	ok(!(t.c_lflag & (ECHO | ECHONL | ICANON | ISIG | IEXTEN | TOSTOP)),
	   "nor does any other character");
	ok(!(t.c_cflag & (CRTSCTS | HUPCL)) && (t.c_cflag & CLOCAL) && (t.c_oflag & OPOST),
	   "nor do the line's signals; output stays as it was");
	ok(write(host, typed, sizeof(typed) - 1) == (ssize_t)sizeof(typed) - 1, "the host types");
	pid = start(slave, say_three);
	close(slave);
	is_int(status_of(pid), 0, "init says its lines all the same");
	read_all(host);
	is_str(got, THREE THREE, "all of them arrive, and nothing that was typed comes back");
	close(host);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The host holds the line: init waits for its first line alone, and for none once it supervises. */
static int say_on_hold(int slave)
{
	double begin = seconds();

	if (tcflow(slave, TCOOFF) < 0)
		return 1;
	for (int i = 0; i < 1000; i++)
		say("early %d", i);
	if (seconds() - begin < 5)
		return 2; /* no patience at all */
	if (!console_is_behind() || tcflow(slave, TCOON) < 0)
		return 3;
	say("then");
	if (console_is_behind())
		return 4;
	console_be_patient(false);
	begin = seconds();
	if (tcflow(slave, TCOOFF) < 0)
		return 5;
	for (int i = 0; i < 5; i++)
		say("late %d", i);
	if (seconds() - begin > 5)
		return 6; /* it waited */
	if (tcflow(slave, TCOON) < 0)
		return 7;
	console_catch_up();
	if (console_is_behind())
		return 8;
	say("end");
	return 0;
}

static void test_hold(void)
{
	int slave, host = make_line(&slave), kept = 0;
	pid_t pid = start(slave, say_on_hold);
	size_t waiting = 0, len;
	char *expected;
	FILE *out;

	close(slave);
	read_all(host);
	is_int(status_of(pid), 0, "a line that is held: init goes on");
	out = open_memstream(&expected, &len);
	while ((waiting += (size_t)snprintf(NULL, 0, "rampart: early %d\n", kept)) <= 8192)
		fprintf(out, "rampart: early %d\r\n", kept++);
	fprintf(out, "rampart: the console was stopped: %d lines are lost\r\nrampart: then\r\n",
		1000 - kept);
	for (int i = 0; i < 5; i++)
		fprintf(out, "rampart: late %d\r\n", i);
	fprintf(out, "rampart: end\r\n");
	fclose(out);
	is_str(got, expected,
	       "  8 KiB of its lines wait, and it tells how many were lost, once it can");
	free(expected);
	close(host);
}

static int say_many(int slave)
{
	(void)slave;
	console_be_patient(false);
	for (int i = 0; i < MANY; i++)
		say("number %d of many", i);
	while (console_is_behind()) {
		console_catch_up();
		usleep(1000);
	}
	say("end");
	return 0;
}

/* Every line is whole and in order, or counted. */
static void test_full(void)
{
	int slave, host = make_line(&slave), n = 0, last = -1, lost = 0, bad = 0, number;
	unsigned long count;
	pid_t pid = start(slave, say_many);
	char *state = NULL;

	close(slave);
	sleep(1); /* the host reads nothing meanwhile */
	read_all(host);
	is_int(status_of(pid), 0, "a host that does not read: init goes on");
	for (char *line = strtok_r(got, "\r\n", &state); line;
	     line = strtok_r(NULL, "\r\n", &state)) {
		if (sscanf(line, "rampart: number %d of many", &number) == 1 && number > last) {
			last = number;
			n++;
		} else if (sscanf(line, "rampart: the console was stopped: %lu lines", &count) ==
			   1) {
			lost += (int)count;
		} else {
			bad += strcmp(line, "rampart: end") != 0;
		}
	}
	is_int(bad, 0, "  no line is cut or mixed with another");
	is_int(n + lost, MANY, "  every line arrived or was counted");
	ok(lost > 0, "  and some were lost: it was full");
	close(host);
}

static int say_gone(int slave)
{
	close(slave);
	usleep(200000);
	say("one");
	say("two");
	return console_is_behind();
}

static void test_gone(void)
{
	int slave, host = make_line(&slave);
	pid_t pid = start(slave, say_gone);

	close(slave);
	close(host);
	is_int(status_of(pid), 0, "a host that hangs up: lines go nowhere, and none is kept");
}

static int say_last(int slave)
{
	(void)slave;
	say("last");
	console_drain();
	return 0;
}

/* A socket tells, as a serial line does, what it took and has not passed on. */
static void test_drain(void)
{
	char text[64] = "";
	int line[2];
	pid_t pid;

	ok(socketpair(AF_UNIX, SOCK_STREAM, 0, line) == 0,
	   "a line that takes more than it passes on");
	pid = start(line[1], say_last);
	close(line[1]);
	ok(poll(&(struct pollfd){ .fd = line[0], .events = POLLIN }, 1, 60000) == 1,
	   "init's last line is on it");
	(void)poll(NULL, 0, 500);
	is_int(waitpid(pid, NULL, WNOHANG), 0, "  init is there until it has been passed on");
	ok(read(line[0], text, sizeof(text) - 1) > 0, "which it is");
	is_str(text, "rampart: last\n", "  whole");
	is_int(status_of(pid), 0, "and then it ends");
	close(line[0]);
}

static int speak(int slave)
{
	struct sockaddr_in own;
	socklen_t len = sizeof(own);
	char text[256] = "";
	const struct timeval wait = { .tv_sec = DEADLINE_S };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct instance instance = { .log_host = INADDR_LOOPBACK,
				     .value[INSTANCE_HOSTNAME] = "llm-7" };
	static const char *const want[] = { "<30>1 - llm-7 rampart - - - stage identity",
					    "<27>1 - llm-7 rampart - - - FAILED stage=x reason=a?b",
					    "<30>1 - llm-7 rampart - - - FAILEDstage" };

	(void)slave;
	own = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&own, &len) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		return 100;
	instance.log_port = ntohs(own.sin_port);
	say("stage network"); /* before there is one */
	if (loghost_open(&(struct instance){ 0 }) < 0)
		return 101;
	say("stage metadata"); /* without a log-host */
	if (loghost_open(&instance) < 0)
		return 102;
	say("stage %s", "identity");
	say("FAILED stage=x reason=a\nb");
	say("FAILEDstage");
	for (int i = 0; i < 3; i++) {
		ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

		if (n < 0)
			return 103;
		text[n] = '\0';
		if (strcmp(text, want[i]) != 0)
			return 1 + i;
	}
	return 0;
}

static void test_log_host(void)
{
	int slave, host = make_line(&slave);
	pid_t pid;

	must(host >= 0);
	pid = start(slave, speak);
	close(slave);
	is_int(status_of(pid), 0,
	       "each line goes to the log-host as well, one a datagram, from then on");
	close(host);
}

int main(void)
{
	test_typing();
	test_hold();
	test_full();
	test_gone();
	test_drain();
	test_log_host();
	free(got);
	return tap_done();
}
