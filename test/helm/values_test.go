// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package helm

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const (
	deployment = "Deployment/" + system + "/" + name
	account    = "ServiceAccount/" + system + "/" + name
	policy     = "NetworkPolicy/" + system + "/" + name
	budget     = "PodDisruptionBudget/" + system + "/" + name
	monitor    = "ServiceMonitor/" + system + "/" + name
	alerts     = "PrometheusRule/" + system + "/" + name
	board      = "ConfigMap/" + system + "/interview-tracker-fleet-dashboard"
	pod        = "spec.template.spec"
	manager    = pod + ".containers.0"
)

// effects are the values, each set by one of these in JSON, and what a field then is; in JSON, too. Without a
// field, it is whether the object exists; with an empty result, that the field does not.
var effects = []struct {
	value, to     string
	with          string // further values that it needs
	object, field string
	want          string
}{
	{value: "image.registry", to: `"registry.example.com/team/"`, object: deployment, field: manager + ".image", want: `"registry.example.com/team/interview-tracker-operator:dev"`},
	{value: "image.registry", to: `"mirror"`, object: deployment, field: manager + ".args", want: `["--leader-elect","--log-level=info","--api-repository=mirror/interview-tracker-api","--frontend-repository=mirror/interview-tracker-frontend"]`},
	{value: "image.registry", to: `"mirror"`, with: `flags.api-repository="x"`, object: deployment, field: manager + ".args", want: `["--api-repository=x","--leader-elect","--log-level=info","--frontend-repository=mirror/interview-tracker-frontend"]`},
	{value: "image.repository", to: `"team/operator"`, object: deployment, field: manager + ".image", want: `"team/operator:dev"`},
	{value: "image.tag", to: `"1.10"`, object: deployment, field: manager + ".image", want: `"interview-tracker-operator:1.10"`},
	{value: "image.digest", to: `"` + digest + `"`, with: `image.tag="1.2.3"`, object: deployment, field: manager + ".image", want: `"interview-tracker-operator@` + digest + `"`},
	{value: "image.pullPolicy", to: `"Always"`, object: deployment, field: manager + ".imagePullPolicy", want: `"Always"`},
	{value: "image.pullSecrets", to: `[{"name":"registry"}]`, object: deployment, field: pod + ".imagePullSecrets", want: `[{"name":"registry"}]`},
	{value: "replicas", to: `2`, object: deployment, field: "spec.replicas", want: `2`},
	{value: "namespaces", to: `["a","123"]`, object: deployment, field: manager + ".args", want: `["--leader-elect","--log-level=info","--namespaces=a,123"]`},
	{value: "namespaces", to: `["a","123"]`, object: "Role/123/" + name},
	{value: "namespaces", to: `["a","123"]`, object: "ClusterRole//" + name, want: "none"},
	{value: "pollThrough", to: `"api-server"`, object: "ClusterRole//" + name + "-pod-proxy"},
	{value: "flags", to: `{"kube-api-qps":2000000,"enable-http2":true,"allow-patches":"Service/spec.type,A/b"}`, object: deployment, field: manager + ".args", want: `["--allow-patches=Service/spec.type,A/b","--enable-http2","--kube-api-qps=2000000","--leader-elect","--log-level=info"]`},
	{value: "flags", to: `{"leader-elect":false,"log-level":"debug"}`, object: deployment, field: manager + ".args", want: `["--leader-elect=false","--log-level=debug"]`},
	{value: "crds.install", to: `false`, object: crd, want: "none"},
	{value: "crds.install", to: `false`, object: "ClusterRole//interview-tracker-editor", want: "none"},
	{value: "crds.keep", to: `false`, object: crd, field: `metadata.annotations.helm\.sh/resource-policy`},
	{value: "resources", to: `{"limits":{"memory":"1Gi"}}`, object: deployment, field: manager + ".resources", want: `{"limits":{"memory":"1Gi"},"requests":{"cpu":"50m","memory":"64Mi"}}`},
	{value: "nodeSelector", to: `{"disk":"ssd"}`, object: deployment, field: pod + ".nodeSelector", want: `{"disk":"ssd"}`},
	{value: "tolerations", to: `[{"operator":"Exists"}]`, object: deployment, field: pod + ".tolerations", want: `[{"operator":"Exists"}]`},
	{value: "affinity", to: `{"podAntiAffinity":{}}`, object: deployment, field: pod + ".affinity", want: `{"podAntiAffinity":{}}`},
	{value: "topologySpreadConstraints", to: `[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule"}]`, object: deployment, field: pod + ".topologySpreadConstraints", want: `[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule"}]`},
	{value: "priorityClassName", to: `"high"`, object: deployment, field: pod + ".priorityClassName", want: `"high"`},
	{value: "podLabels", to: `{"team":"people"}`, object: deployment, field: "spec.template.metadata.labels", want: `{"app.kubernetes.io/name":"interview-tracker-operator","team":"people"}`},
	{value: "podLabels", to: `{"team":"people"}`, object: deployment, field: "spec.selector.matchLabels", want: `{"app.kubernetes.io/name":"interview-tracker-operator"}`},
	{value: "podAnnotations", to: `{"mesh":"off"}`, object: deployment, field: "spec.template.metadata.annotations", want: `{"kubectl.kubernetes.io/default-container":"manager","mesh":"off"}`},
	{value: "serviceAccount.annotations", to: `{"role":"arn"}`, object: account, field: "metadata.annotations", want: `{"role":"arn"}`},
	{value: "networkPolicy.enabled", to: `false`, object: policy, want: "none"},
	{value: "podDisruptionBudget.enabled", to: `true`, object: budget, field: "spec", want: `{"maxUnavailable":1,"selector":{"matchLabels":{"app.kubernetes.io/name":"interview-tracker-operator"}}}`},
	{value: "metrics.enabled", to: `false`, object: deployment, field: manager + ".args", want: `["--leader-elect","--log-level=info","--metrics-bind-address=0"]`},
	{value: "metrics.enabled", to: `false`, object: deployment, field: manager + ".ports", want: `[{"containerPort":8081,"name":"health"}]`},
	{value: "metrics.enabled", to: `false`, object: policy, field: "spec.ingress", want: `[{"ports":[{"port":"health","protocol":"TCP"}]}]`},
	{value: "metrics.enabled", to: `false`, object: "ClusterRole//" + name + "-metrics-auth", want: "none"},
	{value: "metrics.enabled", to: `false`, object: "Service/" + system + "/" + name + "-metrics", want: "none"},
	{value: "monitoring.enabled", to: `true`, object: monitor},
	{value: "monitoring.labels", to: `{"release":"p"}`, with: "monitoring.enabled=true", object: monitor, field: "metadata.labels.release", want: `"p"`},
	{value: "monitoring.labels", to: `{"release":"p"}`, with: "monitoring.enabled=true", object: alerts, field: "metadata.labels.release", want: `"p"`},
	{value: "monitoring.labels", to: `{"release":"p"}`, with: "monitoring.enabled=true", object: board, field: "metadata.labels.release"},
	{value: "monitoring.dashboards.enabled", to: `false`, with: "monitoring.enabled=true", object: board, want: "none"},
	{value: "monitoring.dashboards.labels", to: `{"team":"people"}`, with: "monitoring.enabled=true", object: board, field: "metadata.labels", want: `{"grafana_dashboard":"1","team":"people"}`},
	{value: "admission.enabled", to: `true`, object: "ValidatingAdmissionPolicyBinding//" + name + "-pods"},
}

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestEachValueHasItsEffect(t *testing.T) {
	defaults := render(t)
	tested := map[string]bool{}
	for _, e := range effects {
		tested[e.value] = true
		set := []string{"--set-json", e.value + "=" + e.to}
		if e.with != "" {
			set = append(set, "--set-json", e.with)
		}
		object, before := render(t, set...)[e.object], defaults[e.object]
		switch {
		case e.field != "":
			if got := field(t, object, e.field); got != e.want {
				t.Errorf("%s: %s of %s is\n%s, want\n%s", set, e.field, e.object, got, e.want)
			}
		case e.with == "" && (object != nil) == (before != nil):
			t.Errorf("%s: whether there is a %s is the same as without: %t", set, e.object, object != nil)
		case (object == nil) != (e.want == "none"):
			t.Errorf("%s: there is a %s: %t", set, e.object, object != nil)
		}
	}
	var values map[string]any
	must(t, yaml.Unmarshal(read(t, chart+"/values.yaml"), &values))
	for _, leaf := range leaves(values, "") {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(tested)), func(value string) bool { return strings.HasPrefix(leaf, value) }) {
			t.Errorf("what %s does is not tested", leaf)
		}
	}
}

