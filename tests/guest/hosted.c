/* SPDX-License-Identifier: MIT */
/*
 * hosted [--wrong] [--port PORT] [--rules FILE] DIR SERVER [ARGUMENT...]: a machine that is none, as
 * `rampart connect` sees it: the guest's own gateway, dialer and quoter as processes, each behind its
 * filter, with swtpm for a TPM, whose PCRs have what a boot measures (tests/lib/machine.h). SERVER
 * is the container: it runs in a network namespace of its own and has to listen on 127.0.0.1 port
 * 8080. DIR gets golden.json and roots.pem. --wrong: another image was booted; it leaves
 * golden.json as it is. --rules: the plan's lines on the gateway, instead of "gateway.raw 1".
 *
 * Says "port NUMBER" when it serves, and ends on SIGTERM. Needs root, as in the toolbox.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/httpserver.h"
#include "tests/lib/machine.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"
#undef PATIENCE_MS /* each world has its own */
#include "tests/lib/quoterworld.h"

struct options {
	bool wrong;
	uint16_t port;
	const char *rules, *dir;
	char **server;
};

static void write_file(const char *dir, const char *name, const void *p, size_t len)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, p, len) != (ssize_t)len)
		die(path);
	close(fd);
}

static char *read_whole(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		die(path);
	close(fd);
	text[n] = '\0';
	return text;
}

/* ---- what was measured ---- */

static void save_golden(const struct machine *m, const char *dir)
{
	json_t *golden = golden_of(m);
	char *text = json_dumps(golden, 0);

	write_file(dir, "golden.json", text, strlen(text));
	free(text);
	json_decref(golden);
}

/* The gateway's key in place of the stand-in's. */
static void take_identity(struct machine *m, const char *reported_line)
{
	static const char word[] = "identity ";
	uint8_t spki[256];
	size_t len = 0;
	struct digest digest;

	if (strncmp(reported_line, word, sizeof(word) - 1) != 0)
		die(reported_line);
	for (const char *hex = reported_line + sizeof(word) - 1; hex[0] && len < sizeof(spki);
	     hex += 2) {
		char two[3] = { hex[0], hex[1], '\0' };

		spki[len++] = (uint8_t)strtoul(two, NULL, 16);
	}
	hash_bytes(HASH_SHA256, spki, len, &digest);
	for (size_t i = 0; i < m->n_runtime; i++)
		if (m->runtime[i].pcr == 15 && strstr(m->runtime[i].line, " identity "))
			must(event_identity(&digest, &m->runtime[i]) == 0);
}

static void extend(unsigned pcr, const struct digest *digest)
{
	char hex[HASH_HEX_MAX];

	digest_hex(digest, hex);
	run("tpm2_pcrextend %u:sha256=%s", pcr, hex);
}

static void extend_all(const struct machine *m)
{
	struct digest digest;

	for (size_t i = 0; i < m->n_firmware; i++) {
		const char *data = m->firmware[i].data;

		hash_bytes(HASH_SHA256, data, strlen(data), &digest);
		extend(m->firmware[i].pcr, &digest);
	}
	for (size_t i = 0; i < m->n_runtime; i++) {
		event_digest(&m->runtime[i], HASH_SHA256, &digest);
		extend(m->runtime[i].pcr, &digest);
	}
}

/* ---- processes ---- */

static int listen_at(uint16_t port)
{
	const int on = 1;
	socklen_t len = sizeof(world.port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	world.port = (struct sockaddr_in){ .sin_family = AF_INET,
					   .sin_port = htons(port),
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&world.port, sizeof(world.port)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&world.port, &len) < 0)
		die("port");
	return fd;
}

