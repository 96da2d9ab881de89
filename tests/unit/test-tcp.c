/* SPDX-License-Identifier: MIT */
/* Connections to hosts with several addresses, some of which do not answer. */
#include "measure/cmd/client/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/instant.h"
#include "tests/lib/tap.h"
#include "tests/lib/tpmsign.h"

#define GENEROUS_MS 60000

static int64_t soon(int ms)
{
	return instant_ms() + ms;
}

static void add(struct tcp_addresses *a, int family, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = port,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = port,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct tcp_address *address = &a->v[a->n++];

	if (family == AF_INET)
		memcpy(&address->sockaddr, &v4, address->len = sizeof(v4));
	else
		memcpy(&address->sockaddr, &v6, address->len = sizeof(v6));
}

/* A listening socket on 127.0.0.1, and its port as it is on the wire. */
static int listener(int backlog, uint16_t *ret_port)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0 &&
	     listen(fd, backlog) == 0 && getsockname(fd, (struct sockaddr *)&here, &len) == 0);
	*ret_port = here.sin_port;
	return fd;
}

/* One whose queue is full: connections to it are neither taken nor refused. */
struct deaf {
	int fd, queued[16];
	size_t n;
	uint16_t port;
};

static void deaf_make(struct deaf *d)
{
	struct sockaddr_in there = { .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	d->fd = listener(0, &d->port);
	there.sin_port = d->port;
	for (d->n = 0; d->n < 16; d->n++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		must(fd >= 0);
		d->queued[d->n] = fd;
		(void)!connect(fd, (struct sockaddr *)&there, sizeof(there));
		if (poll(&p, 1, 300) == 0)
			break; /* it waits, as all after it */
	}
	must(d->n < 16);
	d->n++;
}

static void deaf_done(struct deaf *d)
{
	for (size_t i = 0; i < d->n; i++)
		close(d->queued[i]);
	close(d->fd);
}

static void order(const char *resolved, const char *tried, const char *name)
{
	struct tcp_addresses a = { .n = 0 };
	char got[2 * TCP_ADDRESSES_MAX + 1] = "";

	for (const char *c = resolved; *c; c += 2)
		add(&a, c[0] == '6' ? AF_INET6 : AF_INET, (uint16_t)c[1]);
	tcp_interleave(&a);
	for (size_t i = 0; i < a.n; i++) {
		const struct sockaddr_in *sa = (const struct sockaddr_in *)&a.v[i].sockaddr;

		got[2 * i] = sa->sin_family == AF_INET6 ? '6' : '4';
		got[2 * i + 1] = (char)sa->sin_port;
	}
	is_str(got, tried, name);
}

static void test_order(void)
{
	order("", "", "no address");
	order("6a6b6c4a4b", "6a4a6b4b6c", "families take turns, each in the resolver's order");
	order("4a4b4c6a", "4a6a4b4c", "whichever is first");
	order("6a4a6b4b", "6a4a6b4b", "what takes turns already stays");
	order("4a4b4c", "4a4b4c", "so does what has one family");
}

static const char *reached(int fd, uint16_t port)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);

	if (fd < 0 || getpeername(fd, (struct sockaddr *)&peer, &len) < 0)
		return "nobody";
	return peer.sin_port == port ? "it" : "another";
}

