#!/bin/sh
# SPDX-License-Identifier: MIT
# relock.sh and moves.sh in a small tree, against a mirror that is a folder: what is said to move and to be fixed,
# what is written, and when nothing is.
set -eu
. tests/cli/tap.sh
top=$PWD
work=$(mktemp -d)
trap 'gpgconf --homedir "$work/gnupg" --kill all 2>/dev/null || :; rm -rf "$work"' EXIT
. tests/cli/relock/mirror.sh
tree=$work/tree
mkdir -p "$tree/scripts/toolbox"
cp -r scripts/lib.sh scripts/lock "$tree/scripts/"
cp scripts/toolbox/fetch.sh "$tree/scripts/toolbox/"
printf 'libtls3\ntool\ndefaults\novmf\n' >"$tree/scripts/toolbox.list"

# The first state, and one that is later.
entry base 1.0 "First." >"$work/base.log"
entry tls 3.0.1-1 "Fixes CVE-2029-9999." >"$work/tls1.log"
{ entry tls 3.0.1-2 "Fixes CVE-2030-10000 and CVE-2030-1234 (again CVE-2030-1234)."; cat "$work/tls1.log"; } >"$work/tls12.log"
{ entry tls 3.0.2-1 "New version" "Not a name: CVE-2030-12, XCVE-1." "CVE-2030-1111"; cat "$work/tls12.log"; } >"$work/tls2.log"
entry utils 2.0-1 "Nothing of note." >"$work/utils1.log"
{ entry utils 2.1-1 "Still nothing."; cat "$work/utils1.log"; } >"$work/utils2.log"
state1()
{
	begin
	deb base 1.0 'Essential: yes' ''
	deb libtls3 3.0.1-1+b2 'Source: tls (3.0.1-1)' ''
	deb tool 1:2.0-1 'Source: utils (2.0-1)' ''
	deb defaults 4:14-1 'Source: gcc-defaults (1.220)' ''
	deb leaving 1 'Essential: yes' ''
	deb ovmf 2024.1-1 'Source: edk2' ''
	source_package tls 3.0.1-1 libtls3 "$work/tls1.log"
	source_package utils 2.0-1 tool "$work/utils1.log"
	end
}
state2() # [LINE of Release]
{
	begin
	deb base 1.0 'Essential: yes' ''
	deb libtls3 3.0.2-1 "Source: tls
Depends: libnew" "$work/tls2.log"
	deb libnew 0.1 '' ''
	deb tool 1:2.1-1 'Source: utils (2.1-1)' "$work/utils2.log"
	deb defaults 4:15-1 'Source: gcc-defaults (1.221)' ''
	deb ovmf 2025.1-1 'Source: edk2' ''
	source_package tls 3.0.1-1 libtls3 "$work/tls1.log"
	source_package tls 3.0.2-1 libtls3 "$work/tls2.log"
	source_package utils 2.1-1 tool "$work/utils2.log"
	end "${1:-}"
}
sources() # the lock of state 1
{
	echo "# name version suite file sha256 size [integrity]"
	echo "npm-thing 1.0 npm npm-thing-1.0.tgz $(echo npm | sha256sum | cut -d' ' -f1) 4 sha512-x"
	for file in tls_3.0.1-1.debian.tar.xz tls_3.0.1.orig.tar.gz; do
		echo "tls 3.0.1-1 trixie $pool/$file $(sum "$mirror/$pool/$file") $(wc -c <"$mirror/$pool/$file")"
	done
}

empty_cache() # but for npm's file: npm is not asked here
{
	rm -rf "$RAMPART_CACHE"
	mkdir -p "$RAMPART_CACHE/files"
	echo npm >"$RAMPART_CACHE/files/$(echo npm | sha256sum | cut -d' ' -f1)"
}

