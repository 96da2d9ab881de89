#!/bin/sh
# SPDX-License-Identifier: MIT
# NVIDIA's archive of a driver, as far as it matters here and made up: which files are taken, that the container has
# the libraries and the plan the firmware, and what is refused.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
cd "$(dirname "$0")/../../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export FILES="$work/files"
mkdir -p "$FILES"
version=580.142

library() # CLASS MACHINE NAME: how a library begins (elf(5)): class 1 has 32 bits, 2 has 64; machine 003 is i386, 076 x86-64
{
	printf "\\177ELF\\$1\\1\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\3\\0\\$2\\0%s\n" "$3"
}
fill() # a folder like that of the archive: in folders of its own, with more than is wanted
{
	rm -rf "$work/in"
	mkdir -p "$work/in/driver/lib" "$work/in/driver/lib32" "$work/in/driver/firmware/x" "$work/in/driver/bin" \
		"$work/in/driver/supported-gpus"
	for name in libcuda libnvidia-cfg libnvidia-gpucomp libnvidia-ml libnvidia-nvvm libnvidia-pkcs11-openssl3 \
		libnvidia-ptxjitcompiler libnvidia-glcore libcudadebugger; do
		library 2 076 "$name" >"$work/in/driver/lib/$name.so.$version"
		library 1 003 "$name" >"$work/in/driver/lib32/$name.so.$version"
	done
	echo "terms of a list" >"$work/in/driver/supported-gpus/LICENSE"
	ln -s libcuda.so.$version "$work/in/driver/lib/libcuda.so.1"
	echo hopper >"$work/in/driver/firmware/x/gsp_ga10x.bin"
	echo turing >"$work/in/driver/firmware/x/gsp_tu10x.bin"
	echo terms >"$work/in/driver/LICENSE"
	echo smi >"$work/in/driver/bin/nvidia-smi"
}

# What is also there in another form, for 32 bits or with terms of its own, comes first: tar takes files as it finds them.
pack() # [TAR_OPTION...]: $sha, in $FILES
{
	(cd "$work/in" && find driver ! -type d) | LC_ALL=C sort -r | tar -C "$work/in" -c "$@" -T - -f "$work/archive"
	sha=$(sha256sum <"$work/archive" | cut -d' ' -f1)
	mv "$work/archive" "$FILES/$sha"
}

extract()
{
	scripts/image/gpuarchive.sh "$sha" "$work/vendor" >"$work/out" 2>"$work/err"
}

refuses() # WHAT MESSAGE
{
	pack
	! extract
	result $? "$1 is refused"
	is "$(tail -n 1 "$work/err")" "gpuarchive.sh: GPU_ARCHIVE: $2" "and why"
}

fill
pack --xz
extract
result $? "an archive with all that is needed"
is "$(cat "$work/out")" "$sha" "its digest is printed"
is "$(cat "$work/vendor/version") $(cat "$work/vendor/licence")" "$version terms" "its version and its terms"
is "$(cd "$work/vendor/firmware" && find . -type f | sort | tr '\n' ' ')" \
	"./nvidia/$version/gsp_ga10x.bin ./nvidia/$version/gsp_tu10x.bin " "its firmware, where the driver asks for it"
is "$(cat "$work/vendor/firmware/nvidia/$version/gsp_ga10x.bin")" hopper "and the bytes"

