/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/imageconf.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/lib/tap.h"

/* What is required stands last, so that every shorter text lacks something. */
#define HEX_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define KEY_FORM                                                                                  \
	"give a name and the hash of the token, such as alice sha256:<64 hex digits>; the token " \
	"itself must be in no file of the image"
#define RATE_FORM \
	"give a number of requests a second, minute or hour, such as 10/s, 600/m or 5000/h"
#define UPGRADE_FORM                                                                    \
	"give websocket, which is the one protocol that there is, and a path, such as " \
	"websocket /live"

static const char good[] = "# comment\n"
			   "format = 1\n"
			   "[model model.gguf]\n"
			   "file = model/model.gguf\n"
			   "digest = sha256:00\n"
			   "[model b]\n"
			   "file = /abs\n"
			   "digest = x\n"
			   "storage = volume\n"
			   "file = second\n"
			   "digest = fsverity-sha256:11\n"
			   "[devices]\n"
			   "pass = dri/renderD128  dri/renderD129\n"
			   "pass = dri/renderD130\n"
			   "modules = virtio-gpu\n"
			   "modules = drm i915\n"
			   "firmware = a/b.bin=parts/c=d\n"
			   "firmware = e=/abs\n"
			   "[container]\n"
			   "recipe = recipe.sh\n"
			   "args = --a  --b\n"
			   "arg = two words\n"
			   "env = A=1\n"
			   "entrypoint = /bin/x -y\n"
			   "workdir = /w\n"
			   "port = 8080\n"
			   "[gateway]\n"
			   "allow = POST   /v1/*\n"
			   "allow = GET /v1/models\n"
			   "body = 4 MiB\n"
			   "key = alice   sha256:" HEX_64 "\n"
			   "key = bob sha256:" HEX_64 "\n"
			   "rate = 10/s\n"
			   "concurrency = 4\n"
			   "queue = 9\n"
			   "metrics = on\n"
			   "pace = 50 ms\n"
			   "padding = 512\n"
			   "upgrade = websocket   /live/*\n"
			   "raw = on\n"
			   "status = on\n"
			   "[restart]\n"
			   "policy = always\n"
			   "max = 3\n"
			   "window = 60\n"
			   "[seccomp]\n"
			   "allow = mlock mlock2\n"
			   "allow = flock\n"
			   "[limits]\n"
			   "files = 99\n"
			   "cpu = 150 %\n"
			   "scratch = 3 KiB exec\n"
			   "scratch /var/cache = 1 MiB\n"
			   "scratch /run  =  8192\texec\n"
			   "shm = 64 MiB\n"
			   "writable = 1 GiB\n"
			   "memory = 2 GiB\n"
			   "pids = 7\n"
			   "[world]\n"
			   "loopback = any\n"
			   "netlink = route\n"
			   "proc = comm\n"
			   "sys = gpu\n"
			   "[image]\n"
			   "name = n\n"
			   "version = v\n";

static char path[] = "/tmp/test-imageconf-XXXXXX";

static int parse(const char *text, size_t len, struct imageconf *conf, struct rampart_error *error)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(text, 1, len, file) != len || fclose(file))
		return -EIO;
	return imageconf_read(path, conf, error);
}

