/* SPDX-License-Identifier: MIT */
/*
 * world LINES [QUOTER]: the real gateway behind its real filter, and the real dialer, in front of what
 * listens on CONTAINER_PORT (upstream.c), all in this network namespace. LINES are those of the plan that
 * say what the gateway does ("gateway.body 4096\n"...), or "". QUOTER is the descriptor
 * of a quoter's end of the pair with the gateway (quoter.c); without it there are no quotes. Prints
 * "serving PORT GATEWAY_PID DIALER_PID" and lives as long as the gateway.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"

/* Of OVMF: evidence is as large as a real machine's. */
#define BENCH_FIRMWARE_LOG "tests/fixtures/ovmf-q35.bin"

static int nobody(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		die("socketpair");
	world.quoter = pair[1];
	return pair[0];
}

static void start(const char *lines, int quoter)
{
	int dialer[2], report[2], fds[_SERVICE_MAX];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, dialer) < 0 ||
	    pipe2(report, O_CLOEXEC) < 0 || pipe2(world.alive, O_CLOEXEC) < 0)
		die("set-up");
	fds[SERVICE_SUBJECT] = bind_port();
	fds[SERVICE_REPORT] = report[1];
	fds[SERVICE_DIALER] = dialer[0];
	fds[SERVICE_FILTER] = filter_of("initramfs/seccomp/gateway.list");
	fds[SERVICE_QUOTER] = quoter;
	fds[SERVICE_FIRMWARE_LOG] = open(BENCH_FIRMWARE_LOG, O_RDONLY | O_CLOEXEC);
	fds[SERVICE_RUNTIME_LOG] = log_of(RUNTIME_LOG);
	fds[SERVICE_PLAN] = plan_of(lines);
	fds[SERVICE_PROGRESS] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fds[SERVICE_FIRMWARE_LOG] < 0)
		die(BENCH_FIRMWARE_LOG);
	start_gateway(fds);
	for (int i = SERVICE_SUBJECT; i < _SERVICE_MAX; i++)
		close(fds[i]);
	world.reports = report[0];
	world.dialer_end = dialer[1];
	start_dialer();
	close(world.dialer_end);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	start(argv[1], argc > 2 ? atoi(argv[2]) : nobody());
	if (strncmp(reported(), "identity ", 9) != 0)
		die("the gateway makes no key");
	if (world.quoter > 0)
		quoter_says(QUOTING_HELLO, HELLO, strlen(HELLO));
	if (strcmp(reported(), "serving") != 0)
		die("the gateway does not serve");
	printf("serving %d %d %d\n", ntohs(world.port.sin_port), (int)world.gateway,
	       (int)world.dialer);
	fflush(stdout);
	waitpid(world.gateway, NULL, 0);
	die("the gateway ended");
}
