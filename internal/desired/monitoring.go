// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"github.com/prometheus/common/model"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/dashboards"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/notifications"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// addMonitoring adds the objects that have the tracker monitored, of all kinds: what
// patches match must not depend on the cluster.
func (b *builder) addMonitoring() {
	spec := &b.tracker.Spec
	if monitor := spec.GetServiceMonitor(); *monitor.Enabled {
		for _, c := range b.catalog.Present(spec) {
			if c.Primary || c.MetricsPort(spec) != 0 {
				b.add(b.serviceMonitor(c, monitor))
			}
		}
	}
	if synthetic := spec.GetSynthetic(); synthetic != nil {
		for _, c := range b.catalog.Present(spec) {
			if c.Synthetic != nil && c.Replicas(spec) > 0 { // a stopped component can't answer
				b.add(b.probe(c, synthetic))
			}
		}
	}
	if dashboard := spec.GetDashboard(); *dashboard.Enabled {
		b.add(b.dashboardConfigMap(dashboard), b.grafanaDashboard(dashboard))
	}
	if alerts := spec.GetAlerts(); *alerts.Enabled {
		b.add(&monitoringv1.PrometheusRule{
			TypeMeta:   typeMeta(monitoringv1.SchemeGroupVersion, monitoringv1.PrometheusRuleKind),
			ObjectMeta: b.monitoringMeta(b.tracker.Name, alerts.Labels),
		})
	}
	if spec.GetNotifications() != nil {
		b.add(&monitoringv1alpha1.AlertmanagerConfig{
			TypeMeta:   typeMeta(monitoringv1alpha1.SchemeGroupVersion, monitoringv1alpha1.AlertmanagerConfigKind),
			ObjectMeta: b.monitoringMeta(b.tracker.Name, spec.GetNotifications().Labels),
		})
	}
}

// writeRules fills in the PrometheusRule, which patches reach by its metadata alone: its
// expressions have the limits and requests of the container as the patches leave it. And
// the AlertmanagerConfig, which leads its alerts to their receivers.
func (b *builder) writeRules() {
	primary := b.catalog.Primary()
	var resources v1alpha1.ResourcesSpec
	var raised []rules.Raised
	for _, object := range b.output.Objects {
		switch typed := object.(type) {
		case *appsv1.Deployment:
			containers := typed.Spec.Template.Spec.Containers
			isPrimary := func(c corev1.Container) bool { return c.Name == string(primary.Name) }
			if i := slices.IndexFunc(containers, isPrimary); i >= 0 && typed.Name == b.tracker.ChildName(primary.Name) {
				resources = v1alpha1.ResourcesSpec{Requests: containers[i].Resources.Requests, Limits: containers[i].Resources.Limits}
			}
		case *monitoringv1.PrometheusRule:
			typed.Spec = rules.Build(b.tracker, b.catalog, resources)
			raised = rules.Raises(typed.Spec)
		case *monitoringv1alpha1.AlertmanagerConfig:
			typed.Spec = notifications.Build(b.tracker)
			b.output.Unrouted = notifications.Unrouted(b.tracker, typed.Spec, raised)
		}
	}
}

// monitoringMeta is the metadata of a monitoring object, with labels of the user's by
// which others select it.
func (b *builder) monitoringMeta(name string, labels map[string]v1alpha1.LabelValue) metav1.ObjectMeta {
	meta := b.meta(v1alpha1.ComponentMonitoring)
	meta.Name = name
	meta.Labels = plain(labels)
	maps.Copy(meta.Labels, b.labels(v1alpha1.ComponentMonitoring))
	return meta
}

// splitPhases moves the objects of the phases after the application's to where they can't keep
// the tracker itself from being applied, without those of kinds that the cluster lacks.
func (b *builder) splitPhases() {
	absent, unclear := sets.New[string](), sets.KeySet(b.snapshot.Monitoring.KindsUnclear)
	b.output.Objects = slices.DeleteFunc(b.output.Objects, func(object Object) bool {
		kind, _ := kinds.Of(object.GetObjectKind().GroupVersionKind().GroupKind())
		switch {
		case kind.Phase == kinds.Application:
			return false
		case kind.Optional && !b.snapshot.Monitoring.Kinds.Has(kind.Kind):
			absent.Insert(kind.Kind)
		case kind.Phase == kinds.Traffic:
			b.output.Traffic = append(b.output.Traffic, object)
		default:
			b.output.Monitoring = append(b.output.Monitoring, object)
		}
		return true
	})
	b.output.Unclear = sets.List(absent.Intersection(unclear))
	absent = absent.Difference(unclear)
	// GrafanaDashboards are a second way to Grafana, which no cluster has to have.
	b.output.Absent = sets.List(absent.Delete(kinds.GrafanaDashboard.Kind))
}

// annotationFolder is where Grafana's sidecar looks for the folder by default.
const annotationFolder = "grafana_folder"

