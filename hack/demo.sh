#!/usr/bin/env bash
# From nothing to a Ready tracker: a cluster on this machine (or that of KUBECONFIG), the operator in it, a
# tracker, what it is made of, and on the cluster that is built here at last a Prometheus that monitors it.
set -euo pipefail
cd "$(dirname "$0")/.."
chosen=${KUBECONFIG:+KUBECONFIG}
. hack/which-cluster.sh
if [[ -n $chosen ]]; then
	way="the cluster of KUBECONFIG=$KUBECONFIG"
elif kind_works; then
	KUBECONFIG=$kind_kubeconfig
	. hack/which-cluster.sh
	way="kind, as it is here and Docker runs (KUBECONFIG=… uses another cluster)"
else
	way="a Kubernetes that is built from source, as there is no kind with a running Docker (KUBECONFIG=… uses another cluster)"
fi

show() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }
bold() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }
duration() { printf '%d min %d s' $(($1 / 60)) $(($1 % 60)); }

# step TITLE USUALLY ends the step before, and says how long this one usually takes.
step() {
	end_step
	title=$1
	began=$SECONDS
	bold "$1 (usually $2)"
}
end_step() { [[ -z ${title:-} ]] || printf '\033[2m%s: took %s\033[0m\n' "$title" "$(duration $((SECONDS - began)))"; }

started=$SECONDS
bold "The cluster: $way"
if [[ $KUBECONFIG == "$kind_kubeconfig" ]]; then
	step "Start a Kubernetes in Docker, and load the images of this checkout" "2 minutes; the first time 5 minutes, as images are built and pulled"
	hack/kind-up.sh
elif [[ $local_cluster == 1 ]]; then
	step "Start a real Kubernetes on this machine" "20 s; the first time about 12 minutes on 2 idle cores, as it is built from source"
	make cluster-up
fi
find_kubectl

step "Install the operator, from config/default" "10 s"
hack/deploy.sh

step "Create a tracker, from config/samples" "15 s"
sed '/^#/d' config/samples/development.yaml
kubectl apply -k config/samples
if ! kubectl wait interviewtracker/hiring --for=condition=Ready --timeout=5m; then
	kubectl describe interviewtracker hiring
	kubectl get pods -o wide
	exit 1
fi
end_step
title=
ready_after=$(duration $((SECONDS - started)))
bold "The tracker is Ready, $ready_after after the start"

bold "What it is made of"
show kubectl get interviewtrackers -o wide
echo
show kubectl get deployments,statefulsets,services,pods -l apps.interviewtracker.dev/tracker=hiring
echo
show kubectl describe interviewtracker hiring

bold "Its health endpoints, through the API server's proxy"
api=/api/v1/namespaces/default/services/hiring-api:http/proxy
for path in /health /health/detailed /health/ready /health/live; do
	show kubectl get --raw "$api$path"
	echo
done
show kubectl get --raw /api/v1/namespaces/default/services/hiring-frontend:http/proxy/health

if [[ $local_cluster == 1 ]]; then
	step "Monitor it with prometheus-operator and a Prometheus" "30 s; the first time about 5 minutes, as they are built from source"
	hack/monitoring-up.sh >/dev/null
	# This Prometheus selects by this label.
	show kubectl patch interviewtracker hiring --type=merge \
		-p '{"spec":{"monitoring":{"serviceMonitor":{"labels":{"release":"e2e"}},"alerts":{"labels":{"release":"e2e"}}}}}'
	kubectl wait interviewtracker/hiring --for=condition=MonitoringReady --timeout=2m
	show kubectl get servicemonitors,prometheusrules,configmaps -l apps.interviewtracker.dev/tracker=hiring
	show kubectl get interviewtracker hiring -o 'jsonpath={.status.conditions[?(@.type=="MonitoringReady")].message}{"\n"}'
	end_step
fi

clean_up="make undeploy"
[[ $local_cluster == 0 ]] || clean_up="make cluster-down"
[[ $KUBECONFIG != "$kind_kubeconfig" ]] || clean_up="kind delete cluster --name interview-tracker"
bold "Ready after $ready_after, all of it after $(duration $((SECONDS - started)))"
cat <<TEXT
The cluster stays up. To go on:

  export KUBECONFIG=$KUBECONFIG PATH=\$PATH:$(dirname "$(command -v kubectl)")

  look      kubectl get itr -o wide --watch
            kubectl describe itr hiring
  break     kubectl delete pod hiring-database-0
            kubectl scale deployment hiring-api --replicas=5      # the operator reverts it
            kubectl patch itr hiring --type=merge -p '{"spec":{"version":"9.9.9"}}'   # no such image
  change    kubectl patch itr hiring --type=merge -p '{"spec":{"version":"1.1.0"}}'
  clean up  kubectl delete itr hiring                             # keeps the data; then
            $clean_up
TEXT
