#!/usr/bin/env bash
# Prints the failed tests of the `go test -json` files given as arguments, each with the last lines that it reported,
# and then "N passed, N failed, N skipped". A package that fails without a failing test (it does not compile, its
# TestMain failed, it timed out) counts as one failure.
set -euo pipefail

# A line is {"Time":"…","Action":"pass","Package":"…","Test":"…","Elapsed":1}: cut at the quotes, field 8 is the action,
# field 12 the package, and field 14 is "Test" for a test, whose name is field 16.
awk -F'"' '
	function keep(name, text) { kept[name, lines[name]++ % 10] = substr(text, 1, 500) }
	function failed(name,    i) {
		print "--- FAIL: " name
		for (i = lines[name] > 10 ? lines[name] - 10 : 0; i < lines[name]; i++) print "    " kept[name, i % 10]
	}
	$6 != "Action" { next }
	{ name = $14 == "Test" ? $12 " " $16 : $12 }
	$8 == "output" {
		# What a test reports begins with its file, "    a_test.go:1: …", and goes on with lines that are indented
		# further; the rest is mostly the log of what it tests.
		text = substr($0, index($0, "\"Output\":\"") + length("\"Output\":\""))
		sub(/(\\n)?"}$/, "", text)
		reports[name] = text ~ /^ *[a-z0-9_]+\.go:[0-9]+: / || reports[name] && text ~ /^        /
		if (reports[name] || text ~ /^panic: |DATA RACE|^FAIL.*\[/) keep(name, text)
		if (text ~ /^panic: / && name != $12) keep($12, text) # A test that times out is not said to fail.
		next
	}
	$8 !~ /^(pass|fail|skip)$/ { next }
	$14 == "Test" {
		count[$8]++
		if ($8 == "fail") { explained[$12] = 1; failed(name) }
		next
	}
	$8 == "fail" { broken[$12] = 1 }
	END {
		for (package in broken) if (!(package in explained)) { count["fail"]++; failed(package) }
		printf "%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"]
	}' "$@"
