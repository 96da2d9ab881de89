/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define BOUND_S 20 /* seconds: forking some thousand processes under emulation takes a few */

/* What the child sends: small enough for one atomic write to a pipe. */
struct message {
	int result;
	char note[80];
};

static struct message message;

static const struct {
	int value;
	const char *name;
	bool refusal; /* the kernel refused, or has no such thing */
} errors[] = {
#define NO(e)  { e, #e, true }
#define ODD(e) { e, #e, false }
	NO(EPERM),	     NO(EACCES),	NO(EROFS),	   NO(ENOSYS),
	NO(ENOENT),	     NO(ENODEV),	NO(ENXIO),	   NO(ESRCH),
	NO(ENOTTY),	     NO(EOPNOTSUPP),	NO(EAFNOSUPPORT),  NO(EPROTONOSUPPORT),
	NO(ESOCKTNOSUPPORT), NO(EADDRNOTAVAIL), NO(EUSERS),	   NO(EIO),
	NO(ECHILD),	     NO(ENOPROTOOPT),	NO(ECONNREFUSED),  ODD(ETXTBSY),
	ODD(EINVAL),	     ODD(EFAULT),	ODD(EBADF),	   ODD(EAGAIN),
	ODD(ENOMEM),	     ODD(ENOSPC),	ODD(EMFILE),	   ODD(ENFILE),
	ODD(EBUSY),	     ODD(ENETUNREACH),	ODD(EHOSTUNREACH), ODD(ENOEXEC),
	ODD(EEXIST),	     ODD(ENOTDIR),	ODD(ETIMEDOUT),	   ODD(EDQUOT),
	ODD(EINTR),	     ODD(EISDIR),	ODD(ENOTBLK),	   ODD(EOVERFLOW),
	ODD(ENETDOWN),	     ODD(E2BIG),	ODD(EFBIG),	   ODD(EXDEV),
	ODD(ENOTEMPTY),	     ODD(ESTALE),
#undef NO
#undef ODD
};

void note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(message.note, sizeof(message.note), format, ap);
	va_end(ap);
}

int result(long r)
{
	return r < 0 ? -errno : 0;
}

int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

int try_read(const char *path)
{
	return try_open(path, O_RDONLY);
}

int try_write(const char *path)
{
	return try_open(path, O_WRONLY);
}

const char *expect_text(enum expect expect)
{
	static const char *const texts[] = { [REFUSED] = "refused",
					     [UNREACHABLE] = "unreachable",
					     [LIMITED] = "limited",
					     [FAULTED] = "faulted" };

	return texts[expect];
}

static bool is_refusal(int error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].value == error)
			return errors[i].refusal;
	return false;
}

static const char *error_text(int error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].value == error)
			return errors[i].name;
	return strerror(error);
}

static bool as_expected(const struct attempt *attempt, int error)
{
	if (attempt->also != 0 && error == attempt->also)
		return true;
	switch (attempt->expect) {
	case UNREACHABLE:
		return error == ENETUNREACH || error == EPERM || error == EACCES ||
		       error == EAFNOSUPPORT;
	case LIMITED:
		return error == EAGAIN || error == EMFILE || error == ENFILE || error == ENOSPC ||
		       error == ENOMEM || error == EPERM || error == EDQUOT;
	case FAULTED:
		return false;
	case REFUSED:
		break;
	}
	return is_refusal(error);
}

static void judge_result(const struct attempt *attempt, struct outcome *out)
{
	const char *text = "came-through";

	if (message.result == 0) {
		out->verdict = LEAK;
	} else {
		out->verdict = as_expected(attempt, -message.result) ? OK : UNCLEAR;
		text = error_text(-message.result);
	}
	(void)snprintf(out->got, sizeof(out->got), "%s%s%s", text, message.note[0] ? " " : "",
		       message.note);
}

static void judge_signal(const struct attempt *attempt, int sig, struct outcome *out)
{
	bool fault = sig == SIGSEGV || sig == SIGILL || sig == SIGBUS;

	out->verdict = UNCLEAR;
	if (sig == SIGSYS) {
		out->verdict = attempt->expect == LIMITED ? UNCLEAR : OK;
		strcpy(out->got, "killed");
	} else if (fault && attempt->expect == FAULTED) {
		out->verdict = OK;
		strcpy(out->got, "faulted");
	} else if (sig == SIGALRM) {
		strcpy(out->got, "no-end");
	} else {
		(void)snprintf(out->got, sizeof(out->got), "signal-%d", sig);
	}
}

static void judge(const struct attempt *attempt, int status, bool told, struct outcome *out)
{
	if (WIFSIGNALED(status)) {
		judge_signal(attempt, WTERMSIG(status), out);
	} else if (WEXITSTATUS(status) == EXEC_STATUS) {
		out->verdict = LEAK;
		strcpy(out->got, "came-through");
	} else if (told) {
		judge_result(attempt, out);
	} else {
		out->verdict = UNCLEAR;
		(void)snprintf(out->got, sizeof(out->got), "exit-%d", WEXITSTATUS(status));
	}
}

static void child(const struct attempt *attempt, bool alone, int pipe)
{
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(BOUND_S);
	if (alone &&
	    (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		_exit(1);
	memset(&message, 0, sizeof(message));
	message.result = attempt->run(attempt->arg);
	(void)!write(pipe, &message, sizeof(message));
	_exit(0);
}

void run_attempt(const struct attempt *attempt, bool alone, struct outcome *ret_outcome)
{
	int fds[2], status = 0;
	bool told;
	pid_t pid;

	ret_outcome->verdict = UNCLEAR;
	strcpy(ret_outcome->got, "not-tried");
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	pid = fork();
	if (pid == 0)
		child(attempt, alone, fds[1]);
	/*
	 * The message is in the pipe before the child ends; its own children may still hold the
	 * pipe open.
	 */
	if (pid > 0 && waitpid(pid, &status, 0) == pid) {
		told = read(fds[0], &message, sizeof(message)) == sizeof(message);
		judge(attempt, status, told, ret_outcome);
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
	/*
	 * As PID 1 it inherits the attempt's leftover processes, which end with the attempt's pipe.
	 */
	while (waitpid(-1, NULL, getpid() == 1 ? 0 : WNOHANG) > 0)
		;
}
