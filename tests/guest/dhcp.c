/* SPDX-License-Identifier: MIT */
/*
 * init's network stage against DHCP servers, good and hostile: init's own code, udhcpc and its hook
 * as the guest has them, behind their own filter, in namespaces. Needs root, as in the toolbox.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/reason.h"
#include "initramfs/init/boot.h"
#include "measure/lib/array.h"
#include "tests/lib/dhcp.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"

#define PATIENCE_MS 120000

/* The machine's card has its line's other end here. */
#define ONE                                                            \
	"ip link add peer type veth peer name eth0 netns $MACHINE && " \
	"ip link set peer up"

/* In the machine, before it starts. */
#define IN	"nsenter -n -t $MACHINE "

#define REFUSED "the DHCP lease on eth0 was refused: it is not usable"
#define GOOD	"eth0 10.0.2.15/24 mtu 1500; 0.0.0.0/0 via 10.0.2.2; 10.0.2.0/24"
#define ALONE	"eth0 10.0.2.15/24 mtu 1500; 10.0.2.0/24"

static const struct {
	const char *name, *setup;
	struct dhcp_server server;
	const char *want; /* dhcp_state(), and " as NAME" if it told one; or the reason */
} cases[] = {
	{ "a good server", ONE, { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 03040a000202", 0 }, GOOD },
	{ "a server without a router", ONE, { DHCP_ANSWER, 0x0a00020f, "0104ffffff00", 0 }, ALONE },
	{ "a server that gives one address",
	  ONE,
	  { DHCP_ANSWER, 0x0a800005, "0104ffffffff 03040a800001", 0 },
	  "eth0 10.128.0.5/32 mtu 1500; 0.0.0.0/0 via 10.128.0.1" },
	{ "Google: one address, its router on the link, routes, an MTU",
	  ONE,
	  { DHCP_ANSWER, 0x0a800005,
	    "0104ffffffff 03040a800001 7917 200a80000100000000 20a9fea9fe0a800001 000a800001 1a0205b4 0604a9fea9fe 2a04a9fea9fe",
	    86400 },
	  "eth0 10.128.0.5/32 mtu 1460; 0.0.0.0/0 via 10.128.0.1; 10.128.0.1/32; 169.254.169.254/32 via 10.128.0.1" },
	{ "Azure: routes to its wire server and metadata, a lease for ever",
	  ONE,
	  { DHCP_ANSWER, 0x0a000004,
	    "0104ffffff00 03040a000001 7917 000a000001 20a83f81100a000001 20a9fea9fe0a000001 f504a83f8110",
	    UINT32_MAX },
	  "eth0 10.0.0.4/24 mtu 1500; 0.0.0.0/0 via 10.0.0.1; 10.0.0.0/24; 168.63.129.16/32 via 10.0.0.1; 169.254.169.254/32 via 10.0.0.1" },
	{ "Amazon: large packets",
	  ONE,
	  { DHCP_ANSWER, 0xac1f0a14, "0104fffff000 0304ac1f0001 1a022329", 3600 },
	  "eth0 172.31.10.20/20 mtu 9001; 0.0.0.0/0 via 172.31.0.1; 172.31.0.0/20" },
	{ "an MTU below what IPv6 needs",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 1a020240", 0 },
	  ALONE },
	{ "an MTU above every card's",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 1a02ffff", 0 },
	  ALONE },
	{ "half an MTU", ONE, { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 1a0105", 0 }, ALONE },
	{ "an MTU that the card does not do",
	  "ip link add peer type veth peer name lower && ip link set peer up && "
	  "ip link set lower up && "
	  "ip link add link lower name eth0 netns $MACHINE type macvlan mode bridge",
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 1a022329", 0 },
	  ALONE },
	{ "routes of every length; a router beside them does not count",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f,
	    "0104ffffff00 03040a000203 792b 080b0a000202 0cac100a000202 10c0a80a000202 18c0a8020a000202 1eac1f0004 0a000202 01800a000202",
	    0 },
	  "eth0 10.0.2.15/24 mtu 1500; 10.0.2.0/24; 11.0.0.0/8 via 10.0.2.2; 128.0.0.0/1 via 10.0.2.2; 172.16.0.0/12 via 10.0.2.2; 172.31.0.4/30 via 10.0.2.2; 192.168.0.0/16 via 10.0.2.2; 192.168.2.0/24 via 10.0.2.2" },
	{ "a route to more than its mask says, one that comes twice, one of multicast",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f,
	    "0104ffffff00 791c 000a000202 000a000203 0bac1f0a000202 04e0 0a000202 0000000000", 0 },
	  "eth0 10.0.2.15/24 mtu 1500; 0.0.0.0/0 via 10.0.2.2; 10.0.2.0/24; 172.0.0.0/11 via 10.0.2.2" },
	{ "several routers, names, routes, a script's favourites",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f,
	    "0104ffffff00 03080a0002020a000203 0c10243b7265626f6f743b0a0a2e2e2f6162 0f05603a3b2e0a 06080808080801010101 1a020044 7908000a000202 79080a0002020a000203 fc0a687474703a2f2f612f2f 2b0400000000 4204612f2e2e",
	    0 },
	  GOOD },
	{ "garbage before the answer",
	  ONE,
	  { DHCP_GARBAGE_FIRST, 0x0a00020f, "0104ffffff00 03040a000202", 0 },
	  GOOD },
	{ "a refusal before the answer",
	  ONE,
	  { DHCP_NAK_FIRST, 0x0a00020f, "0104ffffff00 03040a000202", 0 },
	  GOOD },
	{ "every answer twice",
	  ONE,
	  { DHCP_TWICE, 0x0a00020f, "0104ffffff00 03040a000202", 0 },
	  GOOD },
	{ "options that say longer than they are",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 0cff61", 0 },
	  ALONE },
	{ "the loopback address", ONE, { DHCP_ANSWER, 0x7f000001, "0104ffffff00", 0 }, REFUSED },
	{ "a multicast address", ONE, { DHCP_ANSWER, 0xe0000001, "0104ffffff00", 0 }, REFUSED },
	{ "a mask with a hole", ONE, { DHCP_ANSWER, 0x0a00020f, "0104ff00ff00", 0 }, REFUSED },
	{ "no mask", ONE, { DHCP_ANSWER, 0x0a00020f, "03040a000202", 0 }, REFUSED },
	{ "a short mask", ONE, { DHCP_ANSWER, 0x0a00020f, "0103ffffff", 0 }, REFUSED },
	{ "no server at all",
	  ONE,
	  { DHCP_SILENCE, 0, "", 0 },
	  "no DHCP lease on eth0: udhcpc exited with status 1" },
	{ "a router that is the machine",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 03040a00020f", 0 },
	  REFUSED },
	{ "a route over the loopback address",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 7905007f000001", 0 },
	  REFUSED },
	{ "no whole route where routes are said to be",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 03040a000202 7905ff0a000202", 0 },
	  REFUSED },
	{ "no interface",
	  "ip link add peer type veth peer name other && ip link set peer up",
	  { DHCP_SILENCE, 0, "", 0 },
	  "no network interface" },
	{ "no line to its interface",
	  "ip link add peer type veth peer name eth0 netns $MACHINE",
	  { DHCP_SILENCE, 0, "", 0 },
	  "no network interface has a carrier" },
	{ "two interfaces, the first without a carrier",
	  "ip link add other type veth peer name eth0 netns $MACHINE && "
	  "ip link add peer type veth peer name eth1 netns $MACHINE && ip link set peer up",
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 03040a000202", 0 },
	  "eth1 10.0.2.15/24 mtu 1500; 0.0.0.0/0 via 10.0.2.2; 10.0.2.0/24" },
	{ "two interfaces, nobody behind the first",
	  "ip link add other type veth peer name eth0 netns $MACHINE && ip link set other up && "
	  "ip link add peer type veth peer name eth1 netns $MACHINE && ip link set peer up",
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 03040a000202", 0 },
	  "eth1 10.0.2.15/24 mtu 1500; 0.0.0.0/0 via 10.0.2.2; 10.0.2.0/24" },
	{ "an interface that is another's slave",
	  ONE " && " IN "ip link add br0 type bridge && " IN "ip link set eth0 master br0 && " IN
	      "ip link set eth0 up",
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 03040a000202", 0 },
	  "br0 10.0.2.15/24 mtu 1500; 0.0.0.0/0 via 10.0.2.2; 10.0.2.0/24" },
	{ "a configured address, and no server",
	  ONE,
	  { DHCP_SILENCE, 0, "", 0 },
	  "eth0 192.0.2.17/24 mtu 1500; 192.0.2.0/24" },
	{ "a configured address, its router and MTU, beside a server",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 03040a000202", 0 },
	  "eth0 192.0.2.17/32 mtu 1400; 0.0.0.0/0 via 198.51.100.1" },
	{ "a configured address on the card that has a carrier",
	  "ip link add other type veth peer name eth0 netns $MACHINE && "
	  "ip link add peer type veth peer name eth1 netns $MACHINE && ip link set peer up",
	  { DHCP_SILENCE, 0, "", 0 },
	  "eth1 192.0.2.17/24 mtu 1500; 0.0.0.0/0 via 192.0.2.1; 192.0.2.0/24" },
	{ "a configured MTU before the server's",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00 1a0205b4", 0 },
	  "eth0 10.0.2.15/24 mtu 1300; 10.0.2.0/24" },
	{ "a configured name, to a server that wants it",
	  ONE,
	  { DHCP_ANSWER, 0x0a00020f, "0104ffffff00", 0 },
	  ALONE " as llm-7.example" },
};

/* The instance configurations of some of them. */
static const struct {
	const char *name, *config;
} configs[] = {
	{ "a configured address, and no server", "address = 192.0.2.17/24" },
	{ "a configured address, its router and MTU, beside a server",
	  "address = 192.0.2.17/32\ngateway = 198.51.100.1\nmtu = 1400" },
	{ "a configured address on the card that has a carrier",
	  "address = 192.0.2.17/24\ngateway = 192.0.2.1" },
	{ "a configured MTU before the server's", "mtu = 1300" },
	{ "a configured name, to a server that wants it", "hostname = llm-7.example" },
};

static const char *config_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(configs); i++)
		if (!strcmp(configs[i].name, name))
			return configs[i].config;
	return NULL;
}

