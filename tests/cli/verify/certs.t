#!/bin/sh
# SPDX-License-Identifier: MIT
# rampart certs: what is missing between a TPM's certificate and a pinned root comes from where each certificate says, as DER,
# PEM or PKCS #7; it is kept if the chain then holds, and never otherwise. Certificates of openssl(1), a server on this host.
# seen: gce: what its real certificates lack is fetched from where they say
# seen: azure: what its real certificates lack is fetched from where they say
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
rampart=$PWD/build/bin/rampart
top=$PWD
machine=$PWD/tests/fuzz/machine/evidence.json
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$dir"' EXIT
cd "$dir" || exit 1
mkdir www

cat >server.py <<'END'
import http.server
import os
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/moved.crt":
            self.send_response(302)
            self.send_header("Location", "/middle.crt")
            self.end_headers()
        elif self.path == "/endless.crt":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"0" * 4096)
            except OSError:
                pass
        elif self.path == "/short.crt":
            data = open("middle.crt", "rb").read()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:-9])
        else:
            super().do_GET()

    def log_error(self, *args):
        pass

    def log_message(self, *args):
        with open("../asked", "a", encoding="ascii") as log:
            log.write(self.path + "\n")


os.chdir("www")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("../port.new", "w", encoding="ascii") as file:
    file.write(str(server.server_address[1]))
