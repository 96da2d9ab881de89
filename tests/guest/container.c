/* SPDX-License-Identifier: MIT */
/*
 * The container as the launcher starts it, on this machine's kernel: namespaces, files, rights, by
 * the launcher's own code, without its control group. The image's program says what it finds. Needs
 * root, as in the toolbox.
 */
#define _GNU_SOURCE
#include "initramfs/container/container.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/reason.h"
#include "initramfs/common/service.h"
#include "initramfs/init/sysfs.h"
#include "measure/cmd/plan/seccomp.h"
#include "tests/lib/guestroot.h"
#include "tests/lib/tap.h"

static char said[16384]; /* what the program printed */
static int group;	 /* a control group without controllers */
static uint8_t *bpf[2];	 /* the container's filter, without netlink and with it */
static size_t bpf_len[2];
static rlim_t kernel_gives; /* processes and signals; 0: as it does */

static void compile(int which, const char *const *more)
{
	static const struct words none;
	struct rampart_error error;

	if (seccomp_compile("initramfs/seccomp/container.list", more, &none, &bpf[which],
			    &bpf_len[which], &error) < 0) {
		printf("Bail out! %s\n", error.text);
		exit(1);
	}
}

static void give(int what)
{
	const struct rlimit l = { kernel_gives, kernel_gives };

	if (kernel_gives && setrlimit(what, &l) < 0)
		_exit(1);
}

