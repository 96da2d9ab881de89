#!/bin/sh
# SPDX-License-Identifier: MIT
# make install: what is there, that it can be used from there, and that uninstall takes it all away.
set -u
# shellcheck source=tests/cli/install/lib.sh
. "$(dirname "$0")/lib.sh"
top=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root
prefix=$root/opt/rampart
man=$prefix/share/man
export DESTDIR="$root" PREFIX=/opt/rampart

(umask 077 && scripts/release/install.sh) >/dev/null
result $? "it installs"
(cd "$prefix" && find . -type f -printf '%m %P\n' | grep -v ' share/man/' | sort -k 2) >"$dir/got"
cat >"$dir/want" <<'LIST'
755 bin/rampart
644 include/rampart.h
644 lib/librampart.a
644 lib/pkgconfig/rampart.pc
644 share/bash-completion/completions/rampart
644 share/doc/rampart/MEASUREMENTS.md
644 share/doc/rampart/evidence.schema.json
644 share/rampart/policies/aws.json
644 share/rampart/policies/azure.json
644 share/rampart/policies/azure.pem
644 share/rampart/policies/google.json
644 share/rampart/systemd/rampart-connect.service
644 share/rampart/systemd/rampart-connect.socket
644 share/zsh/site-functions/_rampart
LIST
same "$dir/want" "$dir/got" "command, library, completions, documents, policies and units, for everybody to read"
is "$(find "$prefix" -type d ! -perm 755)" "" "in folders that are so too"
same build/bin/rampart "$prefix/bin/rampart" "the command is the one that was built"

