/* SPDX-License-Identifier: MIT */
/* The plan's keys about what the container sees and may write to; whole plans: test-plan.c. */
#include <errno.h>
#include <stdlib.h>

#include "measure/lib/plan.h"
#include "tests/lib/planedit.h"
#include "tests/lib/tap.h"

#define ZERO "sha256:0000000000000000000000000000000000000000000000000000000000000000"

static const char good[] = "rampart-plan/1\n"
			   "arg.00 /bin/server\n"
			   "container " ZERO " 4096\n"
			   "container.user 65534:0 nobody:root\n"
			   "debug 0\n"
			   "device.00 dri/renderD9\n"
			   "gateway.concurrency 2 3\n"
			   "image test\n"
			   "isolate connection 2\n"
			   "limit.cpu 0\n"
			   "limit.files 1024\n"
			   "limit.memory 268435456\n"
			   "limit.pids 32\n"
			   "loopback any\n"
			   "netlink route\n"
			   "port 8080\n"
			   "proc comm\n"
			   "restart never\n"
			   "restart.max 0\n"
			   "restart.window 600\n"
			   "scratch 4096 exec\n"
			   "scratch.00 /run 8192\n"
			   "scratch.01 /var/cache/a.b 4096 exec\n"
			   "seccomp.container " ZERO " 8\n"
			   "seccomp.dialer " ZERO " 8\n"
			   "seccomp.gateway " ZERO " 8\n"
			   "seccomp.launcher " ZERO " 8\n"
			   "seccomp.quoter " ZERO " 8\n"
			   "seccomp.udhcpc " ZERO " 8\n"
			   "shm 65536\n"
			   "sys cpu\n"
			   "version 1\n"
			   "workdir /srv\n"
			   "writable 1048576\n";

#define NO_SCRATCH                                                                                \
	"not a path for scratch: plain segments of [A-Za-z0-9._~+,@:-], not below /dev, /model, " \
	"/proc, /sys or /tmp"

static const struct {
	const char *from, *to;
	int want;
	const char *line, *why;
} bad[] = {
	{ "65534:0 nobody", "65534:00 nobody", -EPROTO, "container.user",
	  "not \"<uid>:<gid> <name>\"" },
	{ "65534:0 nobody", "4294967295:0 nobody", -EPROTO, "container.user",
	  "not \"<uid>:<gid> <name>\"" },
	{ "65534:0 nobody", "65534:4294967295 nobody", -EPROTO, "container.user",
	  "not \"<uid>:<gid> <name>\"" },
	{ "65534:0 nobody", "00000000000000065534:0 nobody", -EPROTO, "container.user",
	  "not \"<uid>:<gid> <name>\"" },
	{ "connection 2", "request 2", -EPROTO, "isolate", "not \"connection <containers>\"" },
	{ "connection 2", "connection", -EPROTO, "isolate", "not \"connection <containers>\"" },
	{ "connection 2", "connection 02", -EPROTO, "isolate", "not a decimal number" },
	{ "connection 2", "connection 65", -EPROTO, "isolate", "number too large" },
	{ "connection 2", "connection 1", -EPROTO, "isolate",
	  "not as many containers as requests at once" },
	{ "connection 2", "connection 0", -EPROTO, "isolate",
	  "not as many containers as requests at once" },
	{ "gateway.concurrency 2 3\n", "", -EPROTO, "isolate",
	  "not as many containers as requests at once" },
	{ "loopback any", "loopback port", -EPROTO, "loopback", "loopback is not any" },
	{ "netlink route", "netlink audit", -EPROTO, "netlink", "netlink is not route" },
	{ "proc comm", "proc mem", -EPROTO, "proc", "proc is not comm" },
	{ "sys cpu", "sys all", -EPROTO, "sys", "sys is neither cpu nor gpu" },
	{ "shm 65536", "shm 0", -EPROTO, "shm", "a size of zero" },
	{ "shm 65536", "shm 65536 exec", -EPROTO, "shm", "not a decimal number" },
	{ "writable 1048576", "writable 0", -EPROTO, "writable", "a size of zero" },
	{ "writable 1048576", "writable 9223372036854775808", -EPROTO, "writable",
	  "number too large" },
	{ "scratch 4096 exec", "scratch 0 exec", -EPROTO, "scratch", "scratch of zero is exec" },
	{ "scratch 4096 exec", "scratch 4096 noexec", -EPROTO, "scratch", "not a decimal number" },
	{ "scratch 4096 exec", "scratch 4096 exec exec", -EPROTO, "scratch",
	  "not a decimal number" },
	{ "/run 8192", "/run", -EPROTO, "scratch.00", "not \"<path> <size>\"" },
	{ "/run 8192", "/run 0", -EPROTO, "scratch.00", "a size of zero" },
	{ "/run 8192", "/var 8192", -EPROTO, "scratch.01", "a path of scratch is below another" },
	{ "/run 8192", "/w 8192", -EPROTO, "scratch.01",
	  "paths of scratch are not sorted, or one appears twice" },
	{ "/run 8192", "/var/cache/a.b 1", -EPROTO, "scratch.01",
	  "paths of scratch are not sorted, or one appears twice" },
	{ "/run 8192", "run 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/ 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/run/ 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/a//b 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/a/../b 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/a/. 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/a\\b 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/dev 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/dev/shm 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/proc/x 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/model/x 8192", -EPROTO, "scratch.00", NO_SCRATCH },
	{ "/run 8192", "/tmp 8192", -EPROTO, "scratch.00", NO_SCRATCH },
};

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *text = plan_edit(good, bad[i].from, bad[i].to);
		struct diag diag = { 0 };
		struct plan p;

		is_int(plan_parse_text(text, &p, &diag), bad[i].want, bad[i].to);
		is_str(diag.what, bad[i].why, "  for this reason");
		ok(!strncmp(text + diag.off, bad[i].line, strlen(bad[i].line)), "  of this line");
	}
}