static void test_good(void)
{
	struct rampart_error error;
	struct imageconf c;

	is_int(parse(good, strlen(good), &c, &error), 0, "a definition with every key");
	is_str(error.text, "", "  and no complaint");
	is_str(c.name, "n", "name");
	is_str(c.version, "v", "version");
	is_str(c.recipe, "/tmp/recipe.sh", "recipe: beside the definition");
	ok(c.layout == NULL, "layout: not given");
	is_str(c.workdir, "/w", "workdir");
	ok(c.args.n == 3 && !strcmp(c.args.v[1], "--b") && !strcmp(c.args.v[2], "two words") &&
		   c.args.v[3] == NULL,
	   "args: split, arg: not, in their order, NULL after them");
	ok(c.entrypoint.n == 2 && !strcmp(c.entrypoint.v[1], "-y"), "entrypoint: split");
	ok(c.env.n == 1 && !strcmp(c.env.v[0], "A=1"), "env: the value keeps its equals sign");
	ok(c.port == 8080 && c.memory == 2ull << 30 && c.pids == 7 && c.cpu == 150 &&
		   c.scratch.size == 3072,
	   "numbers, with their units");
	ok(c.files == 99 && c.restart_max == 3 && c.restart_window == 60, "files, restarts");
	ok(c.allow.n == 2 && !strcmp(c.allow.v[0], "POST /v1/*") && c.body == 4 << 20 && c.raw,
	   "gateway: what it lets through");
	ok(c.scratch.exec && c.n_scratch == 2 && !strcmp(c.scratches[0].path, "/var/cache") &&
		   c.scratches[0].size == 1 << 20 && !c.scratches[0].exec &&
		   !strcmp(c.scratches[1].path, "/run") && c.scratches[1].size == 8192 &&
		   c.scratches[1].exec,
	   "scratch: exec, and elsewhere");
	ok(c.shm == 64 << 20 && c.writable == 1 << 30, "shm, writable");
	ok(c.loopback_any && c.netlink_route && c.proc_comm && c.sys == PLAN_SYS_GPU,
	   "world: what is opened");
	ok(c.entrypoint_line && c.args_line && c.workdir_line && c.writable_line,
	   "lines of what is checked later");
	ok(c.keys.n == 2 && !strcmp(c.keys.v[0], "alice sha256:" HEX_64) && c.upgrades.n == 1 &&
		   !strcmp(c.upgrades.v[0], "websocket /live/*"),
	   "gateway: from whom, and to what it may change");
	ok(c.rate.n == 1 && !strcmp(c.rate.v[0], "10/s") && c.concurrency == 4 && c.queue == 9 &&
		   c.metrics && c.pace == 50 && c.padding == 512 && c.status,
	   "gateway: how often, and how many at once");
	is_str(c.restart, "always", "restart policy");
	ok(c.seccomp.n == 3 && !strcmp(c.seccomp.v[2], "flock"), "seccomp: added up");
	is_int((int64_t)c.n_model, 2, "models: both");
	is_str(c.model[0].name, "model.gguf", "model: its name");
	is_int(c.model[0].line, 3, "model: the line of its section");
	ok(c.devices.n == 3 && !strcmp(c.devices.v[1], "dri/renderD129") &&
		   !strcmp(c.devices.v[2], "dri/renderD130") && c.devices.v[3] == NULL,
	   "devices: split and added up");
	ok(c.modules.n == 3 && !strcmp(c.modules.v[0], "virtio-gpu") &&
		   !strcmp(c.modules.v[2], "i915"),
	   "modules: split and added up");
	ok(c.n_firmware == 2 && !strcmp(c.firmware[0].name, "a/b.bin") &&
		   strstr(c.firmware[0].file, "/parts/c=d") && !strcmp(c.firmware[1].name, "e") &&
		   !strcmp(c.firmware[1].file, "/abs"),
	   "firmware: where it is asked for, and relative to the definition");
	imageconf_done(&c);
}

static void test_model_files(void)
{
	struct rampart_error error;
	struct imageconf c;

	is_int(parse(good, strlen(good), &c, &error), 0, "a definition with models");
	is_int((int64_t)c.n_model_file, 3, "files: of both models");
	ok(c.model[0].first == 0 && c.model[0].n == 1, "model: its one file");
	ok(c.model[1].first == 1 && c.model[1].n == 2, "model: its two files");
	ok(!c.model[0].volume, "storage: embedded is the default");
	ok(c.model[1].volume, "storage: volume, also between two files");
	is_str(c.model_file[0].path, "/tmp/model/model.gguf", "file: beside the definition");
	is_str(c.model_file[0].digest, "sha256:00", "digest: as written");
	is_int(c.model_file[0].line, 4, "file: its line");
	is_str(c.model_file[1].path, "/abs", "file: an absolute path stays");
	is_str(c.model_file[1].digest, "x", "digest: whatever is written");
	is_str(c.model_file[2].path, "/tmp/second", "file: the second one of a model");
	is_str(c.model_file[2].digest, "fsverity-sha256:11", "digest: the second one's");
	is_int(c.model_file[2].line, 10, "file: the line of the second one");
	imageconf_done(&c);
}

