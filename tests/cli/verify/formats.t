#!/bin/sh
# SPDX-License-Identifier: MIT
# Keys, signatures, certificates and sums in every spelling that their own tools read: ssh-keygen, minisign,
# openssl and sha256sum say of each whether it is one, and rampart must say the same. What it refuses beside
# that, and why, stands at the end of each part.
# shellcheck disable=SC2094,SC2317 # the forms are called by name, and none reads what it writes
set -u
# shellcheck source=tests/cli/machine.sh
. "$(dirname "$0")/../machine.sh"
ssh-keygen -q -t ed25519 -N '' -C 'alice and her comment' -f alice
ssh-keygen -q -Y sign -f alice -n rampart-golden <golden.json >ssh.sig
minisign -G -W -p bob.pub -s bob >log 2>&1 || cat log
minisign -S -s bob -x mini.sig -m golden.json -t 'rampart-golden test 1.2' >log 2>&1 || cat log
openssl x509 -inform der -in root.der -out root.pem
key=$(cat alice.pub)

# What tools and people do to a file.
crlf() { sed 's/$/\r/' "$1"; }
open_end() { printf %s "$(cat "$1")"; }
longer() { cat "$1" && printf '\n\n'; }
higher() { printf '\n\n' && cat "$1"; }
marked() { printf '\357\273\277' && cat "$1"; }
indented() { sed 's/^/  /' "$1"; }
padded() { sed 's/$/  /' "$1"; }
one_line() { head -n 1 "$1" && sed '1d;$d' "$1" | tr -d '\n' && echo && tail -n 1 "$1"; }
spread() { head -n 1 "$1" && echo && sed '1d;$d' "$1" | sed 's/./&\n/20' && echo && tail -n 1 "$1"; }
glued() { head -n 1 "$1" && sed 1d "$1" | tr -d '\n'; }
followed() { cat "$1" && echo 'something else'; }
led() { echo '0 s:CN = x' && cat "$1"; }

verify() # [OPTION...]
{
	"$rampart" verify --evidence evidence.json --golden golden.json --at @1800000000 "$@" >out 2>err
}
agree() # WHAT NAME JUDGE: the tool's status is $judged, ours $ours
{
	is "$ours" "$judged" "$1, $2: as $3 has it"
}
status() { "$@" >judge.log 2>&1 && echo 0 || echo 1; }

# ---- keys ----
ssh_key() # FILE: status of a verification with this key's signature
{
	jq -n --rawfile key "$1" '{schema: "rampart-policy/1", signers: [{name: "alice", key: $key}]}' >policy.json
	status verify --roots root.der --policy policy.json --signature ssh.sig
}
key_case() # NAME: of the key in `form`
{
	judged=$(status ssh-keygen -l -f form) ours=$(ssh_key form)
	agree "SSH key" "$1" "ssh-keygen -l"
}
for form in cat crlf open_end longer higher indented padded; do
	$form alice.pub >form
	key_case $form
done
printf '# of alice\n\n%s\n' "$key" >form
key_case "comment"
printf '%s\n' "$key" | tr ' ' '\t' >form
key_case "tabs"
printf '%s\n' "${key%% alice*}" >form
key_case "no comment"
printf '%s\r\n' "${key%% alice*}" >form
key_case "no comment, crlf"
printf '%s %05000d\n' "$key" 1 >form
key_case "long comment"
printf 'alice@example,*.example %s\n' "$key" >form
key_case "allowed_signers"
printf 'restrict,no-pty %s\n' "$key" >form
key_case "options"
printf '%s\n' "${key#* }" >form
key_case "no type"
cut -c 1-60 alice.pub >form
key_case "cut"
jq -n --arg key "$key" '{schema: "rampart-policy/1", signers: [{name: "alice", key: $key}]}' >policy.json
is "$(status verify --roots root.der --policy policy.json --signature ssh.sig)" 0 "(the line alone)"

refused() # SENTENCE WHY: the key in `form`
{
	is "$(ssh_key form) $(grep -c -- "$2" err)" "1 1" "$1"
}
printf 'alice namespaces="git" %s\n' "$key" >form
refused "a key for other namespaces is refused" 'options before the SSH key ("namespaces="git"")'
printf 'valid-before="20200101" %s\n' "$key" >form
refused "so is one that was valid once" 'valid-before'
printf 'cert-authority %s\n' "$key" >form
refused "so is one of an authority" 'cert-authority'
cat alice.pub alice.pub >form
refused "two are not one key" 'more than one line'

mini_case()
{
	judged=$(status minisign -V -p form -x mini.sig -m golden.json)
	jq -n --rawfile key form '{schema: "rampart-policy/1", signers: [{name: "bob", key: $key}]}' >policy.json
	ours=$(status verify --roots root.der --policy policy.json --signature mini.sig)
	agree "minisign key" "$1" "minisign -V"
}
for form in cat crlf open_end longer; do
	$form bob.pub >form
	mini_case $form
