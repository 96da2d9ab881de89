#!/bin/sh
# SPDX-License-Identifier: MIT
# lock-sources.sh LOCK NEW: writes NEW, which is LOCK (sources.lock) with every Debian source pinned to the
# newest version of its suite. Apt checks the archive's signature; npm lines stay, since their versions
# never change (edit them by hand).
# Environment: as of private_apt in lib.sh.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
lock=$1
new=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp" "$new.tmp"' EXIT
trap 'exit 130' INT TERM

step LOCK "${lock##*/} (the newest of each suite)"
# NVIDIA's driver is free, but of no use without what is not.
export COMPONENTS="main contrib"
private_apt "$tmp"

# What the suite has now: "version path sha256 size" for a binary package's .deb, or for each file
# of a source package.
awk '!/^#/ && $4 ~ /\.deb$/ { print $1 }' "$lock" >"$tmp/binaries"
# shellcheck disable=SC2046 # a list of names
apt-cache show --no-all-versions $(cat "$tmp/binaries") 2>/dev/null >"$tmp/show" || : # of none, too
binary_line() # PACKAGE
{
	awk -v RS= -F'\n' -v name="$1" '{
		for (i = 1; i <= NF; i++) { split($i, word, " "); f[word[1]] = word[2] }
		if (f["Package:"] == name) print f["Version:"], f["Filename:"], f["SHA256:"], f["Size:"]
	}' "$tmp/show"
}

newest_source() # PACKAGE
{
	source_files "$1" >"$tmp/all"
	newest=
	while read -r version _; do
		[ -n "$newest" ] && dpkg --compare-versions "$version" le "$newest" || newest=$version
	done <"$tmp/all"
	awk -v newest="$newest" '$1 == newest' "$tmp/all"
}

kind() # PATH: what stays when the version changes
{
	case $1 in
	*.deb) echo deb ;;
	*.orig.tar.*) echo orig ;;
	*.debian.tar.*) echo debian ;;
	esac
}

while read -r name version suite file sha size integrity; do
	case $name in
	'#'*) echo "$name $version $suite $file $sha $size $integrity" | sed 's/ *$//'; continue ;;
	esac
	if [ "$suite" = npm ]; then
		echo "$name $version $suite $file $sha $size $integrity"
		continue
	fi
	case $file in
	*.deb) binary_line "$name" ;;
	*) newest_source "$name" ;;
	esac >"$tmp/now"
	while read -r new_version new_file new_sha new_size; do
		case $new_file in *.asc | *.dsc) continue ;; esac
		[ "$(kind "$new_file")" = "$(kind "$file")" ] || continue
		echo "$name $new_version $suite $new_file $new_sha $new_size"
	done <"$tmp/now" >"$tmp/lines"
	[ "$(wc -l <"$tmp/lines")" -eq 1 ] ||
		die "$name: $suite does not have exactly one file for ${file##*/}; edit $lock by hand"
	cat "$tmp/lines"
done <"$lock" >"$new.tmp"
mv "$new.tmp" "$new"
