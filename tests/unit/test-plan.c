/* SPDX-License-Identifier: MIT */
#include "measure/lib/plan.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/lib/planedit.h"
#include "tests/lib/tap.h"

#define PARAMETER_NAME "a module's parameter is not name=value, with a name of [A-Za-z0-9_]"
#define ABC	       "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static const char good[] = "rampart-plan/1\n"
			   "arg.00 /bin/server\n"
			   "arg.01 --greeting  two  spaces\n"
			   "container " ABC " 4096\n"
			   "container.manifest " ABC "\n"
			   "container.user 65534:0 nobody:root\n"
			   "debug 0\n"
			   "device.00 dri/renderD9\n"
			   "device.01 dri/renderD128\n"
			   "env.00 PATH=/bin\n"
			   "env.01 EMPTY=\n"
			   "gateway.allow.00 GET /a\n"
			   "gateway.allow.01 GET /a/*\n"
			   "gateway.allow.02 POST /a.b/c-d\n"
			   "gateway.body 4096\n"
			   "image test-1\n"
			   "limit.cpu 150\n"
			   "limit.files 1024\n"
			   "limit.memory 268435456\n"
			   "limit.pids 32\n"
			   "model.00 a.gguf " ABC " 9007199254740993\n"
			   "model.01 big.gguf fsverity-" ABC " 4096 volume\n"
			   "model.02 llm/one.bin " ABC " 0\n"
			   "model.03 llm/two.bin fsverity-" ABC " 1\n"
			   "module.00 drm-2 " ABC " 20\n"
			   "module.01 virtio_blk " ABC " 10 volume\n"
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
			   "seccomp.quoter " ABC " 512\n"
			   "seccomp.udhcpc " ABC " 640\n"
			   "version 1.0~rc1+g2-3\n"
			   "workdir /srv\n";

static void test_good(void)
{
	struct plan p;
	struct diag diag;

	is_int(plan_parse_copy(good, strlen(good), &p, &diag), 0, "a plan with every key");
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
	ok(p.n_device == 2 && !strcmp(p.device[0], "dri/renderD9") &&
		   !strcmp(p.device[1], "dri/renderD128"),
	   "device: both");
	ok(p.limit_cpu == 150 && p.limit_memory == 268435456 && p.limit_pids == 32, "limits");
	ok(p.limit_files == 1024, "limit.files");
	ok(p.restart == PLAN_ON_FAILURE && p.restart_max == 5 && p.restart_window == 600,
	   "restart");
	ok(p.n_allow == 3 && !strcmp(p.allow[1].method, "GET") && !strcmp(p.allow[1].path, "/a/") &&
		   p.allow[1].below && !p.allow[0].below && !strcmp(p.allow[2].path, "/a.b/c-d"),
	   "gateway.allow");
	ok(p.has_body && p.body == 4096 && !p.raw, "gateway.body");
	is_str(p.seccomp_allow, "mlock mlock2 mlockall", "seccomp.allow");
	ok(p.seccomp[PLAN_CONTAINER].size == 2816 && p.seccomp[PLAN_DIALER].size == 312 &&
		   p.seccomp[PLAN_GATEWAY].size == 456 && p.seccomp[PLAN_LAUNCHER].size == 128 &&
		   p.seccomp[PLAN_QUOTER].size == 512 && p.seccomp[PLAN_UDHCPC].size == 640,
	   "seccomp: six filters");
	is_str(p.seccomp[PLAN_GATEWAY].name, "gateway", "seccomp: their names");
	ok(p.port == 8080 && p.scratch == 0 && !p.debug, "port, scratch, debug");
	ok(p.uid == 65534 && p.gid == 0, "container.user: its numbers");
	is_str(p.version, "1.0~rc1+g2-3", "version");
	is_str(p.workdir, "/srv", "workdir");
}

