/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>

#include "tap.h"

#define ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static const char good[] = "rampart-plan/1\n"
			   "arg.00 /bin/server\n"
			   "arg.01 --greeting  two  spaces\n"
			   "container " ABC " 4096\n"
			   "container.manifest " ABC "\n"
			   "container.user 65534:0 nobody:root\n"
			   "debug 0\n"
			   "env.00 PATH=/bin\n"
			   "env.01 EMPTY=\n"
			   "image test-1\n"
			   "limit.cpu 150\n"
			   "limit.files 1024\n"
			   "limit.memory 268435456\n"
			   "limit.pids 32\n"
			   "model.00 a.gguf " ABC " 9007199254740993\n"
			   "port 8080\n"
			   "restart on-failure\n"
			   "restart.max 5\n"
			   "restart.window 600\n"
			   "scratch 0\n"
			   "seccomp.allow mlock mlock2 mlockall\n"
			   "seccomp.container " ABC " 2816\n"
			   "seccomp.dialer " ABC " 312\n"
			   "seccomp.gateway " ABC " 456\n"
			   "seccomp.launcher " ABC " 128\n"
			   "version 1.0~rc1+g2-3\n"
			   "workdir /srv\n";

/* Parses a heap copy of exactly len bytes, so that a read past it is a sanitizer report. */
static int parse(const char *text, size_t len, struct plan *plan, struct diag *diag)
{
	static char *copy;

	free(copy); /* the strings of the last plan live until here */
	copy = malloc(len ? len : 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, len);
	return plan_parse(copy, len, plan, diag);
}

static void test_good(void)
{
	struct plan p;
	struct diag diag;

	is_int(parse(good, strlen(good), &p, &diag), 0, "a plan with every key");
	is_int((int64_t)p.n_argv, 2, "arg: both");
	is_str(p.argv[0], "/bin/server", "arg: the program");
	is_str(p.argv[1], "--greeting  two  spaces", "arg: spaces inside are kept");
	ok(p.argv[2] == NULL, "arg: ends with NULL");
	ok(p.n_envp == 2 && !strcmp(p.envp[0], "PATH=/bin") && !strcmp(p.envp[1], "EMPTY=") &&
		   p.envp[2] == NULL,
	   "env: both, and NULL");
	is_str(p.image, "test-1", "image");
	ok(p.container.name == p.image && p.container.size == 4096, "container: name and size");
	ok(p.has_manifest && p.manifest.alg == HASH_SHA256 && p.manifest.bytes[0] == 0xba,
	   "container.manifest: its digest");
	is_str(p.user, "65534:0 nobody:root", "container.user");
	ok(p.n_model == 1 && !strcmp(p.model[0].name, "a.gguf"), "model: its name");
	ok(p.model[0].size == 9007199254740993, "model: its size, past 2^53");
	ok(p.model[0].digest.alg == HASH_SHA256 && p.model[0].digest.bytes[31] == 0xad,
	   "model: its digest");
	ok(p.limit_cpu == 150 && p.limit_memory == 268435456 && p.limit_pids == 32, "limits");
	ok(p.limit_files == 1024, "limit.files");
	ok(p.restart == PLAN_ON_FAILURE && p.restart_max == 5 && p.restart_window == 600,
	   "restart");
	is_str(p.seccomp_allow, "mlock mlock2 mlockall", "seccomp.allow");
	ok(p.seccomp[PLAN_CONTAINER].size == 2816 && p.seccomp[PLAN_DIALER].size == 312 &&
		   p.seccomp[PLAN_GATEWAY].size == 456 && p.seccomp[PLAN_LAUNCHER].size == 128,
	   "seccomp: four filters");
	is_str(p.seccomp[PLAN_GATEWAY].name, "gateway", "seccomp: their names");
	ok(p.port == 8080 && p.scratch == 0 && !p.debug, "port, scratch, debug");
	is_str(p.version, "1.0~rc1+g2-3", "version");
	is_str(p.workdir, "/srv", "workdir");
}

static void test_prefixes(void)
{
	size_t refused = 0;

	for (size_t n = 0; n < strlen(good); n++) {
		struct plan p, before;
		struct diag diag = { .what = NULL };

		memset(&p, 0x5a, sizeof(p));
		before = p;
		refused += parse(good, n, &p, &diag) < 0 && !memcmp(&p, &before, sizeof(p)) &&
			   diag.what && diag.off <= n;
	}
	is_int((int64_t)refused, (int64_t)strlen(good),
	       "every prefix is refused with a reason, the output untouched");
}

