/* SPDX-License-Identifier: MIT */
/*
 * The instance configuration from a cloud's metadata service: the program as it is in the guest,
 * behind the dialer's filter, and servers of the documented protocols at their address, honest and
 * not, in a network of the test's own.
 * seen: aws: user data are read from a server of the documented protocol
 * seen: azure: user data are read from a server of the documented protocol
 */
#define _GNU_SOURCE
#include "initramfs/cloud/imds.h"

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

#include "initramfs/common/service.h"
#include "measure/lib/base64.h"
#include "tests/lib/bytes.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"

#define HEAD(name)  name "\r\nServer: x\r\nContent-Type: text/plain\r\n"
#define OK	    HEAD("HTTP/1.1 200 OK")
#define NOT_FOUND   HEAD("HTTP/1.1 404 Not Found") "Content-Length: 3\r\n"
#define GOOGLE	    "Metadata-Flavor: Google\r\n"
#define TOKEN	    "AQAEAKz-t_2ZzP1fzqtZlcKvHxvbvYVQ3dYl3cVmC1u9ZQ2Lq5CBbA=="
#define TOKEN_SAID  OK "X-Aws-Ec2-Metadata-Token-Ttl-Seconds: 60\r\nContent-Length: 56\r\n\r\n" TOKEN
#define CONFIG	    "hostname = example-1\n"
#define LENGTH_21   "Content-Length: 21\r\n\r\n" CONFIG
#define PATIENCE_MS 60000
#define MUCH	    (80 * 1024)

static int listener;
static char requests[4][2048];
static size_t n_requests;
static char message[INSTANCE_SIZE_MAX + 1];
static size_t message_len;

/* ---- the program ---- */

static pid_t start(const char *source, int subject)
{
	int filter = filter_of("initramfs/seccomp/dialer.list"), null = open("/dev/null", O_RDWR);
	pid_t pid = fork_child();

	must(filter >= 0 && null >= 0);
	if (pid == 0) {
		subject = fcntl(subject, F_DUPFD_CLOEXEC, 64);
		filter = fcntl(filter, F_DUPFD_CLOEXEC, 64);
		dup2(fcntl(null, F_DUPFD_CLOEXEC, 64), SERVICE_REPORT);
		dup2(subject, SERVICE_SUBJECT);
		dup2(filter, SERVICE_FILTER);
		execl("build/guest/cloud", "cloud", source, NULL);
		_exit(127);
	}
	close(filter);
	close(null);
	return pid;
}

/* One connection: its request is kept, and answered in pieces of so many bytes. */
static void serve(const char *answer, size_t len, size_t piece)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };
	int fd = poll(&p, 1, PATIENCE_MS) == 1 ? accept(listener, NULL, NULL) : -1;
	char *text = requests[n_requests++];
	size_t got = 0;

	text[0] = '\0';
	while (fd >= 0 && !strstr(text, "\r\n\r\n")) {
		ssize_t n = read(fd, text + got, sizeof(requests[0]) - 1 - got);

		if (n <= 0)
			break;
		got += (size_t)n;
		text[got] = '\0';
	}
	for (size_t i = 0; fd >= 0 && i < len; i += piece) {
		if (write(fd, answer + i, len - i < piece ? len - i : piece) < 0)
			break;
		poll(NULL, 0, 2);
	}
	if (fd >= 0)
		close(fd);
}

