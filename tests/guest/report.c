/* SPDX-License-Identifier: MIT */
/*
 * The report to Azure's host: the program as it is in the guest, behind the dialer's filter, and a
 * server of the documented protocol at its address, in a network of the test's own. Then what is read
 * of answers, honest and not.
 * seen: azure: the report that a machine is ready is heard by a server of the documented protocol
 */
#define _GNU_SOURCE
#include "initramfs/cloud/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/cloud/answer.h"
#include "initramfs/common/service.h"
#include "tests/lib/bytes.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"

#define GOAL                                                                                      \
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<GoalState xmlns:xsi=\"x\">\n"               \
	"  <Version>2012-11-30</Version>\n  <Incarnation>1</Incarnation>\n  <Machine>\n"          \
	"    <ExpectedState>Started</ExpectedState>\n    <LBProbePorts><Port>16001</Port>"        \
	"</LBProbePorts>\n  </Machine>\n  <Container>\n    <ContainerId>c6d5526c-5ac2-4200-b6e2-" \
	"56f2b70c5ab2</ContainerId>\n    <RoleInstanceList>\n      <RoleInstance>\n        "      \
	"<InstanceId>b61f93d0-e1ed-40b2-b067-22c243233448._machine-1</InstanceId>\n"              \
	"      </RoleInstance>\n    </RoleInstanceList>\n  </Container>\n</GoalState>\n"
#define OK	    "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
#define PATIENCE_MS 60000

/* ---- what is read ---- */

static bool reads(const char *xml)
{
	struct wire_goal goal;
	struct span s = copy_of(xml, strlen(xml));
	bool is = wire_goal(s, &goal) == 0;

	copy_drop(s);
	return is;
}

static void test_goal(void)
{
	struct wire_goal goal;
	bool held = true;

	ok(wire_goal(span_of(GOAL, strlen(GOAL)), &goal) == 0, "a goal state is read");
	is_str(goal.incarnation, "1", "its incarnation");
	is_str(goal.container, "c6d5526c-5ac2-4200-b6e2-56f2b70c5ab2", "its container");
	is_str(goal.instance, "b61f93d0-e1ed-40b2-b067-22c243233448._machine-1", "its instance");
	for (size_t n = 0; n < strlen(GOAL) - 100; n++) {
		struct span s = copy_of(GOAL, n);

		held &= wire_goal(s, &goal) == -EBADMSG;
		copy_drop(s);
	}
	ok(held, "every beginning of it that lacks one is refused");
#define C "<ContainerId>c</ContainerId>"
#define I "<InstanceId>i</InstanceId>"
	ok(reads("<Incarnation>1</Incarnation>" C I), "the shortest");
	ok(!reads("<Incarnation></Incarnation>" C I), "an empty value");
	ok(!reads("<Incarnation>1</Incarnation>" C C I), "one that is there twice");
	ok(!reads("<Incarnation>1\r\nx: y</Incarnation>" C I), "a line end in it");
	ok(!reads("<Incarnation>1<Ready/></Incarnation>" C I), "an element in it");
	ok(!reads("<Incarnation>&lt;</Incarnation>" C I), "an entity in it");
	ok(!reads("<Incarnation>1</ContainerId>" C I), "an end of another name");
	ok(!reads("<Incarnation>"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "</Incarnation>" C I),
	   "one of 128 characters");
}

/* What answer_read() makes of one that ended or not; its status, or an error, and its content. */
static int content_of(const char *text, bool ended, char ret[static 256])
{
	size_t len = strlen(text);
	char *copy = (char *)exact_copy(text, len);
	struct answer answer;
	int r = answer_read(copy, len, ended, &answer);

	if (r == 0)
		snprintf(ret, 256, "%.*s%s", (int)answer.content.left,
			 (const char *)answer.content.p, answer.open ? " (open)" : "");
	free(copy);
	return r == 0 ? (int)answer.status : r;
}

static void test_content(void)
{
	static const char chunked[] = OK "Transfer-Encoding: chunked\r\n\r\n"
					 "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
	char text[256] = "";
	bool held = true;

	ok(content_of(OK "Content-Length: 3\r\n\r\nabc", false, text) == 200 &&
		   !strcmp(text, "abc"),
	   "content of a length");
	ok(content_of(chunked, false, text) == 200 && !strcmp(text, "abcde"), "content in chunks");
	ok(content_of(OK "\r\nabc", true, text) == 200 && !strcmp(text, "abc (open)"),
	   "content up to the end of the connection, which may be cut off");
	is_int(content_of(OK "\r\nabc", false, text), -EAGAIN, "which has to come");
	is_int(content_of(OK "Content-Length: 3\r\n\r\nab", true, text), -EBADMSG,
	       "content that was cut off");
	for (size_t n = 0; n < sizeof(chunked) - 1; n++) {
		char some[256];

		snprintf(some, sizeof(some), "%.*s", (int)n, chunked);
		held &= content_of(some, false, text) == -EAGAIN &&
			content_of(some, true, text) == -EBADMSG;
	}
	ok(held, "no beginning of an answer is one");
	is_int(content_of("HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\n", false, text), 503,
	       "an answer that is no success is its head");
	is_int(content_of(OK "Content-Length: 3\r\n\r\nabc" OK "Content-Length: 0\r\n\r\n", true,
			  text),
	       -EBADMSG, "a second answer behind the first");
	is_int(content_of(OK "Content-Length: 3\r\n\r\nabcd", true, text), -EBADMSG,
	       "more than its length says");
	is_int(content_of("SSH-2.0-x\r\n\r\n", true, text), -EBADMSG, "another protocol");
}

