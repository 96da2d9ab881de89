#!/bin/sh
# SPDX-License-Identifier: MIT
# changes.sh OLD NEW: says what moves between two locks of one kind: a line for each package or source,
# then one for each Debian source behind them with the CVE names in its changelog, whose entries are read
# from the newest down to the first that is not newer than the old version. The changelog is taken from
# the source package, or from a .deb that was built from it; both are fetched into the cache, by the hash in
# the mirror's lists.
# Environment: as of fetch.sh, and of private_apt in lib.sh, which the caller has run.
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
[ $# -eq 2 ] || die "usage: changes.sh OLD NEW"
helper=/usr/lib/apt/apt-helper
unpacked_max=268435456 # bytes of a source package's file that are looked through
debs_max=4             # .debs that are tried; some have a link in the changelog's place
changelog_max=16777216 # bytes of a changelog that are read; the kernel's has 2 million
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
private_apt "$tmp/apt"

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

# "name source version" of binary packages, as the mirror has them.
list_behind() # NAME...
{
	[ $# -ne 0 ] || return 0
	apt-cache show --no-all-versions "$@" | awk -v RS= -F'\n' '{
		source = ""
		for (i = 1; i <= NF; i++) {
			split($i, word, " ")
			if (word[1] == "Package:") name = word[2]
			if (word[1] == "Version:") version = word[2]
			if (word[1] == "Source:") { source = word[2]; of = word[3] }
		}
		if (source == "") { source = name; of = "" }
		if (of == "") of = version
		gsub(/[()]/, "", of)
		print name, source, of
	}'
}

# The version of the source that OLD was built from, judged by NEW's: they differ in "+b1" for a mere
# rebuild, or the package's has something in front. Nothing: they count in different ways.
old_source() # OLD NEW NEW_SOURCE
{
	new=$(echo "$2" | sed 's/+b[0-9]*$//')
	old=$(echo "$1" | sed 's/+b[0-9]*$//')
	front=${new%"$3"}
	[ "$front" != "$new" ] || return 0
	case $old in
	"$front"*) echo "${old#"$front"}" ;;
	esac
}

# "source old new" for the sources whose changelogs say what happened, each once; old may be "?".
list_sources() # NEW_LOCK <moves
{
	while read -r name old new; do
		[ "$old" != - ] && [ "$new" != - ] && newer "$new" "$old" || continue
		grep -q "^$name .*\.deb\( \|$\)" "$1" && kind=package || kind=source
		echo "$kind $name $old $new"
	done >"$tmp/newer"
	sed -n 's/^source //p' "$tmp/newer"
	# shellcheck disable=SC2046 # a list of names
	list_behind $(awk '$1 == "package" { print $2 }' "$tmp/newer") >"$tmp/behind"
	while read -r name source source_new; do
		awk -v name="$name" '$1 == "package" && $2 == name { print $3, $4; exit }' "$tmp/newer" >"$tmp/pair"
		read -r old new <"$tmp/pair"
		source_old=$(old_source "$old" "$new" "$source_new")
		[ "$source_old" = "$source_new" ] || echo "$source ${source_old:-?} $source_new"
	done <"$tmp/behind"
}

# The file of a source package that has debian/changelog in it, as a line of a lock.
changelog_file() # SOURCE VERSION
{
	source_files "$1" | awk -v name="$1" -v version="$2" '
		$1 != version { next }
		$2 ~ /\.debian\.tar\.[a-z0-9]+$/ || $2 ~ /\.diff\.gz$/ { with = $0 }
		$2 ~ /\.tar\.[a-z0-9]+$/ && $2 !~ /\.(orig|orig-[^\/]*|debian)\.tar\.[a-z0-9]+$/ { native = $0 }
		END {
			split(with != "" ? with : native, f, " ")
			if (f[2] != "") print name, version, f[3], f[4], f[2]
		}'
}

# The same for a few .debs built from it, those that are in the cache before others.
changelog_debs() # SOURCE VERSION
{
	names=$(apt-cache showsrc --only-source "$1" 2>/dev/null | sed -n 's/^Binary: //p' | tr -d ',' | tr ' ' '\n' | sort -u)
	# shellcheck disable=SC2086 # a list of names
	apt-cache show --no-all-versions $names 2>/dev/null | awk -v RS= -F'\n' -v name="$1" -v version="$2" '{
		for (i = 1; i <= NF; i++) { split($i, word, " "); f[word[1]] = word[2] }
		if (f["Filename:"] != "") print name, version, f["SHA256:"], f["Size:"], f["Filename:"]
		split("", f)
	}' | sort -k 4n | while read -r name version sha rest; do
		[ -f "$RAMPART_CACHE/files/$sha" ] && first=0 || first=1
		echo "$first $name $version $sha $rest"
	done | sort -s -k 1n | cut -d' ' -f2- | head -n $debs_max
}

