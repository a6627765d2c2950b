#!/usr/bin/env bash
# Fails if a generated file is stale, or a file is unformatted or broken; prints the file and what to run.
# `make verify` has just regenerated the files given as arguments (git pathspecs); kustomize is on PATH.
set -euo pipefail

failed=0
complain() {
	echo "verify: $*" >&2
	failed=1
}
# files PATHSPEC… lists what is in the tree, committed or about to be.
files() {
	git ls-files --cached --others --exclude-standard --deduplicate -- "$@" | while read -r file; do
		[[ ! -e $file ]] || echo "$file" # git still lists deleted files
	done
}

# Against what is committed or staged: a file regenerated but not added would be missing in a clone.
stale=$(git diff --name-only -- "$@" && git ls-files --others --exclude-standard -- "$@")
for file in $stale; do
	git --no-pager diff --stat -- "$file" >&2
	complain "$file was stale. It has been regenerated: commit it."
done

mapfile -t sources < <(files '*.go')
unformatted=$(gofmt -l "${sources[@]}")
for file in $unformatted; do
	complain "$file is not formatted: run 'make fmt'."
done
for file in "${sources[@]}"; do
	[[ $(head -n 5 "$file" | grep -cxFf hack/boilerplate.go.txt) == 2 ]] ||
		complain "$file does not start with the header: insert hack/boilerplate.go.txt at the top."
done
for file in $(files '*go.mod'); do
	(cd "$(dirname "$file")" && go mod tidy -diff >/dev/null) ||
		complain "$file or its go.sum is not tidy: run 'go mod tidy' in that folder."
done
for file in $(files 'config/*kustomization.yaml' 'test/*kustomization.yaml'); do
	kustomize build "$(dirname "$file")" >/dev/null ||
		complain "$(dirname "$file") does not build: see the error of kustomize above."
done
exit $failed
