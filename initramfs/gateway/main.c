/* SPDX-License-Identifier: MIT */
/*
 * The gateway: TLS towards the world, answers of its own below /.well-known/rampart (wellknown.h),
 * and every other request that the plan allows to the container's port (request.h), over sockets
 * that the dialer makes inside the container's network namespace. Unprivileged, in an empty root,
 * one thread. Started by init as root with the descriptors of service.h, before the PCRs are
 * capped: it makes the machine's TLS key and says so, init measures it, and the quoter speaks when
 * all that is done. The port opens when the container accepts its first connection: until then the
 * kernel refuses for it.
 *
 * The key is in the memory of this process and nowhere else. That memory goes nowhere either: no
 * core is dumped and nobody may trace it (confine.h), and the machine has no swap.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/rand.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/common/confine.h"
#include "initramfs/common/dial.h"
#include "initramfs/common/service.h"
#include "initramfs/gateway/conn.h"
#include "initramfs/gateway/inner.h"
#include "initramfs/gateway/memory.h"
#include "initramfs/gateway/quotes.h"
#include "initramfs/gateway/request.h"
#include "initramfs/gateway/steps.h"
#include "initramfs/gateway/wellknown.h"

#define FILES_MAX    16384 /* above 12000 clients, 1024 inner connections and its own few */
#define BACKLOG	     4096
#define ACCEPTS_MAX  16 /* in one turn */
#define PROBE_MIN_MS 5
#define PROBE_MAX_MS 200

static struct dial dialer = { .socket = SERVICE_DIALER };

/* Why it ends; each is said once, in the end. */
static int give_up(const char *what, int error)
{
	report("%s: %s", what, strerror(-error));
	return error;
}

/* Accepted sockets have what the listening one has. Tokens must not wait for each other; a peer
 * that vanished must not hold its place. */
static int prepare_port(void)
{
	const int on = 1, idle_s = 60, interval_s = 15, tries = 4;

	if (setsockopt(SERVICE_SUBJECT, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    setsockopt(SERVICE_SUBJECT, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) < 0 ||
	    setsockopt(SERVICE_SUBJECT, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s)) < 0 ||
	    setsockopt(SERVICE_SUBJECT, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s,
		       sizeof(interval_s)) < 0 ||
	    setsockopt(SERVICE_SUBJECT, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries)) < 0)
		return -errno;
	return 0;
}

static int confine_itself(void)
{
	int r = prepare_port();

	/* OpenSSL writes to sockets whose peers may be gone. */
	if (r == 0 && signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		r = -errno;
	if (r == 0)
		r = confine(UID_GATEWAY, FILES_MAX, 0, SERVICE_FILTER);
	return r < 0 ? give_up("cannot confine itself", r) : 0;
}

/* The same bytes that init has measured and read. */
static int read_plan(size_t *ret_padding)
{
	static char text[PLAN_SIZE_MAX];
	static struct plan plan;
	size_t len = 0;
	ssize_t n = 1;
	int r;

	while (n > 0 && len < sizeof(text)) {
		n = read(SERVICE_PLAN, text + len, sizeof(text) - len);
		len += n > 0 ? (size_t)n : 0;
	}
	r = n < 0 ? -errno : plan_parse(text, len, &plan, NULL);
	if (r < 0)
		return give_up("cannot read the plan", r);
	(void)close(SERVICE_PLAN);
	request_init(&plan);
	wellknown_init(plan.metrics);
	*ret_padding = plan.padding;
	return 0;
}

static int make_identity(struct identity *ret_identity, size_t padding)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * IDENTITY_SPKI_LEN + 1];
	int r = memory_init();

	if (r == 0)
		r = identity_make(ret_identity);
	if (r == 0)
		r = tls_init(ret_identity, padding);
	if (r < 0)
		return give_up("cannot make its TLS key", r);
	for (size_t i = 0; i < IDENTITY_SPKI_LEN; i++) {
		hex[2 * i] = digits[ret_identity->spki[i] >> 4];
		hex[2 * i + 1] = digits[ret_identity->spki[i] & 0xf];
	}
	hex[sizeof(hex) - 1] = '\0';
	report("identity %s", hex);
	return 0;
}

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

