/* SPDX-License-Identifier: MIT */
/*
 * The gateway: relays the guest's port to the container's, over sockets that the dialer makes
 * inside the container's network namespace. Unprivileged, in an empty root, one thread. The port
 * opens when the container accepts its first connection: until then the kernel refuses for it.
 * Started by init as root with the descriptors of service.h.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confine.h"
#include "dial.h"
#include "relay.h"
#include "service.h"

#define RELAYS_MAX   256 /* 32 KiB each; further clients wait in the backlog */
#define BACKLOG	     128
#define PROBE_MIN_MS 5
#define PROBE_MAX_MS 200

static struct relay *relays[RELAYS_MAX];
static size_t n_relays;

/* 0: accepted, 1: not yet, or negative errno: the dialer failed. */
static int probe(void)
{
	struct pollfd p = { .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0, r = dial(SERVICE_DIALER, &p.fd);

	if (r == -ECONNREFUSED)
		return 1;
	if (r < 0)
		return r;
	if (poll(&p, 1, -1) < 0 || getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	(void)close(p.fd);
	return error ? 1 : 0;
}

/* A program in another namespace cannot say that it listens; asking is the only way to know. */
static int wait_container(void)
{
	int wait_ms = PROBE_MIN_MS, r;

	while ((r = probe()) > 0) {
		struct pollfd dialer = { .fd = SERVICE_DIALER };

		(void)poll(&dialer, 1, wait_ms); /* ends early if the dialer goes */
		if (wait_ms < PROBE_MAX_MS)
			wait_ms *= 2;
	}
	return r;
}

/* Negative errno only if the dialer failed; a container that refuses costs this client alone. */
static int accept_one(void)
{
	struct outer outer;
	int inner, r;

	if (outer_accept(SERVICE_SUBJECT, &outer) < 0)
		return 0; /* gone again, or nothing that trying again later would not mend */
	r = dial(SERVICE_DIALER, &inner);
	if (r < 0) {
		outer_close(&outer);
		return r == -ECONNREFUSED || r == -EAGAIN || r == -EMFILE || r == -ENOBUFS ||
				       r == -EADDRNOTAVAIL
			       ? 0
			       : r;
	}
	relays[n_relays] = relay_new(&outer, inner);
	if (relays[n_relays])
		n_relays++;
	return 0;
}

static void drop(size_t i)
{
	relay_free(relays[i]);
	relays[i] = relays[--n_relays];
}

/* Serves until the dialer fails. */
static int serve(void)
{
	static struct pollfd polls[2 + RELAYS_MAX * RELAY_POLLS];

	for (;;) {
		int r;

		polls[0] = (struct pollfd){ .fd = n_relays < RELAYS_MAX ? SERVICE_SUBJECT : -1,
					    .events = POLLIN };
		polls[1] = (struct pollfd){ .fd = SERVICE_DIALER, .events = POLLIN };
		for (size_t i = 0; i < n_relays; i++)
			relay_poll(relays[i], &polls[2 + i * RELAY_POLLS]);
		if (poll(polls, 2 + n_relays * RELAY_POLLS, -1) < 0 && errno != EINTR)
			return -errno;
		if (polls[1].revents) /* it speaks only when spoken to */
			return -EPIPE;
		/* Backwards, since drop() puts the last one into the gap. */
		for (size_t i = n_relays; i-- > 0;) {
			const struct pollfd *p = &polls[2 + i * RELAY_POLLS];

			if ((p[0].revents || p[1].revents) && !relay_move(relays[i]))
				drop(i);
		}
		if (polls[0].revents) {
			r = accept_one();
			if (r < 0)
				return r;
		}
	}
}

int main(void)
{
	int r;

	service_init();
	r = confine(UID_GATEWAY, 2 * RELAYS_MAX + 16, 0, SERVICE_FILTER);
	if (r < 0) {
		report("cannot confine itself: %s", strerror(-r));
		return 1;
	}
	r = wait_container();
	if (r == 0 && listen(SERVICE_SUBJECT, BACKLOG) < 0)
		r = -errno;
	if (r == 0) {
		report("serving");
		r = serve();
	}
	report("cannot go on without its dialer: %s", strerror(-r));
	return 1;
}