static void test_race(void)
{
	struct tcp_addresses a = { .n = 0 };
	uint16_t live, refusing;
	int fd = -1, live_fd = listener(8, &live);
	struct tcp_outcome outcome;
	struct deaf deaf;

	close(listener(1, &refusing));
	deaf_make(&deaf);
	is_int(tcp_race(&a, soon(GENEROUS_MS), &fd, &outcome), -ENOENT,
	       "no address is none to connect to");

	add(&a, AF_INET, refusing);
	is_int(tcp_race(&a, soon(GENEROUS_MS), &fd, &outcome), -ECONNREFUSED,
	       "an address that refuses");
	is_int(fd, -1, "gives no descriptor");
	add(&a, AF_INET, live);
	is_int(tcp_race(&a, soon(GENEROUS_MS), &fd, &outcome), 0, "another is then tried");
	is_str(reached(fd, live), "it", "and taken");
	ok(outcome.winner == 1 && outcome.error[1] == 0, "which is told");
	is_int(outcome.error[0], -ECONNREFUSED, "and what became of the first");
	ok(fcntl(fd, F_GETFL) & O_NONBLOCK, "it does not block");
	close(fd);

	a.n = 0;
	add(&a, AF_INET, deaf.port);
	add(&a, AF_INET, live);
	is_int(tcp_race(&a, soon(GENEROUS_MS), &fd, &outcome), 0,
	       "an address that does not answer holds up no other");
	is_str(reached(fd, live), "it", "which is taken while the first still waits");
	ok(outcome.winner == 1 && outcome.error[0] == -ETIMEDOUT, "and that is told");
	close(fd);

	a.n = 0;
	add(&a, AF_INET, deaf.port);
	add(&a, AF_INET, refusing);
	add(&a, AF_INET, deaf.port);
	add(&a, AF_INET, live);
	is_int(tcp_race(&a, soon(GENEROUS_MS), &fd, &outcome), 0, "nor do three");
	close(fd);

	a.n = 0;
	add(&a, AF_INET, deaf.port);
	is_int(tcp_race(&a, soon(400), &fd, &outcome), -ETIMEDOUT, "alone it ends at the deadline");
	is_int(outcome.error[0], -ETIMEDOUT, "as one that did not answer");
	add(&a, AF_INET, refusing);
	is_int(tcp_race(&a, soon(700), &fd, &outcome), -ETIMEDOUT, "also beside one that refuses");
	deaf_done(&deaf);
	close(live_fd);
}

static void test_resolve(void)
{
	static struct tcp_addresses a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a.v[0].sockaddr;
	struct rampart_error why = { "" };
	struct url url;

	must(url_parse("127.0.0.1:8443", &url, &why) == 0);
	is_int(tcp_resolve(&url, soon(0), &a, &why), 0, "an address needs no time to be looked up");
	is_int(a.n, 1, "and is one");
	must(url_parse("[fe80::1%25lo]:8443", &url, &why) == 0);
	is_int(tcp_resolve(&url, soon(0), &a, &why), 0, "so is one of an interface");
	is_int(v6->sin6_scope_id, 1, "which it then has, as a number");
	must(url_parse("[fe80::1%25none-such]", &url, &why) == 0);
	is_int(tcp_resolve(&url, soon(0), &a, &why), -1, "an interface that is not there");
	ok(why.text[0], "has a reason");
	must(url_parse("localhost:8443", &url, &why) == 0);
	is_int(tcp_resolve(&url, soon(GENEROUS_MS), &a, &why), 0, "a name is looked up");
	ok(a.n > 0, "and has an address");
}

/* Where tests run, names are asked of 127.0.0.1, if of anybody. */
static void test_silent_name_server(void)
{
	static const char name[] = "a name server that does not answer is not waited for";
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_port = htons(53),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	static struct tcp_addresses a;
	struct rampart_error why = { "" };
	struct stat st;
	struct url url;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char buf[512];

	if (stat("/etc/resolv.conf", &st) == 0 && st.st_size > 0) {
		tap_skip(name, "this is no toolbox: its names are asked of others");
		close(fd);
		return;
	}
	must(bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0);
	must(url_parse("machine.example:8443", &url, &why) == 0);
	is_int(tcp_resolve(&url, soon(1000), &a, &why), -1, name);
	is_str(why.text, "no answer from the name servers", "and the reason says so");
	ok(recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0, "although it was asked");
	close(fd);
}

int main(void)
{
	test_order();
	test_race();
	test_resolve();
	test_silent_name_server();
	return tap_done();
}
