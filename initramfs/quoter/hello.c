/* SPDX-License-Identifier: MIT */
#include "hello.h"

#include <errno.h>

#include "hash.h"
#include "nv.h"

/* RSA 2048, ECC P-256; of the high range RSA 2048, ECC P-256, ECC P-384, RSA 3072. */
static const TPMI_RH_NV_INDEX ek_certificates[] = {
	0x01c00002, 0x01c0000a, 0x01c00012, 0x01c00014, 0x01c00016, 0x01c0001c,
};

/* One more string of a list; nothing if there is no such certificate. */
static int add_certificate(struct tpm *tpm, TPMI_RH_NV_INDEX index, bool *first, struct text *text)
{
	uint8_t der[NV_BYTES_MAX];
	size_t len;
	int r = nv_read_certificate(tpm, index, der, &len);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	text_put(text, *first ? "\"" : ",\"");
	text_base64(text, der, len);
	text_put(text, "\"");
	*first = false;
	return 0;
}

static int add_bank(struct tpm *tpm, enum hash_alg bank, struct text *text)
{
	struct digest pcrs[TPM_PCRS_N];
	int r = tpm_read(tpm, bank, pcrs);

	if (r < 0)
		return r;
	text_put(text, "\"");
	text_put(text, hash_name(bank));
	text_put(text, "\":[");
	for (size_t i = 0; i < TPM_PCRS_N; i++) {
		char hex[HASH_HEX_MAX];

		digest_hex(&pcrs[i], hex);
		text_put(text, i == 0 ? "\"" : ",\"");
		text_put(text, hex);
		text_put(text, "\"");
	}
	text_put(text, "]");
	return 0;
}

int hello_text(struct tpm *tpm, const struct ak *ak, struct text *text)
{
	bool first = true;
	int r = 0;

	text_put(text, "\"ak\":{\"public\":\"");
	text_base64(text, ak->public, ak->public_len);
	text_put(text, "\",\"certificates\":[");
	if (ak->certificate)
		r = add_certificate(tpm, ak->certificate, &first, text);
	text_put(text, "]},\"ek\":{\"certificates\":[");
	first = true;
	for (size_t i = 0; r == 0 && i < sizeof(ek_certificates) / sizeof(ek_certificates[0]); i++)
		r = add_certificate(tpm, ek_certificates[i], &first, text);
	text_put(text, "]},\"pcrs\":{");
	for (size_t i = 0; r == 0 && i < tpm->n_banks; i++) {
		text_put(text, i == 0 ? "" : ",");
		r = add_bank(tpm, tpm->banks[i], text);
	}
	text_put(text, "}");
	return r < 0 ? r : text_end(text);
}