// dashboardKey is the name of the file that Grafana's sidecar writes: into one folder for
// all namespaces, so that it names the tracker's. Neither name has a dot.
func (b *builder) dashboardKey() string {
	return b.tracker.Namespace + "." + b.tracker.Name + ".json"
}

// dashboardConfigMap holds the dashboard for Grafana's sidecar, which finds it by its
// labels.
func (b *builder) dashboardConfigMap(spec *v1alpha1.DashboardSpec) *corev1.ConfigMap {
	meta := b.monitoringMeta(b.tracker.Name+"-dashboard", spec.Labels)
	meta.Annotations = map[string]string{annotationFolder: spec.Folder}
	return &corev1.ConfigMap{
		TypeMeta:   typeMeta(corev1.SchemeGroupVersion, "ConfigMap"),
		ObjectMeta: meta,
		Data:       map[string]string{b.dashboardKey(): dashboards.Tracker(b.tracker, b.catalog).JSON()},
	}
}

// grafanaDashboard makes grafana-operator load the same dashboard.
func (b *builder) grafanaDashboard(spec *v1alpha1.DashboardSpec) *grafana.GrafanaDashboard {
	return &grafana.GrafanaDashboard{
		TypeMeta:   typeMeta(grafana.GroupVersion, kinds.GrafanaDashboard.Kind),
		ObjectMeta: b.monitoringMeta(b.tracker.Name, nil),
		Spec: grafana.GrafanaDashboardSpec{
			InstanceSelector:          &metav1.LabelSelector{MatchLabels: plain(spec.InstanceSelector)},
			AllowCrossNamespaceImport: true,
			Folder:                    spec.Folder,
			ConfigMapRef:              &grafana.ConfigMapKeyRef{Name: b.tracker.Name + "-dashboard", Key: b.dashboardKey()},
		},
	}
}

// The limits of a probe, which no exporter of probes comes near. The longest label is that
// of the names in a certificate.
const (
	probeSamples          = 500
	probeLabels           = 64
	probeLabelNameLength  = 256
	probeLabelValueLength = 32 << 10
)

// probe makes a blackbox exporter request the health of a component, at the paths of
// the health-check specification. Whoever writes the spec chooses the exporter: nothing but
// the results of probes is stored of what it answers.
func (b *builder) probe(c catalog.Component, spec *v1alpha1.SyntheticSpec) *monitoringv1.Probe {
	fromOutside := ""
	if c.Entry {
		fromOutside = b.tracker.Spec.IngressURL()
	}
	url := cmp.Or(c.Synthetic.URL(spec), fromOutside,
		fmt.Sprintf("http://%s.%s.svc:%d", b.tracker.ChildName(c.Name), b.tracker.Namespace, c.Port(&b.tracker.Spec)))
	paths := c.Synthetic.Paths
	if c.Entry {
		paths = b.reachable(url, paths)
	}
	var targets []string
	for _, path := range paths {
		targets = append(targets, url+path)
	}
	probe := &monitoringv1.Probe{
		TypeMeta:   typeMeta(monitoringv1.SchemeGroupVersion, monitoringv1.ProbesKind),
		ObjectMeta: b.monitoringMeta(b.tracker.ChildName(c.Name), spec.Labels),
		Spec: monitoringv1.ProbeSpec{
			JobName:       promql.ProbeJob(b.tracker.Namespace, b.tracker.Name),
			ProberSpec:    monitoringv1.ProberSpec{URL: spec.ProberAddress, Path: "/probe"},
			Module:        spec.Module,
			Interval:      prometheusDuration(spec.Interval),
			ScrapeTimeout: prometheusDuration(spec.ScrapeTimeout),
			Targets: monitoringv1.ProbeTargets{StaticConfig: &monitoringv1.ProbeTargetStaticConfig{
				Targets: targets,
				Labels:  map[string]string{promql.Tracker: b.tracker.Name, "component": string(c.Name)},
			}},
			MetricRelabelConfigs:  []monitoringv1.RelabelConfig{keep("__name__", "probe_.+")},
			SampleLimit:           new(int64(probeSamples)),
			TargetLimit:           new(int64(len(targets))),
			LabelLimit:            new(int64(probeLabels)),
			LabelNameLengthLimit:  new(int64(probeLabelNameLength)),
			LabelValueLengthLimit: new(int64(probeLabelValueLength)),
		},
	}
	if b.snapshot.Monitoring.ProbesRefuseRedirects {
		probe.Spec.FollowRedirects = new(false)
	}
	return probe
}

// exposeMetrics makes the Service of a component that is scraped lead to its metrics. Its
// pods' template does not name their port, so that those that run need not be replaced.
func (b *builder) exposeMetrics(service *corev1.Service, c catalog.Component) {
	port := c.MetricsPort(&b.tracker.Spec)
	if port != 0 {
		service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{
			Name:       metricsPortName,
			Protocol:   corev1.ProtocolTCP,
			Port:       port,
			TargetPort: intstr.FromInt32(port),
		})
	}
	if port != 0 || c.Primary {
		service.Labels[v1alpha1.LabelScrape] = service.Name
	}
}

