# SPDX-License-Identifier: MIT
# Completion of rampart for bash.

# Words of $1, or files (-f) or folders (-d), that begin with $2.
_rampart_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}
_rampart_paths()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_rampart()
{
	local commands='plan volume predict update platform replay log explain diff verify check connect report certs tlog history rebuild-check help'
	local trust='--golden --feed --root --signature --policy --roots --certs --debug' options
	local command=${COMP_WORDS[1]} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_rampart_words "$commands --help --version" "$cur"
		return
	fi
	# "--name=value" comes as three words.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	case $command in
	plan)
		options='--oci-config --oci-manifest --oci-user --container --model --volume --modules --firmware'
		options+=' --payload --os-release --memory --profiles --filters --explain --try --refused --debug --source --layout --wants'
		options+=' --kernel --kind --oci-account --oci-files --machine'
		;;
	volume) options='--output --container --all --model' ;;
	predict)
		options='--disk --plan --platform --secure-boot --medium --uki --banks --aws-kms --release'
		options+=' --config --any-config'
		;;
	update) options='--tries --secure-boot --accept' ;;
	platform) options='--name --shape --log' ;;
	replay | log | explain) options='--console --json' ;;
	diff) options='--json' ;;
	verify) options="$trust --evidence --at --save --cmw --timeout --wait --explain --json --ear --jwt-key --record --from-source" ;;
	check) options='--policy --feed --root --json' ;;
	connect) options="$trust --port --listen --allow-origin --interval --refresh --timeout --log --drain --json --record" ;;
	report) options="$trust --evidence --at --save --cmw --timeout --wait --output --plan" ;;
	certs) options='--policy --roots --certs --evidence --into --allow-host --at --timeout' ;;
	tlog) options='--key --origin --witness --output --log --state --at' ;;
	history) options='--at --json' ;;
	rebuild-check) options='--key --into' ;;
	*) return ;;
	esac

	case $prev in
	--banks) _rampart_words 'sha1 sha256 sha384 sha512' "$cur" ;;
	--medium) _rampart_words 'disk cd network' "$cur" ;;
	--machine) _rampart_words 'qemu azure gce aws metal' "$cur" ;;
	--any-config) _rampart_words 'address gateway hostname log-host mtu' "$cur" ;;
	--name | --shape | --uki | --tries | --origin | --at | --port | --listen | --allow-origin | --interval | --refresh | --timeout | --wait | --drain) ;;
	--modules | --firmware | --secure-boot | --profiles | --filters | --into) _rampart_paths -d "$cur" ;;
	*)
		if [[ $cur == -* ]]; then
			_rampart_words "$options --help" "$cur"
		else
			_rampart_paths -f "$cur"
		fi
		;;
	esac
}
complete -F _rampart rampart
