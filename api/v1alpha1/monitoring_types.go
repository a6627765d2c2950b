// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MonitoringSpec configures the monitoring of a tracker. The operator creates objects
// of those kinds that are installed in the cluster, and the others as soon as their
// kinds are installed.
// +kubebuilder:validation:XValidation:rule="!has(self.notifications) || !has(self.notifications.watchdog) || !has(self.alerts) || !has(self.alerts.disabled) || !('TrackerWatchdog' in self.alerts.disabled)",message="alerts.disabled has TrackerWatchdog, which notifications.watchdog needs: remove one of them",fieldPath=".notifications.watchdog"
// +kubebuilder:validation:XValidation:rule="!has(self.notifications) || !has(self.alerts) || !has(self.alerts.enabled) || self.alerts.enabled",message="alerts.enabled is false: then there are no alerts that notifications could be sent of; remove one of them",fieldPath=".notifications"
type MonitoringSpec struct {
	// serviceMonitor configures how Prometheus scrapes the API and the frontend. Defaults to
	// the defaults of its fields.
	// +optional
	ServiceMonitor *ServiceMonitorSpec `json:"serviceMonitor,omitempty"`

	// alerts configures the alerting and recording rules. Defaults to the defaults of
	// its fields.
	// +optional
	Alerts *AlertsSpec `json:"alerts,omitempty"`

	// dashboard configures the Grafana dashboard. Defaults to the defaults of its
	// fields.
	// +optional
	Dashboard *DashboardSpec `json:"dashboard,omitempty"`

	// synthetic configures probes of the tracker by a blackbox exporter. Defaults to no
	// probes.
	// +optional
	Synthetic *SyntheticSpec `json:"synthetic,omitempty"`

	// journeys are users' journeys through the tracker that are run again and again, each as
	// a CronJob. `{name: hiring, interval: 5m}` runs the one of the reference image. At
	// most 8. Defaults to none.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	// +optional
	Journeys []JourneySpec `json:"journeys,omitempty"`

	// notifications says who is notified of the tracker's alerts. Defaults to the cluster's
	// own configuration of Alertmanager.
	// +optional
	Notifications *NotificationsSpec `json:"notifications,omitempty"`
}

// ServiceMonitorSpec configures how Prometheus scrapes the metrics of the API and of the
// frontend.
// +kubebuilder:validation:XValidation:rule="[self.?interval.orValue('30s'), self.?scrapeTimeout.orValue('10s')].exists(d, !d.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$')) || duration(self.?scrapeTimeout.orValue('10s')) <= duration(self.?interval.orValue('30s'))",message="scrapeTimeout can't be longer than interval; they default to 10s and 30s"
type ServiceMonitorSpec struct {
	// enabled specifies whether the operator creates ServiceMonitors. Defaults to
	// true.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// interval is the time between two scrapes of a pod, a duration from 1s to 2m, such
	// as 15s: the alerts use a range of 5m and need two samples in it. Defaults to 30s.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('1s') && duration(self) <= duration('2m')",message="interval must be a duration from 1s to 2m, such as 30s"
	// +optional
	Interval *metav1.Duration `json:"interval,omitempty"`

	// scrapeTimeout is the time after which a scrape fails, a duration from 100ms to
	// 2m, such as 5s. It can't be longer than interval. Defaults to 10s.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('100ms') && duration(self) <= duration('2m')",message="scrapeTimeout must be a duration from 100ms to 2m, such as 10s"
	// +optional
	ScrapeTimeout *metav1.Duration `json:"scrapeTimeout,omitempty"`

	// labels are added to the ServiceMonitors, so that the serviceMonitorSelector of a
	// Prometheus can select it. Example: release: kube-prometheus-stack. At most 32
	// labels. Defaults to none.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="labels has an invalid key: a label name has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="labels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// relabelings change the labels of a target before it is scraped. They can't change
	// `__address__`, `__scheme__`, `__metrics_path__`, `__scrape_interval__`,
	// `__scrape_timeout__`, job, namespace and tracker. At most 16. Defaults to none.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Relabelings []Relabeling `json:"relabelings,omitempty"`

	// metricRelabelings change the labels of samples before they are stored. They can't
	// change the labels that relabelings can't change. At most 16. Defaults to none.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +optional
	MetricRelabelings []Relabeling `json:"metricRelabelings,omitempty"`

	// limits are how much Prometheus takes from each pod. Defaults to the defaults
	// of its fields.
	// +optional
	Limits *ScrapeLimits `json:"limits,omitempty"`
}

