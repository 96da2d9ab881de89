/* SPDX-License-Identifier: MIT */
/*
 * Init while it loads: what it tells the gateway, which it neither waits for nor loses out of sight.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/progress.h"
#include "initramfs/common/reason.h"
#include "initramfs/init/loading.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"

#define PATIENCE_MS 60000
#define SIZE	    (48 << 20) /* several pieces, so that children load it */

static struct boot boot;
static int told; /* the gateway's end */
static struct plan_file model = { .name = "model", .size = SIZE };
static struct loading_file file = { .want = &model, .path = "/tmp/test-loading-XXXXXX" };

static int read_message(uint8_t stage, uint8_t percent, const struct status *last,
			struct status *ret)
{
	const uint8_t message[PROGRESS_LEN] = { stage, percent };

	return progress_read(message, last, ret);
}

static void test_messages(void)
{
	const struct status last = { STATUS_MODEL, 37 };
	struct status s = { STATUS_START, 5 };
	uint8_t message[PROGRESS_LEN];

	progress_write(&last, message);
	ok(message[0] == STATUS_MODEL && message[1] == 37, "a message is two bytes");
	is_int(read_message(STATUS_SERVING, 100, &last, &s), -EBADMSG, "init cannot know this");
	is_int(read_message(255, 50, &last, &s), -EBADMSG, "no stage");
	is_int(read_message(STATUS_MODEL, 101, &last, &s), -EBADMSG, "no percentage");
	is_int(read_message(STATUS_CONTAINER, 50, &last, &s), -EPROTO, "a stage before");
	is_int(read_message(STATUS_MODEL, 36, &last, &s), -EPROTO, "less than before");
	ok(s.stage == STATUS_START && s.percent == 5, "none of them changes anything");
	ok(read_message(STATUS_MODEL, 37, &last, &s) == 0 && s.percent == 37, "the same again");
	ok(read_message(STATUS_START, 100, &last, &s) == 0 && s.stage == STATUS_START &&
		   s.percent == 100,
	   "the next one");
}

/* The last message, and how many there were. */
static int messages(struct status *ret)
{
	uint8_t message[PROGRESS_LEN];
	int n = 0;

	while (read(told, message, sizeof(message)) == PROGRESS_LEN) {
		if (progress_read(message, ret, ret) < 0)
			return -1;
		n++;
	}
	return n;
}

static void test_percent(void)
{
	struct progress p = { .pipe = boot.progress.pipe, .total = 1000 };
	struct progress huge = { .pipe = p.pipe, .total = UINT64_MAX };
	struct progress nobody = { .total = 10 };
	struct status s = { 0 };

	progress_stage(&p, STATUS_CONTAINER);
	is_int(messages(&s), 1, "a stage is told");
	progress_bytes(&p, 5);
	is_int(messages(&s), 0, "less than a percent is not");
	progress_bytes(&p, 500);
	progress_bytes(&p, 501);
	ok(messages(&s) == 1 && s.percent >= 45 && s.percent <= 50, "a half is, once");
	progress_bytes(&p, 999);
	ok(messages(&s) == 1 && s.percent < 100, "all but one byte are not all");
	progress_add(&p, 600);
	progress_stage(&p, STATUS_MODEL);
	progress_bytes(&p, 400);
	ok(messages(&s) == 2 && s.stage == STATUS_MODEL && s.percent == 100, "all are");
	s = (struct status){ 0 };
	progress_bytes(&huge, UINT64_MAX / 2);
	ok(messages(&s) == 1 && s.percent >= 49 && s.percent <= 50, "of any size");
	progress_stage(&nobody, STATUS_MODEL);
	progress_add(&nobody, 10);
	is_int(messages(&s), 0, "without a gateway that wants to know, nobody is told");
}

/* Would hang if init waited. */
static void test_full(void)
{
	struct status s = { 0 };

	for (int i = 0; i < 100000; i++)
		progress_stage(&boot.progress, STATUS_CONTAINER);
	ok(messages(&s) < 100000, "a gateway that does not read holds nobody up");
}

/* Its end after ms, and what it says of it. */
static void start_gateway(const char *says, int ms)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		die("pipe");
	boot.gateway = (struct service){ .name = "gateway", .report = fds[0] };
	boot.gateway.pid = fork_child();
	if (boot.gateway.pid == 0) {
		usleep((unsigned)ms * 1000);
		_exit(write(fds[1], says, strlen(says)) != (ssize_t)strlen(says));
	}
	close(fds[1]);
}

static void make_file(void)
{
	static const uint8_t zeros[1 << 20];
	struct hash_ctx ctx;
	int fd = mkstemp(file.path);

	if (fd < 0 || ftruncate(fd, SIZE) < 0 || fchmod(fd, 0444) < 0)
		die(file.path);
	close(fd);
	hash_init(&ctx, HASH_SHA256);
	for (int i = 0; i < SIZE; i += (int)sizeof(zeros))
		hash_update(&ctx, zeros, sizeof(zeros));
	hash_final(&ctx, &model.digest);
}

static void open_boot(void)
{
	sigset_t set;
	int fds[2];

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGPIPE);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		die("set-up");
	boot.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	told = fds[0];
	boot.progress = (struct progress){ .pipe = fds[1], .total = SIZE };
}

/* In the test's own order: a reason is noted once, so what fails comes last. */
static void test_gateway(void)
{
	struct status s = { 0 };
	int status;

	start_gateway("", PATIENCE_MS);
	progress_stage(&boot.progress, STATUS_MODEL);
	is_int(loading_run(&boot, &file, 1), 0, "a file is loaded while the gateway lives");
	progress_add(&boot.progress, SIZE);
	ok(messages(&s) >= 2 && s.stage == STATUS_MODEL && s.percent == 100, "and told of");
	is_int(service_lives(&boot.gateway), 0, "it still lives");
	kill(boot.gateway.pid, SIGKILL);
	waitpid(boot.gateway.pid, &status, 0);
	boot.gateway.pid = 0;
	is_int(service_lives(&boot.gateway), 0, "one that was not started is not missed");
	start_gateway("boom\n", 0);
	is_int(loading_run(&boot, &file, 1), -ECHILD, "one that ends, with 0 even, is no worker");
	is_str(reason(), "gateway: boom before it listened", "and its reason is known");
	while (waitpid(-1, &status, 0) > 0)
		;
	start_gateway("bang\n", 0);
	while (service_lives(&boot.gateway) == 0)
		usleep(1000);
	ok(waitpid(-1, &status, WNOHANG) < 0, "between two stages its end is seen, too");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root, whose files are loaded\n");
		return 0;
	}
	test_messages();
	open_boot();
	make_file();
	test_percent();
	test_full();
	test_gateway();
	unlink(file.path);
	return tap_done();
}
