// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MonitoringSpec is how the tracker is monitored. Objects of a kind that the
// cluster does not know are left out until it does.
type MonitoringSpec struct {
	// serviceMonitor has Prometheus scrape the API's metrics. When omitted, all its
	// fields have their defaults.
	// +optional
	ServiceMonitor *ServiceMonitorSpec `json:"serviceMonitor,omitempty"`

	// alerts are the alerting and recording rules. When omitted, all its fields have
	// their defaults.
	// +optional
	Alerts *AlertsSpec `json:"alerts,omitempty"`

	// dashboard is the Grafana dashboard. When omitted, all its fields have their
	// defaults.
	// +optional
	Dashboard *DashboardSpec `json:"dashboard,omitempty"`

	// synthetic has a blackbox exporter ask the tracker from outside. When omitted,
	// nothing does.
	// +optional
	Synthetic *SyntheticSpec `json:"synthetic,omitempty"`
}

// ServiceMonitorSpec has Prometheus scrape the API's metrics.
// +kubebuilder:validation:XValidation:rule="[self.?interval.orValue('30s'), self.?scrapeTimeout.orValue('10s')].exists(d, !d.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$')) || duration(self.?scrapeTimeout.orValue('10s')) <= duration(self.?interval.orValue('30s'))",message="scrapeTimeout can't be longer than interval; when omitted, they are 10s and 30s"
type ServiceMonitorSpec struct {
	// enabled makes a ServiceMonitor. true when omitted.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// interval is the time between two scrapes of the same pod, such as 15s, from 1s
	// to 2m: alerts look back 5m, and need two scrapes. 30s when omitted.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('1s') && duration(self) <= duration('2m')",message="interval must be a duration from 1s to 2m, such as 30s"
	// +optional
	Interval *metav1.Duration `json:"interval,omitempty"`

	// scrapeTimeout is how long a scrape may take, such as 5s, from 100ms to 2m.
	// 10s when omitted.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('100ms') && duration(self) <= duration('2m')",message="scrapeTimeout must be a duration from 100ms to 2m, such as 10s"
	// +optional
	ScrapeTimeout *metav1.Duration `json:"scrapeTimeout,omitempty"`

	// labels are further labels of the ServiceMonitor, by which a Prometheus selects
	// it, such as release: kube-prometheus-stack. None when omitted.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="labels has a key that is no label name: at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="labels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// relabelings change the labels of a target before it is scraped. They can't
	// touch `__address__`, `__scheme__`, `__metrics_path__`, `__scrape_interval__`,
	// `__scrape_timeout__`, job, namespace and tracker. None when omitted.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Relabelings []Relabeling `json:"relabelings,omitempty"`

	// metricRelabelings change the labels of what was scraped before it is stored.
	// They can't touch the same labels. None when omitted.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +optional
	MetricRelabelings []Relabeling `json:"metricRelabelings,omitempty"`
}

