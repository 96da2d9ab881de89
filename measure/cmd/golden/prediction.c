/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/prediction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/goldenfile.h"
#include "measure/cmd/golden/keyfiles.h"
#include "measure/cmd/hashing.h"
#include "measure/lib/plan.h"
#include "measure/record/goldenrules.h"

#define GOLDEN_2 "rampart-platform/2"

/* Everything that goes into golden.json. */
struct inputs {
	const char *command;
	const struct prediction_files *files;
	bool banks[_HASH_MAX];
	const uint8_t *disk;
	size_t disk_len;
	uint8_t *plan_text; /* as it is measured */
	char *plan_copy;    /* as plan_parse() leaves it */
	size_t plan_len;
	struct plan plan;
	struct goldenconfig config;
	struct keyfiles keys;
	struct golden platform;
	struct prediction *prediction;
	struct digest disk_sha256, uki_sha256;
	struct digest *digest; /* of event i in bank b: [i * _HASH_MAX + b] */
};

static int load_platform(struct inputs *in)
{
	int r = platform_load(in->command, in->files->platform, &in->platform);

	if (r)
		return r;
	memcpy(in->banks, in->files->banks ? in->files->banks : in->platform.bank,
	       sizeof(in->banks));
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (in->banks[i] && !in->platform.bank[i])
			return fail(in->command, "%s: the platform has no bank %s",
				    in->files->platform, hash_name((enum hash_alg)i));
	if (in->platform.edition < 2 && in->files->has_release)
		return fail(in->command,
			    "%s: golden values of it name no release: it is not " GOLDEN_2,
			    in->files->platform);
	return 0;
}

static int load_plan(struct inputs *in)
{
	struct diag diag = { 0 };
	int r = read_file(in->files->plan, PLAN_SIZE_MAX, &in->plan_text, &in->plan_len);

	if (r < 0)
		return fail_parse(in->command, in->files->plan, r, NULL);
	in->plan_copy = malloc(in->plan_len + 1);
	if (!in->plan_copy)
		return fail(in->command, "out of memory");
	memcpy(in->plan_copy, in->plan_text, in->plan_len + 1);
	r = plan_parse(in->plan_copy, in->plan_len, &in->plan, &diag);
	return r < 0 ? fail_parse(in->command, in->files->plan, r, &diag) : 0;
}

/* The one configuration that will be accepted. */
static int load_config(struct inputs *in)
{
	AUTO_FREE uint8_t *text = NULL;
	struct instance_fault fault;
	size_t len;
	int r = read_file(in->files->config, INSTANCE_SIZE_MAX, &text, &len);

	if (r < 0)
		return fail_parse(in->command, in->files->config, r, NULL);
	r = instance_parse((const char *)text, len, in->plan.config_allow, &in->config.exact,
			   &fault);
	if (r < 0 && fault.line)
		return fail(in->command, "%s:%zu: %s%s%s", in->files->config, fault.line, fault.key,
			    fault.key[0] ? ": " : "", fault.what);
	if (r < 0)
		return fail(in->command, "%s: %s%s%s", in->files->config, fault.key,
			    fault.key[0] ? ": " : "", fault.what);
	if (in->config.exact.given)
		in->config.accepted = GOLDENCONFIG_EXACT;
	return 0;
}

static int read_keys(struct inputs *in)
{
	const char *name = in->files->keys;

	for (size_t len;; name += len + 1) {
		enum instance_key key;

		len = strcspn(name, ",");
		key = instance_key_find(name, len);
		if (key == INSTANCE_KEYS_N || !(in->plan.config_allow & 1u << key))
			return fail(in->command, "--any-config: the plan does not allow \"%.*s\"",
				    (int)len, name);
		in->config.keys |= 1u << key;
		if (!name[len])
			break;
	}
	in->config.accepted = GOLDENCONFIG_ANY;
	return 0;
}

/* Which configurations are accepted: none, unless somebody says so. */
static int choose_config(struct inputs *in)
{
	if (in->plan.config_allow)
		in->config.accepted = GOLDENCONFIG_NONE;
	if ((in->files->config || in->files->keys) && !in->plan.config_allow)
		return fail(in->command, "%s: the plan allows no instance configuration",
			    in->files->plan);
	if (in->files->accepted && in->files->accepted->accepted != GOLDENCONFIG_UNSAID) {
		in->config = *in->files->accepted;
		if ((in->config.exact.given | in->config.keys) & ~in->plan.config_allow)
			return fail(in->command, "%s: the plan does not allow what is accepted",
				    in->files->plan);
	}
	if (in->files->config)
		return load_config(in);
	return in->files->keys ? read_keys(in) : 0;
}

