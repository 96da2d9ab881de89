/* SPDX-License-Identifier: MIT */
#include "measure/predict/esp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "measure/lib/array.h"

#define NAMES_MAX 4

struct dir_rule {
	const char *dir;
	const char *allowed[NAMES_MAX]; /* the rest is NULL */
	const char *suffix;		/* and files with this suffix, if not NULL */
};

static const struct dir_rule rules[] = {
	{ "", { "EFI", "loader" }, NULL },
	{ "EFI", { "BOOT", "Linux" }, NULL },
	{ "EFI/BOOT", { "BOOTX64.EFI" }, NULL },
	{ ESP_UKI_DIR, { NULL }, ".efi" },
};
static const struct dir_rule rules_without_keys[] = {
	{ "loader", { "loader.conf" }, NULL },
};
static const struct dir_rule rules_with_keys[] = {
	{ "loader", { "loader.conf", "keys" }, NULL },
	{ "loader/keys", { "auto" }, NULL },
	{ "loader/keys/auto", { "PK.auth", "KEK.auth", "db.auth", "dbx.auth" }, NULL },
};

int esp_fail(struct predict_error *err, const char *file, const char *what, int error)
{
	snprintf(err->file, sizeof(err->file), "%s", file);
	err->diag = (struct diag){ .what = what };
	return error;
}

/* Whether a name ends with this suffix after at least one character, ASCII case ignored. */
static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), suffix_len = strlen(suffix);

	return len > suffix_len && !strcasecmp(name + len - suffix_len, suffix);
}

static bool is_allowed(const struct dir_rule *rule, const struct fat_entry *e)
{
	for (size_t i = 0; i < NAMES_MAX; i++)
		if (rule->allowed[i] && !strcasecmp(e->name, rule->allowed[i]))
			return true;
	return rule->suffix && !e->is_dir && has_suffix(e->name, rule->suffix);
}

/* What the search for a UKI has found so far. */
struct found {
	const char *wanted; /* NULL: any, if it is the only one */
	struct fat_entry entry;
	size_t n;
};

static int check_dir(const struct fat *fat, const struct dir_rule *rule, struct found *found,
		     struct predict_error *err)
{
	struct fat_entry dir, e;
	struct fat_dir walk;
	int r = fat_lookup(fat, rule->dir, &dir);

	if (r == -ENOENT && !rule->suffix)
		return 0;
	if (r == 0)
		r = fat_dir_open(fat, &dir, &walk);
	if (r < 0)
		return esp_fail(err, rule->dir, "no such directory on the EFI system partition", r);
	while ((r = fat_dir_next(fat, &walk, &e)) > 0) {
		if (!is_allowed(rule, &e)) {
			snprintf(err->file, sizeof(err->file), "%s%s%s", rule->dir,
				 *rule->dir ? "/" : "", e.name);
			err->diag.what = "a file whose effect on the boot is not predicted";
			return -EPROTO;
		}
		if (rule->suffix && (!found->wanted || !strcasecmp(found->wanted, e.name))) {
			found->entry = e;
			found->n++;
		}
	}
	return r < 0 ? esp_fail(err, rule->dir, "damaged directory", r) : 0;
}

static int check_dirs(const struct fat *fat, const struct dir_rule *rule, size_t n,
		      struct found *found, struct predict_error *err)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = check_dir(fat, &rule[i], found, err);
	return r;
}

int esp_check(const struct fat *fat, const char *uki, bool with_keys, struct fat_entry *ret_uki,
	      struct predict_error *ret_error)
{
	struct found found = { .wanted = uki };
	int r = check_dirs(fat, rules, ARRAY_SIZE(rules), &found, ret_error);

	if (r == 0 && with_keys)
		r = check_dirs(fat, rules_with_keys, ARRAY_SIZE(rules_with_keys), &found,
			       ret_error);
	else if (r == 0)
		r = check_dirs(fat, rules_without_keys, ARRAY_SIZE(rules_without_keys), &found,
			       ret_error);
	if (r < 0)
		return r;
	if (found.n != 1)
		return esp_fail(ret_error, ESP_UKI_DIR,
				uki ? "no UKI of that name here"
				    : "exactly one UKI expected here, or --uki NAME",
				-EPROTO);
	*ret_uki = found.entry;
	return 0;
}

int esp_open(struct span disk, struct gpt *ret_gpt, struct fat *ret_fat, uint64_t *ret_off,
	     struct predict_error *ret_error)
{
	struct span esp = { 0 };
	uint64_t len;
	int r = gpt_parse(disk, disk.left, ret_gpt, &ret_error->diag);

	if (r < 0)
		return r;
	r = gpt_esp(ret_gpt, ret_off, &len);
	if (r == 0)
		r = span_at(&disk, *ret_off, len, &esp);
	if (r < 0)
		return esp_fail(ret_error, "", "exactly one EFI system partition expected", r);
	r = fat_open(esp, ret_fat, &ret_error->diag);
	if (r < 0)
		snprintf(ret_error->file, sizeof(ret_error->file), "EFI system partition");
	return r;
}