// field is a field of an object as JSON, empty without one. A backslash is before a dot of a name.
func field(t *testing.T, object *unstructured.Unstructured, path string) string {
	t.Helper()
	if object == nil {
		return "no object"
	}
	var value any = object.Object
	for name := range strings.SplitSeq(strings.ReplaceAll(path, `\.`, "\x00"), ".") {
		switch below := value.(type) {
		case map[string]any:
			var ok bool
			if value, ok = below[strings.ReplaceAll(name, "\x00", ".")]; !ok {
				return ""
			}
		case []any:
			index, err := strconv.Atoi(name)
			must(t, err)
			value = below[index]
		}
	}
	text, err := json.Marshal(value)
	must(t, err)
	return string(text)
}

// leaves are the paths of the values that are no maps with values of their own.
func leaves(values map[string]any, parent string) []string {
	var all []string
	for name, value := range values {
		if below, ok := value.(map[string]any); ok && len(below) > 0 {
			all = append(all, leaves(below, parent+name+".")...)
			continue
		}
		all = append(all, parent+name)
	}
	return all
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	must(t, err)
	return content
}

// The schema describes exactly the values that there are.
func TestSchemaHasTheValues(t *testing.T) {
	var schema struct {
		Properties map[string]json.RawMessage
	}
	must(t, json.Unmarshal(read(t, chart+"/values.schema.json"), &schema))
	delete(schema.Properties, "global") // Helm's own
	var values map[string]any
	must(t, yaml.Unmarshal(read(t, chart+"/values.yaml"), &values))
	if diff := cmp.Diff(slices.Sorted(maps.Keys(values)), slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
		t.Errorf("values.yaml (-) and values.schema.json (+) differ:\n%s", diff)
	}
}

