#!/bin/sh
# SPDX-License-Identifier: MIT
# `rampart plan`: program and working directory are found in the image's files, as the container would
# find them, and variables that an image leaves out are what a runtime gives.
set -u
# shellcheck source=tests/cli/plan/lib.sh
. "$(dirname "$0")/lib.sh"

cat >files <<'END'
container/bin 0777 - -> usr/bin
container/data 0644 12 00
container/etc 0755 - dir
container/loop 0777 - -> loop2
container/loop2 0777 - -> /loop
container/model 0755 - dir
container/my\040app 0755 - dir
container/my\040app/run\040it 0755 3 00
container/na\303\257ve\134 0755 - dir
container/na\303\257ve\134/run 0777 - -> ../my\040app/run\040it
container/opt 0755 - dir
container/opt/venv 0755 - dir
container/opt/venv/bin 0755 - dir
container/opt/venv/bin/python 0777 - -> /usr/bin/python3
container/opt/venv/bin/vllm 0755 9 00
container/opt/up 0777 - -> ../../../srv
container/srv 0755 - dir
container/srv/app 0755 5 00
container/srv/notes 0644 5 00
container/tmp 0755 - dir
container/usr 0755 - dir
container/usr/bin 0755 - dir
container/usr/bin/broken 0777 - -> gone
container/usr/bin/python3 0777 - -> python3.13
container/usr/bin/python3.13 0755 9 00
container/usr/bin/server 0755 9 00
container/usr/bin/vllm 0644 9 00
container/usr/local 0755 - dir
END

config() # MEMBERS: of the image's configuration, besides its port
{
	printf '{"os":"linux","architecture":"amd64","config":{"ExposedPorts":{"8080/tcp":{}},%s}}' "$1" >oci.json
}

finds() # WANT MEMBERS SENTENCE [CONF_LINE]: arg.00 and workdir, with a line of [container] if given
{
	config "$2"
	sed "s|^recipe.*|&\n${4:-}|" good.conf >own.conf
	plan own.conf --oci-files files
	is "$(sed -n 's/^arg.00 //p; s/^workdir //p' out | paste -sd ' ')$(cat err)" "$1" "$3"
}
finds "/usr/bin/server /" '"Entrypoint":["server"],"Env":["PATH=/sbin:/usr/bin"]' "a program is found in PATH"
finds "/opt/venv/bin/vllm /" '"Entrypoint":["vllm","serve"],"Env":["PATH=/usr/bin:/opt/venv/bin"]' \
	"what is not executable is passed over"
finds "/opt/venv/bin/python /" '"Cmd":["python"],"Env":["PATH=/opt/venv/bin:/usr/bin"]' \
	"a link keeps its name, by which a program may know its place"
finds "/bin/python3 /" '"Cmd":["/bin/python3"]' "folders may be links"
finds "/srv/app /srv" '"Entrypoint":["./app"],"WorkingDir":"/srv"' "a path is relative to the working directory"
finds "/usr/bin/server /srv" '"Entrypoint":["../usr/bin/server"],"WorkingDir":"/srv/../srv/"' "which gets its plain form"
finds "/srv/app /srv" '"Entrypoint":["app"],"Env":["PATH=:/usr/bin"],"WorkingDir":"/srv"' \
	"an empty part of PATH is the working directory"
finds "/srv/app /" '"Entrypoint":["app"],"Env":["PATH=srv"]' "a relative one is below it"
finds "/my app/run it /my app" '"Entrypoint":["./run it"],"WorkingDir":"/my app"' "names have spaces"
finds '/na\xc3\xafve\\/run /' '"Entrypoint":["/na\u00efve\\/run"]' "and any other bytes, as targets of links do"
finds "/srv/app /opt/up" '"Cmd":["/srv/app"],"WorkingDir":"/opt/up"' "a working directory may be a link"
finds "/usr/bin/server /srv" '"Entrypoint":["vllm"],"Env":["PATH=/usr/bin"],"WorkingDir":"/gone"' \
	"image.conf decides" 'entrypoint = server\nworkdir = /srv'
finds "/srv/app /" '"Entrypoint":["app"],"Env":["PATH=/usr/bin"]' "and its PATH counts" 'env = PATH=/srv'
finds "/usr/bin/server /tmp" '"Cmd":["/usr/bin/server"]' "a folder that is mounted is there" 'workdir = /tmp'

fails() # MESSAGE MEMBERS SENTENCE [CONF_LINE]
{
	config "$2"
	sed "s|^recipe.*|&\n${4:-}|" good.conf >bad.conf
	refuses "$3" "$1" --oci-files files
}
fails "bad.conf: the image's program server: No such file or directory in the image, in its PATH /sbin:/bin2" \
	'"Entrypoint":["server"],"Env":["PATH=/sbin:/bin2"]' "a program that PATH does not have"
