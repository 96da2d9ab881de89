/* SPDX-License-Identifier: MIT */
#include "seccomp.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/prctl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd.h"

#define LIST_SIZE_MAX 65536
#define ARGS_MAX      6
#define SPACE	      " \t"

/* What a list may call by name. */
static const struct {
	const char *name;
	uint64_t value;
} constants[] = {
#define CONSTANT(name) { #name, name }
	CONSTANT(AF_INET),
	CONSTANT(AF_INET6),
	CONSTANT(AF_NETLINK),
	CONSTANT(AF_UNIX),
	CONSTANT(FIOCLEX),
	CONSTANT(FIONBIO),
	CONSTANT(FIONCLEX),
	CONSTANT(FIONREAD),
	CONSTANT(IPPROTO_TCP),
	CONSTANT(PR_CAPBSET_READ),
	CONSTANT(PR_GET_DUMPABLE),
	CONSTANT(PR_GET_NAME),
	CONSTANT(PR_GET_NO_NEW_PRIVS),
	CONSTANT(PR_SET_NAME),
	CONSTANT(PR_SET_NO_NEW_PRIVS),
	CONSTANT(PR_SET_PDEATHSIG),
	CONSTANT(PR_SET_THP_DISABLE),
	CONSTANT(PR_SET_TIMERSLACK),
	CONSTANT(PR_SET_VMA),
	CONSTANT(SOCK_DGRAM),
	CONSTANT(SOCK_STREAM),
	CONSTANT(SOL_SOCKET),
	CONSTANT(SO_ERROR),
	CONSTANT(SO_KEEPALIVE),
	CONSTANT(SO_LINGER),
	CONSTANT(TCGETS),
	CONSTANT(TCP_NODELAY),
	CONSTANT(TIOCGWINSZ),
#undef CONSTANT
};

/* ... and as ERROR. */
static const struct {
	const char *name;
	uint32_t value;
} errors[] = {
	{ "EACCES", EACCES }, { "EAFNOSUPPORT", EAFNOSUPPORT }, { "EINVAL", EINVAL },
	{ "ENOSYS", ENOSYS }, { "ENOTSUP", ENOTSUP },		{ "EPERM", EPERM },
};

struct list {
	const char *path;
	const struct words *more;
	scmp_filter_ctx filter;
	unsigned line;
	bool grouped;
	char *error;
};

static int complain(struct list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int complain(struct list *l, const char *format, ...)
{
	va_list args;
	int n = snprintf(l->error, SECCOMP_ERROR_MAX, "%s:%u: ", l->path, l->line);

	if (n < 0 || n >= SECCOMP_ERROR_MAX)
		return -EPROTO;
	va_start(args, format);
	vsnprintf(l->error + n, SECCOMP_ERROR_MAX - (size_t)n, format, args);
	va_end(args);
	return -EPROTO;
}

static int call_number(const char *name)
{
	return seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name);
}

/* Negative numbers are calls that only other architectures have. */
bool seccomp_known(const char *name)
{
	return call_number(name) >= 0;
}

static int parse_value(struct list *l, const char *text, uint64_t *ret)
{
	char *end;

	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		if (!strcmp(text, constants[i].name)) {
			*ret = constants[i].value;
			return 0;
		}
	errno = 0;
	*ret = strtoull(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end || errno)
		return complain(l, "\"%s\" is neither a number nor a name known here", text);
	return 0;
}

/* "N=VALUE" or "N&MASK=VALUE"; word is spoilt. */
static int parse_comparison(struct list *l, char *word, struct scmp_arg_cmp *ret)
{
	char *value = strchr(word, '=');
	uint64_t mask = UINT64_MAX, want;
	int r = 0;

	if (!value || word[0] < '0' || word[0] >= '0' + ARGS_MAX ||
	    (word[1] != '&' && word + 1 != value))
		return complain(l, "\"%s\" is not N=VALUE or N&MASK=VALUE with N 0 to 5", word);
	*value++ = '\0';
	if (word[1] == '&')
		r = parse_value(l, word + 2, &mask);
	if (r == 0)
		r = parse_value(l, value, &want);
	if (r < 0)
		return r;
	*ret = (struct scmp_arg_cmp){ .arg = (unsigned)(word[0] - '0'),
				      .op = SCMP_CMP_MASKED_EQ,
				      .datum_a = mask,
				      .datum_b = want };
	return 0;
}

static bool is_more(const struct list *l, const char *name)
{
	for (size_t i = 0; i < l->more->n; i++)
		if (!strcmp(l->more->v[i], name))
			return true;
	return false;
}

static int add_rule(struct list *l, uint32_t action, const char *name,
		    const struct scmp_arg_cmp *args, unsigned n_args)
{
	int call = call_number(name), r;

	if (call < 0)
		return complain(l, "x86-64 has no system call \"%s\"", name);
	if (is_more(l, name))
		return 0; /* the image's word replaces the list's */
	r = seccomp_rule_add_exact_array(l->filter, action, call, n_args, args);
	return r == 0 ? 0 : complain(l, "%s: %s", name, strerror(-r));
}

