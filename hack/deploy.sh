#!/usr/bin/env bash
# Installs the operator in the cluster of KUBECONFIG, or the local one, and waits for it. The local
# cluster and that of kind have the images of this checkout; any other pulls those of IMAGE_PREFIX and VERSION.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/which-cluster.sh
find_kubectl

overlay=config/default
if [[ $loaded_images == 0 ]]; then
	overlay=bin/deploy
	mkdir -p $overlay
	cat >$overlay/kustomization.yaml <<YAML
resources:
  - ../../config/default
images:
  - name: interview-tracker-operator
    newName: ${IMAGE_PREFIX}interview-tracker-operator
    newTag: "$VERSION"
patches:
  - target: {kind: Deployment, name: interview-tracker-operator}
    patch: |
      - {op: add, path: /spec/template/spec/containers/0/args/-, value: "--api-repository=${IMAGE_PREFIX}interview-tracker-api"}
      - {op: add, path: /spec/template/spec/containers/0/args/-, value: "--frontend-repository=${IMAGE_PREFIX}interview-tracker-frontend"}
YAML
fi
kubectl apply --server-side -k $overlay
# The image may be another one under the same tag, which would not restart a running operator.
kubectl -n interview-tracker-system rollout restart deployment/interview-tracker-operator
kubectl -n interview-tracker-system rollout status deployment/interview-tracker-operator --timeout=3m
