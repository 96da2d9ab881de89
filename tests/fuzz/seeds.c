/* SPDX-License-Identifier: MIT */
/*
 * seeds DIR: makes the files of DIR/machine, and the inputs in DIR/corpus that are not text, from
 * the recipes of the unit tests. Keys are new each time, so the files are kept, and made anew only
 * when a format changes. (Texts, and inputs that found something, are no file of this program.)
 */
#include <openssl/pem.h>
#include <sys/stat.h>

#include "measure/lib/base64.h"
#include "measure/lib/gpt.h"
#include "tests/lib/documentmake.h"
#include "tests/lib/machine.h"
#include "tests/lib/ukimake.h"

static const char *dir;
static struct machine m;

static void save(const char *name, const void *p, size_t len)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (char *c = path + strlen(dir) + 1; (c = strchr(c, '/')); c++) {
		*c = 0;
		(void)mkdir(path, 0777);
		*c = '/';
	}
	file = fopen(path, "wb");
	must(file && fwrite(p, 1, len, file) == len && fclose(file) == 0);
}

static void save_bytes(const char *name, const struct bytes *b)
{
	save(name, b->p, b->len);
}

static void save_json(const char *name, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	must(text != NULL);
	save(name, text, strlen(text));
	free(text);
}

/* ---- quotes, signatures, keys ---- */

static void save_quotes(void)
{
	struct quote_recipe q = SAMPLE_QUOTE;
	static struct bytes b, sized;

	put_quote(&b, &q);
	save_bytes("corpus/attest/quote", &b);
	put_2b(&sized, b.p, b.len);
	save_bytes("corpus/attest/sized", &sized);
	q.n_banks = 2;
	q.bank[1].alg = ALG_SHA384;
	q.bank[1].pcrs = 0xffffff;
	q.digest_len = 48;
	b.len = 0;
	put_quote(&b, &q);
	save_bytes("corpus/attest/two-banks", &b);
	q.type = 0x8017;
	b.len = 0;
	put_quote(&b, &q);
	save_bytes("corpus/attest/certify", &b);
}

static void save_signatures(void)
{
	static const uint8_t number[512] = { 0x81, 0x82 };
	static struct bytes b;

	put_signature(&b, ALG_ECDSA, ALG_SHA256, number, 32, number, 32);
	save_bytes("corpus/attest/ecdsa", &b);
	b.len = 0;
	put_signature(&b, ALG_ECDSA, ALG_SHA384, number, 48, number, 1);
	save_bytes("corpus/attest/ecdsa-short", &b);
	b.len = 0;
	put_signature(&b, ALG_RSASSA, ALG_SHA256, number, 256, NULL, 0);
	save_bytes("corpus/attest/rsassa", &b);
	b.len = 0;
	put_signature(&b, ALG_RSAPSS, ALG_SHA512, number, 384, NULL, 0);
	save_bytes("corpus/attest/rsapss", &b);
}

static void save_key(const char *name, const struct key_recipe *recipe)
{
	static struct bytes b;

	b.len = 0;
	put_key(&b, recipe);
	save_bytes(name, &b);
}

static void save_keys(void)
{
	struct key_recipe k = SAMPLE_KEY_RSA;

	save_key("corpus/ak/rsa", &k);
	k.policy_len = 32;
	k.exponent = 65537;
	save_key("corpus/ak/rsa-policy", &k);
	k = (struct key_recipe)SAMPLE_KEY_ECC;
	save_key("corpus/ak/off-curve", &k);
	k.attributes |= 1u << 17;
	k.scheme = ALG_NULL;
	save_key("corpus/ak/decrypts", &k);
	recipe_of(pki.ak, ALG_ECDSA, ALG_SHA256, &k);
	save_key("corpus/ak/p256", &k);
}

