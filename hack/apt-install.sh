#!/usr/bin/env bash
# Installs the given Debian packages that are missing, and starts none of their services. On other
# systems it only prints their names: what is installed there may be enough.
set -euo pipefail

missing=()
for package in "$@"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

if ! command -v apt-get >/dev/null || [[ $EUID -ne 0 ]]; then
	echo "These Debian packages are not installed, and only root with apt-get can install them: ${missing[*]}" >&2
	exit 0
fi

# One at a time: apt-get does not wait for another one, nor does the file below.
exec 9>/run/interview-tracker-apt.lock
flock 9

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