/* The file system's error line: "disk.img: EFI/Linux/x.efi: at byte 60: not a PE image". */
static int fail_disk(const struct inputs *in, int error, const struct predict_error *e)
{
	const char *what = e->diag.what ? e->diag.what : strerror(-error);

	if (e->file[0] && e->diag.off)
		return fail(in->command, "%s: %s: at byte %zu: %s", in->files->disk, e->file,
			    e->diag.off, what);
	if (e->file[0])
		return fail(in->command, "%s: %s: %s", in->files->disk, e->file, what);
	return fail(in->command, "%s: at byte %zu: %s", in->files->disk, e->diag.off, what);
}

static int predict_events(struct inputs *in)
{
	struct predict_error error = { 0 };
	int r = map_file(in->files->disk, &in->disk, &in->disk_len);

	if (r < 0)
		return fail_parse(in->command, in->files->disk, r, NULL);
	in->prediction = calloc(1, sizeof(*in->prediction));
	if (!in->prediction)
		return fail(in->command, "out of memory");
	r = predict_disk(in->prediction, span_of(in->disk, in->disk_len), in->files->medium,
			 in->files->uki, in->files->keys_folder ? &in->keys.keys : NULL, &error);
	if (r < 0)
		return fail_disk(in, r, &error);
	r = predict_plan(in->prediction, span_of(in->plan_text, in->plan_len), &in->plan,
			 in->config.accepted == GOLDENCONFIG_ANY ? NULL : &in->config.exact);
	return r < 0 ? fail_parse(in->command, in->files->plan, r, NULL) : 0;
}

/* All hashes of the boot, and the two that name the files. */
static int hash_all(struct inputs *in)
{
	const struct prediction *p = in->prediction;
	struct span disk = span_of(in->disk, in->disk_len);
	AUTO_FREE struct hash_job *jobs = calloc(p->n_events * _HASH_MAX + 2, sizeof(*jobs));
	size_t n = 0;

	in->digest = calloc(p->n_events * _HASH_MAX, sizeof(*in->digest));
	if (!jobs || !in->digest)
		return fail(in->command, "out of memory");
	jobs[n++] = (struct hash_job){ .alg = HASH_SHA256, .piece = &disk, .n = 1 };
	jobs[n++] = (struct hash_job){ .alg = HASH_SHA256, .piece = &p->uki, .n = 1 };
	for (size_t i = 0; i < p->n_events; i++)
		for (size_t bank = 0; bank < _HASH_MAX; bank++)
			if (in->banks[bank])
				jobs[n++] =
					(struct hash_job){ .alg = (enum hash_alg)bank,
							   .piece = p->piece + p->event[i].first,
							   .n = p->event[i].n };
	hash_jobs(jobs, n);
	in->disk_sha256 = jobs[0].digest;
	in->uki_sha256 = jobs[1].digest;
	n = 2;
	for (size_t i = 0; i < p->n_events; i++)
		for (size_t bank = 0; bank < _HASH_MAX; bank++)
			if (in->banks[bank])
				in->digest[i * _HASH_MAX + bank] = jobs[n++].digest;
	return 0;
}

static json_t *make_payloads(const struct plan *plan)
{
	const struct plan_file *c = &plan->container;
	json_t *payloads = json_array();
	char hex[HASH_HEX_MAX], digest[PLAN_DIGEST_MAX], manifest[HASH_HEX_MAX + 8] = "sha256:";
	int r = payloads ? 0 : -1;

	digest_hex(&c->digest, hex);
	plan_digest_text(c, digest);
	if (plan->has_manifest)
		digest_hex(&plan->manifest, manifest + strlen(manifest));
	if (r == 0)
		r = json_array_append_new(
			payloads,
			json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:I, s:s*}", "kind", "container",
				  "name", c->name, "oci_manifest",
				  plan->has_manifest ? manifest : NULL, "sha256",
				  c->fsverity ? NULL : hex, "digest", c->fsverity ? digest : NULL,
				  "size", (json_int_t)c->size, "storage",
				  c->volume ? "volume" : NULL));
	for (size_t i = 0; i < plan->n_model && r == 0; i++) {
		const struct plan_file *m = &plan->model[i];
		plan_digest_text(m, digest);
		r = json_array_append_new(
			payloads, json_pack("{s:s, s:s, s:s, s:I, s:s}", "kind", "model", "name",
					    m->name, "digest", digest, "size", (json_int_t)m->size,
					    "storage", m->volume ? "volume" : "embedded"));
	}
	if (r == 0)
		return payloads;
	json_decref(payloads);
	return NULL;
}