static void test_text(void)
{
	static const char *const args[] = { "/bin/server\nversion 2", "\t\\n", "", " ", "x: ",
					    "mod\xc3\xa8le" };
	const char *text = plan_edit(good, "/bin/server\narg.01 --greeting  two  spaces\n",
				     "/bin/server\\nversion 2\narg.01 \\t\\\\n\narg.02 \\&\n"
				     "arg.03 \\x20\narg.04 x:\\x20\narg.05 mod\\xc3\\xa8le\n");
	struct plan p;

	is_int(plan_parse_copy(text, strlen(text), &p, NULL), 0,
	       "a plan with arguments of any bytes");
	is_int((int64_t)p.n_argv, 6, "text: each is one argument");
	for (size_t i = 0; i < p.n_argv && i < 6; i++)
		is_str(p.argv[i], args[i], "text: an argument as it was");
	is_str(p.version, "1.0~rc1+g2-3", "text: a line break begins no line");
	text = plan_edit(good, "EMPTY=", "A\\nB=\\x20");
	is_int(plan_parse_copy(text, strlen(text), &p, NULL), 0,
	       "a plan with a variable of any bytes");
	is_str(p.n_envp == 2 ? p.envp[1] : "", "A\nB= ", "text: a variable as it was");
	text = plan_edit(good, "workdir /srv", "workdir /a\\nb c\\x20");
	is_int(plan_parse_copy(text, strlen(text), &p, NULL), 0,
	       "a plan with a workdir of any bytes");
	is_str(p.workdir, "/a\nb c ", "text: workdir as it was");
	text = plan_edit(good, "nobody:root", "a\\\\b:root");
	is_int(plan_parse_copy(text, strlen(text), &p, NULL), 0, "a plan with a user of any bytes");
	is_str(p.user, "65534:0 a\\b:root", "text: user as it was");
}

static void test_good_files(void)
{
	struct plan p;

	is_int(plan_parse_copy(good, strlen(good), &p, NULL), 0, "a plan with models and modules");
	is_int((int64_t)p.n_model, 4, "model: every file");
	is_str(p.model[0].name, "a.gguf", "model: its name");
	ok(p.model[0].size == 9007199254740993, "model: its size, past 2^53");
	ok(p.model[0].digest.alg == HASH_SHA256 && p.model[0].digest.bytes[31] == 0xad,
	   "model: its digest");
	ok(!p.model[0].fsverity && !p.model[0].volume, "model: of its bytes, in the initramfs");
	is_str(p.model[1].name, "big.gguf", "model: the name of one on a volume");
	ok(p.model[1].fsverity && p.model[1].volume && p.model[1].size == 4096,
	   "model: the digest of fs-verity, on a volume");
	ok(p.model[1].digest.alg == HASH_SHA256 && p.model[1].digest.bytes[0] == 0xba &&
		   p.model[1].digest.bytes[31] == 0xad,
	   "model: which is a sha256, too");
	is_str(p.model[3].name, "llm/two.bin", "model: the name of one file of several");
	ok(p.model[3].fsverity && !p.model[3].volume && p.model[3].size == 1,
	   "model: the digest of fs-verity, in the initramfs");
	ok(p.models_size == 9007199254740993 + 4096 + 0 + 1, "model: all sizes together");
	is_int((int64_t)p.n_module, 2, "module: both");
	ok(!strcmp(p.module[0].name, "drm-2") && p.module[0].size == 20 && !p.module[0].volume,
	   "module: name and size");
	ok(!strcmp(p.module[1].name, "virtio_blk") && p.module[1].size == 10 && p.module[1].volume,
	   "module: one that reads a volume");
	ok(p.module[1].digest.alg == HASH_SHA256 && p.module[1].digest.bytes[0] == 0xba &&
		   !p.module[1].fsverity,
	   "module: its digest");
}

static void test_prefixes(void)
{
	size_t refused = 0;

	for (size_t n = 0; n < strlen(good); n++) {
		struct plan p, before;
		struct diag diag = { .what = NULL };

		memset(&p, 0x5a, sizeof(p));
		before = p;
		refused += plan_parse_copy(good, n, &p, &diag) < 0 &&
			   !memcmp(&p, &before, sizeof(p)) && diag.what && diag.off <= n;
	}
	is_int((int64_t)refused, (int64_t)strlen(good),
	       "every prefix is refused with a reason, the output untouched");
}

