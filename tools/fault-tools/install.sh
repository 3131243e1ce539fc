#!/usr/bin/env bash
# Installs PgBouncer, which e2e/faults puts before its servers, where apt-get can: Debian's and Ubuntu's package.
# Never fails a run: the tests that need it are skipped by name, and the last line says so.
set -euo pipefail

package=pgbouncer
network=(-o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30)
export DEBIAN_FRONTEND=noninteractive

skip() {
  echo "fault tools: WARNING: $1; tests that need $package will be SKIPPED" >&2
  exit 0
}

if command -v "$package" >/dev/null || [ -x "/usr/sbin/$package" ]; then
  echo "fault tools: $package is installed"
  exit 0
fi
command -v apt-get >/dev/null || skip 'there is no apt-get here'
[ "$(id -u)" -eq 0 ] || skip 'installing packages needs root'

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# The package brings a service; the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$log" "$policy"' EXIT
fi

install() {
  apt-get install -y -qq --no-install-recommends "${network[@]}" -o DPkg::Lock::Timeout=120 "$package" >"$log" 2>&1
}

# The lists at hand may do; they are fetched again only where they do not.
if ! install; then
  apt-get update -qq "${network[@]}" >"$log" 2>&1 || { tail -n 3 "$log" >&2; }
  install || { tail -n 3 "$log" >&2; skip "$package could not be installed"; }
fi
echo "fault tools: installed $package"
