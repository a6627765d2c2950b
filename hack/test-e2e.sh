#!/usr/bin/env bash
# Runs the end-to-end tests on the cluster that KUBECONFIG names, or on the local one, which is stopped
# afterwards unless it was up before or KEEP_CLUSTER=1.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/which-cluster.sh

if [[ $local_cluster == 1 ]]; then
	state=$(make -s cluster-status)
	if [[ $state == down && ${KEEP_CLUSTER:-0} != 1 ]]; then
		trap 'make -s cluster-down || exit 1' EXIT
	fi
	make -s cluster-up monitoring-images logging-images faulty-images # also if it is up: its images may be out of date
fi
# The arguments are the command that runs the tests: the Makefile has it.
"$@"
