#!/usr/bin/env bash
# Installs those of the given Debian packages that are missing, and starts none of their services.
# Elsewhere than on Debian it only says what to install by hand: what is there may well be enough.
set -euo pipefail

missing=()
for package in "$@"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

if ! command -v apt-get >/dev/null || [[ $EUID -ne 0 ]]; then
	echo "Not installed as Debian packages, and only root can install them with apt-get: ${missing[*]}" >&2
	exit 0
fi

# A package's service is started at installation unless this file says no (exit code 101).
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
	trap 'rm -f $policy' EXIT
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod +x $policy
fi
export DEBIAN_FRONTEND=noninteractive
echo "Installing ${missing[*]}" >&2
apt-get update -qq >&2
apt-get install -qq -y --no-install-recommends "${missing[@]}" </dev/null >&2
