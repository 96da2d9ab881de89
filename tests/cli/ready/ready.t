#!/bin/sh
# SPDX-License-Identifier: MIT
# What a build needs is told before the first download: this user's rights, disk space, the model, the
# image's folder; and what is wrong in an image.conf before anything is compiled for it.
set -eu
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
src=$PWD
work=$(mktemp -d)
trap 'umount "$work/full" 2>/dev/null || :; rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree/images" "$work/bin" "$work/cache"
cp -r Makefile scripts "$tree"
cp -r images/test "$tree/images"
# A tree has nothing of this one's toolbox: what it would download, it asks this for.
cat >"$work/bin/helper" <<'END'
#!/bin/sh
echo "$@" >>"$HELPER_ASKED"
exit 1
END
chmod 755 "$work" "$work/bin/helper"
HELPER_ASKED=$work/asked
APT_HELPER=$work/bin/helper
RAMPART_CACHE=$work/cache
MIRROR=http://mirror.invalid/debian
export HELPER_ASKED APT_HELPER RAMPART_CACHE MIRROR

# make_there [ARGUMENT...]: in the tree; $code, and its words in $work/words.
make_there()
{
	code=0
	rm -f "$HELPER_ASKED"
	make --no-print-directory -C "$tree" "$@" >"$work/words" 2>&1 </dev/null || code=$?
}

# told WORDS NAME: the last one failed with one line of its own, which has these words in it, and downloaded nothing.
told()
{
	line=$(grep -v '^make' "$work/words" || :)
	case $code:$(printf '%s\n' "$line" | wc -l):$line in
	2:1:*"$1"*) result 0 "$2" ;;
	*)
		result 1 "$2"
		sed "s/^/# exit $code: /" "$work/words"
		;;
	esac
	is "$(cat "$HELPER_ASKED" 2>/dev/null; find "$work/cache" -type f | head -n 1)" "" "... before any download"
}

# This user.
chmod -R a+rX "$tree"
mkdir -m 777 "$work/others"
cat >"$work/bin/as-other" <<'END'
#!/bin/sh
exec setpriv --reuid=4711 --regid=4711 --clear-groups -- make --no-print-directory "$@"
END
chmod 755 "$work/bin/as-other"
code=0
RAMPART_CACHE=$work/others HOME=/nonexistent "$work/bin/as-other" -C "$tree" image IMAGE=test >"$work/words" 2>&1 </dev/null || code=$?
told "ready.sh: not root, and 4711 has no line in /etc/subuid, so no user namespace can be made; as root: usermod --add-subuids" \
	"a user without subordinate ids"
is "$(find "$work/others" -type f)" "" "... and nothing is put into the cache"

# Space.
mkdir "$work/full"
mount -t tmpfs -o size=64m tmpfs "$work/full"
code=0
rm -f "$HELPER_ASKED"
RAMPART_CACHE=$work/full make --no-print-directory -C "$tree" image IMAGE=test >"$work/words" 2>&1 || code=$?
told "ready.sh: $work/full: no disk space: " "a disk on which the whole build has no room"
umount "$work/full"
make_there toolbox RAMPART_CACHE=relative
told "RAMPART_CACHE=relative: not an absolute path" "a cache that is no place"

# The model, and the image's folder.
make_there image IMAGE=test MODEL=/nowhere/model.gguf
told "MODEL=/nowhere/model.gguf: there is no such file" "a model that is not there"
make_there demo IMAGE=test MODEL="$work"
told "MODEL=$work: cannot read it" "one that is a folder"
make_there golden IMAGE=tset
told "IMAGE=tset: there is no images/tset/image.conf; there is: test" "an image that is not there"
make_there image IMAGE=../test
told "IMAGE=../test: not the name of an image" "what is no name of one"

make_there image IMAGE=test LAYOUT=/nowhere/image.tar
told "LAYOUT=/nowhere/image.tar: cannot read it; give the path of an OCI layout or of an archive" "a container that is not there"
: >"$work/outside.tar"
ln -s "$work/outside.tar" "$tree/images/test/image.tar"
make_there up IMAGE=test
told "images/test/image.tar: leads to $work/outside.tar, out of the source tree, and the build sees nothing else; copy the file here" \
	"a link that leads out of the tree"
