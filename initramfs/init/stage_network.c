/* SPDX-License-Identifier: MIT */
/*
 * The network stage: one interface, one address by DHCP, no names. udhcpc reads what anybody on the
 * network sends, so it is confined to that: a user of its own, CAP_NET_RAW, a root with two files,
 * Landlock, a filter. Its hook hands over a lease through a pipe, and init validates and sets it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/confine.h"
#include "initramfs/init/address.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/child.h"
#include "initramfs/init/fail.h"

#define DHCP_ROOT    "/dhcp"
#define FILTER_FD    6	   /* closed before udhcpc begins */
#define DHCP_WAIT_MS 60000 /* udhcpc gives up by itself after 10 tries of 3 s */

static int confine_udhcpc(void)
{
	return confine_to_packets(UID_DHCP, DHCP_ROOT, FILTER_FD);
}

static int start_udhcpc(struct boot *b, int lease, pid_t *ret_pid)
{
	static const char *const argv[] = { "udhcpc",  "-f",	       "-n", "-q", "-i",
					    INTERFACE, "-t",	       "10", "-T", "3",
					    "-s",      "/udhcpc-hook", NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), out = b->plan.debug ? 1 : null, r;
	const int fds[] = { null,
			    out,
			    out,
			    null,
			    null,
			    [LEASE_FD] = lease,
			    [FILTER_FD] = b->filters[PLAN_UDHCPC] };
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

static int await_udhcpc(struct boot *b, pid_t pid)
{
	char ended[64];
	int status = 0, r = child_wait(b->signals, pid, DHCP_WAIT_MS, &status);

	if (r < 0)
		return because(r, "no DHCP lease on %s: udhcpc: %s", INTERFACE, strerror(-r));
	if (status != 0) {
		child_status_text(status, ended, sizeof(ended));
		return because(-ENETDOWN, "no DHCP lease on %s: udhcpc %s", INTERFACE, ended);
	}
	return 0;
}

/* One lease, no more and no less. udhcpc does not tell whether its hook refused it. */
static int take_lease(int fd, struct lease *ret_lease)
{
	uint8_t bytes[LEASE_LEN + 1];
	ssize_t n = read(fd, bytes, sizeof(bytes));
	const char *fault;

	if (n <= 0)
		return because(-EPROTO,
			       "the DHCP lease on %s was refused: it has no usable address",
			       INTERFACE);
	if (lease_read(bytes, (size_t)n, ret_lease) < 0)
		return because(-EPROTO, "the DHCP lease on %s is not one lease", INTERFACE);
	fault = lease_fault(ret_lease);
	return fault ? because(-EPROTO, "the DHCP lease on %s was refused: its %s", INTERFACE,
			       fault)
		     : 0;
}

static int dhcp(struct boot *b, struct lease *ret_lease)
{
	int fds[2], r;
	pid_t pid = 0;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return because(-errno, "cannot make a pipe: %s", strerror(errno));
	r = start_udhcpc(b, fds[1], &pid);
	if (r == 0)
		r = await_udhcpc(b, pid);
	(void)close(fds[1]);
	/*
	 * Processes that it left behind could still use the network. Nothing else is running yet.
	 */
	(void)kill(-1, SIGKILL);
	if (r == 0)
		r = take_lease(fds[0], ret_lease);
	(void)close(fds[0]);
	return r;
}

int stage_network(struct boot *b)
{
	struct lease lease;
	int r = link_up();

	if (r == 0)
		r = dhcp(b, &lease);
	return r < 0 ? r : address_set(&lease);
}
