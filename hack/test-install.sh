#!/usr/bin/env bash
# Runs the tests of installing and upgrading on the local cluster, which must be without the operator. It is
# stopped afterwards unless it was up before or KEEP_CLUSTER=1.
set -euo pipefail
cd "$(dirname "$0")/.."
unset KUBECONFIG # The images of two operators are loaded into the local cluster only.
. hack/which-cluster.sh

# The previous release, as it was: its manifests, and its operator.
commit=$(sed '/^#/d' test/install/previous)
git cat-file -e "$commit^{commit}" || {
	echo "test/install/previous names $commit, which this clone lacks: run 'git fetch --unshallow'" >&2
	exit 1
}
rm -rf bin/.previous
mkdir -p bin/.previous
git archive "$commit" | tar -x -C bin/.previous

# Helm, of the version that test/helm pins.
helm=$(cd test/helm && go tool -n helm)
export PATH=${helm%/*}:$PATH

state=$(make -s cluster-status)
if [[ $state == down && ${KEEP_CLUSTER:-0} != 1 ]]; then
	trap 'make -s cluster-down || exit 1' EXIT
fi
make -s cluster-up previous-image
find_kubectl
"$@"
