/* SPDX-License-Identifier: MIT */
#include "tests/lib/machine.h"

#include "measure/lib/array.h"
#include "measure/lib/base64.h"
#include "measure/record/goldenform.h"

struct pki pki;

json_t *text_of(const void *p, size_t len)
{
	char *text = alloc(base64_len(len) + 1);
	json_t *json;

	base64_encode(p, len, text);
	json = json_string(text);
	free(text);
	return json;
}

json_t *text_of_cert(X509 *cert)
{
	struct bytes *b = alloc(sizeof(*b));
	json_t *json;

	put_cert(b, cert);
	json = text_of(b->p, b->len);
	free(b);
	return json;
}

void make_pki(void)
{
	struct cert_recipe tls = { .name = "rampart" };
	struct cert_recipe ak = { .name = "ak",
				  .usage = "critical,digitalSignature",
				  .extended_usage = EKU_AK };
	struct cert_recipe ek = { .usage = "critical,keyEncipherment",
				  .extended_usage = EKU_EK,
				  .tpm_names = true };
	EVP_PKEY **const keys[] = { &pki.ak,	    &pki.other_ak,  &pki.tls,
				    &pki.other_tls, &pki.root_pkey, &pki.middle_pkey };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		*keys[i] = EVP_EC_gen("P-256");
		must(*keys[i] != NULL);
	}
	pki.ek_pkey = EVP_RSA_gen(2048);
	must(pki.ek_pkey != NULL);
	pki.root = make_ca("root", pki.root_pkey, NULL, NULL);
	pki.middle = make_ca("middle", pki.middle_pkey, pki.root, pki.root_pkey);
	ak.issuer = ek.issuer = pki.middle;
	ak.issuer_pkey = ek.issuer_pkey = pki.middle_pkey;
	ak.pkey = pki.ak;
	pki.ak_cert = make_cert(&ak);
	ek.pkey = pki.ek_pkey;
	pki.ek_cert = make_cert(&ek);
	tls.pkey = pki.tls;
	pki.tls_cert = make_cert(&tls);
	tls.pkey = pki.other_tls;
	pki.other_tls_cert = make_cert(&tls);
}

void free_pki(void)
{
	EVP_PKEY *const keys[] = { pki.ak,	  pki.other_ak,	   pki.tls,    pki.other_tls,
				   pki.root_pkey, pki.middle_pkey, pki.ek_pkey };
	X509 *const certs[] = { pki.tls_cert, pki.other_tls_cert, pki.root,
				pki.middle,   pki.ak_cert,	  pki.ek_cert };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		EVP_PKEY_free(keys[i]);
	for (size_t i = 0; i < ARRAY_SIZE(certs); i++)
		X509_free(certs[i]);
}

void put_spki(struct bytes *b, X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	must(len > 0);
	b->len = 0;
	put(b, der, (size_t)len);
	OPENSSL_free(der);
}

void event_of_key(X509 *cert, struct event *ret_event)
{
	static struct bytes spki;
	struct digest d;

	put_spki(&spki, cert);
	hash_bytes(HASH_SHA256, spki.p, spki.len, &d);
	must(event_identity(&d, ret_event) == 0);
}

void add_runtime(struct machine *m, const struct event *event)
{
	must(m->n_runtime < EVENTS_MAX);
	m->runtime[m->n_runtime++] = *event;
}

void add_firmware(struct machine *m, unsigned pcr, uint32_t type, const char *data)
{
	must(m->n_firmware < EVENTS_MAX);
	m->firmware[m->n_firmware++] = (struct measured){ pcr, type, data };
}

void drop_firmware(struct machine *m, size_t i)
{
	must(i < m->n_firmware);
	memmove(&m->firmware[i], &m->firmware[i + 1],
		(--m->n_firmware - i) * sizeof(m->firmware[0]));
}

#define SHA256_ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

const char machine_plan[] = "rampart-plan/1\n"
			    "arg.00 /bin/server\n"
			    "arg.01 <b>&\n"
			    "container " SHA256_ABC " 4096\n"
			    "container.user 65534:0 nobody:root\n"
			    "debug 0\n"
			    "gateway.allow.00 POST /v1/chat/completions\n"
			    "gateway.body 4096\n"
			    "image test\n"
			    "limit.cpu 150\n"
			    "limit.files 1024\n"
			    "limit.memory 268435456\n"
			    "limit.pids 32\n"
			    "port 8080\n"
			    "restart never\n"
			    "restart.max 0\n"
			    "restart.window 600\n"
			    "scratch 0\n"
			    "seccomp.container " SHA256_ABC " 2816\n"
			    "seccomp.dialer " SHA256_ABC " 312\n"
			    "seccomp.gateway " SHA256_ABC " 456\n"
			    "seccomp.launcher " SHA256_ABC " 128\n"
			    "seccomp.quoter " SHA256_ABC " 512\n"
			    "seccomp.udhcpc " SHA256_ABC " 640\n"
			    "version 1.0\n"
			    "workdir /\n";

