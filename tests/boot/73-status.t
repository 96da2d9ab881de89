#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine that takes its time to load says how far it is, and nothing else, until it is whole: then it
# proves itself. One whose volume is not the right one powers off as ever.
set -eu
. tests/boot/lib.sh
trap 'scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
url=https://127.0.0.1:$PORT
ours=/.well-known/rampart

parts status
head -c 1000000 /dev/urandom >"$dir/big.gguf"
truncate -s 128M "$dir/big.gguf"
cat >"$dir/image.conf" <<END
$conf_head
[gateway]
status = on
[model big.gguf]
file = $dir/big.gguf
digest = fsverity-sha256:$(fsverity digest --compact "$dir/big.gguf")
storage = volume
END
from_conf
mv "$dir/volume.img" "$dir/attached.img"
is "$(grep -c '^gateway.status 1$' "$dir/plan")" 1 "the plan says that it tells"
build/bin/rampart predict --disk "$dir/disk.img" --plan "$dir/plan" \
	--platform measure/platforms/qemu-q35-ovmf-2025.02-8+deb13u1-1024m-2c-volume.json >"$dir/golden.json"

# slow BYTES: what attaches the volume, which gives so many bytes a second.
slow()
{
	echo "-drive if=none,id=volume,format=raw,snapshot=on,file=$dir/attached.img,throttling.bps-total=$1"
	echo "-device virtio-blk-pci,drive=volume,addr=6"
}

# await_status REGEX: until the machine's status matches, at most 60 s; $told.
await_status()
{
	tries=0
	until told=$(fetch $ours/status 2>/dev/null) && echo "$told" | grep -Eq -- "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || break
		sleep 0.2
	done
}

shows_told() # REGEX SENTENCE
{
	echo "$told" >"$work/told"
	shows "$work/told" "$1" "$2"
}

# refused_early METHOD PATH WHAT
refused_early()
{
	fetch "$2" -X "$1" -D "$work/head" -o "$work/body" || :
	is "$(tr -d '\r' <"$work/head" | grep -Ei '^(HTTP|retry-after)' | cut -d' ' -f1,2 | tr '\n' ' ')$(jq -r .error.code "$work/body")" \
		"HTTP/1.1 503 retry-after: 5 not_ready" "$3"
}

# shellcheck disable=SC2046 # words on purpose
WAIT_FOR='^rampart: stage (model|run)' KEEP=1 \
	boot "$dir/disk.img" -qmp "unix:$work/qmp.sock,server=on,wait=off" $(slow 2097152)
is "$status" 0 "the machine begins to load"
await_status '"stage":"model","percent":[1-9]'
shows_told '^\{"schema":"rampart-status/1","stage":"model","percent":[1-9][0-9]?,"ready":false\}$' "it says how far it is"
refused_early GET "$ours/evidence?nonce=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" "it gives no evidence yet, with that word"
refused_early POST $ours/activate "and opens no credential"
refused_early GET / "nothing reaches the container"
refused_early POST /v1/completions "whatever it is"
code=0
build/bin/rampart verify "$url" --golden "$dir/golden.json" --roots "$work/vm/ek-ca.pem" >"$work/verified" 2>&1 || code=$?
is "$code" 2 "rampart verify cannot tell yet"
shows "$work/verified" ': not ready yet: stage model, [1-9][0-9]? % loaded; ask again with --wait SECONDS$' "and says what to do"
await '^rampart: stage model'
is "$(grep -Ec '^rampart: (stage ready|READY|stage run)' "$console")" 0 "all of this before anything of the container runs"

tests/boot/qemu.py release "$work/qmp.sock" volume
code=0
build/bin/rampart verify "$url" --wait 120 --golden "$dir/golden.json" --roots "$work/vm/ek-ca.pem" \
	>"$work/verified" 2>&1 || code=$?
is "$code" 0 "once it is ready, rampart verify --wait holds"
sed 's/^/# /' "$work/verified" | grep -v '^# PCR' || :
await '^rampart: SERVING'
is "$(fetch $ours/status)" '{"schema":"rampart-status/1","stage":"serving","percent":100,"ready":true}' "its status says so, too"
is "$(fetch /)" ok "and the container answers"
await '^rampart: runtime-log .*"content":"rampart/1 ready ready '
is "$(sed -n 's|^rampart: runtime-log .*"content":"rampart/1 \([a-z]*\) .*|\1|p' "$console" | tr '\n' ' ')" \
	"plan config identity container model ready ready ready ready " "the key was measured before anything was loaded"
scripts/vm/down.sh "$work/vm"

printf x | dd of="$dir/attached.img" bs=1 seek=60000000 conv=notrunc status=none
# shellcheck disable=SC2046 # words on purpose
WAIT_FOR=' is never said' boot "$dir/disk.img" $(slow 0)
is "$status" 0 "one byte of the volume differs: the machine powers off"
shows "$console" '^rampart: FAILED stage=model reason=/rampart/volume/big.gguf: digest differs: ' "with its reason"
is "$(grep -Ec '^rampart: (READY|SERVING)' "$console")" 0 "and never says READY"
finish
