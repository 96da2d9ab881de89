/* SPDX-License-Identifier: MIT */
/* The gateway between clients and the container: it opens, relays, refuses, and ends. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/dial.h"
#include "initramfs/common/dialer.h"
#include "tests/lib/gatewayworld.h"
#include "tests/lib/tap.h"

static void test_opening(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	start_world();
	snprintf(world.spki_hex, sizeof(world.spki_hex), "%s", reported());
	ok(!strncmp(world.spki_hex, "identity 3059", 13),
	   "the gateway says its key before anybody else has said something");
	quoter_says(QUOTING_HELLO, HELLO, strlen(HELLO));
	ok(connect(fd, (struct sockaddr *)&world.port, sizeof(world.port)) < 0 &&
		   errno == ECONNREFUSED,
	   "the port is closed while the container does not listen");
	close(fd);
	if (write(world.go, "x", 1) != 1 || strcmp(told(9), "listening") != 0)
		die("the server does not listen");
	is_str(reported(), "serving", "the gateway says when the container accepts");
}

static void test_echo(void)
{
	enum { SIZE = 1 << 20 };
	char *sent = malloc(SIZE), *got = malloc(SIZE);
	uint32_t x = 1;
	size_t len = 0, written = 0, n;
	SSL *ssl = client("e");
	struct pollfd p = { .fd = SSL_get_fd(ssl) };

	if (!sent || !got)
		die("malloc");
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (char)((x = x * 1103515245 + 12345) >> 16);
	fcntl(p.fd, F_SETFL, O_NONBLOCK);
	SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
	while (len < SIZE) {
		p.events = POLLIN | (written < SIZE ? POLLOUT : 0);
		if (!SSL_has_pending(ssl) && poll(&p, 1, PATIENCE_MS) != 1)
			break;
		if (written < SIZE && SSL_write_ex(ssl, sent + written, SIZE - written, &n) == 1)
			written += n;
		if (SSL_read_ex(ssl, got + len, SIZE - len, &n) == 1)
			len += n;
	}
	ok(len == SIZE && !memcmp(sent, got, SIZE),
	   "a mebibyte each way at once arrives whole and in order");
	fcntl(p.fd, F_SETFL, 0);
	SSL_shutdown(ssl);
	is_str(receive(ssl, 1), "", "and its end arrives, too");
	ok(ended_well(ssl), "and is announced");
	client_close(ssl);
	free(sent);
	free(got);
}

static void test_ping_pong(void)
{
	SSL *ssl = client("e");
	int good = 0;

	for (int i = 0; i < 100; i++) {
		const char byte = (char)('a' + i % 26);

		client_send(ssl, &byte, 1);
		good += receive(ssl, 1)[0] == byte;
	}
	is_int(good, 100, "every single byte goes through before the next is sent");
	client_close(ssl);
}

static void test_half_close(void)
{
	static char data[3000000];
	SSL *ssl = client("n");

	client_send(ssl, data, sizeof(data));
	SSL_shutdown(ssl);
	is_str(receive(ssl, 32), "3000000", "an answer comes after the client has closed its half");
	ok(ended_well(ssl), "and then the container's end");
	client_close(ssl);
	ssl = client("c");
	is_str(receive(ssl, 1), "", "the container's end reaches the client");
	ok(ended_well(ssl), "announced as an end");
	client_close(ssl);
}

/* What a client or somebody on the way cuts must not look whole. */
static void test_cut(void)
{
	SSL *ssl = client("t");

	client_send(ssl, "half", 4);
	SSL_shutdown(ssl);
	is_str(told(3), "end", "a client's announced end is an end for the container");
	client_close(ssl);
	ssl = client("t");
	client_send(ssl, "half", 4);
	client_close(ssl);
	is_str(told(3), "cut", "an end that was not announced is a broken connection");
}