#define NO_ESCAPE "a backslash that begins none of \\\\ \\n \\t \\xHH"
#define UNSORTED  "allowed requests are not sorted, or one appears twice"
#define UNPLAIN                                                                                    \
	"not a path that the gateway can allow: plain segments, or those and \"/*\", and not its " \
	"own"
#define OTHERWISE "a character that is written in another way (\\n, \\t, \\xHH or itself)"

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
	{ "debug 0\n", "debug 0\ndebug 0\n", -EPROTO, "debug 0\ndevice",
	  "key is not after the one before it" },
	{ "debug 0\n", "", -EPROTO, NULL, "no debug" },
	{ "debug 0\n", "debug 0\n\n", -EBADMSG, "\ndevice", "not \"key value\"" },
	{ "debug 0\n", "debug 0\ndecoy 1\n", -EPROTO, "decoy", "unknown key" },
	{ "debug 0\n", "debug\t0\n", -EBADMSG, "debug", "not printable ASCII" },
	{ "debug 0\n", "debug 0\r\n", -EBADMSG, "debug", "not printable ASCII" },
	{ "image test", "image t\xc3\xa9st", -EBADMSG, "image", "not printable ASCII" },
	{ "GET /a\n", "GET /b\n", -EPROTO, "gateway.allow.01", UNSORTED },
	{ "GET /a\n", "GET /a/*\n", -EPROTO, "gateway.allow.01", UNSORTED },
	{ "GET /a\n", "get /a\n", -EPROTO, "gateway.allow.00", "not \"METHOD /path\"" },
	{ "GET /a\n", "GET\n", -EPROTO, "gateway.allow.00", "not \"METHOD /path\"" },
	{ "GET /a\n", "GET a\n", -EPROTO, "gateway.allow.00", UNPLAIN },
	{ "GET /a\n", "GET /a//b\n", -EPROTO, "gateway.allow.00", UNPLAIN },
	{ "GET /a\n", "GET /./a\n", -EPROTO, "gateway.allow.00", UNPLAIN },
	{ "GET /a\n", "GET /a/..\n", -EPROTO, "gateway.allow.00", UNPLAIN },
	{ "GET /a\n", "GET /a?b\n", -EPROTO, "gateway.allow.00", UNPLAIN },
	{ "GET /a\n", "GET /%61\n", -EPROTO, "gateway.allow.00", UNPLAIN },
	{ "GET /a\n", "GET /*a\n", -EPROTO, "gateway.allow.00", UNPLAIN },
	{ "GET /a\n", "GET /.well-known/rampart\n", -EPROTO, "gateway.allow.00", UNPLAIN },
	{ "GET /a\n", "GET /.well-known/rampart/*\n", -EPROTO, "gateway.allow.00", UNPLAIN },
	{ "gateway.body 4096", "gateway.body 4k", -EPROTO, "gateway.body", "not a decimal number" },
	{ "gateway.body 4096", "gateway.body 4096\ngateway.raw 1", -EPROTO, "gateway.raw",
	  "gateway.raw beside rules, which it would go round" },
	{ "gateway.body 4096", "gateway.body 4096\ngateway.raw 0", -EPROTO, "gateway.raw",
	  "gateway.raw is not 1" },
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
	{ "env.01 EMPTY=", "env.01 \\&", -EPROTO, "env.01", "environment is not NAME=value" },
	{ "env.01 EMPTY=", "env.01 PATH=", -EPROTO, "env.01",
	  "a variable of the environment appears twice" },
	{ "arg.00 /", "arg.00 \\x2f", -EPROTO, "arg.00", OTHERWISE },
	{ "arg.00 /bin/server", "arg.00 \\&", -EPROTO, "arg.00", "arg.00 is not an absolute path" },
	{ "arg.00 ", "arg.000 ", -EPROTO, "arg.01", "not the next number of this key" },
	{ "arg.00 /bin/server\narg.01", "arg.000 /bin/server\narg.001", -EPROTO, NULL,
	  "numbers of three digits where two are enough" },
	{ "device.00 ", "device.000 ", -EPROTO, "device.000", "not the next number of this key" },
	{ "workdir /srv", "workdir \\&", -EPROTO, "workdir", "workdir is not an absolute path" },
	{ "workdir /srv", "workdir \\x2fsrv", -EPROTO, "workdir", OTHERWISE },
	{ "nobody:root", "a\\b:root", -EPROTO, "container.user", NO_ESCAPE },
	{ "image test-1", "image \\&", -EPROTO, "image",
	  "image is not a name of at most 63 [a-z0-9-]" },
	{ "image test-1", "image -test", -EPROTO, "image",
	  "image is not a name of at most 63 [a-z0-9-]" },
	{ "image test-1", "image Test", -EPROTO, "image",
	  "image is not a name of at most 63 [a-z0-9-]" },
	{ "version 1.0", "version 1/0", -EPROTO, "version",
	  "version is not at most 63 [A-Za-z0-9.+~-]" },
	{ "workdir /srv", "workdir srv", -EPROTO, "workdir", "workdir is not an absolute path" },
	{ " 4096\n", "\n", -EPROTO, "container", "not \"<digest> <size>\"" },
	{ "manifest sha256:", "manifest sha512:", -EPROTO, "container.manifest",
	  "digest does not start with \"sha256:\"" },
	{ "65534:0 nobody", "nobody", -EPROTO, "container.user", "not \"<uid>:<gid> <name>\"" },
	{ "65534:0 nobody", "65534: nobody", -EPROTO, "container.user",
	  "not \"<uid>:<gid> <name>\"" },
	{ "65534:0 nobody:root", "65534:0", -EPROTO, "container.user",
	  "not \"<uid>:<gid> <name>\"" },
	{ " 4096\n", " 0\n", -EPROTO, "container", "container is empty" },
	{ " 4096\n", " 4096 volume\n", -EPROTO, "container",
	  "container on a volume without a digest of fs-verity" },
	{ " 4096\n", " 4096 disk\n", -EPROTO, "container", "not a decimal number" },
	{ "15ad 4096", "15a 4096", -EPROTO, "container", "digest is not 64 lower-case hex digits" },
	{ "container sha256:", "container sha512:", -EPROTO, "container",
	  "digest does not start with \"sha256:\"" },
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
	{ "max 5", "max unlimited5", -EPROTO, "restart.max", "not a decimal number" },
	{ "on-failure\nrestart.max 5", "never\nrestart.max unlimited", -EPROTO, "restart.max",
	  "restart.max is 0 if and only if restart is never" },
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
};

