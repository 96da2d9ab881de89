/* SPDX-License-Identifier: MIT */
/* plan_parse(): a plan has one form, so what was read, written again, is the same bytes. */
#include "measure/lib/plan.h"
#include "measure/lib/instance.h"
#include "measure/lib/plantext.h"
#include "tests/fuzz/fuzz.h"

#include <inttypes.h>

/* File after file of the text that a plan should be. */
static FILE *out;

static void write_text(const char *key, const char *value)
{
	static char text[PLANTEXT_MAX(PLAN_SIZE_MAX)];

	plantext_write(value, text);
	fprintf(out, "%s %s\n", key, text);
}

static void write_list(const char *key, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%s.%0*zu", key, n > 100 ? 3 : 2, i);
		write_text("", list[i]);
	}
}

static void write_file(const struct plan_file *file, bool with_name)
{
	char digest[PLAN_DIGEST_MAX];

	plan_digest_text(file, digest);
	fprintf(out, "%s%s%s %" PRIu64 "%s\n", with_name ? file->name : "", with_name ? " " : "",
		digest, file->size, file->volume ? " volume" : "");
}

static void write_files(const char *key, const struct plan_file *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%s.%02zu ", key, i);
		write_file(&list[i], true);
	}
}

static void write_modules(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_module; i++) {
		char digest[PLAN_DIGEST_MAX];
		const struct plan_file *file = &plan->module[i];

		plan_digest_text(file, digest);
		fprintf(out, "module.%02zu %s %s %" PRIu64 "%s%s%s\n", i, file->name, digest,
			file->size, file->volume ? " volume" : "", plan->parameters[i] ? " " : "",
			plan->parameters[i] ? plan->parameters[i] : "");
	}
}

static void write_config(const struct plan *plan)
{
	char names[INSTANCE_NAMES_MAX];

	if (!plan->config_allow)
		return;
	instance_names(plan->config_allow, " ", names);
	fprintf(out, "config.allow %s\nconfig.source %s\n", names,
		plan_sources[plan->config_source]);
}

static void write_container(const struct plan *plan)
{
	fputs("container ", out);
	write_file(&plan->container, false);
	if (plan->has_manifest) {
		char hex[HASH_HEX_MAX];

		digest_hex(&plan->manifest, hex);
		fprintf(out, "container.manifest sha256:%s\n", hex);
	}
	if (plan->user)
		write_text("container.user", plan->user);
}

static void write_allows(const char *key, const struct plan_allow *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "gateway.%s.%02zu %s %s%s\n", key, i, list[i].method, list[i].path,
			list[i].below ? "*" : "");
}

static void write_gateway(const struct plan *plan)
{
	char unit = plan->rate.seconds == 1 ? 's' : plan->rate.seconds == 60 ? 'm' : 'h';
	char hex[HASH_HEX_MAX];

	write_allows("allow", plan->allow, plan->n_allow);
	if (plan->has_body)
		fprintf(out, "gateway.body %" PRIu64 "\n", plan->body);
	if (plan->concurrency)
		fprintf(out, "gateway.concurrency %" PRIu64 " %" PRIu64 "\n", plan->concurrency,
			plan->queue);
	for (size_t i = 0; i < plan->n_token; i++) {
		digest_hex(&plan->token[i].digest, hex);
		fprintf(out, "gateway.key.%02zu %s sha256:%s\n", i, plan->token[i].name, hex);
	}
	if (plan->metrics)
		fputs("gateway.metrics 1\n", out);
	if (plan->pace)
		fprintf(out, "gateway.pace %" PRIu64 "\n", plan->pace);
	if (plan->padding)
		fprintf(out, "gateway.padding %" PRIu64 "\n", plan->padding);
	if (plan->rate.n)
		fprintf(out, "gateway.rate %" PRIu32 "/%c\n", plan->rate.n, unit);
	fputs(plan->raw ? "gateway.raw 1\n" : "", out);
	fputs(plan->status ? "gateway.status 1\n" : "", out);
	write_allows("upgrade", plan->upgrade, plan->n_upgrade);
}

