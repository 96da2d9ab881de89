#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart tlog, and "log" in a policy: logs and proofs of ours are read by a second implementation (tlog.py), its
# logs and proofs by ours, and every way in which golden values are not in the log is refused by its own code.
# Evidence and golden values are those of tests/fuzz/machine.
set -u
# shellcheck source=tests/cli/machine.sh
. "$(dirname "$0")/../machine.sh"
second=$top/tests/cli/tlog/tlog.py
export XDG_STATE_HOME="$dir/state"
py()
{
	python3 -I -B "$second" "$@"
}

# RFC 8032, section 7.1, "TEST 1" and "TEST 2", and a third.
seed=9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60
seed2=4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb
seed3=c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7
for n in '' 2 3; do
	eval "py pem \$seed$n" >key$n.pem
done
vkey=$(py vkey example.org/log 1 $seed)
w1=$(py vkey w1.example.org 4 $seed2)
w2=$(py vkey w2.example.org 4 $seed3)
is "$("$rampart" tlog key example.org/log --key key.pem)" "$vkey" "the verifier key of a log is what its seed leads to"
is "$("$rampart" tlog key w1.example.org --key key2.pem --witness)" "$w1" "and that of a witness"
openssl genpkey -algorithm ed25519 -out other.pem 2>/dev/null
openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out p256.pem 2>/dev/null
is "$("$rampart" tlog key example.org/log --key p256.pem 2>&1 | cut -d, -f1)" \
	"rampart tlog: p256.pem: no private Ed25519 key in PEM; openssl genpkey -algorithm ed25519 makes one" "another kind of key is none"
is "$("$rampart" tlog key 'a b' --key key.pem 2>&1 | cut -d: -f2-3)" " a b: a name of 1 to 255 bytes without blanks and \"+\" is needed, such as example.org/log" \
	"a name with a blank is none"

golden() # VERSION: another one
{
	jq --arg version "$1" '.image.version = $version' "$machine/golden.json" >"golden-$1.json"
}
entry() # FILE: its leaf, as rampart-tlog(1) says
{
	printf 'rampart-release/1\ngolden sha256:%s\nimage %s\nversion %s\n' "$(sha256sum <"$1" | cut -d' ' -f1)" \
		"$(jq -r .image.name "$1")" "$(jq -r .image.version "$1")"
}
tlog()
{
	"$rampart" tlog "$@" >out 2>&1
	echo "$? $(tail -n 1 out)"
}
add() # LOG FILE...
{
	log=$1
	shift
	tlog add "$log" "$@" --key key.pem --origin example.org/log
}

# A log of ours.
mkdir log
is "$(tlog add log golden.json --key key.pem | cut -d'(' -f1)" "2 rampart tlog: log is a new log, so it needs --origin NAME " "a new log needs a name"
is "$(add log golden.json)" "0 leaf 0  golden.json" "a release becomes a leaf"
is "$(add log golden.json)" "0 leaf 0, there already  golden.json" "once"
is "$(py check log "$vkey")" 1 "the second implementation reads that log"
for n in 1 2 3 4 5 6; do
	golden "0.$n"
done
is "$(add log golden-0.1.json golden-0.2.json)" "0 leaf 2  golden-0.2.json" "several at once"
is "$(py check log "$vkey")" 3 "which it reads as well"
is "$(find log -type f | sort | tr '\n' ' ')" "log/checkpoint log/tile/0/000.p/1 log/tile/0/000.p/3 log/tile/entries/000.p/1 log/tile/entries/000.p/3 " \
	"the files are tiles, entry bundles and the checkpoint"
mkdir again
add again golden.json >/dev/null
add again golden-0.1.json golden-0.2.json >/dev/null
result "$(diff -r log again >/dev/null; echo $?)" "the same releases make the same bytes"
is "$(tlog add log golden-0.3.json --key key2.pem)" "2 rampart tlog: log/checkpoint: example.org/log did not sign it" "another key does not write it"
is "$(tlog add log golden-0.3.json --key key.pem --origin example.org/other)" \
	"2 rampart tlog: log is the log example.org/log, and not example.org/other" "nor under another name"
cp -r log broken
printf x | dd of=broken/tile/entries/000.p/3 bs=1 seek=30 conv=notrunc 2>/dev/null
is "$(add broken golden-0.3.json)" "2 rampart tlog: broken: its entries do not lead to the root of its checkpoint" "a damaged log is not continued"