// Relabeling is one step of Prometheus's relabeling.
// +kubebuilder:validation:XValidation:rule="!has(self.targetLabel) || !self.targetLabel.matches('^(__(address|scheme|metrics_path|scrape_interval|scrape_timeout)__|job|namespace|tracker)$') || self.?action.orValue('replace') in ['keepequal', 'dropequal']",message="targetLabel can't be __address__, __scheme__, __metrics_path__, __scrape_interval__, __scrape_timeout__, job, namespace or tracker: the operator sets them",fieldPath=".targetLabel"
// +kubebuilder:validation:XValidation:rule="self.?action.orValue('replace') in ['keep', 'drop', 'labelmap', 'labeldrop', 'labelkeep'] || has(self.targetLabel)",message="targetLabel must be written for this action; replace is the action when omitted"
// +kubebuilder:validation:XValidation:rule="self.?action.orValue('replace') != 'labelmap' || (has(self.replacement) ? self.replacement : '$1').matches('^[A-Za-z_]([A-Za-z0-9_]|[$][A-Za-z0-9_]|[$][{][A-Za-z0-9_]+[}])*$') && !['__address__', '__scheme__', '__metrics_path__', '__scrape_interval__', '__scrape_timeout__', 'job', 'namespace', 'tracker'].exists(l, l.startsWith((has(self.replacement) ? self.replacement : '$1').find('^[A-Za-z0-9_]*')))",message="replacement of a labelmap must be the name of a label that can't become one that the operator sets, such as __address__, job, namespace or tracker: begin it with other letters, as 'pod_$1' does",fieldPath=".replacement"
// +kubebuilder:validation:XValidation:rule="!(self.?action.orValue('replace') in ['labeldrop', 'labelkeep']) || ['__address__', '__scheme__', '__metrics_path__', '__scrape_interval__', '__scrape_timeout__', 'job', 'namespace', 'tracker'].all(l, l.matches('^(?s:' + (has(self.regex) ? self.regex : '.*') + ')$') == (self.action == 'labelkeep'))",message="regex of a labeldrop can't match, and that of a labelkeep must match, __address__, __scheme__, __metrics_path__, __scrape_interval__, __scrape_timeout__, job, namespace and tracker, which the operator sets: for a labelkeep, begin with '__.*|job|namespace|tracker|'",fieldPath=".regex"
// +kubebuilder:validation:XValidation:rule="self.?action.orValue('replace') in ['labeldrop', 'labelkeep'] ? ![has(self.sourceLabels), has(self.separator), has(self.targetLabel), has(self.modulus), has(self.replacement)].exists(h, h) : self.?action.orValue('replace') in ['keepequal', 'dropequal'] ? ![has(self.separator), has(self.regex), has(self.modulus), has(self.replacement)].exists(h, h) : !(self.?action.orValue('replace') in ['lowercase', 'uppercase']) || !has(self.replacement)",message="labeldrop and labelkeep take only a regex, keepequal and dropequal only sourceLabels and a targetLabel, and lowercase and uppercase no replacement"
// +kubebuilder:validation:XValidation:rule="!(has(self.regex) && self.regex.contains('$(') || has(self.replacement) && self.replacement.contains('$(') || has(self.separator) && self.separator.contains('$('))",message="regex, replacement and separator can't hold '$(', where prometheus-operator puts environment variables"
// +kubebuilder:validation:XValidation:rule="self.?action.orValue('replace') != 'hashmod' || has(self.modulus)",message="modulus must be written for a hashmod"
type Relabeling struct {
	// action is what the step does. replace when omitted.
	// +optional
	Action RelabelAction `json:"action,omitempty"`

	// sourceLabels are the labels whose values, joined by separator, are matched.
	// None when omitted.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.all(l, l.matches('^[a-zA-Z_][a-zA-Z0-9_]*$'))",message="sourceLabels has a name that is no label name of Prometheus: letters, digits and '_', not beginning with a digit"
	// +optional
	SourceLabels []string `json:"sourceLabels,omitempty"`

	// separator joins the values of the sourceLabels. ';' when omitted.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Separator *string `json:"separator,omitempty"`

	// targetLabel is the label that is written, or, for keepequal and dropequal,
	// compared with. It can be omitted for keep, drop, labelmap, labeldrop and
	// labelkeep only.
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-zA-Z_][a-zA-Z0-9_]*$')",message="targetLabel must be a label name of Prometheus: letters, digits and '_', not beginning with a digit"
	// +optional
	TargetLabel string `json:"targetLabel,omitempty"`

	// regex is matched with the joined values as a whole or, by labelmap, labeldrop
	// and labelkeep, with the labels' names. (.*) when omitted.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="''.matches(self) in [true, false] ? ''.matches('^(?s:' + self + ')$') in [true, false] : false",message="regex must be a regular expression of RE2"
	// +optional
	Regex string `json:"regex,omitempty"`

	// modulus is the number of a hashmod's buckets. It can't be omitted there.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	Modulus int64 `json:"modulus,omitempty"`

	// replacement is the new value or, of a labelmap, the new name; $1 is the regex's
	// first group. $1 when omitted.
	// +kubebuilder:validation:MaxLength=512
	// +optional
	Replacement *string `json:"replacement,omitempty"`
}

