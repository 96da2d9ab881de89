/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/planwords.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/lib/array.h"
#include "measure/lib/instance.h"
#include "measure/lib/plantext.h"

void planwords_size(FILE *out, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	while (bytes && bytes % 1024 == 0 && unit + 1 < ARRAY_SIZE(units)) {
		bytes /= 1024;
		unit++;
	}
	fprintf(out, "%" PRIu64 " %s", bytes, units[unit]);
}

static void put_file(FILE *out, const char *what, const struct plan_file *file)
{
	char digest[PLAN_DIGEST_MAX];

	plan_digest_text(file, digest);
	fprintf(out, "  %-11s ", what);
	planwords_size(out, file->size);
	fprintf(out, ", %s\n", digest);
}

/* In the plan's escaped form: whatever the image says, it is harmless to a terminal. */
static void put_text(FILE *out, const char *value, const char *quote)
{
	AUTO_FREE char *text = malloc(PLANTEXT_MAX(strlen(value)));

	if (!text)
		return;
	plantext_write(value, text);
	fputs(quote, out);
	for (const char *c = value[0] ? text : ""; *c; c++)
		fprintf(out, *c == quote[0] ? "\\x%02x" : "%c", *c);
	fputs(quote, out);
}

/* A word of the command line, quoted where it would not be seen as one word. */
static void put_word(FILE *out, const char *before, const char *word)
{
	fputs(before, out);
	put_text(out, word, !word[0] || strpbrk(word, " '") ? "'" : "");
}

static void put_program(const struct plan *p, FILE *out)
{
	fprintf(out, "It runs\n  ");
	for (size_t i = 0; i < p->n_argv; i++)
		put_word(out, i ? " " : "", p->argv[i]);
	put_word(out, "\n  in ", p->workdir);
	fputs(", with the environment", out);
	for (size_t i = 0; i < p->n_envp; i++)
		put_word(out, " ", p->envp[i]);
	fprintf(out, "%s\n\n", p->n_envp ? "" : " empty");
}

static void put_bytes(const struct plan *p, FILE *out)
{
	fputs("From these bytes and no others. The guest hashes them before it uses them, and powers\n"
	      "off when one differs; container and models are measured into PCR 13 and 14, and\n"
	      "everything on this page into PCR 8.\n",
	      out);
	put_file(out, "container", &p->container);
	if (p->container.volume)
		fprintf(out, "  %-11s from a payload volume\n", "");
	for (size_t i = 0; i < p->n_model; i++) {
		put_file(out, "model", &p->model[i]);
		fprintf(out, "  %-11s which it finds at /model/%s%s\n", "", p->model[i].name,
			p->model[i].volume ? "; from a payload volume" : "");
	}
	fputc('\n', out);
}

static void put_network(const struct plan *p, FILE *out)
{
	fprintf(out, "Reach\n  network     loopback alone; ");
	if (p->loopback_any)
		fprintf(out, "it may listen on every TCP port of it and connect to itself\n");
	else
		fprintf(out, "it may listen on TCP port %u and connect to nothing\n", p->port);
	fprintf(out,
		"              The world's port 443 reaches its port %u through the gateway, and nothing\n"
		"              else does\n",
		p->port);
	if (p->netlink_route)
		fputs("              It may ask the kernel about interfaces (netlink), and change none\n",
		      out);
}

static void put_scratch(FILE *out, const char *path, uint64_t size, bool exec)
{
	fputs("              ", out);
	planwords_size(out, size);
	fprintf(out, " of RAM at %s to write, from which %s\n", path,
		exec ? "IT MAY EXECUTE WHAT IT WROTE" : "nothing can be executed");
}

static void put_files(const struct plan *p, FILE *out)
{
	if (p->writable) {
		fputs("  files       ", out);
		planwords_size(out, p->writable);
		fputs(" of RAM with a copy of its image, WHICH IT MAY CHANGE AND EXECUTE until it\n"
		      "              is started again; and /model, read-only\n",
		      out);
	} else {
		fprintf(out, "  files       its image and /model, read-only%s\n",
			p->scratch || p->n_scratch || p->shm ? "" : "; nothing to write to");
	}
	if (p->scratch)
		put_scratch(out, "/tmp", p->scratch, p->scratch_exec);
	for (size_t i = 0; i < p->n_scratch; i++)
		put_scratch(out, p->scratches[i].path, p->scratches[i].size, p->scratches[i].exec);
	if (p->shm)
		put_scratch(out, "/dev/shm", p->shm, false);
}

