# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# small.sh: a plan, a platform and a disk that nothing boots, for commands that read them. Source it in place of tap.sh; the
# test is then in an empty folder, $dir, which goes with it. Sets $top, $rampart, $efi, $dir.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
own_folder
efi=/usr/lib/systemd/boot/efi
export MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1

small_plan() # LINE...: the least that a plan has, and these lines
{
	digest=sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
	echo rampart-plan/1
	{
		printf '%s\n' "$@" "arg.00 /server" "container $digest 4096" "debug 0" "image demo" "limit.cpu 0" "limit.files 64" \
			"limit.memory 1048576" "limit.pids 16" "port 8080" "restart never" "restart.max 0" "restart.window 600" \
			"scratch 0" "version 1.2" "workdir /"
		for program in container dialer gateway launcher quoter udhcpc; do echo "seccomp.$program $digest 8"; done
	} | LC_ALL=C sort
}

small_platform()
{
	ones=1111111111111111111111111111111111111111111111111111111111111111
	cat <<END
{"schema": "rampart-platform/1", "name": "test-platform", "shape": {"cpus": 2}, "banks": ["sha256", "sha384"],
 "events": [{"pcr": 0, "type": "EV_S_CRTM_VERSION", "sha256": "$ones", "sha384": "$ones${ones%????????????????????????????????}", "what": "1"}]}
END
}

# Any EFI program can stand for the kernel. disk.sh writes FAT16. The parts stay beside: initrd, cmdline, os-release,
# loader.conf.
small_disk() # UKI: it and disk.img
{
	head -c 5000 /dev/urandom >initrd
	printf ' console=ttyS0\tquiet \n' >cmdline
	printf 'ID=demo\n' >os-release
	printf 'timeout 0\n' >loader.conf
	ukify build --linux=$efi/systemd-bootx64.efi --initrd=initrd --cmdline=@cmdline --os-release=@os-release \
		--uname=6.12.0 --stub=$efi/linuxx64.efi.stub --output="$1" >/dev/null 2>log || cat log
	(cd "$top" && scripts/image/disk.sh "$dir/disk.img" "$dir/$1" "$dir/loader.conf" >/dev/null 2>&1) || echo "Bail out! no disk"
}
