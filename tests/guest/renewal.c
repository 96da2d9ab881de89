/* SPDX-License-Identifier: MIT */
/*
 * A lease for as long as the machine runs: init's own code with udhcpc and its hook, against a
 * server that renews, changes, refuses, lies, or says nothing. The machine's clock jumps to what is
 * due. Needs root, as in the toolbox.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/reason.h"
#include "initramfs/init/boot.h"
#include "measure/lib/array.h"
#include "tests/lib/dhcp.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"

#define PATIENCE_MS 120000
#define HANGS_MS    5000 /* of a server with which udhcpc does not come to an end, or late */
#define PORT	    443
#define NAME	    "llm-7.example" /* that the machine learns after its first lease */

#define SAME	    "0104ffffff00 03040a000202"
#define HAS	    "eth0 10.0.2.15/24 mtu 1500; 0.0.0.0/0 via 10.0.2.2; 10.0.2.0/24"

/*
 * The first is the boot. in: what the machine says of its next turn; failures in a row double their
 * wait, to whole multiples of it since the machine's start.
 */
static const struct step {
	const char *name;
	struct dhcp_server server;
	uint32_t asked;
	const char *want; /* dhcp_state(), and when it asks again */
	bool talks;	  /* on the connection that was made after the first */
} steps[] = {
	{ "the first lease, of an hour",
	  { DHCP_ANSWER, 0x0a00020f, SAME, 3600 },
	  0,
	  HAS " renewed: 1800 s",
	  true },
	{ "the same again, for a day",
	  { DHCP_ANSWER, 0x0a00020f, SAME, 86400 },
	  0x0a00020f,
	  HAS " renewed: 43200 s",
	  true },
	{ "the same again, for ever",
	  { DHCP_ANSWER, 0x0a00020f, SAME, UINT32_MAX },
	  0x0a00020f,
	  HAS " renewed: 43200 s",
	  true },
	{ "the same again, for a moment",
	  { DHCP_ANSWER, 0x0a00020f, SAME, 1 },
	  0x0a00020f,
	  HAS " renewed: 30 s",
	  true },
	{ "an MTU and a route more, the same address",
	  { DHCP_ANSWER, 0x0a00020f, SAME " 1a0205b4 790e 000a000202 20a9fea9fe0a000202", 3600 },
	  0x0a00020f,
	  "eth0 10.0.2.15/24 mtu 1460; 0.0.0.0/0 via 10.0.2.2; 10.0.2.0/24; 169.254.169.254/32 via 10.0.2.2 renewed: 1800 s",
	  true },
	{ "none of them",
	  { DHCP_ANSWER, 0x0a00020f, SAME, 3600 },
	  0x0a00020f,
	  HAS " renewed: 1800 s",
	  true },
	{ "nonsense: loopback",
	  { DHCP_ANSWER, 0x7f000001, SAME, 3600 },
	  0x0a00020f,
	  HAS " failed: 1 s",
	  true },
	{ "nonsense: multicast",
	  { DHCP_ANSWER, 0xe0000001, SAME, 3600 },
	  0x0a00020f,
	  HAS " failed: 1 s",
	  true },
	{ "nonsense: a router that the kernel does not take",
	  { DHCP_ANSWER, 0x0a000210, "0104ffffff00 03040a0002ff", 3600 },
	  0x0a00020f,
	  HAS " failed: 4 s",
	  true },
	{ "a refusal, and again a refusal",
	  { DHCP_NAK, 0x0a00020f, SAME, 3600 },
	  0x0a00020f,
	  HAS " failed: 8 s",
	  true },
	{ "nobody", { DHCP_SILENCE, 0, "", 0 }, 0x0a00020f, HAS " failed: 4 s", true },
	{ "the same again, after all that",
	  { DHCP_ANSWER, 0x0a00020f, SAME, 3600 },
	  0x0a00020f,
	  HAS " renewed: 1800 s",
	  true },
	{ "a refusal of the address, and then another",
	  { DHCP_NAK_FIRST, 0x0a000210, SAME, 3600 },
	  0x0a00020f,
	  "eth0 10.0.2.16/24 mtu 1500; 0.0.0.0/0 via 10.0.2.2; 10.0.2.0/24 renewed: 1800 s",
	  false },
	{ "another network, as Google has them",
	  { DHCP_ANSWER, 0x0a800005,
	    "0104ffffffff 03040a800001 7917 200a80000100000000 20a9fea9fe0a800001 000a800001 1a0205b4",
	    86400 },
	  0x0a000210,
	  "eth0 10.128.0.5/32 mtu 1460; 0.0.0.0/0 via 10.128.0.1; 10.128.0.1/32; 169.254.169.254/32 via 10.128.0.1 renewed: 43200 s",
	  false },
	{ "the first one again",
	  { DHCP_ANSWER, 0x0a00020f, SAME, 3600 },
	  0x0a800005,
	  HAS " renewed: 1800 s",
	  true },
};

/* ---- the machine ---- */

