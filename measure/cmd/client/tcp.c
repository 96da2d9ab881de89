/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "measure/cmd/instant.h"
#include "measure/record/error.h"

/* ---- names ---- */

/* getaddrinfo() has no timeout, so it runs in a thread that can be abandoned. */
struct lookup {
	pthread_mutex_t lock;
	pthread_cond_t finished;
	struct url url;
	bool done, abandoned;
	int result;
	struct addrinfo *list;
};

static void lookup_free(struct lookup *l)
{
	if (l->list)
		freeaddrinfo(l->list);
	pthread_cond_destroy(&l->finished);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static int look_up(const struct url *url, struct addrinfo **ret_list)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM,
					.ai_flags = url->is_address ? AI_NUMERICHOST : 0 };

	return getaddrinfo(url->host, url->port, &hints, ret_list);
}

static void *lookup_main(void *arg)
{
	struct lookup *l = arg;
	struct addrinfo *list = NULL;
	int result = look_up(&l->url, &list);
	bool abandoned;

	pthread_mutex_lock(&l->lock);
	l->result = result;
	l->list = result == 0 ? list : NULL;
	l->done = true;
	abandoned = l->abandoned;
	pthread_cond_signal(&l->finished);
	pthread_mutex_unlock(&l->lock);
	if (abandoned)
		lookup_free(l);
	return NULL;
}

static struct lookup *lookup_start(const struct url *url)
{
	struct lookup *l = calloc(1, sizeof(*l));
	pthread_condattr_t monotonic;
	pthread_t thread;

	if (!l)
		return NULL;
	l->url = *url;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&l->finished, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&thread, NULL, lookup_main, l) == 0) {
		(void)pthread_detach(thread);
		return l;
	}
	lookup_free(l);
	return NULL;
}

/*
 * True when it has finished; false at the deadline, and then the look-up frees itself when it ends.
 */
static bool lookup_wait(struct lookup *l, int64_t deadline)
{
	const struct timespec until = { .tv_sec = deadline / 1000,
					.tv_nsec = deadline % 1000 * 1000000 };
	bool done;
	int r = 0;

	pthread_mutex_lock(&l->lock);
	while (!l->done && r == 0)
		r = pthread_cond_timedwait(&l->finished, &l->lock, &until);
	done = l->done;
	l->abandoned = !done;
	pthread_mutex_unlock(&l->lock);
	return done;
}

static void take_addresses(const struct addrinfo *list, struct tcp_addresses *ret)
{
	ret->n = 0;
	for (const struct addrinfo *a = list; a && ret->n < TCP_ADDRESSES_MAX; a = a->ai_next) {
		struct tcp_address *address = &ret->v[ret->n++];

		memcpy(&address->sockaddr, a->ai_addr, a->ai_addrlen);
		address->len = a->ai_addrlen;
	}
	tcp_interleave(ret);
}

static int failed(int result, struct rampart_error *error)
{
	return error_set(error, -1, "%s",
			 result == EAI_SYSTEM ? strerror(errno) : gai_strerror(result));
}

int tcp_resolve(const struct url *url, int64_t deadline, struct tcp_addresses *ret,
		struct rampart_error *error)
{
	struct lookup *l;
	int r;

	if (url->is_address) {
		struct addrinfo *list;

		r = look_up(url, &list);
		if (r != 0)
			return failed(r, error);
		take_addresses(list, ret);
		freeaddrinfo(list);
		return 0;
	}
	l = lookup_start(url);
	if (!l)
		return error_set(error, -1, "out of memory or threads");
	if (!lookup_wait(l, deadline))
		return error_set(error, -1, "no answer from the name servers");
	r = l->result;
	if (r == 0)
		take_addresses(l->list, ret);
	lookup_free(l);
	return r == 0 ? 0 : failed(r, error);
}