static bool is_action(const struct predicted *p, unsigned pcr)
{
	return p->pcr == pcr && !strcmp(p->type, "EV_EFI_ACTION");
}

/* Whether it is one of those that some firmware measures elsewhere: images and where they lie. */
static bool is_image(const struct predicted *p)
{
	return !strcmp(p->type, "EV_EFI_BOOT_SERVICES_APPLICATION") ||
	       !strcmp(p->type, "EV_EFI_GPT_EVENT");
}

/* An event of the image, as this platform has it. */
static struct golden_event image_event(const struct inputs *in, size_t i)
{
	const struct golden_boot *boot = &in->platform.boot;
	const struct predicted *p = &in->prediction->event[i];
	struct golden_event ev = {
		.type = p->type, .what = p->what, .open = p->open, .min = 1, .max = 1
	};

	ev.pcr = is_image(p) && boot->images_pcr ? boot->images_pcr : p->pcr;
	if (is_action(p, 4) && boot->optional_action) {
		ev.has_times = true;
		ev.min = 0;
	}
	memcpy(ev.digest, in->digest + i * _HASH_MAX, sizeof(ev.digest));
	return ev;
}

/* What comes when ExitBootServices() fails before it succeeds, once more for each time. */
static struct golden_event exit_failure(unsigned times)
{
	static const char text[] = "Exit Boot Services Returned with Failure";
	struct golden_event ev = {
		.pcr = 5, .type = "EV_EFI_ACTION", .what = text, .has_times = true, .max = times
	};

	for (size_t bank = 0; bank < _HASH_MAX; bank++)
		hash_bytes((enum hash_alg)bank, text, strlen(text), &ev.digest[bank]);
	return ev;
}

static void add_events(const struct inputs *in, struct golden *g)
{
	const struct prediction *p = in->prediction;
	unsigned failures = in->platform.boot.exit_failures;

	for (size_t i = 0; i < in->platform.n_events; i++)
		if (in->platform.event[i].pcr != 7 || !in->files->keys_folder)
			g->event[g->n_events++] = in->platform.event[i];
	for (size_t i = 0; i < p->n_events; i++) {
		if (is_action(&p->event[i], 5) && failures > 0) {
			g->event[g->n_events++] = exit_failure(failures);
			failures = 0;
		}
		g->event[g->n_events++] = image_event(in, i);
	}
}

/* The platform's events first, then the image's in boot order, then init's. */
static json_t *make_golden(struct inputs *in)
{
	size_t n = in->platform.n_events + in->prediction->n_events + 1;
	struct golden g = {
		.image = in->plan.image,
		.version = in->plan.version,
		.debug = in->plan.debug,
		.platform = in->platform.platform,
		.shape = in->platform.shape,
		.edition = in->platform.edition,
		.log_optional = in->platform.log_optional,
		.has_release = in->files->has_release,
		.release = in->files->release,
		.config = in->config,
		.names_files = true,
		.disk_sha256 = in->disk_sha256,
		.uki_sha256 = in->uki_sha256,
		.event = calloc(n, sizeof(*g.event)),
	};
	const char *what = "out of memory";
	json_t *golden = NULL;

	memcpy(g.bank, in->banks, sizeof(g.bank));
	rules_move(&in->platform, &g);
	if (in->files->keys_folder)
		rules_drop(&g, 7); /* the keys decide it, whatever the machine */
	if (g.event) {
		add_events(in, &g);
		what = golden_settle(&g);
	}
	if (!what) {
		golden = golden_json(&g, make_payloads(&in->plan));
		what = "out of memory";
	}
	rules_done(&g);
	free(g.event);
	if (!golden)
		(void)fail(in->command, "%s: %s", in->files->platform, what);
	return golden;
}

json_t *prediction_golden(const char *command, const struct prediction_files *files)
{
	struct inputs in = { .command = command, .files = files };
	json_t *golden = NULL;

	if (!load_platform(&in) && !load_plan(&in) && !choose_config(&in) &&
	    (!files->keys_folder || !keyfiles_read(command, files->keys_folder, &in.keys)) &&
	    !predict_events(&in) && !hash_all(&in))
		golden = make_golden(&in);

	keyfiles_done(&in.keys);
	golden_done(&in.platform);
	if (in.prediction)
		predict_done(in.prediction);
	free(in.prediction);
	free(in.digest);
	free(in.plan_text);
	free(in.plan_copy);
	if (in.disk_len > 0)
		(void)munmap((void *)(uintptr_t)in.disk, in.disk_len);
	return golden;
}
