# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# The root of scripts/feed.lock, for tests of feeds. To be sourced from the root of the tree.

feed_box=/cache/toolbox/feed-$(cd scripts && sha256sum feed.lock toolbox/toolbox.sh toolbox/repo.sh | sha256sum | cut -c1-16)
[ -d "$feed_box" ] && [ "$(id -u)" = 0 ] || {
	echo "1..0 # SKIP needs root, and the root of scripts/feed.lock: scripts/toolbox/toolbox.sh feed"
	exit 0
}

# COMMAND in it, with this tree, /tmp and this loopback; FAKETIME, if it is set, is its clock.
in_feed() # COMMAND...
{
	# shellcheck disable=SC2016 # the inner shell expands for itself
	unshare --mount sh -euc '
		box=$1
		shift
		for dir in src tmp proc dev; do mount --rbind "/$dir" "$box/$dir"; done
		exec chroot "$box" env --chdir=/src PYTHONDONTWRITEBYTECODE=1 "$@"' sh "$feed_box" "$@"
}
