// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"cmp"
	"encoding/json"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8slabels "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

func monitored(spec *v1alpha1.MonitoringSpec) func(*v1alpha1.InterviewTracker) {
	return func(t *v1alpha1.InterviewTracker) { t.Spec.Monitoring = spec }
}

func named(namespace, name string) func(*v1alpha1.InterviewTracker) {
	return func(t *v1alpha1.InterviewTracker) { t.Namespace, t.Name = namespace, name }
}

// The ServiceMonitor of a component selects its Service and nothing else, be it another
// Service of the tracker, one of another tracker, or that of a namesake.
func TestServiceMonitorSelectsOneService(t *testing.T) {
	var trackers []*v1alpha1.InterviewTracker
	var services []*corev1.Service
	for _, id := range [][2]string{{"people", "hiring"}, {"people", "hiring-api"}, {"people", "other"}, {"elsewhere", "hiring"}} {
		tracker := newTracker(named(id[0], id[1]))
		trackers = append(trackers, tracker)
		for _, object := range build(t, tracker, nothing()).Objects {
			if service, ok := object.(*corev1.Service); ok {
				services = append(services, service)
			}
		}
	}
	for _, tracker := range trackers {
		for _, name := range []string{tracker.Name + "-api", tracker.Name + "-frontend"} {
			monitor := find[*monitoringv1.ServiceMonitor](t, build(t, tracker, nothing()), name)
			selector, err := metav1.LabelSelectorAsSelector(&monitor.Spec.Selector)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, service := range services {
				if slices.Contains(monitor.Spec.NamespaceSelector.MatchNames, service.Namespace) && selector.Matches(k8slabels.Set(service.Labels)) {
					got = append(got, service.Namespace+"/"+service.Name)
				}
			}
			if diff := gocmp.Diff([]string{tracker.Namespace + "/" + name}, got); diff != "" || monitor.Spec.NamespaceSelector.Any {
				t.Errorf("%s/%s selects (-want +got):\n%s", tracker.Namespace, name, diff)
			}
		}
	}
}

// Whoever may create a Service can give it the labels of the tracker's: what tells them
// apart is the name, and no step of the user's brings back a target.
func TestServicesWithTheSameLabelsAreDropped(t *testing.T) {
	tracker := newTracker(monitored(&v1alpha1.MonitoringSpec{ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Relabelings: []v1alpha1.Relabeling{
		{TargetLabel: "__meta_kubernetes_service_name", Replacement: new("hiring-api")},
	}}}))
	monitor := find[*monitoringv1.ServiceMonitor](t, build(t, tracker, nothing()), "hiring-api")
	for service, want := range map[string]bool{"hiring-api": true, "hiring-api-copy": false, "other": false, "": false} {
		target := labels.NewBuilder(labels.FromStrings("namespace", "people", "__meta_kubernetes_service_name", service))
		if got := relabel.ProcessBuilder(target, asPrometheus(t, monitor.Spec.Endpoints[0].RelabelConfigs)...); got != want {
			t.Errorf("of the Service %q a target is scraped: %t", service, got)
		}
	}
}

// The label by which a ServiceMonitor finds its Service is nowhere else.
func TestScrapedServices(t *testing.T) {
	var scraped []string
	for _, object := range build(t, newTracker(), nothing()).Objects {
		if _, ok := object.GetLabels()[v1alpha1.LabelScrape]; ok {
			scraped = append(scraped, describe(object))
		}
	}
	if diff := gocmp.Diff([]string{"Service hiring-api", "Service hiring-frontend"}, scraped); diff != "" {
		t.Errorf("objects with the label (-want +got):\n%s", diff)
	}
}

func TestScrapesAreLimited(t *testing.T) {
	replicas := func(n int32) *v1alpha1.ComponentSpec { return &v1alpha1.ComponentSpec{Replicas: &n} }
	type limits struct {
		Samples, Targets, Labels, Name, Value int64
		Body                                  monitoringv1.ByteSize
	}
	for name, tc := range map[string]struct {
		api     *v1alpha1.ComponentSpec
		written *v1alpha1.ScrapeLimits
		want    limits
	}{
		"defaults":      {nil, nil, limits{10_000, 100, 64, 256, 1024, "10MB"}},
		"many replicas": {replicas(600), nil, limits{10_000, 1200, 64, 256, 1024, "10MB"}},
		"one written":   {nil, &v1alpha1.ScrapeLimits{Samples: 20_000}, limits{20_000, 100, 64, 256, 1024, "10MB"}},
		"all written": {
			replicas(600),
			&v1alpha1.ScrapeLimits{Samples: 1, Labels: 2, LabelNameLength: 3, LabelValueLength: 4, Targets: 5, BodySize: "6KB"},
			limits{1, 5, 2, 3, 4, "6KB"},
		},
	} {
		tracker := newTracker(monitored(&v1alpha1.MonitoringSpec{ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Limits: tc.written}}))
		tracker.Spec.API = tc.api
		spec := find[*monitoringv1.ServiceMonitor](t, build(t, tracker, nothing()), "hiring-api").Spec
		got := limits{*spec.SampleLimit, *spec.TargetLimit, *spec.LabelLimit, *spec.LabelNameLengthLimit, *spec.LabelValueLengthLimit, *spec.BodySizeLimit}
		if got != tc.want || *spec.Endpoints[0].FollowRedirects {
			t.Errorf("%s: got %+v, want %+v, and no redirects followed", name, got, tc.want)
		}
	}
}

