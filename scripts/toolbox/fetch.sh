#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch.sh [--have | --here] LOCK [PIN...]: brings every file that LOCK names into the cache, as
# $RAMPART_CACHE/files/<sha256>. LOCK is toolbox.lock's or sources.lock's kind; with PIN files
# (initramfs/packages/NAME/pin) only the sources that these name. Files that are there are hashed
# again, except with --have, which only looks whether they exist (every user hashes before use). --here fetches
# nothing: exit code 1 if any is not there.
# Nothing else downloads what a build reads (scripts/lock/ reads the mirror's lists, to write locks). It asks no
# signature: the sha256 decides.
# Environment: MIRROR, NPM_REGISTRY, RAMPART_CACHE, APT_HELPER (another downloader of its kind).
set -eu
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../lib.sh"
find_paths
have=
here=
case $1 in
--have) have=1 && shift ;;
--here) have=1 here=1 && shift ;;
esac
lock=$1
shift
helper=${APT_HELPER:-/usr/lib/apt/apt-helper}

files=$RAMPART_CACHE/files
make_dir "$files"
tmp=$(mktemp -d "$files/.new-XXXXXX" 2>/dev/null) ||
	die "$files: cannot write here; set RAMPART_CACHE= to a place you may write"
# After an interruption, whole files are kept; partial ones never are.
trap 'take_all; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
: >"$tmp/missing"

is_file() # FILE SHA256
{
	echo "$2  $1" | sha256sum --check --status 2>/dev/null
}

take_all()
{
	while read -r _ _ sha _; do
		if [ -f "$tmp/$sha" ] && is_file "$tmp/$sha" "$sha"; then
			chmod 644 "$tmp/$sha"
			mv "$tmp/$sha" "$files/$sha"
		fi
	done <"$tmp/missing"
}

# want: name version sha256 size path integrity, from either kind of lock.
list_wanted()
{
	sed -n 's/^source  *//p' "$@" /dev/null | sort -u >"$tmp/names"
	awk -v pins=$# -v names="$tmp/names" '
		BEGIN { while ((getline n <names) > 0) need[n] = 1 }
		/^#/ || NF < 5 || (pins && !($1 in need)) { next }
		$3 ~ /^[0-9a-f]+$/ && length($3) == 64 { print $1, $2, $3, $4, $5, "-"; next }
		{ print $1, $2, $5, $6, ($3 == "npm" ? "npm:" $4 : $4), (NF > 6 ? $7 : "-") }
	' "$lock" >"$tmp/want"
	awk '{ print $1 }' "$tmp/want" | sort -u | comm -13 - "$tmp/names" >"$tmp/unknown"
	[ ! -s "$tmp/unknown" ] || die "$lock: has no source $(tr '\n' ' ' <"$tmp/unknown")"
}

find_missing()
{
	while read -r name version sha rest; do
		if [ -f "$files/$sha" ]; then
			[ -z "$have" ] || continue
			! is_file "$files/$sha" "$sha" || continue
			echo "${0##*/}: $files/$sha ($name): damaged in the cache; removed, fetching it again" >&2
			rm -f "$files/$sha"
		fi
		echo "$name $version $sha $rest"
	done <"$tmp/want" >"$tmp/missing"
}

# apt's own downloader: it is on every Debian machine, and knows the machine's proxy.
fetch_pool()
{
	mirror=$(find_mirror)
	escape='s/+/%2b/g; s/~/%7e/g'
	case $mirror in
	file:* | copy:*) # `file:` would leave the bytes where they are
		mirror=copy:${mirror#*:}
		escape=
		;;
	esac
	set --
	while read -r _ _ sha _ path _; do
		case $path in npm:*) continue ;; esac
		set -- "$@" "$mirror/$(echo "$path" | sed "$escape")" "$tmp/$sha"
	done <"$tmp/missing"
	[ $# -ne 0 ] || return 0
	out=/dev/null
	[ ! -t 2 ] || out=/dev/stderr
	"$helper" -o APT::Sandbox::User=root download-file "$@" >$out 2>"$tmp/errors" || :
}

# The registry's ordinary client; where the machine has none, Debian's, in a root of its own.
# TLS is not checked: a bare root has no list of authorities, and the hashes are pinned.
fetch_npm()
{
	while read -r name version sha _ path _; do
		case $path in npm:*) ;; *) continue ;; esac
		mkdir -p "$tmp/npm"
		set -- npm pack --loglevel=error --ignore-scripts --strict-ssl=false --cache=/tmp/rampart-npm.$$ \
			${NPM_REGISTRY:+"--registry=$NPM_REGISTRY"} "$name@$version"
		if command -v npm >/dev/null 2>&1; then
			(cd "$tmp/npm" && "$@") >/dev/null 2>>"$tmp/errors" || :
			rm -rf "/tmp/rampart-npm.$$"
		else
			"$RAMPART_TOP/scripts/toolbox/toolbox.sh" npm
			ENTER_BOX=npm ENTER_CWD="/cache${tmp#"$RAMPART_CACHE"}/npm" "$RAMPART_TOP/scripts/toolbox/enter.sh" --net "$@" \
				>/dev/null 2>>"$tmp/errors" || :
		fi
		[ ! -f "$tmp/npm/${path#npm:}" ] || mv "$tmp/npm/${path#npm:}" "$tmp/$sha"
	done <"$tmp/missing"
}

# One line for the first file that did not arrive, and how to go on.
judge()
{
	while read -r name version sha _ path integrity; do
		way="put the file itself at $files/$sha, or pin what is there now: make relock LOCK=$(basename "$lock" .lock)"
		if [ ! -f "$tmp/$sha" ]; then
			! grep -qiE 'no space left|disk quota|write error' "$tmp/errors" ||
				die "$files: no disk space left while writing $name; make room or set RAMPART_CACHE="
			case $path in
			npm:*) die "$name $version: npm did not bring ${path#npm:}: $(grep -vm 1 '^npm warn' "$tmp/errors");" \
				"try again, say another registry: NPM_REGISTRY=URL, or $way" ;;
			esac
			! grep -qE '404|not found|No such file' "$tmp/errors" ||
				die "$name $version: the mirror no longer has $path; say another: MIRROR=URL, $way"
			die "$name $version: cannot download $path: $(sed -n 's/^E: //p' "$tmp/errors" | head -n 1); try again, say another: MIRROR=URL, or $way"
		fi
		got=$(sha256sum <"$tmp/$sha" | cut -d' ' -f1)
		[ "$got" = "$sha" ] ||
			die "$name $version: ${path#npm:} has sha256 $got, pinned is $sha; removed; say another: MIRROR=URL, or $way"
		[ "$integrity" = - ] || [ "$integrity" = "sha512-$(sha512_base64 "$tmp/$sha")" ] ||
			die "$name $version: ${path#npm:} does not have the pinned sha512 $integrity; removed"
	done <"$tmp/missing"
}

sha512_base64()
{
	sha512sum <"$1" | cut -d' ' -f1 | tr a-f A-F | basenc --base16 -d | base64 -w0
}

list_wanted "$@"
find_missing
[ -s "$tmp/missing" ] || exit 0
[ -z "$here" ] || exit 1
count=$(wc -l <"$tmp/missing")
mib=$(awk '{ s += $4 } END { print int(s / 1048576) + 1 }' "$tmp/missing")
step FETCH "$count files, $mib MiB (${lock##*/})"
need_space "$files" $((mib + 16))
: >"$tmp/errors"
fetch_pool
fetch_npm
judge
