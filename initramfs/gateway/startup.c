/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/startup.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "initramfs/common/progress.h"
#include "initramfs/common/service.h"
#include "initramfs/gateway/conn.h"
#include "initramfs/gateway/inner.h"
#include "initramfs/gateway/port.h"
#include "initramfs/gateway/quotes.h"
#include "initramfs/gateway/ready.h"

#define BACKLOG_EARLY CONNS_EARLY
#define BACKLOG	      4096
#define PROBE_MIN_MS  5
#define PROBE_MAX_MS  200

static const struct identity *identity;
static struct dial *dialer;
static struct span evidence;

static void told(struct watch *watch);
static void quoter_spoke(struct watch *watch);
static void dialer_spoke(struct watch *watch);
static void connected(struct watch *watch);

/* The first three are another's once the gateway serves, or closed. */
static struct watch progress = { .fd = SERVICE_PROGRESS, .ready = told };
static struct watch quoter = { .fd = SERVICE_QUOTER, .ready = quoter_spoke };
static struct watch dialing = { .fd = SERVICE_DIALER, .ready = dialer_spoke };
static struct watch probe = { .fd = -1, .ready = connected };

/* Between two probes. */
static struct timers rests = { LIST_EMPTY(rests.list) };
static struct timer resting = { .link = LIST_EMPTY(resting.link) };
static int rest_ms = PROBE_MIN_MS;

/* What is no message is nothing, whatever its length. */
static void told(struct watch *watch)
{
	uint8_t message[PROGRESS_LEN];
	ssize_t n = read(watch->fd, message, sizeof(message));
	static bool is_open;
	struct status status;
	int r;

	if (n == 0) {
		loop_close(watch);
		return;
	}
	if (n != PROGRESS_LEN || progress_read(message, ready_status(), &status) < 0)
		return;
	ready_set(&status);
	if (is_open)
		return;
	is_open = true;
	r = port_open(BACKLOG_EARLY);
	if (r < 0)
		loop_end("its port", r);
}

/* ---- the logs, and with them all of the evidence that is the same for all ---- */

/* A whole log, the caller's to free(). -EFBIG over EVIDENCE_LOG_MAX. */
static int read_log(int fd, uint8_t **ret_bytes, struct span *ret_log)
{
	uint8_t *bytes = malloc(EVIDENCE_LOG_MAX + 1);
	size_t len = 0;
	ssize_t n = 1;

	if (!bytes)
		return -ENOMEM;
	while (n > 0 && len <= EVIDENCE_LOG_MAX) {
		n = pread(fd, bytes + len, EVIDENCE_LOG_MAX + 1 - len, (off_t)len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0 || len > EVIDENCE_LOG_MAX) {
		int r = n < 0 ? -errno : -EFBIG;

		free(bytes);
		return r;
	}
	(void)close(fd);
	*ret_bytes = bytes;
	*ret_log = span_of(bytes, len);
	return 0;
}

/* hello: the quoter's. */
static int read_logs(struct span hello)
{
	struct evidence_machine machine = {
		.members = hello,
		.certificate = span_of(identity->der, identity->der_len),
	};
	uint8_t *firmware = NULL, *runtime = NULL;
	size_t len = 0;
	char *text = NULL;
	int r = read_log(SERVICE_FIRMWARE_LOG, &firmware, &machine.firmware_log);

	if (r == 0)
		r = read_log(SERVICE_RUNTIME_LOG, &runtime, &machine.runtime_log);
	if (r == 0)
		r = evidence_machine(&machine, &text, &len);
	free(firmware);
	free(runtime);
	evidence = span_of(text, len);
	return r;
}

/* ---- the container ---- */

static void rest(void)
{
	timer_start(&rests, &resting);
}

static void ask_container(void)
{
	int r = dial_ask(dialer);

	if (r == -EAGAIN)
		rest();
	else if (r < 0)
		loop_end("its dialer", r);
}

static size_t conns_that_fit(void)
{
	struct sysinfo info = { 0 };
	uint64_t n;

	if (sysinfo(&info) < 0)
		return CONNS_EARLY;
	n = (uint64_t)info.totalram * info.mem_unit / CONN_MEMORY;
	return n < CONNS_EARLY ? CONNS_EARLY : n < CONNS_MAX ? (size_t)n : CONNS_MAX;
}

static void serve(void)
{
	static const struct status serving = { STATUS_SERVING, 100 };
	int r = loop_watch(&quoter, 0);

	if (r == 0)
		r = loop_watch(&dialing, 0);
	if (r == 0)
		r = inner_start(dialer);
	if (r == 0)
		r = quotes_start(identity, evidence);
	if (r == 0)
		r = port_open(BACKLOG);
	if (r < 0) {
		loop_end("its port", r);
		return;
	}
	loop_close(&progress);
	conn_limit(conns_that_fit());
	ready_set(&serving);
	report("serving");
}

/* In a way that ends what the dialer made the connection for (dialer.h). */
static void close_probe(void)
{
	(void)shutdown(probe.fd, SHUT_RDWR);
	loop_close(&probe);
}

static void connected(struct watch *watch)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	close_probe();
	if (error == 0)
		serve();
	else
		rest();
}

static void dialer_spoke(struct watch *watch)
{
	int fd, r = dial_answer(dialer, &fd);

	(void)watch;
	if (r == -EPIPE || r == -EPROTO)
		loop_end("its dialer", r);
	if (r < 0)
		return;
	probe.fd = fd;
	if (fd < 0 || loop_watch(&probe, EPOLLOUT) < 0) {
		close_probe();
		rest();
	}
}

/* It says hello, and nothing more before it is asked: that would be its end. */
static void quoter_spoke(struct watch *watch)
{
	char *hello = NULL;
	size_t len = 0;
	int r = evidence.left > 0 ? -EPIPE : quotes_hello(&hello, &len);

	(void)watch;
	if (r < 0) {
		loop_end("its quoter", r);
		return;
	}
	r = read_logs(span_of(hello, len));
	free(hello);
	if (r < 0) {
		loop_end("the logs", r);
		return;
	}
	r = loop_watch(&dialing, EPOLLIN);
	if (r < 0)
		loop_end("its dialer", r);
	ask_container();
}

int startup_turn(void)
{
	if (timers_overdue(&rests, rest_ms)) {
		timer_stop(&resting);
		if (rest_ms < PROBE_MAX_MS)
			rest_ms *= 2;
		ask_container();
	}
	return timers_wait_ms(&rests, rest_ms);
}

int startup_begin(const struct identity *of, struct dial *dial, bool tells)
{
	int r = loop_watch(&quoter, EPOLLIN);

	identity = of;
	dialer = dial;
	conn_limit(CONNS_EARLY);
	return r == 0 && tells ? loop_watch(&progress, EPOLLIN) : r;
}
