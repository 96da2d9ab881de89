#!/bin/sh
# SPDX-License-Identifier: MIT
# `rampart plan`: arguments, variables, workdir of an image that are any bytes: each is one line of the
# plan, in one form, and nothing in it becomes another line.
set -u
# shellcheck source=tests/cli/plan/lib.sh
. "$(dirname "$0")/lib.sh"

config() # MEMBERS: of the image's configuration, besides its port
{
	printf '{"os":"linux","architecture":"amd64","config":{"ExposedPorts":{"8080/tcp":{}},%s}}' "$1" >oci.json
}

# is_plan NAME MEMBERS: the plan's lines of arg, env and workdir are those of standard input.
is_plan()
{
	cat >want
	config "$2"
	plan good.conf
	result $? "$1: compiles"
	grep -E '^(arg|env|workdir)' out >got
	same want got "$1: as it was"
}


is_plan 'a line of the plan in an argument' '"Entrypoint":["/bin/a"],"Cmd":["x\narg.02 injected"]' <<'END'
arg.00 /bin/a
arg.01 x\narg.02 injected
workdir /
END
is_plan 'a line of the plan in a variable' '"Cmd":["/bin/a"],"Env":["A=x\nenv.01 LD_PRELOAD=/x"]' <<'END'
arg.00 /bin/a
env.00 A=x\nenv.01 LD_PRELOAD=/x
workdir /
END
is_plan 'a line of the plan in a name of a variable' '"Cmd":["/bin/a"],"Env":["A\nenv.01 B=x"]' <<'END'
arg.00 /bin/a
env.00 A\nenv.01 B=x
workdir /
END
is_plan 'a line of the plan in the program' '"Entrypoint":["/bin/a\nrestart always"]' <<'END'
arg.00 /bin/a\nrestart always
workdir /
END
is_plan 'a line of the plan in WorkingDir' '"Cmd":["/bin/a"],"WorkingDir":"/\nzz 1"' <<'END'
arg.00 /bin/a
workdir /\nzz 1
END
is_plan 'scripts of several lines' '"Cmd":["/bin/sh","-c","set -e\n\texec server\n"],"Env":["MOTD=a\nb","PS1=# "]' <<'END'
arg.00 /bin/sh
arg.01 -c
arg.02 set -e\n\texec server\n
env.00 MOTD=a\nb
env.01 PS1=#\x20
workdir /
END
is_plan 'empty arguments, spaces at the ends, backslashes' \
	'"Cmd":["/bin/a","","--sep"," ","x: "," y z","\\n","\\\\&","\r"]' <<'END'
arg.00 /bin/a
arg.01 \&
arg.02 --sep
arg.03 \x20
arg.04 x:\x20
arg.05 \x20y z
arg.06 \\n
arg.07 \\\\&
arg.08 \x0d
workdir /
END
is_plan 'UTF-8' '"Cmd":["/bin/a","mod\u00e8le"],"Env":["MAINTAINER=Zoë"],"WorkingDir":"/données"' <<'END'
arg.00 /bin/a
arg.01 mod\xc3\xa8le
env.00 MAINTAINER=Zo\xc3\xab
workdir /donn\xc3\xa9es
END
is_plan 'a variable given twice: the last value, at the first place' \
	'"Cmd":["/bin/a"],"Env":["PATH=/old","B=1","PATHS=/x","PATH=/new","B=","B=3"]' <<'END'
arg.00 /bin/a
env.00 PATH=/new
env.01 B=3
env.02 PATHS=/x
workdir /
END
sed 's/^recipe.*/&\nenv = PATH=\/mine\nenv = NEW=1\nenv = PATH=\/last\nenv = NEW=2/' good.conf >own.conf
config '"Cmd":["/bin/a"],"Env":["PATH=/old","PATH=/new"]'
plan own.conf && [ "$(grep '^env' out | tr '\n' ' ')" = 'env.00 PATH=/last env.01 NEW=2 ' ]
result $? "a variable given twice, and replaced: the last value"
config '"Entrypoint":["/bin/a"]'
sed "s,^recipe.*,&\narg = modèle \\\\n," good.conf >own.conf
plan own.conf && grep -qxF 'arg.01 mod\xc3\xa8le \\n' out
result $? "a definition's own argument in UTF-8, whose backslash is one"

many() # N: 0,"x1",...
{
	seq -f '"%g"' -s , 1 "$1"
}
config "\"Cmd\":[\"/bin/a\",$(many 99)]"
plan good.conf && [ "$(grep -c '^arg' out)" = 100 ] && grep -qx 'arg.99 99' out
result $? "100 arguments have two digits"
config "\"Cmd\":[\"/bin/a\",$(many 128)],\"Env\":[$(seq -f '"V%g=x"' -s , 128)]"
plan good.conf
result $? "129 arguments and 128 variables compile"
{ echo 'arg.000 /bin/a'; seq 128 | awk '{ printf "arg.%03d %d\n", $1, $1 }'; } >want
grep '^arg' out >got
same want got "129 arguments have three digits"
seq 128 | awk '{ printf "env.%03d V%d=x\n", $1 - 1, $1 }' >want
grep '^env' out >got
same want got "128 variables have three digits"
cp good.conf bad.conf
config "\"Cmd\":[\"/bin/a\",$(many 256)]"
refuses "257 arguments" 'more than 256 of arg for the container'
config "\"Cmd\":[\"/bin/a\"],\"Env\":[$(seq -f '"V%g=x"' -s , 257)]"
refuses "257 variables" 'more than 256 of env for the container'
config '"Cmd":["/bin/a","a\u0000b"]'
refuses "a NUL" '--oci-config: oci.json: line 1: \u0000 is not allowed without JSON_ALLOW_NUL near '\''"a\u0000b"'\'
is_plan 'a variable without a value takes it away' '"Cmd":["/bin/a"],"Env":["A=1","B=2","A","C","D=4"]' <<'END'
arg.00 /bin/a
env.00 B=2
env.01 D=4
workdir /
END
config '"Cmd":["/bin/a"],"Env":["=1"]'
refuses "a variable without a name" "bad.conf: environment is not NAME=value, in the plan's \"env.00 =1\""
config '"Cmd":["bin/a\u001b[2J\nrampart plan: fine"]'
refuses "a program that writes to the terminal" 'bad.conf: the image'\''s program bin/a\x1b[2J\x0arampart plan: fine: not an absolute path, and there are no --oci-files to find it in'

config '"Cmd":["/bin/a","two words","","it'\''s\n","\u001b[2J","\"q\""],"Env":["A=b c","PATH=/bin"]'
plan good.conf --explain && grep -qxF "  /bin/a 'two words' '' 'it\\x27s\\n' \\x1b[2J \"q\"" out
result $? "--explain shows where an argument ends, and sends nothing to the terminal"
grep -qxF "  in /, with the environment 'A=b c' PATH=/bin" out
result $? "--explain shows where a variable ends"

sed '/^\[limits/,$d' good.conf >own.conf
config '"Cmd":["/bin/a"]'
plan own.conf && grep -qx 'limit.memory 536870912' out && grep -qx 'limit.pids 64' out
result $? "without limits there are those that the manual names"
config '"Entrypoint":["/bin/a"]'
long=$(head -c 20000 /dev/zero | tr '\0' x)
sed "s/^recipe.*/&\narg = $long/" good.conf >own.conf
plan own.conf && grep -qx "arg.01 $long" out
result $? "a line of 20,000 characters"
finish
