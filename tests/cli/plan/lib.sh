# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the tests of `rampart plan` and `rampart volume`: a small definition, what it needs, and a
# folder to be in.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"
rampart=$(realpath "${RAMPART:-build/bin/rampart}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
sha() # FILE
{
	sha256sum <"$1" | cut -d' ' -f1
}

fsv() # FILE: its digest as the plan has it
{
	echo "fsverity-$(fsverity digest "$1" | cut -d' ' -f1)"
}

# An EROFS superblock is at byte 1024.
{ head -c 1024 /dev/zero; printf '\342\341\365\340'; head -c 3068 /dev/zero; } >c.erofs
printf 'weights' >model.gguf
cat >oci.json <<'END'
{"os": "linux", "architecture": "amd64", "config": {
  "Entrypoint": ["/bin/server"], "Cmd": ["--default"], "WorkingDir": "/srv", "User": "nobody",
  "Env": ["PATH=/bin", "MODE=slow"], "ExposedPorts": {"8080/tcp": {}, "53/udp": {}}}}
END
cat >good.conf <<END
format = 1
[image]
name = demo
version = 1.2~rc1
[container]
recipe = recipe.sh
[limits]
memory = 64 MiB
pids = 32
END

# Small lists, since what stands in the real ones is no business of this test.
mkdir lists filters
for role in container dialer gateway launcher quoter udhcpc; do
	printf '# %s\ngroup all: for the test\nallow read write\n' $role >lists/$role.list
done
printf '# dri\ngroup dri: for the test\nallow-if ioctl 1&0xff00=0x6400\n' >lists/container-dri.list
printf '# kfd\ngroup kfd: for the test\nallow-if ioctl 1&0xffff=0x4b01\n' >lists/container-kfd.list
printf '# nvidia\ngroup nvidia: for the test\nallow-if ioctl 1=23\n' >lists/container-nvidia.list
cat >>lists/container.list <<'END'
allow-if socket 0=AF_INET 1&0xf=SOCK_STREAM
refuse ENOSYS clone3
refuse EPERM prctl 0=PR_SET_VMA
END

plan() # CONF [OPTION...]
{
	conf=$1
	shift
	"$rampart" plan "$conf" --oci-config oci.json --container c.erofs --profiles lists \
		--filters filters "$@" >out 2>err
}

# refuses NAME MESSAGE [OPTION...]: bad.conf is refused with exactly this line, and nothing else.
refuses()
{
	name=$1
	echo "rampart plan: $2" >want
	shift 2
	plan bad.conf "$@"
	[ $? = 2 ] && [ ! -s out ]
	result $? "$name: exit code 2, nothing printed"
	same want err "$name: one line says it"
}