void start_runtime(struct machine *m)
{
	struct event event;
	struct digest d;

	hash_bytes(HASH_SHA256, machine_plan, strlen(machine_plan), &d);
	must(event_plan(&d, strlen(machine_plan), &event) == 0);
	add_runtime(m, &event);
	must(event_config(NULL, &event) == 0);
	add_runtime(m, &event);
	must(event_container("test", &d, false, 4096, &event) == 0);
	add_runtime(m, &event);
	must(event_model("model.gguf", &d, true, 77, 0, &event) == 0);
	add_runtime(m, &event);
	event_of_key(m->tls, &event);
	add_runtime(m, &event);
	for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++) {
		must(event_ready(event_capped_pcrs[i], &event) == 0);
		add_runtime(m, &event);
	}
}

void machine_done(struct machine *m)
{
	json_decref(m->ak_certs);
	json_decref(m->ek_certs);
	json_decref(m->json);
	m->ak_certs = m->ek_certs = m->json = NULL;
}

void machine_start(struct machine *m)
{
	machine_done(m);
	*m = (struct machine){ .bank = { HASH_SHA256 }, .n_banks = 1 };
	m->ak_pkey = pki.ak;
	m->tls_pkey = pki.tls;
	m->tls = pki.tls_cert;
	memset(m->nonce, 0x4e, 32);
	memset(m->exporter, 0x45, 32);
	add_firmware(m, 0, EV_S_CRTM_VERSION, "version");
	add_firmware(m, 0, EV_EFI_PLATFORM_FIRMWARE_BLOB, "blob");
	add_firmware(m, 7, EV_EFI_VARIABLE_DRIVER_CONFIG, "SecureBoot");
	add_firmware(m, 1, EV_PLATFORM_CONFIG_FLAGS, "ACPI DATA");
	for (unsigned pcr = 0; pcr < 8; pcr++)
		add_firmware(m, pcr, EV_SEPARATOR, "0000");
	add_firmware(m, 4, EV_EFI_ACTION, "Calling EFI Application from Boot Option");
	add_firmware(m, 5, EV_EFI_GPT_EVENT, "gpt");
	add_firmware(m, 4, EV_EFI_BOOT_SERVICES_APPLICATION, "systemd-boot");
	add_firmware(m, 4, EV_EFI_BOOT_SERVICES_APPLICATION, "uki");
	add_firmware(m, 11, EV_IPL, ".linux");
	add_firmware(m, 11, EV_IPL, ".initrd");
	add_firmware(m, 9, EV_EVENT_TAG, "command line");
	add_firmware(m, 9, EV_EVENT_TAG, "initrd");
	add_firmware(m, 5, EV_EFI_ACTION, "Exit Boot Services Invocation");
	start_runtime(m);
}

void write_firmware_log(struct machine *m)
{
	struct bytes *b = &m->firmware_log, *spec = alloc(sizeof(*spec));

	b->len = 0;
	put(spec, "Spec ID Event03", 16);
	put_le(spec, 0, 4);
	put_le(spec, 0x02000200, 4); /* version 2.0, errata 0, uintn of 64 bits */
	put_le(spec, m->n_banks + m->n_listed, 4);
	for (size_t i = 0; i < m->n_banks + m->n_listed; i++) {
		put_le(spec, hash_tpm_alg(m->bank[i]), 2);
		put_le(spec, hash_len(m->bank[i]), 2);
	}
	put_le(spec, 0, 1);
	put_le(b, 0, 4);
	put_le(b, EV_NO_ACTION, 4);
	put_fill(b, 0, 20);
	put_le(b, spec->len, 4);
	put(b, spec->p, spec->len);
	free(spec);
	for (size_t i = 0; i < m->n_firmware; i++) {
		const struct measured *ev = &m->firmware[i];

		put_le(b, ev->pcr, 4);
		put_le(b, ev->type, 4);
		put_le(b, m->n_banks, 4);
		for (size_t k = 0; k < m->n_banks; k++) {
			struct digest d;

			hash_bytes(m->bank[k], ev->data, strlen(ev->data), &d);
			put_le(b, hash_tpm_alg(m->bank[k]), 2);
			put(b, d.bytes, hash_len(m->bank[k]));
		}
		put_le(b, strlen(ev->data), 4);
		put(b, ev->data, strlen(ev->data));
	}
}

