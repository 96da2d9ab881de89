/* SPDX-License-Identifier: MIT */
/* What is left of root in a confined process, as the kernel sees it, before and after execve(2). */
#define _GNU_SOURCE
#include "initramfs/common/confine.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/tap.h"

/* /proc/self/status as the child sees it; opened before, since an empty root has no /proc. */
static char status[8192];

static const char *field(const char *name)
{
	static char value[128];
	const char *hit = strstr(status, name);

	value[0] = '\0';
	if (hit)
		sscanf(hit + strlen(name), ":%127[^\n]", value);
	return value;
}

static void collect(int fd)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, status + len, sizeof(status) - 1 - len)) > 0)
		len += (size_t)n;
	status[len] = '\0';
	close(fd);
	wait(NULL);
}

/* "allow everything", as a filter of one instruction. */
static int filter(void)
{
	static const struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	int fd = memfd_create("filter", MFD_CLOEXEC);

	return fd >= 0 && write(fd, &all, sizeof(all)) == sizeof(all) ? fd : -1;
}

static int confine_all(void)
{
	return confine(UID_GATEWAY, 16, 0, filter());
}

static int confine_net(void)
{
	return confine_to_packets(UID_DHCP, "/", filter());
}

/* Runs step in a child and collects its status afterwards, directly or through cat(1). */
static void run(int (*step)(void), int exec)
{
	int out[2];

	if (pipe2(out, O_CLOEXEC) < 0)
		exit(1);
	if (fork() == 0) {
		int self = open("/proc/thread-self/status", O_RDONLY);
		char buf[8192];
		ssize_t n;

		if (step() < 0)
			_exit(1);
		if (exec) {
			dup2(out[1], STDOUT_FILENO);
			execl("/bin/cat", "cat", "/proc/self/status", NULL);
		}
		n = read(self, buf, sizeof(buf));
		(void)!write(out[1], buf, n > 0 ? (size_t)n : 0);
		_exit(0);
	}
	close(out[1]);
	collect(out[0]);
}

static void test_confine(void)
{
	run(confine_all, 0);
	is_str(field("Uid"), "\t101\t101\t101\t101", "confine: user");
	is_str(field("Gid"), "\t101\t101\t101\t101", "confine: group");
	is_str(field("Groups"), "\t ", "confine: no other group");
	is_str(field("CapInh"), "\t0000000000000000", "confine: nothing inheritable");
	is_str(field("CapPrm"), "\t0000000000000000", "confine: nothing permitted");
	is_str(field("CapEff"), "\t0000000000000000", "confine: nothing effective");
	is_str(field("CapBnd"), "\t0000000000000000", "confine: nothing can come back");
	is_str(field("CapAmb"), "\t0000000000000000", "confine: nothing ambient");
	is_str(field("NoNewPrivs"), "\t1", "confine: no new privileges");
	is_str(field("Seccomp"), "\t2", "confine: a filter of system calls");
}

static int confine_and_look(void)
{
	return confine_all() < 0 || access("/", W_OK) == 0 || access("/proc", F_OK) == 0 ? -1 : 0;
}

static void test_root(void)
{
	run(confine_and_look, 0);
	ok(status[0] != '\0', "confine: its root is empty and not its own to write");
}

/* Bit: CAP_NET_RAW 13. */
static void test_network(void)
{
	run(confine_net, 1);
	is_str(field("Uid"), "\t104\t104\t104\t104", "confine_to_packets: user");
	is_str(field("CapPrm"), "\t0000000000002000", "confine_to_packets: one permitted");
	is_str(field("CapEff"), "\t0000000000002000", "confine_to_packets: also effective");
	is_str(field("CapBnd"), "\t0000000000002000", "confine_to_packets: no other can come back");
	is_str(field("CapAmb"), "\t0000000000002000", "confine_to_packets: its children have them");
	is_str(field("NoNewPrivs"), "\t1", "confine_to_packets: no new privileges");
	is_str(field("Seccomp"), "\t2", "confine_to_packets: a filter of system calls");
}

int main(void)
{
	if (geteuid() != 0) {
		printf("1..0 # SKIP only root can give up root\n");
		return 0;
	}
	test_confine();
	test_root();
	test_network();
	return tap_done();
}