/* These lines in place of the models of the good text, and the complaint after "PATH:". */
static void test_model_errors(void)
{
	static const struct {
		const char *lines, *want;
	} bad[] = {
		{ "[model m]\n", "3: [model m] has no \"file\"" },
		{ "[model m]\nstorage = volume\n", "3: [model m] has no \"file\"" },
		{ "[model l]\nfile = a\ndigest = x\n[model m]\n", "6: [model m] has no \"file\"" },
		{ "[model m]\nfile = a\n", "3: [model m] has no \"digest\"" },
		{ "[model m]\nfile = a\ndigest = x\nfile = b\n", "3: [model m] has no \"digest\"" },
		{ "[model m]\nfile = a\n[model n]\nfile = b\ndigest = x\n",
		  "3: [model m] has no \"digest\"" },
		{ "[model m]\nfile = a\nfile = b\ndigest = x\ndigest = y\n",
		  "5: the file before this one has no \"digest\"" },
		{ "[model m]\ndigest = x\nfile = a\n", "4: \"digest\" must follow its \"file\"" },
		{ "[model m]\nfile = a\ndigest = x\ndigest = y\n",
		  "6: \"digest\" must follow its \"file\"" },
		{ "[model m]\nfile = a\n[model n]\ndigest = x\nfile = b\n",
		  "6: \"digest\" must follow its \"file\"" },
		{ "[model m]\nfile = a\ndigest = x\nstorage = disk\n",
		  "6: storage = disk: neither embedded nor volume" },
		{ "[model m]\nstorage = volume\nfile = a\ndigest = x\nstorage = volume\n",
		  "7: \"storage\" was given before" },
		{ "[model m]\nfile = a\ndigest = x\n[model m]\n", "6: [model m] was given before" },
		{ "[devices]\npass = \"a b\"\n",
		  "4: quotes mean nothing here; put an argument with spaces or quotes on a line of its own: arg = ..." },
		{ "[devices]\nmodule = a\n",
		  "4: unknown key \"module\"; the nearest known key is \"modules\" in [devices]" },
		{ "[gateway]\nallow = GET\n",
		  "4: allow = GET: give a method and a path, such as GET /v1/models" },
		{ "[gateway]\nallow = GET /a b\n",
		  "4: allow = GET /a b: give a method and a path, such as GET /v1/models" },
		{ "[gateway]\nbody = 0\n", "4: body = 0: no request could have content" },
		{ "[gateway]\nkey = alice\n", "4: key: " KEY_FORM },
		{ "[gateway]\nkey = alice sk-secret\n", "4: key: " KEY_FORM },
		{ "[gateway]\nkey = alice sha256:" HEX_64 " x\n", "4: key: " KEY_FORM },
		{ "[gateway]\nrate = 10\n", "4: rate = 10: " RATE_FORM },
		{ "[gateway]\nrate = 0/s\n", "4: rate = 0/s: " RATE_FORM },
		{ "[gateway]\nrate = 10/d\n", "4: rate = 10/d: " RATE_FORM },
		{ "[gateway]\nrate = 1/s\nrate = 2/s\n", "5: \"rate\" was given before" },
		{ "[gateway]\nconcurrency = 0\n", "4: concurrency = 0: must be more than 0" },
		{ "[gateway]\nupgrade = websocket\n", "4: upgrade = websocket: " UPGRADE_FORM },
		{ "[gateway]\nupgrade = h2c /a\n", "4: upgrade = h2c /a: " UPGRADE_FORM },
		{ "[gateway]\nraw = yes\n", "4: raw = yes: neither on nor off" },
		{ "[container]\ncompress = lz4\n",
		  "4: compress = lz4: neither lz4hc nor zstd nor none" },
		{ "[container]\nisolate = request\n",
		  "4: isolate = request: neither connection nor none" },
		{ "[container]\npool = 0\n", "4: pool = 0: must be more than 0" },
		{ "[world]\nloopback = all\n", "4: loopback = all: neither any nor port" },
		{ "[world]\nnetlink = on\n", "4: netlink = on: neither route nor none" },
		{ "[world]\nproc = rw\n", "4: proc = rw: neither comm nor read-only" },
		{ "[world]\nsys = all\n", "4: sys = all: neither cpu nor gpu nor none" },
		{ "[container]\nenv = A\n", "4: env = A: give NAME=VALUE" },
		{ "[container]\nenv = =1\n", "4: env = =1: give NAME=VALUE" },
		{ "[limits]\nscratch = exec\n", "4: scratch = exec: not a number" },
		{ "[limits]\nscratch = 1exec\n",
		  "4: scratch = 1exec: the unit is KiB, MiB, GiB or nothing for bytes" },
		{ "[limits]\nscratch = 1 exec exec\n",
		  "4: scratch = 1 exec: the unit is KiB, MiB, GiB or nothing for bytes" },
		{ "[limits]\nscratch /a =\n", "4: \"scratch /a\" has no value" },
		{ "[limits]\nscratch /a = 0\n", "4: scratch /a = 0: must be more than 0" },
		{ "[limits]\nscratch /a = 1\nscratch /a = 2\n",
		  "5: \"scratch /a\" was given before" },
		{ "[limits]\nscratch a = 1\n",
		  "4: unknown key \"scratch a\"; the nearest known key is \"scratch\" in [limits]" },
		{ "[image]\nscratch /a = 1\n",
		  "4: unknown key \"scratch /a\"; the nearest known key is \"scratch\" in [limits]" },
		{ "[container]\nprot = 1\n",
		  "4: unknown key \"prot\"; the nearest known key is \"port\" in [container]" },
		{ "[device]\n", "3: unknown section [device]; the nearest known one is [devices]" },
	};
	const char *rest = strstr(good, "[container]");
	char text[sizeof(good) + 512];
	struct rampart_error error;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct imageconf c;
		size_t skip = strlen(path) + 1;

		snprintf(text, sizeof(text), "# comment\nformat = 1\n%s%s", bad[i].lines, rest);
		is_int(parse(text, strlen(text), &c, &error), -EPROTO, bad[i].want);
		is_str(strlen(error.text) > skip ? error.text + skip : error.text, bad[i].want,
		       "  is what it says");
		imageconf_done(&c);
	}
}

