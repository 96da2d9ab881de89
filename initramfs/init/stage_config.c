/* SPDX-License-Identifier: MIT */
/*
 * The stages config and metadata, before and after there is a network: what whoever runs the machine
 * tells it, as far as the plan allows, by the one way that the plan names; measured before a value of
 * it is used. That there is none is measured, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/common/file.h"
#include "initramfs/common/service.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/child.h"
#include "initramfs/init/fail.h"
#include "initramfs/init/loghost.h"

#define FW_CFG_NAME   "opt/rampart/config"
#define FW_CFG_PATH   "/sys/firmware/qemu_fw_cfg/by_name/" FW_CFG_NAME "/raw"
#define CLOUD_WAIT_MS 300000 /* it has given up by then, but if somebody drips */

static char text[INSTANCE_SIZE_MAX];

/* What is wrong with it was written by the host, but for a key's name and our own words. */
static int refuse(int r, const char *source, const struct instance_fault *fault)
{
	const char *colon = fault->key[0] ? ": " : "";

	if (fault->line)
		return because(r, "%s:%zu: %s%s%s", source, fault->line, fault->key, colon,
			       fault->what);
	return because(r, "%s: %s%s%s", source, fault->key, colon, fault->what);
}

/* A machine without the file, or without fw_cfg, has no configuration. */
static int read_fw_cfg(size_t *ret_len)
{
	int r = file_read(FW_CFG_PATH, text, sizeof(text), ret_len);

	if (r == -EFBIG)
		return because(r, FW_CFG_NAME ": larger than %d bytes", INSTANCE_SIZE_MAX);
	if (r < 0 && r != -ENOENT)
		return because(r, FW_CFG_NAME ": cannot be read: %s", strerror(-r));
	return module_remove(PLAN_FW_CFG_MODULE);
}

static int take(struct boot *b, const char *source, size_t len)
{
	struct instance_fault fault = { 0 };
	struct event event;
	int r = instance_parse(text, len, b->plan.config_allow, &b->instance, &fault);

	if (r < 0)
		return refuse(r, source, &fault);
	r = event_config(&b->instance, &event);
	return r < 0 ? r : measure(b, &event);
}

int stage_config(struct boot *b)
{
	size_t len = 0;
	int r = 0;

	if (b->plan.config_source >= PLAN_IMDS_GCE)
		return 0;
	if (b->plan.config_source == PLAN_FW_CFG)
		r = read_fw_cfg(&len);
	return r < 0 ? r : take(b, FW_CFG_NAME, len);
}

/* /bin/cloud, which reads what the host says; its end of the pair is closed here. */
static int start_cloud(struct boot *b, const char *source, int subject, pid_t *ret_pid)
{
	const char *const argv[] = { "cloud", source, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), r;
	const int fds[] = { null,
			    null,
			    null,
			    [SERVICE_SUBJECT] = subject,
			    [SERVICE_REPORT] = null,
			    [SERVICE_DIALER] = null,
			    [SERVICE_FILTER] = b->filters[PLAN_DIALER] };

	if (null < 0)
		return because(-errno, "cannot open /dev/null: %s", strerror(errno));
	r = child_start(&(struct child){ "/bin/cloud", argv, fds, SERVICE_FILTER + 1, NULL },
			ret_pid);
	(void)close(null);
	(void)close(subject);
	return r;
}

/* Its one message: the text, or why there is none. */
static int hear_cloud(const char *source, int fd, int status, size_t *ret_len)
{
	ssize_t n = recv(fd, text, sizeof(text), MSG_DONTWAIT | MSG_TRUNC);
	char how[64];

	(void)close(fd);
	child_status_text(status, how, sizeof(how));
	if (n < 0 || (size_t)n > sizeof(text) || (n == 0 && status != 0))
		return because(-EPROTO, "%s: its program %s", source, how);
	if (status != 0)
		return because(-EPROTO, "%s: %.*s", source, (int)n, text);
	*ret_len = (size_t)n;
	return 0;
}

int stage_metadata(struct boot *b)
{
	const char *source = plan_sources[b->plan.config_source];
	int pair[2], status, r;
	size_t len = 0;
	pid_t pid = 0;

	if (b->plan.config_source < PLAN_IMDS_GCE)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return because(-errno, "cannot make a socket pair: %s", strerror(errno));
	r = start_cloud(b, source, pair[1], &pid);
	if (r == 0)
		r = because_of(child_wait(b->signals, pid, CLOUD_WAIT_MS, &status), source);
	if (r == 0)
		r = hear_cloud(source, pair[0], status, &len);
	if (r == 0)
		r = take(b, source, len);
	if (r == 0 && b->instance.given & 1u << INSTANCE_HOSTNAME)
		network_name(&b->network, b->instance.value[INSTANCE_HOSTNAME]);
	return r < 0 ? r : loghost_open(&b->instance);
}
