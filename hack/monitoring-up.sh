#!/usr/bin/env bash
# Runs prometheus-operator, a Prometheus, an Alertmanager and a blackbox exporter on the local cluster,
# and waits for them. Prometheus scrapes our operator, and selects what has the label release=e2e, in
# every namespace; so does Alertmanager.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/which-cluster.sh
if [[ $local_cluster == 0 ]]; then
	echo "test/monitoring needs images that only the local cluster has: unset KUBECONFIG" >&2
	exit 1
fi
find_kubectl
make -s monitoring-images

# The CRDs and the ClusterRole are those of the version whose image the cluster has.
module=github.com/prometheus-operator/prometheus-operator
(cd hack/cluster/components/prometheus-operator && go mod download $module)
source=$(go list -C hack/cluster/components/prometheus-operator -m -f '{{.Dir}}' $module)
kubectl apply --server-side \
	-f "$source/example/prometheus-operator-crd" \
	-f "$source/example/rbac/prometheus-operator/prometheus-operator-cluster-role.yaml"
kubectl wait --for=condition=Established --timeout=1m -f "$source/example/prometheus-operator-crd"

kubectl apply --server-side -f config/manager/namespace.yaml # The operator may come later.
# The kubelet's port is the usual one of a local cluster, unless that was in use.
port=$(kubectl get node local -o 'jsonpath={.status.daemonEndpoints.kubeletEndpoint.Port}')
kubectl kustomize test/monitoring | sed "s/port: 20250$/port: $port/" | kubectl apply --server-side -f -
# As docs/monitoring.md says. The label is of another field manager, and stays when it is applied again.
kubectl apply --server-side -k config/prometheus
kubectl -n interview-tracker-system label --overwrite servicemonitor,prometheusrule interview-tracker-operator release=e2e
for deployment in prometheus-operator blackbox-exporter; do
	kubectl -n monitoring rollout status deployment/$deployment --timeout=3m
done
kubectl -n monitoring wait prometheus/e2e alertmanager/e2e --for=condition=Available --timeout=3m
