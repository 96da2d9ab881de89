/* SPDX-License-Identifier: MIT */
/* What must be true of the kernel and the initramfs before anything is measured or used. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>

#include "initramfs/common/file.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"
#include "measure/lib/array.h"

/*
 * Read back after writing: some settings accept a write and keep their own value. A setting that
 * this kernel lacks is fine: the feature that it would switch off is compiled out.
 */
static const struct {
	const char *path, *value;
} sysctls[] = {
	{ "/proc/sys/debug/exception-trace", "0" }, /* would print names that the container chose */
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
	{ "/proc/sys/kernel/yama/ptrace_scope", "3" }, /* no tracing, irrevocably */
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
	for (size_t i = 0; i < ARRAY_SIZE(sysctls); i++) {
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

#define HUGE_PAGES "/sys/kernel/mm/transparent_hugepage/enabled"
#define MIN_FREE   "/proc/sys/vm/min_free_kbytes"

/*
 * Huge pages for the programs that ask for them by madvise, where the kernel has them. Turning them on makes the kernel
 * keep up to 44 MiB of memory free for them, a twentieth of a small machine, which nobody could use: what it kept before
 * is written back. Without that memory a program may get small pages instead.
 */
static int allow_huge_pages(void)
{
	char kept[32] = "";
	int r = file_read_text(MIN_FREE, kept, sizeof(kept));

	if (r == 0)
		r = file_write_text(HUGE_PAGES, "madvise");
	if (r == -ENOENT) /* a kernel without huge pages */
		return 0;
	if (r == 0)
		r = file_write_text(MIN_FREE, kept);
	if (r < 0)
		return because(r, "cannot turn on huge pages: %s", strerror(-r));
	return 0;
}

/* The marker is the last entry of the archive: a truncated initramfs does not have it. */
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

/*
 * Processor features that the container's isolation depends on, as the kernel reports them. The
 * host chooses what CPUID shows, and every server processor since 2014 (Intel) and 2017 (AMD) has
 * all of these. Not required, since isolation holds without them: UMIP (it hides addresses that the
 * container cannot use), IBPB and STIBP (QEMU's TCG has neither; used where they are), IBT, shadow
 * stacks.
 */
static const char *const required_flags[] = {
	"nx",	/* data is never executed, in the kernel or in a program */
	"smep", /* the kernel executes no user page */
	"smap", /* the kernel accesses no user page by mistake */
};

/* flags: of a line of /proc/cpuinfo, with a space around each. */
static int check_flags(const char *flags)
{
	for (size_t i = 0; i < ARRAY_SIZE(required_flags); i++) {
		char word[16];

		(void)snprintf(word, sizeof(word), " %s ", required_flags[i]);
		if (!strstr(flags, word))
			return because(
				-ENOTSUP,
				"the processor has no %s, or the host hides it; start the machine with a CPU model that has it",
				required_flags[i]);
	}
	return 0;
}

static int check_processors(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char *line = NULL;
	size_t size = 0, seen = 0;
	int r = 0;

	if (!file)
		return because(-errno, "cannot read /proc/cpuinfo: %s", strerror(errno));
	while (r == 0 && getline(&line, &size, file) > 0) {
		if (strncmp(line, "flags\t", 6))
			continue;
		line[strcspn(line, "\n")] = ' ';
		r = check_flags(line);
		seen++;
	}
	free(line);
	(void)fclose(file);
	if (r == 0 && seen == 0)
		r = because(-EPROTO, "/proc/cpuinfo tells no flags");
	return r;
}

#define LEAKS "/sys/devices/system/cpu/vulnerabilities"

/* Vulnerabilities that do not cross a boundary here, so that a processor may have them. */
static const char *const harmless_leaks[] = {
	"spec_store_bypass", /* a program reads its own earlier data; TCG has no mitigation */
	"vmscape",	     /* an attack by nested guests, of which there are none */
};

static bool is_harmless(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(harmless_leaks); i++)
		if (!strcmp(name, harmless_leaks[i]))
			return true;
	return false;
}

/* A vulnerability of the processor that the kernel cannot mitigate with what the host exposes. */
static int check_leak(const char *name)
{
	char path[sizeof(LEAKS) + NAME_MAX + 1], state[256] = "";
	int r;

	(void)snprintf(path, sizeof(path), LEAKS "/%s", name);
	r = file_read_text(path, state, sizeof(state));
	if (r < 0)
		return because(r, "cannot read %s: %s", path, strerror(-r));
	if (strstr(state, "Vulnerable"))
		return because(
			-ENOTSUP,
			"the processor leaks (%s: \"%s\"); the host needs newer microcode, or a CPU model that shows it",
			name, state);
	return 0;
}

static int check_leaks(void)
{
	DIR *dir = opendir(LEAKS);
	const struct dirent *entry;
	size_t seen = 0;
	int r = 0;

	if (!dir)
		return because(-errno, "cannot read " LEAKS ": %s", strerror(errno));
	while (r == 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || is_harmless(entry->d_name))
			continue;
		r = check_leak(entry->d_name);
		seen++;
	}
	(void)closedir(dir);
	if (r == 0 && seen == 0)
		r = because(-EPROTO, LEAKS " is empty");
	return r;
}

int stage_lockdown(struct boot *b)
{
	int r = check_complete();

	(void)b;
	if (r == 0)
		r = check_lockdown();
	if (r == 0)
		r = check_processors();
	if (r == 0)
		r = check_leaks();
	if (r == 0)
		r = check_swap();
	if (r == 0)
		r = fix_sysctls();
	if (r == 0)
		r = allow_huge_pages();
	if (r == 0 && reboot(RB_DISABLE_CAD) < 0)
		r = because(-errno, "cannot switch off Ctrl-Alt-Del: %s", strerror(errno));
	return r;
}
