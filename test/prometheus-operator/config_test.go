// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package prometheusoperator

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus-operator/prometheus-operator/pkg/assets"
	"github.com/prometheus-operator/prometheus-operator/pkg/prometheus"
	httpconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	yamlv2 "gopkg.in/yaml.v2"
	"sigs.k8s.io/yaml"
)

// The golden objects of a tracker with all that monitoring has, and the operator's own.
var monitors = []string{"../../internal/desired/testdata/monitoring-full.out.yaml", "../../config/prometheus/servicemonitor.yaml"}

// scrapeConfig is what is tested of a scrape_config. Prometheus's own type has the clients of
// all clouds among its dependencies.
type scrapeConfig struct {
	JobName               string                      `yaml:"job_name"`
	RelabelConfigs        []*relabel.Config           `yaml:"relabel_configs"`
	HTTPClientConfig      httpconfig.HTTPClientConfig `yaml:",inline"`
	SampleLimit           uint                        `yaml:"sample_limit"`
	TargetLimit           uint                        `yaml:"target_limit"`
	LabelLimit            uint                        `yaml:"label_limit"`
	LabelNameLengthLimit  uint                        `yaml:"label_name_length_limit"`
	LabelValueLengthLimit uint                        `yaml:"label_value_length_limit"`
	BodySizeLimit         string                      `yaml:"body_size_limit"`
}

// UnmarshalYAML has what is left out follow redirects, as Prometheus does.
func (c *scrapeConfig) UnmarshalYAML(unmarshal func(any) error) error {
	c.HTTPClientConfig = httpconfig.DefaultHTTPClientConfig
	type plain scrapeConfig
	return unmarshal((*plain)(c))
}

// scrapeConfigs are what Prometheus reads in the configuration that prometheus-operator
// makes of the ServiceMonitors and Probes, by the name of the job.
func scrapeConfigs(t *testing.T) map[string]*scrapeConfig {
	t.Helper()
	serviceMonitors, probes := map[string]*monitoringv1.ServiceMonitor{}, map[string]*monitoringv1.Probe{}
	for _, path := range monitors {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(text), "\n---\n") {
			var object struct {
				Kind     string
				Metadata struct{ Name string }
			}
			if err := yaml.Unmarshal([]byte(document), &object); err != nil {
				t.Fatalf("%s: %s", path, err)
			}
			key := path + "/" + object.Metadata.Name
			switch object.Kind {
			case monitoringv1.ServiceMonitorsKind:
				serviceMonitors[key] = unmarshal[monitoringv1.ServiceMonitor](t, document)
			case monitoringv1.ProbesKind:
				probes[key] = unmarshal[monitoringv1.Probe](t, document)
			}
		}
	}
	if len(serviceMonitors) != 3 || len(probes) != 2 {
		t.Fatalf("there are %d ServiceMonitors and %d Probes", len(serviceMonitors), len(probes))
	}
	server := &monitoringv1.Prometheus{}
	server.Namespace, server.Spec.EvaluationInterval, server.Spec.ScrapeInterval = "monitoring", "30s", "30s"
	generator, err := prometheus.NewConfigGenerator(slog.New(slog.DiscardHandler), server)
	if err != nil {
		t.Fatal(err)
	}
	text, err := generator.GenerateServerConfiguration(server, serviceMonitors, nil, probes, nil, assets.NewTestStoreBuilder(), nil, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var loaded struct {
		ScrapeConfigs []*scrapeConfig `yaml:"scrape_configs"`
	}
	model.NameValidationScheme = model.UTF8Validation //nolint:staticcheck // As Prometheus 3 has it, in this variable.
	// As the config-reloader does it.
	text = bytes.ReplaceAll(text, []byte("$(SHARD)"), []byte("0"))
	if err := yamlv2.Unmarshal(text, &loaded); err != nil {
		t.Fatalf("%s\n%s", err, text)
	}
	all := map[string]*scrapeConfig{}
	for _, scrape := range loaded.ScrapeConfigs {
		all[scrape.JobName] = scrape
	}
	return all
}

// unmarshal refuses fields that this version of prometheus-operator does not know.
func unmarshal[T any](t *testing.T, text string) *T {
	t.Helper()
	object := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), object); err != nil {
		t.Fatal(err)
	}
	return object
}

const (
	trackerJob  = "serviceMonitor/people/hiring-api/0"
	frontendJob = "serviceMonitor/people/hiring-frontend/0"
	operatorJob = "serviceMonitor/interview-tracker-system/interview-tracker-operator/0"
)