static void test_storage(void)
{
	static const char models[] = "[model m]\nstorage = volume\nfile = a\ndigest = x\n"
				     "[model n]\nfile = b\ndigest = x\nstorage = embedded\n"
				     "[model o]\nfile = c\ndigest = x\n";
	char text[sizeof(good) + sizeof(models)];
	struct rampart_error error;
	struct imageconf c;

	snprintf(text, sizeof(text), "format = 1\n%s%s", models, strstr(good, "[container]"));
	is_int(parse(text, strlen(text), &c, &error), 0, "storage: before and after the file");
	ok(c.storage == STORAGE_BY_SIZE, "storage: of the container, by its size");
	ok(!c.compress, "compress: none");
	ok(c.n_model == 3 && c.model[0].volume && !c.model[1].volume && !c.model[2].volume,
	   "storage: of each model its own");
	imageconf_done(&c);
}

/* These lines before the rest of a definition: what it then says, or what is said of it. */
static void test_compress(void)
{
	static const struct {
		const char *lines, *compress, *error;
	} given[] = {
		{ "compress = zstd\nstorage = volume\n", "zstd", NULL },
		{ "storage = volume\ncompress = lz4hc\n", "lz4hc", NULL },
		{ "storage = volume\ncompress = none\n", NULL, NULL },
		{ "storage = embedded\ncompress = none\n", NULL, NULL },
		{ "compress = zstd\n", "zstd", "compress = zstd: only with storage = volume" },
		{ "storage = embedded\ncompress = lz4hc\n", "lz4hc",
		  "compress = lz4hc: only with storage = volume" },
	};
	char text[sizeof(good) + 64];
	struct rampart_error error;

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		struct imageconf c;

		snprintf(text, sizeof(text), "format = 1\n[container]\n%s%s", given[i].lines,
			 strstr(good, "[container]"));
		is_int(parse(text, strlen(text), &c, &error), given[i].error ? -EPROTO : 0,
		       given[i].lines);
		ok(given[i].error ? strstr(error.text, given[i].error) != NULL : !error.text[0],
		   "compress: an error that says why, or none");
		is_str(c.compress ? c.compress : "none",
		       given[i].compress ? given[i].compress : "none", "compress: as it was given");
		imageconf_done(&c);
	}
}