# relock [NAME=VALUE...]: $code, its words in $work/words, those on standard error also in $work/errors.
relock()
{
	code=0
	env "$@" "$tree/scripts/lock/relock.sh" >"$work/words" 2>"$work/errors" || code=$?
	cat "$work/errors" >>"$work/words"
}
# says SENTENCE LINE: the last words have exactly this line.
says()
{
	if grep -qxF -- "$2" "$work/words"; then
		result 0 "$1"
	else
		result 1 "$1"
		sed "s/^/# exit $code: /" "$work/words"
	fi
}
# untouched SENTENCE: both locks are those of state 1, and nothing lies beside them.
untouched()
{
	is "$(cd "$tree/scripts" && cat toolbox.lock sources.lock | sha256sum; find "$tree/scripts" -name '*.new' -o -name '*.tmp')" \
		"$old" "$1"
}
fails() # SENTENCE WORDS
{
	case $code:$(tail -n 1 "$work/errors") in
	1:*"$2"*) result 0 "$1" ;;
	*)
		result 1 "$1"
		sed "s/^/# exit $code: /" "$work/words"
		;;
	esac
}

state1
empty_cache
"$tree/scripts/lock/lock.sh" "$tree/scripts/toolbox.list" "$tree/scripts/toolbox.lock" >"$work/words" 2>&1 ||
	sed 's/^/# /' "$work/words"
is "$(grep -v '^#' "$tree/scripts/toolbox.lock" | cut -d' ' -f1,2 | tr '\n' ' ')" \
	"base 1.0 defaults 4:14-1 leaving 1 libtls3 3.0.1-1+b2 ovmf 2024.1-1 tool 1:2.0-1 " "a list is locked against a folder"
sources >"$tree/scripts/sources.lock"
old=$(cd "$tree/scripts" && cat toolbox.lock sources.lock | sha256sum)

relock
is "$code:$(grep -c MOVED "$work/words")" 0:0 "nothing moves while the mirror is the same"
says "and that is said of the packages" "  SAME    toolbox.lock is what the mirror has"
says "and of the sources" "  SAME    sources.lock is what the mirror has"
untouched "and nothing is written"

state2
relock DRY=1
is "$code" 0 "DRY=1 reports"
says "a rebuilt package, old and new" "  MOVED   libtls3 3.0.1-1+b2 -> 3.0.2-1"
says "a package with an epoch" "  MOVED   tool 1:2.0-1 -> 1:2.1-1"
says "one that counts in its own way" "  MOVED   defaults 4:14-1 -> 4:15-1"
says "one that is new" "  ADDED   libnew 0.1"
says "one that is no longer needed" "  DROPPED leaving 1"
says "a source, once for its two files" "  MOVED   tls 3.0.1-1 -> 3.0.2-1"
is "$(grep -c '^  MOVED   tls ' "$work/words")" 1 "and only once"
fixed="  FIXES   tls 3.0.2-1: CVE-2030-1111 CVE-2030-1234 CVE-2030-10000"
says "the names of what was fixed in between, sorted, each once, and no others" "$fixed"
says "a changelog without a name" "  FIXES   utils 2.1-1: no CVE is named"
says "versions that count in another way are not guessed" "  FIXES   defaults 4:15-1: not told"
says "another firmware wants other references" \
	"  NOTE    the firmware or its machine moves: name it in scripts/vm/vm.sh, and run make platform"
says "and that nothing was written" "  DRY     nothing was written"
untouched "which is so"

# A source that the mirror lists and has not.
empty_cache
mv "$mirror/$pool/tls_3.0.2-1.debian.tar.xz" "$work/"
relock DRY=1
is "$code" 0 "a mirror without a source can be reported on"
says "its package has the changelog as well" "$fixed"
says "and what could not be read is said" "  FIXES   tls 3.0.2-1: not told"
relock
fails "but it cannot be locked to" "tls 3.0.2-1: the mirror no longer has $pool/tls_3.0.2-1.debian.tar.xz"
untouched "and the locks are the old ones"
mv "$work/tls_3.0.2-1.debian.tar.xz" "$mirror/$pool/"

