/* SPDX-License-Identifier: MIT */
/*
 * The identity stage: starts the gateway, which makes the TLS key and keeps it to itself, and
 * measures the public half that it reports. Only after that may the port open, for status while
 * the rest is loaded, and for all else when the PCRs are capped (gateway/startup.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/common/file.h"
#include "initramfs/common/service.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/child.h"
#include "initramfs/init/console.h"
#include "initramfs/init/fail.h"
#include "measure/lib/array.h"

#define KEY_WAIT_MS  60000 /* far above what making a key takes, on an emulated processor too */
#define SEED_LEN     32
#define GATEWAY_NICE 10

/*
 * SubjectPublicKeyInfo of any uncompressed point on P-256: RFC 5480, section 2. The point follows.
 */
static const uint8_t spki_head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
				     0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
				     0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
#define SPKI_LEN (sizeof(spki_head) + 64)

/*
 * Mixed in without crediting entropy: the kernel is seeded already, and poor numbers from the TPM
 * do no harm.
 */
static int seed_random(struct boot *b)
{
	uint8_t seed[SEED_LEN];
	int r = tpm_random(&b->tpm, seed, sizeof(seed)), fd;

	if (r < 0)
		return r;
	fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, seed, sizeof(seed)) != (ssize_t)sizeof(seed))
		r = because(-EIO, "cannot seed the random numbers: /dev/urandom: %s",
			    strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	explicit_bzero(seed, sizeof(seed));
	return r;
}

/*
 * The OOM killer never picks init or a program of its own. A debug image shows all that the kernel
 * logs, and what a process did that a signal ended: after SIGSYS, ORIG_RAX is the number of the call
 * that a filter kills, which this kernel, without an audit log, says nowhere else; initramfs/debug
 * names it.
 */
static int before_others(struct boot *b)
{
	int r = file_write_text("/proc/self/oom_score_adj", "-1000");

	if (r == 0 && b->plan.debug)
		r = file_write_text("/proc/sys/kernel/printk", "7");
	if (r == 0 && b->plan.debug)
		r = file_write_text("/proc/sys/kernel/print-fatal-signals", "1");
	if (r < 0)
		return because(r, "cannot prepare for what it starts: %s", strerror(-r));
	b->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (b->null < 0)
		return because(-errno, "cannot open /dev/null: %s", strerror(errno));
	b->out = b->plan.debug ? console_again() : b->null;
	if (b->out < 0)
		return because(b->out, "cannot open the console again: %s", strerror(-b->out));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, b->dialer) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, b->quoter) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, b->refusals) < 0)
		return because(-errno, "cannot make a socket pair: %s", strerror(errno));
	return 0;
}

/* Only root may bind a port below 1024. The gateway starts listening on it when it can serve. */
static int bind_port(int *ret_fd)
{
	const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(GUEST_PORT) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0)
		return because(-errno, "cannot bind port %d: %s", GUEST_PORT, strerror(errno));
	*ret_fd = fd;
	return 0;
}

