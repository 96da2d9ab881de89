/* SPDX-License-Identifier: MIT */
#include "measure/verify/signature/ecdsa.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

size_t ecdsa_der(struct span r, struct span s, uint8_t ret_der[static ECDSA_DER_MAX])
{
	BIGNUM *r_number = BN_bin2bn(r.p, (int)r.left, NULL);
	BIGNUM *s_number = BN_bin2bn(s.p, (int)s.left, NULL);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char *p = ret_der;
	int len = 0;

	if (r_number && s_number && sig && ECDSA_SIG_set0(sig, r_number, s_number)) {
		r_number = s_number = NULL; /* they are sig's now */
		len = i2d_ECDSA_SIG(sig, &p);
	}
	BN_free(r_number);
	BN_free(s_number);
	ECDSA_SIG_free(sig);
	return len > 0 ? (size_t)len : 0;
}