/* A credential as tpm2_makecredential writes it; what is encrypted is anything. */
static void save_credential(const char *name, const struct bytes *secret)
{
	static struct bytes b, object;

	b.len = object.len = 0;
	put_be(&object, 32, 2);
	put_fill(&object, 0x48, 32);
	put_fill(&object, 0x49, 34);
	put_be(&b, 0xbadcc0de, 4);
	put_be(&b, 1, 4);
	put_2b(&b, object.p, object.len);
	put_2b(&b, secret->p, secret->len);
	save_bytes(name, &b);
}

static void save_credentials(void)
{
	static struct bytes secret;

	put_fill(&secret, 0x53, 256);
	save_credential("corpus/credential/rsa", &secret);
	secret.len = 0;
	put_2b(&secret, "x coordinate, and so many bytes.", 32);
	put_2b(&secret, "y coordinate, and so many bytes.", 32);
	save_credential("corpus/credential/ecc", &secret);
	secret.len = 0;
	put_2b(&secret, "x", 1);
	put_2b(&secret, "", 0);
	save_credential("corpus/credential/no-point", &secret);
}

/* ---- logs ---- */

static void save_old_log(void)
{
	static struct bytes b;

	for (size_t i = 0; i < m.n_firmware; i++) {
		const struct measured *ev = &m.firmware[i];
		struct digest d;

		hash_bytes(HASH_SHA1, ev->data, strlen(ev->data), &d);
		put_le(&b, ev->pcr, 4);
		put_le(&b, ev->type, 4);
		put(&b, d.bytes, 20);
		put_le(&b, strlen(ev->data), 4);
		put(&b, ev->data, strlen(ev->data));
	}
	save_bytes("corpus/firmware-log/sha1", &b);
	put_fill(&b, 0, 64);
	save_bytes("corpus/firmware-log/sha1-padded", &b);
}

static void save_logs(void)
{
	size_t len;
	uint8_t *ovmf = slurp("tests/fixtures/ovmf-q35.bin", &len);

	must(ovmf != NULL);
	save("corpus/firmware-log/ovmf-q35", ovmf, len);
	free(ovmf);
	save_bytes("corpus/firmware-log/machine", &m.firmware_log);
	save_bytes("corpus/runtime-log/machine", &m.runtime_log);
	save_old_log();
}

static void save_two_banks(void)
{
	static struct machine two;

	machine_start(&two);
	two.bank[0] = HASH_SHA1;
	two.bank[1] = HASH_SHA384;
	two.n_banks = 2;
	machine_boot(&two);
	save_bytes("corpus/firmware-log/two-banks", &two.firmware_log);
	save_bytes("corpus/runtime-log/two-banks", &two.runtime_log);
}

/* ---- disks and images ---- */

static void save_gpt(void)
{
	static const uint8_t guid[16] = { 1, 2, 3 };
	static uint8_t head[GPT_HEAD_LEN], tail[GPT_TAIL_LEN];
	const struct gpt_new parts[] = {
		{ "one.gguf", { 1 }, GPT_HEAD_LEN, 512 },
		{ "llm/two.bin", { 2 }, GPT_HEAD_LEN + 1024, 4096 },
	};

	must(gpt_make(guid, parts, 2, 1 << 20, head, tail) == 0);
	/*
	 * Only four entries, so that mutations hit those in use; the target makes the CRCs right.
	 */
	set_le(head + GPT_SECTOR + 80, 4, 4);
	save("corpus/gpt/volume", head, 2 * GPT_SECTOR + 4 * GPT_ENTRY_LEN);
	memcpy(head + 2 * GPT_SECTOR,
	       "\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b", 16);
	save("corpus/gpt/system", head, 2 * GPT_SECTOR + 4 * GPT_ENTRY_LEN);
}

