#!/bin/sh
# SPDX-License-Identifier: MIT
# debian.sh OUT.tar WORK: a real image as a docker-archive: the files of a few Debian packages, as they are
# installed in the toolbox, with setuid programs, dynamic libraries and two layers; made by umoci and skopeo.
# Its program is a small web server in Perl on port 8080, run by the user www-data.
set -eu
out=$1
work=$2
mkdir -p "$work"

# Folders are listed too; names that packages diverted or documentation that was left out are not there.
dpkg -L base-files base-passwd dash grep libc6 libcrypt1 libpcre2-8-0 login.defs mount passwd perl-base util-linux |
	sort -u >"$work/listed"
while read -r path; do
	if [ -e "$path" ] || [ -L "$path" ]; then
		echo "$path"
	fi
done <"$work/listed" >"$work/there"
for path in /bin /lib /lib64 /sbin /etc/passwd /etc/group; do
	echo "$path"
done >>"$work/there"

umoci init --layout "$work/oci"
umoci new --image "$work/oci:latest"
umoci unpack --image "$work/oci:latest" "$work/bundle"
tar -C / --no-recursion -cf "$work/files.tar" --verbatim-files-from -T "$work/there"
tar -C "$work/bundle/rootfs" --numeric-owner -xpf "$work/files.tar"
umoci repack --refresh-bundle --image "$work/oci:latest" "$work/bundle"

mkdir -p "$work/bundle/rootfs/srv"
cat >"$work/bundle/rootfs/srv/httpd" <<'END'
#!/usr/bin/perl
use strict;
use IO::Socket::INET;
my $port = shift;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 8, ReuseAddr => 1)
	or die "port $port: $!";
open my $secret, '<', '/srv/secret' or die "/srv/secret: $!";
my $word = <$secret>;
my $user = getpwuid($>) // 'nobody known';
while (my $client = $server->accept) {
	while (my $line = <$client>) { last if $line =~ /^\r?\n/ }
	my $body = "perl $^V, uid $>, $user, secret $word";
	print $client "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
	close $client;
}
END
chmod 755 "$work/bundle/rootfs/srv/httpd"
echo readable >"$work/bundle/rootfs/srv/secret"
chown www-data:www-data "$work/bundle/rootfs/srv/secret"
chmod 600 "$work/bundle/rootfs/srv/secret"
rm "$work/bundle/rootfs/etc/issue.net"
umoci repack --image "$work/oci:latest" "$work/bundle"
umoci config --image "$work/oci:latest" --config.user www-data --config.entrypoint /srv/httpd \
	--config.cmd 8080 --config.exposedports 8080/tcp --config.workingdir /srv
skopeo --insecure-policy copy --quiet "oci:$work/oci:latest" "docker-archive:$out:debian:latest"