static void test_unlimited(void)
{
	const char *text = plan_edit(good, "max 5", "max unlimited");
	struct plan p;

	is_int(plan_parse_copy(text, strlen(text), &p, NULL), 0, "restart.max unlimited");
	ok(p.restart_max == PLAN_UNLIMITED, "  which no number is");
}

static void refuse(const char *from, const char *to, int want, const char *at, const char *what)
{
	const char *text = plan_edit(good, from, to);
	size_t off = at ? (size_t)(strstr(text, at) - text) : strlen(text);
	struct diag diag = { .what = NULL };
	struct plan p;

	is_int(plan_parse_copy(text, strlen(text), &p, &diag), want, to);
	is_str(diag.what, what, "  says what is wrong");
	is_int((int64_t)diag.off, (int64_t)off, "  and where");
}

static void test_edits(void)
{
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++)
		refuse(edits[i].from, edits[i].to, edits[i].want, edits[i].at, edits[i].what);
}

#define TEN	 "0123456789"
#define CHARS_36 TEN TEN TEN "012345"
#define CHARS_62 TEN TEN TEN TEN TEN TEN "01"
#define BAD_NAME "model name is not at most 127 [A-Za-z0-9._-], or two such with a slash between"

/* Breaks a rule in the line that begins with the key; -EPROTO. */
static const struct {
	const char *from, *to;
	const char *key;
	const char *what;
} file_edits[] = {
	{ "a.gguf ", "../a ", "model.00", BAD_NAME },
	{ "a.gguf ", ".a ", "model.00", BAD_NAME },
	{ "a.gguf ", "a:b ", "model.00", BAD_NAME },
	{ "a.gguf ", "/a ", "model.00", BAD_NAME },
	{ "a.gguf ", "a/ ", "model.00", BAD_NAME },
	{ "a.gguf ", "a//b ", "model.00", BAD_NAME },
	{ "a.gguf ", "a/.b ", "model.00", BAD_NAME },
	{ "a.gguf ", "a/.. ", "model.00", BAD_NAME },
	{ "a.gguf ", "a/b/c ", "model.00", BAD_NAME },
	{ "a.gguf ", "a/b: ", "model.00", BAD_NAME },
	{ "a.gguf ", CHARS_62 CHARS_62 "0123 ", "model.00", BAD_NAME },
	{ "a.gguf ", CHARS_62 "/" CHARS_62 "012 ", "model.00", BAD_NAME },
	{ "a.gguf ", "c.gguf ", "model.01", "model names are not sorted, or one appears twice" },
	{ "a.gguf ", "big.gguf ", "model.01", "model names are not sorted, or one appears twice" },
	{ "llm/one.bin", "llm/two.bin", "model.03",
	  "model names are not sorted, or one appears twice" },
	{ "big.gguf", "a.gguf/x", "model.01", "a model of several files has the name of a file" },
	{ "big.gguf fsverity-" ABC " 4096 volume\nmodel.02 llm",
	  "a.gguf-2 " ABC " 1\nmodel.02 a.gguf", "model.02",
	  "a model of several files has the name of a file" },
	{ " 1\nmodule", " 1 volume\nmodule", "model.03", "a model is partly on a volume" },
	{ " 0\nmodel.03", " 2 volume\nmodel.03", "model.03", "a model is partly on a volume" },
	{ "big.gguf", "b" CHARS_36, "model.01",
	  "name does not fit the 36 characters of a partition's" },
	{ "4096 volume", "0 volume", "model.01", "a file on a volume is empty" },
	{ "9007199254740993", "9223372036854775808", "model.00", "number too large" },
	{ "9007199254740993", "9223372036854771712", "model.01",
	  "number too large: the sizes of all models together" },
	{ "9007199254740993", "9223372036854771711", "model.03",
	  "number too large: the sizes of all models together" },
	{ " " ABC " 9007199254740993", "", "model.00", "not \"<name> <digest> <size>\"" },
	{ " " ABC " 9007199254740993", " volume", "model.00", "not \"<name> <digest> <size>\"" },
	{ " 9007199254740993", "", "model.00", "not \"<digest> <size>\"" },
	{ " 9007199254740993", " volume", "model.00", "not \"<digest> <size>\"" },
	{ " 4096 volume", " 4096 volumes", "model.01", "not a decimal number" },
	{ " 4096 volume", " 4096  volume", "model.01", "not a decimal number" },
	{ " 4096 volume", " 4096 volume volume", "model.01", "not a decimal number" },
	{ "fsverity-sha256", "fsverity-sha512", "model.01",
	  "digest does not start with \"sha256:\"" },
	{ "fsverity-sha256", "fsveritysha256", "model.01",
	  "digest does not start with \"sha256:\"" },
	{ "fsverity-sha256:ba", "fsverity-sha256:BA", "model.01",
	  "digest is not 64 lower-case hex digits" },
	{ "15ad 4096 volume", "15ad0 4096 volume", "model.01",
	  "digest is not 64 lower-case hex digits" },
	{ "model.01", "model.02", "model.02", "not the next number of this key" },
	{ "container sha256", "container fsverity-sha256", "container",
	  "digest does not start with \"sha256:\"" },
	{ "manifest sha256", "manifest fsverity-sha256", "container.manifest",
	  "digest does not start with \"sha256:\"" },
	{ "gateway sha256", "gateway fsverity-sha256", "seccomp.gateway",
	  "digest does not start with \"sha256:\"" },
	{ "drm-2 sha256", "drm-2 fsverity-sha256", "module.00",
	  "digest does not start with \"sha256:\"" },
	{ "drm-2", "Drm", "module.00", "module name is not at most 63 [a-z0-9_-]" },
	{ "drm-2", "drm.ko", "module.00", "module name is not at most 63 [a-z0-9_-]" },
	{ "drm-2", "gpu/drm", "module.00", "module name is not at most 63 [a-z0-9_-]" },
	{ "drm-2", CHARS_62 "23", "module.00", "module name is not at most 63 [a-z0-9_-]" },
	{ "drm-2", "virtio_blk", "module.01", "module appears twice" },
	{ " 20\n", "\n", "module.00", "not \"<digest> <size>\"" },
	{ " 10 volume", " 10 Volume", "module.01", PARAMETER_NAME },
	{ "module.01", "module.02", "module.02", "not the next number of this key" },
};

