#!/bin/sh
# SPDX-License-Identifier: MIT
# initramfs.sh MANIFEST OUT.cpio.zst [OUT.files.txt]
#
# Writes the initramfs that MANIFEST lists (initramfs/manifest says how). Runs inside the toolbox.
# Every ${VARIABLE} comes from the environment; one that is not set is an error, as is a file that
# is missing. All times are zero, so only contents decide the bytes: an archive of up to 32 MiB is packed as
# well as can be, by one thread; a larger one faster, in pieces that do not depend on how many threads there are.
# The archives of the manifest are compressed separately and kept in OUT.cpio.zst.parts under a hash of
# their contents: a change to init does not compress the container again.
# Environment: GEN_INIT_CPIO (default build/pkg/linux/gen_init_cpio).
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
[ $# -ge 2 ] || die "usage: initramfs.sh MANIFEST OUT.cpio.zst [OUT.files.txt]"
manifest=$1
out=$2
files=${3:-}
generator=${GEN_INIT_CPIO:-build/pkg/linux/gen_init_cpio}
export LC_ALL=C

[ -f "$manifest" ] || die "$manifest: no such file"
[ -x "$generator" ] || die "$generator: no such program; it comes with the kernel, which make image builds"
parts=$out.parts
trap 'rm -f "$out.list" "$out.tmp" "$parts"/*.list "$parts"/*.cpio "$parts"/*.tmp' EXIT

awk '
	function fail(text) { print FILENAME ":" FNR ": " text | "cat >&2"; exit 1 }
	function expand(s,   name) {
		while (match(s, /\$\{[A-Za-z_0-9]+\}/)) {
			name = substr(s, RSTART + 2, RLENGTH - 3)
			if (!(name in ENVIRON))
				fail("${" name "} is not set in the environment")
			s = substr(s, 1, RSTART - 1) ENVIRON[name] substr(s, RSTART + RLENGTH)
		}
		return s
	}
	function emit(line) { if (line !~ /^[ \t]*(#|$)/) print expand(line) }
	$1 != "include" { emit($0); next }
	{
		name = expand($2)
		while ((got = (getline line <name)) > 0)
			emit(line)
		if (got < 0)
			fail("cannot read " name)
	}' "$manifest" >"$out.list" || exit 1

while read -r kind name location _; do
	[ "$kind" != file ] || [ -r "$location" ] ||
		die "$manifest: $name: cannot read $location"
done <"$out.list"

mkdir -p "$parts"
rm -f "$parts"/*.list
awk -v parts="$parts" 'BEGIN { n = 1 } $1 == "archive" { n++; next } { print >(parts "/" n ".list") }' \
	"$out.list"
zstd_version=$(zstd --version)
: >"$out.tmp"
for list in "$parts"/*.list; do
	"$generator" -t 0 "$list" >"$list.cpio"
	how="--single-thread -19"
	[ "$(stat -c %s "$list.cpio")" -le 33554432 ] || how="--threads=0 -6"
	part=$parts/$({ echo "$zstd_version $how"; cat "$list.cpio"; } | sha256sum | cut -d' ' -f1).zst
	if [ ! -f "$part" ]; then
		# shellcheck disable=SC2086 # words
		zstd --quiet --force $how -o "$list.tmp" "$list.cpio"
		mv "$list.tmp" "$part"
	fi
	cat "$part" >>"$out.tmp"
	touch "$part"
done
# Parts that were not used just now belong to an older image.
find "$parts" -name '*.zst' ! -newer "$out.list" -delete

# All files are read by one program each: three for every file take longer than what is compiled.
list_files()
{
	awk '$1 == "file" { print $3 }' "$out.list" >"$parts/files.list"
	xargs -r -d '\n' stat -L -c '%s %n' <"$parts/files.list" >"$parts/sizes.list"
	# -z: else a name with a backslash would be written in another way.
	xargs -r -d '\n' sha256sum -z <"$parts/files.list" | tr '\0' '\n' >"$parts/hashes.list"
	[ "$(wc -l <"$parts/hashes.list")" = "$(wc -l <"$parts/files.list")" ] || die "$manifest: not every file could be read"
	awk -v manifest="$manifest" '
		of == "size" { size[$2] = $1; next }
		of == "hash" { hash[$2] = $1; next }
		$1 == "file" { print "initramfs" $2, $4, size[$3], hash[$3]; next }
		$1 == "dir" { print "initramfs" $2, $3, "- dir"; next }
		$1 == "slink" { print "initramfs" $2, $4, "- ->", $3; next }
		$1 == "nod" { print "initramfs" $2, $3, "- device", $7 ":" $8; next }
		$1 != "archive" { print manifest ": " $1 " is not written to files.txt yet" | "cat >&2"; exit 1 }
	' of=size "$parts/sizes.list" of=hash "$parts/hashes.list" of=entry "$out.list"
}
if [ -n "$files" ]; then
	list_files >"$files.tmp"
	sort -o "$files.tmp" "$files.tmp"
	mv "$files.tmp" "$files"
fi
mv "$out.tmp" "$out"