/* The runtime log, which is complete when the quoter speaks, is the caller's to fill. */
static int start_services(const struct options *o, const struct machine *m)
{
	int dialer[2], quoter[2], report[2], fds[_SERVICE_MAX], log;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, dialer) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, quoter) < 0 ||
	    pipe2(report, O_CLOEXEC) < 0 || pipe2(world.alive, O_CLOEXEC) < 0)
		die("set-up");
	fds[SERVICE_SUBJECT] = listen_at(o->port);
	fds[SERVICE_REPORT] = report[1];
	fds[SERVICE_DIALER] = dialer[0];
	fds[SERVICE_FILTER] = filter_of("initramfs/seccomp/gateway.list");
	fds[SERVICE_QUOTER] = quoter[0];
	fds[SERVICE_FIRMWARE_LOG] = log_of("");
	if (write(fds[SERVICE_FIRMWARE_LOG], m->firmware_log.p, m->firmware_log.len) !=
	    (ssize_t)m->firmware_log.len)
		die("log");
	log = fds[SERVICE_RUNTIME_LOG] = log_of("");
	fds[SERVICE_PLAN] = plan_of(o->rules ? read_whole(o->rules) : gateway_lines);
	start_gateway(fds);
	for (int i = SERVICE_SUBJECT; i < _SERVICE_MAX; i++)
		if (fds[i] != log)
			close(fds[i]);
	world.reports = report[0];
	world.quoter = quoter[1];
	world.dialer_end = dialer[1];
	return log;
}

static void start_container(char **server)
{
	int outside = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (outside < 0 || unshare(CLONE_NEWNET) < 0 || system("ip link set lo up") != 0)
		die("network namespace");
	world.server = world_child();
	if (world.server == 0) {
		close(world.dialer_end);
		execvp(server[0], server);
		_exit(127);
	}
	start_dialer();
	if (setns(outside, CLONE_NEWNET) < 0)
		die("back to the first network namespace");
	close(outside);
}

/* ---- */

/* One message between gateway and quoter; false if one of them has ended. */
static bool pass(int from, int to)
{
	static uint8_t message[QUOTING_MAX];
	ssize_t n = recv(from, message, sizeof(message), 0);

	return n > 0 && send(to, message, (size_t)n, MSG_NOSIGNAL) == n;
}

static void serve_until(int signals)
{
	struct pollfd p[] = { { .fd = world.quoter, .events = POLLIN },
			      { .fd = tpmworld.gateway, .events = POLLIN },
			      { .fd = world.reports, .events = POLLIN },
			      { .fd = signals, .events = POLLIN } };

	while (poll(p, 4, -1) > 0 || errno == EINTR) {
		if (p[3].revents)
			return;
		if (p[0].revents && !pass(world.quoter, tpmworld.gateway))
			die("the gateway has ended");
		if (p[1].revents && !pass(tpmworld.gateway, world.quoter))
			die("the quoter has ended");
		if (p[2].revents) {
			const char *line = reported();

			if (strcmp(line, "serving") != 0)
				die(line);
			printf("port %u\n", ntohs(world.port.sin_port));
			fflush(stdout);
		}
	}
}

static int block_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd");
	return fd;
}

static void unblock_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = { { "wrong", no_argument, NULL, 'w' },
					       { "port", required_argument, NULL, 'p' },
					       { "rules", required_argument, NULL, 'r' },
					       { 0 } };
	struct options o = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		if (c == 'w')
			o.wrong = true;
		else if (c == 'p')
			o.port = (uint16_t)atoi(optarg);
		else if (c == 'r')
			o.rules = optarg;
		else
			exit(2);
	}
	if (argc - optind < 2)
		die("usage: hosted [--wrong] [--port PORT] [--rules FILE] DIR SERVER...");
	o.dir = argv[optind];
	o.server = argv + optind + 1;
	return o;
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	static struct machine m;
	char path[64];
	int signals, log;

	if (!is_root())
		return 1;
	signal(SIGPIPE, SIG_IGN);
	make_pki();
	machine_start(&m);
	if (o.wrong)
		m.firmware[15].data = "another uki";
	machine_boot(&m);
	if (!o.wrong)
		save_golden(&m, o.dir);
	log = start_services(&o, &m);
	take_identity(&m, reported());
	machine_boot(&m);
	if (write(log, m.runtime_log.p, m.runtime_log.len) != (ssize_t)m.runtime_log.len)
		die("log");
	close(log);
	start_container(o.server);
	tpm_start("sha256");
	extend_all(&m);
	snprintf(path, sizeof(path), "%s/ek-ca.pem", tpmworld.dir);
	write_file(o.dir, "roots.pem", read_whole(path), strlen(read_whole(path)));
	quoter_start(CONFINED_QUOTER);
	signals = block_signals();
	serve_until(signals);
	unblock_signals();
	tpm_end();
	return 0;
}