static void save_pe(void)
{
	static const struct part parts[] = {
		{ ".osrel", "ID=rampart" },  { ".cmdline", " quiet\tpanic=-1\n" },
		{ ".initrd", "initramfs" },  { ".ucode", "microcode" },
		{ ".uname", "6.12" },	     { ".pcrsig", "{}" },
		{ ".profile", "ID=main" },   { ".linux", "kernel" },
		{ ".profile", "ID=second" }, { ".cmdline", "other" },
	};
	static struct bytes b;

	put_uki(&b, parts, sizeof(parts) / sizeof(parts[0]));
	save_bytes("corpus/pe/uki", &b);
	put_uki(&b, parts, 3);
	save_bytes("corpus/pe/no-kernel", &b);
	set_le(b.p + 88 + 112 + 32, b.len, 4);
	set_le(b.p + 88 + 112 + 36, 24, 4);
	put_fill(&b, 'c', 24);
	save_bytes("corpus/pe/signed", &b);
}

/* ---- FAT, as its target lays it out: boot sector, start of the table, root, clusters ---- */

static void put_boot_sector(struct bytes *b, bool is_32)
{
	uint32_t table = is_32 ? 515 : 20, clusters = is_32 ? 65600 : 5000;
	uint8_t *p = b->p;

	put_fill(b, 0, 512);
	set_le(p + 11, 512, 2);
	p[13] = 1;
	set_le(p + 14, 1, 2);
	p[16] = 2;
	set_le(p + 17, is_32 ? 0 : 16, 2);
	set_le(p + 22, is_32 ? 0 : table, 2);
	set_le(p + 32, 1 + 2 * table + 1 + clusters, 4);
	set_le(p + 36, is_32 ? table : 0, 4);
	set_le(p + 44, is_32 ? 2 : 0, 4);
	p[510] = 0x55;
	p[511] = 0xaa;
}

static void put_short(uint8_t *at, const char *name, uint8_t attributes, uint32_t cluster,
		      uint32_t size)
{
	memcpy(at, name, 11);
	at[11] = attributes;
	set_le(at + 26, cluster, 2);
	set_le(at + 28, size, 4);
}

/* "Linux.efi" for the short entry that follows it. */
static void put_long(uint8_t *at)
{
	memcpy(at, "\x41L\0i\0n\0u\0x\0\x0f\0\0.\0e\0f\0i\0\0\0\xff\xff\0\0\xff\xff\xff\xff", 32);
	for (size_t i = 0; i < 11; i++)
		at[13] = (uint8_t)((at[13] >> 1 | at[13] << 7) + at[32 + i]);
}

/* README.TXT, and EFI/Linux.efi of two clusters. The root directory of FAT32 is cluster 2. */
static void save_fat(const char *name, bool is_32)
{
	static struct bytes b;
	uint32_t first = is_32 ? 3 : 2, width = is_32 ? 4 : 2;
	uint8_t *root = b.p + 1024, *efi = root + 1024;

	b.len = 0;
	put_boot_sector(&b, is_32);
	put_fill(&b, 0, 512 + 5 * 512);
	for (uint32_t i = 2; i < first + 4; i++)
		set_le(b.p + 512 + width * i, i == first + 2 ? i + 1 : 0x0fffffff, width);
	put_short(root, "README  TXT", 0, first, 500);
	put_short(root + 32, "EFI        ", 0x10, first + 1, 0);
	put_short(efi + 32, "LINUX~1 EFI", 0, first + 2, 700);
	put_long(efi);
	save_bytes(name, &b);
}

/* ---- evidence ---- */

static void put_change(struct bytes *b, uint8_t field, const void *p, size_t len)
{
	put_be(b, field, 1);
	put_2b(b, p, len);
}

static void put_base64_change(struct bytes *b, uint8_t field, const json_t *text)
{
	static uint8_t bytes[65536];
	size_t len;

	must(base64_decode(json_string_value(text), json_string_length(text), bytes, sizeof(bytes),
			   &len) == 0);
	put_change(b, field, bytes, len);
}

