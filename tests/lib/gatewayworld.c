/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/gatewayworld.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/dialer.h"
#include "measure/lib/plan.h"
#include "tests/lib/httpserver.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"

struct world world;
const char *gateway_lines = "gateway.raw 1\n";
unsigned gateway_containers;

pid_t world_child(void)
{
	pid_t pid = fork_child();

	if (pid == 0 && world.quoter > 0)
		close(world.quoter);
	return pid;
}

static void send_zeros(int fd)
{
	static const char zeros[65536];

	for (int i = 0; i < ZEROS / (int)sizeof(zeros); i++)
		for (size_t off = 0; off < sizeof(zeros);) {
			ssize_t n = write(fd, zeros + off, sizeof(zeros) - off);

			if (n <= 0)
				return;
			off += (size_t)n;
		}
}

static void read_all(int fd, char what)
{
	char buf[65536];
	long total = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		total += n;
		if (what != 'n' && what != 't' && write(fd, buf, (size_t)n) != n)
			return;
	}
	if (what == 'n' && n == 0)
		dprintf(fd, "%ld", total);
	if (what == 't')
		(void)!write(world.telling, n == 0 ? "end" : "cut", 3);
}

static void serve_one(int fd)
{
	char what;

	if (read(fd, &what, 1) != 1 || what == 'c')
		return;
	if (what == 'a')
		dprintf(fd, "no");
	else if (what == 'z')
		send_zeros(fd);
	for (int i = 0; what == 's' && dprintf(fd, "line %d\n", i) > 0;)
		i++;
	if (what >= 'A' && what <= 'Z')
		serve_http(fd, what);
	else if (strchr("ent", what))
		read_all(fd, what);
}

static void serve(int go)
{
	const struct sockaddr_in here = { .sin_family = AF_INET,
					  .sin_port = htons(CONTAINER_PORT),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client;
	char byte;

	signal(SIGCHLD, SIG_IGN);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if ((go >= 0 && read(go, &byte, 1) != 1) ||
	    bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0 || listen(fd, 2048) < 0 ||
	    write(world.telling, "listening", 9) != 9)
		exit(1);
	while ((client = accept(fd, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			close(fd);
			serve_one(client);
			_exit(0);
		}
		close(client);
	}
	exit(1);
}

static void loopback_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		die("loopback");
	close(fd);
}

static void start_server(int go)
{
	world.server = world_child();
	if (world.server == 0) {
		close(world.dialer_end);
		serve(go);
	}
}

static int be_dialer(int turn)
{
	const struct rlimit files = { DIAL_FILES_MAX, DIAL_FILES_MAX };

	/* What it has in flight counts only without privileges, as in the guest. */
	if (setrlimit(RLIMIT_NOFILE, &files) < 0 || setresuid(DIALER, DIALER, DIALER) < 0)
		return 1;
	return -dial_serve(world.dialer_end, world.alive[0], CONTAINER_PORT, turn);
}

/* One after the other, while each has made a connection. */
static void keep_dialers(int turn)
{
	int status = 0;

	while (status == 0) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(be_dialer(turn));
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			exit(1);
	}
	exit(0);
}

void start_dialer(void)
{
	int turn = memfd_create("turn", MFD_CLOEXEC);

	for (unsigned i = 0; i < (gateway_containers ? gateway_containers : 1); i++) {
		world.dialer = world_child();
		if (world.dialer != 0)
			continue;
		close(world.alive[1]);
		if (gateway_containers)
			keep_dialers(turn);
		exit(be_dialer(-1));
	}
	close(turn);
}

static void start_container(void)
{
	int go[2], tell[2];

	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(tell, O_CLOEXEC) < 0 ||
	    pipe2(world.alive, O_CLOEXEC) < 0)
		die("pipe");
	world.told = tell[0];
	world.telling = tell[1];
	start_server(go[0]);
	close(go[0]);
	world.go = go[1];
	start_dialer();
}