func TestSchemaRefuses(t *testing.T) {
	for set, named := range map[string]string{
		// Typos, at each level.
		`replica=2`:                             "replica",
		`image.repo="x"`:                        "repo",
		`image.pullSecrets=[{"nam":"x"}]`:       "nam",
		`flags.leader-election=true`:            "leader-election",
		`crds.enabled=false`:                    "enabled",
		`resources.request={}`:                  "request",
		`tolerations=[{"operater":"Exists"}]`:   "operater",
		`affinity.podAntiAfinity={}`:            "podAntiAfinity",
		`serviceAccount.name="x"`:               "name",
		`networkPolicy.enable=true`:             "enable",
		`podDisruptionBudget.minAvailable=1`:    "minAvailable",
		`metrics.enable=true`:                   "enable",
		`monitoring.label={}`:                   "label",
		`monitoring.dashboards.folder="x"`:      "folder",
		`admission.on=true`:                     "on",
		`topologySpreadConstraints=[{"max":1}]`: "maxSkew",
		// Values of the wrong type or form.
		`replicas="2"`:               "replicas",
		`namespaces="team-a"`:        "namespaces",
		`namespaces=["team_a"]`:      "namespaces",
		`namespaces=["a","a"]`:       "namespaces",
		`pollThrough="apiserver"`:    "pollThrough",
		`image.digest="1.2.3"`:       "digest",
		`image.repository="x:1.2.3"`: "repository",
		`image.pullPolicy="always"`:  "pullPolicy",
		`flags.log-level="trace"`:    "log-level",
		`flags.reconcile-timeout=30`: "reconcile-timeout",
		`flags.namespaces="a"`:       "namespaces",
		`podLabels={"a":1}`:          "podLabels",
		`nodeSelector={"a":true}`:    "nodeSelector",
		// What the chart sets itself.
		`podLabels={"app.kubernetes.io/name":"x"}`:                       "podLabels",
		`podAnnotations={"kubectl.kubernetes.io/default-container":"x"}`: "podAnnotations",
		`monitoring.labels={"app.kubernetes.io/name":"x"}`:               "labels",
		`monitoring.dashboards.labels={"grafana_dashboard":"0"}`:         "labels",
	} {
		_, err := helm(t, nil, "template", name, chart, "--set-json", set)
		if err == nil {
			t.Errorf("%s is accepted", set)
		} else if !strings.Contains(err.Error(), "schema") || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: the error does not name %s: %v", set, named, err)
		}
	}
}

// A namespace that YAML would read as something else than text stays text.
func TestReleaseInAnyNamespace(t *testing.T) {
	for _, namespace := range []string{"no", "2024", "1e3"} {
		rendered := renderRelease(t, name, namespace, "--set-string", "priorityClassName=100")
		if object := rendered["Deployment/"+namespace+"/"+name]; field(t, object, pod+".priorityClassName") != `"100"` {
			t.Errorf("in namespace %s, the Deployment is %v", namespace, object)
		}
	}
}

// The values of the example for Flux are values of the chart.
func TestValuesForFlux(t *testing.T) {
	_, release, found := strings.Cut(string(read(t, root+"/config/flux/operator.yaml")), "\n---\n")
	var example struct {
		Kind string
		Spec struct{ Values map[string]any }
	}
	if must(t, yaml.Unmarshal([]byte(release), &example)); !found || example.Kind != "HelmRelease" || len(example.Spec.Values) == 0 {
		t.Fatalf("the second document of the example is no HelmRelease with values: %s", release)
	}
	values, err := yaml.Marshal(example.Spec.Values)
	must(t, err)
	file := filepath.Join(t.TempDir(), "values.yaml")
	must(t, os.WriteFile(file, values, 0o600))
	image := field(t, render(t, "--values", file)[deployment], manager+".image")
	if want := `"registry.example.com/`; !strings.HasPrefix(image, want) {
		t.Errorf("the image is %s, want one of the registry of the example", image)
	}
}

// What the schema can't say, a template does.
func TestMonitoringNeedsMetrics(t *testing.T) {
	_, err := helm(t, nil, "template", name, chart, "--set", "monitoring.enabled=true,metrics.enabled=false")
	if err == nil || !strings.Contains(err.Error(), "monitoring.enabled needs metrics.enabled") {
		t.Errorf("the error is %v", err)
	}
}

// The chart is installed by Kubernetes 1.30 and later, also by a provider's version of it.
func TestOldestKubernetes(t *testing.T) {
	for version, accepted := range map[string]bool{"1.29.14": false, "1.30.0": true, "1.30.5-gke.1": true, "1.37.2": true} {
		_, err := helm(t, nil, "template", name, chart, "--kube-version", version)
		if accepted {
			must(t, err)
		} else if err == nil || !strings.Contains(err.Error(), "requires kubeVersion: >=1.30.0-0") {
			t.Errorf("Kubernetes %s: the error is %v", version, err)
		}
	}
}