/* In the launcher's place: it has the filter, and its output is the test's. */
static void launch(struct container *c, int out)
{
	int filter = memfd_create("filter", MFD_CLOEXEC), which = c->plan.netlink_route, status, r;

	if (filter < 0 || write(filter, bpf[which], bpf_len[which]) != (ssize_t)bpf_len[which] ||
	    dup2(filter, SERVICE_CONTAINER_FILTER) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(1);
	give(RLIMIT_NPROC);
	give(RLIMIT_SIGPENDING);
	r = devices_find(c) ?: container_start(c);
	if (r < 0)
		dprintf(STDOUT_FILENO, "failed: %s\n", reason());
	else if (waitpid(c->pid, &status, 0) == c->pid && WIFSIGNALED(status))
		dprintf(STDOUT_FILENO, "failed: signal %d\n", WTERMSIG(status));
	_exit(0);
}

/* Starts a container of this plan and collects what its program says. */
static void run(const struct plan *plan)
{
	static struct container c;
	size_t len = 0;
	int out[2];
	ssize_t n;
	pid_t pid;

	c = (struct container){ .plan = *plan, .group = group };
	fflush(stdout);
	if (pipe(out) < 0)
		die("pipe");
	pid = fork();
	if (pid == 0) {
		close(out[0]);
		launch(&c, out[1]);
	}
	close(out[1]);
	while ((n = read(out[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(out[0]);
	waitpid(pid, NULL, 0);
}

/* The value of a line KEY=VALUE or KEY:VALUE that the program said. */
static const char *fact(const char *key)
{
	static char value[256];
	size_t len = strlen(key);

	for (const char *line = said; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (!strncmp(line, key, len) && (line[len] == '=' || line[len] == ':')) {
			line += len + 1;
			line += strspn(line, "\t ");
			snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\n"), line);
			return value;
		}
	snprintf(value, sizeof(value), "nothing of %.100s", key);
	return value;
}

static void is_fact(const char *key, const char *want, const char *name)
{
	if (!is_str(fact(key), want, name))
		printf("# %.600s\n", said);
}

/* A debug image's, so that its output is to be seen. */
static struct plan base(void)
{
	return (struct plan){
		.image = "test",
		.workdir = "/srv",
		.argv = { "/httpd", "facts" },
		.envp = { "A=1" },
		.user = "33:34 www",
		.uid = 33,
		.gid = 34,
		.limit_files = 64,
		.limit_pids = 16,
		.limit_memory = 64 << 20,
		.port = 8080,
		.debug = true,
	};
}

static const char nothing[] = "0000000000000000", read_only[] = "Read-only file system",
		  denied[] = "Permission denied";

static void no_rights(const char *who)
{
	static const char *const sets[] = { "status.CapInh", "status.CapPrm", "status.CapEff",
					    "status.CapBnd", "status.CapAmb" };
	char name[64];

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		snprintf(name, sizeof(name), "%s: nothing in %s after its execve(2)", who,
			 sets[i] + strlen("status."));
		is_fact(sets[i], nothing, name);
	}
	is_fact("status.NoNewPrivs", "1", "  and no new privileges");
}

static void test_shut(void)
{
	const struct plan plan = base();

	run(&plan);
	is_fact("id", "33:34 groups=0", "it is its image's user, without other groups");
	is_fact("user", "www", "which getpwuid(3) finds");
	no_rights("a user");
	is_fact("host", "test", "its host name is the image's");
	is_fact("cwd", "/srv", "its working directory");
	is_fact("env.A", "1", "its environment");
	is_fact("name.localhost", "127.0.0.1", "localhost is found");
	is_fact("name.test", "127.0.0.1", "its own name is found");
	is_fact("open./dev/stdin", "yes", "/dev/stdin");
	is_fact("open./dev/stdout", "yes", "/dev/stdout");
	is_fact("open./dev/stderr", "yes", "/dev/stderr");
	is_fact("open./dev/fd/1", "yes", "/dev/fd");
	is_fact("open./dev/tty", "No such file or directory", "there is no terminal");
	is_fact("write./", read_only, "its root is read-only");
	is_fact("write./tmp", read_only, "no scratch if the plan has none");
	is_fact("write./dev/shm", "No such file or directory", "no shm if the plan has none");
	is_fact("write./dev", read_only, "/dev is read-only");
	is_fact("write.comm", read_only, "/proc is read-only");
	is_fact("open./proc/sys/kernel/hostname", denied, "its settings are root's");
	is_fact("bind.80", denied, "it binds no port but its own");
	is_fact("connect.80", denied, "and connects to none");
	is_fact("netlink", "Address family not supported by protocol", "there is no netlink");
	is_fact("sys", "", "/sys is empty");
}

/* Both numbers of a line of /proc/self/limits. */
static void is_limit(const char *key, unsigned long want, const char *name)
{
	unsigned long soft = 0, hard = 0;
	const char *line = strstr(said, key);

	if (line)
		(void)sscanf(line + strlen(key), "%lu %lu", &soft, &hard);
	if (!ok(soft == want && hard == want, name))
		printf("# %lu and %lu, expected %lu\n# %.600s\n", soft, hard, want, said);
}

/* The kernel of a machine with 128 MiB gives 500 of each, and 1 GiB 4,000. */
static void test_limits(void)
{
	const struct plan plan = base();

	run(&plan);
	is_limit("limits.Max open files", 64, "it has as many open files as the plan says,");
	is_limit("limits.Max processes", 16, "as many processes,");
	is_limit("limits.Max pending signals", 1024, "and queued signals within reason");
	kernel_gives = 12;
	run(&plan);
	kernel_gives = 0;
	is_limit("limits.Max processes", 12, "where the kernel gives fewer processes, these,");
	is_limit("limits.Max pending signals", 12, "and as many signals");
	is_fact("id", "33:34 groups=0", "with which it runs");
}

static void test_root(void)
{
	struct plan plan = base();

	plan.user = "0:0 root";
	plan.uid = plan.gid = 0;
	plan.port = 80;
	run(&plan);
	is_fact("id", "0:0 groups=0", "an image of root: it is root in its own eyes");
	is_fact("user", "root", "  which getpwuid(3) finds");
	no_rights("root");
	is_fact("write./", read_only, "root: its root is read-only all the same");
	is_fact("bind.80", "yes", "a port below 1024 that is its own is bound");
	plan.user = NULL;
	run(&plan);
	is_fact("id", "1000:1000 groups=0", "an image of which nobody knows the user has one");
	plan.user = "4294967294:4294967294 last";
	plan.uid = plan.gid = UINT32_MAX - 1;
	run(&plan);
	is_fact("id", "-2:-2 groups=0", "the last id there is");
}

static void test_scratch(void)
{
	struct plan plan = base();

	plan.scratch = plan.shm = 1 << 20;
	plan.scratches[0] = (struct plan_scratch){ "/scratch", 1 << 20, true };
	plan.n_scratch = 1;
	run(&plan);
	is_fact("write./tmp", "yes", "scratch: /tmp is written to");
	is_fact("code./tmp", "Operation not permitted", "scratch: and is no code");
	is_fact("write./dev/shm", "yes", "shm: is written to");
	is_fact("code./dev/shm", "Operation not permitted", "shm: and is no code");
	is_fact("write./scratch", "yes", "scratch elsewhere: is written to");
	is_fact("code./scratch", "yes", "scratch elsewhere: is code, where the plan says so");
	is_fact("write./", read_only, "scratch: its root stays read-only");
	plan.scratch_exec = true;
	plan.scratches[0].exec = false;
	run(&plan);
	is_fact("code./tmp", "yes", "scratch: /tmp is code, where the plan says so");
	is_fact("code./scratch", "Operation not permitted",
		"scratch elsewhere: and then not there");
}

/* In init's place. */
static void make_sys(const struct plan *plan)
{
	if (mkdir(PLAN_SYS_DIR, 0755) < 0 || mount("sys", PLAN_SYS_DIR, "tmpfs", 0, NULL) < 0 ||
	    sysfs_copy(plan, "/sys", "/dev", PLAN_SYS_DIR) < 0 ||
	    mount(NULL, PLAN_SYS_DIR, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
		die(PLAN_SYS_DIR);
}

static void test_opened(void)
{
	struct plan plan = base();

	plan.loopback_any = true;
	run(&plan);
	is_fact("bind.80", "yes", "loopback: any port is bound");
	is_fact("connect.80", "yes", "loopback: and connected to");
	plan = base();
	plan.netlink_route = true;
	run(&plan);
	is_fact("netlink", "yes", "netlink: asks for interfaces");
	plan = base();
	plan.proc_comm = true;
	run(&plan);
	is_fact("write.comm", "yes", "proc: a thread's name is written");
	is_fact("open./proc/sys/kernel/hostname", denied, "proc: settings stay root's");
	is_fact("write./proc", "No such file or directory", "proc: no file is made");
	plan = base();
	plan.sys = PLAN_SYS_CPU;
	make_sys(&plan);
	run(&plan);
	is_fact("sys", "devices", "sys: processors, and nothing else");
	ok(strstr(fact("cpus.0"), "nothing") || strstr(said, "cpus.0"),
	   "sys: as the machine has them");
	is_fact("write./sys", read_only, "sys: is read-only");
}

static void test_writable(void)
{
	struct plan plan = base();

	plan.user = "0:0 root";
	plan.uid = plan.gid = 0;
	plan.writable = 16 << 20;
	plan.argv[0] = "/same";
	run(&plan);
	is_fact("write./etc", denied, "writable: not what is another user's");
	is_fact("cwd", "/srv", "writable: the image is there");
	is_fact("write./dev", read_only, "writable: /dev stays read-only");
	is_fact("write./proc", "No such file or directory", "writable: /proc stays as it is");
	is_fact("write.comm", read_only, "writable: /proc stays read-only");
	no_rights("writable");
	plan.argv[0] = "/link";
	run(&plan);
	is_fact("user", "root", "writable: links are links");
	plan.writable = 64 << 10;
	run(&plan);
	is_str(said, "failed: cannot enter its root: No space left on device\n",
	       "writable: an image that is too large for it");
}

int main(void)
{
	static const char *const more[] = { "initramfs/seccomp/container-netlink.list", NULL };

	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root for namespaces\n");
		return 0;
	}
	compile(false, NULL);
	compile(true, more);
	guestroot_enter(NULL, GUESTROOT_HTTPD, NULL);
	group = open(GUESTROOT_GROUPS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (group < 0)
		die(GUESTROOT_GROUPS);
	test_shut();
	test_limits();
	test_root();
	test_scratch();
	test_opened();
	test_writable();
	free(bpf[0]);
	free(bpf[1]);
	return tap_done();
}
