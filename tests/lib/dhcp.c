/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/dhcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/tap.h"

#define OPTIONS 240 /* where they begin in a message: RFC 2131, section 2, and the cookie */

/* ---- the machine ---- */

static const char *const copies[][2] = {
	{ "build/pkg/busybox/busybox", "dhcp/udhcpc" },
	{ "build/guest/udhcpc-hook", "dhcp/udhcpc-hook" },
};

static int copy(const char *from, int root, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = openat(root, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);
	char buf[65536];
	ssize_t n = -1;

	while (in >= 0 && out >= 0 && (n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			n = -1;
	close(in);
	close(out);
	return n == 0 ? 0 : -1;
}

/* A root with what the stage needs, in RAM; it becomes the process's. */
static int enter_root(void)
{
	int root, r = 0;

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755") < 0)
		return -1;
	root = open("/mnt", O_DIRECTORY | O_CLOEXEC);
	for (const char *const *dir = (const char *const[]){ "dev", "proc", "dhcp", NULL }; *dir;
	     dir++)
		r |= mkdirat(root, *dir, 0755);
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
		r |= copy(copies[i][0], root, copies[i][1]);
	r |= close(openat(root, "dev/null", O_CREAT | O_WRONLY, 0666));
	r |= mount("/dev/null", "/mnt/dev/null", NULL, MS_BIND, NULL);
	r |= mount("proc", "/mnt/proc", "proc", 0, NULL);
	close(root);
	return r || chroot("/mnt") < 0 || chdir("/") < 0 ? -1 : 0;
}

/* The users that there are in a machine are those of here. Whether they may be. */
static bool map_ids(pid_t pid, const char *which)
{
	static const char all[] = "0 0 1000";
	char path[64];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s_map", pid, which);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	done = fd >= 0 && write(fd, all, strlen(all)) == (ssize_t)strlen(all);
	if (fd >= 0)
		close(fd);
	return done;
}

bool dhcp_possible(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	bool possible;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	if (pid < 0)
		return false;
	possible = map_ids(pid, "uid") && map_ids(pid, "gid");
	(void)kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return possible && geteuid() == 0;
}

pid_t dhcp_machine(void (*run)(int out, const void *arg), const void *arg, const char *setup,
		   int *ret_said)
{
	int said[2], go[2];
	char id[16];
	pid_t pid;

	must(pipe2(said, O_CLOEXEC) == 0 && pipe2(go, O_CLOEXEC) == 0);
	/* Of users, too: how many processes one has is counted for each namespace. */
	pid = (pid_t)syscall(SYS_clone,
			     CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | SIGCHLD, 0,
			     0, 0, 0);
	if (pid == 0) {
		char byte;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(go[1]);
		/* What init says on its console is no line of a test. */
		if (read(go[0], &byte, 1) == 1 && enter_root() == 0 &&
		    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO) >= 0)
			run(said[1], arg);
		close(said[1]);
		for (;;) /* with the first of its processes the others would end, too */
			pause();
	}
	must(pid > 0);
	must(map_ids(pid, "uid") && map_ids(pid, "gid"));
	close(said[1]);
	close(go[0]);
	snprintf(id, sizeof(id), "%d", pid);
	must(setenv("MACHINE", id, 1) == 0 && system(setup) == 0);
	must(write(go[1], "", 1) == 1);
	close(go[1]);
	*ret_said = said[0];
	return pid;
}

static uint32_t ask_of(int fd, const char *interface, unsigned long request)
{
	struct sockaddr_in in = { 0 };
	struct ifreq ifr = { 0 };

	strcpy(ifr.ifr_name, interface);
	if (ioctl(fd, request, &ifr) < 0)
		return 0;
	if (request == SIOCGIFMTU)
		return (uint32_t)ifr.ifr_mtu;
	memcpy(&in, &ifr.ifr_addr, sizeof(in));
	return in.sin_addr.s_addr;
}

/* ip and mask as the kernel has them, in network order. */
static void put_network(FILE *out, uint32_t ip, uint32_t mask)
{
	char text[INET_ADDRSTRLEN];

	fprintf(out, "%s/%d", inet_ntop(AF_INET, &ip, text, sizeof(text)),
		__builtin_popcount(mask));
}

void dhcp_state(char *ret, size_t size)
{
	struct if_nameindex *all = if_nameindex();
	FILE *out = fmemopen(ret, size, "w"), *in = fopen("/proc/net/route", "re");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t to, via, mask;
	const char *gap = "";
	char line[256], text[INET_ADDRSTRLEN];

	must(all && out && in && fd >= 0);
	for (const struct if_nameindex *i = all; i->if_index; i++) {
		uint32_t ip = ask_of(fd, i->if_name, SIOCGIFADDR);

		if (ip == 0)
			continue;
		fprintf(out, "%s%s ", gap, i->if_name);
		put_network(out, ip, ask_of(fd, i->if_name, SIOCGIFNETMASK));
		fprintf(out, " mtu %u", ask_of(fd, i->if_name, SIOCGIFMTU));
		gap = "; ";
	}
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%*s %x %x %*x %*d %*d %*d %x", &to, &via, &mask) != 3)
			continue;
		fputs("; ", out);
		put_network(out, to, mask);
		if (via)
			fprintf(out, " via %s", inet_ntop(AF_INET, &via, text, sizeof(text)));
	}
	fclose(in);
	fclose(out);
	close(fd);
	if_freenameindex(all);
}

