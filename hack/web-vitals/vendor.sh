#!/usr/bin/env bash
# Writes Google's web-vitals library, of the version that package-lock.json pins, to where the frontend embeds it.
# Everything else is in the folder of the first argument: a cache outside this checkout.
set -euo pipefail
cd "$(dirname "$0")"

mkdir -p "$1"
cp package.json package-lock.json .npmrc "$1"
npm ci --silent --prefix "$1"
package=$1/node_modules/web-vitals
version=$(node -p "require('$package/package.json').version")
{
	echo "// web-vitals $version, of https://github.com/GoogleChrome/web-vitals: its file dist/web-vitals.js without the"
	echo "// link to a source map. \`make vendor-web-vitals\` has written this file: do not edit it."
	echo "// Copyright 2020 Google LLC"
	echo "// SPDX-License-Identifier: Apache-2.0"
	grep -v '^//# sourceMappingURL=' "$package/dist/web-vitals.js"
} >../../internal/workload/frontend/app/web-vitals.js
