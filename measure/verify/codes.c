/* SPDX-License-Identifier: MIT */
/* The names of checks, and their codes: a promise to programs. rampart-checks(7) says what each means. */
#include "measure/verify/verifying.h"

static const char *const codes[] = { [CHECK_EVIDENCE_FORM] = "evidence.form",
				     [CHECK_CERTIFICATE_FORM] = "certificate.form",
				     [CHECK_CONNECTION_KEY] = "connection.key",
				     [CHECK_CONNECTION_NONCE] = "connection.nonce",
				     [CHECK_CONNECTION_CHANNEL] = "connection.channel",
				     [CHECK_AK_FORM] = "ak.form",
				     [CHECK_AK_CLAIMS] = "ak.claims",
				     [CHECK_QUOTE_FORM] = "quote.form",
				     [CHECK_QUOTE_SIGNATURE] = "quote.signature",
				     [CHECK_QUOTE_HEADER] = "quote.header",
				     [CHECK_QUOTE_BINDING] = "quote.binding",
				     [CHECK_QUOTE_SELECTION] = "quote.selection",
				     [CHECK_QUOTE_DIGEST] = "quote.digest",
				     [CHECK_QUOTE_MEASURED] = "quote.measured",
				     [CHECK_FIRMWARE_LOG_FORM] = "firmware_log.form",
				     [CHECK_RUNTIME_LOG_FORM] = "runtime_log.form",
				     [CHECK_LOGS_BANKS] = "logs.banks",
				     [CHECK_LOGS_REPLAY] = "logs.replay",
				     [CHECK_RUNTIME_EVENTS] = "runtime.events",
				     [CHECK_RUNTIME_ERROR] = "runtime.error",
				     [CHECK_RUNTIME_IDENTITY] = "runtime.identity",
				     [CHECK_RUNTIME_READY] = "runtime.ready",
				     [CHECK_PCR15] = "pcr15",
				     [CHECK_GOLDEN_VALUES] = "golden.values",
				     [CHECK_GOLDEN_TYPES] = "golden.types",
				     [CHECK_POLICY_SIGNERS] = "policy.signers",
				     [CHECK_POLICY_LOG] = "policy.log",
				     [CHECK_POLICY_REVOKED] = "policy.revoked",
				     [CHECK_POLICY_DEBUG] = "policy.debug",
				     [CHECK_POLICY_IMAGE] = "policy.image",
				     [CHECK_POLICY_VERSION] = "policy.version",
				     [CHECK_POLICY_PLATFORM] = "policy.platform",
				     [CHECK_POLICY_SHAPE] = "policy.shape",
				     [CHECK_POLICY_UNCHECKED] = "policy.unchecked",
				     [CHECK_POLICY_CURRENT] = "policy.current",
				     [CHECK_POLICY_RESTARTS] = "policy.restarts",
				     [CHECK_AK_CERTIFICATE] = "ak.certificate",
				     [CHECK_EK_CERTIFICATE] = "ek.certificate",
				     [CHECK_EK_ACTIVATION] = "ek.activation",
				     [CHECK_AK_TRUST] = "ak.trust",
				     /* What a check can say beyond its name. */

				     [_CHECK_MAX] = "policy.log.missing",
				     "policy.log.form",
				     "policy.log.key",
				     "policy.log.signature",
				     "policy.log.origin",
				     "policy.log.quorum",
				     "policy.log.fork",
				     "policy.log.shrunken",
				     "policy.log.unproven",
				     "policy.log.leaf",
				     "policy.log.path",
				     NULL };

const char *check_name(enum check_id id)
{
	return codes[id];
}

const char *const *rampart_check_codes(void)
{
	return codes;
}