cp "$tree/images/test/image.conf" "$work/test.conf"
given() # LAYOUT WANT NAME: image.conf with this line, and what the toolbox has to be shown
{
	sed "s|^recipe = .*|layout = $1|" "$work/test.conf" >"$tree/images/test/image.conf"
	is "$("$tree/scripts/image/given.sh" test 2>&1):$("$tree/scripts/toolbox/ready.sh" test 2>&1)" "$2:" "$3"
}
box=$(
	RAMPART_TOP=$tree
	. scripts/lib.sh
	box_path toolbox
)
mkdir -p "$box" "$work/out side"
: >"$work/out side/my image.tar"
given image.tar "$work/outside.tar" "a container that a link leads to is shown to the toolbox"
rm "$tree/images/test/image.tar"
given "$work/out side/my image.tar" "$work/out side/my image.tar" "as is one that image.conf names"
given "$work/out side" "$work/out side" "or a folder"
given "$work/out side$(printf '\t \r')" "$work/out side" "... in a file with lines as Windows ends them"
: >"$tree/images/test/my image.tar"
: >"$tree/images/test/a:b;c|d"
given "my image.tar" "" "names with a space, a colon or a bar will do, and one in the tree is there anyway"
given "/nowhere/image.tar" "" "of one that is not there, the build says so"
rm "$tree/images/test/my image.tar" "$tree/images/test/a:b;c|d"
cp "$work/test.conf" "$tree/images/test/image.conf"
ln -sf gone.tar "$tree/images/test/image.tar"
make_there boot IMAGE=test
told "images/test/image.tar: leads to $tree/images/test/gone.tar, which is not there" "one that leads nowhere"
: >"$tree/images/test/gone.tar"
: >"$tree/images/test/image.conf~"
: >"$tree/images/test/#image.conf#"
is "$("$tree/scripts/toolbox/ready.sh" test 2>&1):$?" ":0" "a link within the tree will do, as will an editor's files"

# In which order: what reads image.conf comes before what is downloaded or compiled for it.
rm "$tree/images/test/gone.tar" "$tree/images/test/image.tar"
for target in image:image golden:golden release:release boot:image up:golden demo:golden; do
	make --no-print-directory -C "$tree" -n "${target%:*}" IMAGE=test KEYS= >"$work/words" 2>&1
	steps=$(sed -n -e 's|^scripts/toolbox/ready.sh test$|ready|p' -e 's|.*fetch.sh --have .*/libseccomp/pin .*/yyjson/pin$|command|p' \
		-e 's|.*fetch.sh --here scripts/sources.lock .* \|\| .*build.mk .* checked$|checked, if any is missing,|p' -e 's|.*fetch.sh --have scripts/sources.lock *$|sources|p' \
		-e 's,.*build.mk .* \(image\|golden\|release\)$,\1,p' "$work/words" | tr '\n' ' ')
	is "$steps" "ready command checked, if any is missing, sources ${target#*:} " "make ${target%:*} looks at image.conf first"
done

# A release of what the disk was made with, in the folder of its name.
make --no-print-directory -C "$tree" -n release IMAGE=test KEYS= SECURE_BOOT=/keys UPDATES=100 >"$work/words" 2>&1
is "$(grep -c 'build.mk .*SECURE_BOOT=/mnt/secure-boot UPDATES=100 .* release$' "$work/words")" 1 "make release is told of keys and of room for updates"
is "$(grep -c 'source.sh build/test-secureboot-updates/source.tar$' "$work/words")" 1 "... with the source beside what is built"
for keys in empty half; do mkdir "$work/$keys"; done
touch "$work/half/rampart.p7"
is "$(SECURE_BOOT="$work/empty" "$tree/scripts/toolbox/enter.sh" true 2>&1 | grep -c 'cannot read db.key there')" 1 "a folder without keys is told"
is "$(SECURE_BOOT="$work/half" "$tree/scripts/toolbox/enter.sh" true 2>&1 | grep -c 'cannot read db.key there')" 0 "what may be known of keys will do"