func TestScrapesAreLimited(t *testing.T) {
	all := scrapeConfigs(t)
	for name, scrape := range all {
		limited := scrape.SampleLimit > 0 && scrape.TargetLimit > 0 && scrape.LabelLimit > 0 &&
			scrape.LabelNameLengthLimit > 0 && scrape.LabelValueLengthLimit > 0
		if !limited && name != operatorJob {
			t.Errorf("%s is without a limit: %+v", name, scrape)
		}
	}
	for _, name := range []string{trackerJob, frontendJob} {
		if all[name].BodySizeLimit == "" {
			t.Errorf("a response to %s may have any size", name)
		}
	}
}

// A pod that redirects has Prometheus request nothing else, with Prometheus's own client.
func TestRedirectsAreNotFollowed(t *testing.T) {
	all := scrapeConfigs(t)
	for _, name := range []string{trackerJob, frontendJob, operatorJob} {
		reached := false
		victim := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
		defer victim.Close()
		pod := httptest.NewServer(http.RedirectHandler(victim.URL, http.StatusFound))
		defer pod.Close()
		// The files of its other fields are not here.
		follow := all[name].HTTPClientConfig.FollowRedirects
		client, err := httpconfig.NewClientFromConfig(httpconfig.HTTPClientConfig{FollowRedirects: follow}, name)
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, pod.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusFound || reached {
			t.Errorf("%s: status %d, and the other server was reached: %t", name, response.StatusCode, reached)
		}
	}
}

// What Prometheus makes of the targets that it discovers in the tracker's namespace.
func TestTargets(t *testing.T) {
	const (
		label   = "__meta_kubernetes_service_label_apps_interviewtracker_dev_"
		present = "__meta_kubernetes_service_labelpresent_apps_interviewtracker_dev_"
	)
	all := scrapeConfigs(t)
	for _, test := range []struct{ scrape, component, port, job, another string }{
		{trackerJob, "api", "http", "interview-tracker/people/hiring", "frontend"},
		{frontendJob, "frontend", "metrics", "interview-tracker/people/hiring/frontend", "api"},
	} {
		service, pod := "hiring-"+test.component, "hiring-"+test.component+"-1-2"
		target := map[string]string{
			"__address__": "10.0.0.1:8000", "__meta_kubernetes_namespace": "people", "__meta_kubernetes_service_name": service,
			label + "tracker": "hiring", label + "component": test.component, label + "scrape": service,
			present + "tracker": "true", present + "component": "true", present + "scrape": "true",
			"__meta_kubernetes_endpoint_port_name": test.port, "__meta_kubernetes_pod_name": pod, "__meta_kubernetes_pod_phase": "Running",
		}
		steps := all[test.scrape].RelabelConfigs
		got, kept := relabel.Process(labels.FromMap(target), steps...)
		for name, want := range map[string]string{
			"job": test.job, "namespace": "people", "tracker": "hiring", "service": service, "pod": pod, "endpoint": "",
		} {
			if !kept || got.Get(name) != want {
				t.Errorf("%s: the label %s is %q, want %q", test.scrape, name, got.Get(name), want)
			}
		}
		for name, value := range map[string]string{
			"__meta_kubernetes_service_name": "look-alike", "__meta_kubernetes_endpoint_port_name": "another",
			label + "scrape": "other", present + "scrape": "", label + "component": test.another, label + "tracker": "other",
		} {
			other := labels.NewBuilder(labels.FromMap(target))
			if _, kept := relabel.Process(other.Set(name, value).Labels(), steps...); kept {
				t.Errorf("%s: a target with %s=%q is scraped", test.scrape, name, value)
			}
		}
	}
}

// The jobs are those that the rules select by; admission refuses to change them.
func TestJobs(t *testing.T) {
	all := scrapeConfigs(t)
	for name, want := range map[string]string{
		operatorJob:               "interview-tracker-operator/manager/metrics",
		"probe/people/hiring-api": "interview-tracker/people/hiring/probe", "probe/people/hiring-frontend": "interview-tracker/people/hiring/probe",
	} {
		target := map[string]string{
			"__address__": "10.0.0.1:8443", "__meta_kubernetes_endpoint_port_name": "https",
			"__meta_kubernetes_service_name":                                "interview-tracker-operator-metrics",
			"__meta_kubernetes_service_label_app_kubernetes_io_name":        "interview-tracker-operator",
			"__meta_kubernetes_service_labelpresent_app_kubernetes_io_name": "true",
		}
		if got, kept := relabel.Process(labels.FromMap(target), all[name].RelabelConfigs...); !kept || got.Get("job") != want {
			t.Errorf("%s has the job %q, want %q", name, got.Get("job"), want)
		}
	}
}
