/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/init/dhcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/common/confine.h"
#include "initramfs/common/reason.h"
#include "initramfs/init/child.h"
#include "measure/lib/instance.h"

#define DHCP_ROOT   "/dhcp"
#define ARGS_ALWAYS 16
#define ARGS_MAX    (ARGS_ALWAYS + 4) /* an address, and a name */
#define FILTER_FD   6		      /* closed before udhcpc begins */

static int confine_udhcpc(void)
{
	return confine_to_packets(UID_DHCP, DHCP_ROOT, FILTER_FD);
}

/* lease: the pipe's end for the hook. */
static int start(const char *const *argv, int lease, int filter, bool debug, pid_t *ret_pid)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), out = debug ? 1 : null, r;
	const int fds[] = { null, out, out, null, null, [LEASE_FD] = lease, [FILTER_FD] = filter };
	const struct child child = { .path = "/udhcpc", /* of its own root */
				     .argv = argv,
				     .fds = fds,
				     .n_fds = FILTER_FD + 1,
				     .prepare = confine_udhcpc };

	if (null < 0)
		return because(-errno, "cannot open /dev/null: %s", strerror(errno));
	r = child_start(&child, ret_pid);
	(void)close(null);
	return r;
}

int dhcp_start(struct dhcp *dhcp, const char *interface, uint32_t ip, const char *hostname,
	       int filter, bool debug)
{
	const struct in_addr again = { htonl(ip) };
	char text[INET_ADDRSTRLEN] = "", name[sizeof("hostname:") + INSTANCE_VALUE_MAX];
	const char *argv[ARGS_MAX + 1] = { "udhcpc",	  "-f",	 "-n", "-q",	       "-i",
					   interface,	  "-t",	 "10", "-T",	       "3",
					   "-O",	  "mtu", "-O", "staticroutes", "-s",
					   "/udhcpc-hook" };
	size_t n = ARGS_ALWAYS;
	int fds[2], r;

	if (ip) {
		if (!inet_ntop(AF_INET, &again, text, sizeof(text)))
			return because(-errno, "cannot write an address: %s", strerror(errno));
		argv[n++] = "-r";
		argv[n++] = text;
	}
	if (hostname) {
		(void)snprintf(name, sizeof(name), "hostname:%s", hostname);
		argv[n++] = "-x";
		argv[n] = name;
	}
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return because(-errno, "cannot make a pipe: %s", strerror(errno));
	r = start(argv, fds[1], filter, debug, &dhcp->pid);
	(void)close(fds[1]);
	if (r == 0)
		dhcp->lease = fds[0];
	else
		(void)close(fds[0]);
	return r;
}

/* One lease, no more and no less. udhcpc does not tell whether its hook refused it. */
static int take_lease(int fd, const char *interface, struct lease *ret_lease)
{
	uint8_t bytes[LEASE_LEN_MAX + 1];
	ssize_t n = read(fd, bytes, sizeof(bytes));
	const char *fault;
	struct lease l;

	if (n <= 0)
		return because(-EPROTO, "the DHCP lease on %s was refused: it is not usable",
			       interface);
	if (lease_read(bytes, (size_t)n, &l) < 0)
		return because(-EPROTO, "the DHCP lease on %s is not one lease", interface);
	fault = lease_fault(&l);
	if (fault)
		return because(-EPROTO, "the DHCP lease on %s was refused: its %s", interface,
			       fault);
	*ret_lease = l;
	return 0;
}

int dhcp_end(struct dhcp *dhcp, const char *interface, int status, struct lease *ret_lease)
{
	char how[64];
	int r;

	/* Processes that it left behind could still use the network. Its filter keeps them in its
	 * group. */
	(void)kill(-dhcp->pid, SIGKILL);
	child_status_text(status, how, sizeof(how));
	if (status != 0)
		r = because(-ENETDOWN, "no DHCP lease on %s: udhcpc %s", interface, how);
	else
		r = take_lease(dhcp->lease, interface, ret_lease);
	(void)close(dhcp->lease);
	*dhcp = (struct dhcp){ 0 };
	return r;
}
