// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const minimal = `apiVersion: apps.interviewtracker.dev/v1alpha1
kind: InterviewTracker
metadata: {name: hiring}
spec: {version: "1.0.0"}
`

// renderText is what the command prints for an input on its standard input.
func renderText(t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	flags := genericclioptions.NewConfigFlags(true)
	streams := genericiooptions.IOStreams{In: strings.NewReader(input), Out: &stdout, ErrOut: &stderr}
	root := plugin.NewRoot(flags, streams, NewCommand(flags, streams))
	root.SetArgs(append([]string{"render", "-f", "-"}, args...))
	err := root.Execute()
	if err != nil && stdout.Len() > 0 {
		t.Errorf("printed beside an error: %s", stdout.String())
	}
	return stdout.String(), err
}

// What the operator creates later says when.
func TestRenderSaysWhatWaits(t *testing.T) {
	out, err := renderText(t, minimal[:len(minimal)-2]+`, migrations: {command: [migrate]}, monitoring: {journeys: [{name: hire, interval: 5m}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	for comment, kind := range map[string]string{
		"# The operator creates this Job when the database is ready.":                                   "Job",
		"# The operator creates this when the Job of the migrations has succeeded.":                     "Deployment",
		"# The operator creates this CronJob when the API and the frontend each have an available pod.": "CronJob",
	} {
		found := false
		for document := range strings.SplitSeq(out, "---\n") {
			found = found || strings.HasPrefix(document, comment+"\n") && strings.Contains(document, "\nkind: "+kind+"\n")
		}
		if !found {
			t.Errorf("no %s begins with %q in\n%s", kind, comment, out)
		}
	}
}

func TestRenderPrintsTheSpecifiedProbes(t *testing.T) {
	out, err := renderText(t, minimal)
	if err != nil {
		t.Fatal(err)
	}
	type probe struct {
		path                                   string
		port                                   int
		initialDelay, period, timeout, failure int32
	}
	want := map[string][3]probe{ // liveness, readiness, startup
		"hiring-api":      {{"/health/live", 8000, 30, 10, 5, 3}, {"/health/ready", 8000, 5, 5, 3, 3}, {"/health", 8000, 10, 5, 3, 12}},
		"hiring-frontend": {{"/health", 3000, 10, 10, 5, 3}, {"/health", 3000, 5, 5, 3, 3}, {}},
	}
	read := func(p *corev1.Probe) probe {
		if p == nil {
			return probe{}
		}
		return probe{
			p.HTTPGet.Path, p.HTTPGet.Port.IntValue(),
			p.InitialDelaySeconds, p.PeriodSeconds, p.TimeoutSeconds, p.FailureThreshold,
		}
	}
	for document := range strings.SplitSeq(out, "---\n") {
		deployment := &appsv1.Deployment{}
		if err := yaml.Unmarshal([]byte(document), deployment); err != nil || deployment.Kind != "Deployment" {
			continue
		}
		c := deployment.Spec.Template.Spec.Containers[0]
		got := [3]probe{read(c.LivenessProbe), read(c.ReadinessProbe), read(c.StartupProbe)}
		if got != want[deployment.Name] {
			t.Errorf("%s: got %v, want %v", deployment.Name, got, want[deployment.Name])
		}
		delete(want, deployment.Name)
	}
	if len(want) > 0 {
		t.Errorf("not printed: %v", want)
	}
}

func TestRender(t *testing.T) {
	const published = `"1.0.0", patches: [{target: {kind: Service, name: hiring-frontend}, patch: "spec: {type: LoadBalancer}"}]`
	second := strings.ReplaceAll(minimal, "hiring", "other")
	elsewhere := strings.ReplaceAll(minimal, "name: hiring", "name: hiring, namespace: people")
	tests := map[string]struct {
		input string
		args  []string
		want  []string
		not   []string
		err   string
	}{
		"default namespace":  {input: minimal, want: []string{"namespace: default"}},
		"namespace":          {input: minimal, args: []string{"-n", "people"}, want: []string{"namespace: people"}, not: []string{"namespace: default"}},
		"its own namespace":  {input: elsewhere, want: []string{"namespace: people"}},
		"the same namespace": {input: elsewhere, args: []string{"-n", "people"}, want: []string{"namespace: people"}},
		"another namespace":  {input: elsewhere, args: []string{"-n", "x"}, err: `the namespace from the provided object "people" does not match the namespace "x"`},
		"images":             {input: minimal, args: []string{"--api-repository", "r/api", "--database-image=pg:16"}, want: []string{"image: r/api:1.0.0", "image: pg:16"}},
		"aliases": {
			input: strings.ReplaceAll(minimal, `"1.0.0"`, `"1.0.0", patches: [{target: {kind: Deployment}, patch: "spec: {a: &a [x], b: [*a]}"}]`),
			err: `InterviewTracker "hiring": spec.patches[0]: reading the patch: YAML's anchors, aliases and merge keys (&, * and <<) ` +
				"can't be used in a patch; write the values out",
		},
		"a field that is not allowed": {
			input: strings.ReplaceAll(minimal, `"1.0.0"`, published),
			err: `InterviewTracker "hiring": spec.patches[0]: Service hiring-frontend: spec.type can't be changed by a patch of a Service; ` +
				"remove this change from the patch, or have the cluster's administrator allow it with the operator's flag " +
				"--allow-patches=Service/spec.type",
		},
		"an allowed field": {
			input: strings.ReplaceAll(minimal, `"1.0.0"`, published), args: []string{"--allow-patches=Service/spec.type"},
			want: []string{"type: LoadBalancer"},
		},
		"several": {input: "---\n" + minimal + "---\n# nothing\n---\n" + second, want: []string{"name: hiring-api", "name: other-api"}},
		"migrations": {
			input: strings.ReplaceAll(minimal, `"1.0.0"`, `"1.0.0", migrations: {command: [/tracker, migrate]}`),
			want: []string{
				"# The operator creates this Job when the database is ready.\napiVersion: batch/v1\nkind: Job\n",
				"# The operator creates this when the Job of the migrations has succeeded.\napiVersion: apps/v1\nkind: Deployment\n",
				"image: interview-tracker-api:1.0.0\n        imagePullPolicy: IfNotPresent\n        lifecycle:",
			},
		},
		"monitoring": {
			input: strings.ReplaceAll(minimal, `"1.0.0"`, `"1.0.0", monitoring: {synthetic: {proberAddress: "blackbox-exporter.monitoring:9115"}}`),
			want: []string{
				optionalNote + "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\n",
				optionalNote + "apiVersion: monitoring.coreos.com/v1\nkind: Probe\n",
				"---\napiVersion: v1\ndata:\n  default.hiring.json: '{",
				optionalNote + "apiVersion: grafana.integreatly.org/v1beta1\nkind: GrafanaDashboard\n",
				"- http://hiring-frontend.default.svc:3000/sw.js\n",
			},
		},
		"no monitoring": {
			input: strings.ReplaceAll(minimal, `"1.0.0"`, `"1.0.0", monitoring: {serviceMonitor: {enabled: false}, alerts: {enabled: false}, dashboard: {enabled: false}}`),
			want:  []string{"name: hiring-api"},
			not:   []string{"monitoring.coreos.com", "ConfigMap", "GrafanaDashboard"},
		},
		"an unknown alert": {
			input: strings.ReplaceAll(minimal, `"1.0.0"`, `"1.0.0", monitoring: {alerts: {disabled: [Old]}}`),
			want:  []string{`# warning: spec.monitoring.alerts.disabled names unknown alerts: "Old". `, "kind: PrometheusRule\n"},
		},
		"no status":              {input: minimal, not: []string{"\nstatus:", "creationTimestamp"}},
		"a placeholder":          {input: minimal, want: []string{secretNote, "password: " + "UEFTU1dPUkQ="}},
		"JSON":                   {input: `{"apiVersion":"apps.interviewtracker.dev/v1alpha1","kind":"InterviewTracker","metadata":{"name":"hiring"},"spec":{"version":"1"}}`, want: []string{"name: hiring-api"}},
		"nothing":                {input: "# nothing\n", err: "the input has no InterviewTracker"},
		"another kind":           {input: minimal + "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}", err: `ConfigMap "x" of v1 can't be rendered: only InterviewTracker of apps.interviewtracker.dev/v1alpha1 can`},
		"no object":              {input: "text", err: "reading the input: "},
		"no YAML":                {input: "{", err: "reading the input: "},
		"a key twice":            {input: minimal + "spec: {}\n", err: `key "spec" already set in map`},
		"bad patch":              {input: strings.ReplaceAll(minimal, `"1.0.0"`, `"1.0.0", patches: [{patch: "[]"}]`), err: `InterviewTracker "hiring": spec.patches[0]: the patch is empty`},
		"every error is printed": {input: minimal + "---\n" + strings.ReplaceAll(minimal, "version", "versionn") + "---\n" + strings.ReplaceAll(minimal, "name: hiring", "name: 1x"), err: "metadata.name must start with a letter"},
		"a generated name":       {input: strings.ReplaceAll(minimal, "name:", "generateName:"), err: ""},
		"an empty flag":          {input: minimal, args: []string{"--redis-image", ""}, err: "must not be empty"},
		"an unknown flag":        {input: minimal, args: []string{"-x"}, err: "unknown shorthand flag"},
		"a superfluous word":     {input: minimal, args: []string{"x"}, err: `unknown command "x"`},
		"a file that is not":     {args: []string{"-f", "/nothing"}, err: "no such file"},
		"a status is ignored":    {input: minimal + "status: {observedGeneration: 7}\n", want: []string{"name: hiring-api"}},
		"null is the default":    {input: strings.ReplaceAll(minimal, `"1.0.0"`, `"1.0.0", api: null`), want: []string{"name: hiring-api"}},
		"a number in metadata":   {input: strings.ReplaceAll(minimal, "name: hiring", "name: hiring, labels: {x: 1}"), err: "cannot unmarshal number"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			out, err := renderText(t, test.input, test.args...)
			if len(test.want)+len(test.not) > 0 && err != nil {
				t.Fatal(err)
			}
			if len(test.want)+len(test.not) == 0 && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("got error %v, want %s", err, test.err)
			}
			for _, want := range test.want {
				if !strings.Contains(out, want) {
					t.Errorf("not printed: %s", want)
				}
			}
			for _, not := range test.not {
				if strings.Contains(out, not) {
					t.Errorf("printed: %s", not)
				}
			}
		})
	}
}