static void write_rest(const struct plan *plan)
{
	static const char *const restarts[] = { "never", "on-failure", "always" };

	if (plan->netlink_route)
		fputs("netlink route\n", out);
	fprintf(out, "port %u\n%s", plan->port, plan->proc_comm ? "proc comm\n" : "");
	fputs(plan->report_azure ? "report azure\n" : "", out);
	fprintf(out, "restart %s\nrestart.max ", restarts[plan->restart]);
	if (plan->restart_max == PLAN_UNLIMITED)
		fputs("unlimited", out);
	else
		fprintf(out, "%" PRIu64, plan->restart_max);
	fprintf(out, "\nrestart.window %" PRIu64 "\n", plan->restart_window);
	fprintf(out, "scratch %" PRIu64 "%s\n", plan->scratch, plan->scratch_exec ? " exec" : "");
	for (size_t i = 0; i < plan->n_scratch; i++)
		fprintf(out, "scratch.%02zu %s %" PRIu64 "%s\n", i, plan->scratches[i].path,
			plan->scratches[i].size, plan->scratches[i].exec ? " exec" : "");
	if (plan->seccomp_allow)
		fprintf(out, "seccomp.allow %s\n", plan->seccomp_allow);
	for (size_t i = 0; i < PLAN_ROLES_N; i++) {
		fprintf(out, "seccomp.%s ", plan_roles[i]);
		write_file(&plan->seccomp[i], false);
	}
	if (plan->shm)
		fprintf(out, "shm %" PRIu64 "\n", plan->shm);
	if (plan->sys)
		fprintf(out, "sys %s\n", plan->sys == PLAN_SYS_CPU ? "cpu" : "gpu");
	fprintf(out, "version %s\n", plan->version);
	write_text("workdir", plan->workdir);
	if (plan->writable)
		fprintf(out, "writable %" PRIu64 "\n", plan->writable);
}

static void write_plan(const struct plan *plan)
{
	fputs("rampart-plan/1\n", out);
	write_list("arg", plan->argv, plan->n_argv);
	write_config(plan);
	write_container(plan);
	fprintf(out, "debug %d\n", plan->debug);
	write_list("device", plan->device, plan->n_device);
	write_list("env", plan->envp, plan->n_envp);
	write_files("firmware", plan->firmware, plan->n_firmware);
	write_gateway(plan);
	fprintf(out, "image %s\n", plan->image);
	if (plan->pool)
		fprintf(out, "isolate connection %" PRIu64 "\n", plan->pool);
	fprintf(out, "limit.cpu %" PRIu64 "\nlimit.files %" PRIu64 "\n", plan->limit_cpu,
		plan->limit_files);
	fprintf(out, "limit.memory %" PRIu64 "\nlimit.pids %" PRIu64 "\n", plan->limit_memory,
		plan->limit_pids);
	if (plan->loopback_any)
		fputs("loopback any\n", out);
	write_files("model", plan->model, plan->n_model);
	write_modules(plan);
	write_rest(plan);
}

static void check_plan(const struct plan *plan, struct span input)
{
	size_t len = 0;
	char *again = NULL;
	int r;

	require(plan->n_argv >= 1 && plan->n_argv <= PLAN_ARGS_MAX && !plan->argv[plan->n_argv]);
	require(plan->n_envp <= PLAN_ENVS_MAX && !plan->envp[plan->n_envp]);
	require(plan->container.name == plan->image && plan->argv[0][0] == '/');
	require(plan->models_size <= INT64_MAX && plan->port != 0);
	out = open_memstream(&again, &len);
	require(out != NULL);
	write_plan(plan);
	r = fclose(out);
	require(r == 0);
	require(is_same(span_of(again, len), input));
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct plan plan;
	struct diag diag = { .off = SIZE_MAX };
	char *text = room(size);

	memcpy(text, data, size);
	memset(&plan, FRESH, sizeof(plan));
	if (plan_parse(text, size, &plan, &diag) < 0)
		require(is_fresh(&plan, sizeof(plan)) && diag.what && diag.off <= size);
	else
		check_plan(&plan, span_of(data, size));
	free(text);
	return 0;
}
