/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/quoterworld.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/service.h"
#include "measure/lib/base64.h"
#include "measure/verify/tpm/quote_signature.h"
#include "tests/guest/socket-quoter.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"

struct tpmworld tpmworld;
struct answer answer;
const uint8_t tpm_startup[TPM_STARTUP_LEN] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x44, 0, 0 };

void run(const char *format, ...)
{
	char command[4096];
	va_list ap;
	int n = snprintf(
		command, sizeof(command),
		"top=$PWD; cd %s; export TPM2TOOLS_TCTI=swtpm:path=$PWD/tpm.sock; exec >>log 2>&1; set -eu; ",
		tpmworld.dir);

	va_start(ap, format);
	(void)vsnprintf(command + n, sizeof(command) - (size_t)n, format, ap);
	va_end(ap);
	if (system(command) != 0) {
		char show[64];

		snprintf(show, sizeof(show), "tail -n 20 %s/log", tpmworld.dir);
		(void)!system(show);
		die(command);
	}
}

/* Sockets of swtpm are there, if not at once. */
static int connect_swtpm(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s/tpm.sock", tpmworld.dir);
	for (int waited = 0; connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0; waited += 10) {
		if (waited > PATIENCE_MS || waitpid(tpmworld.swtpm, NULL, WNOHANG) != 0)
			die("swtpm");
		poll(NULL, 0, 10);
	}
	return fd;
}

void swtpm_start(void)
{
	tpmworld.swtpm = fork_child();
	if (tpmworld.swtpm == 0) {
		int log;

		if (chdir(tpmworld.dir) < 0)
			_exit(127);
		log = open("log", O_WRONLY | O_APPEND | O_CREAT, 0600);
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
		execlp("sh", "sh", "-c",
		       "exec swtpm socket --tpm2 --tpmstate dir=$PWD/tpm --server type=unixio,path=$PWD/tpm.sock --ctrl type=unixio,path=$PWD/tpm.sock.ctrl --flags startup-clear,not-need-init",
		       NULL);
		_exit(127);
	}
	close(connect_swtpm());
}

void tpm_start(const char *banks)
{
	strcpy(tpmworld.dir, "/tmp/quoter-XXXXXX");
	if (!mkdtemp(tpmworld.dir))
		die("mkdtemp");
	run("cd $top; BANKS=%s scripts/vm/vtpm.sh %s", banks, tpmworld.dir);
	swtpm_start();
}

void tpm_kill(void)
{
	kill(tpmworld.swtpm, SIGKILL);
	waitpid(tpmworld.swtpm, NULL, 0);
}

void tpm_end(void)
{
	tpm_kill();
	run("rm -rf \"$PWD\"");
}

static void be_quoter(const char *program, int gateway, int report, int filter)
{
	/* Out of the way of the numbers that they will have. */
	gateway = fcntl(gateway, F_DUPFD_CLOEXEC, 64);
	report = fcntl(report, F_DUPFD_CLOEXEC, 64);
	filter = filter < 0 ? -1 : fcntl(filter, F_DUPFD_CLOEXEC, 64);
	dup2(tpmworld.tpm, SOCKET_QUOTER_TPM);
	dup2(gateway, SERVICE_SUBJECT);
	dup2(report, SERVICE_REPORT);
	close(SERVICE_FILTER);
	if (filter >= 0)
		dup2(filter, SERVICE_FILTER);
	signal(SIGPIPE, SIG_IGN); /* a device that is gone gives an error */
	execl(program, "quoter", NULL);
	_exit(127);
}

void tpm_clear(void)
{
	run("tpm2_flushcontext -t; tpm2_flushcontext -l");
}

void quoter_start(const char *program)
{
	int pair[2], report[2], filter = -1;

	tpm_clear();
	if (!strcmp(program, CONFINED_QUOTER))
		filter = filter_of("initramfs/seccomp/quoter.list");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
	    pipe2(report, O_CLOEXEC) < 0)
		die("set-up");
	tpmworld.tpm = connect_swtpm();
	if (tpmworld.between)
		tpmworld.tpm = tpmworld.between(tpmworld.tpm);
	tpmworld.quoter = fork_child();
	if (tpmworld.quoter == 0)
		be_quoter(program, pair[1], report[1], filter);
	close(pair[1]);
	close(report[1]);
	if (filter >= 0)
		close(filter);
	tpmworld.gateway = pair[0];
	tpmworld.reports = report[0];
}

void tpm_reset(bool start)
{
	uint8_t got[64];

	run("swtpm_ioctl --unix $PWD/tpm.sock.ctrl -i");
	if (start &&
	    (write(tpmworld.tpm, tpm_startup, sizeof(tpm_startup)) != sizeof(tpm_startup) ||
	     read(tpmworld.tpm, got, sizeof(got)) != 10 || got[9] != 0))
		die("startup");
}