/* The fields of evidence, as changes of what was there to what it says. */
static void put_evidence(struct bytes *b, const json_t *json, const char *fields)
{
	static const char *const keys[] = { NULL,	   "certificate", "firmware_log",
					    "runtime_log", "quote",	  "signature" };

	b->len = 0;
	for (; *fields; fields++) {
		size_t i = (size_t)(*fields - '0');

		put_base64_change(b, (uint8_t)i,
				  i == 0 ? json_object_get(json_object_get(json, "ak"), "public")
					 : json_object_get(json, keys[i]));
	}
}

static void save_changes(const char *name, const json_t *json, const char *fields)
{
	static struct bytes b;

	put_evidence(&b, json, fields);
	save_bytes(name, &b);
}

/*
 * The same machine, signed by a key that nobody certified, and by the other key of the connection.
 */
static void save_lies(void)
{
	static struct machine lie;
	static struct bytes b;

	machine_start(&lie);
	machine_boot(&lie);
	lie.ak_pkey = pki.other_ak;
	machine_quote(&lie);
	machine_seal(&lie);
	save_changes("corpus/verify/other-ak", lie.json, "045");
	save_changes("corpus/verify/other-signature", lie.json, "45");
	machine_start(&lie);
	lie.tls = pki.other_tls_cert;
	lie.runtime[4] = m.runtime[4];
	machine_boot(&lie);
	machine_quote(&lie);
	machine_seal(&lie);
	save_changes("corpus/verify/other-tls", lie.json, "1345");
	b.len = 0;
	put_change(&b, 'n', "another nonce, of 32 bytes......", 32);
	put_change(&b, 'x', "another channel, of 32 bytes....", 32);
	save_bytes("corpus/verify/other-connection", &b);
	machine_done(&lie);
}

static void save_certs(void)
{
	static struct bytes ak, ek, b;

	put_cert(&ak, pki.ak_cert);
	put_cert(&ak, pki.middle);
	save_bytes("corpus/certificates/ak", &ak);
	put_cert(&ek, pki.ek_cert);
	put_cert(&ek, pki.middle);
	save_bytes("corpus/certificates/ek", &ek);
	put_cert(&b, pki.root);
	save_bytes("corpus/certificates/root", &b);
	save_bytes("machine/root.der", &b);
	b.len = 0;
	put_cert(&b, pki.ak_cert);
	put_cert(&ak, pki.root);
	save_bytes("corpus/certificates/whole", &ak);
	ak.len = 0;
	put_change(&ak, 'a', b.p, b.len);
	save_bytes("corpus/verify/no-middle", &ak);
	ak.len = b.len = 0;
	put_cert(&b, pki.ek_cert);
	put_change(&ak, 'a', b.p, b.len);
	put_change(&ak, 'e', b.p, b.len);
	b.len = 0;
	put_cert(&b, pki.middle);
	put_change(&ak, 'e', b.p, b.len);
	save_bytes("corpus/verify/activation", &ak);
}

/* A machine whose AK has a certificate, of a CA that nobody pinned. */
static void save_stranger(void)
{
	struct cert_recipe recipe = { .name = "ak",
				      .pkey = pki.other_ak,
				      .issuer_pkey = pki.other_tls,
				      .usage = "critical,digitalSignature",
				      .extended_usage = EKU_AK };
	X509 *root = make_ca("root", pki.other_tls, NULL, NULL), *cert;
	static struct machine lie;
	static struct bytes all, b;

	recipe.issuer = root;
	cert = make_cert(&recipe);
	put_cert(&b, cert);
	put_cert(&b, root);
	save_bytes("corpus/certificates/stranger", &b);

	machine_start(&lie);
	machine_boot(&lie);
	lie.ak_pkey = pki.other_ak;
	machine_quote(&lie);
	machine_seal(&lie);
	put_evidence(&all, lie.json, "045");
	b.len = 0;
	put_cert(&b, cert);
	put_change(&all, 'a', b.p, b.len);
	b.len = 0;
	put_cert(&b, root);
	put_change(&all, 'a', b.p, b.len);
	save_bytes("corpus/verify/stranger", &all);
	machine_done(&lie);
	X509_free(cert);
	X509_free(root);
}