# What is in an image.conf.
mkdir -p "$work/images"
conf() # LINE...: an image.conf with these lines
{
	rm -rf "$work/images/x" "$work/d"
	mkdir "$work/images/x"
	printf '%s\n' "format = 1" "[image]" "name = x" "version = 1" "[limits]" "memory = 64 MiB" "pids = 64" \
		"[container]" "port = 80" "$@" >"$work/images/x/image.conf"
}
checked() # WORDS NAME
{
	code=0
	make --no-print-directory -C "$src" -f scripts/build.mk checked IMAGE=x IMAGE_DIR="$work/images/x" D="$work/d" \
		>"$work/words" 2>&1 || code=$?
	rm -f "$HELPER_ASKED"
	grep -v '^  ' "$work/words" >"$work/own" || :
	mv "$work/own" "$work/words"
	told "$work/images/x/image.conf$1" "$2"
}
# Keys that are exchanged for older ones are others all the same.
told_apart() # KEYS: by what a build tells them
{
	make --no-print-directory -C "$src" -f scripts/build.mk "$work/d/keys" IMAGE=x IMAGE_DIR="$work/images/x" D="$work/d" SECURE_BOOT="$1" >/dev/null
	cat "$work/d/keys"
}
conf
for keys in new old; do
	mkdir "$work/$keys"
	echo $keys >"$work/$keys/db.key"
done
touch -d 2001-02-03 "$work/old/db.key"
newer=$(told_apart "$work/new")
older=$(told_apart "$work/old")
[ "$newer" != "$older" ] && result 0 "keys are told by what they are, not by being newer" || result 1 "keys are told by what they are, not by being newer"
is "$(told_apart "$work/new")" "$newer" "the same ones are the same"
conf "layuot = image.tar"
checked ":10: unknown key \"layuot\"; the nearest known key is \"layout\"" "a key that is not known"
conf "layout = image.tar" "[restart]" "policy = often"
checked ": restart is not never, on-failure or always, in the plan's \"restart often\"" "a value that no plan has"
conf "layout = image.tar" "[seccomp]" "allow = opne"
checked ": [seccomp] allow: x86-64 has no system call \"opne\"" "a system call that is none"
conf "layout = image.tar" "[gateway]" "key = alice sha256:00"
checked ": digest is not 64 lower-case hex digits, in the plan's \"gateway.key.00 alice sha256:00\"" "a hash of a key that is cut off"
conf "layout = image.tar"
checked ": $work/images/x/image.tar: No such file or directory" "a layout that is not there"
conf "layout = /tmp/outside/img.tar"
checked ": /tmp/outside/img.tar: No such file or directory" "one that is nowhere on this machine"
conf "layout = my image.tar"
: >"$work/images/x/my image.tar"
make --no-print-directory -C "$src" -f scripts/build.mk checked IMAGE=x IMAGE_DIR="$work/images/x" D="$work/d" >"$work/words" 2>&1
is "$(head -n 1 "$work/d/source")" "layout $work/images/x/my image.tar" "one whose name has a space is found"
make --no-print-directory -C "$src" -f scripts/build.mk checked IMAGE=x IMAGE_DIR="$work/images/x" D="$work/d" \
	LAYOUT="$work/outside.tar" LAYOUT_NAME="/its/own name.tar" >"$work/words" 2>&1
is "$(head -n 2 "$work/d/source")" "layout $work/outside.tar
/its/own name.tar" "one that is given takes its place, and its name is kept"
conf "recipe = recipe.sh"
: >"$work/images/x/recipe.sh"
checked ": $work/images/x/recipe.sh: Permission denied" "a recipe that cannot be run"
conf "recipe = recipe.sh" "[model m.gguf]" "file = model/m.gguf" "digest = sha256:$(printf '%064d' 0)"
printf '#!/bin/sh\n' >"$work/images/x/recipe.sh"
chmod +x "$work/images/x/recipe.sh"
checked ":12: $work/images/x/model/m.gguf: No such file or directory" "a model that is not there"
mkdir "$work/images/x/model"
: >"$work/images/x/model/m.gguf"
code=0
make --no-print-directory -C "$src" -f scripts/build.mk checked IMAGE=x IMAGE_DIR="$work/images/x" D="$work/d" >"$work/words" 2>&1 || code=$?
is "$code $(cat "$work/d/source" 2>/dev/null)" "0 recipe $work/images/x/recipe.sh" "with all of them there, it is told where the container comes from"
finish
