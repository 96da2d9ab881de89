/* SPDX-License-Identifier: MIT */
/*
 * The text of the evidence (MEASUREMENTS.md, "File formats") in two parts; its edition is the quoter's:
 * what is the same in every answer of this machine, and what belongs to one request. Pure.
 */
#ifndef GATEWAY_EVIDENCE_H
#define GATEWAY_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/binding.h"
#include "measure/lib/merkle.h"
#include "measure/lib/span.h"

#define EVIDENCE_LOG_MAX (1 << 20) /* bytes of each log */

struct evidence_machine {
	struct span members; /* "schema":...,"ak":...,"ek":...,"pcrs":..., from the quoter */
	struct span certificate, firmware_log, runtime_log;
};

/* From the opening brace to the runtime log. ret_text is the caller's to free(). -ENOMEM. */
int evidence_machine(const struct evidence_machine *machine, char **ret_text, size_t *ret_len);

struct evidence_request {
	uint8_t nonce[BINDING_LEN];
	uint8_t exporter[BINDING_LEN];
	size_t index; /* in the tree, once it is in one */
};

/*
 * From the nonce to the closing brace; quote is the quoter's "quote":...,"signature":... Returns
 * the length of the text, at most size, which must be EVIDENCE_REQUEST_MAX + quote.left.
 */
#define EVIDENCE_REQUEST_MAX 1024
size_t evidence_request(const struct evidence_request *request, const struct merkle_path *path,
			struct span quote, char *buf, size_t size);

/* A nonce as a client writes it: base64 with padding, or base64url without. 0, or -EBADMSG and
 * ret_nonce is spoilt. */
int evidence_nonce(struct span text, uint8_t ret_nonce[static BINDING_LEN]);

#endif