void write_runtime_log(struct machine *m)
{
	m->runtime_log.len = 0;
	for (size_t i = 0; i < m->n_runtime; i++) {
		char line[EVENT_CEL_MAX];
		size_t len;

		must(event_cel(&m->runtime[i], i, m->bank, m->n_banks, line, sizeof(line), &len) ==
		     0);
		put(&m->runtime_log, line, len);
	}
}

/* What the TPM holds after the events as they are now, hashed here and not by a replay of logs. */
static void extend_all(struct machine *m)
{
	bool bank[_HASH_MAX] = { false };

	for (size_t k = 0; k < m->n_banks; k++)
		bank[m->bank[k]] = true;
	pcrs_init(&m->values, bank);
	for (size_t k = 0; k < m->n_banks; k++) {
		struct digest *value = m->values.value[m->bank[k]], d;

		for (size_t i = 0; i < m->n_firmware; i++) {
			const struct measured *ev = &m->firmware[i];

			hash_bytes(m->bank[k], ev->data, strlen(ev->data), &d);
			if (ev->type != EV_NO_ACTION)
				pcr_extend(&value[ev->pcr], &d);
		}
		for (size_t i = 0; i < m->n_runtime; i++) {
			event_digest(&m->runtime[i], m->bank[k], &d);
			pcr_extend(&value[m->runtime[i].pcr], &d);
		}
	}
}

void machine_boot(struct machine *m)
{
	extend_all(m);
	write_firmware_log(m);
	write_runtime_log(m);
}

void digest_quoted(struct machine *m, uint32_t pcrs)
{
	recipe_values(&m->quote, ALG_SHA256, &m->values, m->bank, m->n_banks, pcrs);
}

void machine_quote(struct machine *m)
{
	static struct bytes spki;
	struct binding_leaf leaf;

	m->quote = (struct quote_recipe)SAMPLE_QUOTE;
	m->quote.restarts = 0;
	m->quote.n_banks = m->n_banks;
	for (size_t k = 0; k < m->n_banks; k++) {
		m->quote.bank[k].alg = hash_tpm_alg(m->bank[k]);
		m->quote.bank[k].pcrs = 0xffff;
	}
	put_spki(&spki, m->tls);
	binding_leaf(m->nonce, span_of(spki.p, spki.len), m->exporter, &leaf);
	recipe_bind(&m->quote, &leaf, &m->path);
	digest_quoted(m, 0xffff);
	recipe_of(m->ak_pkey, ALG_ECDSA, ALG_SHA256, &m->ak);
	json_decref(m->ak_certs);
	json_decref(m->ek_certs);
	m->ak_certs = json_pack("[o, o]", text_of_cert(pki.ak_cert), text_of_cert(pki.middle));
	m->ek_certs = json_array();
}

static json_t *pcrs_of(const struct machine *m)
{
	json_t *pcrs = json_object();

	for (size_t k = 0; k < m->n_banks; k++) {
		json_t *list = json_array();

		for (unsigned pcr = 0; pcr < 16; pcr++) {
			char hex[HASH_HEX_MAX];

			digest_hex(&m->values.value[m->bank[k]][pcr], hex);
			json_array_append_new(list, json_string(hex));
		}
		json_object_set_new(pcrs, hash_name(m->bank[k]), list);
	}
	return pcrs;
}

static json_t *path_of(const struct merkle_path *path)
{
	json_t *siblings = json_array();

	for (size_t i = 0; i < path->n; i++)
		json_array_append_new(siblings, text_of(path->sibling[i].bytes, 32));
	return json_pack("{s:i, s:i, s:o}", "size", (int)path->size, "index", (int)path->index,
			 "siblings", siblings);
}

void machine_seal(struct machine *m)
{
	static struct bytes key, quote, signature;

	key.len = quote.len = signature.len = 0;
	put_key(&key, &m->ak);
	put_quote(&quote, &m->quote);
	put_signed(&signature, m->ak_pkey, ALG_ECDSA, ALG_SHA256, 0, &quote);
	json_decref(m->json);
	m->json = json_pack(
		"{s:s, s:{s:o, s:O}, s:{s:O}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"schema", "rampart-evidence/1", "ak", "public", text_of(key.p, key.len),
		"certificates", m->ak_certs, "ek", "certificates", m->ek_certs, "pcrs", pcrs_of(m),
		"certificate", text_of_cert(m->tls), "firmware_log",
		text_of(m->firmware_log.p, m->firmware_log.len), "runtime_log",
		text_of(m->runtime_log.p, m->runtime_log.len), "nonce", text_of(m->nonce, 32),
		"exporter", text_of(m->exporter, 32), "path", path_of(&m->path), "quote",
		text_of(quote.p, quote.len), "signature", text_of(signature.p, signature.len));
	must(m->json != NULL);
}