static void test_file_edits(void)
{
	for (size_t i = 0; i < sizeof(file_edits) / sizeof(file_edits[0]); i++)
		refuse(file_edits[i].from, file_edits[i].to, -EPROTO, file_edits[i].key,
		       file_edits[i].what);
}

/* The other side of the rules that the edits above break. */
static void test_accepted(void)
{
	static const struct {
		const char *from, *to, *name;
	} fine[] = {
		{ "a.gguf ", "A-z_0.9 ", "model: every kind of character in its name" },
		{ "a.gguf ", "a/b.x ", "model: a single file of a folder" },
		{ "a.gguf ", CHARS_62 CHARS_62 "012 ", "model: a name of 127 characters" },
		{ "a.gguf ", CHARS_62 "/" CHARS_62 "01 ", "model: and such a one with a slash" },
		{ "big.gguf", "b" TEN TEN TEN "01234",
		  "model: a name of 36 characters on a volume" },
		{ "4096 volume", "1 volume", "model: a file of one byte on a volume" },
		{ " 1\nmodule", " 1\nmodel.04 llm0/one.bin " ABC " 1 volume\nmodule",
		  "model: one whole on a volume beside one that is not" },
		{ "big.gguf", "a.gguf-x", "model: a name that another begins with" },
		{ "9007199254740993", "9223372036854771710", "model: INT64_MAX bytes together" },
		{ "9007199254740993", "0", "model: an empty file in the initramfs" },
		{ "drm-2", CHARS_62 "2", "module: a name of 63 characters" },
		{ "drm-2", "a-b_c", "module: a name with - and _" },
		{ "dri/renderD9", "dri/renderD0", "device: the first number" },
		{ "dri/renderD9", "dri/renderD999", "device: three digits" },
		{ "device.00 dri/renderD9\ndevice.01 dri/renderD128\n", "", "device: none" },
		{ "module.00 drm-2 " ABC " 20\nmodule.01 virtio_blk " ABC " 10 volume\n", "",
		  "module: none" },
	};

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		const char *text = plan_edit(good, fine[i].from, fine[i].to);
		struct diag diag = { .what = "nothing" };
		struct plan p;

		if (!is_int(plan_parse_copy(text, strlen(text), &p, &diag), 0, fine[i].name))
			printf("# %s\n", diag.what);
	}
}