/* What plan_edit() made, and of sys cpu the other word. */
static int parse_gpu(const char *from, const char *to, struct plan *plan, struct diag *diag)
{
	char *text = strdup(plan_edit(good, from, to));
	int r;

	if (!text)
		return -ENOMEM;
	memcpy(strstr(text, "sys cpu"), "sys gpu", 7);
	r = plan_parse_text(text, plan, diag);
	free(text);
	return r;
}

static void test_gpu(void)
{
	struct diag diag = { 0 };
	struct plan p;

	is_int(parse_gpu("", "", &p, &diag), 0, "sys gpu");
	is_int(p.sys, PLAN_SYS_GPU, "  which is more than cpu");
	is_int(parse_gpu("device.00 dri/renderD9\n", "", &p, &diag), -EPROTO,
	       "sys gpu without a device");
	is_str(diag.what, "sys is gpu, and no device is passed", "  and why not");
}

int main(void)
{
	struct diag diag = { 0 };
	struct plan p;

	is_int(plan_parse_text(good, &p, &diag), 0, "a plan with every key that opens something");
	ok(p.scratch == 4096 && p.scratch_exec, "scratch, exec");
	ok(p.n_scratch == 2 && !strcmp(p.scratches[0].path, "/run") &&
		   p.scratches[0].size == 8192 && !p.scratches[0].exec &&
		   !strcmp(p.scratches[1].path, "/var/cache/a.b") && p.scratches[1].size == 4096 &&
		   p.scratches[1].exec,
	   "scratch elsewhere: both");
	ok(p.shm == 65536 && p.writable == 1048576, "shm, writable");
	is_int((long)p.pool, 2, "isolate: containers");
	ok(p.loopback_any && p.netlink_route && p.proc_comm && p.sys == PLAN_SYS_CPU,
	   "loopback, netlink, proc, sys");
	is_int(plan_parse_text(plan_edit(good, "writable 1048576\n", ""), &p, &diag), 0,
	       "one without");
	is_int((int64_t)p.writable, 0, "  has none");
	test_bad();
	test_gpu();
	return tap_done();
}
