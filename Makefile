# What contributors and the pipeline run. `make help` lists it.
SHELL        := bash
.SHELLFLAGS  := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS    += --no-print-directory

VERSION      ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT       ?= $(shell git rev-parse HEAD 2>/dev/null)
DATE         ?= $(shell TZ=UTC0 git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ 2>/dev/null)
# What the programs report as their version.
STAMP         = VERSION=$(VERSION) COMMIT=$(COMMIT) DATE=$(DATE)
IMAGE_PREFIX ?= # such as my-registry/my-team/
BASE_URL     ?= # that a release's archives are downloaded from; by default that of GitHub
SCENARIOS    ?= test/scenarios
BENCHTIME    ?= 1s
TRACKERS     ?= 200
ARGS         ?= # of the manager, such as --log-level=debug, or of bench-scale
TEST_TIMEOUT ?= 40m
E2E_TIMEOUT  ?= 60m
BUDGET       ?= 10m # of test-faults
SEED         ?= 0 # of test-faults; 0 is a random one
POINT        ?= # of test-faults: the one to repeat, as a failure names it
PEAK         ?= 20 # requests a second of make load
DISRUPTIONS  ?= 10 # of each kind of make rollouts

# Tools. Their versions are in hack/tools/*/go.mod. What is built from them is kept in a cache outside
# this checkout, in a folder named after the content of those files.
CACHE     := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/interview-tracker-operator/tools
TOOLS     := $(CACHE)/tools-$(shell cat hack/tools/go.* | sha256sum | cut -c1-12)
GOLANGCI  := $(CACHE)/golangci-lint-$(shell cat hack/tools/golangci-lint/* | sha256sum | cut -c1-12)
PICTURES  := $(CACHE)/dashboard-pictures
WEBVITALS := $(CACHE)/web-vitals
export PATH := $(TOOLS):$(GOLANGCI):$(PATH)

# All is compiled with the same flags, those of the local cluster's programs and of a release, so that what they share
# is compiled once. (The race detector needs cgo.) Tests run without go vet, which is a part of lint.
export CGO_ENABLED := 0
export GOFLAGS     ?= -trimpath -vet=off

CLUSTER   := go run -C hack/cluster .
ASSETS    := $(CLUSTER) assets --root $(CURDIR)
# kube-apiserver and etcd for the tests: the user's, or ours. (An assignment of its own, so that its failure counts.)
SET_ASSETS := KUBEBUILDER_ASSETS="$${KUBEBUILDER_ASSETS:-$$($(ASSETS))}"; export KUBEBUILDER_ASSETS
# The cluster to work on: the user's, or the local one. kubectl: the user's, or the one that comes with the local cluster.
LOCAL_KUBECONFIG := $(CURDIR)/.cluster/kubeconfig
KUBECTL   ?= $$(command -v kubectl || echo "$$($(ASSETS))/kubectl")

COMMANDS  := manager kubectl-tracker tracker
IMAGES    := manager=interview-tracker-operator tracker-api=interview-tracker-api tracker-frontend=interview-tracker-frontend
GENERATED := dist bundle 'charts/*/README.md' 'charts/*/templates/*.yaml' 'api/**/zz_generated.*' 'internal/grafana/zz_generated.*' config/crd/bases docs/api-reference.md docs/conditions.md config/prometheus/rules.yaml config/prometheus/dashboards docs/dashboards.md internal/workload/frontend/app/web-vitals.js
LINTED    := . hack/cluster hack/release hack/tools/golangci-lint test/browser test/compatibility/oldest test/flux test/gitops test/grafana test/helm test/load test/olm test/prometheus-operator
TESTED    := hack/cluster test/browser test/load # the modules besides this one that have tests,
COMPUTE   := hack/release test/compatibility/oldest test/grafana test/helm test/olm test/prometheus-operator # those without goroutines of ours, which need no race detector,
GITOPS    := gitops flux # and these, of test/
# Their tests compute, or run programs: the race detector makes them ten times slower, and what they share is used in
# parallel by the tests of ./controllers, which it watches.
WITHOUT_RACE := ./api/... ./cmd/kubectl-tracker ./hack/... ./internal/desired/... ./internal/plugin/admission ./internal/plugin/render ./test/...
GOTEST     = gotestsum --jsonfile $(CURDIR)/bin/test-$@.json
# The images of a cluster other than the local one: see docker-build, and hack/deploy.sh.
SET_IMAGES = IMAGE_PREFIX="$(strip $(IMAGE_PREFIX))" VERSION="$(VERSION)"

##@ General

help: ## Show this list.
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z0-9-]+:.*## / { printf "  %-19s %s\n", $$1, $$2 }' Makefile

