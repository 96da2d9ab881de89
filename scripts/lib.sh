# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the scripts that run on the host. Source it after `set -eu`; it only defines.
# Sets: RAMPART_TOP (the source tree), RAMPART_CACHE (default ~/.cache/rampart).

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# One plain line a step; the step's own output follows only where it helps.
step()
{
	printf '  %-8s%s\n' "$1" "$2"
}

# with_progress STEP WHAT LOG COMMAND...: a step that takes long. COMMAND's words go to LOG; the time and its
# last words are shown meanwhile, on a terminal in one place, elsewhere a line a minute. Then how long it took,
# if that was ten seconds or more. With V=1 the words are simply shown.
with_progress()
{
	step "$1" "$2"
	progress="$1 $2"
	progress_log=$3
	shift 3
	if [ -n "${V:-}" ]; then
		"$@" </dev/null
		return
	fi
	: >"$progress_log"
	started=$(date +%s)
	show_progress 9>&- &
	watcher=$!
	status=0
	"$@" >"$progress_log" 2>&1 </dev/null || status=$?
	kill "$watcher"
	[ ! -t 2 ] || printf '\r\033[K' >&2
	seconds=$(($(date +%s) - started))
	[ $seconds -lt 10 ] || step "" "$progress: $((seconds / 60)):$(printf %02d $((seconds % 60))) minutes"
	return $status
}

show_progress()
{
	seconds=0
	while sleep 1 && kill -0 $$ 2>/dev/null; do
		seconds=$((seconds + 1))
		words=$(tail -n 1 "$progress_log" 2>/dev/null | tr -cd '[:print:]')
		if [ -t 2 ]; then
			printf '\r\033[K  %ds %s: %.60s' $seconds "$progress" "$words" >&2
		elif [ $((seconds % 60)) -eq 0 ]; then
			printf '  %-8s%s, for %d minutes: %.60s\n' "" "$progress" $((seconds / 60)) "$words" >&2
		fi
	done
}

