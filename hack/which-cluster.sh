# shellcheck shell=bash
# Sourced in the checkout's root: decides which cluster to work on, before anything is built for it.
# KUBECONFIG becomes an absolute path, since a test runs in its package's folder. local_cluster is 1 for
# the cluster of `make cluster-up`, which may not be up yet. loaded_images is 1 for a cluster that has the
# images of this checkout without pulling them: that one, and the one of hack/kind-up.sh.

local_kubeconfig=$(realpath -m .cluster/kubeconfig 2>/dev/null || echo "$PWD/.cluster/kubeconfig")
KUBECONFIG=${KUBECONFIG:-$local_kubeconfig}
[[ $KUBECONFIG == *:* ]] || # a list
	KUBECONFIG=$(realpath -m "$KUBECONFIG" 2>/dev/null || realpath "$KUBECONFIG")
export KUBECONFIG

local_cluster=0
[[ $KUBECONFIG != "$local_kubeconfig" ]] || local_cluster=1
kind_kubeconfig=$PWD/bin/kind-kubeconfig
loaded_images=$local_cluster
[[ $KUBECONFIG != "$kind_kubeconfig" ]] || loaded_images=1
if [[ $loaded_images == 0 && (-z ${IMAGE_PREFIX:-} || -z ${VERSION:-}) ]]; then
	echo "KUBECONFIG names another cluster than the local one, which needs images from a registry: set IMAGE_PREFIX=… and VERSION=… to those of 'make docker-build'" >&2
	exit 1
fi

# kind_works reports whether kind is there with a running Docker.
kind_works() { command -v kind >/dev/null && command -v docker >/dev/null && docker info >/dev/null 2>&1; }

# find_kubectl puts the user's kubectl on PATH, or the one that comes with the local cluster.
find_kubectl() {
	command -v kubectl >/dev/null || PATH=$PATH:$(make -s assets)
	export PATH
}
