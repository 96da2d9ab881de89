#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart verify --record and rampart history: what was seen is found again, a second reader (history.py) agrees
# that it holds, and each line that is removed, changed, moved or torn is named. Evidence is that of tests/fuzz/machine.
set -u
# shellcheck source=tests/cli/machine.sh
. "$(dirname "$0")/../machine.sh"
second=$top/tests/cli/history/history.py
export XDG_STATE_HOME="$dir/state"
printf '{"schema": "rampart-policy/1", "images": ["other"]}' >policy.json
verify() # TIME [OPTION...]
{
	at=$1
	shift
	"$rampart" verify --evidence evidence.json --golden golden.json --roots root.der --at "$at" "$@" >out 2>err
	echo $?
}
history() # [OPTION...]: exit code, and what is wrong
{
	"$rampart" history "$@" >out 2>err
	echo "$? $(cat err)"
}
file=state/rampart/history/history.jsonl

is "$(verify 2027-05-02T10:00:00Z)" 0 "a verdict"
is "$(ls state 2>/dev/null)" "" "is not recorded unless that is asked for"
is "$(history)" "2 rampart history: nothing was recorded yet; \`rampart verify\` and \`rampart connect\` do that with --record" \
	"which the command says"
is "$(history gone.jsonl)" "2 rampart history: gone.jsonl: No such file or directory" "as it says what file is not there"
verify 2027-05-02T10:00:00Z --record >/dev/null
is "$(verify 2027-05-03T08:00:00Z --record --policy policy.json)" 1 "one that does not hold"
verify 2027-05-03T09:00:00Z --record >/dev/null
verify 2027-05-04T00:00:00Z --record >/dev/null
is "$(python3 -I "$second" $file)" 4 "a second reader finds four lines that hold"
is "$(stat -c %a $file)" 600 "for their owner alone"
is "$(history)" "0 " "so does the command"
is "$(cut -d' ' -f1-9 out | sed -n 2p)" "2  2027-05-03T08:00:00Z  fails  evidence.json  test" "each has its number, time, verdict and machine"
is "$(jq -r '[.n, .verdict, .image, .version, .code, .golden] | map(tostring) | join(" ")' $file | sed -n 2p)" \
	"2 fails test 1.2 policy.image $(sha256sum <golden.json | cut -d' ' -f1)" "and what it was, with the digest of the golden values"
is "$(jq -r .identity $file | sort -u)" "$("$rampart" verify --evidence evidence.json --golden golden.json --roots root.der --json | jq -r .identity)" \
	"and the key of the machine"
history --at 2027-05-03 >/dev/null
is "$(cut -d' ' -f1 out | tr '\n' ' ')" "2 3 " "what did I talk to on 3 May"
history --at 2027-05-03T08:30:00Z >/dev/null
is "$(cut -d' ' -f1 out | tr '\n' ' ')" "2 " "and last at half past eight"
is "$(history --at 2027-06-01; cat out)" "0 " "a day without a line has none"
is "$(history --at May | cut -d'(' -f1)" "2 rampart history: --at May: not a time " "a time has a form"
history --json >/dev/null
same $file out "as JSON it is the lines as they are"

# Elsewhere.
verify 2027-05-02T10:00:00Z --record=mine.jsonl >/dev/null
verify 2027-05-02T11:00:00Z --record=mine.jsonl >/dev/null
is "$(history mine.jsonl)" "0 " "a file of one's own"
is "$(verify 2027-05-02T10:00:00Z --record=nowhere/mine.jsonl) $(cat err)" "2 rampart verify: nowhere/mine.jsonl: No such file or directory" \
	"that cannot be written is an error"

# Changes.
changed() # SED WHY SENTENCE
{
	sed "$1" $file >changed
	is "$(history changed)" "1 rampart history: changed: $2" "$3"
}
changed 3d 'line 3 has number 4: 1 before it were removed' "a line that was removed"
changed 1d 'line 1 has number 2: 1 before it were removed' "also the first"
changed '2s/fails/holds/' 'line 2 was changed: its sum is another, or it is no line' "a line that was changed"
changed '4s/holds/fails/' 'line 4 was changed: its sum is another, or it is no line' "also the last"
changed '2{h;d};3{G}' 'line 2 has number 3: 1 before it were removed
rampart history: changed: line 3 has number 2, and follows 3: it was moved, or is there twice
rampart history: changed: line 4 has number 4: 1 before it were removed' "lines that were moved"
changed '2p' 'line 3 has number 2, and follows 2: it was moved, or is there twice' "a line that is there twice"
sed 1q $file >one
verify 2027-05-03T07:00:00Z --record=one --policy policy.json >/dev/null
{ cat one; sed 1,2d $file; } >changed
is "$(history changed)" "1 rampart history: changed: line 3 does not follow the one before it, which is another than it was" \
	"a line in place of another, whole as it is"
head -c -20 $file >torn
is "$(history torn | sed 's/torn: [0-9]* bytes/torn: N bytes/')" "1 rampart history: torn: line 4 is torn: N bytes without an end" "a torn line"
size=$(tail -n 1 torn | wc -c)
is "$(verify 2027-05-05T10:00:00Z --record=torn) $(cat err)" \
	"0 rampart verify: warning: torn: its last line was torn, $size bytes; they were cut off" "is cut off when the next is written"
is "$(history torn)$(tail -n 1 torn | jq -r '"\(.n) \(.torn)"')" "0 4 $size" "which says so"
is "$(python3 -I "$second" torn)" 4 "and holds"
sed '4s/holds/fails/' $file >changed
is "$(verify 2027-05-05T10:00:00Z --record=changed) $(cat err)" \
	"2 rampart verify: changed: its last line is damaged, so nothing is added; run: rampart history" "nothing is added to a line that is damaged"

# Many at once.
i=0
while [ $i -lt 12 ]; do
	"$rampart" verify --evidence evidence.json --golden golden.json --roots root.der --at @1800000000 --record=many >/dev/null &
	i=$((i + 1))
done
wait
is "$(python3 -I "$second" many)" 12 "several programs share a file"
finish
