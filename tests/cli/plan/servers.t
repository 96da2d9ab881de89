#!/bin/sh
# SPDX-License-Identifier: MIT
# Servers and runtimes as Debian has them, in their own root (scripts/servers.lock) and without a machine: each under the
# filter and Landlock of its own image.conf (tests/servers/NAME.conf, `rampart plan --try`), as an ordinary user. It serves,
# does what such programs do, and is not killed. tests/long/10-servers.t boots them.
set -u
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
# shellcheck source=tests/lib/box.sh
. tests/lib/box.sh
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root, as the toolbox's"; exit 0; }
box=$(box_root servers)
[ -d "$box" ] || { echo "1..0 # SKIP $box is not there; run: scripts/toolbox/toolbox.sh servers"; exit 0; }
dir=$(mktemp -d)
chmod 755 "$dir"
trap 'rm -rf "$dir"' EXIT
echo '{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/local/bin:/usr/bin:/bin"]}}' >"$dir/oci.json"
# As little of EROFS as is looked at: the superblock's magic.
{ head -c 1024 /dev/zero; printf '\342\341\365\340'; head -c 3068 /dev/zero; } >"$dir/c.erofs"

# with CONF ASK COMMAND...: COMMAND under the walls of tests/servers/CONF.conf, in a world of its own in which nothing lives
# on. Meanwhile a shell outside of the walls does ASK, and both end with that. Sets code; $dir/said is what COMMAND says.
with()
{
	# On a volume it would want a kernel's modules.
	sed '/^storage = volume$/d' "tests/servers/$1.conf" >"$dir/image.conf"
	shift
	# shellcheck disable=SC2016 # the inner shell expands for itself
	unshare --mount --net --pid --fork --kill-child sh -euc '
		box=$1 dir=$2 ask=$3
		shift 3
		ip link set lo up
		for folder in src dev; do mount --rbind "/$folder" "$box/$folder"; done
		mount -t proc proc "$box/proc"
		mount -t tmpfs -o mode=1777 tmpfs "$box/tmp"
		mount -t tmpfs -o mode=1777 tmpfs "$box/dev/shm"
		mount --bind tests/servers/srv "$box/srv"
		mount --bind "$dir" "$box/mnt"
		chroot "$box" setpriv --reuid=www-data --regid=www-data --clear-groups \
			env -i --chdir=/srv PATH=/usr/bin:/bin HOME=/tmp USER=www-data LC_ALL=C.UTF-8 \
			/src/build/bin/rampart plan /mnt/image.conf --oci-config /mnt/oci.json \
			--container /mnt/c.erofs --profiles /src/initramfs/seccomp --try -- "$@" >"$dir/said" 2>&1 </dev/null &
		eval "$ask"' sh "$box" "$dir" "$@"
	code=$?
	[ $code = 0 ] || tail -n 15 "$dir/said" | sed 's/^/# /'
}

# server NAME [PATH WANT SENTENCE]...: the server of tests/servers/NAME.conf serves, and its PATH says WANT.
server()
{
	name=$1
	shift
	printf '%s\n' / "$@" | grep '^/' >"$dir/paths"
	# Its program and arguments, which have no spaces in them.
	# shellcheck disable=SC2016,SC2046 # the inner shell expands for itself; words
	with "$name" '
		server=$!
		tries=0
		until curl -sf --max-time 5 -o /dev/null http://127.0.0.1:8080/ || [ $tries = 600 ] || ! kill -0 $server; do
			tries=$((tries + 1))
			sleep 0.2
		done
		i=0
		while read -r path; do
			i=$((i + 1))
			curl -s --max-time 300 "http://127.0.0.1:8080$path" >"$dir/answer.$i" || :
		done <"$dir/paths"
		seq -f "http://127.0.0.1:8080/?%g" 100 | xargs -P 8 -n 10 curl -sf >"$dir/hundred"' \
		$(sed -n 's/^entrypoint = //p; s/^args = //p' "tests/servers/$name.conf")
	is "$code $(grep -c '^it is served$' "$dir/hundred")" "0 100" "$name serves"
	i=1
	while [ $# -gt 0 ]; do
		i=$((i + 1))
		is "$(tail -n 1 "$dir/answer.$i")" "$2" "$name: $3"
		shift 3
	done
	is "$(grep -c 'the filter killed' "$dir/said")" 0 "and nothing of $name is killed"
}

# runs CONF SENTENCE COMMAND...
runs()
{
	conf=$1
	sentence=$2
	shift 2
	# shellcheck disable=SC2016
	with "$conf" 'wait $!' "$@"
	is $code 0 "$sentence"
}

server nginx
server caddy
server node
server python /child "it is served" "asyncio starts a program" /pool 285 "multiprocessing starts workers anew" \
	/user www-data "getpass finds its user"
server tomcat /child.jsp "it is served" "a page is compiled, which starts a program"
server torch /loader 4950 "a DataLoader has workers" /gloo 42 "gloo finds its interface" \
	/compiled 16 "what g++ made in its scratch is loaded and called" /compile 12 "torch.compile makes a function anew"

cat >"$dir/all.js" <<'END'
const { execSync, spawn } = require('node:child_process');
const { Worker } = require('node:worker_threads');
const fs = require('node:fs');
execSync('true');
fs.cpSync('/srv/www', '/tmp/copy', { recursive: true });
try {
	fs.watch('/tmp').close();
} catch (error) {
	if (error.code !== 'ENOSYS') throw error; // as on a kernel without inotify
}
require('node:crypto').generateKeyPairSync('ed25519');
require('node:zlib').brotliCompressSync('words');
require('node:dns').lookup('localhost', () => {});
new Worker('require("node:fs").readdirSync("/")', { eval: true }).on('exit', code =>
	spawn('sh', ['-c', `exit ${code}`]).on('exit', last => process.exit(last)));
END
runs nginx "Node's workers, programs, files, keys and names" /usr/bin/node /mnt/all.js
runs tomcat "a JVM, which shares its classes" /usr/bin/java -Xshare:auto -XX:+UseG1GC -version
runs nginx "Vulkan by Mesa, on lavapipe" sh -c 'VK_DRIVER_FILES=/usr/share/vulkan/icd.d/lvp_icd.json vulkaninfo --summary |
	grep "driverName *= llvmpipe"'
finish
