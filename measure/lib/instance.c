/* SPDX-License-Identifier: MIT */
#include "measure/lib/instance.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/lib/ipv4.h"
#include "measure/lib/planvalue.h"

#define BLANKS	    " \t"
#define SYSLOG_PORT 514

const char *const instance_keys[INSTANCE_KEYS_N] = { "address", "gateway", "hostname", "log-host",
						     "mtu" };

/* These take a value; what is wrong with it, or NULL. */
static const char *take_address(struct instance *i, const char *value)
{
	const char *slash = strchr(value, '/'), *why;
	uint32_t rest;
	uint64_t bits;

	if (!slash || !ipv4_parse(value, (size_t)(slash - value), &i->ip) ||
	    plan_number(slash + 1, 32, &bits, &why) < 0 || bits == 0)
		return "not an address and the length of its prefix, such as 10.1.2.3/24";
	if (!ipv4_is_host(i->ip))
		return "not the address of a host";
	i->mask = ipv4_mask((unsigned)bits);
	rest = i->ip & ~i->mask;
	if (bits < 31 && (rest == 0 || rest == ~i->mask))
		return "the address of the network itself, or its broadcast";
	return NULL;
}

static const char *take_gateway(struct instance *i, const char *value)
{
	if (!ipv4_parse(value, strlen(value), &i->gateway))
		return "not an address such as 10.1.2.1";
	return ipv4_is_host(i->gateway) ? NULL : "not the address of a host";
}

static const char *take_hostname(struct instance *i, const char *value)
{
	static const char why[] =
		"not labels of letters, digits and inner dashes, with dots between";

	(void)i;
	for (;; value++) {
		size_t len = strspn(value, LOWER UPPER DIGITS "-");

		if (len == 0 || value[0] == '-' || value[len - 1] == '-')
			return why;
		value += len;
		if (*value != '.')
			return *value ? why : NULL;
	}
}

static const char *take_log_host(struct instance *i, const char *value)
{
	size_t len = strcspn(value, ":");
	uint64_t port = SYSLOG_PORT;
	const char *why;

	if (!ipv4_parse(value, len, &i->log_host) ||
	    (value[len] && (plan_number(value + len + 1, UINT16_MAX, &port, &why) < 0 ||
			    port == 0 || port == SYSLOG_PORT)))
		return "not an address such as 10.1.2.9, or with another port than 514 such as 10.1.2.9:5514";
	i->log_port = (uint16_t)port;
	return ipv4_is_host(i->log_host) ? NULL : "not the address of a host";
}

static const char *take_mtu(struct instance *i, const char *value)
{
	const char *why;
	uint64_t mtu;

	if (plan_number(value, IPV4_MTU_MAX, &mtu, &why) < 0 || mtu < IPV4_MTU_MIN)
		return "not a number from 1280 to 9216";
	i->mtu = (uint32_t)mtu;
	return NULL;
}

static const char *(*const take[INSTANCE_KEYS_N])(struct instance *i, const char *value) = {
	take_address, take_gateway, take_hostname, take_log_host, take_mtu
};

enum instance_key instance_key_find(const char *name, size_t len)
{
	enum instance_key key = 0;

	while (key < INSTANCE_KEYS_N &&
	       (strlen(instance_keys[key]) != len || memcmp(instance_keys[key], name, len)))
		key++;
	return key;
}

/* A text being read. */
struct reader {
	unsigned allowed;
	struct instance instance;
	struct instance_fault fault;
};

static int broken(struct reader *r, const char *what)
{
	r->fault.what = what;
	return -EPROTO;
}

/* What whoever wrote it may be told of; the console shows it. */
static void name_key(struct instance_fault *fault, const char *name, size_t len)
{
	if (len > INSTANCE_VALUE_MAX)
		return;
	for (size_t i = 0; i < len; i++)
		if (!strchr(LOWER "-", name[i]))
			return;
	memcpy(fault->key, name, len);
	fault->key[len] = '\0';
}

static void trim(const char **text, size_t *len)
{
	while (*len > 0 && strchr(BLANKS, (*text)[0])) {
		++*text;
		--*len;
	}
	while (*len > 0 && strchr(BLANKS, (*text)[*len - 1]))
		--*len;
}