int log_of(const char *text)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("log");
	return fd;
}

int plan_of(const char *lines)
{
#define ZERO "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	const char *later = strstr(lines, "isolate ");
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		die("plan");
	dprintf(fds[1],
		"rampart-plan/1\narg.00 /server\ncontainer " ZERO
		" 4096\ndebug 0\n%.*simage test\n%s"
		"limit.cpu 0\nlimit.files 64\nlimit.memory 1048576\nlimit.pids 8\nport 8080\n"
		"restart never\nrestart.max 0\nrestart.window 600\nscratch 0\n",
		(int)(later ? later - lines : (long)strlen(lines)), lines, later ? later : "");
	for (int i = 0; i < PLAN_ROLES_N; i++)
		dprintf(fds[1], "seccomp.%s " ZERO " 8\n", plan_roles[i]);
	dprintf(fds[1], "version 1\nworkdir /\n");
	close(fds[1]);
	return fds[0];
}

void start_gateway(int fds[static _SERVICE_MAX])
{
	world.gateway = world_child();
	if (world.gateway != 0)
		return;
	/* Out of the way of the numbers that they will have. */
	for (int i = SERVICE_SUBJECT; i < _SERVICE_MAX; i++)
		fds[i] = fcntl(fds[i], F_DUPFD, 64);
	for (int i = SERVICE_SUBJECT; i < _SERVICE_MAX; i++)
		dup2(fds[i], i);
	close_range(_SERVICE_MAX, ~0U, 0);
	dup2(open("/dev/null", O_RDWR), STDERR_FILENO);
	execl(GATEWAY, "gateway", NULL);
	exit(127);
}

int bind_port(void)
{
	socklen_t len = sizeof(world.port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	world.port = (struct sockaddr_in){ .sin_family = AF_INET,
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(fd, (struct sockaddr *)&world.port, sizeof(world.port)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&world.port, &len) < 0)
		die("port");
	return fd;
}

void start_world(void)
{
	int dialer[2], quoter[2], report[2], progress[2], fds[_SERVICE_MAX];

	signal(SIGPIPE, SIG_IGN);
	seen_init();
	world.outside = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (world.outside < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, dialer) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, quoter) < 0 ||
	    pipe2(report, O_CLOEXEC) < 0 || pipe2(progress, O_CLOEXEC | O_NONBLOCK) < 0)
		die("set-up");
	fds[SERVICE_SUBJECT] = bind_port();
	fds[SERVICE_REPORT] = report[1];
	fds[SERVICE_DIALER] = dialer[0];
	fds[SERVICE_FILTER] = filter_of("initramfs/seccomp/gateway.list");
	fds[SERVICE_QUOTER] = quoter[0];
	fds[SERVICE_FIRMWARE_LOG] = log_of(FIRMWARE_LOG);
	fds[SERVICE_RUNTIME_LOG] = log_of(RUNTIME_LOG);
	fds[SERVICE_PLAN] = plan_of(gateway_lines);
	fds[SERVICE_PROGRESS] = progress[0];
	start_gateway(fds);
	for (int i = SERVICE_SUBJECT; i < _SERVICE_MAX; i++)
		close(fds[i]);
	world.reports = report[0];
	world.quoter = quoter[1];
	world.progress = progress[1];
	world.dialer_end = dialer[1];
	if (unshare(CLONE_NEWNET) < 0)
		die("network namespace");
	world.inside = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	loopback_up();
	start_container();
	if (setns(world.outside, CLONE_NEWNET) < 0)
		die("back to the first network namespace");
}

const char *reported(void)
{
	static char line[256];
	struct pollfd p = { .fd = world.reports, .events = POLLIN };
	size_t len = 0;

	while (len < sizeof(line) - 1 && poll(&p, 1, PATIENCE_MS) == 1 &&
	       read(world.reports, line + len, 1) == 1 && line[len] != '\n')
		len++;
	line[len] = '\0';
	return line;
}