// The frontend is confined as the API is; its port and its job are its own.
func TestServiceMonitorOfTheFrontend(t *testing.T) {
	tracker := newTracker(monitored(&v1alpha1.MonitoringSpec{ServiceMonitor: &v1alpha1.ServiceMonitorSpec{
		Labels:      map[string]v1alpha1.LabelValue{"release": "a"},
		Interval:    &metav1.Duration{Duration: time.Minute},
		Limits:      &v1alpha1.ScrapeLimits{Samples: 1, Targets: 5},
		Relabelings: []v1alpha1.Relabeling{{TargetLabel: "team", Replacement: new("people")}},
	}}))
	output := build(t, tracker, nothing())
	api := find[*monitoringv1.ServiceMonitor](t, output, "hiring-api")
	got := find[*monitoringv1.ServiceMonitor](t, output, "hiring-frontend")
	want := api.DeepCopy()
	want.Name = "hiring-frontend"
	want.Spec.Selector.MatchLabels[v1alpha1.LabelComponent] = "frontend"
	want.Spec.Selector.MatchLabels[v1alpha1.LabelScrape] = "hiring-frontend"
	endpoint := &want.Spec.Endpoints[0]
	endpoint.Port = "metrics"
	endpoint.RelabelConfigs[0].Regex = "hiring-frontend"
	endpoint.RelabelConfigs[len(endpoint.RelabelConfigs)-1].Replacement = new("interview-tracker/people/hiring/frontend")
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("but for those, unlike the API's (-want +got):\n%s", diff)
	}
}

// The port of the frontend's metrics is another than the users', and pods are told of it only
// where it is not the default: no pod is replaced for its metrics' sake.
func TestPortOfTheFrontendsMetrics(t *testing.T) {
	for port, want := range map[int32]int32{0: 9464, 8080: 9464, 9464: 9465, 9465: 9464} {
		tracker := newTracker()
		tracker.Spec.Frontend = &v1alpha1.ComponentSpec{Port: port}
		output := build(t, tracker, nothing())
		ports := find[*corev1.Service](t, output, "hiring-frontend").Spec.Ports
		if len(ports) != 2 || ports[1].Name != "metrics" || ports[1].Port != want || ports[1].TargetPort != intstr.FromInt32(want) {
			t.Errorf("with port %d the Service has the ports %v, want metrics at %d", port, ports, want)
		}
		container := find[*appsv1.Deployment](t, output, "hiring-frontend").Spec.Template.Spec.Containers[0]
		var env []corev1.EnvVar
		for _, e := range container.Env {
			if e.Name == "METRICS_PORT" {
				env = append(env, e)
			}
		}
		var wantEnv []corev1.EnvVar
		if want != 9464 {
			wantEnv = []corev1.EnvVar{{Name: "METRICS_PORT", Value: "9465"}}
		}
		if diff := gocmp.Diff(wantEnv, env); diff != "" || len(container.Ports) != 1 {
			t.Errorf("with port %d the container has the ports %v and the variables (-want +got):\n%s", port, container.Ports, diff)
		}
	}
}