fails "bad.conf: the image's program vllm: not executable in the image, in its PATH /usr/bin" \
	'"Entrypoint":["vllm"],"Env":["PATH=/usr/bin"]' "a program that cannot be executed"
fails "bad.conf:7: entrypoint = sevrer: No such file or directory in the image, in its PATH /usr/bin" \
	'"Cmd":["vllm"],"Env":["PATH=/usr/bin"]' "a program of image.conf, with its line" 'entrypoint = sevrer -x'
fails "bad.conf:7: args = /bin/serve: No such file or directory in the image" '"Cmd":["/bin/server"]' \
	"an argument that is the program, with its line" 'args = /bin/serve --port 1'
fails "bad.conf: the image's program /bin/gone: No such file or directory in the image" '"Cmd":["/bin/gone"]' \
	"an absolute program"
fails "bad.conf: the image's program /bin/broken: No such file or directory in the image" '"Cmd":["/bin/broken"]' \
	"a link that leads nowhere"
fails "bad.conf: the image's program /loop: Too many levels of symbolic links in the image" '"Cmd":["/loop"]' \
	"links in a circle"
fails "bad.conf: the image's program /srv: Is a directory in the image" '"Cmd":["/srv"]' "a folder"
fails "bad.conf: the image's program /data/x: Not a directory in the image" '"Cmd":["/data/x"]' "below a file"
fails "bad.conf: the image's program /srv/app/: Not a directory in the image" '"Cmd":["/srv/app/"]' "a slash after a file"
fails "bad.conf: the image's WorkingDir /gone: No such file or directory" '"Cmd":["/srv/app"],"WorkingDir":"/gone"' \
	"a working directory that is not there"
fails "bad.conf:7: workdir = /data: Not a directory" '"Cmd":["/srv/app"]' "a working directory that is a file" \
	'workdir = /data'
fails "bad.conf: the image's WorkingDir srv: not an absolute path" '"Cmd":["/srv/app"],"WorkingDir":"srv"' \
	"a relative working directory"
fails "bad.conf:7: workdir = /proc/self: hidden by what is mounted above it" '"Cmd":["/srv/app"]' \
	"a working directory below a mount" 'workdir = /proc/self'

# ---- a model of several files is a folder ----
config '"Cmd":["/srv/app"]'
cat good.conf - >models.conf <<END
[model llm]
file = model.gguf
digest = $(fsv model.gguf)
file = c.erofs
digest = $(fsv c.erofs)
END
sed 's|^recipe.*|&\nworkdir = /model/llm|' models.conf >own.conf
plan own.conf --oci-files files && grep -qx 'workdir /model/llm' out
result $? "the folder of a model is a working directory"
sed 's|^recipe.*|&\nworkdir = /model/other|' models.conf >bad.conf
refuses "the folder of no model" 'bad.conf:7: workdir = /model/other: no model of several files' --oci-files files

# ---- the environment ----
environment() # WANT ENV SENTENCE [CONF_LINE]
{
	config "\"Cmd\":[\"/srv/app\"],\"Env\":[$2]"
	sed "s|^recipe.*|&\n${4:-}|" good.conf >own.conf
	plan own.conf --oci-account account
	is "$(sed -n 's/^env.[0-9]* //p' out | paste -sd ' ')$(cat err)" "$1" "$3"
}
path=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
printf 'www\n/home/www\n' >account
environment "$path HOSTNAME=demo HOME=/home/www USER=www LOGNAME=www" '' \
	"PATH, HOSTNAME, and HOME, USER and LOGNAME of the image's user"
environment "TZ=Europe/Paris PATH=/x HOME=/h USER=u HOSTNAME=demo LOGNAME=www" \
	'"TZ=Europe/Paris","PATH=/x","HOME=/h","USER=u"' "what the image says stays, in its order"
environment "HOME=/image USER=x $path HOSTNAME=demo LOGNAME=www" '"HOME=/image"' "and so does what image.conf says" \
	'env = USER=x'
printf '\n\n' >account
environment "$path HOSTNAME=demo HOME=/" '' "a user that /etc/passwd does not know has / for its home"
printf 'www\n' >account
config '"Cmd":["/srv/app"]'
cp good.conf bad.conf
refuses "one line of an account" '--oci-account: account: not two lines' --oci-account account
refuses "no account" '--oci-account: gone: No such file or directory' --oci-account gone
refuses "no list" '--oci-files: gone: No such file or directory' --oci-files gone
echo 'container/x 0755' >broken
refuses "no line of a list" '--oci-files: broken:1: not a line of a list of files' --oci-files broken
finish