static int take_pair(struct reader *r, const char *name, size_t name_len, const char *value,
		     size_t len)
{
	struct instance *i = &r->instance;
	enum instance_key key;
	const char *what;

	trim(&name, &name_len);
	trim(&value, &len);
	name_key(&r->fault, name, name_len);
	key = instance_key_find(name, name_len);
	if (key == INSTANCE_KEYS_N)
		return broken(r, "unknown key");
	if (!(r->allowed & 1u << key))
		return broken(r, "the image does not allow this key");
	if (i->given & 1u << key)
		return broken(r, "this key was given before");
	if (len > INSTANCE_VALUE_MAX)
		return broken(r, "longer than 63 characters");
	memcpy(i->value[key], value, len);
	i->given |= 1u << key;
	what = take[key](i, i->value[key]);
	if (what)
		return broken(r, what);
	r->fault.key[0] = '\0';
	return 0;
}

static int take_line(struct reader *r, const char *line, size_t len)
{
	const char *equals;

	for (size_t i = 0; i < len; i++)
		if ((line[i] < 0x20 && line[i] != '\t') || line[i] > 0x7e) {
			r->fault.what = "not printable ASCII";
			return -EBADMSG;
		}
	trim(&line, &len);
	if (len == 0 || line[0] == '#')
		return 0;
	equals = memchr(line, '=', len);
	if (!equals) {
		r->fault.what = "not \"key = value\"";
		return -EBADMSG;
	}
	return take_pair(r, line, (size_t)(equals - line), equals + 1,
			 len - (size_t)(equals + 1 - line));
}

/* What keys say of each other. */
static int check_whole(struct reader *r)
{
	const struct instance *i = &r->instance;
	const char *what = NULL;
	enum instance_key key = INSTANCE_GATEWAY;

	if (i->gateway && !i->ip)
		what = "without an address, only a DHCP server names the router";
	else if (i->gateway && i->gateway == i->ip)
		what = "the machine's own address";
	else if (i->ip && i->value[key = INSTANCE_HOSTNAME][0])
		what = "with an address, there is no DHCP server to be told of it";
	if (!what)
		return 0;
	r->fault.line = 0;
	name_key(&r->fault, instance_keys[key], strlen(instance_keys[key]));
	return broken(r, what);
}

int instance_parse(const char *text, size_t len, unsigned allowed, struct instance *ret_instance,
		   struct instance_fault *ret_fault)
{
	struct reader r = { .allowed = allowed };
	int e = 0;

	if (len > INSTANCE_SIZE_MAX) {
		*ret_fault = (struct instance_fault){ .what = "larger than 16384 bytes" };
		return -EFBIG;
	}
	while (len > 0 && e == 0) {
		const char *end = memchr(text, '\n', len);
		size_t line = end ? (size_t)(end - text) : len, step = line + (end != NULL);

		r.fault.line++;
		e = take_line(&r, text, line);
		text += step;
		len -= step;
	}
	if (e == 0)
		e = check_whole(&r);
	if (e == 0)
		*ret_instance = r.instance;
	else
		*ret_fault = r.fault;
	return e;
}

size_t instance_text(const struct instance *instance, const char *before, const char *equals,
		     const char *after, char ret_text[static INSTANCE_TEXT_MAX])
{
	size_t len = 0;

	ret_text[0] = '\0';
	for (enum instance_key key = 0; key < INSTANCE_KEYS_N; key++)
		if (instance->given & 1u << key)
			len += (size_t)snprintf(ret_text + len, INSTANCE_TEXT_MAX - len,
						"%s%s%s%s%s", before, instance_keys[key], equals,
						instance->value[key], after);
	return len;
}

size_t instance_canonical(const struct instance *instance, char ret_text[static INSTANCE_TEXT_MAX])
{
	return instance_text(instance, "", " = ", "\n", ret_text);
}

void instance_names(unsigned set, const char *between, char ret_text[static INSTANCE_NAMES_MAX])
{
	size_t len = 0;

	ret_text[0] = '\0';
	for (enum instance_key key = 0; key < INSTANCE_KEYS_N; key++)
		if (set & 1u << key)
			len += (size_t)snprintf(ret_text + len, INSTANCE_NAMES_MAX - len, "%s%s",
						len ? between : "", instance_keys[key]);
}