done
(echo "of bob, whom nobody knows" && tail -n 1 bob.pub) >form
mini_case "another comment"
sed '2s/^RW/XW/' bob.pub >form
mini_case "another algorithm"
head -n 1 bob.pub >form
mini_case "half"
for form in tail followed; do
	case $form in tail) tail -n 1 bob.pub ;; *) (cat bob.pub && cat bob.pub) ;; esac >form
	jq -n --rawfile key form '{schema: "rampart-policy/1", signers: [{name: "bob", key: $key}]}' >policy.json
	ours=$(status verify --roots root.der --policy policy.json --signature mini.sig)
	case $form in
	tail) is "$ours" 0 "the line of a minisign key, as minisign -P has it, with its newline" ;;
	*) is "$ours" 1 "two keys of minisign are none, though minisign takes the first" ;;
	esac
done

# ---- signatures ----
sign_case() # NAME: of the signature in `form`
{
	printf 'alice %s\n' "$key" >allowed
	judged=0
	ssh-keygen -Y verify -f allowed -I alice -n rampart-golden -s form <golden.json >judge.log 2>&1 || judged=1
	jq -n --arg key "$key" '{schema: "rampart-policy/1", signers: [{name: "alice", key: $key}]}' >policy.json
	ours=$(status verify --roots root.der --policy policy.json --signature form)
	agree "SSH signature" "$1" "ssh-keygen -Y verify"
}
for form in cat crlf open_end longer higher marked indented padded one_line spread glued; do
	$form ssh.sig >form
	sign_case $form
done
crlf ssh.sig >crlf.sig
one_line crlf.sig >form
sign_case "one line, crlf"
sed '3s/^./!/' ssh.sig >form
sign_case "no base64"
head -n 3 ssh.sig >form
sign_case "cut"
followed ssh.sig >form
is "$(status verify --roots root.der --policy policy.json --signature form)" 1 \
	"an SSH signature with something behind it is none, though ssh-keygen passes over it"

minisig_case()
{
	judged=$(status minisign -V -p bob.pub -x form -m golden.json)
	jq -n --rawfile key bob.pub '{schema: "rampart-policy/1", signers: [{name: "bob", key: $key}]}' >policy.json
	ours=$(status verify --roots root.der --policy policy.json --signature form)
	agree "minisign signature" "$1" "minisign -V"
}
for form in cat crlf open_end longer higher marked indented glued; do
	$form mini.sig >form
	minisig_case $form
done
(printf 'untrusted comment: %0900d\n' 1 && sed 1d mini.sig) >form
minisig_case "long comment"
sed '3s/test/rest/' mini.sig >form
minisig_case "another trusted comment"
sed '3s/ 1.2/\r1.2/' mini.sig >form
is "$(status verify --roots root.der --policy policy.json --signature form)" 1 "a carriage return in a comment is part of it"
followed mini.sig >form
is "$(status verify --roots root.der --policy policy.json --signature form)" 1 \
	"a minisign signature with something behind it is none, though minisign passes over it"

# ---- certificates ----
root_case() # NAME: of the certificate in `form`
{
	judged=$(status openssl x509 -in form -noout) ours=$(status verify --roots form)
	agree "certificate" "$1" "openssl x509"
}
for form in cat crlf open_end longer higher marked indented padded one_line followed led; do
	$form root.pem >form
	root_case $form
done
crlf root.pem | marked /dev/stdin >form
root_case "marked, crlf"
openssl x509 -in root.pem -text >form
root_case "with its text"
openssl x509 -in root.pem -trustout -addtrust serverAuth >form
root_case "trusted"
sed 's/ CERT/ X509 CERT/' root.pem >form
root_case "of an old name"
cp root.der form
root_case "DER"
(cat root.der && echo) >form
root_case "DER with a newline"
head -c 300 root.der >form
root_case "half of DER"
head -n 5 root.pem >form
root_case "half of PEM"
openssl x509 -in root.pem -noout -pubkey >form
root_case "its key"

# ---- sums ----
mkdir release
for name in disk.img golden.json plan platform.json; do
	echo $name >release/$name
done
(cd release && sha256sum disk.img golden.json plan platform.json) >sums
sums_case() # NAME: of the sums in `form`
{
	cp form release/sha256sums
	judged=$(cd release && status sha256sum --strict -c sha256sums)
	"$rampart" check release --json >check.json 2>err
	ours=$(jq '[.checks[] | select((.id | IN("release.list", "release.digests")) and .outcome == "holds")] | if length == 2 then 0 else 1 end' check.json)
	agree "sums" "$1" "sha256sum -c"
}
for form in cat crlf open_end longer higher; do
	$form sums >form
	sums_case $form
done
sed 's/  / */' sums >form
sums_case "binary"
sed 's/  / */' sums | crlf /dev/stdin >form
sums_case "binary, crlf"
tr a-f A-F <sums | sed 's/  .*/\L&/' >form
sums_case "upper case"
(echo '# of a release' && cat sums) >form
sums_case "comment"
sed '1s/^./g/' sums >form
sums_case "no hex"
sed '1s/^\(.\)\(.\)/\2\1/' sums >form
sums_case "another digest"
sed '1s/^.//' sums >form
sums_case "a digit less"
rm -f release/sha256sums
finish