/* Sends back what comes, on one connection. */
static void echo(void)
{
	const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int at = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	char byte;

	if (at < 0 || bind(at, (const struct sockaddr *)&any, sizeof(any)) < 0 || listen(at, 1) < 0)
		_exit(1);
	if (fork_child() != 0) {
		close(at);
		return;
	}
	fd = accept4(at, NULL, NULL, SOCK_CLOEXEC);
	while (read(fd, &byte, 1) == 1)
		if (write(fd, &byte, 1) != 1)
			break;
	_exit(0);
}

/* One turn of init's loop after the other, until udhcpc ended. Its clock. */
static int64_t turn(struct network *n, int signals, int64_t now, const struct dhcp_server *server)
{
	bool ends = server->manner != DHCP_NAK && server->manner != DHCP_SILENCE;
	struct pollfd p = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	now += network_wait_ms(n, now);
	network_turn(n, now);
	while (n->dhcp.pid) {
		if (poll(&p, 1, ends ? -1 : HANGS_MS) == 0) {
			now += network_wait_ms(n, now);
			network_turn(n, now);
		}
		while (read(signals, &info, sizeof(info)) > 0)
			;
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			(void)network_ended(n, pid, status, now);
	}
	return now;
}

static void tell(int out, const struct network *n, int64_t now)
{
	char line[1024];
	size_t len;

	dhcp_state(line, sizeof(line));
	len = strlen(line);
	snprintf(line + len, sizeof(line) - len, " %s: %d s%s", n->failing ? "failed" : "renewed",
		 (network_wait_ms(n, now) + 999) / 1000,
		 reason()[0] ? ", and a reason that is none" : "");
	(void)!write(out, line, strlen(line) + 1);
}

static void machine(int out, const void *arg)
{
	static struct boot boot;
	struct network *n = &boot.network;
	int64_t now;
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	boot.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	boot.filters[PLAN_UDHCPC] = *(const int *)arg;
	while (fcntl(out, F_DUPFD_CLOEXEC, 0) < 30) /* init has many files open */
		;
	if (stage_network(&boot) < 0) {
		(void)!write(out, reason(), strlen(reason()) + 1);
		return;
	}
	echo();
	/* From here on the clock is the test's, and begins at nothing. */
	n->next_ms = 1800 * 1000;
	now = 0;
	tell(out, n, now);
	network_name(n, NAME); /* which makes the next turn due */
	now = 1800 * 1000;
	for (size_t i = 1; i < ARRAY_SIZE(steps); i++) {
		now = turn(n, boot.signals, now, &steps[i].server);
		tell(out, n, now);
	}
}

/* ---- the server ---- */

/* What the machine says next, while the server serves. */
static void serve(int line, const struct dhcp_server *server, struct dhcp_exchange *exchange,
		  int said, char *ret, size_t size)
{
	struct pollfd p[] = { { .fd = said, .events = POLLIN }, { .fd = line, .events = POLLIN } };
	ssize_t len = 0;

	while (poll(p, 2, PATIENCE_MS) > 0) {
		if (p[0].revents) {
			len = read(said, ret, size - 1);
			break;
		}
		dhcp_serve(line, server, exchange);
	}
	ret[len > 0 ? len : 0] = '\0';
}

static int connect_to(uint32_t ip)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(PORT),
					.sin_addr.s_addr = htonl(ip) };
	const struct timeval patience = { .tv_sec = 30 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
	must(connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0);
	return fd;
}

static bool answers(int fd)
{
	char byte = '.';

	return send(fd, &byte, 1, 0) == 1 && recv(fd, &byte, 1, 0) == 1;
}

static void run(int line, int said)
{
	int connection = -1;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct dhcp_exchange exchange = { 0 };
		char text[1024], name[256];

		serve(line, &steps[i].server, &exchange, said, text, sizeof(text));
		is_str(text, steps[i].want, steps[i].name);
		snprintf(name, sizeof(name), "%s: it asks for what it has", steps[i].name);
		is_int(exchange.asked, steps[i].asked, name);
		snprintf(name, sizeof(name), "%s: by its name", steps[i].name);
		is_str(exchange.hostname, i == 0 ? "" : NAME, name);
		if (i == 0)
			connection = connect_to(steps[i].server.ip);
		snprintf(name, sizeof(name), "%s: the connection goes on", steps[i].name);
		if (steps[i].talks)
			ok(answers(connection), name);
	}
	close(connection);
}

int main(void)
{
	int filter, said, line;
	pid_t pid;

	if (!dhcp_possible()) {
		printf("1..0 # SKIP only root can make interfaces, in namespaces of users\n");
		return 0;
	}
	filter = filter_of("initramfs/seccomp/udhcpc.list");
	must(unshare(CLONE_NEWNET) == 0);
	pid = dhcp_machine(machine, &filter,
			   "ip link add peer type veth peer name eth0 netns $MACHINE && "
			   "ip link set peer up && ip address add 10.0.2.2/24 dev peer",
			   &said);
	line = dhcp_line("peer");
	run(line, said);
	(void)kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(line);
	close(said);
	close(filter);
	return tap_done();
}