static void put_reach(const struct plan *p, FILE *out)
{
	static const char *const sys[] = {
		[PLAN_SYS_NONE] = "empty",
		[PLAN_SYS_CPU] = "copies of what says which processors there are",
		[PLAN_SYS_GPU] =
			"copies of what says which processors there are, and which devices it has",
	};

	put_network(p, out);
	fprintf(out, "  output      %s\n",
		p->debug ? "to the console: THIS IS A DEBUG IMAGE, and it has a shell"
			 : "what it prints goes nowhere");
	put_files(p, out);
	fputs("  devices     null, zero, full, random, urandom", out);
	for (size_t i = 0; i < p->n_device; i++)
		fprintf(out, ", %s", p->device[i]);
	fputs("; no disk, no TPM, no console\n", out);
	if (p->proc_comm)
		fputs("  /proc       its own processes, whose files IT MAY WRITE TO: names of threads, and\n"
		      "              with them each other's memory and chance to be ended first;\n",
		      out);
	else
		fputs("  /proc       its own processes, read-only,\n", out);
	if (plan_passes(p, "nvidia"))
		fputs("              what the driver says of itself and its GPUs (driver/nvidia), read-only,\n",
		      out);
	fprintf(out,
		"              and what a program needs to know of the machine's size, read-only\n"
		"  /sys        %s\n",
		sys[p->sys]);
	if (p->sys == PLAN_SYS_GPU && plan_passes(p, "kfd"))
		fputs("              and what ROCm asks of the machine's processors and GPUs (kfd's topology)\n",
		      out);
	fputs("\n", out);
}