/* The rest of a line: names, and the comparisons that hold for them. */
static int add_rules(struct list *l, uint32_t action, char *rest, bool want_args)
{
	struct scmp_arg_cmp args[ARGS_MAX];
	char *names[64], *word, *state = NULL;
	unsigned n_args = 0, n_names = 0;
	int r = 0;

	for (word = strtok_r(rest, SPACE, &state); word && r == 0;
	     word = strtok_r(NULL, SPACE, &state)) {
		if (word[0] >= 'a' && word[0] <= 'z' && n_args == 0 && n_names < 64)
			names[n_names++] = word;
		else if (n_args == ARGS_MAX)
			r = complain(l, "more than %d comparisons", ARGS_MAX);
		else
			r = parse_comparison(l, word, &args[n_args++]);
	}
	if (r < 0)
		return r;
	if (n_names == 0 || (n_args > 0 && n_names > 1) || (want_args && n_args == 0))
		return complain(l, n_names == 0 ? "names no system call"
						: "comparisons belong to exactly one system call");
	for (unsigned i = 0; i < n_names && r == 0; i++)
		r = add_rule(l, action, names[i], args, n_args);
	return r;
}

static int refuse(struct list *l, char *rest)
{
	size_t len = strcspn(rest, SPACE);

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strlen(errors[i].name) == len && !memcmp(errors[i].name, rest, len))
			return add_rules(l, SCMP_ACT_ERRNO(errors[i].value), rest + len, false);
	return complain(l, "refuse needs an error such as EPERM, not \"%.*s\"", (int)len, rest);
}

static int read_line(struct list *l, char *line)
{
	char *rest = line + strcspn(line, SPACE);
	size_t len = (size_t)(rest - line);

	if (line[0] == '\0' || line[0] == '#')
		return 0;
	rest += strspn(rest, SPACE);
	if (len == 5 && !strncmp(line, "group", len)) {
		l->grouped = true;
		return *rest ? 0 : complain(l, "a group needs a name");
	}
	if (!l->grouped)
		return complain(l, "no \"group NAME: REASON\" before it");
	if (len == 5 && !strncmp(line, "allow", len)) {
		if (strpbrk(rest, "=&"))
			return complain(l, "comparisons need allow-if");
		return add_rules(l, SCMP_ACT_ALLOW, rest, false);
	}
	if (len == 8 && !strncmp(line, "allow-if", len))
		return add_rules(l, SCMP_ACT_ALLOW, rest, true);
	if (len == 6 && !strncmp(line, "refuse", len))
		return refuse(l, rest);
	return complain(l, "\"%.*s\" is not group, allow, allow-if or refuse", (int)len, line);
}

static int read_lines(struct list *l, char *text)
{
	int r = 0;

	l->line = 0;
	for (char *line = text, *next; line && r == 0; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		l->line++;
		r = read_line(l, line);
	}
	return r;
}

/* Every list begins with a group of its own. */
static int read_list(struct list *l, const char *path)
{
	AUTO_FREE uint8_t *text = NULL;
	size_t len;
	int r = read_file(path, LIST_SIZE_MAX, &text, &len);

	l->path = path;
	l->grouped = false;
	if (r == 0 && memchr(text, '\0', len))
		r = -EBADMSG;
	if (r == 0)
		return read_lines(l, (char *)text);
	(void)snprintf(l->error, SECCOMP_ERROR_MAX, "%s: %s", path,
		       r == -EBADMSG ? "not a text file" : strerror(-r));
	return r;
}

static int add_more(struct list *l, const struct words *more)
{
	int r = 0;

	for (size_t i = 0; i < more->n && r == 0; i++) {
		int call = call_number(more->v[i]);

		r = call < 0 ? -ENOENT
			     : seccomp_rule_add_exact_array(l->filter, SCMP_ACT_ALLOW, call, 0,
							    NULL);
		if (r < 0)
			(void)complain(l, "%s: cannot be added: %s", more->v[i], strerror(-r));
	}
	return r;
}

static int export(scmp_filter_ctx filter, uint8_t **ret_bpf, size_t *ret_len)
{
	uint8_t *bpf;
	size_t len = 0;
	int r = seccomp_export_bpf_mem(filter, NULL, &len);

	if (r < 0)
		return r;
	bpf = malloc(len);
	if (!bpf)
		return -ENOMEM;
	r = seccomp_export_bpf_mem(filter, bpf, &len);
	if (r < 0) {
		free(bpf);
		return r;
	}
	*ret_bpf = bpf;
	*ret_len = len;
	return 0;
}

/* Nothing may be asked of this machine's kernel: hence the fixed API level and architecture. */
static scmp_filter_ctx new_filter(void)
{
	scmp_filter_ctx filter;

	if (seccomp_api_set(3) < 0)
		return NULL;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return NULL;
	if ((seccomp_arch_native() != SCMP_ARCH_X86_64 &&
	     (seccomp_arch_add(filter, SCMP_ARCH_X86_64) < 0 ||
	      seccomp_arch_remove(filter, SCMP_ARCH_NATIVE) < 0)) ||
	    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0 ||
	    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0) {
		seccomp_release(filter);
		return NULL;
	}
	return filter;
}

int seccomp_compile(const char *path, const char *second, const struct words *more,
		    uint8_t **ret_bpf, size_t *ret_len, char ret_error[static SECCOMP_ERROR_MAX])
{
	struct list l = { .path = path, .more = more, .error = ret_error, .filter = new_filter() };
	int r;

	ret_error[0] = '\0';
	if (!l.filter) {
		(void)snprintf(ret_error, SECCOMP_ERROR_MAX, "%s: libseccomp cannot begin", path);
		return -ENOMEM;
	}
	r = read_list(&l, path);
	if (r == 0 && second)
		r = read_list(&l, second);
	if (r == 0)
		r = add_more(&l, more);
	if (r == 0) {
		r = export(l.filter, ret_bpf, ret_len);
		if (r < 0)
			(void)complain(&l, "libseccomp cannot write it: %s", strerror(-r));
	}
	seccomp_release(l.filter);
	return r;
}