/* Both logs are complete when the quoter speaks. */
static int read_logs(struct evidence_machine *machine, struct span *ret_text)
{
	uint8_t *firmware = NULL, *runtime = NULL;
	size_t len = 0;
	char *text = NULL;
	int r = read_log(SERVICE_FIRMWARE_LOG, &firmware, &machine->firmware_log);

	if (r == 0)
		r = read_log(SERVICE_RUNTIME_LOG, &runtime, &machine->runtime_log);
	if (r == 0)
		r = evidence_machine(machine, &text, &len);
	free(firmware);
	free(runtime);
	*ret_text = span_of(text, len);
	return r < 0 ? give_up("cannot read the logs", r) : 0;
}

static int prepare_evidence(const struct identity *identity, struct span *ret_text)
{
	struct evidence_machine machine = { .certificate =
						    span_of(identity->der, identity->der_len) };
	size_t len = 0;
	char *hello = NULL;
	int r = quotes_hello(&hello, &len);

	if (r < 0)
		return give_up("cannot go on without its quoter", r);
	machine.members = span_of(hello, len);
	r = read_logs(&machine, ret_text);
	free(hello);
	return r;
}

/* 0: accepted, 1: not yet, or negative errno: the dialer failed. */
static int probe(void)
{
	struct pollfd p = { .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0, r = dial(&dialer, &p.fd);

	if (r < 0)
		return r == -EPIPE || r == -EPROTO ? r : 1;
	if (poll(&p, 1, -1) < 0 || getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	dial_drop(p.fd);
	return error ? 1 : 0;
}

/* A program in another namespace cannot say that it listens; asking is the only way to know. */
static int wait_container(void)
{
	int wait_ms = PROBE_MIN_MS, r;

	while ((r = probe()) > 0) {
		struct pollfd p[] = { { .fd = SERVICE_DIALER, .events = POLLIN },
				      { .fd = SERVICE_QUOTER, .events = POLLIN } };

		/* Neither has anything to say now: it would be its end. */
		if (poll(p, 2, wait_ms) > 0 && p[1].revents)
			return give_up("cannot go on without its quoter", -EPIPE);
		if (wait_ms < PROBE_MAX_MS)
			wait_ms *= 2;
	}
	return r < 0 ? give_up("cannot go on without its dialer", r) : 0;
}

static void accept_some(struct watch *watch)
{
	for (int i = 0; i < ACCEPTS_MAX; i++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t len = sizeof(peer);
		int fd = accept4(watch->fd, (struct sockaddr *)&peer, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return; /* nobody, or gone again */
		steps_begin(fd, &peer);
	}
}

/* Serves until the dialer or the quoter fails. */
static void serve(void)
{
	const char *whose;

	while (loop_ended(&whose) == 0) {
		int wait_ms = conn_expire(), ask_ms;

		request_grant();
		ask_ms = quotes_ask();
		loop_turn(ask_ms >= 0 && (wait_ms < 0 || ask_ms < wait_ms) ? ask_ms : wait_ms);
		conn_bury();
	}
}

static int start(const struct identity *identity, struct span evidence)
{
	static struct watch port = { .fd = SERVICE_SUBJECT, .ready = accept_some };
	uint64_t seed;
	int r = RAND_bytes((uint8_t *)&seed, sizeof(seed)) == 1 ? loop_init() : -EIO;

	source_init(seed);

	if (r == 0)
		r = inner_start(&dialer);
	if (r == 0)
		r = quotes_start(identity, evidence);
	if (r == 0 && listen(SERVICE_SUBJECT, BACKLOG) < 0)
		r = -errno;
	if (r == 0)
		r = loop_watch(&port, EPOLLIN);
	return r < 0 ? give_up("cannot listen", r) : 0;
}

int main(void)
{
	static struct identity identity;
	struct span evidence;
	const char *whose;
	size_t padding = 0;
	int error;

	service_init();
	if (confine_itself() < 0 || read_plan(&padding) < 0 ||
	    make_identity(&identity, padding) < 0 || prepare_evidence(&identity, &evidence) < 0 ||
	    wait_container() < 0 || start(&identity, evidence) < 0)
		return 1;
	report("serving");
	serve();
	error = loop_ended(&whose);
	report("cannot go on without %s: %s", whose, strerror(-error));
	return 1;
}