/* A kernel without the firmware's log: the verifier will say what is missing. */
static int open_firmware_log(const struct boot *b)
{
	int fd = open(FIRMWARE_LOG, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? b->null : fd;
}

/*
 * The machine is loading what it will serve, and whoever floods the port must not slow that: of a
 * busy processor the gateway has a tenth until the run stage.
 */
static int step_back(void)
{
	return setpriority(PRIO_PROCESS, 0, GATEWAY_NICE) < 0 ? -errno : 0;
}

/* The end to read from; the other one is init's, if the plan has the gateway tell of it. */
static int open_progress(struct boot *b, int *ret_fd)
{
	int fds[2];

	*ret_fd = b->null;
	if (!b->plan.status)
		return 0;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return because(-errno, "cannot make a pipe: %s", strerror(errno));
	b->progress.pipe = fds[1];
	b->progress.total = b->plan.container.size + b->plan.models_size;
	*ret_fd = fds[0];
	return 0;
}

/* b->null stays: others get it, too. */
static void close_ends(const struct boot *b, const int *fds)
{
	static const int ends[] = { SERVICE_SUBJECT, SERVICE_FIRMWARE_LOG, SERVICE_RUNTIME_LOG,
				    SERVICE_PLAN, SERVICE_PROGRESS };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (fds[ends[i]] != b->null)
			(void)close(fds[ends[i]]);
	(void)close(b->dialer[0]); /* kept: the other ends, for dialer and quoter */
	(void)close(b->quoter[0]);
}

static int start_gateway(struct boot *b)
{
	int fds[] = { b->null,
		      b->out,
		      b->out,
		      [SERVICE_DIALER] = b->dialer[0],
		      [SERVICE_FILTER] = b->filters[PLAN_GATEWAY],
		      [SERVICE_QUOTER] = b->quoter[0],
		      [SERVICE_FIRMWARE_LOG] = open_firmware_log(b),
		      [SERVICE_RUNTIME_LOG] = open(RUNLOG_PATH, O_RDONLY | O_CLOEXEC),
		      [SERVICE_PLAN] = b->null,
		      [SERVICE_PROGRESS] = b->null };
	int r = bind_port(&fds[SERVICE_SUBJECT]);

	if (r == 0)
		r = service_plan(b->plan_bytes, b->plan_len, &fds[SERVICE_PLAN]);
	if (r == 0)
		r = open_progress(b, &fds[SERVICE_PROGRESS]);
	if (r == 0 && fds[SERVICE_RUNTIME_LOG] < 0)
		r = because(-errno, "cannot read %s: %s", RUNLOG_PATH, strerror(errno));
	if (r < 0)
		return r;
	b->gateway.name = "gateway";
	b->gateway.prepare = step_back;
	r = service_start(&b->gateway, "/bin/gateway", fds, _SERVICE_MAX);
	close_ends(b, fds);
	return r;
}

static int from_hex(const char *hex, uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(hex) != 2 * len)
		return -EBADMSG;
	for (size_t i = 0; i < 2 * len; i++) {
		const char *digit = strchr(digits, hex[i]);

		if (!digit)
			return -EBADMSG;
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | (digit - digits));
	}
	return 0;
}

/* "identity <SPKI in hex>" is the first thing that the gateway says. */
static int await_key(struct boot *b, uint8_t spki[static SPKI_LEN])
{
	static const char word[] = "identity ";
	struct pollfd p = { .fd = b->gateway.report, .events = POLLIN };
	char line[SERVICE_TEXT_MAX];
	int r;

	do
		r = poll(&p, 1, KEY_WAIT_MS);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return because(-ETIMEDOUT, "gateway: made no key in %d ms", KEY_WAIT_MS);
	service_listen(&b->gateway, line);
	if (line[0] == '\0')
		return because(-ECHILD, "gateway: ended before it had a key");
	if (strncmp(line, word, sizeof(word) - 1) != 0)
		return because(-ECHILD, "gateway: %s", line);
	if (from_hex(line + sizeof(word) - 1, spki, SPKI_LEN) < 0 ||
	    memcmp(spki, spki_head, sizeof(spki_head)) != 0)
		return because(-EPROTO, "gateway: what it reported is not a P-256 key");
	return 0;
}

int stage_identity(struct boot *b)
{
	uint8_t spki[SPKI_LEN];
	struct digest digest;
	struct event event;
	int r = seed_random(b);

	if (r == 0)
		r = before_others(b);
	if (r == 0)
		r = start_gateway(b);
	if (r == 0)
		r = await_key(b, spki);
	if (r < 0)
		return r;
	hash_bytes(HASH_SHA256, spki, sizeof(spki), &digest);
	r = event_identity(&digest, &event);
	return r < 0 ? r : measure(b, &event);
}
