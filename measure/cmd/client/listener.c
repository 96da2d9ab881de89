/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/client/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/instant.h"
#include "measure/lib/array.h"

#define BACKLOG 128

/* ---- a port ---- */

/* Accepted sockets inherit its options: tokens must not wait for each other. */
int listen_port(uint16_t port, struct listener *ret)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(here);
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0 || listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, (struct sockaddr *)&here, &len) < 0) {
		int r = fail("connect", "cannot listen on 127.0.0.1 port %u: %s%s", port,
			     strerror(errno),
			     errno == EADDRINUSE ? "; --port takes another one" : "");

		if (fd >= 0)
			close(fd);
		return r;
	}
	*ret = (struct listener){ .fd = fd, .port = ntohs(here.sin_port) };
	return 0;
}

/* ---- a Unix socket ---- */

/*
 * Makes sure that nothing is at the address, removing a stale socket; an error line if something
 * is.
 */
static int make_way(const char *path, const struct sockaddr_un *here)
{
	struct stat st;
	int fd, error;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : fail("connect", "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return fail("connect", "%s: exists and is not a socket; choose another path", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail("connect", "%s: %s", path, strerror(errno));
	error = connect(fd, (const struct sockaddr *)here, sizeof(*here)) < 0 ? errno : 0;
	close(fd);
	if (error != ECONNREFUSED)
		return fail(
			"connect",
			"%s: another program may be listening there; end it, or choose another path",
			path);
	if (unlink(path) < 0 && errno != ENOENT)
		return fail("connect", "%s: cannot replace it: %s", path, strerror(errno));
	return 0;
}

static int bind_private(int fd, const struct sockaddr_un *here)
{
	mode_t before = umask(0177);
	int r = bind(fd, (const struct sockaddr *)here, sizeof(*here)) < 0 ? -errno : 0;

	(void)umask(before);
	return r;
}

int listen_unix(const char *path, struct listener *ret)
{
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	struct stat st = { 0 };
	int fd, r;

	if (strlen(path) == 0 || strlen(path) >= sizeof(here.sun_path))
		return fail("connect", "%s: the path of a socket has 1 to %zu characters", path,
			    sizeof(here.sun_path) - 1);
	strcpy(here.sun_path, path);
	r = make_way(path, &here);
	if (r)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = fd < 0 ? -errno : bind_private(fd, &here);
	if (r == 0 && (listen(fd, BACKLOG) < 0 || lstat(path, &st) < 0))
		r = -errno;
	if (r < 0) {
		if (fd >= 0)
			close(fd);
		return fail("connect", "cannot listen on unix:%s: %s", path, strerror(-r));
	}
	*ret = (struct listener){ .fd = fd, .path = path, .dev = st.st_dev, .ino = st.st_ino };
	return 0;
}

/* ---- one that is there ---- */

static bool is_loopback(const struct sockaddr_storage *here)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)here;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)here;

	if (here->ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return here->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* An abstract name has no mode: whoever shares the network namespace reaches it. */
static bool is_path(const struct sockaddr_storage *here)
{
	return here->ss_family == AF_UNIX && ((const struct sockaddr_un *)here)->sun_path[0];
}

static bool is_listening(int fd)
{
	socklen_t len = sizeof(int);
	int type = 0, listens = 0;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens;
}

int listen_passed(int fd, struct listener *ret)
{
	struct sockaddr_storage here = { 0 };
	socklen_t len = sizeof(here);
	const int on = 1;
	bool is_port;

	if (!is_listening(fd) || getsockname(fd, (struct sockaddr *)&here, &len) < 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return fail(
			"connect",
			"the socket that was handed over (LISTEN_FDS) is no stream socket that listens");
	is_port = here.ss_family == AF_INET || here.ss_family == AF_INET6;
	if (is_port ? !is_loopback(&here) : !is_path(&here))
		return fail(
			"connect",
			"the socket that was handed over (LISTEN_FDS) must be of 127.0.0.1, [::1] or a path: anybody who reaches it may ask");
	if (is_port && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		return fail("connect", "%s", strerror(errno));
	*ret = (struct listener){ .fd = fd };
	if (is_port)
		ret->port = ntohs(here.ss_family == AF_INET
					  ? ((struct sockaddr_in *)&here)->sin_port
					  : ((struct sockaddr_in6 *)&here)->sin6_port);
	ret->is_v6 = here.ss_family == AF_INET6;
	return 0;
}

void listener_done(struct listener *l)
{
	struct stat st;

	close(l->fd);
	if (l->path && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
		(void)unlink(l->path);
}

/* ---- clients ---- */

int listener_signals(int *ret_fd)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGTERM };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		struct sigaction action;

		if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, ending[i]);
	}
	*ret_fd = -1;
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) == 0)
		*ret_fd = signalfd(-1, &set, SFD_CLOEXEC);
	return *ret_fd >= 0 ? 0 : fail("connect", "cannot wait for signals: %s", strerror(errno));
}

/* The signal that came; 0: none. */
static int take_signal(int signals)
{
	struct signalfd_siginfo info;

	return read(signals, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

static void end_by_signal(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	(void)raise(signal);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

bool listener_drain(int signals, int gone, int wait_ms)
{
	struct pollfd p[] = { { .fd = gone, .events = POLLIN },
			      { .fd = signals, .events = POLLIN } };
	int64_t until = instant_ms() + wait_ms;

	for (;;) {
		int64_t left = until - instant_ms();
		int n = poll(p, 2, left > 0 ? (int)left : 0), signal;

		if (n < 0 && errno == EINTR)
			continue;
		signal = n > 0 && p[1].revents ? take_signal(signals) : 0;
		if (signal)
			end_by_signal(signal);
		if (n <= 0 || p[0].revents)
			return n > 0;
	}
}

int listener_accept(struct listener *l, int signals)
{
	struct pollfd p[] = { { .fd = l->fd, .events = POLLIN },
			      { .fd = signals, .events = POLLIN } };

	for (;;) {
		int client, signal;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		signal = p[1].revents ? take_signal(signals) : 0;
		if (signal == SIGTERM)
			return LISTENER_TERMINATED;
		if (signal) {
			listener_done(l);
			end_by_signal(signal);
		}
		client = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
		if (client >= 0)
			return client;
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			(void)sleep(1); /* clients leave, and free their descriptors */
		else if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN)
			break;
	}
	(void)fail("connect", "cannot accept: %s", strerror(errno));
	return -1;
}
