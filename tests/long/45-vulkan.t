#!/bin/sh
# SPDX-License-Identifier: MIT
# A GPU that Mesa drives, end to end and without hardware: llama.cpp as Debian has it, with its Vulkan backend, behind
# the walls, on a render node of virtio whose host computes with lavapipe. It says what the processor says. Needs the
# roots of scripts/llama.lock and scripts/venus.lock, `make golden IMAGE=test` and a quarter of an hour. `make bench`
# has it, with fewer REQUESTS, for the rates that it prints.
set -eu
. tests/boot/lib.sh
# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root, as the toolbox's"; exit 0; }
for root in llama venus; do
	in_box $root true 2>"$work/missing" || { echo "1..0 # SKIP $(cat "$work/missing")"; exit 0; }
done
end()
{
	scripts/vm/down.sh "$work/vm" >/dev/null 2>&1 || :
	[ ! -f "$work/vm.x" ] || kill "$(cat "$work/vm.x")" 2>/dev/null || :
	rm -f "$work/vm.x"
}
trap 'end; rm -rf "$work"' EXIT
MEMORY=3072
KEEP=1
BOOT_DEADLINE=900
export MEMORY KEEP BOOT_DEADLINE
REQUESTS=${REQUESTS:-10000}
made=build/llama
tests/servers/import.sh llama

# image NAME DEVICE: $dir with its disk; the server computes on DEVICE alone, or does not start. The rest of its
# image.conf is standard input. GGML_VK_VISIBLE_DEVICES: else ggml passes over a device that is a processor in truth.
# VK_DRIVER_FILES: else Mesa would offer the machine's own processor as well.
image()
{
	dir=$work/$1
	mkdir -p "$dir/seccomp"
	cp images/loader.conf initramfs/cmdline initramfs/manifest build/test/os-release images/llm/model/model.gguf "$dir"
	ln -s "$PWD/$made/container.erofs" "$dir/container.erofs"
	cat >"$dir/rest"
	cat - "$dir/rest" >"$dir/image.conf" <<CONF
format = 1
[image]
name = $1
version = 1
[container]
layout = container
storage = volume
port = 8080
entrypoint = /usr/bin/llama-server --host 127.0.0.1 --port 8080 --model /model/model.gguf --device $2
args = --ctx-size 256 --parallel 1 --threads 2 --fit off --offline
env = HOME=/tmp
env = GGML_VK_VISIBLE_DEVICES=0
env = VK_DRIVER_FILES=/usr/share/vulkan/icd.d/virtio_icd.json
[model model.gguf]
file = model.gguf
digest = sha256:$(sha256sum <"$dir/model.gguf" | cut -d' ' -f1)
[limits]
memory = 1 GiB
pids = 256
scratch = 64 MiB
[restart]
policy = never
CONF
	CONTAINER=$made from_conf
	VM_VOLUME=$dir/volume.img
	export VM_VOLUME
}

# says NAME: the text that it continues one with, the most likely words, in $work/NAME.txt.
says()
{
	i=0
	until fetch /health --max-time 10 2>/dev/null | grep -q '"ok"' || [ $i -ge 300 ]; do
		i=$((i + 1))
		sleep 2
	done
	fetch /v1/completions --max-time 900 -H 'Content-Type: application/json' \
		-d '{"prompt": "It was a", "max_tokens": 24, "temperature": 0, "top_k": 1}' >"$work/$1.json"
	jq -r '.choices[0].text' "$work/$1.json" >"$work/$1.txt"
	echo "# $1: $(jq .timings.predicted_per_second "$work/$1.json") tokens a second"
}

image processor none </dev/null
boot "$dir/disk.img"
shows "$console" '^rampart: SERVING' "the image for the processor serves"
says processor
sed 's/^/# /' "$work/processor.txt"
is "$(wc -w <"$work/processor.txt" | awk '{ print ($1 >= 8) }')" 1 "llama.cpp continues a sentence"
is "$(python3 tests/servers/ask.py "$PORT" "$REQUESTS" '{"status":"ok"}' /health)" "$REQUESTS" "and answers $REQUESTS requests"
end

image gpu Vulkan0 <<'CONF'
[devices]
pass = dri/renderD128
modules = virtio-gpu
[world]
sys = gpu
CONF
status=0
WAIT_FOR='^rampart: (SERVING|FAILED)' in_box venus tests/long/venus.sh "$dir/disk.img" "$work/vm" >"$work/boot.out" 2>&1 || status=$?
tr -d '\r' <"$work/vm/console.log" >"$work/console"
[ "$status" = 0 ] || sed 's/^/# /' "$work/boot.out"
shows "$console" '^rampart: SERVING' "the image for a GPU serves, where its Vulkan device is"
says gpu
is "$(cat "$work/gpu.txt")" "$(cat "$work/processor.txt")" "and says on the GPU what it says on the processor"
end

boot "$dir/disk.img" -device virtio-gpu-pci,addr=7
await '^rampart: FAILED '
shows "$console" '^rampart: FAILED stage=run reason=container: ' "on a card without Vulkan it does not start"
finish