empty_cache
echo forged >"$work/forged"
cp "$mirror/$pool/tool_2.1-1_amd64.deb" "$work/tool"
cp "$work/forged" "$mirror/$pool/tool_2.1-1_amd64.deb"
relock
fails "a package that is not what the lists say is refused" "tool 1:2.1-1: $pool/tool_2.1-1_amd64.deb has sha256 $(sum "$work/forged")"
untouched "and the locks are the old ones"
cp "$work/tool" "$mirror/$pool/tool_2.1-1_amd64.deb"

# Ctrl-C while the last file is fetched.
empty_cache
cat >"$work/helper" <<'END'
#!/bin/sh
case $* in *orig.tar*) echo "$$" >"$HELPER_READY"; exec sleep 60 ;; esac
exec /usr/lib/apt/apt-helper "$@"
END
chmod +x "$work/helper"
mkfifo "$work/ready"
HELPER_READY=$work/ready APT_HELPER=$work/helper setsid "$tree/scripts/lock/relock.sh" >"$work/words" 2>&1 &
pid=$!
timeout 60 cat "$work/ready" >"$work/pid"
kill -TERM "-$pid"
code=0
wait "$pid" || code=$?
is "$code" 130 "an interruption ends it"
untouched "and the locks are the old ones"

# Lists that cannot be believed.
state2 "Valid-Until: Tue, 03 Jan 2006 15:04:05 UTC"
relock
fails "lists that are no longer valid are refused, with the way" "$MIRROR: its lists are no longer valid, so it may hide newer ones; for an archive of that time say EXPIRED=1"
relock DRY=1 EXPIRED=1
is "$code" 0 "EXPIRED=1 takes them"
make_key other
state2
SIGNER=other end
relock
fails "a signature by another key is refused" "$MIRROR: does not answer, or its signature is wrong"
untouched "and the locks are the old ones"
relock MIRROR="file://$work/none"
fails "so is a mirror that is not there" "file://$work/none: does not answer, or its signature is wrong; say another: MIRROR=URL"
relock KEYRING="$work/none"
fails "and a missing keyring" "$work/none is missing"
state2

# Writing, with golden values of one image before it.
mkdir -p "$tree/build/small" "$tree/build/other" "$tree/build/bin"
ln -s "$top/build/bin/rampart" "$tree/build/bin/rampart"
golden() # DIGEST: golden values of one event
{
	zero=0000000000000000000000000000000000000000000000000000000000000000
	value=$(perl -e 'print pack("H*", join("", @ARGV))' $zero "$1" | sha256sum | cut -d' ' -f1)
	printf '{"schema": "rampart-golden/1", "image": {"name": "demo", "version": "1", "debug": false}, "platform": {"name": "here", "shape": {}}, "payloads": [], "pcrs": {"sha256": {'
	for pcr in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		[ $pcr = 11 ] && v=$value || v=$zero
		printf '"%s": {"value": "%s", "from": "image"}, ' $pcr "$v"
	done
	printf '"15": {"value": null, "from": "identity"}}}, "events": [{"pcr": 11, "type": "EV_IPL", "sha256": "%s", "what": ".initrd"}]}\n' "$1"
}
one=$(echo one | sha256sum | cut -d' ' -f1)
two=$(echo two | sha256sum | cut -d' ' -f1)
golden "$one" >"$tree/build/small/golden.json"
golden "$two" >"$work/golden.json"
cp "$tree/build/small/golden.json" "$tree/build/other/"
printf 'bin/a b 0755 5 %s\nbin/gone 0755 5 %s\nbin/same 0755 5 %s\n' "$one" "$one" "$one" >"$tree/build/small/files.txt"
cp "$tree/build/small/files.txt" "$tree/build/other/"
printf 'bin/a b 0755 5 %s\nbin/new 0755 5 %s\nbin/same 0755 5 %s\n' "$two" "$one" "$one" >"$work/files.txt"
printf '%s\n' small 1 '' gce 24 '/a model.gguf' >"$tree/build/small/asked"
echo 'measure/platforms/some-4096m-3c-volume.json' >"$tree/build/small/platform"
printf 'golden:\n\techo "$(IMAGE)|$(DEBUG)|$(VOLUME)|$(MACHINE)|$(UPDATES)|$(MODEL)|$(PLATFORM)|$(MEMORY)|$(CPUS)" >%s/asked\n\tcp %s/golden.json %s/files.txt build/small/\n' \
	"$work" "$work" "$work" >"$tree/Makefile"

