# shellcheck shell=bash
# Sourced, in the checkout's root: settles which cluster to work on, before anything is built for it.
# KUBECONFIG becomes an absolute path, since a test runs in its package's folder; local_cluster tells
# whether it is the cluster of `make cluster-up`, which may yet have to be started.

local_kubeconfig=$(realpath -m .cluster/kubeconfig 2>/dev/null || echo "$PWD/.cluster/kubeconfig")
KUBECONFIG=${KUBECONFIG:-$local_kubeconfig}
[[ $KUBECONFIG == *:* ]] || # a list
	KUBECONFIG=$(realpath -m "$KUBECONFIG" 2>/dev/null || realpath "$KUBECONFIG")
export KUBECONFIG

local_cluster=0
[[ $KUBECONFIG != "$local_kubeconfig" ]] || local_cluster=1
if [[ $local_cluster == 0 && (-z ${IMAGE_PREFIX:-} || -z ${VERSION:-}) ]]; then
	echo "KUBECONFIG names a cluster that is not the local one: say where it finds the images, by IMAGE_PREFIX=… and VERSION=… as for 'make docker-build'" >&2
	exit 1
fi

# find_kubectl puts the user's kubectl on PATH, or the one that comes with the local cluster.
find_kubectl() {
	command -v kubectl >/dev/null || PATH=$PATH:$(make -s assets)
	export PATH
}