void tcp_interleave(struct tcp_addresses *a)
{
	for (size_t i = 1; i < a->n; i++) {
		sa_family_t before = a->v[i - 1].sockaddr.ss_family;
		struct tcp_address next;
		size_t k = i;

		while (k < a->n && a->v[k].sockaddr.ss_family == before)
			k++;
		if (k == a->n)
			return;
		next = a->v[k];
		memmove(&a->v[i + 1], &a->v[i], (k - i) * sizeof(next));
		a->v[i] = next;
	}
}

/* ---- connections ---- */

struct race {
	struct pollfd attempt[TCP_ADDRESSES_MAX]; /* of each address begun; -1: it failed */
	size_t begun, waiting;
	int64_t next; /* when the next one begins at the latest */
	int error;    /* of the first that failed */
	struct tcp_outcome *outcome;
};

/*
 * A request follows the end of the handshake, which the peer does not answer: Nagle would delay it.
 */
static int start_connect(const struct tcp_address *address, int *ret_fd)
{
	const int on = 1;
	int fd = socket(address->sockaddr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    connect(fd, (const struct sockaddr *)&address->sockaddr, address->len) < 0)
		return -errno;
	return 0;
}

static void lose(struct race *race, struct pollfd *attempt, int error, int64_t now)
{
	if (attempt->fd >= 0)
		close(attempt->fd);
	attempt->fd = -1;
	race->outcome->error[attempt - race->attempt] = error;
	race->next = now;
	if (race->error == 0)
		race->error = error;
}

/* The descriptor if it is connected at once, else -1. */
static int begin_next(struct race *race, const struct tcp_addresses *a, int64_t now)
{
	struct pollfd *attempt = &race->attempt[race->begun];
	int r;

	*attempt = (struct pollfd){ .fd = -1, .events = POLLOUT };
	race->next = now + TCP_ATTEMPT_MS;
	r = start_connect(&a->v[race->begun++], &attempt->fd);
	if (r == 0)
		return attempt->fd;
	if (r == -EINPROGRESS)
		race->waiting++;
	else
		lose(race, attempt, r, now);
	return -1;
}

/* Which of the pending ones is connected; -1: none yet. */
static int look_at(struct race *race)
{
	for (size_t i = 0; i < race->begun; i++) {
		struct pollfd *attempt = &race->attempt[i];
		socklen_t len = sizeof(int);
		int error = 0;

		if (attempt->fd < 0 || !attempt->revents)
			continue;
		if (getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
			error = errno;
		if (error == 0)
			return attempt->fd;
		race->waiting--;
		lose(race, attempt, -error, instant_ms());
	}
	return -1;
}

static int run(struct race *race, const struct tcp_addresses *a, int64_t deadline)
{
	for (;;) {
		int64_t now = instant_ms(), until = deadline;
		bool more = race->begun < a->n;
		int fd = -1;

		if (now >= deadline)
			return -ETIMEDOUT;
		if (more && (now >= race->next || race->waiting == 0)) {
			fd = begin_next(race, a, now);
			if (fd >= 0)
				return fd;
			continue;
		}
		if (race->waiting == 0)
			return race->error;
		if (more && race->next < until)
			until = race->next;
		if (poll(race->attempt, race->begun, (int)(until - now)) < 0 && errno != EINTR)
			return -errno;
		fd = look_at(race);
		if (fd >= 0)
			return fd;
	}
}

int tcp_race(const struct tcp_addresses *addresses, int64_t deadline, int *ret_fd,
	     struct tcp_outcome *ret_outcome)
{
	struct race race = { .error = addresses->n ? 0 : -ENOENT, .outcome = ret_outcome };
	int r;

	*ret_outcome = (struct tcp_outcome){ 0 };
	r = run(&race, addresses, deadline);
	for (size_t i = 0; i < race.begun; i++) {
		if (race.attempt[i].fd < 0)
			continue;
		if (race.attempt[i].fd == r) {
			ret_outcome->winner = i;
			continue;
		}
		ret_outcome->error[i] = -ETIMEDOUT;
		close(race.attempt[i].fd);
	}
	if (r < 0)
		return r;
	*ret_fd = r;
	return 0;
}
