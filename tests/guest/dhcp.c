/* SPDX-License-Identifier: MIT */
/*
 * init's network stage against DHCP servers, good and hostile: init's own code, udhcpc and its hook
 * as the guest has them, behind their own filter, in namespaces. Needs root, as in the toolbox.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/reason.h"
#include "initramfs/init/boot.h"
#include "measure/lib/array.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"

#define PATIENCE_MS 120000
#define OPTIONS	    240 /* where they begin in a message: RFC 2131, section 2, and the cookie */

/* What a server does with the first discover. */
enum manner { ANSWER, GARBAGE_FIRST, NAK_FIRST, TWICE, SILENCE };

static const struct server {
	const char *name;
	enum manner manner;
	uint32_t ip;
	const char *options; /* in hex; DHCP's own come before, the end after */
	const char *want;    /* address/mask route, or the reason */
} servers[] = {
	{ "a good server", ANSWER, 0x0a00020f, "0104ffffff00 03040a000202",
	  "0a00020f/ffffff00 via 0a000202" },
	{ "a server without a router", ANSWER, 0x0a00020f, "0104ffffff00",
	  "0a00020f/ffffff00 via 0" },
	{ "a server that gives one address", ANSWER, 0x0a800005, "0104ffffffff 03040a800001",
	  "0a800005/ffffffff via 0a800001" },
	{ "several routers, names, routes, a script's favourites", ANSWER, 0x0a00020f,
	  "0104ffffff00 03080a0002020a000203 0c10243b7265626f6f743b0a0a2e2e2f6162 0f05603a3b2e0a 06080808080801010101 1a020044 7908000a000202 79080a0002020a000203 fc0a687474703a2f2f612f2f 2b0400000000 4204612f2e2e",
	  "0a00020f/ffffff00 via 0a000202" },
	{ "garbage before the answer", GARBAGE_FIRST, 0x0a00020f, "0104ffffff00 03040a000202",
	  "0a00020f/ffffff00 via 0a000202" },
	{ "a refusal before the answer", NAK_FIRST, 0x0a00020f, "0104ffffff00 03040a000202",
	  "0a00020f/ffffff00 via 0a000202" },
	{ "every answer twice", TWICE, 0x0a00020f, "0104ffffff00 03040a000202",
	  "0a00020f/ffffff00 via 0a000202" },
	{ "options that say longer than they are", ANSWER, 0x0a00020f, "0104ffffff00 0cff61",
	  "0a00020f/ffffff00 via 0" },
	{ "the loopback address", ANSWER, 0x7f000001, "0104ffffff00",
	  "the DHCP lease on eth0 was refused: it has no usable address" },
	{ "a multicast address", ANSWER, 0xe0000001, "0104ffffff00",
	  "the DHCP lease on eth0 was refused: it has no usable address" },
	{ "a mask with a hole", ANSWER, 0x0a00020f, "0104ff00ff00",
	  "the DHCP lease on eth0 was refused: it has no usable address" },
	{ "no mask", ANSWER, 0x0a00020f, "03040a000202",
	  "the DHCP lease on eth0 was refused: it has no usable address" },
	{ "a short mask", ANSWER, 0x0a00020f, "0103ffffff",
	  "the DHCP lease on eth0 was refused: it has no usable address" },
	{ "no server at all", SILENCE, 0, "",
	  "no DHCP lease on eth0: udhcpc exited with status 1" },
	{ "a router that is the machine", ANSWER, 0x0a00020f, "0104ffffff00 03040a00020f",
	  "the DHCP lease on eth0 was refused: it has no usable address" },
};

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

static uint32_t address(unsigned long request)
{
	struct ifreq ifr = { .ifr_name = "eth0" };
	struct sockaddr_in in = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ioctl(fd, request, &ifr) == 0)
		memcpy(&in, &ifr.ifr_addr, sizeof(in));
	close(fd);
	return ntohl(in.sin_addr.s_addr);
}

static uint32_t default_route(void)
{
	FILE *in = fopen("/proc/net/route", "re");
	unsigned to, gateway, found = 0;
	char line[256];

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "eth0 %x %x", &to, &gateway) == 2 && to == 0)
			found = ntohl(gateway);
	if (in)
		fclose(in);
	return found;
}

/* PID 1 of a namespace, since the stage ends every other process it sees. */
static void machine(int filter, int out)
{
	static struct boot boot;
	char line[512];
	sigset_t set;
	int r;

	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	boot.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	boot.filters[PLAN_UDHCPC] = filter;
	while (fcntl(out, F_DUPFD_CLOEXEC, 0) < 30) /* init has many files open */
		;
	r = enter_root() < 0 ? because(-EIO, "no root: %s", strerror(errno)) : stage_network(&boot);
	if (r < 0)
		snprintf(line, sizeof(line), "%s", reason());
	else
		snprintf(line, sizeof(line), "%08x/%08x via %0*x", address(SIOCGIFADDR),
			 address(SIOCGIFNETMASK), default_route() ? 8 : 1, default_route());
	(void)!write(out, line, strlen(line));
	_exit(0);
}

