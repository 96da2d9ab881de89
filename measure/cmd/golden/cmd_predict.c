/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/prediction.h"
#include "measure/cmd/show.h"
#include "measure/lib/array.h"
#include "measure/lib/hash.h"

const char predict_help[] =
	"usage: rampart predict --disk IMAGE --plan PLAN --platform JSON [OPTION...]\n"
	"\n"
	"Prints golden.json: the PCR values that the disk image leads to on that platform, and the\n"
	"events behind them. PCR 4, 5, 9 and 11 come from the image, 8, 13 and 14 from the plan, 0-3,\n"
	"6 and 7 from the platform reference; 10 and 12 stay zero; 15 differs with every boot.\n"
	"With --secure-boot PCR 7 comes from the keys and from what the image is signed with.\n"
	"\n"
	"  --disk IMAGE      the whole disk as it will be booted\n"
	"  --plan PLAN       the plan that is inside the image's initramfs\n"
	"  --platform JSON   what the firmware measures on its own (`rampart platform`)\n"
	"  --secure-boot FOLDER  the machine has Secure Boot on, with PK.esl, KEK.esl, db.esl and dbx.esl\n"
	"                    of this folder as its variables\n"
	"  --medium NAME     what the machine boots: disk (default); cd, the disk as a CD; network, the\n"
	"                    disk's UKI alone, over HTTP or PXE\n"
	"  --uki NAME        of several UKIs in EFI/Linux, the one that is booted\n"
	"  --banks LIST      default: the banks of the platform\n"
	"  --aws-kms         only the condition that a policy of AWS KMS needs, for NitroTPMs: PCR 4, 12\n"
	"                    and, if the platform says what it holds, 7, of the bank sha384\n"
	"  --release N       the image's release, a counter that grows; with a reference of the second\n"
	"                    edition\n"
	"\n"
	"Of an image that may be configured (its image.conf has [config]), without one of these a\n"
	"machine with an instance configuration does not have these values:\n"
	"\n"
	"  --config FILE     the machine's instance configuration is exactly this one\n"
	"  --any-config LIST  it has any values of these keys, with commas between, or is none;\n"
	"                    clients are told which values a machine has\n";

/* "sha256" or "sha1,sha256". */
static int parse_banks(const char *text, bool ret_banks[static _HASH_MAX])
{
	const char *name = text;
	enum hash_alg alg;

	for (size_t len;; name += len + 1) {
		len = strcspn(name, ",");
		if (hash_from_name(name, len, &alg) < 0)
			return fail_usage("predict", "--banks: unknown bank in \"%s\"", text);
		ret_banks[alg] = true;
		if (!name[len])
			return 0;
	}
}

static int parse_release(const char *text, uint32_t *ret)
{
	size_t len = strlen(text);
	unsigned long long n = strtoull(text, NULL, 10);

	if (len == 0 || len > 10 || strspn(text, "0123456789") != len || n > UINT32_MAX)
		return fail_usage("predict", "--release %s: not a number from 0 to 4294967295",
				  text);
	*ret = (uint32_t)n;
	return 0;
}

static int parse_medium(const char *text, enum predict_medium *ret)
{
	static const char *const names[] = { "disk", "cd", "network" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(text, names[i])) {
			*ret = (enum predict_medium)i;
			return 0;
		}
	return fail_usage("predict", "--medium %s: not disk, cd or network", text);
}

/* { "StringEqualsIgnoreCase": {"kms:RecipientAttestation:NitroTPMPCR4": hex, ...} } */
static int show_aws_kms(json_t *golden)
{
	static const char *const pcrs[] = { "4", "7", "12" };
	const json_t *bank = json_object_get(json_object_get(golden, "pcrs"), "sha384");
	json_t *values = json_object(), *condition = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(pcrs); i++) {
		json_t *value = json_object_get(json_object_get(bank, pcrs[i]), "value");
		char key[64];

		snprintf(key, sizeof(key), "kms:RecipientAttestation:NitroTPMPCR%s", pcrs[i]);
		if (json_is_string(value))
			json_object_set(values, key, value);
		else
			fprintf(stderr,
				"rampart predict: PCR %s has not one value in sha384 on this platform, so it is left out\n",
				pcrs[i]);
	}
	json_object_set_new(condition, "StringEqualsIgnoreCase", values);
	json_decref(golden);
	return show_end("predict", show_json(condition), EXIT_HOLDS);
}

int cmd_predict(int argc, char **argv)
{
	struct prediction_files files = { 0 };
	bool banks[_HASH_MAX] = { 0 };
	const char *list = NULL, *release = NULL, *medium = "disk";
	bool aws_kms = false;
	const struct option_spec options[] = {
		{ "--disk", &files.disk, NULL, NULL },
		{ "--plan", &files.plan, NULL, NULL },
		{ "--platform", &files.platform, NULL, NULL },
		{ "--secure-boot", &files.keys_folder, NULL, NULL },
		{ "--medium", &medium, NULL, NULL },
		{ "--uki", &files.uki, NULL, NULL },
		{ "--banks", &list, NULL, NULL },
		{ "--aws-kms", NULL, &aws_kms, NULL },
		{ "--release", &release, NULL, NULL },
		{ "--config", &files.config, NULL, NULL },
		{ "--any-config", &files.keys, NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, NULL, 0);
	json_t *golden;

	if (r)
		return r;
	if (!files.disk || !files.plan || !files.platform)
		return fail_usage("predict", "--disk, --plan and --platform are needed");
	if (files.config && files.keys)
		return fail_usage("predict", "--config or --any-config, not both");
	r = parse_medium(medium, &files.medium);
	if (r)
		return r;
	if (list) {
		r = parse_banks(list, banks);
		if (r)
			return r;
		files.banks = banks;
	}
	if (release) {
		r = parse_release(release, &files.release);
		if (r)
			return r;
		files.has_release = true;
	}
	golden = prediction_golden("predict", &files);
	if (golden && aws_kms)
		return show_aws_kms(golden);
	return golden ? show_end("predict", show_json(golden), EXIT_HOLDS) : EXIT_UNSURE;
}
