#!/bin/sh
# SPDX-License-Identifier: MIT
# Completions know every command and every option that the help knows.
set -u
# shellcheck source=tests/cli/install/lib.sh
. "$(dirname "$0")/lib.sh"
bash=$PWD/measure/completion/rampart.bash
zsh=$PWD/measure/completion/_rampart
own_folder
: >golden.json
: >"a file"
mkdir folder

# What bash offers for these words, of which the last is not complete.
offers() # WORD...
{
	bash -c '. "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _rampart; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$bash" rampart "$@" | sort | tr '\n' '|'
}

is "$(offers ver)" "verify|" "rampart ver"
is "$(offers verify --g)" "--golden|" "rampart verify --g"
is "$(offers verify --golden gol)" "golden.json|" "a file after an option that takes one"
is "$(offers verify --golden = gol)" "golden.json|" "and after its ="
is "$(offers verify --golden =)" "a file|folder|golden.json|" "all of them after a mere ="
is "$(offers log a)" "a file|" "a file with a space is one"
is "$(offers plan --filters '')" "folder|" "a folder where one is wanted"
is "$(offers predict --banks sha3)" "sha384|" "a bank"
is "$(offers connect --port '')" "|" "nothing for a number"
is "$(offers nothing --)" "|" "nothing for an unknown command"

for command in $(commands "$rampart"); do
	is "$(offers "$command")" "$command|" "bash: $command"
	grep -q "^	['\"]$command:" "$zsh"
	result $? "zsh: $command"
	# Its branch, and the options that several have.
	awk -v command="$command" '/^case \$words/ { on = 1 } /;;/ { found = 0 }
		on && $0 ~ "^(.* )?" command "( .*)?\\)$" { found = 1 } found' "$zsh" >branch
	! grep -q '\$trust' branch || sed -n '/^trust=(/,/^)/p' "$zsh" >>branch
	grep -oE -e '--[a-z-]+' branch >zsh
	for option in $(options "$rampart" "$command") --help; do
		case "|$(offers "$command" "$option")" in *"|$option|"*) result 0 "bash: $command $option" ;; *) result 1 "bash: $command $option" ;; esac
		grep -qx -e "$option" zsh
		result $? "zsh: $command $option"
	done
done
finish