// ScrapeLimits are how much Prometheus takes from a scrape of a pod. A scrape that exceeds
// one fails as a whole.
type ScrapeLimits struct {
	// samples is the number of samples, after metricRelabelings, from 1 to 1000000.
	// Defaults to 10000.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	Samples int64 `json:"samples,omitempty"`

	// labels is the number of labels of a sample, those of its target and its name
	// included, from 1 to 1000. Defaults to 64.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	Labels int64 `json:"labels,omitempty"`

	// labelNameLength is the length of the name of a label in bytes, from 1 to 1024.
	// Defaults to 256.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1024
	// +optional
	LabelNameLength int64 `json:"labelNameLength,omitempty"`

	// labelValueLength is the length of the value of a label in bytes, from 1 to 65536.
	// Defaults to 1024.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65536
	// +optional
	LabelValueLength int64 `json:"labelValueLength,omitempty"`

	// targets is the number of pods of a component, from 1 to 10000; with more, Prometheus
	// scrapes none. Defaults to 100, or twice its replicas if that is more.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	// +optional
	Targets int64 `json:"targets,omitempty"`

	// bodySize is the size of an uncompressed response, from 1KB to 100MB. Defaults to
	// 10MB.
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([1-9][0-9]{0,4}Ki?B|([1-9][0-9]?|100)Mi?B)$')",message="bodySize must be a size from 1KB to 100MB, such as 20MB"
	// +optional
	BodySize string `json:"bodySize,omitempty"`
}

