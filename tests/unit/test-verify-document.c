/* SPDX-License-Identifier: MIT */
/* Evidence with an attestation document in place of a quote: the whole verdict, and every lie. */
#include <openssl/evp.h>

#include "measure/record/golden.h"
#include "tests/lib/documentmake.h"
#include "tests/lib/lies.h"

/* AWS's part: a root, one above the instances, and the key that signs. */
static struct {
	EVP_PKEY *root_pkey, *middle_pkey, *pkey;
	X509 *root, *middle, *cert;
} nitro;

static struct document_recipe recipe;
static uint8_t bound[32];
static char rules[512];

static X509 *make_signer(const struct cert_recipe *more)
{
	struct cert_recipe r = *more;

	r.name = "i-0123456789abcdef0";
	r.pkey = r.pkey ? r.pkey : nitro.pkey;
	r.issuer = r.issuer ? r.issuer : nitro.middle;
	r.issuer_pkey = r.issuer_pkey ? r.issuer_pkey : nitro.middle_pkey;
	r.usage = r.usage ? r.usage : "digitalSignature";
	r.md = r.md ? r.md : "SHA384";
	return make_cert(&r);
}

static void make_nitro(void)
{
	nitro.root_pkey = EVP_EC_gen("P-384");
	nitro.middle_pkey = EVP_EC_gen("P-384");
	nitro.pkey = EVP_EC_gen("P-384");
	must(nitro.root_pkey && nitro.middle_pkey && nitro.pkey);
	nitro.root = make_ca("aws.nitro-enclaves", nitro.root_pkey, NULL, NULL);
	nitro.middle = make_ca("zonal", nitro.middle_pkey, nitro.root, nitro.root_pkey);
	nitro.cert = make_signer(&(struct cert_recipe){ 0 });
}

static void free_nitro(void)
{
	EVP_PKEY_free(nitro.root_pkey);
	EVP_PKEY_free(nitro.middle_pkey);
	EVP_PKEY_free(nitro.pkey);
	X509_free(nitro.root);
	X509_free(nitro.middle);
	X509_free(nitro.cert);
}

/* Two banks, of which the document proves one. */
static void boot(void)
{
	struct quote_recipe *q = &machine.quote;

	machine_start(&machine);
	machine.bank[1] = HASH_SHA384;
	machine.n_banks = 2;
	machine_boot(&machine);
	machine_quote(&machine);
	memcpy(bound, q->extra, sizeof(bound));
	document_start(&recipe, nitro.pkey, nitro.cert, bound);
	recipe.cert[1] = nitro.root;
	recipe.cert[2] = nitro.middle;
	recipe.n_certs = 3;
	for (unsigned pcr = 0; pcr < 16; pcr++)
		recipe.pcr[pcr] = machine.values.value[HASH_SHA384][pcr];
}

static void seal(void)
{
	static struct bytes document;

	machine_seal(&machine);
	put_document(&document, &recipe);
	json_object_del(machine.json, "ak");
	json_object_del(machine.json, "ek");
	json_object_del(machine.json, "quote");
	json_object_del(machine.json, "signature");
	json_object_del(json_object_get(machine.json, "pcrs"), "sha256");
	json_object_set_new(machine.json, "schema", json_string("rampart-evidence/2"));
	json_object_set_new(machine.json, "document", text_of(document.p, document.len));
}

/* golden.json of the second edition, with these banks. */
static json_t *second(bool both)
{
	json_t *golden = second_edition(golden_of(&machine));

	if (!both) {
		json_t *event;
		size_t i;

		json_object_del(json_object_get(golden, "pcrs"), "sha384");
		json_array_foreach(json_object_get(golden, "events"), i, event)
			json_object_del(event, "sha384");
	}
	return golden;
}

/* Takes over golden. more: further rules, each with a comma before it. */
static struct rampart_policy *policy_with(json_t *golden, const char *key, X509 *root,
					  const char *more)
{
	struct rampart_policy *ret = rampart_policy_new();
	char hex[HASH_HEX_MAX];
	struct bytes *der = alloc(sizeof(*der));
	struct digest sha256;

	put_cert(der, root);
	hash_bytes(HASH_SHA256, der->p, der->len, &sha256);
	digest_hex(&sha256, hex);
	snprintf(rules, sizeof(rules), "{\"schema\":\"rampart-policy/1\",\"%s\":[\"sha256:%s\"]%s}",
		 key, hex, more);
	must(ret && rampart_policy_read(ret, rules, strlen(rules), NULL) == 0);
	must(add_golden(ret, "golden.json", golden));
	json_decref(golden);
	free(der);
	return ret;
}

