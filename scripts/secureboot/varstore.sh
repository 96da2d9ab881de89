#!/bin/sh
# SPDX-License-Identifier: MIT
# varstore.sh KEYS OUT.fd [OUT.aws]: the variable store of a machine whose variables are KEYS/PK.esl, KEK.esl, db.esl and, if
# it is there, dbx.esl: one of OVMF's, with Secure Boot on, and as AWS wants it (register-image --uefi-data). Runs inside
# the toolbox, with the Python of the root of scripts/firmware.lock, which scripts/toolbox/toolbox.sh firmware makes.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -ge 2 ] || die "usage: varstore.sh KEYS OUT.fd [OUT.aws]"
find_paths
RAMPART_CACHE=/cache
modules=$(box_path firmware)/usr/lib/python3/dist-packages
[ -d "$modules/virt" ] || die "$modules: no virt-firmware there; run: scripts/toolbox/toolbox.sh firmware"
PYTHONPATH=$modules python3 -B -X utf8 scripts/secureboot/varstore.py /usr/share/OVMF/OVMF_VARS_4M.fd "$@"
