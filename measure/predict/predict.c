/* SPDX-License-Identifier: MIT */
#include "measure/predict/predict.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/event.h"
#include "measure/lib/gpt.h"
#include "measure/lib/model.h"
#include "measure/predict/esp.h"
#include "measure/predict/pe.h"
#include "measure/predict/secureboot.h"
#include "measure/predict/uki.h"

#define LOAD_OPTIONS_MAX 8192 /* bytes of UTF-16; the kernel itself takes 2048 characters */

static int out_of_room(struct predict_error *err)
{
	return esp_fail(err, "", "more events than there is room for", -ENOSPC);
}

/* Begins an event. Its pieces are added to p until the next one begins. */
static struct predicted *begin(struct prediction *p, unsigned pcr, const char *type)
{
	struct predicted *ev;

	if (p->n_events == PREDICT_EVENTS_MAX)
		return NULL;
	ev = &p->event[p->n_events++];
	*ev = (struct predicted){ .pcr = pcr, .type = type, .first = p->n_pieces };
	return ev;
}

static int add_piece(struct prediction *p, struct span bytes)
{
	if (p->n_pieces == PREDICT_PIECES_MAX)
		return -ENOSPC;
	p->piece[p->n_pieces++] = bytes;
	p->event[p->n_events - 1].n++;
	return 0;
}

/* An event over one run of bytes, which must stay where it is. */
static int add_event(struct prediction *p, unsigned pcr, const char *type, struct span bytes,
		     const char *what)
{
	struct predicted *ev = begin(p, pcr, type);

	if (!ev)
		return -ENOSPC;
	snprintf(ev->what, sizeof(ev->what), "%s", what);
	return add_piece(p, bytes);
}

static int add_text(struct prediction *p, unsigned pcr, const char *type, const char *text)
{
	return add_event(p, pcr, type, span_of(text, strlen(text)), text);
}

static int add_separator(struct prediction *p, unsigned pcr)
{
	static const uint8_t zero[4];

	return add_event(p, pcr, "EV_SEPARATOR", span_of(zero, sizeof(zero)), "separator");
}

/* len bytes of the arena, or NULL. */
static uint8_t *reserve(struct prediction *p, size_t len)
{
	uint8_t *at = p->arena + p->arena_len;

	if (len > sizeof(p->arena) - p->arena_len)
		return NULL;
	p->arena_len += len;
	return at;
}

/* A file's bytes: in the disk if they follow each other there, else a copy that p owns. */
static int file_bytes(struct prediction *p, const struct fat *fat, const struct fat_entry *file,
		      struct span *ret)
{
	uint8_t *copy;
	int r = fat_map(fat, file, ret);

	if (r != -ERANGE)
		return r;
	if (p->n_files == PREDICT_FILES_MAX)
		return -ENOSPC;
	copy = malloc(file->size); /* fat_map() walked the chain: no more than the disk has */
	if (!copy)
		return -ENOMEM;
	p->file[p->n_files++] = copy;
	r = fat_read(fat, file, copy);
	if (r < 0)
		return r;
	*ret = span_of(copy, file->size);
	return 0;
}

static int load(struct prediction *p, const struct fat *fat, const char *path, struct span *ret,
		struct predict_error *err)
{
	struct fat_entry file;
	int r = fat_lookup(fat, path, &file);

	if (r == -ENOENT)
		return esp_fail(err, path, "not on the EFI system partition", r);
	if (r == 0)
		r = file_bytes(p, fat, &file, ret);
	return r < 0 ? esp_fail(err, path, "cannot be read: damaged file system", r) : 0;
}

/* A variable of Secure Boot, or the entry of one. */
static int add_variable(struct prediction *p, enum secureboot_variable variable, const char *type,
			struct span data, const char *what)
{
	uint8_t *head = reserve(p, SECUREBOOT_HEAD_MAX);

	if (!head || add_event(p, 7, type,
			       span_of(head, secureboot_head(variable, data.left, head)), what) < 0)
		return -ENOSPC;
	return add_piece(p, data);
}