static void test_digest_text(void)
{
	struct plan_file file = { .size = 7 }, back = { .size = 7 };
	const char *why = NULL;
	char text[PLAN_DIGEST_MAX];

	is_int(plan_digest_parse(ABC, &file, &why), 0, "digest_parse: of bytes");
	ok(!file.fsverity && file.digest.alg == HASH_SHA256 && file.digest.bytes[1] == 0x78,
	   "digest_parse: its bytes");
	plan_digest_text(&file, text);
	is_str(text, ABC, "digest_text: and back");
	is_int(plan_digest_parse("fsverity-" ABC, &back, &why), 0, "digest_parse: of fs-verity");
	ok(back.fsverity && digest_equal(&back.digest, &file.digest), "digest_parse: its bytes");
	plan_digest_text(&back, text);
	is_str(text, "fsverity-" ABC, "digest_text: and back");
	is_int(plan_digest_parse("sha256:00", &back, &why), -EPROTO, "digest_parse: a short one");
	is_str(why, "digest is not 64 lower-case hex digits", "digest_parse: says why");
	ok(back.fsverity && digest_equal(&back.digest, &file.digest) && back.size == 7,
	   "digest_parse: a failure leaves the output untouched");
}

/* One more of a numbered key than there may be; the 101st of two digits as ":0", in order. */
static void refuse_many(const char *key, size_t max, const char *before, const char *after)
{
	static char text[PLAN_SIZE_MAX];
	size_t len = (size_t)sprintf(text, "rampart-plan/1\n"), last = 0;
	struct diag diag = { .what = NULL };
	struct plan p;

	for (size_t i = 0; i <= max; i++) {
		last = len;
		if (max > 100)
			len += (size_t)sprintf(text + len, "%s.%03zu", key, i);
		else
			len += (size_t)sprintf(text + len, "%s.%c%zu", key, (char)('0' + i / 10),
					       i % 10);
		len += (size_t)sprintf(text + len, " %s%zu%s\n", before, 100 + i, after);
	}
	is_int(plan_parse_copy(text, len, &p, &diag), -EFBIG, key);
	is_str(diag.what, "too many of this key", "  one more than there may be");
	is_int((int64_t)diag.off, (int64_t)last, "  and no one before it");
}