// serviceMonitor makes Prometheus scrape the pods of one component of this tracker and no
// others: those behind its Service, whose labels no patch can change. They are scraped
// ready or not, as their metrics matter most in an outage. Prometheus reaches what a pod
// doesn't, so that no pod may send it elsewhere by a redirect.
func (b *builder) serviceMonitor(c catalog.Component, spec *v1alpha1.ServiceMonitorSpec) *monitoringv1.ServiceMonitor {
	service := b.tracker.ChildName(c.Name)
	port, job := portName, promql.APIJob(b.tracker.Namespace, b.tracker.Name)
	if c.MetricsPort(&b.tracker.Spec) != 0 {
		port, job = metricsPortName, promql.ComponentJob(b.tracker.Namespace, b.tracker.Name, string(c.Name))
	}
	endpoint := monitoringv1.Endpoint{
		Port:          port,
		Path:          contract.PathMetrics,
		Interval:      prometheusDuration(spec.Interval),
		ScrapeTimeout: prometheusDuration(spec.ScrapeTimeout),
		RelabelConfigs: slices.Concat(
			// Others may have a Service with the same labels, but not of the same name. This
			// comes first: nothing brings back a target that is dropped.
			[]monitoringv1.RelabelConfig{keep("__meta_kubernetes_service_name", service)},
			relabelConfigs(spec.Relabelings),
			// These come last, so that nothing can undo them.
			[]monitoringv1.RelabelConfig{
				// prometheus-operator would put the port's name there, and the
				// application's own label endpoint would become exported_endpoint.
				{Action: "labeldrop", Regex: "endpoint"},
				{Action: string(relabelReplace), TargetLabel: promql.Tracker, Replacement: &b.tracker.Name},
				{Action: string(relabelReplace), TargetLabel: "job", Replacement: &job},
			},
		),
		MetricRelabelConfigs: relabelConfigs(spec.MetricRelabelings),
	}
	endpoint.FollowRedirects = new(false)
	limits := spec.Limits
	return &monitoringv1.ServiceMonitor{
		TypeMeta:   typeMeta(monitoringv1.SchemeGroupVersion, monitoringv1.ServiceMonitorsKind),
		ObjectMeta: b.monitoringMeta(service, spec.Labels),
		Spec: monitoringv1.ServiceMonitorSpec{
			Selector:              metav1.LabelSelector{MatchLabels: b.scrapedLabels(c.Name)},
			NamespaceSelector:     monitoringv1.NamespaceSelector{MatchNames: []string{b.tracker.Namespace}},
			Endpoints:             []monitoringv1.Endpoint{endpoint},
			SampleLimit:           &limits.Samples,
			TargetLimit:           new(cmp.Or(limits.Targets, max(100, 2*int64(c.MaxReplicas(&b.tracker.Spec))))),
			LabelLimit:            &limits.Labels,
			LabelNameLengthLimit:  &limits.LabelNameLength,
			LabelValueLengthLimit: &limits.LabelValueLength,
			BodySizeLimit:         new(monitoringv1.ByteSize(limits.BodySize)),
		},
	}
}

// scrapedLabels are those by which a ServiceMonitor finds the Service of a component: one
// of them no other object of the tracker has.
func (b *builder) scrapedLabels(c v1alpha1.Component) map[string]string {
	labels := b.selectorLabels(c)
	labels[v1alpha1.LabelScrape] = b.tracker.ChildName(c)
	return labels
}

// keep drops whatever has another value of a label.
func keep(label, regex string) monitoringv1.RelabelConfig {
	return monitoringv1.RelabelConfig{Action: "keep", SourceLabels: []monitoringv1.LabelName{monitoringv1.LabelName(label)}, Regex: regex}
}

const relabelReplace v1alpha1.RelabelAction = "replace"

// relabelConfigs are the steps in prometheus-operator's form. The action is written
// out: the API server would add it to the list, which is compared as a whole.
func relabelConfigs(steps []v1alpha1.Relabeling) []monitoringv1.RelabelConfig {
	var out []monitoringv1.RelabelConfig
	for _, step := range steps {
		config := monitoringv1.RelabelConfig{
			Action:      string(cmp.Or(step.Action, relabelReplace)),
			Separator:   step.Separator,
			TargetLabel: step.TargetLabel,
			Regex:       step.Regex,
			Modulus:     step.Modulus,
			Replacement: step.Replacement,
		}
		for _, label := range step.SourceLabels {
			config.SourceLabels = append(config.SourceLabels, monitoringv1.LabelName(label))
		}
		out = append(out, config)
	}
	return out
}

// prometheusDuration is a duration in Prometheus's notation, which has no fractions.
func prometheusDuration(d *metav1.Duration) monitoringv1.Duration {
	return monitoringv1.Duration(model.Duration(d.Duration).String())
}
