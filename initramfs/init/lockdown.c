/* SPDX-License-Identifier: MIT */
/* What must be true of the kernel and the initramfs before anything is measured or used. */
#include <errno.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>

#include "boot.h"
#include "fail.h"
#include "file.h"

/*
 * Read back after writing: some settings accept a write and keep their own value. One that this
 * kernel does not have (its feature is compiled out) is what the setting is there to achieve.
 */
static const struct {
	const char *path, *value;
} sysctls[] = {
	{ "/proc/sys/debug/exception-trace", "0" }, /* it prints names that the container chose */
	{ "/proc/sys/fs/protected_fifos", "2" },
	{ "/proc/sys/fs/protected_hardlinks", "1" },
	{ "/proc/sys/fs/protected_regular", "2" },
	{ "/proc/sys/fs/protected_symlinks", "1" },
	{ "/proc/sys/fs/suid_dumpable", "0" },
	{ "/proc/sys/kernel/dmesg_restrict", "1" },
	{ "/proc/sys/kernel/kexec_load_disabled", "1" },
	{ "/proc/sys/kernel/kptr_restrict", "2" },
	{ "/proc/sys/kernel/panic_on_oops", "1" },
	{ "/proc/sys/kernel/perf_event_paranoid", "3" },
	{ "/proc/sys/kernel/randomize_va_space", "2" },
	{ "/proc/sys/kernel/sysrq", "0" },
	{ "/proc/sys/kernel/unprivileged_bpf_disabled", "1" },
	{ "/proc/sys/net/ipv4/conf/all/accept_redirects", "0" },
	{ "/proc/sys/net/ipv4/conf/all/accept_source_route", "0" },
	{ "/proc/sys/net/ipv4/conf/all/rp_filter", "1" },
	{ "/proc/sys/net/ipv4/conf/all/send_redirects", "0" },
	{ "/proc/sys/net/ipv4/conf/default/accept_redirects", "0" },
	{ "/proc/sys/net/ipv4/ip_forward", "0" },
	{ "/proc/sys/net/ipv4/tcp_syncookies", "1" },
	{ "/proc/sys/vm/memfd_noexec", "2" },
	{ "/proc/sys/vm/oom_dump_tasks", "0" },
};

static int fix_sysctls(void)
{
	for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++) {
		const char *path = sysctls[i].path, *want = sysctls[i].value;
		char got[32] = "";
		int r = file_write_text(path, want);

		if (r == -ENOENT)
			continue;
		if (r == 0)
			r = file_read_text(path, got, sizeof(got));
		if (r < 0)
			return because(r, "cannot set %s: %s", path, strerror(-r));
		if (strcmp(got, want))
			return because(-EPROTO, "%s is %s, not %s", path, got, want);
	}
	return 0;
}

/* The marker is the last entry of the archive: a cut initramfs does not have it. */
static int check_complete(void)
{
	struct stat st;

	if (lstat(PLAN_MARKER_PATH, &st) < 0 || !S_ISREG(st.st_mode))
		return because(-ENOENT, "the initramfs is cut short: %s is missing",
			       PLAN_MARKER_PATH);
	return 0;
}

static int check_lockdown(void)
{
	char state[128] = "";
	int r = file_read_text("/sys/kernel/security/lockdown", state, sizeof(state));

	if (r < 0)
		return because(r, "cannot read the kernel's lockdown state: %s", strerror(-r));
	if (!strstr(state, "[confidentiality]"))
		return because(-EPROTO, "kernel lockdown is \"%s\", not [confidentiality]", state);
	return 0;
}

static int check_swap(void)
{
	char swaps[512];
	int r = file_read_text("/proc/swaps", swaps, sizeof(swaps));

	if (r == -ENOENT) /* a kernel without swap */
		return 0;
	if (r < 0 || strchr(swaps, '\n')) /* more than its headline */
		return because(-EPROTO, "swap is in use: memory would reach a disk");
	return 0;
}

int stage_lockdown(struct boot *b)
{
	int r = check_complete();

	(void)b;
	if (r == 0)
		r = check_lockdown();
	if (r == 0)
		r = check_swap();
	if (r == 0)
		r = fix_sysctls();
	if (r == 0 && reboot(RB_DISABLE_CAD) < 0)
		r = because(-errno, "cannot switch off Ctrl-Alt-Del: %s", strerror(errno));
	return r;
}