const char *quoter_end(void)
{
	static char text[512];
	struct pollfd p = { .fd = tpmworld.reports, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;
	int status;

	while (n > 0 && len < sizeof(text) - 1 && poll(&p, 1, PATIENCE_MS) == 1) {
		n = read(tpmworld.reports, text + len, sizeof(text) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (n != 0)
		kill(tpmworld.quoter, SIGKILL);
	waitpid(tpmworld.quoter, &status, 0);
	close(tpmworld.gateway);
	close(tpmworld.reports);
	close(tpmworld.tpm);
	return WIFEXITED(status) && WEXITSTATUS(status) == (len > 0) ? text : NULL;
}

void ask(char kind, const void *bytes, size_t len)
{
	struct iovec parts[] = { { .iov_base = &kind, .iov_len = 1 },
				 { .iov_base = (void *)(uintptr_t)bytes, .iov_len = len } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	if (sendmsg(tpmworld.gateway, &message, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		die("send");
}

const struct answer *hear_quoter(void)
{
	struct pollfd p = { .fd = tpmworld.gateway, .events = POLLIN };
	struct iovec parts[] = { { .iov_base = &answer.kind, .iov_len = 1 },
				 { .iov_base = answer.text, .iov_len = sizeof(answer.text) - 1 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n = poll(&p, 1, PATIENCE_MS) == 1 ? recvmsg(tpmworld.gateway, &message, 0) : -1;

	answer.len = n > 0 ? (size_t)n : 0;
	if (n <= 0)
		answer.kind = '\0';
	answer.text[n > 0 ? n - 1 : 0] = '\0';
	return &answer;
}

json_t *members(char kind)
{
	static char text[QUOTING_MAX + 2];
	json_t *json;

	snprintf(text, sizeof(text), "{%s}", answer.text);
	json = answer.kind == kind ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	return json ? json : json_object();
}

size_t decode(const json_t *string, void *bytes, size_t size)
{
	const char *text = json_string_value(string);
	size_t len = 0;

	if (!text || base64_decode(text, strlen(text), bytes, size, &len) < 0)
		return 0;
	return len;
}

const json_t *find(const json_t *json, const char *a, const char *b)
{
	return json_object_get(json_object_get(json, a), b);
}

static bool take_bank(const char *name, const json_t *values, struct hello *hello)
{
	enum hash_alg alg;

	if (hash_from_name(name, strlen(name), &alg) < 0 || json_array_size(values) != 16)
		return false;
	hello->bank[alg] = hello->pcrs.bank[alg] = true;
	for (size_t i = 0; i < 16; i++) {
		const char *hex = json_string_value(json_array_get(values, i));

		if (!hex || digest_from_hex(alg, hex, strlen(hex), &hello->pcrs.value[alg][i]) < 0)
			return false;
	}
	return true;
}

size_t n_certificates(const struct hello *hello, const char *of)
{
	return json_array_size(find(hello->json, of, "certificates"));
}

bool hear_hello(struct hello *hello)
{
	json_t *values;
	const char *name;
	size_t len;

	memset(hello, 0, sizeof(*hello));
	hear_quoter();
	hello->json = members(QUOTING_HELLO);
	len = decode(find(hello->json, "ak", "public"), hello->public, sizeof(hello->public));
	if (len == 0 || tpmkey_parse(span_of(hello->public, len), &hello->ak, NULL) < 0)
		return false;
	json_object_foreach(json_object_get(hello->json, "pcrs"), name,
			    values) if (!take_bank(name, values, hello)) return false;
	return true;
}

void hello_done(struct hello *hello)
{
	json_decref(hello->json);
}

enum quote_reason check_quote(const json_t *json, const struct hello *hello,
			      const struct merkle_hash *root)
{
	uint8_t bytes[2048], signature[1024], extra[BINDING_LEN];
	size_t len = decode(json_object_get(json, "quote"), bytes, sizeof(bytes));
	size_t signature_len =
		decode(json_object_get(json, "signature"), signature, sizeof(signature));
	struct quote_signature its_signature;
	enum quote_reason why;
	struct quote quote;

	binding_extra(root, extra);
	if (quote_parse(span_of(bytes, len), &quote, NULL) < 0)
		return QUOTE_MAGIC;
	if (quote_parse_signature(span_of(signature, signature_len), &its_signature, NULL) < 0)
		return QUOTE_SIGNATURE_SCHEME;
	why = quote_check_key(&hello->ak);
	if (why == QUOTE_HOLDS)
		why = quote_check_signature(&quote, &its_signature, &hello->ak);
	if (why == QUOTE_HOLDS)
		why = quote_check_header(&quote);
	if (why == QUOTE_HOLDS)
		why = quote_check_extra(&quote, extra);
	if (why == QUOTE_HOLDS)
		why = quote_check_selection(&quote, hello->bank);
	if (why == QUOTE_HOLDS)
		why = quote_check_digest(&quote, &hello->ak.scheme, hello->bank, &hello->pcrs);
	return why;
}

const char *quote_of(const struct hello *hello, uint8_t fill)
{
	struct merkle_hash root;
	enum quote_reason why;
	json_t *json;

	memset(root.bytes, fill, sizeof(root.bytes));
	ask(QUOTING_QUOTE, root.bytes, sizeof(root.bytes));
	hear_quoter();
	json = members(QUOTING_QUOTE);
	why = check_quote(json, hello, &root);
	json_decref(json);
	return why == QUOTE_HOLDS ? "holds" : quote_reason_text(why);
}
