#!/bin/sh
# Prints the linker's flags for the programs: `make build`, `make release` and the Dockerfile build with
# them. VERSION, COMMIT and DATE are what internal/version reports; without them it reports what the go
# command has stamped.
set -eu
package=github.com/interview-tracker/interview-tracker-operator/internal/version
printf '%s' "-s -w -X $package.version=${VERSION:-} -X $package.commit=${COMMIT:-} -X $package.date=${DATE:-}"