clean: ## Remove bin/. The caches and the local cluster stay.
	rm -rf bin

##@ Build

build: $(COMMANDS:%=bin/%) ## Build bin/manager, bin/kubectl-tracker and bin/tracker: static, version stamped.

bin/%: FORCE
	go build -ldflags "$$($(STAMP) hack/ldflags.sh)" -o $@ ./cmd/$*

docker-build: ## Build the three images with Docker (IMAGE_PREFIX=…, VERSION=…).
	for image in $(IMAGES); do \
		docker build --target "$${image%=*}" $$(printf -- '--build-arg %s ' $(STAMP)) -t "$(strip $(IMAGE_PREFIX))$${image#*=}:$(VERSION)" .; \
	done

release: ## Make what a release publishes, from a clean checkout: dist/release (VERSION=v0.1.0, IMAGE_PREFIX=…, BASE_URL=…; see docs/releases.md).
	go run -C hack/release . --root $(CURDIR) --version "$(VERSION)" --registry "$(strip $(IMAGE_PREFIX))" --base-url "$(strip $(BASE_URL))"

##@ Develop

generate: $(TOOLS) ## Regenerate the deepcopy functions from the API types.
	controller-gen object:headerFile=hack/boilerplate.go.txt paths="./api/...;./internal/grafana"

