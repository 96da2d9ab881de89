#!/bin/sh
# SPDX-License-Identifier: MIT
# llama.cpp as Debian has it, in its own root, under the filter and Landlock of an image (`rampart plan --try`): on the
# processor, and by its Vulkan backend with Mesa's lavapipe, which says the same. No machine: the file systems are those
# of here. Needs the root of scripts/llama.lock.
set -eu
. tests/cli/tap.sh
# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root, as the toolbox's"; exit 0; }
work=$(mktemp -d)
# The server, not the shell that waits for it.
end()
{
	[ ! -s "$work/pid" ] || kill "$(cat "$work/pid")" 2>/dev/null || :
	wait
	rm -f "$work/pid"
}
trap 'end; rm -rf "$work"' EXIT
in_box llama true 2>"$work/missing" || { echo "1..0 # SKIP $(cat "$work/missing")"; exit 0; }
port=18444

cat >"$work/image.conf" <<CONF
format = 1
[image]
name = llama
version = 1
[container]
layout = none
port = $port
entrypoint = /usr/bin/llama-server
[limits]
memory = 1 GiB
pids = 256
scratch = 64 MiB
CONF
echo '{"architecture":"amd64","os":"linux","config":{}}' >"$work/oci.json"
# As little of EROFS as is looked at: the superblock's magic.
head -c 4096 /dev/zero >"$work/c.erofs"
printf '\342\341\365\340' | dd of="$work/c.erofs" bs=1 seek=1024 conv=notrunc status=none

# says DEVICE DRIVER: the text that it continues one with there, the most likely words. What it said itself is in
# $work/log; a device that is not there ends it at once.
says()
{
	# shellcheck disable=SC2016 # the inner shell expands for itself
	in_box llama env HOME=/tmp GGML_VK_VISIBLE_DEVICES=0 "VK_DRIVER_FILES=/usr/share/vulkan/icd.d/$2" \
		build/bin/rampart plan "$work/image.conf" --oci-config "$work/oci.json" --container "$work/c.erofs" --try \
		--refused -- sh -c 'echo $$ >"$0" && exec "$@"' "$work/pid" /usr/bin/llama-server --host 127.0.0.1 --port $port --model images/llm/model/model.gguf \
		--device "$1" --ctx-size 256 --parallel 1 --threads 2 --fit off --offline >"$work/log" 2>&1 &
	i=0
	until curl -s --max-time 10 "http://127.0.0.1:$port/health" 2>/dev/null | grep -q '"ok"' || [ $i -ge 600 ]; do
		i=$((i + 1))
		[ ! -s "$work/pid" ] || kill -0 "$(cat "$work/pid")" 2>/dev/null || break
		sleep 1
	done
	curl -s --max-time 900 -H 'Content-Type: application/json' "http://127.0.0.1:$port/v1/completions" \
		-d '{"prompt": "It was a", "max_tokens": 24, "temperature": 0, "top_k": 1}' | jq -r '.choices[0].text'
	end
}

says none lvp_icd.json >"$work/processor.txt"
sed 's/^/# /' "$work/processor.txt"
is "$(wc -w <"$work/processor.txt" | awk '{ print ($1 >= 8) }')" 1 "on the processor it continues a sentence"
is "$(grep -c 'the filter killed' "$work/log")" 0 "and is not killed"
says Vulkan0 lvp_icd.json >"$work/vulkan.txt"
is "$(cat "$work/vulkan.txt")" "$(cat "$work/processor.txt")" "with Vulkan it says the same"
is "$(grep -c 'the filter killed' "$work/log")" 0 "and is not killed either"
says Vulkan0 no_icd.json >"$work/nothing.txt"
is "$(cat "$work/nothing.txt") $(grep -c 'invalid device' "$work/log")" " 1" "without Mesa's driver there is no such device"
finish