/* The example's lines without what explains them, and with one of the two kinds of container. */
static size_t read_example(char *text, size_t size)
{
	char line[256];
	FILE *header = fopen("measure/cmd/plan/imageconf.h", "r");
	size_t len = 0;

	while (header && fgets(line, sizeof(line), header) && strcmp(line, " */\n") != 0) {
		const char *said = line + 7, *end;

		if (strncmp(line, " *     ", 7) || *said == ' ' || !strncmp(said, "layout", 6))
			continue;
		end = strstr(said, "  ");
		len += (size_t)snprintf(text + len, size - len, "%.*s\n",
					end ? (int)(end - said) : (int)strcspn(said, "\n"), said);
	}
	if (header)
		fclose(header);
	return len;
}

static void test_unlimited(void)
{
	static const char *const what[] = { "max = unlimited\n", "max = unlimited 5\n" };
	char text[2048];
	struct rampart_error error;
	const char *max = strstr(good, "max = 3\n");
	struct imageconf c;
	int r[2];

	for (int i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(max - good), good, what[i],
			 max + strlen("max = 3\n"));
		r[i] = parse(text, strlen(text), &c, &error);
		ok(i == 1 || c.restart_max == PLAN_UNLIMITED, "restarts: unlimited");
		imageconf_done(&c);
	}
	ok(r[0] == 0 && r[1] == -EPROTO && strstr(error.text, "max = unlimited 5: not a number"),
	   "  and no other word");
}

static void test_example(void)
{
	char text[4096] = "";
	struct rampart_error error;
	size_t len = read_example(text, sizeof(text));
	struct imageconf c;

	if (!is_int(parse(text, len, &c, &error), 0, "the example in imageconf.h"))
		printf("# %s\n", error.text);
	ok(c.n_model == 1 && c.n_model_file == 1 && c.devices.n == 1 && c.modules.n == 1,
	   "  a model, a device, a module");
	ok(c.memory == 512 << 20 && c.cpu == 150 && c.restart_window == 600 && c.seccomp.n == 1 &&
		   c.n_scratch == 1,
	   "  limits, restarts, system calls");
	is_str(c.args.n == 3 ? c.args.v[2] : "", "two words", "  and arguments");
	imageconf_done(&c);
}

/* One more argument, as it is written, and what it is read as; NULL: the complaint about a line. */
static void test_text(void)
{
	static const struct {
		const char *line, *want, *name;
	} lines[] = {
		{ "mod\xc3\xa8le \xe2\x82\xac \xf0\x9f\x98\x80", NULL, "text: UTF-8" },
		{ "  a = b : c  ", "a = b : c", "text: what splits a line, and spaces" },
		{ "\\n", NULL, "text: a backslash is one" },
		{ "a\x80", "", "text: a byte that begins no character" },
		{ "a\xc3", "", "text: a cut character" },
		{ "\xc0\xaf", "", "text: too long a form" },
		{ "\xe0\x82\xaf", "", "text: too long a form of three" },
		{ "\xed\xa0\x80", "", "text: half of a pair" },
		{ "\xf4\x90\x80\x80", "", "text: past the last character" },
		{ "\xc2\x9b", "", "text: a control character of a terminal" },
		{ "a\rb", "", "text: a carriage return" },
		{ "a\x1b[2J", "", "text: an escape" },
		{ "a\x7f", "", "text: a deletion" },
	};
	char text[sizeof(good) + 64];
	struct rampart_error error;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *want = lines[i].want ? lines[i].want : lines[i].line;
		struct imageconf c;

		snprintf(text, sizeof(text), "format = 1\n[container]\narg =%s\n%s", lines[i].line,
			 strstr(good, "recipe"));
		is_int(parse(text, strlen(text), &c, &error), want[0] ? 0 : -EPROTO, lines[i].name);
		if (want[0])
			is_str(c.args.n == 4 ? c.args.v[0] : "", want, "  as it was");
		else
			ok(strstr(error.text, ":3: a character that is no text (ASCII or UTF-8)"),
			   "  is refused");
		imageconf_done(&c);
	}
}

