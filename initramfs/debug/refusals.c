/* SPDX-License-Identifier: MIT */
/*
 * Only in debug images: says which calls of the container its filter refuses or kills, of which
 * program, and what it gets. The filter of such an image asks where that of a real one fails, and
 * keeps the error as the data of its verdict (measure/cmd/plan/refused.h); the launcher sends the
 * listener of each container (dialer.h), and every question is answered with that error here. A call
 * that kills is nobody's question: the kernel shows the registers of the process (init says that it
 * shall). Each is said once.
 * Source: Linux, Documentation/userspace-api/seccomp_filter.rst, "Userspace Notification".
 *
 *     refusals FILTER CALLS KMSG     the filter; a line "NUMBER NAME" a call; the kernel's log
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/common/bpf.h"
#include "initramfs/common/dialer.h"
#include "initramfs/common/file.h"
#include "initramfs/common/service.h"
#include "measure/lib/plan.h"

#define CALLS_MAX 512 /* x86-64's have numbers below */
#define SAID_MAX  1024
#define TEXT_MAX  192
#define POLLS_MAX (2 + PLAN_POOL_MAX * 2) /* containers that end, and those in their place */

static struct sock_filter filter[PLAN_SECCOMP_MAX / sizeof(struct sock_filter)];
static size_t filter_len;
static char names[CALLS_MAX][32];
static char said[SAID_MAX][TEXT_MAX];
static size_t n_said;

static void tell_once(const char *line)
{
	for (size_t i = 0; i < n_said; i++)
		if (!strcmp(said[i], line))
			return;
	if (n_said == SAID_MAX)
		return;
	(void)snprintf(said[n_said++], TEXT_MAX, "%s", line);
	(void)!write(STDERR_FILENO, line, strlen(line));
}

/* result: NULL, or what the program got. Its name is its own choice. */
static void tell(const char *what, const char *program, unsigned long nr, const char *result)
{
	const char *name = nr < CALLS_MAX && names[nr][0] ? names[nr] : "a call without a name";
	char line[TEXT_MAX], plain[20] = "";

	for (size_t i = 0; i < sizeof(plain) - 1 && program[i]; i++)
		plain[i] = (char)(program[i] > ' ' && program[i] <= '~' ? program[i] : '?');
	(void)snprintf(line, sizeof(line), "%s: %s: %s (call %lu)%s%s\n", what, plain, name, nr,
		       result ? ": " : "", result ? result : "");
	tell_once(line);
}

/* One question. A process that has ended meanwhile needs no answer. */
static void answer(int listener)
{
	struct seccomp_notif asked = { 0 };
	struct seccomp_notif_resp resp = { 0 };
	char path[64], program[32] = "?";
	int error;

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return;
	error = (int)(bpf_verdict(filter, filter_len, &asked.data) & SECCOMP_RET_DATA) ?: ENOSYS;
	(void)snprintf(path, sizeof(path), "/proc/%u/comm", asked.pid);
	(void)file_read_text(path, program, sizeof(program));
	tell("refused", program, (unsigned long)asked.data.nr, strerror(error));
	resp.id = asked.id;
	resp.error = -error;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

/*
 * One record of the kernel's log: "6,123,456,-;TEXT". Of a process that SIGSYS ended its lines say
 * the program, and then, among the registers, the call.
 */
static void read_record(const char *record)
{
	static const char fatal[] = ": potentially unexpected fatal signal ", call[] = "ORIG_RAX: ";
	static char program[32];
	const char *text = strchr(record, ';'), *at;

	if (!text++)
		return;
	at = strstr(text, fatal);
	if (at && !strncmp(at + sizeof(fatal) - 1, "31.", 3)) {
		const char *name = at; /* Linux 6.12 says it twice */

		while (name > text && (name - text < 2 || memcmp(name - 2, ": ", 2) != 0))
			name--;
		(void)snprintf(program, sizeof(program), "%.*s", (int)(at - name), name);
	}
	at = strstr(text, call);
	if (!at || !program[0])
		return;
	tell("killed", program, strtoul(at + sizeof(call) - 1, NULL, 16), NULL);
	program[0] = '\0';
}

/* 0, or negative errno: there is no such log, or no end of it was reached. */
static int read_log(int kmsg)
{
	char record[4096];
	ssize_t n = read(kmsg, record, sizeof(record) - 1);

	if (n <= 0) /* EPIPE: records were overwritten */
		return n < 0 && (errno == EAGAIN || errno == EPIPE || errno == EINTR) ? 0 : -EIO;
	record[n] = '\0';
	read_record(record);
	return 0;
}

/* A container's listener: a descriptor, or negative errno. */
static int receive(int socket)
{
	unsigned char bytes[2];
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control.room) };
	int fd = -1;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) <= 0)
		return -EPIPE;
	if (CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd < 0 ? -EAGAIN : fd;
}

static int load(const char *filter_path, const char *calls_path)
{
	char name[sizeof(names[0])];
	unsigned nr;
	size_t len;
	int r = file_read(filter_path, filter, sizeof(filter), &len);
	FILE *calls;

	if (r < 0)
		return r;
	calls = fopen(calls_path, "re");
	if (!calls)
		return -errno;
	filter_len = len / sizeof(filter[0]);
	while (fscanf(calls, "%u %31s", &nr, name) == 2)
		if (nr < CALLS_MAX)
			memcpy(names[nr], name, sizeof(name));
	(void)fclose(calls);
	return 0;
}

int main(int argc, char **argv)
{
	struct pollfd p[POLLS_MAX] = { { .events = POLLIN } };
	int r = argc == 4 ? load(argv[1], argv[2]) : -EINVAL;
	size_t n = 2;

	if (r < 0) {
		fprintf(stderr, "refusals: cannot read the filter or the names of calls: %s\n",
			strerror(-r));
		return 1;
	}
	p[1] = (struct pollfd){ .fd = open(argv[3], O_RDONLY | O_NONBLOCK | O_CLOEXEC),
				.events = POLLIN };
	for (;;) {
		p[0].fd = n < POLLS_MAX ? SERVICE_SUBJECT : -1;
		if (poll(p, n, -1) < 0)
			continue;
		if (p[1].revents && read_log(p[1].fd) < 0)
			p[1].fd = -1;
		for (size_t i = n; i-- > 2;) {
			if (p[i].revents & POLLIN)
				answer(p[i].fd);
			else if (p[i].revents) { /* nobody is left behind it */
				(void)close(p[i].fd);
				p[i] = p[--n];
			}
		}
		if (!p[0].revents)
			continue;
		p[n] = (struct pollfd){ .fd = receive(SERVICE_SUBJECT), .events = POLLIN };
		if (p[n].fd == -EPIPE)
			return 0;
		n += p[n].fd >= 0;
	}
}
