#!/bin/sh
# SPDX-License-Identifier: MIT
# relock.sh [LOCK]: pins every Debian source of sources.lock to the newest version of its suite, and
# prints what changed. Apt checks the archive's signature; npm lines stay, since their versions never
# change (edit them by hand). A new kernel or library changes measurements: read the diff.
# Environment: MIRROR (default: the machine's own).
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
find_paths
lock=${1:-$RAMPART_TOP/scripts/sources.lock}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp" "$lock.tmp"' EXIT
trap 'exit 130' INT TERM
private_apt "$tmp" deb deb-src

# What the suite has now: "version path sha256 size" for a binary package's .deb, or for the two
# tarballs of a source package.
binary_line() # PACKAGE
{
	apt-cache show --no-all-versions "$1" 2>/dev/null |
		awk '{ f[$1] = $2 } END { if (f["Filename:"]) print f["Version:"], f["Filename:"], f["SHA256:"], f["Size:"] }'
}

source_lines() # PACKAGE
{
	# Paragraph by paragraph: the folder is named after the files.
	apt-cache showsrc --only-source "$1" 2>/dev/null | awk -v RS= -F'\n' '{
		sums = n = 0
		for (i = 1; i <= NF; i++) {
			split($i, word, " ")
			if ($i ~ /^[A-Z]/) sums = word[1] == "Checksums-Sha256:"
			if (word[1] == "Version:") version = word[2]
			if (word[1] == "Directory:") dir = word[2]
			if (sums && $i ~ /^ /) file[++n] = word[3] " " word[1] " " word[2]
		}
		for (i = 1; i <= n; i++) print version, dir "/" file[i]
	}' >"$tmp/all"
	newest=$(cut -d' ' -f1 "$tmp/all" | sort -uV | tail -n 1)
	grep -F "$newest " "$tmp/all"
}

kind() # PATH: what stays when the version changes
{
	case $1 in
	*.deb) echo deb ;;
	*.orig.tar.*) echo orig ;;
	*.debian.tar.*) echo debian ;;
	esac
}

step RELOCK "$lock"
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
	*) source_lines "$name" ;;
	esac >"$tmp/now"
	while read -r new_version new_file new_sha new_size; do
		case $new_file in *.asc | *.dsc) continue ;; esac
		[ "$(kind "$new_file")" = "$(kind "$file")" ] || continue
		echo "$name $new_version $suite $new_file $new_sha $new_size"
	done <"$tmp/now" >"$tmp/lines"
	[ "$(wc -l <"$tmp/lines")" -eq 1 ] ||
		die "$name: $suite does not have exactly one file for ${file##*/}; edit $lock by hand"
	cat "$tmp/lines"
done <"$lock" >"$lock.tmp"
diff "$lock" "$lock.tmp" | grep '^[<>]' || step SAME "every source is the newest of its suite"
mv "$lock.tmp" "$lock"