static void expect_with(struct rampart_policy *with, const char *ids, const char *name)
{
	connect_to(machine.tls);
	expect(with, ids, name);
	rampart_policy_free(with);
}

static void test_truth(void)
{
	struct rampart_report *report;

	boot();
	seal();
	lie("", "a machine that tells the truth holds");
	report = verify(policy, &connection);
	is_int(report->trusted_by, RAMPART_TRUST_CERTIFICATE, "by the document's certificate");
	is_int((int64_t)report->n_pcrs, 16, "with a row for each PCR of the bank that is proved");
	is_str(report->pcr[0].bank, "sha384", "which is sha384");
	ok(report->ak && strlen(report->ak) == 64 && !report->has_clock,
	   "the module has a name, and no clock");
	rampart_report_free(report);
	recipe.has |= 1u << 16 | 1u << 23;
	recipe.tagged = recipe.definite = true;
	seal();
	lie("", "with more PCRs, a tag, and a map of known length");
}

static void test_form(void)
{
	boot();
	recipe.lie = DOCUMENT_PCR_TWICE;
	seal();
	lie("quote.form ak.trust", "a document that is malformed");
	boot();
	recipe.pcrs = "pcrs";
	seal();
	lie("quote.header", "an enclave's document");
	boot();
	recipe.digest = "SHA512";
	seal();
	lie("quote.header", "of another hash, by its own word");
	boot();
	recipe.has &= ~(1u << 9);
	seal();
	lie("quote.selection quote.digest", "without one of the PCRs");
	boot();
	seal();
	json_object_set_new(machine.json, "document", text_of("", 0));
	lie("quote.form ak.trust", "an empty document");
	boot();
	seal();
	json_object_set_new(machine.json, "quote", text_of("", 0));
	lie("evidence.form", "a quote beside the document");
}

static void test_values(void)
{
	boot();
	recipe.pcr[4].bytes[47] ^= 1;
	seal();
	lie("quote.digest", "another value than the evidence says");
	boot();
	machine.values.value[HASH_SHA384][4].bytes[0] ^= 1;
	recipe.pcr[4] = machine.values.value[HASH_SHA384][4];
	seal();
	lie("logs.replay golden.values", "a PCR that neither logs nor golden values lead to");
	boot();
	machine.values.value[HASH_SHA384][15].bytes[0] ^= 1;
	recipe.pcr[15] = machine.values.value[HASH_SHA384][15];
	seal();
	lie("logs.replay pcr15", "the identity of another key");
	boot();
	memset(&machine.values.value[HASH_SHA384][4].bytes, 0, 48);
	recipe.pcr[4] = machine.values.value[HASH_SHA384][4];
	seal();
	lie("quote.measured logs.replay golden.values", "a firmware that measured nothing");
}

static void test_banks(void)
{
	json_t *values;

	boot();
	machine_seal(&machine);
	values = json_incref(json_object_get(json_object_get(machine.json, "pcrs"), "sha256"));
	seal();
	json_object_set_new(json_object_get(machine.json, "pcrs"), "sha384", json_incref(values));
	lie("evidence.form", "the values of another bank in its place");
	seal();
	json_object_clear(json_object_get(machine.json, "pcrs"));
	json_object_set_new(json_object_get(machine.json, "pcrs"), "sha256", values);
	lie("quote.selection quote.digest logs.banks golden.values",
	    "the bank that a document does not prove");
	boot();
	machine.n_banks = 1;
	machine_boot(&machine);
	machine.n_banks = 2;
	seal();
	lie("quote.digest quote.measured logs.banks logs.replay pcr15 golden.values",
	    "logs without the bank that it proves");
}

static void test_binding(void)
{
	boot();
	bound[3] ^= 1;
	seal();
	lie("quote.binding", "another nonce");
	boot();
	recipe.nonce_len = 31;
	seal();
	lie("quote.binding", "a shorter one");
	boot();
	recipe.nonce = NULL;
	seal();
	lie("quote.binding", "none");
	boot();
	recipe.nonce = NULL;
	recipe.user_data = bound;
	recipe.user_data_len = 32;
	seal();
	lie("quote.binding", "in another place");
	boot();
	machine.path.index = 3;
	seal();
	lie("quote.binding", "another place in the Merkle tree");
	boot();
	seal();
	connect_to(machine.tls);
	exporter[0] ^= 1;
	expect(policy, "connection.channel quote.binding", "another connection");
}

static void with_signer(const struct cert_recipe *r, const char *ids, const char *name)
{
	X509 *cert = make_signer(r);

	boot();
	recipe.cert[0] = cert;
	recipe.pkey = r->pkey ? r->pkey : nitro.pkey;
	seal();
	lie(ids, name);
	X509_free(cert);
}

