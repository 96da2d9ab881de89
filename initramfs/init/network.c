/* SPDX-License-Identifier: MIT */
/* The network stage: one interface, one address by DHCP, no names. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"
#include "child.h"
#include "confine.h"
#include "fail.h"

#define INTERFACE    "eth0"
#define DHCP_WAIT_MS 60000 /* udhcpc gives up by itself after 10 tries of 3 s */

static int query(unsigned long request, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = 0;

	if (fd < 0)
		return -errno;
	strcpy(ifr->ifr_name, INTERFACE);
	if (ioctl(fd, request, ifr) < 0)
		r = -errno;
	(void)close(fd);
	return r;
}

/* A link that is up already lets the first DHCP request leave at once. */
static int link_up(void)
{
	struct ifreq ifr = { 0 };
	int r = query(SIOCGIFFLAGS, &ifr);

	if (r < 0)
		return because(r, "no network interface %s: %s", INTERFACE, strerror(-r));
	ifr.ifr_flags |= IFF_UP;
	r = query(SIOCSIFFLAGS, &ifr);
	if (r < 0)
		return because(r, "cannot bring %s up: %s", INTERFACE, strerror(-r));
	return 0;
}

/* It and its hook read what anybody on the network sends: never as root, least of all now. */
static int confine_udhcpc(void)
{
	return confine_to_network(UID_DHCP);
}

static int dhcp(struct boot *b)
{
	static const char *const argv[] = { "udhcpc", "-f", "-n", "-q", "-i", INTERFACE,
					    "-t",     "10", "-T", "3",	"-s", "/bin/udhcpc-hook",
					    NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), out = b->plan.debug ? 1 : null;
	const int fds[] = { null, out, out };
	const struct child child = { .path = "/bin/udhcpc",
				     .argv = argv,
				     .fds = fds,
				     .n_fds = 3,
				     .prepare = confine_udhcpc };
	char ended[64];
	int status = 0, r;
	pid_t pid;

	if (null < 0)
		return because(-errno, "cannot open /dev/null: %s", strerror(errno));
	r = child_start(&child, &pid);
	(void)close(null);
	if (r < 0)
		return r;
	r = child_wait(b->signals, pid, DHCP_WAIT_MS, &status);
	if (r < 0)
		return because(r, "no DHCP lease on %s: udhcpc: %s", INTERFACE, strerror(-r));
	if (status != 0) {
		child_status_text(status, ended, sizeof(ended));
		return because(-ENETDOWN, "no DHCP lease on %s: udhcpc %s", INTERFACE, ended);
	}
	return 0;
}

/* udhcpc does not tell whether its hook took the lease. */
static int check_address(void)
{
	struct ifreq ifr = { 0 };
	int r = query(SIOCGIFADDR, &ifr);

	if (r < 0)
		return because(r, "the DHCP lease on %s was refused: it has no usable address",
			       INTERFACE);
	return 0;
}

int stage_network(struct boot *b)
{
	int r = link_up();

	if (r == 0)
		r = dhcp(b);
	/* Whatever it left behind could still change the network. Nothing else is running yet. */
	(void)kill(-1, SIGKILL);
	return r < 0 ? r : check_address();
}
