/* SPDX-License-Identifier: MIT */
/*
 * The gateway: TLS towards the world, answers of its own below /.well-known/rampart (wellknown.h),
 * and every other request that the plan allows to the container's port (request.h), over sockets
 * that the dialer makes inside the container's network namespace. Unprivileged, in an empty root,
 * one thread. Started by init as root with the descriptors of service.h, before anything that it
 * will serve is loaded: it makes the machine's TLS key and says so, and init measures it. What
 * follows until it serves is in startup.h; until the port opens the kernel refuses for it.
 *
 * The key is in the memory of this process and nowhere else. That memory goes nowhere either: no
 * core is dumped and nobody may trace it (confine.h), and the machine has no swap.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <openssl/rand.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/common/confine.h"
#include "initramfs/common/service.h"
#include "initramfs/gateway/conn.h"
#include "initramfs/gateway/memory.h"
#include "initramfs/gateway/paced.h"
#include "initramfs/gateway/port.h"
#include "initramfs/gateway/quotes.h"
#include "initramfs/gateway/request.h"
#include "initramfs/gateway/startup.h"
#include "initramfs/gateway/wellknown.h"

#define FILES_MAX 16384 /* above 12000 clients, 1024 inner connections and its own few */

/* Why it ends; each is said once, in the end. */
static int give_up(const char *what, int error)
{
	report("%s: %s", what, strerror(-error));
	return error;
}

static int confine_itself(void)
{
	int r = port_prepare();

	/* OpenSSL writes to sockets whose peers may be gone. */
	if (r == 0 && signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		r = -errno;
	if (r == 0)
		r = confine(UID_GATEWAY, FILES_MAX, 0, SERVICE_FILTER);
	return r < 0 ? give_up("cannot confine itself", r) : 0;
}

/* The same bytes that init has measured and read. */
static int read_plan(struct plan *ret_plan)
{
	static char text[PLAN_SIZE_MAX];
	size_t len = 0;
	ssize_t n = 1;
	int r;

	while (n > 0 && len < sizeof(text)) {
		n = read(SERVICE_PLAN, text + len, sizeof(text) - len);
		len += n > 0 ? (size_t)n : 0;
	}
	r = n < 0 ? -errno : plan_parse(text, len, ret_plan, NULL);
	if (r < 0)
		return give_up("cannot read the plan", r);
	(void)close(SERVICE_PLAN);
	request_init(ret_plan);
	wellknown_init(ret_plan->metrics, ret_plan->status);
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

/* Of two times to wait, of which -1 is for ever. */
static int sooner(int a_ms, int b_ms)
{
	return b_ms >= 0 && (a_ms < 0 || b_ms < a_ms) ? b_ms : a_ms;
}

/* Until the dialer or the quoter fails. */
static void run(void)
{
	const char *whose;

	while (loop_ended(&whose) == 0) {
		int wait_ms = conn_expire(), startup_ms = startup_turn(), ask_ms;

		wait_ms = sooner(wait_ms, paced_turn());
		request_grant();
		ask_ms = quotes_ask();
		loop_turn(sooner(sooner(wait_ms, ask_ms), startup_ms));
		conn_bury();
	}
}

static int start(const struct identity *identity, bool tells)
{
	static struct dial dialer = { .socket = SERVICE_DIALER };
	uint64_t seed;
	int r = RAND_bytes((uint8_t *)&seed, sizeof(seed)) == 1 ? loop_init() : -EIO;

	source_init(seed);
	if (r == 0)
		r = startup_begin(identity, &dialer, tells);
	return r < 0 ? give_up("cannot start", r) : 0;
}

int main(void)
{
	static struct identity identity;
	static struct plan plan;
	const char *whose;
	int error;

	service_init();
	if (confine_itself() < 0 || read_plan(&plan) < 0 ||
	    make_identity(&identity, plan.padding) < 0 || start(&identity, plan.status) < 0)
		return 1;
	run();
	error = loop_ended(&whose);
	report("cannot go on without %s: %s", whose, strerror(-error));
	return 1;
}
