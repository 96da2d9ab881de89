# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the tests of the manual and of completions: what the command says of itself.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/../tap.sh"

commands() # RAMPART
{
	"$1" help | sed -n 's/^  \([a-z-]*\) .*/\1/p'
}

options() # RAMPART COMMAND: those in its usage, and those that it explains
{
	"$1" "$2" --help | sed -n '/^usage:/p; /^       rampart/p; s/^  \(--[a-z-]*\).*/\1/p' |
		grep -oE -e '--[a-z-]+' | sort -u
}
