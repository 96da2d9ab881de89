/* SPDX-License-Identifier: MIT */
/*
 * The real gateway and the real dialer, with a container made of a network namespace and a small
 * server. Needs root, as in the toolbox. A connection's first byte says what the server does with
 * it: e  echoes until the end     n  reads until the end, then answers with the number of bytes c
 * closes at once           s  streams numbered lines for ever
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../measure/cmd/seccomp.h"
#include "../unit/tap.h"
#include "dial.h"
#include "dialer.h"
#include "service.h"

#define GATEWAY	       "build/guest/gateway"
#define CONTAINER_PORT 8080
#define RELAYS_MAX     256 /* gateway/main.c */

static struct sockaddr_in port;
static int reports;    /* what the gateway says */
static int may_listen; /* a byte here lets the server listen */
static pid_t gateway, dialer, server;
static int alive[2]; /* the dialer lives as long as this pipe */

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static void serve_one(int fd)
{
	char buf[65536], what;
	long total = 0;
	ssize_t n;

	if (read(fd, &what, 1) != 1 || what == 'c')
		return;
	for (int i = 0; what == 's'; i++)
		if (dprintf(fd, "line %d\n", i) < 0)
			return;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		total += n;
		if (what == 'e' && write(fd, buf, (size_t)n) != n)
			return;
	}
	if (what == 'n')
		dprintf(fd, "%ld", total);
}