/* The container answers and closes while the client still sends. */
static void test_early_answer(void)
{
	static const char data[65536];
	SSL *ssl = client("a");

	for (int i = 0; i < 16; i++)
		if (SSL_write(ssl, data, sizeof(data)) <= 0)
			break;
	is_str(receive(ssl, 2), "no", "an answer that comes early is not lost");
	client_close(ssl);
}

static long memory_kib(void)
{
	char path[64], line[256];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)world.gateway);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "VmRSS: %ld", &kib) != 1)
		continue;
	if (f)
		fclose(f);
	return kib;
}

static void test_slow_reader(void)
{
	long before = memory_kib(), total = 0;
	SSL *ssl = client("z");
	static char buf[65536];
	bool zeros = true;
	size_t n;

	test_ping_pong();
	ok(memory_kib() < before + 1024, "what a client does not read is not collected for it");
	while (SSL_read_ex(ssl, buf, sizeof(buf), &n) == 1) {
		for (size_t i = 0; i < n; i++)
			zeros = zeros && buf[i] == 0;
		total += (long)n;
	}
	ok(zeros && total == ZEROS && ended_well(ssl), "and all of it comes when it reads");
	client_close(ssl);
}

static void test_stream(void)
{
	SSL *ssl = client("s");

	is_str(receive(ssl, 14), "line 0\nline 1\n", "a stream comes as it is made");
	client_close(ssl);
}

static void test_many(void)
{
	enum { N = 100 };
	static SSL *clients[N];
	int good = 0;

	for (int i = 0; i < N; i++) {
		char text[16];

		snprintf(text, sizeof(text), "e%04d", i);
		clients[i] = client(text);
	}
	for (int i = 0; i < N; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%04d", i);
		good += !strcmp(receive(clients[i], 4), text);
		client_close(clients[i]);
	}
	is_int(good, N, "many clients at once all get their own answer");
}

static void test_reset(void)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	for (int i = 0; i < 10; i++) {
		SSL *ssl = client("s");

		receive(ssl, 20);
		setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		client_close(ssl); /* a reset, with bytes on their way */
	}
	test_ping_pong();
}

#define REQUEST "POST /v1/completions HTTP/1.1\r\nhost: r\r\ncontent-length: 100000\r\n\r\n"

static void test_refused(void)
{
	static const char want[] =
		"HTTP/1.1 503 Service Unavailable\r\n"
		"content-type: application/json\r\n"
		"content-length: 131\r\n"
		"cache-control: no-store\r\n"
		"connection: close\r\n"
		"retry-after: 1\r\n\r\n"
		"{\"error\":{\"message\":\"the container does not accept connections; it may be restarting\",\"type\":\"server_error\",\"code\":\"unavailable\"}}\n";
	static const char content[100000];
	SSL *ssl, *idle = client("");

	stop(world.server);
	ssl = client(REQUEST);
	client_send(ssl, content, sizeof(content));
	is_str(receive(ssl, sizeof(want)), want, "503 while the container does not accept");
	ok(ended_well(ssl), "and then the end");
	client_close(ssl);

	restart_server();
	ssl = client("e1");
	is_str(receive(ssl, 1), "1", "the container that is there again gets the next one");
	client_close(ssl);
	client_send(idle, "e2", 2);
	is_str(receive(idle, 1), "2", "and a client that had not asked yet did not notice");
	client_close(idle);
}

static void test_other_dialer(void)
{
	SSL *waiting;

	stop(world.dialer);
	waiting = client("e1");
	restart_dialer();
	is_str(receive(waiting, 1), "1", "a client waits until there is another dialer");
	client_close(waiting);
}

static void test_dialer_gone(void)
{
	SSL *idle = client("e");

	close(world.dialer_end);
	kill(world.dialer, SIGKILL);
	is_str(reported(), "cannot go on without its dialer: Broken pipe",
	       "the gateway says that the dialer is gone");
	ok(gateway_ended(), "and ends");
	is_str(receive(idle, 1), "", "and its clients see the end");
	ok(!ended_well(idle), "which is none that it announced");
	client_close(idle);
}

static void seqpacket(int ret_pair[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_pair) < 0)
		die("socketpair");
}