static void test_signer(void)
{
	boot();
	recipe.pkey = nitro.middle_pkey;
	seal();
	lie("quote.signature", "a signature by another key");
	with_signer(&(struct cert_recipe){ .from = -2 * DAY, .to = -DAY }, "ak.trust",
		    "an expired certificate");
	with_signer(&(struct cert_recipe){ .from = DAY, .to = 2 * DAY }, "ak.trust",
		    "one that is not valid yet");
	with_signer(&(struct cert_recipe){ .usage = "keyCertSign" }, "ak.trust",
		    "a key that is for certificates");
	with_signer(&(struct cert_recipe){ .ca = true, .usage = "digitalSignature,keyCertSign" },
		    "ak.trust", "a CA's own");
	with_signer(&(struct cert_recipe){ .extended_usage = EKU_AK }, "ak.trust",
		    "a TPM's key, which signs what it is told");
	with_signer(&(struct cert_recipe){ .md = "SHA1" }, "ak.trust", "a signature with SHA-1");
	with_signer(&(struct cert_recipe){ .issuer = pki.middle, .issuer_pkey = pki.middle_pkey },
		    "ak.trust", "a chain that leads elsewhere");
	with_signer(&(struct cert_recipe){ .issuer = nitro.middle, .issuer_pkey = nitro.pkey },
		    "ak.trust", "a certificate that the CA has not signed");
	boot();
	recipe.n_certs = 2;
	seal();
	lie("ak.trust", "a certificate less in the chain");
	boot();
	recipe.cert[1] = pki.root;
	seal();
	lie("ak.trust", "another root in its place");
	boot();
	recipe.cert[0] = nitro.middle;
	recipe.pkey = nitro.middle_pkey;
	seal();
	lie("ak.trust", "the CA signs by itself");
}

static void test_policies(void)
{
	boot();
	seal();
	expect_with(policy_with(second(true), "roots", nitro.root, ""), "ak.trust",
		    "a root of TPMs is none of documents");
	expect_with(policy_with(second(true), "document_roots", pki.root, ""), "ak.trust",
		    "another root is pinned");
	expect_with(
		policy_with(second(true), "document_roots", nitro.root, ",\"ak\":[\"activation\"]"),
		"ak.trust", "certificates are not accepted");
	expect_with(policy_with(second(true), "document_roots", nitro.root, ",\"tpm_restarts\":0"),
		    "policy.restarts", "a limit of restarts, which it does not tell");
	expect_with(policy_with(second(false), "document_roots", nitro.root, ""), "golden.values",
		    "golden values without the bank that it proves");
	expect_with(policy_with(golden_of(&machine), "document_roots", nitro.root, ""),
		    "golden.values", "golden values of the first edition want both");
	machine_whole(&machine);
	expect_with(policy_with(golden_of(&machine), "document_roots", pki.root, ""), "ak.trust",
		    "and a root of documents is none of TPMs");
}

/* A value that is known of sha256 alone says nothing of a document. */
static void test_one_bank(void)
{
	json_t *golden, *pcr0;
	size_t n;

	boot();
	seal();
	golden = second(true);
	n = json_array_size(json_object_get(golden, "events"));
	for (size_t i = n; i > 0; i--) {
		json_t *event = json_array_get(json_object_get(golden, "events"), i - 1);

		if (json_integer_value(json_object_get(event, "pcr")) == 0)
			json_array_remove(json_object_get(golden, "events"), i - 1);
	}
	pcr0 = json_object_get(json_object_get(json_object_get(golden, "pcrs"), "sha256"), "0");
	json_object_set_new(golden, "rules",
			    json_pack("{s:{s:{s:[O]}}}", "0", "values", "sha256",
				      json_object_get(pcr0, "value")));
	json_object_set_new(pcr0, "values", json_pack("[O]", json_object_get(pcr0, "value")));
	json_object_set_new(pcr0, "value", json_null());
	pcr0 = json_object_get(json_object_get(json_object_get(golden, "pcrs"), "sha384"), "0");
	json_object_set_new(pcr0, "values", json_array());
	json_object_set_new(pcr0, "value", json_null());
	expect_with(policy_with(golden, "document_roots", nitro.root, ""), "golden.values",
		    "a value of sha256 alone is none for a document");
}

int main(void)
{
	make_pki();
	make_nitro();
	boot();
	policy = policy_with(second(true), "document_roots", nitro.root, "");
	test_truth();
	test_form();
	test_values();
	test_banks();
	test_binding();
	test_signer();
	test_policies();
	test_one_bank();
	rampart_policy_free(policy);
	machine_done(&machine);
	free_nitro();
	free_pki();
	return tap_done();
}