// What Prometheus itself makes of a target's labels: the user's steps count, the
// tracker's name and its job have the last word, and the label endpoint is left to the application,
// whose http_requests_total has one of its own.
func TestTargetLabels(t *testing.T) {
	tracker := newTracker(monitored(&v1alpha1.MonitoringSpec{ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Relabelings: []v1alpha1.Relabeling{
		{SourceLabels: []string{"pod"}, Regex: "hiring-(.*)", TargetLabel: "short"},
		// Admission refuses these three.
		{TargetLabel: "tracker", Replacement: new("other")},
		{TargetLabel: "job", Replacement: new("other")},
		{TargetLabel: "endpoint", Replacement: new("x")},
	}}}))
	monitor := find[*monitoringv1.ServiceMonitor](t, build(t, tracker, nothing()), "hiring-api")
	// As prometheus-operator has set them by then.
	target := labels.NewBuilder(labels.FromStrings(
		"__meta_kubernetes_service_name", "hiring-api",
		"namespace", "people", "service", "hiring-api", "job", "hiring-api", "pod", "hiring-api-1-2", "container", "api", "endpoint", "http"))
	if !relabel.ProcessBuilder(target, asPrometheus(t, monitor.Spec.Endpoints[0].RelabelConfigs)...) {
		t.Fatal("the target is dropped")
	}
	want := labels.FromStrings(
		"__meta_kubernetes_service_name", "hiring-api",
		"namespace", "people", "service", "hiring-api", "job", "interview-tracker/people/hiring", "pod", "hiring-api-1-2", "container", "api",
		"short", "api-1-2", "tracker", "hiring")
	if got := target.Labels(); !labels.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func asPrometheus(t *testing.T, steps []monitoringv1.RelabelConfig) []*relabel.Config {
	t.Helper()
	var out []*relabel.Config
	for _, step := range steps {
		config := relabel.DefaultRelabelConfig
		config.Action = relabel.Action(cmp.Or(step.Action, string(config.Action)))
		config.TargetLabel = step.TargetLabel
		for _, label := range step.SourceLabels {
			config.SourceLabels = append(config.SourceLabels, model.LabelName(label))
		}
		if step.Replacement != nil {
			config.Replacement = *step.Replacement
		}
		if step.Regex != "" {
			config.Regex = relabel.MustNewRegexp(step.Regex)
		}
		if err := config.Validate(model.UTF8Validation); err != nil {
			t.Fatalf("%+v: %v", step, err)
		}
		out = append(out, &config)
	}
	return out
}

func TestMonitoringCanBeSwitchedOff(t *testing.T) {
	off := newTracker(monitored(&v1alpha1.MonitoringSpec{
		ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Enabled: new(false)},
		Alerts:         &v1alpha1.AlertsSpec{Enabled: new(false)},
		Dashboard:      &v1alpha1.DashboardSpec{Enabled: new(false)},
	}))
	for _, object := range build(t, off, nothing()).Monitoring {
		t.Errorf("rendered: %s", describe(object))
	}
}

func TestProbesAskTheServices(t *testing.T) {
	tracker := newTracker(monitored(&v1alpha1.MonitoringSpec{Synthetic: &v1alpha1.SyntheticSpec{
		ProberAddress: "blackbox-exporter.monitoring:9115", FrontendURL: "http://[2001:db8::1]",
	}}))
	tracker.Spec.API = &v1alpha1.ComponentSpec{Port: 9000}
	output := build(t, tracker, nothing())
	for name, want := range map[string][]string{
		"hiring-api":      {"http://hiring-api.people.svc:9000/health", "http://hiring-api.people.svc:9000/health/ready"},
		"hiring-frontend": {"http://[2001:db8::1]/health", "http://[2001:db8::1]/sw.js"},
	} {
		spec := find[*monitoringv1.Probe](t, output, name).Spec
		if diff := gocmp.Diff(want, spec.Targets.StaticConfig.Targets); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if err := spec.Targets.Validate(); err != nil {
			t.Error(err)
		}
		if spec.JobName != "interview-tracker/people/hiring/probe" {
			t.Errorf("%s has the job %q", name, spec.JobName)
		}
		// What an exporter answers with that is no result of a probe, such as series that
		// the alerts read, or those of whatever it redirects to.
		keep := asPrometheus(t, spec.MetricRelabelConfigs)
		for metric, want := range map[string]bool{
			"probe_success": true, "probe_http_status_code": true, "http_requests_total": false, "up": false, "x_probe_y": false,
		} {
			if got := relabel.ProcessBuilder(labels.NewBuilder(labels.FromStrings("__name__", metric)), keep...); got != want {
				t.Errorf("%s: %s is stored: %t", name, metric, got)
			}
		}
		if *spec.TargetLimit != 2 || *spec.SampleLimit == 0 || *spec.LabelLimit == 0 || *spec.LabelNameLengthLimit == 0 || *spec.LabelValueLengthLimit == 0 {
			t.Errorf("%s is without a limit: %+v", name, spec)
		}
	}
}

// A Probe of an older version of prometheus-operator has no such field, and would be refused.
func TestProbesFollowNoRedirectsWhereTheyCanRefuse(t *testing.T) {
	for _, can := range []bool{true, false} {
		seen := nothing()
		seen.Monitoring.ProbesRefuseRedirects = can
		output := build(t, newTracker(monitored(&v1alpha1.MonitoringSpec{Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "x"}})), seen)
		for _, name := range []string{"hiring-api", "hiring-frontend"} {
			got := find[*monitoringv1.Probe](t, output, name).Spec.FollowRedirects
			if (got != nil) != can || can && *got {
				t.Errorf("%s: with the field %t, it is %v", name, can, got)
			}
		}
	}
}