# Its proofs.
for file in golden golden-0.1 golden-0.2; do
	tlog prove log $file.json --output $file.json.tlog-proof >/dev/null
	entry $file.json >leaf
	py verify $file.json.tlog-proof leaf "$vkey" 2>err
	result $? "its proof of $file.json holds for the second implementation"
done
is "$(tlog prove log golden-0.3.json --output none)" "1 rampart tlog: golden-0.3.json: the log log has no leaf of it; add it first" \
	"what is not in the log has no proof"
is "$(ls none 2>/dev/null)" "" "and no file appears"

# A policy with a log.
policy() # [FURTHER]
{
	printf '{"schema": "rampart-policy/1", "log": {"key": "%s"%s}}\n' "$vkey" "${1:+, $1}" >policy.json
}
verify() # exit code, and the code and text of policy.log
{
	"$rampart" verify --evidence evidence.json --golden golden.json --roots root.der --at @1800000000 --policy policy.json --json >json 2>err
	echo "$? $(jq -r '.checks[] | select(.id == "policy.log") | [.code // .outcome, .text] | join(" ")' json 2>/dev/null)$(cat err)"
}
forget()
{
	rm -rf state
}
policy
is "$(verify)" "0 holds golden.json: leaf 0 of 3 in the log example.org/log, 0 witnesses" "golden values that are in the log are accepted"
is "$(sed -n 1,2p state/rampart/logs/* | tr '\n' ' ')" "rampart-log-seen/1 3 " "and the log is remembered"
is "$("$rampart" check . --policy policy.json --json 2>err | jq -r '.checks[] | select(.id == "policy.log") | .outcome')" holds \
	"check looks for the proof in the release"
mv golden.json.tlog-proof good
is "$(verify)" "1 policy.log.missing golden.json: there is no proof that they are in the log example.org/log" "without a proof they are not"
cp golden-0.1.json.tlog-proof golden.json.tlog-proof
is "$(verify)" "1 policy.log.leaf golden.json: the proof is of another leaf: number 1 is not of this file" "a proof of another leaf is none"
sed '/^extra /d' golden-0.1.json.tlog-proof >golden.json.tlog-proof
is "$(verify)" "1 policy.log.path golden.json: the path does not lead to the checkpoint: it is of another file, or damaged" \
	"also when it does not say which leaves there are"
sed '/^extra /d' good >golden.json.tlog-proof
is "$(verify | cut -d' ' -f1-2)" "0 holds" "a proof without them is one"
printf 'c2sp.org/tlog-proof@v1\nextra %s\n%s' "$(printf 'anything else' | base64)" "$(sed 1,2d good)" >golden.json.tlog-proof
echo >>golden.json.tlog-proof
is "$(verify | cut -d' ' -f1-2)" "0 holds" "so is one with extra data of others"
sed '4d' good >golden.json.tlog-proof
is "$(verify)" "1 policy.log.path golden.json: the path of 1 steps is not one of leaf 0 of 3" "a path cut short is refused"
sed 's/^index 0/index 7/' good >golden.json.tlog-proof
is "$(verify | cut -d' ' -f1-2)" "1 policy.log.path" "so is an index outside of the tree"
sed 's/^index 0/index 00/' good >golden.json.tlog-proof
is "$(verify)" "1 policy.log.form golden.json: golden.json.tlog-proof: malformed proof: no index" "so is what has no form"
head -c 200 good >golden.json.tlog-proof
is "$(verify | cut -d' ' -f1-2)" "1 policy.log.form" "or is cut short"
sed 's/^3$/4/' good >golden.json.tlog-proof
is "$(verify)" "1 policy.log.signature golden.json: the signature of example.org/log is not one of this text" "a changed checkpoint is not signed"
mkdir foreign
tlog add foreign golden.json --key key2.pem --origin example.org/log >/dev/null
tlog prove foreign golden.json --output golden.json.tlog-proof >/dev/null
is "$(verify)" "1 policy.log.key golden.json: example.org/log did not sign it" "another key's log is another"
cp good golden.json.tlog-proof
policy '"origin": "example.org/elsewhere"'
is "$(verify | cut -d' ' -f1-2)" "1 policy.log.origin" "so is one of another origin"