# The manual.
plain() # PAGE: its text, without overstrikes
{
	mandoc -T ascii "$1" | sed 's/.\x08//g'
}
for page in $(find "$man" -type f | sort); do
	file=${page##*/}
	name=${file%.*}
	is "${page#"$man/"}" "man${file##*.}/$file" "$file is in its section"
	mandoc -T lint -W warning "$page" | grep -v 'skipping paragraph macro: PP' >"$dir/lint" # scdoc's own
	is "$(cat "$dir/lint")" "" "$file has no warnings"
	is "$(plain "$page" | sed -n '/^NAME/{n;s/ - .*//;s/^ *//;p;}')" "$name" "$file has its name"
	for other in $(plain "$page" | sed -n '/^SEE ALSO/,$p' | tr -d '\n ' | tr ',' '\n' |
		grep -oE '(lib)?rampart[a-z.-]*\([1-7]' | tr '(' . | sort -u); do
		is "$(find "$man/man${other##*.}" -name "$other" -printf '%f\n')" "$other" "$file: there is $other"
	done
done
rampart=$prefix/bin/rampart
for command in $(commands "$rampart"); do
	page=$man/man1/rampart-$command.1
	[ -f "$page" ] && grep -q "rampart-$command" "$man/man1/rampart.1"
	result $? "$command has a page, and rampart(1) names it"
	plain "$page" >"$dir/page"
	for option in $(options "$rampart" "$command"); do
		grep -qE -e "^ +$option( |\$)" "$dir/page"
		result $? "rampart-$command(1) has $option"
	done
done
sed -n '/^#include <rampart.h>/,/^```/p' measure/man/librampart.3.scd | sed '$d; s/\\\\/\\/g' >"$dir/shown"
sed -n '/^#include <rampart.h>/,$p' tests/cli/install/example.c >"$dir/compiled"
same "$dir/compiled" "$dir/shown" "librampart(3) shows the example that is compiled here"

# The library.
nm -g --defined-only "$prefix/lib/librampart.a" | awk 'NF == 3 { print $3 }' | sort >"$dir/defined"
grep -oE '^[a-z].*\brampart_[a-z_]+\(' measure/rampart.h | grep -oE 'rampart_[a-z_]+\(' | tr -d '(' |
	sort -u >"$dir/declared"
same "$dir/declared" "$dir/defined" "librampart.a defines what rampart.h declares, and no other name"
plain "$man/man3/librampart.3" >"$dir/page"
while read -r name; do
	case $name in *_free) continue ;; esac
	grep -q "$name()" "$dir/page"
	result $? "librampart(3) knows $name"
done <"$dir/declared"

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
is "$(pkg-config --static --libs rampart | sed 's/ *$//')" "-L$prefix/lib -lrampart -ljansson -lcrypto" "pkg-config knows how to link"
is "$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --variable=prefix rampart)" /opt/rampart "and where it will be"
cd "$dir" || exit 1
# shellcheck disable=SC2046 # words of flags
gcc -Wall -Wextra -Werror -o example "$top/tests/cli/install/example.c" $(pkg-config --static --cflags --libs rampart)
result $? "the example is compiled against what is installed"
printf '#include <rampart.h>\nint main() { return rampart_version_compare("1", "1"); }\n' >plus.cc
# shellcheck disable=SC2046
g++ -Wall -Wextra -Werror -o plus plus.cc $(pkg-config --static --cflags --libs rampart) && ./plus
result $? "C++ takes the header too"
"$top/build/host/files" .
result $? "a machine writes evidence"
is "$(./example golden.json root.pem evidence.json 1800000000 | head -n 1)" "holds " "the example verifies it"
sed 's/"nonce": "./"nonce": "/; s/"nonce":"./"nonce":"/' evidence.json >lie.json
./example golden.json root.pem lie.json 1800000000 >out 2>&1
is $? 2 "and refuses what is no evidence"
./example golden.json root.pem evidence.json 2100000000 >out
is "$? $(sed 's/:.*//' out | head -n 1)" "1 fails ak.trust" "and a certificate that has ended"
# Each policy that is shipped: the very bytes that tests/unit/test-chain.c and test-document.c try with real
# chains, which are read (another schema is not), and refuse a machine of another root for that reason.
for policy in "$top"/measure/policies/*.json; do
	vendor=$(basename "$policy" .json)
	installed=$prefix/share/rampart/policies/$vendor.json
	same "$policy" "$installed" "$vendor.json is installed as it is shipped"
	why="nothing shows that the AK is a TPM's: the AK's certificate: there is no path from it to a pinned root"
	[ "$vendor" != aws ] || why="no roots are pinned" # but those of documents
	"$rampart" verify --evidence evidence.json --golden golden.json --at @1800000000 --policy "$installed" --json >out 2>&1
	is "$? $(jq -r .reason out)" "1 ak.trust: $why" "$vendor.json refuses a machine of another root"
	sed 's,rampart-policy/1,rampart-policy/9,' "$installed" >other.json
	"$rampart" verify --evidence evidence.json --golden golden.json --at @1800000000 --policy other.json >out 2>&1
	is $? 2 "and is read"
done
# The certificates beside them are what they say, and lead to the root that the policy of that name pins.
for pem in "$top"/measure/policies/*.pem; do
	vendor=$(basename "$pem" .pem)
	same "$pem" "$prefix/share/rampart/policies/$vendor.pem" "$vendor.pem is installed as it is shipped"
	sed -n 's/^sha256 //p' "$pem" >want
	csplit -s -f shipped. "$pem" '/^-----BEGIN/' '{*}'
	rm shipped.00 # what stands before the first
	for cert in shipped.*; do openssl x509 -in "$cert" -outform DER | sha256sum | cut -d' ' -f1; done >got
	same want got "each certificate in $vendor.pem has the digest that is said of it"
	is "$(openssl verify -no-CApath -no-CAstore -CAfile "$cert" -attime 1800000000 shipped.* 2>&1 | grep -cv ': OK$')" 0 "and leads to the last one"
	is "$(jq --arg root "sha256:$(tail -n 1 got)" '.roots | index($root) != null' "${pem%.pem}.json")" true "which $vendor.json pins"
	"$rampart" verify --evidence evidence.json --golden golden.json --at @1800000000 --policy "${pem%.pem}.json" --certs "$pem" --json >out 2>&1
	is "$? $(jq -r .verdict out)" "1 fails" "and which --certs takes, and trusts nobody for"
done
is "$(ls "$prefix/share/rampart/policies")" "$(ls "$top/measure/policies")" "no policy is left out"

# The units: systemd reads all of them, and finds the command where it is.
cp "$prefix/share/rampart/systemd/"* .
sed -i "s|/opt/rampart|$prefix|" rampart-connect.service
for unit in rampart-connect.service rampart-connect.socket; do
	systemd-analyze verify --man=no --recursive-errors=no "./$unit" >out 2>&1
	is "$? $(cat out)" "0 " "$unit has no error and no warning"
done
sed -n 's/^ExecStart=//p' rampart-connect.service | grep -oE -e '--[a-z]+' >used
while read -r option; do
	options "$rampart" connect | grep -qx -e "$option"
	result $? "rampart-connect.service: there is $option"
done <used

cd "$top" || exit 1
: >"$prefix/share/rampart/policies/own.json"
scripts/release/install.sh --uninstall >/dev/null
is "$(find "$root" ! -type d)" "$prefix/share/rampart/policies/own.json" "uninstall leaves only what it has not put there"
rm "$prefix/share/rampart/policies/own.json"
scripts/release/install.sh --uninstall >/dev/null
is "$(find "$root" ! -type d) $(find "$root/opt/rampart" -name '*rampart*' ! -path "$prefix")" " " "and then nothing, nor a folder of ours"
for bad in here '/a b'; do
	PREFIX=$bad scripts/release/install.sh >"$dir/out" 2>&1
	is "$? $(cut -d: -f1,2 "$dir/out")" "1 install.sh: PREFIX=$bad" "a prefix like \"$bad\" is refused"
done
finish