/* An answer as a dialer sends it, with fd unless that is negative. */
static void say_answer(int socket, unsigned char number, unsigned char error, int fd)
{
	unsigned char bytes[] = { number, error };
	struct iovec iov = { .iov_base = bytes, .iov_len = 2 };
	union control control = { .align = { .cmsg_len = CMSG_LEN(sizeof(int)),
					     .cmsg_level = SOL_SOCKET,
					     .cmsg_type = SCM_RIGHTS } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.room);
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	}
	if (sendmsg(socket, &msg, 0) != 2)
		die("answer");
}

/* Asks, and waits for the answer. */
static int dial(struct dial *dial, int *ret_fd)
{
	struct pollfd p = { .fd = dial->socket, .events = POLLIN };
	int r = dial_ask(dial), fd;

	while (r == 0) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return -errno;
		r = dial_answer(dial, &fd);
		if (r == 0)
			break;
		r = r == -EAGAIN ? 0 : r;
	}
	if (r < 0)
		return r;
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

static void test_dial(void)
{
	struct dial d = { .asked = 200, .answered = 200 };
	int pair[2], fd = 77;

	seqpacket(pair);
	d.socket = pair[0];
	say_answer(pair[1], 200, 0, -1);
	is_int(dial(&d, &fd), -EPROTO, "dial: a good answer without a descriptor");
	is_int(dial_answer(&d, &fd), -EAGAIN, "dial_answer: there is none");
	say_answer(pair[1], 200, ECONNREFUSED, STDOUT_FILENO);
	is_int(dial_answer(&d, &fd), -EPROTO, "dial_answer: an error with a descriptor");
	say_answer(pair[1], 201, ECONNREFUSED, -1);
	is_int(dial_answer(&d, &fd), -EPROTO, "dial_answer: to a later request");
	is_int(dial_open(&d), 1, "dial_open: none of these counts");
	say_answer(pair[1], 199, 0, STDOUT_FILENO);
	is_int(dial_answer(&d, &fd), -EAGAIN, "dial_answer: once more what was answered");
	say_answer(pair[1], 200, ECONNREFUSED, -1);
	is_int(dial_answer(&d, &fd), 0, "dial_answer: the dialer's errno");
	is_int(fd, -ECONNREFUSED, "dial_answer: comes through");
	say_answer(pair[1], 201, 0, STDOUT_FILENO);
	is_int(dial_answer(&d, &fd), -EPROTO, "dial_answer: to what was not asked");
	fd = 77;
	for (unsigned i = 0; i < DIAL_WINDOW; i++)
		(void)dial_ask(&d);
	is_int(dial_open(&d), DIAL_WINDOW, "dial_ask: as many as the window has, past number 255");
	is_int(dial_ask(&d), -EAGAIN, "dial_ask: and no more");
	close(pair[1]);
	is_int(dial_answer(&d, &fd), -EPIPE, "dial_answer: the dialer is gone");
	is_int(fd, 77, "dial: failures leave the output untouched");
	close(pair[0]);
}

static void test_dial_serve(void)
{
	int pair[2], on[2], off[2];
	char byte = 0;

	if (pipe(on) < 0 || pipe(off) < 0)
		die("pipe");
	close(off[1]);
	seqpacket(pair);
	send(pair[0], "d?", 2, 0);
	is_int(dial_serve(pair[1], on[0], 1, -1), -EPROTO, "dial_serve: a request of two bytes");
	close(pair[0]);
	close(pair[1]);
	seqpacket(pair);
	send(pair[0], "d", 1, 0);
	is_int(dial_serve(pair[1], off[0], 1, -1), 0, "dial_serve: ends when its launcher is gone");
	ok(recv(pair[1], &byte, 1, 0) == 1 && byte == 'd',
	   "dial_serve: and leaves what it has not taken to the next one");
	close(pair[0]);
	is_int(dial_serve(pair[1], on[0], 1, -1), 0, "dial_serve: ends when the gateway is gone");
	close(pair[1]);
}

