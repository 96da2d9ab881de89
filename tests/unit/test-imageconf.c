/* SPDX-License-Identifier: MIT */
#include "../../measure/cmd/imageconf.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

/* What is required stands last, so that every shorter text lacks something. */
static const char good[] = "# comment\n"
			   "format = 1\n"
			   "[model model.gguf]\n"
			   "file = model/model.gguf\n"
			   "digest = sha256:00\n"
			   "[model b]\n"
			   "file = /abs\n"
			   "digest = x\n"
			   "[container]\n"
			   "recipe = recipe.sh\n"
			   "args = --a  --b\n"
			   "arg = two words\n"
			   "env = A=1\n"
			   "entrypoint = /bin/x -y\n"
			   "workdir = /w\n"
			   "port = 8080\n"
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
			   "scratch = 3 KiB\n"
			   "memory = 2 GiB\n"
			   "pids = 7\n"
			   "[image]\n"
			   "name = n\n"
			   "version = v\n";

static char path[] = "/tmp/test-imageconf-XXXXXX";

static int parse(const char *text, size_t len, struct imageconf *conf,
		 char error[IMAGECONF_ERROR_MAX])
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(text, 1, len, file) != len || fclose(file))
		return -EIO;
	return imageconf_read(path, conf, error);
}

static void test_good(void)
{
	char error[IMAGECONF_ERROR_MAX];
	struct imageconf c;

	is_int(parse(good, strlen(good), &c, error), 0, "a definition with every key");
	is_str(error, "", "  and no complaint");
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
		   c.scratch == 3072,
	   "numbers, with their units");
	ok(c.files == 99 && c.restart_max == 3 && c.restart_window == 60, "files, restarts");
	is_str(c.restart, "always", "restart policy");
	ok(c.seccomp.n == 3 && !strcmp(c.seccomp.v[2], "flock"), "seccomp: added up");
	is_int((int64_t)c.n_model, 2, "models: both");
	is_str(c.model[0].name, "model.gguf", "model: its name");
	is_str(c.model[0].file, "/tmp/model/model.gguf", "model: its file");
	is_int(c.model[0].line, 3, "model: the line of its section");
	is_str(c.model[1].file, "/abs", "model: an absolute path stays");
	imageconf_done(&c);
}

static void test_prefixes(void)
{
	char error[IMAGECONF_ERROR_MAX];
	size_t bad = 0;

	/* Without its last newline it is whole. */
	for (size_t n = 0; n < strlen(good) - 1; n++) {
		struct imageconf c;

		bad += parse(good, n, &c, error) != -EPROTO || !error[0] || strchr(error, '\n');
		imageconf_done(&c);
	}
	is_int((int64_t)bad, 0, "every prefix is refused with one line");
}

/* Each byte of the good text replaced by each of these: no crash, and never both or neither. */
static void test_mutations(void)
{
	static const char bytes[] = { '\0', '\n', '[', ']', '=', ';', ' ', '\x80', '%', '9' };
	char text[sizeof(good)], error[IMAGECONF_ERROR_MAX];
	size_t bad = 0;

	for (size_t i = 0; i < strlen(good); i++)
		for (size_t b = 0; b < sizeof(bytes); b++) {
			struct imageconf c;
			int r;

			memcpy(text, good, sizeof(good));
			text[i] = bytes[b];
			r = parse(text, strlen(good), &c, error);
			bad += (r == 0) != (error[0] == '\0');
			imageconf_done(&c);
		}
	is_int((int64_t)bad, 0, "every changed byte: either accepted or refused with a reason");
}

static void test_limits(void)
{
	static char text[IMAGECONF_SIZE_MAX + 1];
	char error[IMAGECONF_ERROR_MAX];
	struct imageconf c;
	size_t len = 0;

	memset(text, '\n', sizeof(text));
	ok(parse(text, sizeof(text), &c, error) < 0 && strstr(error, "larger than 65536 bytes"),
	   "one byte too large");
	imageconf_done(&c);
	for (int i = 0; i <= PLAN_MODELS_MAX; i++)
		len += (size_t)sprintf(text + len, "[model m%d]\n", i);
	ok(parse(text, len, &c, error) < 0 && strstr(error, ":65: more than 64 models"),
	   "one model too many");
	imageconf_done(&c);
	ok(imageconf_read("/tmp/there/is/no/such/file", &c, error) < 0 &&
		   strstr(error, "No such file"),
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
	test_prefixes();
	test_mutations();
	test_limits();
	unlink(path);
	return tap_done();
}
