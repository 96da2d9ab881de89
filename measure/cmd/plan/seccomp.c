/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/seccomp.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
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

#include "measure/cmd/cmd.h"
#include "measure/cmd/plan/seccompfilter.h"
#include "measure/lib/array.h"
#include "measure/record/error.h"

#define LIST_SIZE_MAX 65536
#define SPACE	      " \t"

/* The constants that a list may name. */
static const struct {
	const char *name;
	uint64_t value;
} constants[] = {
#define CONSTANT(name) { #name, name }
	CONSTANT(AF_INET),
	CONSTANT(AF_INET6),
	CONSTANT(AF_NETLINK),
	CONSTANT(AF_PACKET),
	CONSTANT(AF_UNIX),
	CONSTANT(FIOASYNC),
	CONSTANT(FIOCLEX),
	CONSTANT(FIONBIO),
	CONSTANT(FIONCLEX),
	CONSTANT(FIONREAD),
	CONSTANT(F_SETLK),
	CONSTANT(F_SETLKW),
	CONSTANT(IPPROTO_IP),
	CONSTANT(IPPROTO_RAW),
	CONSTANT(IPPROTO_TCP),
	CONSTANT(IP_TOS),
	CONSTANT(PACKET_AUXDATA),
	CONSTANT(PR_CAPBSET_READ),
	CONSTANT(PR_GET_CHILD_SUBREAPER),
	CONSTANT(PR_GET_DUMPABLE),
	CONSTANT(PR_GET_KEEPCAPS),
	CONSTANT(PR_GET_NAME),
	CONSTANT(PR_GET_NO_NEW_PRIVS),
	CONSTANT(PR_GET_PDEATHSIG),
	CONSTANT(PR_GET_SECUREBITS),
	CONSTANT(PR_GET_THP_DISABLE),
	CONSTANT(PR_GET_TIMERSLACK),
	CONSTANT(PR_SET_CHILD_SUBREAPER),
	CONSTANT(PR_SET_DUMPABLE),
	CONSTANT(PR_SET_NAME),
	CONSTANT(PR_SET_NO_NEW_PRIVS),
	CONSTANT(PR_SET_PDEATHSIG),
	CONSTANT(PR_SET_THP_DISABLE),
	CONSTANT(PR_SET_TIMERSLACK),
	CONSTANT(PR_SET_VMA),
	CONSTANT(SIOCGIFHWADDR),
	CONSTANT(SIOCGIFINDEX),
	CONSTANT(SOCK_DGRAM),
	CONSTANT(SOCK_RAW),
	CONSTANT(SOCK_STREAM),
	CONSTANT(SOL_PACKET),
	CONSTANT(SOL_SOCKET),
	CONSTANT(SO_BROADCAST),
	CONSTANT(SO_ERROR),
	CONSTANT(SO_KEEPALIVE),
	CONSTANT(SO_LINGER),
	CONSTANT(SO_PASSCRED),
	CONSTANT(SO_RCVBUF),
	CONSTANT(SO_RCVTIMEO),
	CONSTANT(SO_REUSEADDR),
	CONSTANT(SO_REUSEPORT),
	CONSTANT(SO_SNDBUF),
	CONSTANT(SO_SNDTIMEO),
	CONSTANT(TCGETS),
	CONSTANT(TCP_CORK),
	CONSTANT(TCP_DEFER_ACCEPT),
	CONSTANT(TCP_KEEPCNT),
	CONSTANT(TCP_KEEPIDLE),
	CONSTANT(TCP_KEEPINTVL),
	CONSTANT(TCP_NODELAY),
	CONSTANT(TCP_QUICKACK),
	CONSTANT(TCP_USER_TIMEOUT),
	CONSTANT(TCP_ZEROCOPY_RECEIVE),
	CONSTANT(TIOCGWINSZ),
#undef CONSTANT
};

/* ... and as ERROR. */
static const struct {
	const char *name;
	uint32_t value;
} errors[] = {
	{ "EACCES", EACCES },
	{ "EAFNOSUPPORT", EAFNOSUPPORT },
	{ "EINVAL", EINVAL },
	{ "ENOPROTOOPT", ENOPROTOOPT },
	{ "ENOSYS", ENOSYS },
	{ "ENOTSUP", ENOTSUP },
	{ "ENOTTY", ENOTTY },
	{ "EPERM", EPERM },
	{ "EPROTONOSUPPORT", EPROTONOSUPPORT },
	{ "ESOCKTNOSUPPORT", ESOCKTNOSUPPORT },
};

struct list {
	const char *path;
	unsigned line;
	bool grouped;
	uint32_t otherwise; /* the action for a call that no rule names */
	struct filter_rule *rules;
	size_t n_rules;
	struct rampart_error *error;
};

static int complain(struct list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int complain(struct list *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)error_at(l->error, -EPROTO, l->path, l->line, format, args);
	va_end(args);
	return -EPROTO;
}

/* Negative numbers are calls of other architectures. */
bool seccomp_known(const char *name)
{
	return filter_call(name) >= 0;
}