manifests: $(TOOLS) monitoring ## Regenerate from the API types the CRD and its docs, config/prometheus, and from config what users install.
	go run ./hack/conditions
	controller-gen crd paths=./api/... output:crd:artifacts:config=config/crd/bases
	go run ./hack/crd config/crd/bases/*.yaml
	mkdir -p docs
	crd-ref-docs --source-path=api --config=hack/crd-ref-docs.yaml --renderer=markdown --output-path=docs/api-reference.md --max-depth=16 --log-level=ERROR
	go run ./hack/dist # dist/install.yaml, the chart and the bundle

monitoring: ## Part of it: config/prometheus, from what the operator renders.
	go run ./hack/monitoring

vendor-web-vitals: ## Write the frontend's copy of Google's web-vitals, of the version that hack/web-vitals pins (needs npm).
	command -v npm >/dev/null || hack/apt-install.sh npm
	hack/web-vitals/vendor.sh $(WEBVITALS)

fmt: $(GOLANGCI) ## Format the Go sources.
	golangci-lint fmt ./...

lint: $(GOLANGCI) ## Run golangci-lint (go vet and kube-api-linter included) over all modules, except the components of the local cluster.
	for module in $(LINTED); do \
		echo "lint: $$module"; \
		(cd $$module && golangci-lint run --config $(CURDIR)/.golangci.yml ./...); \
	done

verify: generate manifests vendor-web-vitals ## Fail if anything generated, formatted or tidied is stale, or an overlay does not build.
	hack/verify.sh $(GENERATED)

##@ Test

# -count=1, as Go's test cache ignores files outside a module, such as health.lua for test/gitops.
test: $(TOOLS) ## Run all tests that need no kubelet, on a real kube-apiserver, etcd, Postgres and Redis.
	hack/apt-install.sh gcc libc6-dev postgresql redis-server prometheus prometheus-alertmanager chromium curl
	mkdir -p bin
	$(SET_ASSETS); failed=0; \
	$(GOTEST) -- -timeout $(TEST_TIMEOUT) $(WITHOUT_RACE) || failed=1; \
	CGO_ENABLED=1 gotestsum --jsonfile bin/test-race.json -- -race -timeout $(TEST_TIMEOUT) \
		$$(go list ./... | grep -vxF "$$(go list $(WITHOUT_RACE))") || failed=1; \
	for module in $(TESTED); do \
		(cd $$module && CGO_ENABLED=1 gotestsum --jsonfile "$(CURDIR)/bin/test-$${module//\//-}.json" -- -race -count=1 -timeout $(TEST_TIMEOUT) ./...) || failed=1; \
	done; \
	for module in $(COMPUTE); do \
		(cd $$module && gotestsum --jsonfile "$(CURDIR)/bin/test-$${module//\//-}.json" -- -count=1 -timeout $(TEST_TIMEOUT) ./...) || failed=1; \
	done; \
	$(MAKE) test-gitops || failed=1; \
	exit $$failed

test-gitops: $(TOOLS) ## Part of it: what kstatus, Argo CD and Flux report for test/scenarios, or the folder SCENARIOS=…, and that nothing differs from Git.
	mkdir -p bin
	$(SET_ASSETS); export SCENARIOS="$(abspath $(SCENARIOS))"; failed=0; \
	for module in $(GITOPS); do \
		(cd test/$$module && gotestsum --jsonfile "$(CURDIR)/bin/test-test-$$module-$(subst /,-,$(SCENARIOS)).json" -- -count=1 -timeout $(TEST_TIMEOUT) ./...) || failed=1; \
	done; \
	exit $$failed

test-e2e: $(TOOLS) ## Run the end-to-end tests on a local cluster, or the one of KUBECONFIG (KEEP_CLUSTER=1 leaves it up).
	hack/apt-install.sh chromium curl openssl prometheus prometheus-alertmanager
	mkdir -p bin
	rm -rf bin/scenarios
	$(SET_IMAGES) hack/test-e2e.sh $(GOTEST) --format standard-verbose -- -tags e2e -count=1 -parallel 4 -timeout $(E2E_TIMEOUT) ./test/e2e/...
	$(MAKE) test-gitops SCENARIOS=bin/scenarios # what the tests have just recorded

test-install: $(TOOLS) ## Install, upgrade, roll back and uninstall in each way, on a local cluster without the operator (KEEP_CLUSTER=1 leaves it up).
	mkdir -p bin
	hack/test-install.sh $(GOTEST) --format standard-verbose -- -tags e2e -count=1 -timeout 20m ./test/install/...

# A point that fails waits for what does not come, also when the budget has ended.
test-faults: $(TOOLS) ## Run the operator with failing, lost and late requests (BUDGET=2h, SEED=…, POINT=…, ARGS=-run=…; see CONTRIBUTING.md).
	mkdir -p bin
	$(SET_ASSETS); $(GOTEST) --format standard-verbose -- -tags faults -count=1 -timeout 0 $(ARGS) ./test/faults -args \
		-budget=$(strip $(BUDGET)) -seed=$(strip $(SEED)) -point="$(strip $(POINT))"

bench: ## Run the benchmarks.
	$(SET_ASSETS); go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

bench-scale: bin/manager ## Measure what TRACKERS=200 trackers cost, beside a bare client (ARGS=…, see test/scale).
	$(SET_ASSETS); go test -tags e2e -count=1 -timeout 1h -v ./test/scale -trackers $(TRACKERS) $(ARGS)

alert-effectiveness: ## Let every outage happen on a local cluster, and write docs/alert-effectiveness.md (about an hour).
	$(SET_IMAGES) hack/test-e2e.sh go test -tags e2e -count=1 -parallel 5 -timeout 2h -v -run '^TestAlertEffectiveness$$' ./test/e2e/... \
		-args -effectiveness=$(CURDIR)/docs/alert-effectiveness.md

load: ## Put a tracker on a local cluster under load, also while something breaks, and find where its pods break: bin/load.md (PEAK=…, KEEP_CLUSTER=1; a quarter of an hour).
	mkdir -p bin
	$(SET_IMAGES) hack/test-e2e.sh go test -tags e2e -count=1 -timeout 1h -v -run '^TestLoad$$' ./test/e2e/... \
		-args -load=$(CURDIR)/bin/load.md -load-peak=$(strip $(PEAK))

rollouts: ## Replace the pods of a tracker under load, by rollouts and by deletions, and find requests that get lost (DISRUPTIONS=10 of each; about ten minutes).
	$(SET_IMAGES) hack/test-e2e.sh go test -tags e2e -count=1 -timeout 1h -v -run '^TestNoRequestIsLost$$' ./test/e2e/... \
		-args -disruptions=$(strip $(DISRUPTIONS))

dashboard-pictures: ## Draw docs/pictures by Grafana's own panels, over the data of a PROMETHEUS=URL (ARGS="namespace=… tracker=…"; needs npm and chromium).
	mkdir -p $(PICTURES) docs/pictures
	cp hack/dashboard-pictures/{*,.npmrc} $(PICTURES)
	npm ci --prefix $(PICTURES)
	draw() { node $(PICTURES)/draw.mjs config/prometheus/dashboards/$$1.json "$(PROMETHEUS)" docs/pictures/$$1.png "$${@:2}"; }; \
	draw tracker $(ARGS); draw fleet; draw operator

bench-e2e: ## Measure how soon an outage is reported, on the local cluster (make cluster-up first; about 15 minutes).
	cd test/e2e && KUBECONFIG=$(LOCAL_KUBECONFIG) go test -tags e2e -run '^$$' -bench . -benchtime 1x -timeout $(E2E_TIMEOUT) .

assets: ## Build or find kube-apiserver, etcd and kubectl; `make -s assets` prints their folder alone.
	@$(ASSETS)

##@ Run

demo: ## From nothing to a Ready tracker on a cluster of kind where Docker runs, else on the local one, which stays up (the first time about 15 minutes).
	$(SET_IMAGES) hack/demo.sh

cluster-up: ## Start a real Kubernetes on this machine (Linux, root): .cluster/kubeconfig.
	$(CLUSTER) up --root $(CURDIR)

cluster-status: ## Print whether it is up or down.
	@$(CLUSTER) status --root $(CURDIR)

cluster-down: ## Stop it and remove everything that it made.
	$(CLUSTER) down --root $(CURDIR)

monitoring-images: # Part of monitoring-up: what it runs on the local cluster.
	@$(CLUSTER) monitoring --root $(CURDIR)

logging-images: # What the end-to-end tests run config/logging with on the local cluster.
	@$(CLUSTER) logging --root $(CURDIR)

faulty-images: # The versions with bugs that the end-to-end tests roll out.
	@$(CLUSTER) faulty --root $(CURDIR)

previous-image: # The operator that test-install upgrades from.
	@$(CLUSTER) previous --root $(CURDIR)

monitoring-up: ## Run prometheus-operator, Prometheus, Alertmanager and a blackbox exporter on the local cluster.
	hack/monitoring-up.sh

install uninstall deploy undeploy run: export KUBECONFIG ?= $(LOCAL_KUBECONFIG)
install uninstall deploy undeploy run: have-cluster

have-cluster:
	@[[ -e "$${KUBECONFIG%%:*}" ]] || { echo "No file $$KUBECONFIG: run 'make cluster-up', or set KUBECONFIG" >&2; exit 1; }

install: $(TOOLS) ## Install the CRD in the cluster of KUBECONFIG.
	kustomize build config/crd | $(KUBECTL) apply --server-side -f -

uninstall: $(TOOLS) ## Remove the CRD, and with it every tracker.
	kustomize build config/crd | $(KUBECTL) delete --ignore-not-found -f -

deploy: ## Install the operator in the cluster of KUBECONFIG (IMAGE_PREFIX=…, VERSION=…, unless it is the local one).
	$(SET_IMAGES) hack/deploy.sh

undeploy: $(TOOLS) ## Remove the operator, its CRD and with it every tracker.
	kustomize build config/default | $(KUBECTL) delete --ignore-not-found -f -

run: bin/manager ## Run the manager on this machine against the cluster of KUBECONFIG (ARGS=…, see bin/manager --help).
	bin/manager $(ARGS)

# An interrupted build leaves no folder of this name.
$(TOOLS):
	@echo "Building the tools: about a minute, once" >&2
	GOBIN=$@.tmp go install -C hack/tools -ldflags "-s -w" tool
	mv $@.tmp $@

$(GOLANGCI):
	@echo "Building golangci-lint: about five minutes, once" >&2
	go build -C hack/tools/golangci-lint -ldflags "-s -w" -o $@.tmp/golangci-lint .
	mv $@.tmp $@

FORCE:
.PHONY: help clean build docker-build release generate manifests monitoring vendor-web-vitals fmt lint verify test test-gitops test-e2e test-install test-faults bench bench-scale bench-e2e alert-effectiveness load rollouts dashboard-pictures assets demo \
	cluster-up cluster-status cluster-down monitoring-images logging-images faulty-images previous-image monitoring-up install uninstall deploy undeploy run have-cluster FORCE