/* What a machine is started with. */
struct start {
	int filter;
	const char *config;
};

static void configure(struct boot *boot, const char *config)
{
	struct instance_fault fault;

	must(!config ||
	     instance_parse(config, strlen(config), INSTANCE_ALL, &boot->instance, &fault) == 0);
}

static void machine(int out, const void *arg)
{
	static struct boot boot;
	const struct start *start = arg;
	char line[1024];
	sigset_t set;
	int r;

	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	boot.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	boot.filters[PLAN_UDHCPC] = start->filter;
	configure(&boot, start->config);
	while (fcntl(out, F_DUPFD_CLOEXEC, 0) < 30) /* init has many files open */
		;
	r = stage_network(&boot);
	if (r < 0)
		snprintf(line, sizeof(line), "%s", reason());
	else
		dhcp_state(line, sizeof(line));
	(void)!write(out, line, strlen(line));
}

/* Of a process of its user, while it waits for an answer: status and limits; what it sees of files. */
static char udhcpc_status[16384], udhcpc_root[256];

static void read_proc(const char *pid, const char *name, char *ret, size_t size)
{
	char path[300];
	FILE *in;
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	in = fopen(path, "re");
	if (in) {
		n = fread(ret, 1, size - 1, in);
		fclose(in);
	}
	ret[n] = '\0';
}