/* ---- the server ---- */

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
static void answer(int line, const uint8_t *ask, uint8_t type, const struct server *server)
{
	static const uint8_t all[ETH_ALEN] = { 255, 255, 255, 255, 255, 255 };
	uint8_t frame[1024] = { 0 }, *dhcp = frame + sizeof(struct iphdr) + sizeof(struct udphdr);
	uint32_t ip = htonl(server->ip);
	size_t len = OPTIONS, size;
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = (int)if_nametoindex("peer"),
				  .sll_halen = ETH_ALEN };
	struct udphdr udp = { .source = htons(67), .dest = htons(68) };
	struct iphdr head = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };

	memcpy(dhcp, ask, OPTIONS); /* xid, hardware address, cookie */
	dhcp[0] = 2;
	memcpy(dhcp + 16, &ip, 4);
	len += put_hex(dhcp + len, "3501");
	dhcp[len++] = type;
	len += put_hex(dhcp + len, "36040a000202 330400000e10");
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
	memcpy(to.sll_addr, all, sizeof(all));
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

static char udhcpc_status[8192]; /* of a process of its user, while it waits for an answer */
static char udhcpc_root[256];	 /* what it sees of files */

static void look_at_udhcpc(void)
{
	DIR *proc = opendir("/proc");

	for (struct dirent *d; udhcpc_status[0] == '\0' && proc && (d = readdir(proc));) {
		char path[300], text[sizeof(udhcpc_status)] = "";
		DIR *root;
		FILE *in;

		snprintf(path, sizeof(path), "/proc/%s/status", d->d_name);
		in = fopen(path, "re");
		if (!in)
			continue;
		(void)!fread(text, 1, sizeof(text) - 1, in);
		fclose(in);
		if (!strstr(text, "\nUid:\t104\t104\t104\t104\n"))
			continue;
		strcpy(udhcpc_status, text);
		snprintf(path, sizeof(path), "/proc/%s/root", d->d_name);
		root = opendir(path);
		for (struct dirent *e; root && (e = readdir(root));)
			if (e->d_name[0] != '.' && strlen(udhcpc_root) < 128)
				strcat(strcat(udhcpc_root, e->d_name), " ");
		if (root)
			closedir(root);
	}
	if (proc)
		closedir(proc);
}

static void serve_one(int line, const struct server *server, int *n)
{
	uint8_t packet[2048];
	ssize_t len = recv(line, packet, sizeof(packet), 0);
	const uint8_t *ask = NULL;
	uint8_t type = len > 0 ? message_type(packet, (size_t)len, &ask) : 0;

	if (type != 1 && type != 3)
		return;
	if ((*n)++ == 0)
		look_at_udhcpc();
	if (server->manner == SILENCE)
		return;
	for (int i = 0; server->manner == GARBAGE_FIRST && i < 50; i++)
		answer(line, ask, 0, server);
	if (server->manner == NAK_FIRST && type == 3 && *n == 2) {
		answer(line, ask, 6, server);
		return;
	}
	for (int i = 0; i < (server->manner == TWICE ? 2 : 1); i++)
		answer(line, ask, type == 1 ? 2 : 5, server);
}

/* What the machine says, while the server serves. */
static void serve(const struct server *server, int said, char *ret, size_t size)
{
	int line = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP)), n = 0;
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = (int)if_nametoindex("peer") };
	struct pollfd p[] = { { .fd = said, .events = POLLIN }, { .fd = line, .events = POLLIN } };
	ssize_t len = 0;

	if (bind(line, (struct sockaddr *)&at, sizeof(at)) < 0)
		return;
	while (poll(p, 2, PATIENCE_MS) > 0) {
		if (p[1].revents & POLLIN)
			serve_one(line, server, &n);
		if (p[0].revents) {
			len = read(said, ret, size - 1);
			break;
		}
	}
	ret[len > 0 ? len : 0] = '\0';
	close(line);
}

static void run(const struct server *server, int filter)
{
	char said[512] = "";
	int pipes[2];
	pid_t pid;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 || pipe2(pipes, O_CLOEXEC) < 0 ||
	    system("ip link add eth0 type veth peer name peer && ip link set peer up") != 0) {
		ok(false, "a pair of interfaces");
		return;
	}
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		machine(filter, pipes[1]);
	close(pipes[1]);
	serve(server, pipes[0], said, sizeof(said));
	(void)kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pipes[0]);
	is_str(said, server->want, server->name);
}

static void test_walls(void)
{
	static const struct {
		const char *line, *name;
	} walls[] = {
		{ "\nGid:\t104\t104\t104\t104\n", "its group" },
		{ "\nGroups:\t \n", "no other group" },
		{ "\nCapInh:\t0000000000002000\n", "CAP_NET_RAW for its hook" },
		{ "\nCapPrm:\t0000000000002000\n", "CAP_NET_RAW is all it is permitted" },
		{ "\nCapEff:\t0000000000002000\n", "and all it has" },
		{ "\nCapBnd:\t0000000000002000\n", "and all that can come back" },
		{ "\nNoNewPrivs:\t1\n", "no new privileges" },
		{ "\nSeccomp:\t2\n", "a filter of system calls" },
	};

	for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++)
		ok(strstr(udhcpc_status, walls[i].line), walls[i].name);
	ok(!strcmp(udhcpc_root, "udhcpc udhcpc-hook ") ||
		   !strcmp(udhcpc_root, "udhcpc-hook udhcpc "),
	   "two files are all that it sees");
}

int main(void)
{
	int filter;

	if (geteuid() != 0) {
		printf("1..0 # SKIP only root can make interfaces\n");
		return 0;
	}
	filter = filter_of("initramfs/seccomp/udhcpc.list");
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		run(&servers[i], filter);
	test_walls();
	close(filter);
	return tap_done();
}
