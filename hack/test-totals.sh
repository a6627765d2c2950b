#!/usr/bin/env bash
# Prints "N passed, N failed, N skipped" for the `go test -json` files given as arguments. A package
# that fails without a failing test (it does not compile, its TestMain failed, it timed out) counts as
# one failure.
set -euo pipefail

# A result's line is {"Time":"…","Action":"pass","Package":"…","Test":"…","Elapsed":1}: cut at the
# quotes, field 8 is the action, field 12 the package, and field 14 is "Test" for a test.
awk -F'"' '
	$6 != "Action" || $8 !~ /^(pass|fail|skip)$/ { next }
	$14 == "Test" { count[$8]++; if ($8 == "fail") explained[$12] = 1; next }
	$8 == "fail" { broken[$12] = 1 }
	END {
		for (package in broken) if (!(package in explained)) count["fail"]++
		printf "%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"]
	}' "$@"
