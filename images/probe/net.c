/* SPDX-License-Identifier: MIT */
/* The network: the container has loopback and one port to listen on, and nothing else. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.h"

#define FAMILIES_MAX 64	  /* beyond the last family of Linux 6.12, which is 45 */
#define WAIT_MS	     2000 /* a connection that is still in progress by then has left */

static int try_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

/* arg: "family type protocol", numbers. */
static int run_socket(const char *arg)
{
	char *end;
	int family = (int)strtol(arg, &end, 0);
	int type = (int)strtol(end, &end, 0);

	return try_socket(family, type, (int)strtol(end, NULL, 0));
}

/* Every family without an attempt of its own. The last refusal stands for all of them. */
static int run_families(const char *arg)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };
	int r = -ENOSYS;

	(void)arg;
	for (int family = 3; family < FAMILIES_MAX; family++) {
		if (family == AF_INET6 || family == AF_NETLINK || family == AF_PACKET ||
		    family == AF_ALG || family == AF_VSOCK || family == AF_BLUETOOTH)
			continue;
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			int one = try_socket(family, types[i], 0);

			if (one == 0)
				note("family %d", family);
			if (one == 0)
				return 0;
			if (one != -EINVAL)
				r = one;
		}
	}
	return r;
}

static int wait_connected(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t len = sizeof(error);

	if (poll(&p, 1, WAIT_MS) == 0) {
		note("sent, no answer");
		return 0;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	/* A host that refuses a connection was reached. */
	note(error == 0 ? "connected" : "sent, answered");
	return error == 0 || error == ECONNREFUSED ? 0 : -error;
}

/* arg: "address port" of a host outside. */
static int run_connect(const char *arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char address[32];
	int port = 0, fd, r;

	if (sscanf(arg, "%31s %d", address, &port) != 2)
		return -EINVAL;
	(void)inet_pton(AF_INET, address, &to.sin_addr);
	to.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
	return r == -EINPROGRESS ? wait_connected(fd) : r == -ECONNREFUSED ? 0 : r;
}

/* A connection made by sending (TCP Fast Open): no connect(2) for a filter or Landlock to see. */
static int run_fast_open(const char *arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int r;

	(void)inet_pton(AF_INET, arg, &to.sin_addr);
	to.sin_port = htons(9);
	if (fd < 0)
		return -errno;
	r = result(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof(to)));
	return r == -EINPROGRESS ? wait_connected(fd) : r;
}

/* arg: "address port"; a datagram that is not refused has left. */
static int run_datagram(const char *arg)
{
	static const char query[] = "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\4leak\7example\0\0\x01\0\x01";
	struct sockaddr_in to = { .sin_family = AF_INET };
	const int on = 1;
	char address[32];
	int port = 0, fd;

	if (sscanf(arg, "%31s %d", address, &port) != 2)
		return -EINVAL;
	(void)inet_pton(AF_INET, address, &to.sin_addr);
	to.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	return result(sendto(fd, query, sizeof(query) - 1, 0, (struct sockaddr *)&to, sizeof(to)));
}

/* arg: "address port". */
static int run_listen(const char *arg)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	char address[32];
	int port = 0, fd;

	if (sscanf(arg, "%31s %d", address, &port) != 2)
		return -EINVAL;
	(void)inet_pton(AF_INET, address, &at.sin_addr);
	at.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	return result(listen(fd, 1));
}

static int inet_ioctl(unsigned long request, void *arg)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : result(ioctl(fd, request, arg));
}

static int run_other_interface(const char *arg)
{
	(void)arg;
	for (int i = 1; i < 64; i++) {
		struct ifreq ifr = { .ifr_ifindex = i };

		if (inet_ioctl(SIOCGIFNAME, &ifr) == 0 && strcmp(ifr.ifr_name, "lo")) {
			note("%s", ifr.ifr_name);
			return 0;
		}
	}
	return -ENODEV;
}

static int run_set_address(const char *arg)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	struct sockaddr_in addr = { .sin_family = AF_INET };

	(void)arg;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memcpy(&ifr.ifr_addr, &addr, sizeof(addr));
	return inet_ioctl(SIOCSIFADDR, &ifr);
}

static int run_add_route(const char *arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET }, mask = { .sin_family = AF_INET };
	char lo[] = "lo";
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = lo };

	(void)arg;
	to.sin_addr.s_addr = htonl(0xc6336400);	  /* 198.51.100.0, kept for documents */
	mask.sin_addr.s_addr = htonl(0xffffff00); /* /24 */
	memcpy(&route.rt_dst, &to, sizeof(to));
	memcpy(&route.rt_genmask, &mask, sizeof(mask));
	return inet_ioctl(SIOCADDRT, &route);
}

/* arg: "level option", numbers, of a TCP socket; the value is 1. */
static int run_option(const char *arg)
{
	char *end;
	int level = (int)strtol(arg, &end, 0), option = (int)strtol(end, NULL, 0), on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : result(setsockopt(fd, level, option, &on, sizeof(on)));
}

/* arg: the option, a number, that gives a socket a program to run on what arrives. */
static int run_filter(const char *arg)
{
	struct sock_filter all = { .code = BPF_RET | BPF_K, .k = 0xffffffff };
	struct sock_fprog program = { .len = 1, .filter = &all };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	return result(
		setsockopt(fd, SOL_SOCKET, (int)strtol(arg, NULL, 0), &program, sizeof(program)));
}