/* ---- the program ---- */

static int listener, reports;
static pid_t program;

static void start(void)
{
	int pipe[2], filter = filter_of("initramfs/seccomp/dialer.list");

	must(pipe2(pipe, O_CLOEXEC) == 0 && filter >= 0);
	program = fork_child();
	if (program == 0) {
		int report = fcntl(pipe[1], F_DUPFD_CLOEXEC, 64);

		filter = fcntl(filter, F_DUPFD_CLOEXEC, 64);
		dup2(report, SERVICE_REPORT);
		dup2(filter, SERVICE_FILTER);
		execl("build/guest/cloud", "cloud", NULL);
		_exit(127);
	}
	close(pipe[1]);
	close(filter);
	reports = pipe[0];
}

static int end(void)
{
	int status = 0;

	waitpid(program, &status, 0);
	close(reports);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The next request, whole, in text; -1: none came. */
static int hear(char *text, size_t size)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };
	int fd = poll(&p, 1, PATIENCE_MS) == 1 ? accept(listener, NULL, NULL) : -1;
	size_t len = 0;
	ssize_t n = 1;

	text[0] = '\0';
	while (fd >= 0 && n > 0 && !strstr(text, "\r\n\r\n")) {
		n = read(fd, text + len, size - 1 - len);
		len += n > 0 ? (size_t)n : 0;
		text[len] = '\0';
	}
	if (fd >= 0 && strstr(text, "POST"))
		while (n > 0 && !strstr(text, "</Health></Role>")) {
			n = read(fd, text + len, size - 1 - len);
			len += n > 0 ? (size_t)n : 0;
			text[len] = '\0';
		}
	return fd;
}

static void say(int fd, const char *text)
{
	for (size_t i = 0, len = strlen(text); i < len; i += 700) {
		(void)!write(fd, text + i, len - i < 700 ? len - i : 700);
		poll(NULL, 0, 5); /* in pieces */
	}
	close(fd);
}

static void say_goal(int fd)
{
	char text[2048];

	snprintf(text, sizeof(text), OK "Content-Length: %zu\r\n\r\n%s", strlen(GOAL), GOAL);
	say(fd, text);
}

static const char asked[] = "GET /machine?comp=goalstate HTTP/1.1\r\nHost: 168.63.129.16\r\n"
			    "x-ms-agent-name: rampart\r\nx-ms-version: 2012-11-30\r\n"
			    "Connection: close\r\n\r\n";

static void test_ready(void)
{
	static char text[65536];
	int fd;

	start();
	fd = hear(text, sizeof(text));
	is_str(text, asked, "first it asks for the goal state");
	say_goal(fd);
	fd = hear(text, sizeof(text));
	ok(!strncmp(text, "POST /machine?comp=health HTTP/1.1\r\n", 36) &&
		   strstr(text, "\r\nContent-Type: text/xml;charset=utf-8\r\n") &&
		   strstr(text, "\r\nx-ms-version: 2012-11-30\r\n"),
	   "then it says how it is");
	ok(strstr(text,
		  "<GoalStateIncarnation>1</GoalStateIncarnation><Container><ContainerId>"
		  "c6d5526c-5ac2-4200-b6e2-56f2b70c5ab2</ContainerId><RoleInstanceList><Role>"
		  "<InstanceId>b61f93d0-e1ed-40b2-b067-22c243233448._machine-1</InstanceId>"
		  "<Health><State>Ready</State></Health></Role></RoleInstanceList></Container>"
		  "</Health>") != NULL,
	   "ready, with the three values of the goal state");
	say(fd, OK "Content-Length: 0\r\n\r\n");
	is_int(end(), 0, "it was heard, and ends");
}

/* What a host may do instead: nothing of it ends the program, and it asks again. */
static void test_hostile(void)
{
	static char text[65536], much[100000];
	int fd;

	start();
	fd = hear(text, sizeof(text));
	memset(much, 'a', sizeof(much) - 1);
	memcpy(much, OK "\r\n", strlen(OK "\r\n"));
	say(fd, much);
	fd = hear(text, sizeof(text));
	is_str(text, asked, "an answer without end is given up, and asked for again");
	say(fd, OK "Content-Length: 5\r\n\r\nhello");
	fd = hear(text, sizeof(text));
	is_str(text, asked, "an answer of something else, too");
	say_goal(fd);
	fd = hear(text, sizeof(text));
	say(fd, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n");
	fd = hear(text, sizeof(text));
	is_str(text, asked, "a report that is refused begins anew");
	say_goal(fd);
	say(hear(text, sizeof(text)), OK "\r\n");
	is_int(end(), 0, "and at last it is heard");
}

int main(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(80) };

	setvbuf(stdout, NULL, _IOLBF, 0);
	test_goal();
	test_content();
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		tap_skip("the program and a server", "not root");
		return tap_done();
	}
	signal(SIGPIPE, SIG_IGN);
	must(system("ip link set lo up && ip addr add 168.63.129.16/32 dev lo") == 0);
	must(inet_pton(AF_INET, "168.63.129.16", &at.sin_addr) == 1);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listener, 4) == 0);
	test_ready();
	test_hostile();
	return tap_done();
}