# The changelog in such a file. apt-helper goes by the name's end, whatever the compression is.
changelog() # SHA256 PATH
{
	file=$RAMPART_CACHE/files/$1
	echo "$1  $file" | sha256sum --check --status || die "$file (${2##*/}): damaged in the cache; run: make fetch"
	ln -sf "$file" "$tmp/${2##*/}"
	case $2 in
	*.deb) deb_changelog "$file" ;;
	*) "$helper" cat-file "$tmp/${2##*/}" 2>/dev/null | head -c $unpacked_max | case $2 in
		*.diff.gz) sed -n '/^+++ .*\/debian\/changelog/,/^--- /s/^+//p' ;;
		*.debian.tar.*) tar -xOf - debian/changelog 2>/dev/null ;;
		*) tar -xOf - --wildcards --no-wildcards-match-slash '*/debian/changelog' 2>/dev/null ;;
		esac ;;
	esac | head -c $changelog_max
}

deb_changelog() # FILE
{
	for name in changelog.Debian.gz changelog.gz; do # a native package has the second only
		dpkg-deb --fsys-tarfile "$1" 2>/dev/null | head -c $unpacked_max |
			tar -xOf - --occurrence=1 --wildcards "./usr/share/doc/*/$name" 2>/dev/null |
			gzip -dc 2>/dev/null >"$tmp/text" || :
		[ ! -s "$tmp/text" ] || break
	done
	cat "$tmp/text"
}

# "version CVE..." for each entry, the newest first.
entries()
{
	LC_ALL=C awk '
		/^[a-z0-9][a-z0-9.+-]* \([^ ()]+\)/ {
			if (version != "") print version names
			version = $2; gsub(/[()]/, "", version); names = ""
		}
		{
			line = $0
			while (match(line, /CVE-[0-9][0-9][0-9][0-9]-[0-9][0-9][0-9][0-9]+/)) {
				names = names " " substr(line, RSTART, RLENGTH)
				line = substr(line, RSTART + RLENGTH)
			}
		}
		END { if (version != "") print version names }'
}

# The CVE names of the entries newer than OLD, sorted, in one line.
fixes() # OLD <entries
{
	while read -r version names; do
		newer "$version" "$1" || break
		echo "$names"
	done | tr ' ' '\n' | grep . | sort -u -V | tr '\n' ' ' | sed 's/ $//'
}

# The entries of SOURCE, from the first of the files that lead with VERSION's.
find_entries() # SOURCE VERSION FILES
{
	while read -r _ _ sha size path; do
		[ -f "$RAMPART_CACHE/files/$sha" ] || {
			echo "$1 $2 $sha $size $path" >"$tmp/changelog"
			"$RAMPART_TOP/scripts/toolbox/fetch.sh" "$tmp/changelog" >/dev/null 2>&1 || continue
		}
		changelog "$sha" "$path" | entries >"$tmp/entries"
		! head -n 1 "$tmp/entries" | grep -qF "$2" || return 0
	done <"$3"
	return 1
}

say_fixes() # <sources
{
	while read -r source old new; do
		if [ "$old" = '?' ]; then
			step FIXES "$source $new: not told, its packages count their versions in another way"
			continue
		fi
		grep "^$source " "$tmp/changelogs" >"$tmp/files" || :
		find_entries "$source" "$new" "$tmp/files" || {
			changelog_debs "$source" "$new" >"$tmp/files"
			find_entries "$source" "$new" "$tmp/files" || {
				step FIXES "$source $new: not told, the mirror has no changelog of it"
				continue
			}
		}
		names=$(fixes "$old" <"$tmp/entries")
		step FIXES "$source $new: ${names:-no CVE is named}"
	done
}

list_moves "$1" "$2" >"$tmp/moves"
say_moves <"$tmp/moves"
list_sources "$2" <"$tmp/moves" | LC_ALL=C sort -u | awk '!seen[$1]++' >"$tmp/sources"
while read -r source old new; do
	[ "$old" = '?' ] || changelog_file "$source" "$new"
done <"$tmp/sources" >"$tmp/changelogs"
# All at once; of what the mirror does not have, a .deb may tell.
"$RAMPART_TOP/scripts/toolbox/fetch.sh" --have "$tmp/changelogs" 2>/dev/null || :
say_fixes <"$tmp/sources"