// RelabelAction is what a step of relabeling does, in Prometheus's own words.
// +kubebuilder:validation:Enum=replace;keep;drop;hashmod;labelmap;labeldrop;labelkeep;lowercase;uppercase;keepequal;dropequal
type RelabelAction string

// DashboardSpec is the tracker's Grafana dashboard.
type DashboardSpec struct {
	// enabled makes a dashboard: a ConfigMap, and a GrafanaDashboard where
	// grafana-operator's kind exists. true when omitted.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// labels are the labels of the ConfigMap by which Grafana's sidecar finds it.
	// grafana_dashboard: "1" when omitted.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="labels has a key that is no label name: at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="labels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// folder is Grafana's folder for the dashboard; the ConfigMap bears it in the
	// annotation grafana_folder. Interview Tracker when omitted.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^/[:cntrl:]]*$')",message="folder can't hold '/' or control characters"
	// +optional
	Folder string `json:"folder,omitempty"`

	// instanceSelector are the labels of the Grafana objects of grafana-operator that
	// take the GrafanaDashboard. dashboards: grafana when omitted.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="instanceSelector has a key that is no label name: at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +optional
	InstanceSelector map[string]LabelValue `json:"instanceSelector,omitempty"`
}

// SyntheticSpec has a blackbox exporter ask for the API's /health and /health/ready
// and the frontend's /health and /sw.js.
// +kubebuilder:validation:XValidation:rule="[self.?interval.orValue('30s'), self.?timeout.orValue('10s')].exists(d, !d.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$')) || duration(self.?timeout.orValue('10s')) <= duration(self.?interval.orValue('30s'))",message="timeout can't be longer than interval; when omitted, they are 10s and 30s"
type SyntheticSpec struct {
	// proberAddress is the blackbox exporter's host and port, such as
	// blackbox-exporter.monitoring:9115.
	// +kubebuilder:validation:MaxLength=260
	// +kubebuilder:validation:XValidation:rule="self.matches('^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]]):([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$')",message="proberAddress must be a host and a port, such as blackbox-exporter.monitoring:9115"
	// +required
	ProberAddress string `json:"proberAddress"`

	// module is the blackbox exporter's module; it must take status 200 as success.
	// http_2xx when omitted.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-zA-Z0-9_.-]+$')",message="module must hold only letters, digits, '_', '.' and '-'"
	// +optional
	Module string `json:"module,omitempty"`

	// apiURL is where users reach the API, such as https://api.hiring.example.com,
	// without a path. The API's Service when omitted.
	// +kubebuilder:validation:MaxLength=300
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$')",message="apiURL must be an http or https URL of a host and perhaps a port, such as https://api.hiring.example.com"
	// +optional
	APIURL string `json:"apiURL,omitempty"`

	// frontendURL is where users reach the frontend, such as
	// https://hiring.example.com, without a path. The frontend's Service when omitted.
	// +kubebuilder:validation:MaxLength=300
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$')",message="frontendURL must be an http or https URL of a host and perhaps a port, such as https://hiring.example.com"
	// +optional
	FrontendURL string `json:"frontendURL,omitempty"`

	// interval is the time between two questions, such as 1m, from 1s to 2m: alerts
	// look back 5m. 30s when omitted.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('1s') && duration(self) <= duration('2m')",message="interval must be a duration from 1s to 2m, such as 30s"
	// +optional
	Interval *metav1.Duration `json:"interval,omitempty"`

	// timeout is how long an answer may take, such as 5s, from 100ms to 2m.
	// 10s when omitted.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('100ms') && duration(self) <= duration('2m')",message="timeout must be a duration from 100ms to 2m, such as 10s"
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// labels are further labels of the Probes, by which a Prometheus selects them.
	// None when omitted.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="labels has a key that is no label name: at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="labels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`
}