# What was seen.
policy
forget
verify >/dev/null
is "$(add log golden-0.3.json)" "0 leaf 3  golden-0.3.json" "the log grows"
tlog prove log golden-0.3.json --output golden-0.3.json.tlog-proof >/dev/null
is "$(py check log "$vkey")" 4 "by a leaf"
"$rampart" verify --evidence evidence.json --golden golden-0.3.json --roots root.der --at @1800000000 --policy policy.json >/dev/null 2>&1
is "$(sed -n 2p state/rampart/logs/*)" 4 "and is believed, since its leaves show that it only grew"
is "$(verify | cut -d' ' -f1-2)" "0 holds" "an older proof still holds: it is of a beginning of that"
tlog prove log golden.json --output golden.json.tlog-proof >/dev/null
mkdir fork
add fork golden.json golden-0.4.json >/dev/null
tlog prove fork golden.json --output golden.json.tlog-proof >/dev/null
is "$(verify)" "1 policy.log.fork golden.json: the log shows another tree of 2 leaves than the one of 4 that was seen before: it is forked. Keep both as evidence" \
	"a smaller tree that is another one is a fork"
add fork golden-0.5.json golden-0.6.json >/dev/null
tlog prove fork golden.json --output golden.json.tlog-proof >/dev/null
is "$(verify | cut -d' ' -f1-2)" "1 policy.log.fork" "so is one of the same size"
add fork golden-0.1.json >/dev/null
tlog prove fork golden.json --output golden.json.tlog-proof >/dev/null
is "$(verify | cut -d' ' -f1-2)" "1 policy.log.fork" "and a larger one"
sed '/^extra /d' golden.json.tlog-proof >less && mv less golden.json.tlog-proof
is "$(verify | cut -d' ' -f1-2)" "1 policy.log.unproven" "a larger one that shows nothing, and no witness, is not believed"
sed -n 1,3p state/rampart/logs/* >kept
cat kept >"$(echo state/rampart/logs/*)"
cp good golden.json.tlog-proof
is "$(verify | cut -d' ' -f1-2)" "1 policy.log.shrunken" "nor a smaller one of which nothing is known"
printf 'rampart-log-seen/1\n4\nnonsense\n' >"$(echo state/rampart/logs/*)"
is "$(verify | cut -d' ' -f1)" 2 "a damaged memory is an error, and not a new beginning"
forget
is "$(XDG_STATE_HOME='' HOME='' verify)" "2 rampart verify: no folder for what is to be kept: set XDG_STATE_HOME or HOME to one" "it has to be kept somewhere"

# Witnesses.
witness() # LOG N [OPTION...]
{
	log=$1 n=$2
	shift 2
	tlog cosign "$log" --log "$vkey" --key "key$n.pem" --origin "w$((n - 1)).example.org" --state "state$n" --at @1700000000 "$@"
}
prove()
{
	tlog prove log golden.json --output golden.json.tlog-proof >/dev/null
}
policy "\"witnesses\": [\"$w1\", \"$w2\"]"
prove
is "$(verify)" "1 policy.log.quorum golden.json: 0 of 2 witnesses signed the checkpoint, and 2 are needed; w1.example.org did not sign it; w2.example.org did not sign it" \
	"a checkpoint that no witness signed is refused"
cp log/checkpoint unsigned
witness log 2 >/dev/null
{ cat unsigned; py cosign unsigned w1.example.org $seed2 1700000000; } >want
same want log/checkpoint "a witness signs as the second implementation does"
prove
is "$(verify | cut -d' ' -f1-10)" "1 policy.log.quorum golden.json: 1 of 2 witnesses signed the checkpoint," "one of two is not enough"
policy "\"witnesses\": [\"$w1\", \"$w2\"], \"quorum\": 1"
is "$(verify | cut -d' ' -f1-2)" "0 holds" "unless the policy says so"
py cosign unsigned w2.example.org $seed3 1700000000 >>log/checkpoint
prove
policy "\"witnesses\": [\"$w1\", \"$w2\"]"
is "$(verify | cut -d' ' -f1-2)" "0 holds" "a signature by the second implementation counts"
entry golden.json >leaf
py verify golden.json.tlog-proof leaf "$vkey" "$w1" "$w2"
result $? "and it accepts ours"
sed 's/w2.example.org /w1.example.org /' golden.json.tlog-proof >less && mv less golden.json.tlog-proof
is "$(verify | cut -d' ' -f1-2)" "1 policy.log.quorum" "a signature under another name is none"
is "$(add log golden-0.4.json | cut -c1)$(witness log 2 | cut -c1)" 00 "a witness signs a log that grew"
is "$(tail -n +2 state2 | head -n 1)" 5 "and remembers it"
is "$(flock state2.lock sh -c '"$@" >out 2>&1; echo "$? $(cat out)"' sh "$rampart" tlog cosign fork --log "$vkey" --key key2.pem --origin w1.example.org --state state2)" \
	"2 rampart tlog: state2: another cosign is at it; try again when that has ended" "two do not sign at once, each what the other did not see"
is "$(witness fork 2)" "1 rampart tlog: fork: the log is forked: its first 5 leaves are others than before" "it does not sign a fork"
is "$(witness again 2)" "1 rampart tlog: again: the log shrank, from 5 leaves to 3" "nor a log that shrank"
is "$(witness foreign 2)" "2 rampart tlog: foreign/checkpoint: example.org/log did not sign it" "nor one of another key"

# Proofs without hashes of leaves take nothing away of what is known.
grown() # NAME N: the log with N leaves, signed by a witness without memory
{
	mkdir "$1"
	add "$1" golden.json golden-0.1.json golden-0.2.json golden-0.3.json golden-0.4.json golden-0.5.json >/dev/null
	[ "$2" = 6 ] || { rm -r "$1" && mkdir "$1" && add "$1" golden.json golden-0.1.json golden-0.2.json >/dev/null; }
	rm -f "state-$1"
	tlog cosign "$1" --log "$vkey" --key key2.pem --origin w1.example.org --state "state-$1" --at @1700000000 >/dev/null
	tlog prove "$1" golden.json --output "proof-$1" >/dev/null
	sed '/^extra /d' "proof-$1" >"bare-$1"
}
show() # PROOF
{
	cp "$1" golden.json.tlog-proof
	verify | cut -d' ' -f1-2
}
policy "\"witnesses\": [\"$w1\"]"
forget
grown three 3
grown six 6
is "$(show proof-three), $(show bare-six), $(show proof-three), $(show bare-three)" "0 holds, 0 holds, 0 holds, 0 holds" \
	"an older proof holds after a larger tree that showed no leaves"
is "$(sed -n '2p;4p' state/rampart/logs/* | tr '\n' ' ')$(sed -n '6,$p' state/rampart/logs/* | wc -l)" "6 3 3" "the largest tree is remembered, and the leaves of the largest that had any"
cp "$(echo state/rampart/logs/*)" kept
is "$(show proof-six), $(sed -n 2p state/rampart/logs/*), $(wc -l <"$(echo state/rampart/logs/*)")" "0 holds, 6, 9" "and those of the larger one, once it shows them"
mkdir bent
add bent golden-0.5.json golden.json >/dev/null
tlog cosign bent --log "$vkey" --key key2.pem --origin w1.example.org --state state-bent >/dev/null
tlog prove bent golden.json --output proof-bent >/dev/null
sed '/^extra /d' proof-bent >bare-bent
for proof in proof-bent bare-bent; do
	cp kept "$(echo state/rampart/logs/*)"
	is "$(show $proof)" "1 policy.log.fork" "a smaller tree that is none of these leaves is a fork ($proof)"
done
add bent golden-0.1.json golden-0.2.json >/dev/null
rm state-bent
tlog cosign bent --log "$vkey" --key key2.pem --origin w1.example.org --state state-bent >/dev/null
tlog prove bent golden.json --output proof-bent >/dev/null
is "$(show proof-bent)" "1 policy.log.fork" "so is one between both that begins with other leaves"
forget
is "$(show bare-six), $(show proof-three), $(sed -n '2p;4p' state/rampart/logs/* | tr '\n' ' ')" "0 holds, 0 holds, 6 3 " \
	"where nothing is known but the larger tree, the witness of both says that they are one log"
forget
policy
is "$(show bare-six), $(show proof-three), $(show bare-three)" "0 holds, 1 policy.log.shrunken, 1 policy.log.shrunken" "and without a witness nobody does"
for line in 2 3 4 5 6; do
	sed "${line}s/.*/1/" kept >"$(echo state/rampart/logs/*)"
	is "$(show proof-three | cut -d' ' -f1)" 2 "a memory with a damaged line $line is an error"
done
for n in 5 6 7; do
	head -n $n kept >"$(echo state/rampart/logs/*)"
	is "$(show proof-three | cut -d' ' -f1)" 2 "so is one of $n lines"
done

# A copy of a log is somebody else's: nothing in it leads out of it.
mkdir -p outside
cp -r six/tile/. outside
for link in tile tile/entries tile/entries/000.p checkpoint; do
	rm -rf bait && cp -r six bait
	mv "bait/$link" moved
	ln -s "$dir/moved" "bait/$link"
	rm -f state-bait
	case $(tlog cosign bait --log "$vkey" --key key3.pem --origin w2.example.org --state state-bait) in
	"2 rampart tlog: bait/"*"symbolic links"*) result 0 "a witness follows no link at $link" ;;
	*)
		result 1 "a witness follows no link at $link"
		sed 's/^/# /' out
		;;
	esac
	is "$(ls state-bait 2>/dev/null)" "" "and remembers nothing of it"
	rm -rf moved
done
rm -rf bait && cp -r six bait
ln -s "$dir/outside/new" bait/checkpoint.new
is "$(tlog cosign bait --log "$vkey" --key key3.pem --origin w2.example.org --state state-bait | cut -c1)$(ls outside/new 2>/dev/null)" 2 "nor does it write through one"
ln -s six named
is "$(tlog cosign named --log "$vkey" --key key2.pem --origin w1.example.org --state state-six | cut -c1)" 0 "a link that the user names is the user's"

# A log and proofs of the second implementation, over more than a tile.
mkdir theirs entries
n=0
while [ $n -lt 300 ]; do
	echo "entry $n" >"entries/$(printf %03d $n)"
	n=$((n + 1))
done
entry golden.json >entries/299
py make theirs example.org/log $seed entries/*
forget
policy
py prove theirs 299 leaves >golden.json.tlog-proof
is "$(verify)" "0 holds golden.json: leaf 299 of 300 in the log example.org/log, 0 witnesses" "a proof by the second implementation holds"
py prove theirs 299 >golden.json.tlog-proof
is "$(verify | cut -d' ' -f1-2)" "0 holds" "also without the leaves"
py prove theirs 298 >golden.json.tlog-proof
is "$(verify | cut -d' ' -f1-2)" "1 policy.log.path" "but not that of another leaf"
is "$(tlog prove theirs golden.json --output golden.json.tlog-proof)$(cmp golden.json.tlog-proof good 2>&1 | cut -c1-4)" "0 gold" "its log is read"
py prove theirs 299 leaves >want
same want golden.json.tlog-proof "and the same proof made of it"
is "$(add theirs golden-0.1.json)" "0 leaf 300  golden-0.1.json" "and continued"
is "$(py check theirs "$vkey")" 301 "tile by tile as the specification has it"

# Policies that cannot be.
bad() # WHY SENTENCE
{
	is "$("$rampart" verify --evidence evidence.json --golden golden.json --roots root.der --policy policy.json 2>&1)" "rampart verify: policy.json: $1" "$2"
}
vkey=$w1
policy
bad "log.key: a key of type 0x04, where one of 0x01 is needed" "a witness is no log"
vkey=$(py vkey example.org/log 1 $seed | sed 's/+1c66b9ea+/+1c66b9eb+/')
policy
bad "log.key: the ID of this verifier key would be 1c66b9ea" "an ID is checked"
vkey=$(py vkey example.org/log 1 $seed)
policy "\"witnesses\": [\"$w1\", \"$w1\"]"
bad "log.witnesses: entry 2: the same key as that of w1.example.org" "one witness is not two"
policy "\"witnesses\": [\"$w1\"], \"quorum\": 2"
bad "log.quorum: not a whole number from 1 to that of witnesses (1)" "a quorum has to be possible"
policy '"quorum": 1'
bad "log.quorum: not a whole number from 1 to that of witnesses (0)" "and needs witnesses"
policy '"witness": 1'
bad "log.witness: unknown key" "an unknown key"
# golang.org/x/mod/sumdb/note, "Signing and Verifying": its example of a key is read, with its ID.
vkey="PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
policy
is "$(verify | cut -d' ' -f1-2)" "1 policy.log.key" "a key of others is read"
finish
