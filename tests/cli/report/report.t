#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart report: a page for each verdict, whole or not at all, that says what `rampart verify` says.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
make_files=$PWD/build/host/files
own_folder
"$make_files" .
result $? "evidence of several machines is made"

cat >check.py <<'PYTHON'
import sys
from html.parser import HTMLParser

class Page(HTMLParser):
    """Says what is wrong with a page; nothing, if it is sound."""
    VOID = {"meta"}
    def __init__(self):
        super().__init__()
        self.open, self.bad, self.ids, self.links = [], [], [], []
        self.level = 0
    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in ("script", "link", "img", "iframe", "object", "form", "base"):
            self.bad.append(f"<{tag}>")
        self.bad += [f"{tag} {name}" for name in attrs if name.startswith("on") or name in ("src", "style")]
        if tag == "a" and not attrs["href"].startswith("#"):
            self.bad.append(attrs["href"])
        self.links += [attrs["href"][1:]] if tag == "a" else attrs.get("aria-labelledby", "").split()
        self.ids += [attrs["id"]] if "id" in attrs else []
        if tag == "th" and attrs.get("scope") not in ("col", "row"):
            self.bad.append("th without scope")
        if tag in ("h1", "h2", "h3"):
            if int(tag[1]) > self.level + 1:
                self.bad.append(f"{tag} skips a level")
            self.level = int(tag[1])
    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"</{tag}> closes another tag")

page = Page()
text = open(sys.argv[1], encoding="utf-8", errors="strict").read()
page.feed(text)
page.close()
page.bad += [f"left open: {tag}" for tag in page.open]
page.bad += [f"id twice: {name}" for name in set(page.ids) if page.ids.count(name) > 1]
page.bad += [f"leads nowhere: {name}" for name in page.links if name not in page.ids]
page.bad += [word for word in ("http:", "https:", "url(", "@import") if word in text]
print("; ".join(page.bad) or "sound")
PYTHON

with() # COMMAND EVIDENCE OPTION...
{
	command=$1
	evidence=$2
	shift 2
	"$rampart" "$command" --evidence "$evidence" --golden golden.json --roots root.der --at @1800000000 "$@"
}
for row in evidence:0 changed:1 refused:1; do
	name=${row%:*}
	with report "$name.json" --output "$name.html" >out 2>&1
	is "$? $(wc -c <out)" "${row#*:} 0" "$name: the exit code is the verdict's, and nothing is printed"
	is "$(python3 check.py "$name.html" 2>&1)" sound "$name: the page is sound HTML that needs nothing else"
	with report "$name.json" >again.html
	same "$name.html" again.html "$name: the same report gives the same bytes, on standard output too"
	with verify "$name.json" --json >verify.json
	grep -qF -- "$(jq -r .reason verify.json)" "$name.html"
	result $? "$name: the reason is that of rampart verify"
	missing=$(jq -r '.checks[].id' verify.json | while read -r id; do
		grep -qF "<code>$id</code>" "$name.html" || echo "$id"
	done)
	is "$missing" "" "$name: every check is on the page"
done
grep -q 'init=/bin/sh &lt;script&gt;alert(1)&lt;/script&gt;' changed.html
result $? "what a machine says is text, whatever it says"
is "$(find . -name '*.tmp')" "" "nothing is left beside the pages"

# The command that is told gives the same verdict.
command=$(sed -n 's/^<pre>\(.*\)<\/pre>$/\1/p' changed.html)
is "$command" \
	"rampart verify --evidence changed.json --golden golden.json --roots root.der --at 2027-01-15T08:00:00Z --explain" \
	"the page tells how to repeat the check"
mkdir "a b'c"
cp golden.json "a b'c/<g>.json"
with report evidence.json --golden "a b'c/<g>.json" >quoted.html
command=$(sed -n 's/^<pre>\(.*\)<\/pre>$/\1/p' quoted.html | sed "s/&#39;/'/g; s/&lt;/</g; s/&gt;/>/g")
PATH=$(dirname "$rampart"):$PATH sh -c "$command" >out 2>&1
is "$? $(tail -n 1 out)" "0 holds" "and it can be given to a shell as it is"

# The plan, in words, if it is the one that was measured.
with report evidence.json --plan plan >planned.html
is "$? $(python3 check.py planned.html)" "0 sound" "with the machine's plan there is a page"
grep -qF 'allowed     POST /v1/chat/completions' planned.html
result $? "that says what the gateway lets through"
grep -qF '&lt;b&gt;&amp;' planned.html
result $? "and whose words are text"
grep -qF 'this is what the machine enforces' planned.html
result $? "which the machine enforces, if the log holds"
with report changed.json --plan plan >planned.html
grep -qF 'only what the machine claims' planned.html
result $? "and which is a claim, if it does not"
sed 's/4096$/4097/' plan >other-plan
with report evidence.json --plan other-plan >out 2>err
is "$? $(wc -c <out) $(cat err)" "2 0 rampart report: other-plan: not the plan that this machine measured; its release has that" \
	"another plan is refused"
sed 's/^port.*/port x/' plan >bad-plan
with report evidence.json --plan bad-plan >out 2>err
is "$? $(wc -c <out) $(wc -l <err)" "2 0 1" "and so is what is none"

# Whole or not at all.
cp evidence.html before.html
with report changed.json --output no/folder.html >out 2>err
is "$? $(wc -c <out) $(wc -l <err)" "2 0 1" "a page that cannot be written is an error of one line"
mkdir folder
with report changed.json --output folder >out 2>err
is "$? $(find . -name '*.tmp')" "2 " "nor does it leave a part of itself"
ln -s /dev/full full.html.tmp
with report changed.json --output full.html >out 2>err
is "$? $(cat err) $(find . -name 'full*')" "2 rampart report: full.html: No space left on device " "nor on a disk that is full"
with report none.json --output evidence.html >out 2>err
is "$? $(wc -l <err)" "2 1" "evidence that is not there gives no page"
same before.html evidence.html "and leaves the one that was there"
with report evidence.json >/dev/full 2>err
is "$? $(head -n 1 err)" "2 rampart report: cannot write to standard output" "standard output that is full is an error"
finish