/* arg: "send" or "receive". A kernel that looks for such a byte and finds none says EINVAL. */
static int run_out_of_band(const char *arg)
{
	char byte = 'x';
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	if (arg[0] == 's')
		return result(send(pair[0], &byte, 1, MSG_OOB | MSG_NOSIGNAL));
	r = result(recv(pair[1], &byte, 1, MSG_OOB | MSG_DONTWAIT));
	return r == -EINVAL ? 0 : r;
}

static int run_unix_path(const char *arg)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	strcpy(to.sun_path, arg);
	return result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

/* Any socket listed here belongs to another process: the probe has none. */
static int run_unix_others(const char *arg)
{
	char line[256];
	int n = -1; /* the headline */
	FILE *in = fopen("/proc/self/net/unix", "re");

	(void)arg;
	if (!in)
		return -errno;
	while (fgets(line, sizeof(line), in))
		n++;
	note("%d sockets", n);
	return n > 0 ? 0 : -ENOENT;
}

static const struct attempt attempts[] = {
	{ "inet6", "a second, unguarded protocol", REFUSED, run_socket, "10 1 0", 0 },
	{ "packet", "read and forge frames", REFUSED, run_socket, "17 3 0x300", 0 },
	{ "netlink-route", "look at and change the network", REFUSED, run_socket, "16 3 0", 0 },
	{ "netlink-uevent", "hear of devices", REFUSED, run_socket, "16 3 15", 0 },
	{ "netlink-netfilter", "reach the packet filter", REFUSED, run_socket, "16 3 12", 0 },
	{ "netlink-audit", "reach the audit log", REFUSED, run_socket, "16 3 9", EINVAL },
	{ "vsock", "talk to the hypervisor", REFUSED, run_socket, "40 1 0", 0 },
	{ "alg", "reach the kernel's crypto", REFUSED, run_socket, "38 5 0", 0 },
	{ "bluetooth", "reach a radio", REFUSED, run_socket, "31 3 1", 0 },
	{ "other-families", "reach rarely tested code", REFUSED, run_families, NULL, EINVAL },
	{ "raw-icmp", "carry data in pings", REFUSED, run_socket, "2 3 1", 0 },
	{ "raw-ip", "forge packets", REFUSED, run_socket, "2 3 255", 0 },
	{ "ping", "carry data in pings", REFUSED, run_socket, "2 2 1", 0 },
	{ "mptcp", "reach rarely tested code", REFUSED, run_socket, "2 1 262", 0 },
	{ "sctp", "reach rarely tested code", REFUSED, run_socket, "2 1 132", 0 },
	{ "connect-outside", "send prompts out", UNREACHABLE, run_connect, "10.0.2.2 9", 0 },
	{ "fast-open", "send prompts out", UNREACHABLE, run_fast_open, "10.0.2.2", EOPNOTSUPP },
	{ "connect-metadata", "ask the cloud's metadata service", UNREACHABLE, run_connect,
	  "169.254.169.254 80", 0 },
	{ "dns", "send prompts out as names", UNREACHABLE, run_datagram, "10.0.2.3 53", 0 },
	{ "broadcast", "send to the neighbours", UNREACHABLE, run_datagram, "255.255.255.255 9",
	  0 },
	{ "multicast", "send to the neighbours", UNREACHABLE, run_datagram, "224.0.0.1 9", 0 },
	{ "listen-elsewhere", "open a second door", REFUSED, run_listen, "0.0.0.0 9999", 0 },
	{ "listen-privileged", "open a system's door", REFUSED, run_listen, "127.0.0.1 80", 0 },
	{ "other-interface", "find a way to a network", REFUSED, run_other_interface, NULL, 0 },
	{ "set-address", "change the network", REFUSED, run_set_address, NULL, 0 },
	{ "add-route", "change the network", REFUSED, run_add_route, NULL, 0 },
	{ "so-mark", "pass a packet filter", REFUSED, run_option, "1 36", 0 },
	{ "so-debug", "be heard in the kernel's log", REFUSED, run_option, "1 1", 0 },
	{ "ip-transparent", "take other addresses", REFUSED, run_option, "0 19", 0 },
	{ "tcp-repair", "forge a connection", REFUSED, run_option, "6 19", 0 },
	{ "oob-inline", "reach rarely tested code", REFUSED, run_option, "1 10", 0 },
	{ "zero-copy", "share pages with the kernel", REFUSED, run_option, "1 60", 0 },
	{ "timestamps", "reach rarely tested code", REFUSED, run_option, "1 37", 0 },
	{ "fast-open-listen", "reach rarely tested code", REFUSED, run_option, "6 23", 0 },
	{ "socket-filter", "run code in the kernel", REFUSED, run_filter, "26", 0 },
	{ "reuseport-filter", "run code in the kernel", REFUSED, run_filter, "51", 0 },
	{ "unix-oob-send", "reach a queue that was broken before", REFUSED, run_out_of_band, "send",
	  0 },
	{ "unix-oob-receive", "reach a queue that was broken before", REFUSED, run_out_of_band,
	  "receive", 0 },
	{ "unix-docker", "command a container engine", REFUSED, run_unix_path, "/run/docker.sock",
	  0 },
	{ "unix-systemd", "command a service manager", REFUSED, run_unix_path,
	  "/run/systemd/private", 0 },
	{ "unix-others", "talk to somebody outside", REFUSED, run_unix_others, NULL, 0 },
};

const struct topic net_topic = { "network", attempts, sizeof(attempts) / sizeof(attempts[0]) };
