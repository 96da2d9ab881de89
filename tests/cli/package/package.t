#!/bin/sh
# SPDX-License-Identifier: MIT
# package.sh with a package of three lines: what is built anew, what is not, and what a failure says.
set -eu
. tests/cli/tap.sh
work=build/package-test
dir=$work/small
trap 'rm -rf "$work" /cache/pkg/small-test-* build/pkg/small-test build/pkg/small-test.key build/log/small-test.log /cache/pkg/.build/small-test*' EXIT
rm -rf "$work" /cache/pkg/small-test-*
mkdir -p "$dir"
package=${PACKAGE_SH:-scripts/image/package.sh}

cat >"$dir/pin" <<END
name small-test
input $work/input
END
echo 'tr a-z A-Z <"$DIR/text" | cat - "/src/build/package-test/input" >"$OUT/text"; pwd >"$OUT/pwd"' >"$dir/build.sh"
echo one >"$dir/text"
echo more >"$work/input"

# package [ARGUMENT...]: $code, its words in $work/words.
package()
{
	code=0
	"$package" "$@" >"$work/words" 2>&1 || code=$?
}

key()
{
	python3 -I -B scripts/image/packagekeys.py "$dir" | cut -d ' ' -f 3
}

package "$dir"
is "$code:$(cat "$work/words")" "0:  PKG     small-test" "a package is built"
is "$(cat build/pkg/small-test/text)" "ONE
more" "its result is at build/pkg/NAME"
is "$(cat build/pkg/small-test.key)" "$(key)" "the key file holds the key"
first=$(key)
touch -d 2001-01-01 build/pkg/small-test.key
package "$dir"
is "$code:$(cat "$work/words")" 0: "nothing is built when nothing changed"
is "$(date -r build/pkg/small-test.key +%Y)" 2001 "and make is told of nothing"

echo two >"$dir/text"
package "$dir"
is "$(head -n 1 build/pkg/small-test/text)" TWO "a changed file of the package builds it anew"
echo other >"$work/input"
package "$dir"
is "$(tail -n 1 build/pkg/small-test/text)" other "a changed input builds it anew"
chmod +x "$dir/text"
is "$([ "$(key)" != "$(cat build/pkg/small-test.key)" ] && echo yes)" yes "a file that becomes executable changes the key"
chmod -x "$dir/text"
echo one >"$dir/text"
echo more >"$work/input"
is "$(key)" "$first" "the same bytes have the same key again"
package "$dir"
is "$code:$(cat "$work/words")$(head -n 1 build/pkg/small-test/text)" 0:ONE "and come from the cache"

echo 'echo "the last words"; touch "$OUT/half"; false; echo unreached' >"$dir/build.sh"
package "$dir"
is "$code:$(tail -n 1 "$work/words")" \
	"1:package.sh: small-test: the build failed; the end of its output is above, all of it in build/log/small-test.log" \
	"a build that fails says where its words are"
is "$(grep -c 'the last words' "$work/words")" 1 "and shows the last ones"
is "$(ls -d /cache/pkg/"$(key)" 2>/dev/null)" "" "and leaves no half result in the cache"

rm "$work/input"
package "$dir"
is "$code:$(cat "$work/words")" "1:package.sh: $work/input: named in a pin, not there" "a missing input is named"
echo more >"$work/input"
echo "source no-such-source" >>"$dir/pin"
package "$dir"
is "$code:$(cat "$work/words")" "1:package.sh: $dir/pin: scripts/sources.lock has no source no-such-source" \
	"a source that is not locked is named"
rm "$dir/build.sh"
package "$dir"
is "$code:$(cat "$work/words")" "1:package.sh: $dir: not a package: it has no build.sh" "a folder that is no package is refused"
finish
