#!/bin/sh
# SPDX-License-Identifier: MIT
# vtpm.sh DIR: makes a new vTPM with an EK certificate. DIR/tpm is its state for swtpm, and DIR/ek-ca.pem
# holds the root and the intermediate that its certificate leads to: a CA of this vTPM alone, made with it,
# whose keys stay in DIR/ca. DIR is an absolute path. Runs inside the toolbox.
# Environment: BANKS, the active PCR banks (sha256).
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -eq 1 ] || die "usage: vtpm.sh DIR"
dir=$1
rm -rf "$dir/tpm" "$dir/ca"
mkdir "$dir/tpm" "$dir/ca"

cat >"$dir/ca/localca.conf" <<END
statedir = $dir/ca
signingkey = $dir/ca/signkey.pem
issuercert = $dir/ca/issuercert.pem
certserial = $dir/ca/certserial
END
: >"$dir/ca/localca.options"
cat >"$dir/ca/setup.conf" <<END
create_certs_tool = $(command -v swtpm_localca)
create_certs_tool_config = $dir/ca/localca.conf
create_certs_tool_options = $dir/ca/localca.options
END
swtpm_setup --tpm2 --config "$dir/ca/setup.conf" --tpmstate "$dir/tpm" --create-ek-cert \
	--pcr-banks "${BANKS:-sha256}" --overwrite --logfile "$dir/swtpm.log" >/dev/null 2>&1 || {
	tail -n 15 "$dir/swtpm.log" | sed 's/^/  | /' >&2
	die "swtpm_setup failed (above: the end of $dir/swtpm.log)"
}
cat "$dir/ca/swtpm-localca-rootca-cert.pem" "$dir/ca/issuercert.pem" >"$dir/ek-ca.pem"