// Relabeling is a step of Prometheus's relabeling.
// +kubebuilder:validation:XValidation:rule="!has(self.targetLabel) || !self.targetLabel.matches('^(__(address|scheme|metrics_path|scrape_interval|scrape_timeout)__|job|namespace|tracker)$') || self.?action.orValue('replace') in ['keepequal', 'dropequal']",message="targetLabel can't be __address__, __scheme__, __metrics_path__, __scrape_interval__, __scrape_timeout__, job, namespace or tracker: the operator sets them",fieldPath=".targetLabel"
// +kubebuilder:validation:XValidation:rule="self.?action.orValue('replace') in ['keep', 'drop', 'labelmap', 'labeldrop', 'labelkeep'] || has(self.targetLabel)",message="targetLabel is required for this action; action defaults to replace"
// +kubebuilder:validation:XValidation:rule="self.?action.orValue('replace') != 'labelmap' || (has(self.replacement) ? self.replacement : '$1').matches('^[A-Za-z_]([A-Za-z0-9_]|[$][A-Za-z0-9_]|[$][{][A-Za-z0-9_]+[}])*$') && !['__address__', '__scheme__', '__metrics_path__', '__scrape_interval__', '__scrape_timeout__', 'job', 'namespace', 'tracker'].exists(l, l.startsWith((has(self.replacement) ? self.replacement : '$1').find('^[A-Za-z0-9_]*')))",message="replacement of a labelmap must be the name of a label that can't become one that the operator sets, such as __address__, job, namespace or tracker: begin it with other letters, as 'pod_$1' does",fieldPath=".replacement"
// +kubebuilder:validation:XValidation:rule="!(self.?action.orValue('replace') in ['labeldrop', 'labelkeep']) || ['__address__', '__scheme__', '__metrics_path__', '__scrape_interval__', '__scrape_timeout__', 'job', 'namespace', 'tracker'].all(l, l.matches('^(?s:' + (has(self.regex) ? self.regex : '.*') + ')$') == (self.action == 'labelkeep'))",message="regex of a labeldrop can't match, and that of a labelkeep must match, __address__, __scheme__, __metrics_path__, __scrape_interval__, __scrape_timeout__, job, namespace and tracker, which the operator sets: for a labelkeep, begin with '__.*|job|namespace|tracker|'",fieldPath=".regex"
// +kubebuilder:validation:XValidation:rule="self.?action.orValue('replace') in ['labeldrop', 'labelkeep'] ? ![has(self.sourceLabels), has(self.separator), has(self.targetLabel), has(self.modulus), has(self.replacement)].exists(h, h) : self.?action.orValue('replace') in ['keepequal', 'dropequal'] ? ![has(self.separator), has(self.regex), has(self.modulus), has(self.replacement)].exists(h, h) : !(self.?action.orValue('replace') in ['lowercase', 'uppercase']) || !has(self.replacement)",message="labeldrop and labelkeep take only a regex, keepequal and dropequal only sourceLabels and a targetLabel, and lowercase and uppercase no replacement"
// +kubebuilder:validation:XValidation:rule="!(has(self.regex) && self.regex.contains('$(') || has(self.replacement) && self.replacement.contains('$(') || has(self.separator) && self.separator.contains('$('))",message="regex, replacement and separator can't contain '$(', which prometheus-operator replaces with environment variables"
// +kubebuilder:validation:XValidation:rule="self.?action.orValue('replace') != 'hashmod' || has(self.modulus)",message="modulus is required for hashmod"
type Relabeling struct {
	// action is what the step does: replace, keep, drop, hashmod, labelmap, labeldrop,
	// labelkeep, lowercase, uppercase, keepequal or dropequal. Defaults to replace.
	// +optional
	Action RelabelAction `json:"action,omitempty"`

	// sourceLabels are the labels whose values, joined by separator, regex is matched
	// with. At most 16 names. Defaults to none.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.all(l, l.matches('^[a-zA-Z_][a-zA-Z0-9_]*$'))",message="sourceLabels has an invalid name: a label name of Prometheus has letters, digits and '_', and does not begin with a digit"
	// +optional
	SourceLabels []string `json:"sourceLabels,omitempty"`

	// separator joins the values of sourceLabels, at most 16 characters. Defaults to ;.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Separator *string `json:"separator,omitempty"`

	// targetLabel is the label that the step writes or, for keepequal and dropequal,
	// compares with. It is optional only for keep, drop, labelmap, labeldrop and
	// labelkeep.
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-zA-Z_][a-zA-Z0-9_]*$')",message="targetLabel must be a label name of Prometheus: letters, digits and '_', not beginning with a digit"
	// +optional
	TargetLabel string `json:"targetLabel,omitempty"`

	// regex is the regular expression (RE2) that the joined values or, for labelmap,
	// labeldrop and labelkeep, the names of labels must match as a whole. At most 512
	// characters. Defaults to (.*).
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="''.matches(self) in [true, false] ? ''.matches('^(?s:' + self + ')$') in [true, false] : false",message="regex must be a regular expression of RE2"
	// +optional
	Regex string `json:"regex,omitempty"`

	// modulus is the number of buckets of a hashmod, from 1 to 1000000. It is required
	// for hashmod.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	Modulus int64 `json:"modulus,omitempty"`

	// replacement is the new value or, for labelmap, the new name; $1 is the first
	// group of regex. At most 512 characters. Defaults to $1.
	// +kubebuilder:validation:MaxLength=512
	// +optional
	Replacement *string `json:"replacement,omitempty"`
}

// RelabelAction is the action of a step of relabeling, in Prometheus's terms.
// +kubebuilder:validation:Enum=replace;keep;drop;hashmod;labelmap;labeldrop;labelkeep;lowercase;uppercase;keepequal;dropequal
type RelabelAction string

// DashboardSpec configures the Grafana dashboard of a tracker.
type DashboardSpec struct {
	// enabled specifies whether the operator creates a dashboard: a ConfigMap and,
	// where grafana-operator is installed, a GrafanaDashboard. Defaults to true.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// labels are the labels of the ConfigMap by which the sidecar of Grafana finds it.
	// At most 32 labels. Defaults to grafana_dashboard: "1".
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="labels has an invalid key: a label name has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="labels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// folder is the folder of the dashboard in Grafana, of at most 128 characters; the
	// ConfigMap has it in the annotation grafana_folder, of which Grafana's sidecar makes
	// the name of a folder in its file system. Defaults to Interview Tracker.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[^/\\\pC\p{Zl}\p{Zp}]*$')`,message="folder can't contain '/', a backslash or control characters"
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('.')",message="folder can't begin with '.', as '..' does"
	// +optional
	Folder string `json:"folder,omitempty"`

	// instanceSelector lists the labels of the Grafana objects of grafana-operator that
	// show the dashboard. At most 32 labels. Defaults to dashboards: grafana.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="instanceSelector has an invalid key: a label name has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +optional
	InstanceSelector map[string]LabelValue `json:"instanceSelector,omitempty"`

	// grafanaURL is the address of Grafana, by which alerts link the dashboard, such as
	// https://grafana.example.com. At most 512 characters. Defaults to no link.
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]])(:[1-9][0-9]{0,4})?(/[A-Za-z0-9._~/%-]*)?$')",message="grafanaURL must be an http or https URL without a user, a query and a fragment, such as https://grafana.example.com"
	// +optional
	GrafanaURL string `json:"grafanaURL,omitempty"`
}

