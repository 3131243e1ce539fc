#!/usr/bin/env bash
# Installs the registry clients that e2e/registry/clients drives, where apt-get can: Debian's and Ubuntu's packages.
# Never fails a run: the tests of a client that cannot be had are skipped by name, and the last line says which.
set -euo pipefail

packages=(skopeo buildah podman crun docker.io busybox-static docker-registry apache2-utils wrk)
network=(-o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30)
export DEBIAN_FRONTEND=noninteractive

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

skip() {
  echo "registry clients: WARNING: $1; tests that need ${*:2} will be SKIPPED" >&2
  exit 0
}

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || skip 'there is no apt-get here' "${packages[@]}"

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo "registry clients: all installed: ${packages[*]}"
  exit 0
fi

[ "$(id -u)" -eq 0 ] || skip 'installing packages needs root' "${missing[@]}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "registry clients: installing ${missing[*]}"
apt-get update -qq "${network[@]}" >"$log" 2>&1 || { tail -n 3 "$log" >&2; echo 'registry clients: apt-get update failed; trying with the lists at hand' >&2; }

# No service is started by a package that brings one: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$log" "$policy"' EXIT
fi

install() {
  apt-get install -y -qq --no-install-recommends "${network[@]}" -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1
}

# All at once is quickest; when one cannot be had, the others still can.
if ! install "${missing[@]}"; then
  for package in "${missing[@]}"; do
    install "$package" || { echo "registry clients: $package could not be installed:"; tail -n 3 "$log"; } >&2
  done
fi

failed=()
for package in "${missing[@]}"; do
  if is_installed "$package"; then echo "registry clients: installed $package"; else failed+=("$package"); fi
done
[ "${#failed[@]}" -eq 0 ] || skip 'some packages could not be installed' "${failed[@]}"