/* As editors of other systems write it. */
static void test_lines(void)
{
	char text[3 * sizeof(good)] = "\xef\xbb\xbf";
	struct rampart_error error;
	struct imageconf c;
	size_t len = 3;

	for (const char *s = good; *s; s++)
		len += (size_t)sprintf(text + len, *s == '\n' ? " \t\r\n" : "%c", *s);
	is_int(parse(text, len, &c, &error), 0, "lines: CR LF, blanks before it, a mark of UTF-8");
	is_str(c.args.n == 3 ? c.args.v[2] : "", "two words", "  are no part of a value");
	imageconf_done(&c);
}

static void test_prefixes(void)
{
	struct rampart_error error;
	size_t bad = 0;

	/* Without its last newline it is whole. */
	for (size_t n = 0; n < strlen(good) - 1; n++) {
		struct imageconf c;

		bad += parse(good, n, &c, &error) != -EPROTO || !error.text[0] ||
		       strchr(error.text, '\n');
		imageconf_done(&c);
	}
	is_int((int64_t)bad, 0, "every prefix is refused with one line");
}

/* Each byte of the good text replaced by each of these: no crash, and never both or neither. */
static void test_mutations(void)
{
	static const char bytes[] = { '\0', '\n', '[', ']', '=', ';', ' ', '\x80', '%', '9' };
	char text[sizeof(good)];
	struct rampart_error error;
	size_t bad = 0;

	for (size_t i = 0; i < strlen(good); i++)
		for (size_t b = 0; b < sizeof(bytes); b++) {
			struct imageconf c;
			int r;

			memcpy(text, good, sizeof(good));
			text[i] = bytes[b];
			r = parse(text, strlen(good), &c, &error);
			bad += (r == 0) != (error.text[0] == '\0');
			imageconf_done(&c);
		}
	is_int((int64_t)bad, 0, "every changed byte: either accepted or refused with a reason");
}

static void test_limits(void)
{
	static char text[IMAGECONF_SIZE_MAX + 1];
	struct rampart_error error;
	struct imageconf c;
	size_t len = 0;

	memset(text, '\n', sizeof(text));
	ok(parse(text, sizeof(text), &c, &error) < 0 &&
		   strstr(error.text, "larger than 65536 bytes"),
	   "one byte too large");
	imageconf_done(&c);
	for (int i = 0; i <= PLAN_MODELS_MAX; i++)
		len += (size_t)sprintf(text + len, "[model m%d]\n", i);
	ok(parse(text, len, &c, &error) < 0 && strstr(error.text, ":101: more than 100 models"),
	   "one model too many");
	imageconf_done(&c);
	len = (size_t)sprintf(text, "format = 1\n[container]\narg = ");
	memset(text + len, 'x', 60000);
	len += 60000;
	len += (size_t)sprintf(text + len, "\n%s", strstr(good, "recipe"));
	ok(parse(text, len, &c, &error) == 0 && c.args.n == 4 && strlen(c.args.v[0]) == 60000,
	   "a line of 60,000 characters");
	imageconf_done(&c);
	len = (size_t)sprintf(text, "format = 1\n[image]\nname = n\nversion = v\n"
				    "[container]\nlayout = x\n");
	ok(parse(text, len, &c, &error) == 0 && !c.memory && !c.pids, "no limits");
	imageconf_done(&c);
	len = (size_t)sprintf(text, "[model m]\n");
	for (int i = 0; i <= PLAN_MODELS_MAX; i++)
		len += (size_t)sprintf(text + len, "file = %d\ndigest = x\n", i);
	ok(parse(text, len, &c, &error) < 0 &&
		   strstr(error.text, ":202: more than 100 files of models"),
	   "one file too many");
	imageconf_done(&c);
	ok(imageconf_read("/tmp/there/is/no/such/file", &c, &error) < 0 &&
		   strstr(error.text, "No such file"),
	   "no file");
	imageconf_done(&c);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0) {
		puts("Bail out! no temporary file");
		return 1;
	}
	close(fd);
	test_good();
	test_model_files();
	test_model_errors();
	test_storage();
	test_compress();
	test_unlimited();
	test_example();
	test_text();
	test_lines();
	test_prefixes();
	test_mutations();
	test_limits();
	unlink(path);
	return tap_done();
}