// SyntheticSpec configures probes by a blackbox exporter of /health and /health/ready
// of the API and of /health and /sw.js of the frontend. At a host of spec.ingress or
// spec.gateway, which answer no /health, it is / instead.
// +kubebuilder:validation:XValidation:rule="[self.?interval.orValue('30s'), self.?scrapeTimeout.orValue('10s')].exists(d, !d.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$')) || duration(self.?scrapeTimeout.orValue('10s')) <= duration(self.?interval.orValue('30s'))",message="scrapeTimeout can't be longer than interval; they default to 10s and 30s"
// +kubebuilder:validation:XValidation:rule="has(self.proberAddress) || !self.?enabled.orValue(true)",message="proberAddress is required, such as blackbox-exporter.monitoring:9115, unless enabled is false",fieldPath=".proberAddress",reason=FieldValueRequired
type SyntheticSpec struct {
	// enabled specifies whether the operator creates Probes. Defaults to true.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// proberAddress is the host and port of the blackbox exporter, such as
	// blackbox-exporter.monitoring:9115. It is required unless enabled is false.
	// +kubebuilder:validation:MaxLength=260
	// +kubebuilder:validation:XValidation:rule="self.matches('^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]]):([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$')",message="proberAddress must be a host and a port, such as blackbox-exporter.monitoring:9115"
	// +optional
	ProberAddress string `json:"proberAddress,omitempty"`

	// module is the module of the blackbox exporter. It must accept the status 200
	// only. Defaults to http_2xx.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-zA-Z0-9_.-]+$')",message="module must contain only letters, digits, '_', '.' and '-'"
	// +optional
	Module string `json:"module,omitempty"`

	// apiURL is the URL at which users reach the API, without a path, such as
	// https://api.hiring.example.com. Defaults to the Service of the API.
	// +kubebuilder:validation:MaxLength=300
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$')",message="apiURL must be an http or https URL of a host and perhaps a port, such as https://api.hiring.example.com"
	// +optional
	APIURL string `json:"apiURL,omitempty"`

	// frontendURL is the URL at which users reach the frontend, without a path, such as
	// https://hiring.example.com. Defaults to the host of spec.ingress, or else to the Service
	// of the frontend.
	// +kubebuilder:validation:MaxLength=300
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$')",message="frontendURL must be an http or https URL of a host and perhaps a port, such as https://hiring.example.com"
	// +optional
	FrontendURL string `json:"frontendURL,omitempty"`

	// interval is the time between two probes of a URL, a duration from 1s to 2m, such
	// as 1m: the alerts use a range of 5m. Defaults to 30s.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('1s') && duration(self) <= duration('2m')",message="interval must be a duration from 1s to 2m, such as 30s"
	// +optional
	Interval *metav1.Duration `json:"interval,omitempty"`

	// scrapeTimeout is the time after which a probe fails, a duration from 100ms to 2m,
	// such as 5s. It can't be longer than interval. Defaults to 10s.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('100ms') && duration(self) <= duration('2m')",message="scrapeTimeout must be a duration from 100ms to 2m, such as 10s"
	// +optional
	ScrapeTimeout *metav1.Duration `json:"scrapeTimeout,omitempty"`

	// labels are added to the Probes, so that the probeSelector of a Prometheus can
	// select them. Example: release: kube-prometheus-stack. At most 32 labels. Defaults
	// to none.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="labels has an invalid key: a label name has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="labels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`
}
