#!/usr/bin/env bash
# Unpacks a skopeo that knows sigstore into the user's cache, where e2e/security looks for it: Debian 12's was built
# without ("Debian-local change: sigstore disabled"), Debian 13's has it. With the libraries it needs, because those of
# the system may be older; nothing is installed. Never fails a run: without it the tests are skipped by name.
set -euo pipefail

suite=trixie
packages=(skopeo libc6 libgpgme11t64 libassuan9 libgpg-error0 libsubid5 libsqlite3-0 libselinux1 libdevmapper1.02.1
  libudev1 libpcre2-8-0 libacl1 libattr1 libaudit1)
home="${XDG_CACHE_HOME:-$HOME/.cache}/squizzle/skopeo-$suite"

skip() {
  echo "skopeo with sigstore: WARNING: $1; tests that need it will be SKIPPED" >&2
  exit 0
}

if [ -x "$home/skopeo" ]; then
  echo "skopeo with sigstore: $("$home/skopeo" --version) in $home"
  exit 0
fi
command -v apt-get >/dev/null && command -v dpkg >/dev/null || skip 'there is no apt-get here'
[ "$(dpkg --print-architecture)" = amd64 ] || skip 'it is fetched for amd64 alone'
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || skip "there is no $keyring"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,packages,root}
echo "deb [signed-by=$keyring] http://deb.debian.org/debian $suite main" >"$work/sources.list"
: >"$work/state/status"
apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State="$work/state" \
    -o Dir::State::status="$work/state/status" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root \
    -o Acquire::Retries=2 -o Acquire::http::Timeout=30 "$@"
}
apt update || skip "the packages of $suite cannot be listed"
(cd "$work/packages" && apt download "${packages[@]}") || skip "the packages of $suite cannot be fetched"
for package in "$work"/packages/*.deb; do dpkg -x "$package" "$work/root"; done

rm -rf "$home"
mkdir -p "$home"
cp -a "$work/root/usr" "$home/"
cat >"$home/skopeo.new" <<SCRIPT
#!/bin/sh
exec "$home/usr/lib64/ld-linux-x86-64.so.2" --library-path "$home/usr/lib/x86_64-linux-gnu" "$home/usr/bin/skopeo" "\$@"
SCRIPT
chmod +x "$home/skopeo.new"
"$home/skopeo.new" --version >/dev/null || skip 'it does not run here'
mv "$home/skopeo.new" "$home/skopeo"
echo "skopeo with sigstore: $("$home/skopeo" --version) in $home"