/* n arguments and variables after the good plan's own lines, numbered with width digits. */
static int parse_many(size_t n, int width, struct plan *plan)
{
	static char text[PLAN_SIZE_MAX];
	const char *rest = strstr(good, "container "), *image = strstr(good, "image ");
	size_t len = (size_t)sprintf(text, "rampart-plan/1\n");

	for (size_t i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, "arg.%0*zu /%zu\n", width, i, i);
	len += (size_t)sprintf(text + len, "%.*s", (int)(strstr(rest, "env.") - rest), rest);
	for (size_t i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, "env.%0*zu N%zu=\n", width, i, i);
	len += (size_t)sprintf(text + len, "%s", image);
	return plan_parse_copy(text, len, plan, NULL);
}

static void test_many(void)
{
	struct plan p;

	is_int(parse_many(100, 2, &p), 0, "many: 100 with two digits");
	ok(p.n_argv == 100 && p.n_envp == 100 && !p.argv[100], "  and all are there");
	is_int(parse_many(100, 3, &p), -EPROTO, "many: 100 with three digits");
	is_int(parse_many(101, 3, &p), 0, "many: 101 with three digits");
	is_int(parse_many(101, 2, &p), -EPROTO, "many: 101 with two digits");
	is_int(parse_many(101, 4, &p), -EPROTO, "many: with four digits");
	is_int(parse_many(256, 3, &p), 0, "many: as many as there may be");
	ok(p.n_argv == 256 && p.n_envp == 256, "  and all are there");
	is_str(p.argv[255], "/255", "  the last one, too");
	ok(!p.argv[256] && !p.envp[256], "  and NULL after it");
}

static void test_limits(void)
{
	static char text[PLAN_SIZE_MAX + 2];
	struct diag diag;
	struct plan p;

	memset(text, 'x', sizeof(text));
	text[PLAN_SIZE_MAX] = '\n';
	is_int(plan_parse_copy(text, PLAN_SIZE_MAX + 1, &p, &diag), -EFBIG, "one byte too large");
	refuse_many("arg", PLAN_ARGS_MAX, "/x", "");
	refuse_many("device", PLAN_DEVICES_MAX, "dri/renderD", "");
	refuse_many("env", PLAN_ENVS_MAX, "N", "=");
	refuse_many("model", PLAN_MODELS_MAX, "m", " " ABC " 1");
	refuse_many("module", PLAN_MODULES_MAX, "m", " " ABC " 1");
	refuse_many("firmware", PLAN_FIRMWARES_MAX, "f", " " ABC " 1");
	is_int(plan_parse_copy("a\0b\n", 4, &p, NULL), -EBADMSG, "a NUL, and nobody asks why");
}

int main(void)
{
	test_good();
	test_text();
	test_good_files();
	test_prefixes();
	test_unlimited();
	test_edits();
	test_file_edits();
	test_accepted();
	test_digest_text();
	test_many();
	test_limits();
	plan_parse_copy("", 0, &(struct plan){ 0 }, NULL); /* frees the last copy */
	return tap_done();
}
