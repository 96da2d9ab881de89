/* SPDX-License-Identifier: MIT */
#include "measure/cmd/page/report_words.h"

#include <stddef.h>
#include <string.h>

#include "measure/lib/array.h"

const char *const words_of_pcr[WORDS_PCRS] = {
	"Firmware",
	"Firmware settings and the machine's tables",
	"Firmware of added devices",
	"Settings of added devices",
	"Programs started at boot",
	"Disk layout and boot loader settings",
	"Maker's own use",
	"Secure Boot state and keys",
	"Plan and instance configuration",
	"Kernel command line and initramfs",
	"Unused: stays zero",
	"Parts of the system image",
	"Overrides at boot: stays zero",
	"Container",
	"Model files",
	"TLS key of this boot",
};

static const struct check_words words[] = {
	{ "evidence.form", "The machine's answer is evidence that can be read",
	  "The machine did not answer as a Rampart machine does, so nothing it says counts." },
	{ "certificate.form",
	  "The machine's TLS certificate is its own, with a key of the right kind",
	  "The machine's TLS certificate is not one that Rampart makes." },
	{ "connection.key", "This connection ends in that TLS key",
	  "The connection ends somewhere else than in the machine that made the evidence: someone is in between." },
	{ "connection.nonce", "The evidence was made for this very request",
	  "The evidence is an answer to another request. It may be old, and played back." },
	{ "connection.channel", "The evidence was made for this very connection",
	  "The evidence was made for another connection: someone who holds the machine's TLS key may be passing it on." },
	{ "ak.form", "The key that signs the measurements can be read",
	  "The machine does not show a usable signing key of its TPM." },
	{ "ak.claims",
	  "By what the evidence says of it, that key was made inside the TPM, cannot leave it, and signs nothing else",
	  "The signing key could exist outside the TPM, so its signature proves nothing." },
	{ "quote.form", "The signed list of measurements (the quote) can be read",
	  "The machine's quote cannot be read." },
	{ "quote.signature", "The TPM's key signed the quote",
	  "The TPM's key did not sign this quote: it was changed, or made up." },
	{ "quote.header", "The quote was made by a TPM, as a quote",
	  "What was signed is not a quote that a TPM made." },
	{ "quote.binding", "The quote was made for this request, TLS key and connection",
	  "The quote was made for something else than this request, TLS key and connection." },
	{ "quote.selection", "The quote covers all sixteen measurements, PCR 0 to 15",
	  "The quote leaves out measurements that must be in it." },
	{ "quote.digest", "The quote is over the values that the machine shows",
	  "The values that the machine shows are not those that its TPM signed." },
	{ "quote.measured", "The firmware did measure",
	  "A part of the TPM holds no measurement at all, so anything could have been added to it." },
	{ "firmware_log.form", "The firmware's log can be read",
	  "The firmware's log cannot be read, so the measurements have no explanation." },
	{ "runtime_log.form", "The log of the system itself can be read",
	  "The log of the system itself cannot be read, so the measurements have no explanation." },
	{ "logs.banks", "Both logs tell of all measurements, with SHA-256 among them",
	  "The logs leave out a kind of measurement that the TPM has." },
	{ "logs.replay", "Both logs together lead to exactly the measured values",
	  "Something was measured that the logs do not tell, or they tell what was not measured." },
	{ "runtime.events", "The system's own events are well-formed and in the right place",
	  "The system measured something that a Rampart system does not measure." },
	{ "runtime.error", "The system reported no failure",
	  "The system itself gave up while it started, and said so." },
	{ "runtime.identity", "The system made this TLS key, before it let anything else run",
	  "The measured system did not make the TLS key that answers." },
	{ "runtime.ready", "The system closed its measurements before it started the container",
	  "The system's measurements were not closed, or something was added after that." },
	{ "pcr15", "PCR 15 holds this TLS key and nothing else",
	  "The measured system vouches for another TLS key, or for more than this one." },
	{ "golden.values", "Every measurement is the one that was predicted (the golden value)",
	  "The machine runs something else than what you accept: the measurements are not those that were predicted." },
	{ "golden.types", "The events are of the kinds that were predicted",
	  "The log calls events by other kinds than were predicted." },
	{ "policy.signers", "Enough of the people you trust signed the golden values",
	  "Not enough of the people you trust signed these golden values, so they may be anybody's." },
	{ "policy.log", "The golden values are in the public log that you named",
	  "The golden values are not shown to be in the log that everybody can see: they may have been made for you alone." },
	{ "policy.revoked", "Neither the golden values nor their image were revoked",
	  "The golden values or their image were revoked: somebody found that they are not to be used any more." },
	{ "policy.debug", "The image has no shell, or you accept that",
	  "It is a debug image: whoever reaches its console can see everything." },
	{ "policy.image", "It is an image that you accept",
	  "It is a known image, but not one that you accept." },
	{ "policy.version", "It is not older than you accept",
	  "It is a known image, but older than you accept." },
	{ "policy.platform", "It runs on a platform that you accept",
	  "It runs on a platform that you do not accept." },
	{ "policy.shape", "The machine has a shape that you accept",
	  "The machine has another shape (memory, processors) than you accept." },
	{ "policy.restarts", "The TPM was not resumed or restarted more often than you accept",
	  "The TPM kept its measurements, or its past, over a pause: another system may be showing them than the one that was measured." },
	{ "ak.certificate",
	  "A certificate for the TPM's signing key leads to a root that you trust",
	  "No root that you trust vouches for the signing key by a certificate." },
	{ "ek.certificate", "A certificate for the TPM itself leads to a root that you trust",
	  "No root that you trust vouches for the TPM by a certificate." },
	{ "ek.activation", "That TPM proved that the signing key is its own",
	  "The TPM did not prove that the signing key is its own." },
	{ "ak.trust", "The signing key is one of a TPM that you trust, in one of these ways",
	  "Nobody that you trust vouches for this machine's TPM, so it may be made up." },
};

const struct check_words *words_of_check(const char *id)
{
	static const struct check_words unknown = { "", "A further check",
						    "A check does not hold." };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].id, id))
			return &words[i];
	return &unknown;
}
