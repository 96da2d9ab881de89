/* SPDX-License-Identifier: MIT */
/*
 * files FOLDER: writes there what tests of commands read, of machines in memory (tests/lib/machine.h)
 * at the time 1800000000:
 *	root.der, root.pem  the root of its TPM's certificates
 *	golden.json	    what the machine measures
 *	evidence.json	    of that machine
 *	changed.json	    of one with another UKI, without a section of it, and with an option too many
 *	refused.json	    the first without its nonce
 *	plan		    that all of them measure
 */
#include <openssl/pem.h>
#include <stdio.h>

#include "tests/lib/machine.h"
#include "tests/lib/tap.h"

static const char *folder;

static FILE *create(const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	if (!file)
		die(path);
	return file;
}

static void finish(FILE *file, bool written)
{
	written &= fclose(file) == 0;
	must(written);
}

static void write_json(const char *name, const json_t *json)
{
	FILE *file = create(name);

	finish(file, json_dumpf(json, file, JSON_INDENT(2)) == 0);
}

int main(int argc, char **argv)
{
	static struct machine m;
	json_t *golden;
	FILE *file;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	folder = argv[1];
	make_pki();
	file = create("root.der");
	finish(file, i2d_X509_fp(file, pki.root) == 1);
	file = create("root.pem");
	finish(file, PEM_write_X509(file, pki.root) == 1);

	file = create("plan");
	finish(file, fputs(machine_plan, file) >= 0);
	machine_whole(&m);
	write_json("evidence.json", m.json);
	golden = golden_of(&m);
	write_json("golden.json", golden);
	json_decref(golden);
	json_object_del(m.json, "nonce");
	write_json("refused.json", m.json);

	machine_start(&m);
	m.firmware[15].data = "another uki";
	drop_firmware(&m, 16);
	add_firmware(&m, 12, EV_IPL, "init=/bin/sh <script>alert(1)</script>");
	machine_boot(&m);
	machine_quote(&m);
	machine_seal(&m);
	write_json("changed.json", m.json);

	machine_done(&m);
	free_pki();
	return 0;
}