// Grafana's sidecar writes the dashboards of all namespaces into one folder, by their keys,
// and Grafana has one dashboard for each UID.
func TestDashboardsDontReplaceEachOther(t *testing.T) {
	keys, uids := map[string]string{}, map[string]string{}
	for _, id := range [][2]string{{"people", "hiring"}, {"people", "hiring-x"}, {"people-hiring", "x"}, {"elsewhere", "hiring"}} {
		whose := id[0] + "/" + id[1]
		output := build(t, newTracker(named(id[0], id[1])), nothing())
		data := find[*corev1.ConfigMap](t, output, id[1]+"-dashboard").Data
		for key, text := range data {
			var dashboard struct{ UID string }
			if err := json.Unmarshal([]byte(text), &dashboard); err != nil {
				t.Fatal(err)
			}
			if keys[key] != "" || uids[dashboard.UID] != "" {
				t.Errorf("%s has the key %s of %q and the UID %s of %q", whose, key, keys[key], dashboard.UID, uids[dashboard.UID])
			}
			keys[key], uids[dashboard.UID] = whose, whose
		}
		reference := find[*grafana.GrafanaDashboard](t, output, id[1]).Spec.ConfigMapRef
		if _, ok := data[reference.Key]; !ok || len(data) != 1 || reference.Name != id[1]+"-dashboard" {
			t.Errorf("%s: grafana-operator reads %+v, and there are %d keys", whose, reference, len(data))
		}
	}
}

// The application's version is no reason to have another dashboard.
func TestDashboardIgnoresTheVersion(t *testing.T) {
	data := func(version string) map[string]string {
		tracker := newTracker(func(t *v1alpha1.InterviewTracker) { t.Spec.Version = version })
		return find[*corev1.ConfigMap](t, build(t, tracker, nothing()), "hiring-dashboard").Data
	}
	if diff := gocmp.Diff(data("1.0.0"), data("2.0.0")); diff != "" {
		t.Errorf("it changed:\n%s", diff)
	}
}

// No label of the user's takes the place of one by which the operator, or a Service,
// finds its own. Admission refuses them, too.
func TestUserLabelsDontReplaceOurs(t *testing.T) {
	evil := map[string]v1alpha1.LabelValue{v1alpha1.LabelTracker: "other", "app.kubernetes.io/instance": "other", "release": "x"}
	output := build(t, newTracker(monitored(&v1alpha1.MonitoringSpec{
		ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Labels: evil},
		Dashboard:      &v1alpha1.DashboardSpec{Labels: evil},
		Synthetic:      &v1alpha1.SyntheticSpec{ProberAddress: "x", Labels: evil},
	})), nothing())
	for _, object := range output.Monitoring {
		got := object.GetLabels()
		if got[v1alpha1.LabelTracker] != "hiring" || got["app.kubernetes.io/instance"] != "hiring" {
			t.Errorf("%s: labels %v", describe(object), got)
		}
		switch object.(type) {
		case *grafana.GrafanaDashboard, *monitoringv1.PrometheusRule: // These have others.
		default:
			if got["release"] != "x" {
				t.Errorf("%s: labels %v", describe(object), got)
			}
		}
	}
}

// A kind that the cluster doesn't know is left out and named, unless nobody has to
// have it.
func TestUnknownKindsAreLeftOut(t *testing.T) {
	seen := nothing()
	seen.Monitoring.Kinds = seen.Monitoring.Kinds.Difference(optionalKinds()).Insert(kinds.Probe.Kind)
	output := build(t, newTracker(monitored(&v1alpha1.MonitoringSpec{Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "x"}})), seen)
	var got []string
	for _, object := range output.Monitoring {
		got = append(got, describe(object))
	}
	if diff := gocmp.Diff([]string{"Probe hiring-api", "Probe hiring-frontend", "ConfigMap hiring-dashboard"}, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if !slices.Contains(output.Absent, kinds.ServiceMonitor.Kind) || slices.Contains(output.Absent, kinds.GrafanaDashboard.Kind) {
		t.Errorf("absent: %v", output.Absent)
	}
}

// A kind of which nobody knows whether the cluster has it is not called absent.
func TestUnclearKindsAreLeftOutAndNotCalledAbsent(t *testing.T) {
	seen := nothing()
	seen.Monitoring.Kinds = sets.New(kinds.Probe.Kind)
	seen.Monitoring.KindsUnclear = map[string]string{
		kinds.ServiceMonitor.Kind: "away", kinds.GrafanaDashboard.Kind: "away", "Prometheus": "away",
	}
	output := build(t, newTracker(monitored(nil)), seen)
	if diff := gocmp.Diff([]string{kinds.GrafanaDashboard.Kind, kinds.ServiceMonitor.Kind}, output.Unclear); diff != "" {
		t.Errorf("unclear (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff([]string{kinds.PrometheusRule.Kind}, output.Absent); diff != "" {
		t.Errorf("absent (-want +got):\n%s", diff)
	}
}
