#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh and images that are as they should be: the same content gives the same file system in whatever
# form it comes, and the content is what umoci unpacks. Runs in the toolbox, from the tree.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
here=$PWD/$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
top=$PWD
cd "$dir" || exit 1

import() # IMAGE NAME
{
	"$top/scripts/image/import.sh" "$1" "$2.erofs" "$2.config" "$2.manifest" "$2.files" "$2.user" "$2.notes" 2>"$2.err"
	code=$?
	[ $code = 0 ] || sed 's/^/# /' "$2.err"
	return $code
}

# Every path with kind, mode, size, number of names, and target or content.
listing() # FOLDER
{
	(
		cd "$1" || exit 1
		find . -mindepth 1 -type d -printf '%P %y %m\n'
		find . -mindepth 1 ! -type d -printf '%P %y %m %s %n %l\n'
		find . -type f -exec sha256sum {} +
	) | sort
}

for form in gzip zstd tar frames; do
	python3 -B "$here/images.py" good $form $form
	import $form $form
	result $? "an OCI layout, layers: $form"
done
for form in zstd tar frames; do
	same gzip.erofs $form.erofs "the same file system: $form"
	same gzip.files $form.files "the same list: $form"
done

# The same image in the forms that skopeo writes.
convert() # FROM TO [OPTION...]
{
	from=$1 to=$2
	shift 2
	skopeo --insecure-policy copy --quiet "$@" "$from" "$to" >skopeo.log 2>&1 || sed 's/^/# /' skopeo.log
}
convert oci:gzip oci-archive:gzip.oci.tar
convert oci:gzip docker-archive:gzip.docker.tar:name:tag
convert oci:gzip oci:skopeo-zstd --dest-compress-format zstd
gzip -9 <gzip.docker.tar >gzip.docker.tar.gz
zstd -q <gzip.oci.tar >gzip.oci.tar.zst
for form in gzip.oci.tar gzip.docker.tar skopeo-zstd gzip.docker.tar.gz gzip.oci.tar.zst; do
	import $form $form && same gzip.erofs $form.erofs "the same file system: $form"
done
grep -q 'tar+zstd' skopeo-zstd.manifest
result $? "skopeo has compressed with zstd"
is "$(wc -c <gzip.docker.tar.manifest)" 0 "a docker-archive has no OCI manifest"
is "sha256:$(sha256sum <gzip.oci.tar.manifest | cut -d' ' -f1)" \
	"$(tar -xOf gzip.oci.tar index.json | jq -r '.manifests[0].digest')" "the manifest is the one of the index"
is "$(sha256sum <gzip.config)" "$(sha256sum <"gzip/blobs/$(jq -r .config.digest gzip.manifest | tr : /)")" \
	"the configuration is the image's"

# umoci knows no zstd and no several members, but unpacks the plain form.
skopeo --insecure-policy copy --quiet oci:gzip oci:umoci:x && umoci unpack --image umoci:x bundle >umoci.log 2>&1 ||
	sed 's/^/# /' umoci.log
mkdir out
fsck.erofs --extract=out gzip.erofs >fsck.log 2>&1
result $? "the file system passes fsck.erofs"
for folder in dev model proc sys tmp; do
	mkdir -p bundle/rootfs/$folder
	chmod 755 bundle/rootfs/$folder
done
listing bundle/rootfs >want
listing out >got
same want got "the content is what umoci unpacks"
for gone in etc/gone etc/hidden/below etc/hidden/deep full/of; do
	is "$(ls -d out/$gone 2>/dev/null)" "" "hidden by the upper layer: $gone"
done
is "$(ls out/etc/hidden)" new "an opaque folder keeps what its own layer put there"
is "$(cat out/bin/a out/bin/stays out/bin/same)" "secondfirstfirst" "a replaced file lets go of its other names"
is "$(stat -c %h out/bin/stays)" 2 "the other names stay one file"
is "$(readlink out/lib) $(echo out/usr/lib/*)" "usr/lib out/usr/lib/x.so out/usr/lib/y.so" \
	"a relative link inside the image is followed"

is "$(cat gzip.user)" "4242:4243 server" "the user is looked up by name"
owner() # PATH: uid:gid in the file system
{
	dump.erofs --path="$1" gzip.erofs | sed -n 's/^Uid: *\([0-9]*\) *Gid: *\([0-9]*\).*/\1:\2/p'
}
id=$(sed -n 's/.*UID_CONTAINER \([0-9]*\)$/\1/p' "$top/initramfs/common/confine.h")
is "$(owner /secret/key)" "$id:$id" "what belongs to the user belongs to the container"
is "$(owner /secret/group)" "0:$id" "what belongs to a group of the user does too"
is "$(owner /secret/other)" "0:0" "what belongs to another is root's"
is "$(owner /bin/a)" "0:0" "what belongs to root is root's, if the user is another"

# User in every shape of config.md.
user() # USER WANT SENTENCE
{
	python3 -B "$here/images.py" user "$1" "$dir/user"
	import user user
	is "$(cat user.user)" "$2" "$3"
	rm -rf user
}
user "" "0:0 root" "no user: root"
user 4242 "4242:4243 4242" "a number has the group of its name"
user 77 "77:0 77" "a number without a name has group 0"
user 4242:9 "4242:9 4242:9" "a group that is given replaces the others"
user server:extra "4242:4300 server:extra" "a group by name"
user :extra "0:4300 :extra" "a group alone"
user 1000680000:0 "1000680000:0 1000680000:0" "a number as OpenShift has them"
user 4294967294 "4294967294:0 4294967294" "the last number that there is"

# What is taken away is said.
python3 -B "$here/images.py" stripped "$dir/stripped"
import stripped stripped
result $? "setuid files, attributes and the nodes of /dev are no reason to refuse"
layer="layer 0 ($(jq -r '.layers[0].digest' stripped.manifest))"
cat >want <<END
$layer: /dev/console: device node left out
$layer: /dev/null: device node left out
$layer: /bin/su: setuid or setgid removed: mode 4755
$layer: /bin/ping: attribute dropped: acl.access
$layer: /bin/ping: file capabilities dropped: security.capability
$layer: /bin/ping: attribute dropped: user.note
$layer: /var: setuid or setgid removed: mode 2775
END
same want stripped.notes "each is named with its layer"
sed 's/^/  import: /' want | cmp -s - stripped.err
result $? "and said while building"
rm -rf out && mkdir out
fsck.erofs --extract=out --xattrs stripped.erofs >fsck.log 2>&1
is "$(find out -perm /6000 -o -type c -o -type b)" "" "no setuid file and no node is in the file system"
is "$(dump.erofs --path=/bin/ping stripped.erofs | sed -n 's/.*Xattr size: *//p')" 0 "and no attribute"
is "$(stat -c %a out/bin/su out/var | paste -sd ' ')" "755 775" "the other bits of their modes stay"

# Choosing.
python3 -B "$here/images.py" choices "$dir/choices"
import choices choices && same gzip.erofs choices.erofs \
	"linux/amd64 is found in a nested index, among other platforms, attestations and artifacts"

# Outside the tree's own rules: one file system whoever builds it.
(umask 077 && TZ=Asia/Tokyo LC_ALL=C && export TZ LC_ALL && import gzip again)
same gzip.erofs again.erofs "mask, time zone and locale change no byte"
finish
