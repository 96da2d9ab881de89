/* SPDX-License-Identifier: MIT */
/*
 * netlink = route: the container's filter with that list lets it ask for interfaces, and nothing
 * else of netlink.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/cmd/plan/seccomp.h"
#include "measure/lib/wall.h"
#include "tests/lib/tap.h"

#define LIST "initramfs/seccomp/container.list"

static uint8_t *bpf;
static size_t bpf_len;

/* 0, or the error of socket(2) under the filter. */
static int try(long type, long protocol)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int fd = memfd_create("filter", 0);

		if (write(fd, bpf, bpf_len) != (ssize_t)bpf_len ||
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || wall_filter(fd, false) < 0)
			syscall(SYS_exit_group, 255);
		syscall(SYS_exit_group,
			syscall(SYS_socket, AF_NETLINK, type, protocol) < 0 ? errno : 0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

int main(void)
{
	static const char *const more[] = { "initramfs/seccomp/container-netlink.list", NULL };
	static const struct words none;
	struct rampart_error error;

	if (seccomp_compile(LIST, NULL, &none, &bpf, &bpf_len, &error) < 0)
		return 1;
	is_int(try(SOCK_RAW, NETLINK_ROUTE), EAFNOSUPPORT, "without it there is no netlink");
	free(bpf);
	if (seccomp_compile(LIST, more, &none, &bpf, &bpf_len, &error) < 0) {
		printf("Bail out! %s\n", error.text);
		return 1;
	}
	is_int(try(SOCK_RAW, NETLINK_ROUTE), 0, "netlink: route");
	is_int(try(SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), 0, "netlink: route, of getifaddrs(3)");
	is_int(try(SOCK_DGRAM, NETLINK_ROUTE), 0, "netlink: route, as datagrams");
	for (int protocol = 1; protocol < 32; protocol++) {
		char name[64];

		snprintf(name, sizeof(name), "netlink: not protocol %d", protocol);
		is_int(try(SOCK_RAW, protocol), EAFNOSUPPORT, name);
	}
	is_int(try(SOCK_RAW, 1L << 32 | 15), EAFNOSUPPORT, "netlink: high bits change nothing");
	free(bpf);
	return tap_done();
}