os.rename("../port.new", "../port")
server.serve_forever()
END
python3 server.py 2>/dev/null &
server=$!
tries=0
while [ ! -f port ] && [ $tries -lt 300 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
[ -f port ] || { echo "Bail out! no server"; exit 1; }
at=http://127.0.0.1:$(cat port)

ca() # NAME SUBJECT ISSUER EXTENSION...
{
	name=$1 subject=$2 issuer=$3
	shift 3
	printf '%s\n' "basicConstraints=critical,CA:true" "keyUsage=critical,keyCertSign" "$@" >ext
	openssl ecparam -name prime256v1 -genkey -noout -out "$name.key" 2>/dev/null
	issue
}
leaf() # NAME ISSUER URL [USE]
{
	name=$1 issuer=$2
	printf '%s\n' "keyUsage=critical,${5:-digitalSignature}" "extendedKeyUsage=${4:-2.23.133.8.3}" ${3:+"authorityInfoAccess=caIssuers;URI:$3"} >ext
	subject="/CN=$name"
	openssl ecparam -name prime256v1 -genkey -noout -out "$name.key" 2>/dev/null
	issue
}
issue()
{
	openssl req -new -key "$name.key" -subj "$subject" -out req 2>/dev/null
	if [ "$issuer" = "$name" ]; then
		openssl x509 -req -in req -signkey "$name.key" -days 100 -extfile ext -out "$name.pem" 2>/dev/null
	else
		openssl x509 -req -in req -CA "$issuer.pem" -CAkey "$issuer.key" -set_serial 7 -days 100 -extfile ext -out "$name.pem" 2>/dev/null
	fi
}
ca root "/CN=root" root
ca other "/CN=root" other
ca middle "/CN=middle" root "authorityInfoAccess=caIssuers;URI:$at/root.crt" "extendedKeyUsage=2.23.133.8.3,2.23.133.8.1"
ca false "/CN=middle" other
for name in root middle false; do
	openssl x509 -in $name.pem -outform DER -out www/$name.crt
done
cp middle.pem www/middle.pem
openssl crl2pkcs7 -nocrl -certfile middle.pem -certfile root.pem -outform DER -out www/chain.p7c
openssl crl2pkcs7 -nocrl -certfile middle.pem -outform PEM -out www/chain.pem
echo "no certificate" >www/text.crt
: >www/empty.crt
cat middle.pem false.pem >www/two.pem
printf '{"schema": "rampart-policy/1", "roots": ["sha256:%s"]}' "$(sha256sum <www/root.crt | cut -d' ' -f1)" >policy.json
fingerprint() { sha256sum <"www/$1.crt" | cut -d' ' -f1; }

fetched() # CERTIFICATE [ARGUMENT...]: exit code, what was asked for, what is kept
{
	certificate=$1
	shift
	rm -rf into asked
	"$rampart" certs "$certificate" --policy policy.json --into into "$@" >out 2>err
	echo "$? $(tr '\n' ' ' <asked 2>/dev/null)$(find into -type f 2>/dev/null | sort | sed 's|.*/||' | tr '\n' ' ')"
}
both=$(printf '%s.pem\n%s.pem\n' "$(fingerprint middle)" "$(fingerprint root)" | sort | tr '\n' ' ')
leaf ak middle "$at/middle.crt"
is "$(fetched ak.pem)" "0 /middle.crt /root.crt $both" "an intermediate and the root are fetched"
is "$(sort out | tr '\n' ' ')" "$(echo "$both" | sed 's|\([0-9a-f]*.pem\)|into/\1|g')" "their files are printed"
cmp -s "into/$(fingerprint middle).pem" middle.pem
result $? "a file is the certificate in PEM"
is "$(fetched ak.pem --roots root.pem)" "0 /middle.crt $(fingerprint middle).pem " "nothing more than is missing"
is "$(fetched ak.pem --roots root.pem --certs middle.pem)" "0 " "nothing if nothing is"
openssl x509 -in ak.pem -outform DER -out ak.der
is "$(fetched ak.der)" "0 /middle.crt /root.crt $both" "the certificate may be DER"
for form in middle.pem chain.p7c chain.pem two.pem; do
	leaf "ak" middle "$at/$form"
	is "$(fetched ak.pem)" "0 /$form /root.crt $both" "the answer may be $form"
done
leaf ek middle "$at/middle.crt" 2.23.133.8.1 keyAgreement
is "$(fetched ek.pem)" "0 /middle.crt /root.crt $both" "the certificate may be that of an EK"

# As Azure's are, whose keys' certificates say where to go on.
ca upper "/CN=upper" root "authorityInfoAccess=caIssuers;URI:$at/root.crt"
ca lower "/CN=lower" upper "authorityInfoAccess=caIssuers;URI:$at/upper.crt"
for name in upper lower; do openssl x509 -in $name.pem -outform DER -out www/$name.crt; done
leaf ak lower "$at/lower.crt"
is "$(fetched ak.pem | cut -d' ' -f1-4) $(wc -l <out)" "0 /lower.crt /upper.crt /root.crt 3" "two intermediates, one after the other"

refused() # CODE PATH SENTENCE PATTERN
{
	leaf ak middle "$at/$2"
	is "$(fetched ak.pem)" "$1 /$2 " "$3"
	grep -q -- "$4" err || { sed 's/^/# /' err; result 1 "and says: $4"; }
}
refused 1 false.crt "a certificate of that name with another key is not kept" "not the certificate of the issuer"
refused 2 text.crt "nor text" "neither a certificate nor PKCS #7"
refused 2 empty.crt "nor nothing" "it is empty"
refused 2 none.crt "nor what is not there" "status 404"
refused 2 moved.crt "nor what is elsewhere" "status 302"
refused 2 endless.crt "nor what does not end" "more than 65536 bytes"
refused 2 short.crt "nor what is cut short" "the answer is not whole"
leaf ak middle ""
is "$(fetched ak.pem)" "1 " "a certificate without such a place leads nowhere"
leaf ak middle "https://127.0.0.1:1/middle.crt"
is "$(fetched ak.pem)" "1 " "nor does one with a place that is not http"
leaf ak middle "http://127.0.0.1:1/middle.crt"
is "$(fetched ak.pem)" "2 " "a place that does not answer cannot be told"
leaf ak false "$at/false.crt"
is "$(fetched ak.pem)" "1 /false.crt " "a chain that ends elsewhere is not kept"
leaf ak middle "$at/middle.crt" serverAuth
is "$(fetched ak.pem)" "1 " "nor one of a certificate for something else"
leaf ak middle "$at/middle.crt"
is "$(fetched ak.pem --at 2050-01-01T00:00:00Z)" "1 /middle.crt /root.crt " "nor one that is not valid then"

# Evidence is a stranger's word: it does not lead into this user's own networks.
of_evidence() # URL [ARGUMENT...]
{
	leaf ak middle "$1"
	shift
	jq --arg der "$(openssl x509 -in ak.pem -outform DER | base64 -w 0)" '.ak.certificates = [$der] | .ek.certificates = []' "$machine" >evidence.json
	rm -rf into asked
	"$rampart" certs --evidence evidence.json --policy policy.json --into into --timeout 5 "$@" >out 2>err
	echo "$? $(tr '\n' ' ' <asked 2>/dev/null)$(find into -type f 2>/dev/null | sort | sed 's|.*/||' | tr '\n' ' ')"
}
is "$(of_evidence "$at/middle.crt")" "2 " "evidence does not have this machine asked"
is "$(grep -c '127.0.0.1 is not on the public internet.*--allow-host 127.0.0.1 if you mean it' err)" 1 "and it says what to do"
is "$(of_evidence "$at/middle.crt" --allow-host 127.0.0.1)" "0 /middle.crt /root.crt $both" "unless the user names the host"
is "$(of_evidence "$at/middle.crt" --allow-host 127.0.0.2)" "2 " "another one is no help"
is "$(of_evidence "http://localhost:$(cat port)/middle.crt") $(grep -c 'localhost is not on' err)" "2  1" "nor does a name lead here"
for host in 10.1.2.3 100.64.0.1 169.254.169.254 172.31.0.1 192.168.0.1 0.0.0.0 255.255.255.255 '[::1]' '[fd00::1]' \
	'[::ffff:127.0.0.1]' '[::ffff:a9fe:a9fe]' '[64:ff9b::7f00:1]' '[2002:7f00:1::]' '[::]'; do
	is "$(of_evidence "http://$host:1/middle.crt") $(grep -c 'is not on the public internet' err)" "2  1" "nor to $host"
done
for host in '[fe80::1]' 2130706433 0x7f.1; do # which may be no addresses at all
	is "$(of_evidence "http://$host:$(cat port)/middle.crt")" "2 " "nor to $host"
done

rm -f blocked
: >blocked
"$rampart" certs ak.pem --policy policy.json --into blocked >out 2>err
is "$? $(wc -c <out)" "2 0" "a folder that is a file is an error"
leaf ak middle "$at/middle.crt"
# A file that is there is whole, or `--certs` would stumble over it from then on.
mkdir full
mount -t tmpfs -o size=64k tmpfs full
head -c 65536 /dev/zero >full/other
mkdir full/into
"$rampart" certs ak.pem --policy policy.json --into full/into >out 2>err
is "$? $(wc -c <out) $(grep -c 'No space left on device$' err) $(ls full/into)" "2 0 1 " "on a disk that is full no file is left behind"
rm full/other
"$rampart" certs ak.pem --policy policy.json --into full/into >out 2>err
is "$? $(find full/into -type f | sort | sed 's|.*/||' | tr '\n' ' ')" "0 $both" "and the next time there is"
umount full
for bad in "" "ak.pem" "ak.pem --into into" "ak.pem --into into --policy policy.json --evidence x" "none.pem --into into --policy policy.json" \
	"ak.pem --into into --policy policy.json --at never" "ak.pem --into into --policy policy.json --timeout 0"; do
	# shellcheck disable=SC2086
	"$rampart" certs $bad >out 2>err
	is "$? $(wc -c <out) $(wc -l <err)" "2 0 1" "usage: certs $bad"
done
# The real chains of two clouds, and the policies that are shipped for them: what is missing is fetched from where the real
# certificates say. Their servers are played, in a network and with a table of hosts of the test's own.
for vectors in "${VECTORS:-}" /mnt/vectors "$top/../shared/vectors"; do
	[ ! -d "$vectors/evidence" ] || break
done
if [ ! -d "$vectors/evidence" ]; then
	result 0 "real chains # SKIP no folder of vectors (VECTORS=)"
	finish
fi
cat >cloud.py <<'END'
import http.server
import subprocess
import sys

files = dict(line.split() for line in open("served", encoding="ascii"))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = "http://" + self.headers["Host"] + self.path
        data = open(files[url], "rb").read() if url in files else b""
        self.send_response(200 if data else 404)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        with open("asked", "a", encoding="ascii") as log:
            log.write(url + "\n")

    def log_message(self, *args):
        pass


class Server(http.server.HTTPServer):
    def server_activate(self):
        super().server_activate()
        self.command = subprocess.Popen(sys.argv[1:])

    def service_actions(self):
        if self.command.poll() is not None:
            sys.exit(self.command.returncode)


Server(("127.0.0.1", 80), Handler).serve_forever(0.1)
END
place() # CERTIFICATE: where it says that its issuer's is
{
	openssl x509 -in "$1" -noout -ext authorityInfoAccess | sed -n 's/.*URI://p'
}
real() # POLICY CERTIFICATE TIME: exit code, and what was asked for, of the certificates in "served"
{
	sed 's,^http://,,; s,/.*,,; s/^/127.0.0.1 /' served >hosts
	rm -rf into
	: >asked
	unshare --mount --net sh -euc 'ip link set lo up; mount --bind hosts /etc/hosts; exec python3 cloud.py "$@"' sh \
		"$rampart" certs "$2" --policy "$top/measure/policies/$1.json" --into into --at "$3" >out 2>err
	code=$?
	echo "$code $(tr '\n' ' ' <asked)"
}
for name in ak_cert_ecc ak_intermediate_ca gcp_ak_root_ca; do
	openssl x509 -in "$vectors/evidence/gcp/$name.crt" -out "$name.pem"
done
{
	echo "$(place ak_cert_ecc.pem) $vectors/evidence/gcp/ak_intermediate_ca.crt"
	echo "$(place ak_intermediate_ca.pem) $vectors/evidence/gcp/gcp_ak_root_ca.crt"
} >served
is "$(real google ak_cert_ecc.pem 2027-01-15T00:00:00Z)" "0 $(place ak_cert_ecc.pem) $(place ak_intermediate_ca.pem) " \
	"Google: from an attestation key alone, the intermediate and the root that google.json pins are fetched"
is "$(sort out | tr '\n' ' ')" "$(sha256sum "$vectors/evidence/gcp/ak_intermediate_ca.crt" "$vectors/evidence/gcp/gcp_ak_root_ca.crt" |
	sed 's,^\([0-9a-f]*\).*,into/\1.pem,' | sort | tr '\n' ' ')" "and kept"
csplit -s -f azure. "$vectors/evidence/azure/cert_chain.pem" '/^-----BEGIN/' '{*}'
openssl x509 -in azure.03 -outform DER -out root.der
echo "$(place azure.02) $PWD/root.der" >served
cat azure.01 azure.02 >azure.both
is "$(real azure azure.both 2025-07-01T00:00:00Z)" "0 $(place azure.02) " "Azure: so is the root that azure.json pins"
is "$(real azure azure.01 2025-07-01T00:00:00Z) $(grep -c 'names no place of .*: give that one with --certs$' err)" "1  1" \
	"whose attestation key says no place; the error says what to do"
finish
