#!/usr/bin/env bash
# Runs the end-to-end tests: on the cluster that KUBECONFIG names, or on the local one, which is
# stopped afterwards unless it had been up before or KEEP_CLUSTER=1.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/which-cluster.sh

if [[ $local_cluster == 1 ]]; then
	state=$(make -s cluster-status)
	if [[ $state == down && ${KEEP_CLUSTER:-0} != 1 ]]; then
		trap 'status=$?; make -s cluster-down || status=1; exit $status' EXIT
	fi
	make -s cluster-up # also if it is up: it may have images of before
fi
# The arguments are the command that runs the tests: the Makefile has it.
"$@"