static void look_at_udhcpc(void)
{
	DIR *proc = opendir("/proc");

	for (struct dirent *d; udhcpc_status[0] == '\0' && proc && (d = readdir(proc));) {
		char path[300], text[sizeof(udhcpc_status) / 2];
		DIR *root;

		read_proc(d->d_name, "status", text, sizeof(text));
		if (!strstr(text, "\nUid:\t104\t104\t104\t104\n"))
			continue;
		strcpy(udhcpc_status, text);
		read_proc(d->d_name, "limits", text, sizeof(text));
		strcat(udhcpc_status, text);
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

/* What the machine says, while the server serves. */
static void serve(const struct dhcp_server *server, int said, char *ret, size_t size)
{
	struct dhcp_exchange exchange = { 0 };
	int line = dhcp_line("peer");
	struct pollfd p[] = { { .fd = said, .events = POLLIN }, { .fd = line, .events = POLLIN } };
	ssize_t len = 0;

	while (poll(p, 2, PATIENCE_MS) > 0) {
		if (p[1].revents & POLLIN) {
			if (exchange.n == 0)
				look_at_udhcpc();
			dhcp_serve(line, server, &exchange);
		}
		if (p[0].revents) {
			len = read(said, ret, size - 1);
			break;
		}
	}
	ret[len > 0 ? len : 0] = '\0';
	if (exchange.hostname[0])
		snprintf(ret + strlen(ret), size - strlen(ret), " as %s", exchange.hostname);
	close(line);
}

static void run(size_t i, int filter, char *ret, size_t size)
{
	const struct start start = { filter, config_of(cases[i].name) };
	int said;
	pid_t pid;

	must(unshare(CLONE_NEWNET) == 0);
	pid = dhcp_machine(machine, &start, cases[i].setup, &said);
	serve(&cases[i].server, said, ret, size);
	(void)kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(said);
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
		{ "\nMax address space         16777216             16777216 ", "little memory" },
		{ "\nMax processes             4                    4 ", "few processes" },
	};

	for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++)
		ok(strstr(udhcpc_status, walls[i].line), walls[i].name);
	ok(!strcmp(udhcpc_root, "udhcpc udhcpc-hook ") ||
		   !strcmp(udhcpc_root, "udhcpc-hook udhcpc "),
	   "two files are all that it sees");
}