/* What the kinds of its devices add to its filter. */
static void put_ioctls(const struct plan *p, FILE *out)
{
	static const struct {
		const char *prefix, *what;
	} kinds[] = {
		{ "dri/", "container-dri.list: the ioctls of DRM" },
		{ "kfd", "container-kfd.list: the ioctls of AMD's computing, by number" },
		{ "nvidia",
		  "container-nvidia.list: the ioctls of NVIDIA's computing, by\n"
		  "              number, and files in memory, FROM WHICH IT MAY RUN WHAT IT WROTE" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (plan_passes(p, kinds[i].prefix))
			fprintf(out, "  %-11s and those of %s\n", "", kinds[i].what);
}

static void put_rights(const struct plan *p, FILE *out)
{
	fputs("Rights\n"
	      "  user        an unprivileged one that nothing else has, without groups; no capability,\n"
	      "              now or later, and no way to gain one\n",
	      out);
	if (p->user) {
		fputs("              The image names ", out);
		put_text(out, p->user, "");
		fputs(" (uid:gid name): it takes itself for\n"
		      "              that user, whose files are its own, and all others are root's\n",
		      out);
	}
	fputs("  namespaces  its own user, pid, mount, ipc, uts, cgroup and network ones; it can make\n"
	      "              no further one\n"
	      "  Landlock    the files and ports above, once more; no signal and no abstract socket\n"
	      "              leaves its walls\n"
	      "  seccomp     the calls of initramfs/seccomp/container.list; any other fails as if the\n"
	      "              kernel had it not, and its attacks kill\n",
	      out);
	put_ioctls(p, out);
	if (p->netlink_route)
		fprintf(out, "  %-11s and those of container-netlink.list: sockets to ask with\n",
			"");
	fprintf(out, "  %-11s %s%s\n\n", "", p->seccomp_allow ? "and these: " : "and no others",
		p->seccomp_allow ? p->seccomp_allow : "");
}

/* What one client's container and another's are to each other. */
static void put_clients(const struct plan *p, FILE *out)
{
	fputs("Clients\n", out);
	if (!p->pool) {
		fputs("  isolation   none: one container serves all of them. What one has sent may be in its\n"
		      "              memory, and in what it can write to, while it serves another\n\n",
		      out);
		return;
	}
	fprintf(out,
		"  isolation   each connection has a container of its own: one of %" PRIu64
		", started ahead from\n"
		"              the same bytes. It is ended when the connection ends, or while it serves\n"
		"              no request, if another needs its place; its memory is cleared, and no\n"
		"              other client ever reaches it\n"
		"  shared      image and models, which nobody can write to; the processors, so that\n"
		"              containers can measure each other's work; counters of the kernel, such as\n"
		"              /proc/stat; the gateway\n\n",
		p->pool);
}

static void put_limits(const struct plan *p, FILE *out)
{
	fputs(p->pool ? "Limits of each container\n  memory      " : "Limits\n  memory      ", out);
	planwords_size(out, p->limit_memory);
	fputs(", scratch included; the kernel ends the whole container if it needs more\n", out);
	if (p->limit_memory <= UINT64_MAX / PLAN_POOL_MAX && p->pool) {
		fputs("              ", out);
		planwords_size(out, p->pool * p->limit_memory);
		fprintf(out, " for all %" PRIu64 " of them, if the machine has that much\n",
			p->pool);
	}
	fputs("  processor   ", out);
	if (p->limit_cpu)
		fprintf(out, "%" PRIu64 " %% of one\n", p->limit_cpu);
	else
		fputs("no limit\n", out);
	fprintf(out,
		"  processes   %" PRIu64 ", threads included\n"
		"  open files  %" PRIu64
		" a process; no locked memory, message queue or core dump\n\n",
		p->limit_pids, p->limit_files);
}

static void put_restarts(const struct plan *p, FILE *out)
{
	static const char *const when[] = {
		[PLAN_ON_FAILURE] = "other than with status 0",
		[PLAN_ALWAYS] = "in any way",
	};

	fprintf(out, "%s, it is started again from the same bytes, ", when[p->restart]);
	if (p->restart_max == PLAN_UNLIMITED)
		fputs("as often as it ends\n  once the machine has served, and 5 times before",
		      out);
	else
		fprintf(out, "at most %" PRIu64 " times within\n  %" PRIu64 " seconds",
			p->restart_max, p->restart_window);
	fprintf(out,
		"; otherwise the machine powers off. So it does when the\n"
		"  container's walls cannot be set up. Before each restart it waits, a second at first\n"
		"  and then up to 32, until one has run for %" PRIu64
		" seconds. The gateway keeps running.\n",
		p->restart_window);
}

static void put_restart(const struct plan *p, FILE *out)
{
	fputs(p->pool ? "When one ends before any has had a client\n  " : "When it ends\n  ", out);
	if (p->restart == PLAN_NEVER)
		fputs("the machine powers off\n", out);
	else
		put_restarts(p, out);
	if (p->pool)
		fputs("  Later ones cost their own connections at most, and are started again, after such a\n"
		      "  wait if they had none.\n",
		      out);
	fputc('\n', out);
}

/* The kernel's modules, which are files of their own. */
static void put_modules(const struct plan *p, FILE *out)
{
	if (p->n_module == 0)
		return;
	fputs("Modules of the kernel\n"
	      "  Loaded in this order before anything else runs; then no more can be.\n",
	      out);
	for (size_t i = 0; i < p->n_module; i++) {
		put_file(out, p->module[i].name, &p->module[i]);
		if (p->module[i].volume)
			fprintf(out, "  %-11s removed when the payload volume has been read\n", "");
		if (p->parameters[i])
			fprintf(out, "  %-11s told %s\n", "", p->parameters[i]);
	}
	fputc('\n', out);
}

/* What drivers load into the devices. */
static void put_firmware(const struct plan *p, FILE *out)
{
	if (p->n_firmware == 0)
		return;
	fputs("Firmware of devices\n"
	      "  Drivers find these files and no others until the devices are started; then they are\n"
	      "  removed.\n",
	      out);
	for (size_t i = 0; i < p->n_firmware; i++) {
		fprintf(out, "  %s\n", p->firmware[i].name);
		put_file(out, "", &p->firmware[i]);
	}
	fputc('\n', out);
}

static void put_report(const struct plan *p, FILE *out)
{
	if (p->report_azure)
		fputs("Report\n"
		      "  The machine tells Azure's host, 168.63.129.16, that it is ready, and nothing more: a\n"
		      "  program of its own, without privileges, which ends then.\n\n",
		      out);
}

static void put_config(const struct plan *p, FILE *out)
{
	static const char *const ways[_PLAN_SOURCE_MAX] = {
		[PLAN_FW_CFG] = "by QEMU's fw_cfg",
		[PLAN_IMDS_GCE] = "by GCE's metadata",
		[PLAN_IMDS_AWS] = "by EC2's user data",
		[PLAN_IMDS_AZURE] = "by Azure's user data",
	};
	char names[INSTANCE_NAMES_MAX];

	if (!p->config_allow)
		return;
	instance_names(p->config_allow, ", ", names);
	fprintf(out,
		"Instance configuration\n"
		"  WHOEVER RUNS THE MACHINE MAY TELL IT %s, %s; it is measured\n"
		"  before it is used, and clients see it. Anything else in it powers the machine off.\n",
		names, ways[p->config_source]);
	if (p->config_source >= PLAN_IMDS_GCE)
		fputs("  The machine asks 169.254.169.254 for it when it has a network, by a program of its own\n"
		      "  without privileges.\n",
		      out);
	if (p->config_allow & 1u << INSTANCE_LOG_HOST)
		fputs("  With log-host the machine sends what init says on the console to any address that it names,\n"
		      "  in clear.\n",
		      out);
	fputc('\n', out);
}

static void put_filters(const struct plan *p, FILE *out)
{
	fputs("System call filters\n", out);
	for (size_t i = 0; i < PLAN_ROLES_N; i++)
		put_file(out, plan_roles[i], &p->seccomp[i]);
}

void plan_words(const struct plan *plan, FILE *out)
{
	fprintf(out, "Image %s, version %s%s\n\n", plan->image, plan->version,
		plan->debug ? ", DEBUG" : "");
	put_program(plan, out);
	put_bytes(plan, out);
	put_reach(plan, out);
	put_rights(plan, out);
	planwords_gateway(plan, out);
	put_clients(plan, out);
	put_limits(plan, out);
	put_restart(plan, out);
	put_config(plan, out);
	put_report(plan, out);
	put_modules(plan, out);
	put_firmware(plan, out);
	put_filters(plan, out);
}