static int add_variables(struct prediction *p, const struct secureboot *keys)
{
	static const uint8_t on = 1;

	for (size_t i = 0; i < _SECUREBOOT_MAX; i++)
		if (add_variable(p, (enum secureboot_variable)i, "EV_EFI_VARIABLE_DRIVER_CONFIG",
				 i == SECUREBOOT_STATE ? span_of(&on, 1) : keys->list[i],
				 secureboot_names[i]) < 0)
			return -ENOSPC;
	return add_separator(p, 7);
}

/* For which entry of db the firmware starts an image; it measures each entry once. */
static int add_authority(struct prediction *p, const struct pe *pe, const char *path,
			 struct predict_error *err)
{
	char what[PREDICT_WHAT_MAX];
	struct span entry;
	int r = p->keys ? secureboot_allows(p->keys, pe, &entry) : 0;

	if (r == -ENOENT)
		return esp_fail(err, path,
				"not signed by a certificate of db, nor is its hash there",
				-EACCES);
	if (r < 0)
		return esp_fail(err, path, "its signature, or a certificate of db, cannot be read",
				r);
	if (!p->keys ||
	    (p->authority.left == entry.left && !memcmp(p->authority.p, entry.p, entry.left)))
		return 0;
	p->authority = entry;
	snprintf(what, sizeof(what), "entry of db that %s is started for", path);
	r = add_variable(p, SECUREBOOT_DB, "EV_EFI_VARIABLE_AUTHORITY", entry, what);
	return r < 0 ? out_of_room(err) : 0;
}

/* LoadImage() of the firmware: the Authenticode hash. */
static int add_pe(struct prediction *p, const struct pe *pe, const char *what)
{
	struct span pieces[PE_PIECES_MAX];
	struct predicted *ev;
	size_t n;
	int r = pe_authenticode(pe, pieces, &n);

	if (r < 0)
		return r;
	ev = begin(p, 4, "EV_EFI_BOOT_SERVICES_APPLICATION");
	if (!ev)
		return -ENOSPC;
	snprintf(ev->what, sizeof(ev->what), "%s", what);
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_piece(p, pieces[i]);
	return r;
}

/* The firmware, as it turns to what it boots; gpt is NULL if that is on no disk. */
static int add_call(struct prediction *p, const struct gpt *gpt)
{
	uint8_t *bytes;
	size_t len;

	if (add_text(p, 4, "EV_EFI_ACTION", "Calling EFI Application from Boot Option") < 0 ||
	    add_separator(p, 4) < 0 || add_separator(p, 5) < 0)
		return -ENOSPC;
	if (!gpt)
		return 0;
	bytes = reserve(p, GPT_EVENT_MAX);
	if (!bytes)
		return -ENOSPC;
	gpt_event(gpt, bytes, &len);
	return add_event(p, 5, "EV_EFI_GPT_EVENT", span_of(bytes, len), "partition table");
}

/* The firmware, up to the start of systemd-boot; then systemd-boot's reading of loader.conf. */
static int add_loader(struct prediction *p, const struct gpt *gpt, const struct fat *fat,
		      struct predict_error *err)
{
	struct span loader = { 0 }, conf = { 0 };
	struct fat_entry file;
	struct pe pe;
	int r = load(p, fat, ESP_BOOT_LOADER, &loader, err);

	if (r < 0)
		return r;
	r = pe_parse(loader, &pe, &err->diag);
	if (r < 0)
		return esp_fail(err, ESP_BOOT_LOADER, err->diag.what, r);
	r = add_authority(p, &pe, ESP_BOOT_LOADER, err);
	if (r < 0)
		return r;
	if (add_call(p, gpt) < 0)
		return out_of_room(err);
	r = add_pe(p, &pe, ESP_BOOT_LOADER);
	if (r < 0)
		return esp_fail(err, ESP_BOOT_LOADER, "sections do not add up", r);
	if (fat_lookup(fat, ESP_LOADER_CONF, &file) == -ENOENT)
		return 0; /* systemd-boot then measures nothing */
	r = load(p, fat, ESP_LOADER_CONF, &conf, err);
	if (r == 0 && add_event(p, 5, "EV_EVENT_TAG", conf, ESP_LOADER_CONF) < 0)
		return out_of_room(err);
	return r;
}

