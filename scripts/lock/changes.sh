#!/bin/sh
# SPDX-License-Identifier: MIT
# changes.sh OLD NEW: says what moves between two locks of one kind, a line for each package or source; then
# the CVE names that the Debian changelogs of what became newer have above the old version, a line for each
# source. A changelog is read from the files that NEW names, which are fetched into the cache.
# Environment: as of fetch.sh.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
[ $# -eq 2 ] || die "usage: changes.sh OLD NEW"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

newer() # VERSION THAN
{
	dpkg --compare-versions "$1" gt "$2"
}

# "name old new" of everything that is not the same; "-" stands for none.
list_moves() # OLD NEW
{
	awk '
		/^#/ || NF < 5 { next }
		{ sha = length($3) == 64 ? $3 : $5 }
		FILENAME == ARGV[1] { old[$1] = $2; old_sha[$1] = old_sha[$1] sha; next }
		{ new[$1] = $2; new_sha[$1] = new_sha[$1] sha }
		END {
			for (name in old)
				if (!(name in new)) print name, old[name], "-"
				else if (old[name] != new[name] || old_sha[name] != new_sha[name])
					print name, old[name], new[name]
			for (name in new)
				if (!(name in old)) print name, "-", new[name]
		}' "$1" "$2" | LC_ALL=C sort
}

say_moves()
{
	while read -r name old new; do
		case $old:$new in
		-:*) step ADDED "$name $new" ;;
		*:-) step DROPPED "$name $old" ;;
		"$new:$old") step MOVED "$name $old -> the same version with other bytes" ;;
		*)
			newer "$new" "$old" && older= || older=" (older)"
			step MOVED "$name $old -> $new$older"
			;;
		esac
	done
}

# The Debian changelog in a file of the cache, if it has one: a .deb, or the packaging of a source.
changelog() # SHA256 PATH
{
	file=$RAMPART_CACHE/files/$1
	case $2 in
	*.deb) dpkg-deb --fsys-tarfile "$file" | tar -xO --wildcards './usr/share/doc/*/changelog.Debian.gz' | gzip -dc ;;
	*.debian.tar.*) tar -xOf "$file" debian/changelog ;;
	esac 2>/dev/null
}

# fixes OLD <changelog: "source version: NAMES"; fails if the changelog does not go back to OLD, which may be a
# package's version: with an epoch of its own, and +b1 for a rebuild.
fixes()
{
	awk -v old="${1%+b[0-9]*}" -v plain="$(echo "${1%+b[0-9]*}" | sed 's/^[0-9]*://')" '
		/^[a-z0-9][a-z0-9.+-]* \([^ ()]+\)/ {
			version = substr($2, 2, length($2) - 2)
			if (version == old || version == plain) { found = 1; exit }
			if (!head) head = $1 " " version ":"
		}
		{
			while (match($0, /CVE-[0-9][0-9][0-9][0-9]-[0-9][0-9][0-9][0-9]+/)) {
				print substr($0, RSTART, RLENGTH)
				$0 = substr($0, RSTART + RLENGTH)
			}
		}
		END {
			if (head) print head >"/dev/stderr"
			exit !(found && head)
		}' 2>"$tmp/head" >"$tmp/names" || return 1
	names=$(sort -u -V "$tmp/names" | tr '\n' ' ')
	[ -n "$names" ] || names="no CVE is named"
	echo "$(cat "$tmp/head") ${names% }"
}

say_fixes() # NEW_LOCK <moves
{
	while read -r name old new; do
		[ "$old" != - ] && [ "$new" != - ] && newer "$new" "$old" || continue
		awk -v name="$name" '$1 == name { print length($3) == 64 ? $3 " " $5 : $5 " " $4; print >"/dev/stderr" }' "$1" \
			2>"$tmp/lock" >"$tmp/files"
		"$RAMPART_TOP/scripts/toolbox/fetch.sh" "$tmp/lock" >/dev/null 2>&1 || :
		while read -r sha path; do changelog "$sha" "$path" || :; done <"$tmp/files" | fixes "$old" || echo "$name $new: not told"
	done | LC_ALL=C sort -u | while read -r line; do step FIXES "$line"; done
}

list_moves "$1" "$2" >"$tmp/moves"
say_moves <"$tmp/moves"
say_fixes "$2" <"$tmp/moves"