# An image that has one of the libraries itself, from its own driver.
mkdir -p "$work/root/usr/local/nvidia/lib64" "$work/root/etc"
echo old >"$work/root/usr/local/nvidia/lib64/libcuda.so.1"
echo own >"$work/root/usr/local/nvidia/lib64/libown.so"
scripts/image/layout.sh "$work/root" "$work/oci" --config.entrypoint=/x >"$work/log" 2>&1
import() # WANTS: files.txt, notes
{
	WANTS=$1 scripts/image/import.sh "$work/oci" "$work/c.erofs" "$work/config" "$work/manifest" "$work/files.txt" \
		"$work/user" "$work/notes" "$work/account" >"$work/log" 2>&1 || sed 's/^/# /' "$work/log"
}
{ echo "name demo"; cat "$work/vendor/wants"; } >"$work/wants"
import "$work/wants"
awk '$1 ~ /nvidia.lib64./ { sub(/.*lib64./, "", $1); print $1, $2, $3, $4, $5 }' "$work/files.txt" | sort >"$work/got"
{
	for name in libcuda libnvidia-cfg libnvidia-gpucomp libnvidia-ml libnvidia-nvvm libnvidia-pkcs11-openssl3 \
		libnvidia-ptxjitcompiler; do
		file=$work/in/driver/lib/$name.so.$version
		echo "$name.so.$version 0755 $(stat -c %s "$file") $(sha256sum <"$file" | cut -d' ' -f1) "
	done
	echo "libown.so 0644 4 $(echo own | sha256sum | cut -d' ' -f1) "
	for link in libcuda.so:libcuda.so.1 libcuda.so.1:libcuda.so.$version libnvidia-cfg.so.1:libnvidia-cfg.so.$version \
		libnvidia-ml.so.1:libnvidia-ml.so.$version libnvidia-nvvm.so.4:libnvidia-nvvm.so.$version \
		libnvidia-ptxjitcompiler.so.1:libnvidia-ptxjitcompiler.so.$version; do
		echo "${link%:*} 0777 - -> ${link#*:}"
	done
} | sort >"$work/want"
same "$work/want" "$work/got" "the container has the seven libraries, links to them, and what is its own"
grep -q "usr/local/nvidia/lib64/libcuda.so.1: replaced by the driver's" "$work/notes"
result $? "what was replaced is said"
cp "$work/c.erofs" "$work/first"
import "$work/wants"
cmp -s "$work/first" "$work/c.erofs"
result $? "and the same bytes again"

scripts/image/gpuarchive.sh "" "$work/vendor" >"$work/out"
is "$(cat "$work/out"):$(ls -d "$work/vendor" 2>/dev/null)" ":" "without an archive there is nothing left of one"

fill
rm "$work"/in/driver/lib*/libnvidia-nvvm.so.$version
refuses "an archive without one of the libraries" "has no libnvidia-nvvm.so.$version"
fill
rm "$work/in/driver/LICENSE" "$work/in/driver/supported-gpus/LICENSE"
refuses "one without its terms" "has no LICENSE"
fill
rm -r "$work/in/driver/firmware"
refuses "one without firmware" "has no firmware, gsp_*.bin"
fill
echo x >"$work/in/driver/lib/libcuda.so.590.1"
refuses "one of two versions" "has several versions of libcuda.so"
fill
rm "$work"/in/driver/lib*/libcuda.so.$version
refuses "one without CUDA's own" "has no libcuda.so.VERSION"
fill
rm "$work/in/driver/lib32/libnvidia-ml.so.$version"
ln -sf /etc/passwd "$work/in/driver/lib/libnvidia-ml.so.$version"
refuses "a link instead of a library" "driver/lib/libnvidia-ml.so.$version: empty, or a link"
fill
rm "$work/in/driver/lib/libnvidia-ml.so.$version"
refuses "a library for 32 bits alone" "driver/lib32/libnvidia-ml.so.$version: no library for x86-64"
sha=$(printf '%064d' 0)
! extract
result $? "a file that is not in the cache is refused"
is "$(ls -d "$work/vendor/version" 2>/dev/null)" "" "and nothing is left of it"

given() # SHA
{
	RAMPART_CACHE=$work/cache scripts/image/gpugiven.sh GPU_ARCHIVE "$work/given" "$1" >"$work/out" 2>"$work/err"
}
echo given >"$work/given"
sha=$(sha256sum <"$work/given" | cut -d' ' -f1)
given "$sha" && cmp -s "$work/given" "$work/cache/files/$sha"
result $? "what is given with its digest comes into the cache"
given "$(printf '%064d' 0)"
is "$? $(cat "$work/err")" "1 gpugiven.sh: GPU_ARCHIVE=$work/given: is sha256:$sha, and GPU_ARCHIVE_SHA256 is another: $(printf '%064d' 0)" \
	"another file than the digest says is refused"
is "$(find "$work/cache/files" -type f | wc -l)" 1 "and does not stay there"
given ""
is "$? $(grep -c 'give its digest too' "$work/err")" "1 1" "a file without its digest is refused"
finish