const char *told(size_t size)
{
	static char text[16];
	struct pollfd p = { .fd = world.told, .events = POLLIN };
	ssize_t n = poll(&p, 1, PATIENCE_MS) == 1 ? read(world.told, text, size) : 0;

	text[n > 0 ? n : 0] = '\0';
	return text;
}

void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

void restart_server(void)
{
	if (setns(world.inside, CLONE_NEWNET) < 0)
		die("into the container");
	start_server(-1);
	if (setns(world.outside, CLONE_NEWNET) < 0 || strcmp(told(9), "listening") != 0)
		die("out of the container");
}

void restart_dialer(void)
{
	if (setns(world.inside, CLONE_NEWNET) < 0)
		die("into the container");
	start_dialer();
	if (setns(world.outside, CLONE_NEWNET) < 0)
		die("out of the container");
}

void quoter_says(char kind, const void *data, size_t len)
{
	static uint8_t message[QUOTING_MAX + 1];

	message[0] = (uint8_t)kind;
	memcpy(message + 1, data, len);
	if (send(world.quoter, message, 1 + len, MSG_NOSIGNAL) < 0)
		die("quoter");
}

size_t quoter_hears(uint8_t ret_message[static QUOTING_MAX])
{
	struct pollfd p = { .fd = world.quoter, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, PATIENCE_MS) != 1)
		return 0;
	n = recv(world.quoter, ret_message, QUOTING_MAX, 0);
	return n > 0 ? (size_t)n : 0;
}

void serve_world(void)
{
	start_world();
	snprintf(world.spki_hex, sizeof(world.spki_hex), "%s", reported());
	quoter_says(QUOTING_HELLO, HELLO, strlen(HELLO));
	if (write(world.go, "x", 1) != 1 || strcmp(told(9), "listening") != 0 ||
	    strcmp(reported(), "serving") != 0)
		die("the gateway does not serve");
}

int client_connect(void)
{
	const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&world.port, sizeof(world.port)) < 0)
		die("connect");
	return fd;
}

SSL_CTX *client_context(void)
{
	static SSL_CTX *context;

	if (!context)
		context = SSL_CTX_new(TLS_client_method());
	return context;
}

/* What follows the handshake leaves at once: else the next client's request may come before it. */
SSL *client_handshake(int fd)
{
	SSL *ssl = SSL_new(client_context());
	const int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) == 1)
		return ssl;
	SSL_free(ssl);
	close(fd);
	return NULL;
}

void client_send(SSL *ssl, const void *data, size_t len)
{
	if (len > 0 && SSL_write(ssl, data, (int)len) != (int)len)
		die("send");
}

SSL *client_from(const char *address)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SSL *ssl = NULL;

	inet_pton(AF_INET, address, &here.sin_addr);
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0 &&
	    connect(fd, (struct sockaddr *)&world.port, sizeof(world.port)) == 0)
		ssl = client_handshake(fd);
	if (!ssl)
		die(address);
	return ssl;
}

SSL *client(const char *first)
{
	SSL *ssl = client_handshake(client_connect());

	if (!ssl)
		die("handshake");
	client_send(ssl, first, strlen(first));
	return ssl;
}

void client_close(SSL *ssl)
{
	close(SSL_get_fd(ssl));
	SSL_free(ssl);
}

const char *receive(SSL *ssl, size_t size)
{
	static char buf[65536];
	size_t len = 0, n;

	while (len < size && SSL_read_ex(ssl, buf + len, size - len, &n) == 1)
		len += n;
	buf[len] = '\0';
	return buf;
}

bool ended_well(const SSL *ssl)
{
	return (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool gateway_ended(void)
{
	int status = -1;

	return waitpid(world.gateway, &status, 0) == world.gateway && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 1;
}

bool is_root(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (geteuid() == 0)
		return true;
	printf("1..0 # SKIP needs root for network namespaces\n");
	return false;
}