static void save_pem(void)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	must(bio && PEM_write_bio_X509(bio, pki.root) == 1 &&
	     PEM_write_bio_X509(bio, pki.middle) == 1);
	len = BIO_get_mem_data(bio, &text);
	save("corpus/certificates/pem", text, (size_t)len);
	BIO_free(bio);
}

static void save_evidence(void)
{
	static const char *const names[] = { "ak",	    "certificate", "firmware-log",
					     "runtime-log", "quote",	   "signature" };
	static struct bytes b;
	char name[64], field[2] = "0";

	save_json("machine/evidence.json", m.json);
	save_json("corpus/evidence/machine", m.json);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "corpus/verify/%s", names[i]);
		field[0] = (char)('0' + i);
		save_changes(name, m.json, field);
	}
	put_be(&b, 'p', 1);
	put_be(&b, 2 + 32 * m.path.n, 2);
	put_be(&b, m.path.index, 1);
	put_be(&b, m.path.size, 1);
	for (size_t i = 0; i < m.path.n; i++)
		put(&b, m.path.sibling[i].bytes, 32);
	save_bytes("corpus/verify/path", &b);
	b.len = 0;
	put_be(&b, 'v', 1);
	put_be(&b, 1 + 16 * 32, 2);
	put_be(&b, HASH_SHA256, 1);
	for (size_t i = 0; i < 16; i++)
		put(&b, m.values.value[HASH_SHA256][i].bytes, 32);
	save_bytes("corpus/verify/values", &b);
}

/* ---- documents ---- */

static void save_document(const char *name, const struct document_recipe *r)
{
	static struct bytes b;
	char path[64];

	put_document(&b, r);
	snprintf(path, sizeof(path), "corpus/document/%s", name);
	save_bytes(path, &b);
}

static void save_documents(void)
{
	static const uint8_t nonce[32] = { 'n' };
	EVP_PKEY *pkey = EVP_EC_gen("P-384");
	X509 *cert = make_cert(&(struct cert_recipe){ .name = "i", .pkey = pkey });
	struct document_recipe r;

	document_start(&r, pkey, cert, nonce);
	r.n_certs = 2;
	r.cert[1] = cert;
	save_document("machine", &r);
	r.tagged = r.definite = true;
	r.user_data = nonce;
	r.user_data_len = 3;
	r.has = 0x81ffff;
	save_document("tagged", &r);
	r.pcrs = "pcrs";
	r.has = 0xffff;
	save_document("enclave", &r);
	r.lie = DOCUMENT_OPEN_STRING;
	save_document("chunks", &r);
	r.lie = DOCUMENT_OPEN_PCRS;
	save_document("open-pcrs", &r);
	r.lie = DOCUMENT_MANY_CERTS;
	save_document("many", &r);
	X509_free(cert);
	EVP_PKEY_free(pkey);
}

static void make_machine(void)
{
	json_t *golden;

	machine_start(&m);
	machine_boot(&m);
	golden = golden_of(&m);
	save_json("machine/golden.json", golden);
	save_json("corpus/golden/machine", golden);
	json_decref(golden);
	machine_quote(&m);
	json_array_append_new(m.ek_certs, text_of_cert(pki.ek_cert));
	machine_seal(&m);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seeds DIR\n");
		return 2;
	}
	dir = argv[1];
	make_pki();
	make_machine();
	save_quotes();
	save_signatures();
	save_keys();
	save_credentials();
	save_logs();
	save_two_banks();
	save_gpt();
	save_pe();
	save_fat("corpus/fat/fat16", false);
	save_fat("corpus/fat/fat32", true);
	save_evidence();
	save_lies();
	save_certs();
	save_stranger();
	save_documents();
	save_pem();
	machine_done(&m);
	free_pki();
	return 0;
}