/* One edit of the good plan, what it must give, and where. */
static const struct {
	const char *from, *to; /* first occurrence */
	int want;
	const char *at; /* the line in the edited text that is blamed; NULL: the end */
	const char *what;
} edits[] = {
	{ "plan/1", "plan/2", -ENOTSUP, "rampart", "another version than \"rampart-plan/1\"" },
	{ "rampart", "Rampart", -EBADMSG, "Rampart", "does not start with \"rampart-plan/1\"" },
	{ "debug 0", "debug 2", -EPROTO, "debug", "debug is neither 0 nor 1" },
	{ "debug 0", "debug", -EBADMSG, "debug", "not \"key value\"" },
	{ "debug 0", "debug ", -EBADMSG, "debug", "value is empty or starts or ends with a space" },
	{ "debug 0", "debug  0", -EBADMSG, "debug",
	  "value is empty or starts or ends with a space" },
	{ "debug 0", "debug 0 ", -EBADMSG, "debug",
	  "value is empty or starts or ends with a space" },
	{ "debug 0\n", "debug 0\ndebug 0\n", -EPROTO, "debug 0\nenv",
	  "key is not after the one before it" },
	{ "debug 0\n", "", -EPROTO, NULL, "no debug" },
	{ "debug 0\n", "debug 0\n\n", -EBADMSG, "\nenv", "not \"key value\"" },
	{ "debug 0\n", "debug 0\ndecoy 1\n", -EPROTO, "decoy", "unknown key" },
	{ "debug 0\n", "debug\t0\n", -EBADMSG, "debug", "not printable ASCII" },
	{ "debug 0\n", "debug 0\r\n", -EBADMSG, "debug", "not printable ASCII" },
	{ "image test", "image t\xc3\xa9st", -EBADMSG, "image", "not printable ASCII" },
	{ "port 8080", "port 0", -EPROTO, "port", "port is zero" },
	{ "port 8080", "port 65536", -EPROTO, "port", "number too large" },
	{ "port 8080", "port 08080", -EPROTO, "port", "not a decimal number" },
	{ "port 8080", "port +8080", -EPROTO, "port", "not a decimal number" },
	{ "port 8080", "port 99999999999999999999", -EPROTO, "port", "number too large" },
	{ "scratch 0", "scratch 9223372036854775808", -EPROTO, "scratch", "number too large" },
	{ "limit.memory 268435456", "limit.memory 0", -EPROTO, "limit.m", "limit.memory is zero" },
	{ "limit.pids 32", "limit.pids 0", -EPROTO, "limit.p", "limit.pids is zero" },
	{ "arg.01", "arg.02", -EPROTO, "arg.02", "not the next number of this key" },
	{ "arg.01", "arg.1", -EPROTO, "arg.1", "not the next number of this key" },
	{ "arg.01", "arg.011", -EPROTO, "arg.011", "not the next number of this key" },
	{ "arg.00 /bin", "arg.00 bin", -EPROTO, "arg.00", "arg.00 is not an absolute path" },
	{ "env.01 EMPTY=", "env.01 EMPTY", -EPROTO, "env.01", "environment is not NAME=value" },
	{ "env.01 EMPTY=", "env.01 =EMPTY", -EPROTO, "env.01", "environment is not NAME=value" },
	{ "image test-1", "image -test", -EPROTO, "image",
	  "image is not a name of at most 63 [a-z0-9-]" },
	{ "image test-1", "image Test", -EPROTO, "image",
	  "image is not a name of at most 63 [a-z0-9-]" },
	{ "version 1.0", "version 1/0", -EPROTO, "version",
	  "version is not at most 63 [A-Za-z0-9.+~-]" },
	{ "workdir /srv", "workdir srv", -EPROTO, "workdir", "workdir is not an absolute path" },
	{ " 4096\n", "\n", -EPROTO, "container", "not \"sha256:<hex> <size>\"" },
	{ "manifest sha256:", "manifest sha512:", -EPROTO, "container.manifest",
	  "digest does not start with \"sha256:\"" },
	{ "65534:0 nobody", "nobody", -EPROTO, "container.user", "not \"<uid>:<gid> <name>\"" },
	{ "65534:0 nobody", "65534: nobody", -EPROTO, "container.user",
	  "not \"<uid>:<gid> <name>\"" },
	{ "65534:0 nobody:root", "65534:0", -EPROTO, "container.user",
	  "not \"<uid>:<gid> <name>\"" },
	{ " 4096\n", " 0\n", -EPROTO, "container", "container is empty" },
	{ "15ad 4096", "15a 4096", -EPROTO, "container", "digest is not 64 lower-case hex digits" },
	{ "container sha256:", "container sha512:", -EPROTO, "container",
	  "digest does not start with \"sha256:\"" },
	{ "a.gguf", "../a", -EPROTO, "model", "model name is not at most 127 [A-Za-z0-9._-]" },
	{ "a.gguf", "a/b", -EPROTO, "model", "model name is not at most 127 [A-Za-z0-9._-]" },
	{ "files 1024", "files 15", -EPROTO, "limit.files", "limit.files is less than 16" },
	{ "files 1024", "files 1048577", -EPROTO, "limit.files", "number too large" },
	{ "limit.files 1024\n", "", -EPROTO, NULL, "no limit.files" },
	{ "on-failure", "often", -EPROTO, "restart often",
	  "restart is not never, on-failure or always" },
	{ "on-failure", "never", -EPROTO, "restart.max",
	  "restart.max is 0 if and only if restart is never" },
	{ "max 5", "max 0", -EPROTO, "restart.max",
	  "restart.max is 0 if and only if restart is never" },
	{ "max 5", "max 101", -EPROTO, "restart.max", "number too large" },
	{ "window 600", "window 0", -EPROTO, "restart.window", "restart.window is zero" },
	{ "window 600", "window 86401", -EPROTO, "restart.window", "number too large" },
	{ "mlock mlock2", "mlock  mlock2", -EPROTO, "seccomp.allow",
	  "not names of system calls with one space between" },
	{ "mlock mlock2", "mlock MLOCK", -EPROTO, "seccomp.allow",
	  "not names of system calls with one space between" },
	{ "mlock mlock2", "mlock2 mlock", -EPROTO, "seccomp.allow", "system calls are not sorted" },
	{ "mlock mlock2", "mlock mlock", -EPROTO, "seccomp.allow", "system calls are not sorted" },
	{ " 2816", " 2817", -EPROTO, "seccomp.container",
	  "not the size of a filter: 8 to 32768 bytes in eights" },
	{ " 312", " 0", -EPROTO, "seccomp.dialer",
	  "not the size of a filter: 8 to 32768 bytes in eights" },
	{ " 456", " 32776", -EPROTO, "seccomp.gateway",
	  "not the size of a filter: 8 to 32768 bytes in eights" },
	{ "seccomp.launcher", "seccomp.nobody", -EPROTO, "seccomp.nobody", "unknown key" },
	{ "seccomp.launcher " ABC " 128\n", "", -EPROTO, NULL, "no seccomp.launcher" },
	{ "port", "model.01 a.gguf " ABC " 1\nport", -EPROTO, "model.01",
	  "model name appears twice" },
};

