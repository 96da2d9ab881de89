/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/seccomp.h"

#include <asm/ioctls.h>
#include <errno.h>
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
#include "measure/lib/array.h"
#include "measure/record/error.h"

#define LIST_SIZE_MAX 65536
#define ARGS_MAX      6
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
	CONSTANT(FIOCLEX),
	CONSTANT(FIONBIO),
	CONSTANT(FIONCLEX),
	CONSTANT(FIONREAD),
	CONSTANT(IPPROTO_IP),
	CONSTANT(IPPROTO_RAW),
	CONSTANT(IPPROTO_TCP),
	CONSTANT(IP_TOS),
	CONSTANT(PACKET_AUXDATA),
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
	{ "EACCES", EACCES }, { "EAFNOSUPPORT", EAFNOSUPPORT }, { "EINVAL", EINVAL },
	{ "ENOSYS", ENOSYS }, { "ENOPROTOOPT", ENOPROTOOPT },	{ "ENOTSUP", ENOTSUP },
	{ "EPERM", EPERM },
};

/* A line's comparisons, kept for calls with a later "-other" line. */
#define RULES_MAX 128
struct rule {
	int call;
	unsigned n_args;
	struct scmp_arg_cmp args[ARGS_MAX];
};

struct list {
	const char *path;
	const struct words *more;
	scmp_filter_ctx filter;
	unsigned line;
	bool grouped;
	struct rule rules[RULES_MAX];
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

static int call_number(const char *name)
{
	return seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name);
}

/* Negative numbers are calls of other architectures. */
bool seccomp_known(const char *name)
{
	return call_number(name) >= 0;
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

static int keep_rule(struct list *l, const char *name, const struct scmp_arg_cmp *args,
		     unsigned n_args)
{
	struct rule *rule = &l->rules[l->n_rules];

	if (l->n_rules == RULES_MAX)
		return complain(l, "more than %d lines with comparisons", RULES_MAX);
	*rule = (struct rule){ .call = call_number(name), .n_args = n_args };
	memcpy(rule->args, args, n_args * sizeof(*args));
	l->n_rules++;
	return 0;
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
	return r == 0 && n_args > 0 ? keep_rule(l, names[0], args, n_args) : r;
}

/* The other cases of one call, as rules in the making: prefix holds the comparisons so far. */
struct other {
	struct list *l;
	uint32_t action;
	const char *name;
	unsigned n_args;
	struct scmp_arg_cmp prefix[ARGS_MAX];
};

static int add_other(struct other *o, unsigned depth, unsigned arg, enum scmp_compare op,
		     uint64_t a, uint64_t b)
{
	o->prefix[depth] =
		(struct scmp_arg_cmp){ .arg = arg, .op = op, .datum_a = a, .datum_b = b };
	return add_rule(o->l, o->action, o->name, o->prefix, depth + 1);
}

/* From low on, 2^bits values: finds the largest blocks that no rule covers. */
static int add_gaps(struct other *o, const struct rule *rules, size_t n, unsigned depth,
		    uint64_t low, unsigned bits)
{
	bool taken = false;
	int r;

	for (size_t i = 0; i < n; i++)
		taken |= rules[i].args[depth].datum_b >> bits == low >> bits;
	if (!taken)
		return add_other(o, depth, rules[0].args[depth].arg, SCMP_CMP_MASKED_EQ,
				 UINT64_MAX << bits, low);
	if (bits == 0)
		return 0;
	r = add_gaps(o, rules, n, depth, low, bits - 1);
	return r < 0 ? r : add_gaps(o, rules, n, depth, low | UINT64_C(1) << (bits - 1), bits - 1);
}

/* Every case of the arguments from depth on that no rule covers. The rules are sorted. */
static int add_others(struct other *o, const struct rule *rules, size_t n, unsigned depth)
{
	unsigned arg = rules[0].args[depth].arg, bits = 0;
	int r;

	while (rules[n - 1].args[depth].datum_b >> bits)
		bits++;
	r = add_gaps(o, rules, n, depth, 0, bits);
	if (r == 0)
		r = add_other(o, depth, arg, SCMP_CMP_GE, UINT64_C(1) << bits, 0);
	if (depth + 1 == o->n_args)
		return r;
	for (size_t i = 0, same; i < n && r == 0; i += same) {
		for (same = 1; i + same < n; same++)
			if (rules[i + same].args[depth].datum_b != rules[i].args[depth].datum_b)
				break;
		o->prefix[depth] = rules[i].args[depth];
		r = add_others(o, &rules[i], same, depth + 1);
	}
	return r;
}

static int compare_rules(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	for (unsigned i = 0; i < x->n_args; i++)
		if (x->args[i].datum_b != y->args[i].datum_b)
			return x->args[i].datum_b < y->args[i].datum_b ? -1 : 1;
	return 0;
}

/* The comparisons must be of 32-bit numbers, whole, on the same arguments. */
static bool may_compare(const struct rule *a, const struct rule *b)
{
	for (unsigned i = 0; i < a->n_args; i++)
		if (a->args[i].arg != b->args[i].arg || a->args[i].datum_a != UINT64_MAX ||
		    a->args[i].datum_b > UINT32_MAX)
			return false;
	return a->n_args == b->n_args;
}

static int other(struct list *l, uint32_t action, const char *name)
{
	struct other o = { .l = l, .action = action, .name = name };
	struct rule rules[RULES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < l->n_rules; i++)
		if (l->rules[i].call == call_number(name))
			rules[n++] = l->rules[i];
	if (is_more(l, name))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!may_compare(&rules[i], &rules[0]))
			n = 0;
	if (n == 0)
		return complain(l, "%s has no lines before it with the same N=VALUE", name);
	qsort(rules, n, sizeof(*rules), compare_rules);
	o.n_args = rules[0].n_args;
	return add_others(&o, rules, n, 0);
}

static int add_rest(struct list *l, uint32_t action, char *rest, bool others)
{
	if (!others)
		return add_rules(l, action, rest, false);
	return other(l, action, rest + strspn(rest, SPACE));
}

static int refuse(struct list *l, char *rest, bool others)
{
	size_t len = strcspn(rest, SPACE);

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (strlen(errors[i].name) == len && !memcmp(errors[i].name, rest, len))
			return add_rest(l, SCMP_ACT_ERRNO(errors[i].value), rest + len, others);
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
	if (len == 11 && !strncmp(line, "allow-other", len))
		return add_rest(l, SCMP_ACT_ALLOW, rest, true);
	if (len == 6 && !strncmp(line, "refuse", len))
		return refuse(l, rest, false);
	if (len == 12 && !strncmp(line, "refuse-other", len))
		return refuse(l, rest, true);
	return complain(
		l, "\"%.*s\" is not group, allow, allow-if, allow-other, refuse or refuse-other",
		(int)len, line);
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

/* API level and architecture are fixed, so that nothing depends on this machine's kernel. */
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
		    uint8_t **ret_bpf, size_t *ret_len, struct rampart_error *error)
{
	struct list l = { .path = path, .more = more, .error = error, .filter = new_filter() };
	int r;

	if (!l.filter)
		return error_set(error, -ENOMEM, "%s: libseccomp cannot begin", path);
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
