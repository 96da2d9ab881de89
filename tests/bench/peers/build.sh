# SPDX-License-Identifier: MIT
# Runs in the bench root. Makes mkosi.efi, trimmed.efi and busybox.efi from the locked packages.
export RAMPART_CACHE=/cache LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0
/src/scripts/toolbox/repo.sh /src/scripts/bench.lock "$PWD/repo"

mkdir config
cp -R "$DIR"/* config
for profile in '' trimmed; do
	name=${profile:-mkosi}
	mkosi --directory=config --profile="$profile" --local-mirror="file://$PWD/repo" \
		--workspace-dir="$PWD" --package-cache-dir="$PWD" --output-dir="$PWD" --output="$name" build
	cp --remove-destination "$name.efi" "$OUT"
done

# busybox and the same kernel, with a script as PID 1.
set -- /boot/vmlinuz-*
mkdir -p root/bin root/dev root/proc
cp /bin/busybox root/bin/busybox
for applet in sh mount sleep; do ln -s busybox "root/bin/$applet"; done
cp "$DIR/ready.sh" root/init
(cd root && find . | sort | cpio --quiet --reproducible -o -H newc -R 0:0) >root.cpio
zstd -q -19 root.cpio
echo 'console=ttyS0 quiet' >cmdline
/src/scripts/image/uki.sh "$1" root.cpio.zst cmdline /usr/lib/os-release "${1#*-}" "$OUT/busybox.efi"
