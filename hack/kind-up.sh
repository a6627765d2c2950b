#!/usr/bin/env bash
# Starts the Kubernetes `interview-tracker` in Docker, by kind, and loads the images of this checkout into it:
# no registry is needed. Called again, it brings the images up to date. bin/kind-kubeconfig leads to it.
set -euo pipefail
cd "$(dirname "$0")/.."

name=interview-tracker
mkdir -p bin
if kind get clusters 2>/dev/null | grep -qx $name; then
	kind export kubeconfig --name $name --kubeconfig bin/kind-kubeconfig
else
	kind create cluster --name $name --kubeconfig bin/kind-kubeconfig --wait 3m
fi
make docker-build IMAGE_PREFIX= VERSION=dev
images=(interview-tracker-operator:dev)
# Two versions of the workload, for rollouts between them; they differ only in the tag.
for component in api frontend; do
	for version in 1.0.0 1.1.0; do
		docker tag interview-tracker-$component:dev interview-tracker-$component:$version
		images+=(interview-tracker-$component:$version)
	done
done
kind load docker-image --name $name "${images[@]}"