static void test_edits(void)
{
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		char text[sizeof(good) + 256];
		const char *hit = strstr(good, edits[i].from);
		size_t head = (size_t)(hit - good), off;
		struct diag diag = { .what = NULL };
		struct plan p;

		snprintf(text, sizeof(text), "%.*s%s%s", (int)head, good, edits[i].to,
			 hit + strlen(edits[i].from));
		off = edits[i].at ? (size_t)(strstr(text, edits[i].at) - text) : strlen(text);
		is_int(parse(text, strlen(text), &p, &diag), edits[i].want, edits[i].to);
		is_str(diag.what, edits[i].what, "  says what is wrong");
		is_int((int64_t)diag.off, (int64_t)off, "  and where");
	}
}

static void test_limits(void)
{
	static char text[PLAN_SIZE_MAX + 2];
	size_t len = 0;
	struct diag diag;
	struct plan p;

	memset(text, 'x', sizeof(text));
	text[PLAN_SIZE_MAX] = '\n';
	is_int(parse(text, PLAN_SIZE_MAX + 1, &p, &diag), -EFBIG, "one byte too large");
	len += (size_t)sprintf(text, "rampart-plan/1\n");
	for (int i = 0; i <= PLAN_ARGS_MAX; i++)
		len += (size_t)sprintf(text + len, "arg.%02d /x\n", i);
	is_int(parse(text, len, &p, &diag), -EFBIG, "one argument too many");
	is_str(diag.what, "too many of this key", "  says so");
	is_int(parse("a\0b\n", 4, &p, NULL), -EBADMSG, "a NUL, and nobody asks why");
}

int main(void)
{
	test_good();
	test_prefixes();
	test_edits();
	test_limits();
	parse("", 0, &(struct plan){ 0 }, NULL); /* frees the last copy */
	return tap_done();
}