/* systemd-stub: a pair for each section, its name with the NUL, then its bytes. */
static int add_sections(struct prediction *p, const struct uki *uki, const char *path)
{
	for (size_t i = 0; i < _UKI_SECTION_MAX; i++) {
		const char *name = uki_section_names[i];
		char what[PREDICT_WHAT_MAX];

		if (i == UKI_PCRSIG || uki->section[i].left == 0)
			continue;
		snprintf(what, sizeof(what), "%s %s (name)", path, name);
		if (add_event(p, 11, "EV_IPL", span_of(name, strlen(name) + 1), what) < 0)
			return -ENOSPC;
		snprintf(what, sizeof(what), "%s %s", path, name);
		if (add_event(p, 11, "EV_IPL", uki->section[i], what) < 0)
			return -ENOSPC;
	}
	return 0;
}

/* The kernel's EFI stub: LoadOptions, then the initrd as it was handed over. */
static int add_kernel_inputs(struct prediction *p, const struct uki *uki, const char *path,
			     struct predict_error *err)
{
	uint8_t *options = reserve(p, LOAD_OPTIONS_MAX), *scratch = reserve(p, UKI_SCRATCH_LEN);
	struct span pieces[UKI_INITRD_PIECES_MAX];
	char what[PREDICT_WHAT_MAX];
	struct predicted *ev;
	size_t len, n;
	int r;

	if (!options || !scratch)
		return out_of_room(err);
	r = uki_load_options(uki, options, LOAD_OPTIONS_MAX, &len);
	if (r < 0)
		return esp_fail(err, path, ".cmdline is too long or not ASCII", r);
	snprintf(what, sizeof(what), "kernel command line (%s .cmdline)", path);
	if (len > 0 && add_event(p, 9, "EV_EVENT_TAG", span_of(options, len), what) < 0)
		return out_of_room(err);
	r = uki_initrd(uki, scratch, pieces, &n);
	if (r < 0)
		return esp_fail(err, path, "a section is too large for the initrd", r);
	if (n == 0)
		return 0;
	ev = begin(p, 9, "EV_EVENT_TAG");
	if (!ev)
		return out_of_room(err);
	snprintf(ev->what, sizeof(ev->what), "initrd as handed over (%s .initrd)", path);
	for (size_t i = 0; i < n; i++)
		if (add_piece(p, pieces[i]) < 0)
			return out_of_room(err);
	return 0;
}

static int add_uki(struct prediction *p, struct span file, const char *path,
		   struct predict_error *err)
{
	char what[PREDICT_WHAT_MAX];
	struct uki uki;
	struct pe kernel;
	int r = uki_parse(file, &uki, &err->diag);

	if (r < 0)
		return esp_fail(err, path, err->diag.what, r);
	r = pe_parse(uki.section[UKI_LINUX], &kernel, &err->diag);
	if (r < 0)
		return esp_fail(err, path, "the kernel in .linux is not a PE image", r);
	r = add_authority(p, &uki.pe, path, err);
	if (r < 0)
		return r;
	r = add_pe(p, &uki.pe, path);
	if (r == 0)
		r = add_sections(p, &uki, path);
	snprintf(what, sizeof(what), "kernel (%s .linux)", path);
	/* With Secure Boot the stub starts it past the firmware, which would ask for a signature. */
	if (r == 0 && !p->keys)
		r = add_pe(p, &kernel, what);
	if (r < 0)
		return esp_fail(err, path, "sections do not add up", r);
	p->uki = file;
	return add_kernel_inputs(p, &uki, path, err);
}

static int add_exit(struct prediction *p)
{
	if (add_text(p, 5, "EV_EFI_ACTION", "Exit Boot Services Invocation") < 0)
		return -ENOSPC;
	return add_text(p, 5, "EV_EFI_ACTION", "Exit Boot Services Returned with Success");
}

