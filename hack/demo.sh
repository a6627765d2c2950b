#!/usr/bin/env bash
# From nothing to a Ready tracker: a real cluster on this machine (or that of
# KUBECONFIG), the operator in it, a tracker, and a look at all of it.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/which-cluster.sh

say() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }
show() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }

started=$SECONDS
if [[ $local_cluster == 1 ]]; then
  say "A real Kubernetes on this machine"
  make cluster-up
fi
find_kubectl

say "The operator, from config/default"
hack/deploy.sh

say "A tracker, from config/samples"
sed '/^#/d' config/samples/development.yaml
kubectl apply -k config/samples
if ! kubectl wait interviewtracker/hiring --for=condition=Ready --timeout=5m; then
  kubectl describe interviewtracker hiring
  kubectl get pods -o wide
  exit 1
fi

ready_after=$((SECONDS - started))

say "What became of it"
show kubectl get interviewtrackers -o wide
echo
show kubectl get deployments,statefulsets,services,pods -l apps.interviewtracker.dev/tracker=hiring
echo
show kubectl describe interviewtracker hiring

say "What its health checks answer, through the API server's proxy"
api=/api/v1/namespaces/default/services/hiring-api:http/proxy
for path in /health /health/detailed /health/ready /health/live; do
  show kubectl get --raw "$api$path"
  echo
done
show kubectl get --raw /api/v1/namespaces/default/services/hiring-frontend:http/proxy/health

if [[ $local_cluster == 1 ]]; then
  say "A Prometheus that watches it, with prometheus-operator"
  hack/monitoring-up.sh >/dev/null
  # It selects by this label.
  show kubectl patch interviewtracker hiring --type=merge \
    -p '{"spec":{"monitoring":{"serviceMonitor":{"labels":{"release":"e2e"}},"alerts":{"labels":{"release":"e2e"}}}}}'
  kubectl wait interviewtracker/hiring --for=condition=MonitoringReady --timeout=2m
  show kubectl get servicemonitors,prometheusrules,configmaps -l apps.interviewtracker.dev/tracker=hiring
  show kubectl get interviewtracker hiring -o 'jsonpath={.status.conditions[?(@.type=="MonitoringReady")].message}{"\n"}'
fi

clean_up="make cluster-down"
[[ $local_cluster == 1 ]] || clean_up="make undeploy"
say "Ready=True after $ready_after s, all of it after $((SECONDS - started)) s"
cat <<TEXT
The cluster stays up. To go on:

  export KUBECONFIG=$KUBECONFIG PATH=\$PATH:$(dirname "$(command -v kubectl)")

  look      kubectl get itr -o wide --watch
            kubectl describe itr hiring
  break     kubectl delete pod hiring-database-0
            kubectl scale deployment hiring-api --replicas=5      # the operator takes it back
            kubectl patch itr hiring --type=merge -p '{"spec":{"version":"9.9.9"}}'   # no such image
  change    kubectl patch itr hiring --type=merge -p '{"spec":{"version":"1.1.0"}}'
  clean up  kubectl delete itr hiring                             # keeps the data; then
            $clean_up
TEXT
