# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# A Debian mirror of a few tiny packages, signed by a key of its own. Source it after setting $work.
: "${work:?}"
mirror=$work/mirror
pool=pool/main
KEYRING=$work/keyring.gpg
MIRROR=file://$mirror
RAMPART_CACHE=$work/cache
GNUPGHOME=$work/gnupg
export KEYRING MIRROR RAMPART_CACHE GNUPGHOME
mkdir -m 700 "$GNUPGHOME"

make_key() # NAME
{
	gpg --quiet --batch --pinentry-mode loopback --passphrase '' --quick-gen-key "$1" ed25519 sign never 2>/dev/null
}

# An empty mirror.
begin()
{
	rm -rf "$mirror"
	mkdir -p "$mirror/$pool" "$mirror/dists/trixie/main/binary-amd64" "$mirror/dists/trixie/main/source"
	: >"$work/Packages"
	: >"$work/Sources"
}

# entry SOURCE VERSION WORDS...: the head of a changelog on standard output.
entry()
{
	printf '%s (%s) trixie; urgency=medium\n\n' "$1" "$2"
	shift 2
	for words; do printf '  * %s\n' "$words"; done
	printf '\n -- A Maintainer <nobody@example.org>  Mon, 02 Jan 2006 15:04:05 +0000\n\n'
}

# deb NAME VERSION FIELDS CHANGELOG: a package with more lines of control (may be empty) and that file as its
# changelog ("" for none).
deb()
{
	rm -rf "$work/deb"
	mkdir -p "$work/deb/DEBIAN" "$work/deb/usr/share/doc/$1"
	{
		printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\n' "$1" "$2"
		[ -z "$3" ] || printf '%s\n' "$3"
		printf 'Description: test\n'
	} >"$work/deb/DEBIAN/control"
	[ -z "$4" ] || gzip -nc "$4" >"$work/deb/usr/share/doc/$1/changelog.Debian.gz"
	file=$pool/${1}_${2#*:}_amd64.deb
	dpkg-deb --root-owner-group -Znone --build "$work/deb" "$mirror/$file" >/dev/null
	{
		dpkg-deb --field "$mirror/$file"
		printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "$file" "$(wc -c <"$mirror/$file")" "$(sum "$mirror/$file")"
	} >>"$work/Packages"
}

sum() # FILE
{
	sha256sum <"$1" | cut -d' ' -f1
}

# source NAME VERSION BINARIES CHANGELOG: a source package of two tarballs, orig and debian.
source_package()
{
	rm -rf "$work/src"
	mkdir -p "$work/src/debian"
	cp "$4" "$work/src/debian/changelog"
	upstream=${2%-*}
	tar -C "$work/src" --mtime=@0 -cJf "$mirror/$pool/${1}_$2.debian.tar.xz" debian
	echo "$1 $upstream" | gzip -nc >"$mirror/$pool/${1}_$upstream.orig.tar.gz"
	echo "$1 $2" >"$mirror/$pool/${1}_$2.dsc"
	{
		printf 'Package: %s\nBinary: %s\nVersion: %s\nFormat: 3.0 (quilt)\nDirectory: %s\nChecksums-Sha256:\n' \
			"$1" "$3" "$2" "$pool"
		for file in "${1}_$2.dsc" "${1}_$upstream.orig.tar.gz" "${1}_$2.debian.tar.xz"; do
			printf ' %s %s %s\n' "$(sum "$mirror/$pool/$file")" "$(wc -c <"$mirror/$pool/$file")" "$file"
		done
		echo
	} >>"$work/Sources"
}

# end [LINE]: writes and signs the lists; LINE is one more of Release.
end()
{
	cp "$work/Packages" "$mirror/dists/trixie/main/binary-amd64/Packages"
	cp "$work/Sources" "$mirror/dists/trixie/main/source/Sources"
	{
		printf 'Origin: test\nSuite: stable\nCodename: trixie\nDate: Mon, 02 Jan 2006 15:04:05 UTC\n'
		[ -z "${1:-}" ] || echo "$1"
		printf 'Architectures: amd64\nComponents: main\nSHA256:\n'
		for file in main/binary-amd64/Packages main/source/Sources; do
			printf ' %s %s %s\n' "$(sum "$mirror/dists/trixie/$file")" \
				"$(wc -c <"$mirror/dists/trixie/$file")" $file
		done
	} >"$work/Release"
	gpg --quiet --batch --yes --local-user "${SIGNER:-good}" --output "$mirror/dists/trixie/InRelease" \
		--clearsign "$work/Release"
}
make_key good
gpg --quiet --export good >"$KEYRING"
