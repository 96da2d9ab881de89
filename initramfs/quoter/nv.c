/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/nv.h"

#include <errno.h>
#include <string.h>

/* How many bytes the TPM gives at once. */
static int read_chunk_max(struct tpm *tpm, size_t *ret_max)
{
	uint32_t max = 0;
	int r = tpm_property(tpm, TPM2_PT_NV_BUFFER_MAX, &max);

	if (r < 0 || max == 0)
		return r < 0 ? r : tpm_unusable("TPM2_GetCapability", 0);
	*ret_max = max < TPM2_MAX_NV_BUFFER_SIZE ? max : TPM2_MAX_NV_BUFFER_SIZE;
	return 0;
}

/* ret_name: may be NULL. */
static int read_public(struct tpm *tpm, TPMI_RH_NV_INDEX index, TPMS_NV_PUBLIC *ret_public,
		       TPM2B_NAME *ret_name)
{
	static const char command[] = "TPM2_NV_ReadPublic";
	TPM2B_NV_PUBLIC out = { 0 };
	TSS2_RC rc = Tss2_Sys_NV_ReadPublic_Prepare(tpm->sys, index);
	int r;

	r = tpm_try(tpm, command, rc, TPM_ANSWER_MS, &rc);
	if (r < 0)
		return r == -EREMOTEIO ? -ENOENT : r;
	rc = Tss2_Sys_NV_ReadPublic_Complete(tpm->sys, &out, ret_name);
	if (rc)
		return tpm_unusable(command, rc);
	*ret_public = out.nvPublic;
	return 0;
}

int nv_name(struct tpm *tpm, TPMI_RH_NV_INDEX index, TPM2B_NAME *ret_name)
{
	TPMS_NV_PUBLIC public;

	return read_public(tpm, index, &public, ret_name);
}

static int read_chunk(struct tpm *tpm, TPMI_RH_NV_AUTH auth, TPMI_RH_NV_INDEX index, size_t off,
		      size_t len, uint8_t *ret_bytes)
{
	static const char command[] = "TPM2_NV_Read";
	TPM2B_MAX_NV_BUFFER out = { 0 };
	TSS2_RC rc = Tss2_Sys_NV_Read_Prepare(tpm->sys, auth, index, (UINT16)len, (UINT16)off);
	int r;

	r = tpm_try(tpm, command, tpm_authorize(tpm, rc), TPM_ANSWER_MS, &rc);
	if (r < 0)
		return r == -EREMOTEIO ? -ENOENT : r;
	rc = Tss2_Sys_NV_Read_Complete(tpm->sys, &out);
	if (rc || out.size != len)
		return tpm_unusable(command, rc);
	memcpy(ret_bytes, out.buffer, len);
	return 0;
}

int nv_read(struct tpm *tpm, TPMI_RH_NV_INDEX index, uint8_t ret_bytes[static NV_BYTES_MAX],
	    size_t *ret_len)
{
	TPMI_RH_NV_AUTH auth = index;
	TPMS_NV_PUBLIC public = { 0 };
	size_t max = 0;
	int r = read_public(tpm, index, &public, NULL);

	if (r < 0)
		return r;
	if (!(public.attributes & TPMA_NV_AUTHREAD))
		auth = TPM2_RH_OWNER;
	if (!(public.attributes & (TPMA_NV_AUTHREAD | TPMA_NV_OWNERREAD)) ||
	    !(public.attributes & TPMA_NV_WRITTEN) || public.dataSize > NV_BYTES_MAX)
		return -ENOENT;
	r = read_chunk_max(tpm, &max);
	for (size_t off = 0; r == 0 && off < public.dataSize; off += max) {
		size_t left = public.dataSize - off;

		r = read_chunk(tpm, auth, index, off, left < max ? left : max, ret_bytes + off);
	}
	if (r == 0)
		*ret_len = public.dataSize;
	return r;
}

/* The length of the SEQUENCE that bytes begin with. */
static int der_len(struct span bytes, size_t *ret_len)
{
	uint8_t tag, form, high = 0, low;
	size_t content;

	if (span_u8(&bytes, &tag) < 0 || tag != 0x30 || span_u8(&bytes, &form) < 0 ||
	    (form != 0x81 && form != 0x82) || (form == 0x82 && span_u8(&bytes, &high) < 0) ||
	    span_u8(&bytes, &low) < 0)
		return -ENOENT;
	content = (size_t)high << 8 | low;
	if (content < 128 || content > bytes.left)
		return -ENOENT;
	*ret_len = content + (form == 0x82 ? 4 : 3);
	return 0;
}

int nv_take_certificate(struct span *bytes, struct span *ret_der)
{
	size_t len;
	int r = der_len(*bytes, &len);

	return r < 0 ? r : span_take(bytes, len, ret_der);
}

int nv_read_certificate(struct tpm *tpm, TPMI_RH_NV_INDEX index,
			uint8_t ret_der[static NV_BYTES_MAX], size_t *ret_len)
{
	size_t len;
	int r = nv_read(tpm, index, ret_der, &len);

	return r < 0 ? r : der_len(span_of(ret_der, len), ret_len);
}