static int parse_value(struct list *l, const char *text, uint64_t *ret)
{
	char *end;

	for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
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

	if (!value || word[0] < '0' || word[0] >= '0' + FILTER_ARGS_MAX ||
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

static int keep_rule(struct list *l, const struct filter_rule *rule, const char *name)
{
	struct filter_rule *rules;
	int call = filter_call(name);

	if (call < 0)
		return complain(l, "x86-64 has no system call \"%s\"", name);
	for (size_t i = 0; i < l->n_rules; i++)
		if (l->rules[i].call == call && (l->rules[i].n_args == 0 || rule->n_args == 0) &&
		    !l->rules[i].others && !rule->others)
			return complain(l,
					"%s: line %u names it, too, and one of them in every case",
					name, l->rules[i].line);
	rules = reallocarray(l->rules, l->n_rules + 1, sizeof(*rules));
	if (!rules)
		return complain(l, "out of memory");
	l->rules = rules;
	rules[l->n_rules] = *rule;
	rules[l->n_rules++].call = call;
	return 0;
}

/* The rest of a line: names, and the comparisons that hold for them. */
static int read_rules(struct list *l, struct filter_rule *rule, char *rest, bool want_args)
{
	const char *names[64];
	char *word, *state = NULL;
	unsigned n_names = 0;
	int r = 0;

	for (word = strtok_r(rest, SPACE, &state); word && r == 0;
	     word = strtok_r(NULL, SPACE, &state)) {
		if (word[0] >= 'a' && word[0] <= 'z' && rule->n_args == 0 && n_names < 64)
			names[n_names++] = word;
		else if (rule->n_args == FILTER_ARGS_MAX)
			r = complain(l, "more than %d comparisons", FILTER_ARGS_MAX);
		else
			r = parse_comparison(l, word, &rule->args[rule->n_args++]);
	}
	if (r < 0)
		return r;
	if (n_names == 0 || ((rule->n_args > 0 || rule->others) && n_names > 1) ||
	    (want_args && rule->n_args == 0))
		return complain(l, n_names == 0 ? "names no system call"
						: "comparisons belong to exactly one system call");
	for (unsigned i = 0; i < n_names && r == 0; i++)
		r = keep_rule(l, rule, names[i]);
	return r;
}

/* The error that stands first in *rest, which is moved behind it. */
static int read_error(struct list *l, char **rest, uint32_t *ret_action)
{
	size_t len = strcspn(*rest, SPACE);

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (strlen(errors[i].name) == len && !memcmp(errors[i].name, *rest, len)) {
			*ret_action = SCMP_ACT_ERRNO(errors[i].value);
			*rest += len + strspn(*rest + len, SPACE);
			return 0;
		}
	return complain(l, "refuse needs an error such as EPERM, not \"%.*s\"", (int)len, *rest);
}

/* "default refuse ERROR"; without it a list kills. */
static int read_default(struct list *l, char *rest)
{
	static const char word[] = "refuse ";
	int r;

	if (l->n_rules > 0 || l->grouped || l->otherwise != SCMP_ACT_KILL_PROCESS)
		return complain(l, "a default stands once, before every group of the first list");
	if (strncmp(rest, word, sizeof(word) - 1) != 0)
		return complain(l, "a default is \"refuse ERROR\", not \"%s\"", rest);
	rest += sizeof(word) - 1;
	r = read_error(l, &rest, &l->otherwise);
	return r == 0 && *rest ? complain(l, "more than one error: \"%s\"", rest) : r;
}

static int read_line(struct list *l, char *line)
{
	static const struct {
		const char *word;
		uint32_t action;
		bool error, others, conditional;
	} kinds[] = {
		{ "allow", SCMP_ACT_ALLOW, false, false, false },
		{ "allow-if", SCMP_ACT_ALLOW, false, false, true },
		{ "allow-other", SCMP_ACT_ALLOW, false, true, false },
		{ "kill", SCMP_ACT_KILL_PROCESS, false, false, false },
		{ "kill-other", SCMP_ACT_KILL_PROCESS, false, true, false },
		{ "refuse", 0, true, false, false },
		{ "refuse-other", 0, true, true, false },
	};
	char *rest = line + strcspn(line, SPACE);
	struct filter_rule rule = { .path = l->path, .line = l->line };

	if (line[0] == '\0' || line[0] == '#')
		return 0;
	if (*rest)
		*rest++ = '\0';
	rest += strspn(rest, SPACE);
	if (!strcmp(line, "default"))
		return read_default(l, rest);
	if (!strcmp(line, "group")) {
		l->grouped = true;
		return *rest ? 0 : complain(l, "a group needs a name");
	}
	if (!l->grouped)
		return complain(l, "no \"group NAME: REASON\" before it");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(line, kinds[i].word) != 0)
			continue;
		if (!strcmp(line, "allow") && strpbrk(rest, "=&"))
			return complain(l, "comparisons need allow-if");
		rule.action = kinds[i].action;
		rule.others = kinds[i].others;
		if (kinds[i].error && read_error(l, &rest, &rule.action) < 0)
			return -EPROTO;
		return read_rules(l, &rule, rest, kinds[i].conditional);
	}
	return complain(l, "\"%s\" is not group, allow, refuse, kill or one of them with -other",
			line);
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

/* Each list begins without a group. */
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
	return error_set(l->error, r, "%s: %s", path,
			 r == -EBADMSG ? "not a text file" : strerror(-r));
}

int seccomp_compile(const char *path, const char *const *others, const struct words *more,
		    uint8_t **ret_bpf, size_t *ret_len, struct rampart_error *error)
{
	struct list l = { .error = error, .otherwise = SCMP_ACT_KILL_PROCESS };
	int r = read_list(&l, path);

	for (; r == 0 && others && *others; others++)
		r = read_list(&l, *others);
	if (r == 0)
		r = filter_make(l.rules, l.n_rules, l.otherwise, more, ret_bpf, ret_len, error);
	free(l.rules);
	return r;
}