/* Kinds of interface that a kernel may lack, and how they are made. */
static bool possible(const char *setup)
{
	static const char *const kinds[][2] = {
		{ "bridge", "unshare -n ip link add try type bridge 2>/dev/null" },
		{ "macvlan", "unshare -n sh -c 'ip link add line type veth && "
			     "ip link add link line name try type macvlan' 2>/dev/null" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strstr(setup, kinds[i][0]) && system(kinds[i][1]) != 0)
			return false;
	return true;
}

/*
 * All at once, since some wait for what does not come. What each says comes through a pipe; -1: it
 * cannot be tried here.
 */
static int begin(size_t i, int filter)
{
	char said[1024];
	int fds[2];

	if (!possible(cases[i].setup))
		return -1;
	must(pipe2(fds, O_CLOEXEC) == 0);
	if (fork_child() == 0) {
		run(i, filter, said, sizeof(said));
		(void)!write(fds[1], said, strlen(said));
		_exit(0);
	}
	close(fds[1]);
	return fds[0];
}

static void finish(size_t i, int from)
{
	char said[1024];
	ssize_t n;

	if (from < 0) {
		tap_skip(cases[i].name, "this kernel lacks a kind of interface");
		return;
	}
	n = read(from, said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	is_str(said, cases[i].want, cases[i].name);
	close(from);
}

int main(void)
{
	int filter, from[ARRAY_SIZE(cases)];
	char said[1024];

	if (!dhcp_possible()) {
		printf("1..0 # SKIP only root can make interfaces, in namespaces of users\n");
		return 0;
	}
	filter = filter_of("initramfs/seccomp/udhcpc.list");
	run(0, filter, said, sizeof(said));
	is_str(said, cases[0].want, cases[0].name);
	test_walls();
	for (size_t i = 1; i < ARRAY_SIZE(cases); i++)
		from[i] = begin(i, filter);
	for (size_t i = 1; i < ARRAY_SIZE(cases); i++)
		finish(i, from[i]);
	close(filter);
	return tap_done();
}