/* More than it can have in flight. */
static void test_dial_short(void)
{
	enum { ASKED = 40, FILES = 16 };
	const struct rlimit files = { FILES, FILES };
	int pair[2], alive[2], fd, good = 0, bad = 0, status;
	struct dial d = { 0 };
	struct pollfd p;
	pid_t pid;

	seqpacket(pair);
	d.socket = pair[0];
	if (pipe2(alive, O_CLOEXEC) < 0)
		die("pipe");
	pid = world_child();
	if (pid == 0) {
		close_range(3, (unsigned)pair[1] - 1, 0);
		dup2(pair[1], 3);
		dup2(alive[0], 4);
		close_range(5, ~0U, 0);
		if (setrlimit(RLIMIT_NOFILE, &files) < 0 || setresuid(DIALER, DIALER, DIALER) < 0)
			_exit(1);
		_exit(-dial_serve(3, 4, 1, -1));
	}
	for (int i = 0; i < ASKED; i++)
		(void)dial_ask(&d);
	/* All are taken when there is nothing left to read; nothing is read here before. */
	p = (struct pollfd){ .fd = pair[1], .events = POLLIN };
	while (poll(&p, 1, 0) == 1 && waitpid(pid, &status, WNOHANG) == 0)
		usleep(1000);
	while (dial_answer(&d, &fd) == 0) {
		good += fd >= 0;
		bad += fd == -ETOOMANYREFS || fd == -ECONNREFUSED;
		if (fd >= 0)
			close(fd);
	}
	ok(good > 0 && bad > 0 && good + bad == ASKED,
	   "dial_serve: what cannot be in flight is answered with an error");
	is_int(bad > 0 ? dial(&d, &fd) : -EPIPE, 0,
	       "dial_serve: and the next request with a socket");
	close(alive[1]);
	is_int(waitpid(pid, &status, 0) == pid ? status : -1, 0, "dial_serve: it has lived on");
}

/* Clients ask and do not get an answer in time, again and again, and nobody reads the answers. */
static void test_leaving(void)
{
	enum { ROUNDS = 2, N = 100 };
	static SSL *clients[N];
	int asked = 0, refused = 0, status;
	SSL *ssl;

	kill(world.dialer, SIGSTOP);
	for (int i = 0; i < ROUNDS; i++) {
		for (int j = 0; j < N; j++)
			clients[j] = client("e1");
		for (int j = 0; j < N; j++) {
			refused += !strcmp(receive(clients[j], 12), "HTTP/1.1 503");
			client_close(clients[j]);
		}
	}
	is_int(refused, ROUNDS * N, "who waits too long is refused");
	if (ioctl(world.dialer_end, FIONREAD, &asked) < 0)
		die("FIONREAD");
	ok(asked > 0 && asked <= DIAL_WINDOW, "what is asked of the dialer stays in its window");
	kill(world.gateway, SIGSTOP);
	kill(world.dialer, SIGCONT);
	while (ioctl(world.dialer_end, FIONREAD, &asked) == 0 && asked > 0 &&
	       waitpid(world.dialer, &status, WNOHANG) == 0)
		usleep(1000);
	kill(world.gateway, SIGCONT);
	is_int(asked, 0, "and all of it is answered");
	is_int(waitpid(world.dialer, &status, WNOHANG), 0, "by a dialer that lives");
	ssl = client("e1");
	is_str(receive(ssl, 1), "1", "the next client is served");
	client_close(ssl);
}

int main(void)
{
	if (!is_root())
		return 0;
	test_opening();
	test_echo();
	test_ping_pong();
	test_half_close();
	test_cut();
	test_early_answer();
	test_slow_reader();
	test_stream();
	test_many();
	test_reset();
	test_refused();
	test_other_dialer();
	test_leaving();
	test_dialer_gone();
	test_dial();
	test_dial_serve();
	test_dial_short();
	kill(world.server, SIGKILL);
	return tap_done();
}