int predict_disk(struct prediction *p, struct span disk, enum predict_medium medium,
		 const char *uki, const struct secureboot *keys, struct predict_error *ret_error)
{
	struct gpt *gpt = malloc(sizeof(*gpt));
	char path[FAT_NAME_MAX + sizeof(ESP_UKI_DIR) + 1];
	struct fat_entry found = { 0 };
	struct span file = { 0 };
	uint64_t off;
	struct fat fat;
	int r;

	*ret_error = (struct predict_error){ 0 };
	if (!gpt)
		return -ENOMEM;
	p->keys = keys;
	r = esp_open(disk, gpt, &fat, &off, ret_error);
	if (r == 0)
		r = esp_check(&fat, uki, keys != NULL, &found, ret_error);
	if (r == 0 && keys && add_variables(p, keys) < 0)
		r = out_of_room(ret_error);
	if (r == 0 && medium != PREDICT_NETWORK)
		r = add_loader(p, medium == PREDICT_DISK ? gpt : NULL, &fat, ret_error);
	else if (r == 0 && add_call(p, NULL) < 0)
		r = out_of_room(ret_error);
	free(gpt);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), ESP_UKI_DIR "/%s", found.name);
	r = load(p, &fat, path, &file, ret_error);
	if (r == 0)
		r = add_uki(p, file, path, ret_error);
	if (r == 0 && add_exit(p) < 0)
		r = out_of_room(ret_error);
	return r;
}

/* The line is copied: the caller's event goes away. */
static int add_rampart(struct prediction *p, const struct event *event)
{
	uint8_t *line = reserve(p, event->len);
	char what[EVENT_LINE_MAX];

	if (!line)
		return -ENOSPC;
	memcpy(line, event->line, event->len);
	snprintf(what, sizeof(what), "%.*s", (int)event->len - 1, event->line);
	return add_event(p, event->pcr, "rampart/1", span_of(line, event->len), what);
}

static int add_models(struct prediction *p, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_model; i = model_end(plan, i)) {
		struct event ev;
		int r = model_event(plan, i, &ev);

		if (r == 0)
			r = add_rampart(p, &ev);
		if (r < 0)
			return r;
	}
	return 0;
}

/* `ready` of the PCRs whose golden value is known; the identity's differs with every boot. */
static int add_ready(struct prediction *p)
{
	for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++) {
		struct event ev;
		int r = event_ready(event_capped_pcrs[i], &ev);

		if (r == 0 && event_capped_pcrs[i] != EVENT_PCR_IDENTITY)
			r = add_rampart(p, &ev);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The config event; an open one has no bytes. */
static int add_config(struct prediction *p, const struct instance *config)
{
	struct event ev;
	int r;

	if (config) {
		r = event_config(config, &ev);
		return r < 0 ? r : add_rampart(p, &ev);
	}
	r = add_event(p, EVENT_PCR_PLAN, "rampart/1", span_of("", 0),
		      "the machine's own instance configuration");
	if (r == 0)
		p->event[p->n_events - 1].open = true;
	return r;
}

int predict_plan(struct prediction *p, struct span plan_text, const struct plan *plan,
		 const struct instance *config)
{
	struct digest digest;
	struct event ev;
	int r;

	hash_bytes(HASH_SHA256, plan_text.p, plan_text.left, &digest);
	r = event_plan(&digest, plan_text.left, &ev);
	if (r == 0)
		r = add_rampart(p, &ev);
	if (r == 0)
		r = add_config(p, config);
	if (r == 0)
		r = event_container(plan->container.name, &plan->container.digest,
				    plan->container.fsverity, plan->container.size, &ev);
	if (r == 0)
		r = add_rampart(p, &ev);
	if (r == 0)
		r = add_models(p, plan);
	if (r == 0)
		r = add_ready(p);
	return r;
}

void predict_done(struct prediction *p)
{
	for (size_t i = 0; i < p->n_files; i++)
		free(p->file[i]);
	p->n_files = 0;
}