/* The program's exit status, after a connection for each answer; its message is in message. */
static int run_pieces(const char *source, const char *const *answers, const size_t *lens,
		      size_t piece)
{
	int pair[2], status = 0;
	ssize_t n;
	pid_t pid;

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	pid = start(source, pair[1]);
	close(pair[1]);
	n_requests = 0;
	for (; *answers; answers++, lens += lens != NULL)
		serve(*answers, lens ? *lens : strlen(*answers), piece);
	n = recv(pair[0], message, INSTANCE_SIZE_MAX, 0);
	message_len = n > 0 ? (size_t)n : 0;
	message[message_len] = '\0';
	waitpid(pid, &status, 0);
	close(pair[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int run(const char *source, const char *first, const char *second)
{
	return run_pieces(source, (const char *const[]){ first, second, NULL }, NULL, 700);
}

static void reads(const char *source, const char *first, const char *second, const char *want,
		  const char *what)
{
	is_int(run(source, first, second), 0, what);
	is_str(message, want, want[0] ? "which it hands over" : "which is nothing");
}

static void fails(const char *source, const char *first, const char *second, const char *want,
		  const char *what)
{
	is_int(run(source, first, second), 1, what);
	is_str(message, want, "with its reason");
}

/* ---- the three services ---- */

#define COMMON                                                                         \
	" HTTP/1.1\r\nHost: 169.254.169.254\r\nUser-Agent: rampart\r\nAccept: */*\r\n" \
	"Connection: close\r\n"

static void test_gce(void)
{
	reads("imds-gce", OK GOOGLE LENGTH_21, NULL, CONFIG, "gce: a configuration");
	is_str(requests[0],
	       "GET /computeMetadata/v1/instance/attributes/rampart-config" COMMON GOOGLE "\r\n",
	       "and asks for it as documented");
	reads("imds-gce",
	      OK "metadata-flavor:Google\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "a\r\nhostname =\r\nb\r\n example-1\n\r\n0\r\n\r\n",
	      NULL, CONFIG, "gce: in chunks, with the header in other letters");
	reads("imds-gce", NOT_FOUND GOOGLE "\r\nno.", NULL, "", "gce: no such key");
	reads("imds-gce", OK GOOGLE "Content-Length: 0\r\n\r\n", NULL, "", "gce: an empty one");
	fails("imds-gce", OK LENGTH_21, NULL, "the service's answer: status 200 of another service",
	      "gce: an answer that is not said to be Google's");
	fails("imds-gce", OK "Metadata-Flavor: google\r\n" LENGTH_21, NULL,
	      "the service's answer: status 200 of another service", "gce: another flavor");
	fails("imds-gce", OK GOOGLE GOOGLE LENGTH_21, NULL,
	      "the service's answer: status 200 of another service", "gce: two flavors");
	fails("imds-gce", NOT_FOUND "\r\nno.", NULL, "the service's answer: status 404",
	      "gce: somebody else's 404 is no answer");
}

static void test_aws(void)
{
	reads("imds-aws", TOKEN_SAID, OK LENGTH_21, CONFIG, "aws: a configuration");
	is_str(requests[0],
	       "PUT /latest/api/token" COMMON "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n"
	       "Content-Length: 0\r\n\r\n",
	       "and asks for a token");
	is_str(requests[1],
	       "GET /latest/user-data" COMMON "X-aws-ec2-metadata-token: " TOKEN "\r\n\r\n",
	       "and with it for user data");
	reads("imds-aws", TOKEN_SAID, NOT_FOUND "\r\nno.", "", "aws: no user data");
	fails("imds-aws", HEAD("HTTP/1.1 403 Forbidden") "\r\n", NULL,
	      "the service's token: status 403", "aws: a service that is turned off");
	fails("imds-aws", NOT_FOUND "\r\nno.", NULL, "the service's token: status 404",
	      "aws: one without tokens");
	fails("imds-aws", OK "Content-Length: 7\r\n\r\na\r\nb: c", NULL,
	      "the service's token: malformed, or cut off", "aws: a token with a header in it");
	fails("imds-aws", OK "Content-Length: 0\r\n\r\n", NULL,
	      "the service's token: malformed, or cut off", "aws: an empty token");
	fails("imds-aws", TOKEN_SAID, HEAD("HTTP/1.1 401 Unauthorized") "\r\n",
	      "the service's answer: status 401", "aws: a token that is not taken");
}

static void test_azure(void)
{
	reads("imds-azure", OK "Content-Length: 28\r\n\r\naG9zdG5hbWUgPSBleGFtcGxlLTEK", NULL,
	      CONFIG, "azure: a configuration, in Base64");
	is_str(requests[0],
	       "GET /metadata/instance/compute/userData?api-version=2021-01-01&format=text" COMMON
	       "Metadata: true\r\n\r\n",
	       "and asks for it as documented");
	reads("imds-azure", OK "Content-Length: 0\r\n\r\n", NULL, "", "azure: no user data");
	fails("imds-azure", OK LENGTH_21, NULL, "the service's answer: malformed, or cut off",
	      "azure: text that is not in Base64");
	reads("imds-azure", NOT_FOUND "\r\nno.",
	      OK "Content-Length: 28\r\n\r\naG9zdG5hbWUgPSBleGFtcGxlLTEK", CONFIG,
	      "azure: one that is not there yet is asked for again");
	is_int(run_pieces("imds-azure",
			  (const char *const[]){ NOT_FOUND "\r\n", NOT_FOUND "\r\n",
						 NOT_FOUND "\r\n", NULL },
			  NULL, 700),
	       0, "azure: three times not there is none");
	is_int((int64_t)message_len, 0, "which is nothing");
}

/* ---- what may go wrong, or be made to ---- */

static void test_passes(void)
{
	reads("imds-gce", HEAD("HTTP/1.1 503 Service Unavailable") GOOGLE "\r\n",
	      OK GOOGLE LENGTH_21, CONFIG, "a service that is busy is asked again");
	reads("imds-gce", HEAD("HTTP/1.1 503 Service Unavailable") "\r\n", OK GOOGLE LENGTH_21,
	      CONFIG, "also when it is not the service itself that says so");
	is_int(run_pieces("imds-aws",
			  (const char *const[]){ HEAD("HTTP/1.1 429 Too Many Requests") "\r\n",
						 TOKEN_SAID, OK LENGTH_21, NULL },
			  NULL, 700),
	       0, "one that is asked too often, too");
	is_str(message, CONFIG, "from the token on");
}

/* A GCE's answer with a content of so many characters. */
static char *long_answer(size_t n, size_t *ret_len)
{
	char *answer = malloc(n + 256);
	int head;

	must(answer);
	head = snprintf(answer, 256, OK GOOGLE "Content-Length: %zu\r\n\r\n", n);
	memset(answer + head, '#', n);
	*ret_len = (size_t)head + n;
	return answer;
}

static void sized(size_t n, int status, const char *what)
{
	size_t len;
	char *answer = long_answer(n, &len);

	is_int(run_pieces("imds-gce", (const char *const[]){ answer, NULL },
			  (const size_t[]){ len, 0 }, 4096),
	       status, what);
	free(answer);
}

static void test_hostile(void)
{
	static char endless[MUCH];
	size_t len = strlen(strcpy(endless, OK GOOGLE));

	while (len + 32 < sizeof(endless))
		len += (size_t)snprintf(endless + len, sizeof(endless) - len, "X-More: %zu\r\n",
					len);
	sized(INSTANCE_SIZE_MAX, 0, "16 KiB are as much as there may be");
	is_int((int64_t)message_len, INSTANCE_SIZE_MAX, "all of it");
	sized(INSTANCE_SIZE_MAX + 1, 1, "and one byte more is too much");
	is_str(message, "the service's answer: File too large", "with its reason");
	sized(MUCH, 1, "nor is more than that read");
	is_int(run_pieces("imds-gce", (const char *const[]){ endless, NULL }, NULL, 4096), 1,
	       "headers without end");
	ok(strstr(message, "malformed") || strstr(message, "File too large"), "with its reason");
	fails("imds-gce", OK GOOGLE LENGTH_21 "x", NULL,
	      "the service's answer: malformed, or cut off", "more than the length says");
	fails("imds-gce", OK GOOGLE "Content-Length: 22\r\n\r\n" CONFIG, NULL,
	      "the service's answer: malformed, or cut off", "less than the length says");
	fails("imds-gce", OK GOOGLE "\r\n" CONFIG, NULL,
	      "the service's answer: malformed, or cut off", "no length, which may be cut off");
	fails("imds-gce", OK GOOGLE LENGTH_21 OK GOOGLE LENGTH_21, NULL,
	      "the service's answer: malformed, or cut off", "two answers");
	fails("imds-gce", OK GOOGLE "Content-Length: 21\r\n" LENGTH_21, NULL,
	      "the service's answer: malformed, or cut off", "two lengths");
	fails("imds-gce", HEAD("HTTP/1.1 302 Found") GOOGLE "Location: http://192.0.2.1/\r\n\r\n",
	      NULL, "the service's answer: status 302", "a redirect is not followed");
	fails("imds-gce", "HTTP/1.1 100 Continue\r\n" GOOGLE "\r\n" OK GOOGLE LENGTH_21, NULL,
	      "the service's answer: status 100", "what nobody asked for");
	fails("imds-gce", "SSH-2.0-x\r\n\r\n", NULL, "the service's answer: malformed, or cut off",
	      "another protocol");
	fails("imds-gce", "", NULL, "the service's answer: malformed, or cut off", "silence");
	is_int(run_pieces("imds-gce", (const char *const[]){ OK GOOGLE LENGTH_21, NULL }, NULL, 1),
	       0, "an answer that comes in drops is one");
	is_int(run("imds-xen", NULL, NULL), 1, "no such service");
}

/* A server that sends a byte at a time is given up after so many, and asked again. */
static void test_slow(void)
{
	size_t len;
	char *answer = long_answer(16000, &len);

	is_int(run_pieces("imds-gce", (const char *const[]){ answer, OK GOOGLE LENGTH_21, NULL },
			  (const size_t[]){ len, strlen(OK GOOGLE LENGTH_21) }, 1),
	       0, "a slow drip is given up");
	is_str(message, CONFIG, "and asked again");
	free(answer);
}

/* ---- what is judged ---- */

static void test_judged(void)
{
	static char text[INSTANCE_SIZE_MAX];
	struct answer answer = { .status = 200 };
	struct imds_token token = { "before" };
	char *long_token = malloc(IMDS_TOKEN_MAX + 1);
	size_t len = 7;

	must(long_token);
	memset(long_token, 'A', IMDS_TOKEN_MAX + 1);
	answer.content = span_of(long_token, IMDS_TOKEN_MAX + 1);
	is_int(imds_token(&answer, &token), -EFBIG, "a token that is too long");
	is_str(token.text, "before", "is not taken");
	answer.content = span_of(long_token, IMDS_TOKEN_MAX);
	is_int(imds_token(&answer, &token), 0, "the longest one is");
	free(long_token);
	answer = (struct answer){ .status = 404 };
	is_int(imds_text(PLAN_IMDS_AWS, &answer, text, &len), -ENOENT, "404");
	for (unsigned status = 200; status < 600; status++) {
		bool busy = status == 410 || status == 429 || status >= 500;

		answer.status = status;
		if (status != 200 && status != 404 &&
		    imds_text(PLAN_IMDS_AZURE, &answer, text, &len) != (busy ? -EBUSY : -EPROTO))
			is_int((int)status, 0, "is judged otherwise");
	}
	is_int((int64_t)len, 7, "no other status has a text");
}

int main(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(80) };

	setvbuf(stdout, NULL, _IOLBF, 0);
	test_judged();
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		tap_skip("the program and a server", "not root");
		return tap_done();
	}
	signal(SIGPIPE, SIG_IGN);
	must(system("ip link set lo up && ip addr add 169.254.169.254/32 dev lo") == 0);
	must(inet_pton(AF_INET, "169.254.169.254", &at.sin_addr) == 1);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listener, 4) == 0);
	test_gce();
	test_aws();
	test_azure();
	test_passes();
	test_hostile();
	test_slow();
	return tap_done();
}