static void serve(int go)
{
	const struct sockaddr_in here = { .sin_family = AF_INET,
					  .sin_port = htons(CONTAINER_PORT),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client;
	char byte;

	signal(SIGCHLD, SIG_IGN);
	if (read(go, &byte, 1) != 1 || bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0 ||
	    listen(fd, 64) < 0)
		exit(1);
	while ((client = accept(fd, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			close(fd);
			serve_one(client);
			exit(0);
		}
		close(client);
	}
	exit(1);
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* Both live in one new network namespace, which this process leaves again. */
static void start_container(int dialer_end, int go)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int outside = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd;

	if (outside < 0 || unshare(CLONE_NEWNET) < 0)
		die("network namespace");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		die("loopback");
	close(fd);
	server = child();
	if (server == 0) {
		close(dialer_end);
		serve(go);
	}
	if (pipe2(alive, O_CLOEXEC) < 0)
		die("pipe");
	dialer = child();
	if (dialer == 0) {
		close(alive[1]);
		exit(-dial_serve(dialer_end, alive[0], CONTAINER_PORT));
	}
	if (setns(outside, CLONE_NEWNET) < 0)
		die("back to the first network namespace");
	close(outside);
}

/* The filter that it has in the guest. */
static int filter(void)
{
	static const struct words none;
	char error[SECCOMP_ERROR_MAX];
	uint8_t *bpf;
	size_t len;
	int fd = memfd_create("filter", 0);

	if (seccomp_compile("initramfs/seccomp/gateway.list", NULL, &none, &bpf, &len, error) < 0 ||
	    write(fd, bpf, len) != (ssize_t)len)
		die("filter");
	free(bpf);
	return fd;
}

static void start_gateway(int listener, int report_end, int dialer_end)
{
	int filter_fd = filter();

	gateway = child();
	if (gateway > 0) {
		close(filter_fd);
		return;
	}
	/* Out of the way of the numbers that they will have. */
	listener = fcntl(listener, F_DUPFD, 64);
	report_end = fcntl(report_end, F_DUPFD, 64);
	dialer_end = fcntl(dialer_end, F_DUPFD, 64);
	filter_fd = fcntl(filter_fd, F_DUPFD, 64);
	dup2(listener, SERVICE_SUBJECT);
	dup2(report_end, SERVICE_REPORT);
	dup2(dialer_end, SERVICE_DIALER);
	dup2(filter_fd, SERVICE_FILTER);
	close_range(SERVICE_FILTER + 1, ~0U, 0);
	dup2(open("/dev/null", O_RDWR), STDERR_FILENO);
	execl(GATEWAY, "gateway", NULL);
	exit(127);
}

static void start(void)
{
	socklen_t len = sizeof(port);
	int pair[2], report_pipe[2], go[2];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	port = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(fd, (struct sockaddr *)&port, sizeof(port)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&port, &len) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
	    pipe2(report_pipe, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0)
		die("set-up");
	start_gateway(fd, report_pipe[1], pair[0]);
	close(pair[0]);
	close(fd);
	close(report_pipe[1]);
	start_container(pair[1], go[0]);
	close(pair[1]);
	close(go[0]);
	reports = report_pipe[0];
	may_listen = go[1];
}

/* What arrives within 20 s, as a string. */
static const char *receive(int fd, size_t size)
{
	static char buf[256];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;

	while (len < size && n > 0 && poll(&p, 1, 20000) == 1) {
		n = read(fd, buf + len, size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	buf[len] = '\0';
	return buf;
}

static int client(const char *first)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&port, sizeof(port)) < 0)
		die("connect");
	if (send(fd, first, strlen(first), MSG_NOSIGNAL) < 0)
		die("send");
	return fd;
}

static void test_opening(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ok(connect(fd, (struct sockaddr *)&port, sizeof(port)) < 0 && errno == ECONNREFUSED,
	   "the port is closed while the container does not listen");
	close(fd);
	if (write(may_listen, "x", 1) != 1)
		die("write");
	is_str(receive(reports, strlen("serving\n")), "serving\n",
	       "the gateway says when the container accepts");
}

static void test_echo(void)
{
	enum { SIZE = 1 << 20 };
	char *sent = malloc(SIZE), *got = malloc(SIZE);
	uint32_t x = 1;
	size_t len = 0;
	int fd = client("e");
	ssize_t n;

	if (!sent || !got)
		die("malloc");
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (char)((x = x * 1103515245 + 12345) >> 16);
	if (fork() == 0) {
		for (size_t off = 0; off < SIZE; off += (size_t)n)
			if ((n = write(fd, sent + off, SIZE - off)) <= 0)
				break;
		shutdown(fd, SHUT_WR);
		_exit(0);
	}
	while (len < SIZE && (n = read(fd, got + len, SIZE - len)) > 0)
		len += (size_t)n;
	ok(len == SIZE && !memcmp(sent, got, SIZE),
	   "a mebibyte each way at once arrives whole and in order");
	is_int(read(fd, got, 1), 0, "and its end arrives, too");
	wait(NULL);
	close(fd);
	free(sent);
	free(got);
}

static void test_ping_pong(void)
{
	int fd = client("e"), good = 0;

	for (int i = 0; i < 100; i++) {
		const char byte = (char)('a' + i % 26);

		if (send(fd, &byte, 1, MSG_NOSIGNAL) == 1 && receive(fd, 1)[0] == byte)
			good++;
	}
	is_int(good, 100, "every single byte goes through before the next is sent");
	close(fd);
}

static void test_half_close(void)
{
	static char data[300000];
	int fd = client("n");

	for (size_t off = 0; off < sizeof(data);) {
		ssize_t n = send(fd, data + off, sizeof(data) - off, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		off += (size_t)n;
	}
	shutdown(fd, SHUT_WR);
	is_str(receive(fd, 32), "300000", "an answer comes after the client has closed its half");
	close(fd);
	fd = client("c");
	is_str(receive(fd, 1), "", "the container's end reaches the client");
	close(fd);
}

static void test_many(void)
{
	enum { N = RELAYS_MAX + 4 };
	static int fds[N];
	int good = 0;

	for (int i = 0; i < N; i++) {
		char text[16];

		snprintf(text, sizeof(text), "e%04d", i);
		fds[i] = client(text);
	}
	for (int i = 0; i < N; i++) {
		char text[16];

		/* The last ones are served only when the first ones have gone. */
		snprintf(text, sizeof(text), "%04d", i);
		good += !strcmp(receive(fds[i], 4), text);
		close(fds[i]);
	}
	is_int(good, N, "more clients than the gateway serves at once all get their own answer");
}

static void test_reset(void)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	for (int i = 0; i < 10; i++) {
		int fd = client("s");

		receive(fd, 20);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(fd); /* a reset, with bytes on their way */
	}
	test_ping_pong();
}

static void test_dialer_gone(void)
{
	int status = -1, idle = client("e");

	kill(dialer, SIGKILL);
	is_str(receive(reports, 255), "cannot go on without its dialer: Broken pipe\n",
	       "the gateway says that the dialer is gone");
	waitpid(gateway, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "and ends");
	is_str(receive(idle, 1), "", "and its clients see the end");
	close(idle);
}

static void test_protocol(void)
{
	int pair[2], fd = 77, on[2], off[2];
	char byte = 0;

	if (pipe(on) < 0 || pipe(off) < 0)
		die("pipe");
	close(off[1]);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		die("socketpair");
	send(pair[1], "\0", 1, 0);
	is_int(dial(pair[0], &fd), -EPROTO, "dial: a good answer without a descriptor");
	send(pair[1], "\x6f", 1, 0);
	is_int(dial(pair[0], &fd), -111, "dial: the dialer's errno comes through");
	close(pair[1]);
	is_int(dial(pair[0], &fd), -EPIPE, "dial: the dialer is gone");
	is_int(fd, 77, "dial: failures leave the output untouched");
	close(pair[0]);

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		die("socketpair");
	send(pair[0], "d?", 2, 0);
	is_int(dial_serve(pair[1], on[0], 1), -EPROTO, "dial_serve: a request of two bytes");
	send(pair[0], "x", 1, 0);
	is_int(dial_serve(pair[1], on[0], 1), -EPROTO, "dial_serve: another request");
	send(pair[0], "d", 1, 0);
	is_int(dial_serve(pair[1], off[0], 1), 0, "dial_serve: ends when its launcher is gone");
	ok(recv(pair[1], &byte, 1, 0) == 1 && byte == 'd',
	   "dial_serve: and leaves what it has not taken to the next one");
	close(pair[0]);
	is_int(dial_serve(pair[1], on[0], 1), 0, "dial_serve: ends when the gateway is gone");
	close(pair[1]);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root for network namespaces\n");
		return 0;
	}
	start();
	test_opening();
	test_echo();
	test_ping_pong();
	test_half_close();
	test_many();
	test_reset();
	test_dialer_gone();
	test_protocol();
	kill(server, SIGKILL);
	return tap_done();
}