/* ---- the server ---- */

int dhcp_line(const char *interface)
{
	int line = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP));
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = (int)if_nametoindex(interface) };

	must(at.sll_ifindex && bind(line, (struct sockaddr *)&at, sizeof(at)) == 0);
	return line;
}

static uint16_t checksum(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static size_t put_hex(uint8_t *to, const char *hex)
{
	size_t n = 0;

	for (; *hex; hex += *hex == ' ' ? 1 : 2) {
		unsigned byte;

		if (*hex != ' ' && sscanf(hex, "%2x", &byte) == 1)
			to[n++] = (uint8_t)byte;
	}
	return n;
}

/* type: 2 offer, 5 ack, 6 nak (RFC 2132, 9.6); 0: what no server says. */
static void answer(int line, const uint8_t *ask, uint8_t type, const struct dhcp_server *server)
{
	uint8_t frame[1024] = { 0 }, *dhcp = frame + sizeof(struct iphdr) + sizeof(struct udphdr);
	uint32_t ip = htonl(server->ip), seconds = htonl(server->seconds ? server->seconds : 3600);
	size_t len = OPTIONS, size;
	struct sockaddr_ll to = { 0 };
	socklen_t to_len = sizeof(to);
	struct udphdr udp = { .source = htons(67), .dest = htons(68) };
	struct iphdr head = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };

	memcpy(dhcp, ask, OPTIONS); /* xid, hardware address, cookie */
	dhcp[0] = 2;
	memcpy(dhcp + 16, &ip, 4);
	len += put_hex(dhcp + len, "3501");
	dhcp[len++] = type;
	len += put_hex(dhcp + len, "36040a000202 3304");
	memcpy(dhcp + len, &seconds, 4);
	len += 4;
	len += put_hex(dhcp + len, server->options);
	dhcp[len++] = 255;
	if (type == 0)
		memset(dhcp + 28, 0xee, len - 28);
	size = sizeof(head) + sizeof(udp) + (type == 0 ? 30 : len);
	udp.len = htons((uint16_t)(size - sizeof(head)));
	head.tot_len = htons((uint16_t)size);
	head.saddr = htonl(0x0a000202);
	head.daddr = INADDR_BROADCAST;
	head.check = checksum(&head, sizeof(head));
	memcpy(frame, &head, sizeof(head));
	memcpy(frame + sizeof(head), &udp, sizeof(udp));
	must(getsockname(line, (struct sockaddr *)&to, &to_len) == 0);
	to.sll_halen = ETH_ALEN;
	memset(to.sll_addr, 0xff, ETH_ALEN);
	(void)sendto(line, frame, size, 0, (struct sockaddr *)&to, sizeof(to));
}

/* One of its messages, as type; 0 if the packet is none. */
static uint8_t message_type(const uint8_t *packet, size_t len, const uint8_t **ret_dhcp)
{
	const size_t head = sizeof(struct iphdr) + sizeof(struct udphdr);

	if (len < head + OPTIONS + 3 || packet[9] != IPPROTO_UDP || packet[23] != 67 ||
	    packet[head] != 1)
		return 0;
	*ret_dhcp = packet + head;
	return packet[head + OPTIONS] == 53 ? packet[head + OPTIONS + 2] : 0;
}

/* What option 50 says, RFC 2132, 9.1; the options have an end. */
static uint32_t asked_for(const uint8_t *options, size_t len)
{
	uint32_t ip;

	for (size_t i = 0; i + 6 <= len && options[i] != 255; i += 2u + options[i + 1])
		if (options[i] == 50) {
			memcpy(&ip, options + i + 2, sizeof(ip));
			return ntohl(ip);
		}
	return 0;
}

/* What option 12 says, RFC 2132, 3.14, cut to what fits. */
static void told_name(const uint8_t *options, size_t len, char ret[static 64])
{
	for (size_t i = 0; i + 2 <= len && options[i] != 255; i += 2u + options[i + 1])
		if (options[i] == 12 && i + 2 + options[i + 1] <= len)
			snprintf(ret, 64, "%.*s", options[i + 1], (const char *)options + i + 2);
}

void dhcp_serve(int line, const struct dhcp_server *server, struct dhcp_exchange *exchange)
{
	uint8_t packet[2048];
	ssize_t len = recv(line, packet, sizeof(packet), 0);
	const uint8_t *ask = NULL;
	uint8_t type = len > 0 ? message_type(packet, (size_t)len, &ask) : 0;

	if (type != 1 && type != 3)
		return;
	if (exchange->n++ == 0) {
		size_t left = (size_t)(packet + len - ask) - OPTIONS;

		exchange->asked = asked_for(ask + OPTIONS, left);
		told_name(ask + OPTIONS, left, exchange->hostname);
	}
	if (server->manner == DHCP_SILENCE)
		return;
	for (int i = 0; server->manner == DHCP_GARBAGE_FIRST && i < 50; i++)
		answer(line, ask, 0, server);
	if (type == 3 && (server->manner == DHCP_NAK ||
			  (server->manner == DHCP_NAK_FIRST && exchange->n == 2))) {
		answer(line, ask, 6, server);
		return;
	}
	for (int i = 0; i < (server->manner == DHCP_TWICE ? 2 : 1); i++)
		answer(line, ask, type == 1 ? 2 : 5, server);
}