void machine_whole(struct machine *m)
{
	machine_start(m);
	machine_boot(m);
	machine_quote(m);
	machine_seal(m);
}

static json_t *golden_event_of(const struct machine *m, unsigned pcr, const char *type,
			       const void *data, size_t len)
{
	json_t *event = json_pack("{s:i, s:s, s:s}", "pcr", (int)pcr, "type", type, "what", "what");

	for (size_t k = 0; k < m->n_banks; k++) {
		char hex[HASH_HEX_MAX];
		struct digest d;

		hash_bytes(m->bank[k], data, len, &d);
		digest_hex(&d, hex);
		json_object_set_new(event, hash_name(m->bank[k]), json_string(hex));
	}
	return event;
}

static json_t *golden_events_of(const struct machine *m)
{
	json_t *events = json_array();

	for (size_t i = 0; i < m->n_firmware; i++) {
		const struct measured *ev = &m->firmware[i];

		json_array_append_new(events,
				      golden_event_of(m, ev->pcr, eventlog_type_name(ev->type),
						      ev->data, strlen(ev->data)));
	}
	for (size_t i = 0; i < m->n_runtime; i++)
		if (!strstr(m->runtime[i].line, " identity "))
			json_array_append_new(
				events, golden_event_of(m, m->runtime[i].pcr, "rampart/1",
							m->runtime[i].line, m->runtime[i].len));
	return events;
}

json_t *golden_of(const struct machine *m)
{
	json_t *pcrs = json_object();

	for (size_t k = 0; k < m->n_banks; k++) {
		json_t *values = json_object();

		for (unsigned pcr = 0; pcr < 16; pcr++) {
			char name[4], hex[HASH_HEX_MAX];

			snprintf(name, sizeof(name), "%u", pcr);
			digest_hex(&m->values.value[m->bank[k]][pcr], hex);
			json_object_set_new(values, name,
					    json_pack("{s:s?, s:s}", "value", pcr < 15 ? hex : NULL,
						      "from", "image"));
		}
		json_object_set_new(pcrs, hash_name(m->bank[k]), values);
	}
	return json_pack("{s:s, s:{s:s, s:s, s:b}, s:{s:s, s:{s:i, s:i, s:s}}, s:o, s:o}", "schema",
			 "rampart-golden/1", "image", "name", "test", "version", "1.2", "debug", 0,
			 "platform", "name", "qemu", "shape", "memory_mib", 1024, "cpus", 2, "tpm",
			 "crb", "pcrs", pcrs, "events", golden_events_of(m));
}

json_t *second_edition(json_t *golden)
{
	const char *bank;
	json_t *values;

	json_object_foreach(json_object_get(golden, "pcrs"), bank, values)
	{
		for (unsigned pcr = 0; pcr < GOLDEN_PCRS; pcr++) {
			char name[4];

			snprintf(name, sizeof(name), "%u", pcr);
			json_object_set_new(json_object_get(values, name), "from",
					    json_string(golden_from(pcr)));
		}
	}
	json_object_set_new(golden, "schema", json_string("rampart-golden/2"));
	return golden;
}

bool add_golden(struct rampart_policy *policy, const char *name, json_t *golden)
{
	char *text = json_dumps(golden, 0);
	struct rampart_error error = { "" };
	int r = rampart_policy_add_golden(policy, name, text, strlen(text), &error);

	if (r < 0)
		printf("# %s\n", error.text);
	free(text);
	return r == 0;
}

void add_root(struct rampart_policy *policy, X509 *root, bool pin)
{
	struct bytes *b = alloc(sizeof(*b));

	put_cert(b, root);
	must(rampart_policy_add_root(policy, b->p, b->len, pin, NULL) == 0);
	free(b);
}

struct rampart_policy *policy_accepting(json_t *golden, const char *rules)
{
	struct rampart_policy *policy = rampart_policy_new();

	must(add_golden(policy, "golden.json", golden));
	json_decref(golden);
	add_root(policy, pki.root, true);
	must(!rules || rampart_policy_read(policy, rules, strlen(rules), NULL) == 0);
	return policy;
}

struct rampart_policy *policy_of_whole(void)
{
	static struct machine m;
	struct rampart_policy *policy = rampart_policy_new();
	json_t *golden;

	machine_start(&m);
	machine_boot(&m);
	golden = golden_of(&m);
	must(policy && add_golden(policy, "golden.json", golden));
	json_decref(golden);
	add_root(policy, pki.root, true);
	return policy;
}