relock MIRROR="$mirror" IMAGES=small
is "$code" 0 "it is locked to a folder that is named by its path"
is "$(grep -v '^#' "$tree/scripts/toolbox.lock" | cut -d' ' -f1,2 | tr '\n' ' ')" \
	"base 1.0 defaults 4:15-1 libnew 0.1 libtls3 3.0.2-1 ovmf 2025.1-1 tool 1:2.1-1 " "the packages are locked to what is there"
is "$(sed -n 's/^tls //p' "$tree/scripts/sources.lock" | cut -d' ' -f1,3 | tr '\n' ' ')" \
	"3.0.2-1 $pool/tls_3.0.2-1.debian.tar.xz 3.0.2-1 $pool/tls_3.0.2.orig.tar.gz " "the sources as well"
is "$(head -n 2 "$tree/scripts/sources.lock")" "$(sources | head -n 2)" "comments and npm's lines stay"
is "$(awk '!/^#/ { print length($3) == 64 ? $3 : $5 }' "$tree"/scripts/*.lock | while read -r sha; do
	echo "$sha  $RAMPART_CACHE/files/$sha"; done | sha256sum --check --quiet 2>&1)" "" "every file that they name is in the cache"
is "$(cd "$tree/build/relock" && find . -type f | sort | tr '\n' ' ')" "./small/files.txt ./small/golden.json " \
	"the golden values of the image that was asked for are kept"
cp "$work/golden.json" "$tree/build/small/" # a build that was interrupted after them
relock IMAGES=small
says "a second time nothing moves" "  SAME    toolbox.lock is what the mirror has"
same "$tree/build/other/golden.json" "$tree/build/relock/small/golden.json" "and the kept values are still those from before"

code=0
"$tree/scripts/lock/moves.sh" >"$work/words" 2>&1 || code=$?
is "$code:$(cat "$work/asked")" "0:small|1||gce|24|/a model.gguf|qemu|4096|3" "the image is built as it was asked for, for its machine"
says "the value that moved" "moved: PCR 11"
says "by which event" 'PCR 11: changed event EV_IPL ".initrd"'
is "$(grep '^bin' "$work/words" | tr '\n' ' ')" "bin/a b: changed bin/gone: gone bin/new: new " "and by which files"
is "$(grep -vE '^make|^echo|^cp|^  MOVES' "$work/words")" "$(cat "$tree/build/small/moves.txt")" "the words are kept"
code=0
"$tree/scripts/lock/moves.sh" >"$work/words" 2>&1 || code=$?
is "$code:$(cat "$work/words")" "0:  SAME    no golden values wait to be compared" "after that nothing waits"
mkdir "$tree/build/relock/small"
cp "$work/golden.json" "$work/files.txt" "$tree/build/relock/small/"
echo measure/platforms/gce-sev.json >"$tree/build/small/platform"
MEMORY='' CPUS='' "$tree/scripts/lock/moves.sh" >"$work/words" 2>&1
is "$(cat "$work/asked")" "small|1||gce|24|/a model.gguf|gce-sev||" "one of another platform is built for that"

state1
relock MIRROR="copy:$mirror" DRY=1
says "an archive's older state is said to be older" "  MOVED   libtls3 3.0.2-1 -> 3.0.1-1+b2 (older)"
is "$(grep -c FIXES "$work/words")" 0 "and fixes nothing"
finish