find_paths()
{
	PATH=$PATH:/usr/sbin:/sbin # where chroot is, and an ordinary user does not look
	RAMPART_TOP=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
	RAMPART_CACHE=${RAMPART_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/rampart}
	case $RAMPART_CACHE in
	/*) ;;
	*) die "RAMPART_CACHE=$RAMPART_CACHE: not an absolute path; give one that starts with /" ;;
	esac
}

make_dir()
{
	mkdir -p "$1" 2>/dev/null || die "$1: cannot make this folder; set RAMPART_CACHE= to a place you may write"
}

# need_space DIR MEBIBYTES: refuses before a download or an unpacking starts, not in its middle.
need_space()
{
	free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$free" -ge "$2" ] ||
		die "$1: no disk space: $2 MiB needed, $free MiB free; make room or set RAMPART_CACHE= to another disk"
}

# Prints the command prefix that gives root's view of a private mount namespace: nothing for root, a
# user namespace with the caller's subordinate ids for everybody else.
root_prefix()
{
	[ "$(id -u)" -ne 0 ] || return 0
	if unshare --user --map-root-user --map-auto true 2>/dev/null; then
		echo "unshare --user --map-root-user --map-auto"
		return 0
	fi
	user=$(id -un 2>/dev/null) || user=$(id -u)
	for file in /etc/subuid /etc/subgid; do
		grep -Eqs "^($user|$(id -u)):" $file || die "not root, and $user has no line in $file, so no user" \
			"namespace can be made; as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $user"
	done
	command -v newuidmap >/dev/null 2>&1 ||
		die "not root, and newuidmap is missing, so no user namespace can be made; as root: apt-get install uidmap"
	die "not root, and no user namespace can be made here; run as root, or set the sysctl" \
		"user.max_user_namespaces above 0 (in a container: allow them)"
}

# need_host COMMAND PACKAGE: installs a missing command when root, else prints how to.
need_host()
{
	! command -v "$1" >/dev/null 2>&1 || return 0
	[ "$(id -u)" -eq 0 ] || die "$1 is missing on this machine; run: sudo apt-get install $2"
	step INSTALL "$2"
	{ apt-get -qq update && apt-get -qq -y --no-install-recommends install "$2"; } >/dev/null </dev/null ||
		die "$1 is missing and 'apt-get install $2' failed; install it by hand"
}

# The Debian mirror: MIRROR=, else the first that this machine's own apt uses for Debian proper. Apt
# is asked what an update would read, which needs no lists, network or root. MIRROR is the address of
# anything that has pool/ and, for locking, dists/: an archive of old states too, or a folder on this
# machine (/path, file:/path or copy:/path).
find_mirror()
{
	mirror=${MIRROR:-}
	[ -n "$mirror" ] || mirror=$(apt-get --print-uris update 2>/dev/null |
		sed -n "s|^'\(.*\)/dists/.*InRelease' .*|\1|p" | grep -E '/debian(\.list)?$' | head -n 1) || :
	case $mirror in
	'') die "no Debian mirror in this machine's apt configuration; give one: make ... MIRROR=URL" ;;
	/*) mirror=file://$mirror ;;
	esac
	echo "${mirror%/}"
}

# box_path NAME: where the root of scripts/NAME.lock is; another lock or recipe means another root.
box_path()
{
	key=$(cd "$RAMPART_TOP/scripts" && sha256sum "$1.lock" toolbox/toolbox.sh toolbox/repo.sh | sha256sum | cut -c1-16)
	echo "$RAMPART_CACHE/toolbox/$1-$key"
}

# private_apt DIR: an apt state below DIR for SUITE (default: trixie), COMPONENTS (default: main), binary packages and
# sources, with the lists read and their signature checked. Sets APT_CONFIG; the machine's own state is not touched.
# Scripts that are called from here on use the same one. Environment: MIRROR; KEYRING, whose keys may have
# signed the lists (default: Debian's); EXPIRED=1, which takes lists that are no longer valid.
private_apt()
{
	[ -z "${RAMPART_APT:-}" ] || return 0
	keyring=${KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
	[ -r "$keyring" ] || die "$keyring is missing; run: apt-get install debian-archive-keyring"
	apt_mirror=$(find_mirror)
	mkdir -p "$1/none" "$1/lists/partial" "$1/cache/archives/partial"
	: >"$1/status"
	for type in deb deb-src; do
		echo "$type [signed-by=$keyring] $apt_mirror ${SUITE:-trixie} ${COMPONENTS:-main}"
	done >"$1/sources.list"
	cat >"$1/apt.conf" <<EOF
Dir::State "$1";
Dir::State::status "$1/status";
Dir::Cache "$1/cache";
Dir::Etc::sourcelist "$1/sources.list";
Dir::Etc::sourceparts "$1/none";
Dir::Etc::preferencesparts "$1/none";
APT::Sandbox::User "root";
APT::Architecture "amd64";
APT::Architectures "amd64";
APT::Install-Recommends "0";
Acquire::Languages "none";
Acquire::Check-Valid-Until "$([ "${EXPIRED:-}" = 1 ] && echo false || echo true)";
EOF
	RAMPART_APT=$1
	APT_CONFIG=$1/apt.conf
	export RAMPART_APT APT_CONFIG
	apt-get -qq update 2>"$1/errors" || {
		cat "$1/errors" >&2
		! grep -q 'is expired' "$1/errors" ||
			die "$apt_mirror: its lists are no longer valid, so it may hide newer ones;" \
				"for an archive of that time say EXPIRED=1"
		die "$apt_mirror: does not answer, or its signature is wrong; say another: MIRROR=URL"
	}
}

# source_files NAME: the files of a source package, in every version that the mirror has: a line
# "version path sha256 size" for each. After private_apt.
source_files()
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
	}'
}
