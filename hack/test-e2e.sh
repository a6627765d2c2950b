#!/usr/bin/env bash
# Runs the end-to-end tests: on the cluster that KUBECONFIG names, or on the local one, which is
# stopped afterwards unless it had been up before or KEEP_CLUSTER=1.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -n ${KUBECONFIG:-} ]]; then
	# A test runs in its package's folder: a relative path would lead elsewhere.
	[[ ! -f $KUBECONFIG ]] || KUBECONFIG=$(realpath "$KUBECONFIG")
else
	export KUBECONFIG=$PWD/.cluster/kubeconfig
	was_up=0
	kubectl=$(make -s assets)/kubectl
	"$kubectl" get --raw /readyz --request-timeout=5s >/dev/null 2>&1 && was_up=1
	if [[ $was_up == 0 && ${KEEP_CLUSTER:-0} != 1 ]]; then
		trap 'make -s cluster-down' EXIT
	fi
	make -s cluster-up
fi
# The arguments are the command that runs the tests: the Makefile has it.
"$@"
