// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// subject is the tracker that a dashboard is about.
type subject struct {
	scope
	// rules are its alerts and objectives.
	rules *v1alpha1.AlertsSpec
	// primary is the name of the primary component; resources are those of its container, nil
	// while the viewer has the choice between trackers.
	primary   string
	resources *v1alpha1.ResourcesSpec
	// synthetic reports that there may be probes, reporting that the frontend's pages may report, and
	// travelled that there may be journeys.
	synthetic, reporting, travelled bool
}

// Tracker is the dashboard of one tracker, with the objectives and the thresholds of its spec.
func Tracker(t *v1alpha1.InterviewTracker, c catalog.Catalog) Dashboard {
	resources := c.Primary().Resources(&t.Spec)
	s := subject{
		scope:     trackerScope(t.Namespace, t.Name, c.PodPattern(t), c.ClaimPattern(t)),
		rules:     t.Spec.GetAlerts(),
		primary:   string(c.Primary().Name),
		resources: &resources,
		synthetic: t.Spec.GetSynthetic() != nil,
		reporting: t.Spec.GetRUMSampleRatio().Float() > 0,
		travelled: len(t.Spec.GetJourneys()) > 0,
	}
	return newDashboard(about{
		uid:         t.DashboardUID(),
		title:       "Interview Tracker " + t.Namespace + "/" + t.Name,
		description: "One tracker: its objectives, what it depends on, and how it performs.",
		annotations: s.annotations(),
	}, s.rows())
}

// sharedUID is the identity in Grafana of the dashboard that other dashboards lead to.
const sharedUID = "itr-tracker"

// Shared is the dashboard of the tracker that the viewer chooses, with the default objectives
// and thresholds: Grafana knows no tracker's spec.
func Shared(c catalog.Catalog) Dashboard {
	// The longest name that there can be: a pattern of pods depends on the length.
	longest := &v1alpha1.InterviewTracker{}
	longest.Name = strings.Repeat("t", 40)
	anyName := func(pattern string) string { return strings.ReplaceAll(pattern, longest.Name, "$tracker") }
	s := subject{
		scope:     trackerScope("$namespace", "$tracker", anyName(c.PodPattern(longest)), anyName(c.ClaimPattern(longest))),
		rules:     longest.Spec.GetAlerts(),
		primary:   string(c.Primary().Name),
		synthetic: true,
		reporting: true,
		travelled: true,
	}
	ofOperator := promql.Equal("job", promql.OperatorJob)
	return newDashboard(about{
		uid:   sharedUID,
		title: "Interview Tracker: one tracker",
		description: "The tracker that you choose. The objectives, thresholds and runbooks are the defaults: " +
			"a tracker's own dashboard has those of its spec.",
		variables: []Variable{
			single("namespace", "Namespace", "label_values("+promql.Series(promql.Condition, ofOperator)+", namespace)"),
			single("tracker", "Tracker", "label_values("+
				promql.Series(promql.Condition, promql.Equal("namespace", "$namespace"), ofOperator)+", name)"),
		},
		annotations: s.annotations(),
	}, s.rows())
}

// rows are the panels. Those of System, Application and Business are from the health-check
// specification, "Grafana Dashboard".
func (s subject) rows() []row {
	rows := []row{
		{"Service level objectives", slices.Concat(s.objectives(), s.alertList())},
		{"Conditions and dependencies", slices.Concat(s.dependencies(), s.probesFromOutside())},
		{"Application", s.application()},
		{"Users", slices.Concat(s.realUsers(), s.journeys())},
		{"Business", s.business()},
		{"System", slices.Concat(s.system(), s.containers())},
	}
	return slices.DeleteFunc(rows, func(r row) bool { return len(r.panels) == 0 })
}

// trackerScope confines queries to one tracker, with patterns of the names of its pods and volume claims.
func trackerScope(inNamespace, name, pods, claims string) scope {
	namespace, tracker := promql.Equal("namespace", inNamespace), promql.Equal(promql.Tracker, name)
	job := func(job string) []string { return []string{namespace, tracker, promql.Equal("job", job)} }
	s := scope{
		api:      job(promql.APIJob(inNamespace, name)),
		frontend: job(promql.ComponentJob(inNamespace, name, string(v1alpha1.ComponentFrontend))),
		probes:   job(promql.ProbeJob(inNamespace, name)),
		recorded: []string{namespace, tracker, promql.NoJob},
		tracker:  []string{namespace, tracker},
		operator: []string{namespace, promql.Equal("name", name), promql.Equal("job", promql.OperatorJob)},
		pods:     []string{namespace, promql.Matches("pod", pods)},
	}
	if claims != "" {
		s.volumes = []string{namespace, promql.Matches("persistentvolumeclaim", claims)}
	}
	return s
}

// annotations mark what may explain a change: the operator rolls something out or has taken it back,
// there is maintenance, or an alert fires and escalates.
func (s subject) annotations() []Annotation {
	return []Annotation{
		annotation("Rollouts", blue,
			"max("+s.ofOperator(promql.Condition, promql.Equal("type", v1alpha1.ConditionReconciling), promql.Equal("status", "True"))+") == 1",
			"Reconciling", "The operator makes the cluster match the spec."),
		annotation("Rolled back", red, "max("+s.ofOperator(promql.RolloutFailed)+") == 1",
			"Rolled back", "New pod templates have failed: the condition Stalled says why, and what runs."),
		annotation("Maintenance", purple, "max("+s.maintained()+") == 1", "Maintenance", "Notifications of alerts are muted."),
		annotation("Alerts", red, "max by (alertname, severity) ("+s.firing()+")", "{{alertname}}", "{{severity}}"),
		annotation("Escalation", orange, "max by (alertname, severity, escalation_level) ("+s.escalated()+")",
			"{{alertname}}: level {{escalation_level}}", "{{severity}}"),
	}
}

// business shows what the users do.
func (s subject) business() []Panel {
	count := func(title, metric, what string) Panel {
		return timeseries(title, unitNumber, query(lastHour(s.app(metric)), "in the last hour")).describe(what + " stored in the last hour.")
	}
	return []Panel{
		count("User registrations", "users_registered_total", "Users"),
		count("Positions created", "positions_created_total", "Positions"),
		count("Interviews scheduled", "interviews_scheduled_total", "Interviews"),
		timeseries("Active users", unitNumber,
			query("max("+s.ofFrontend(promql.ActiveUsers)+")", "at least"),
			query("sum("+s.ofFrontend(promql.ActiveUsers)+")", "at most"),
		).wide(gridWidth / 2).whole().emptyIs("Not known: the frontend's image does not export it").
			describe("Distinct users that the frontend has seen of late. Each of its pods counts its own, and a user may be seen by several: " +
				"there are at least as many as the busiest pod has seen, and at most as many as all together."),
		timeseries("Feature usage", unitNumber,
			query("sum by (feature) (increase("+s.app(promql.FeatureUses)+hour+"))", "{{feature}}"),
		).wide(gridWidth / 2).emptyIs("Not known: the API's image does not export it").
			describe("How often each feature was used with success in the last hour."),
	}
}

// application shows how users are answered.
func (s subject) application() []Panel {
	const buckets, directBuckets = promql.RequestDuration + promql.Bucket, promql.DirectDuration + promql.Bucket
	requests := func(by string, more ...string) string {
		return s.users(by, promql.Requests, promql.DirectRequests, append(more, promql.UserRequests)...)
	}
	p := func(q float64) string { return quantileOf(q, s.users("le", buckets, directBuckets)) }
	// An image may have no series of a status that has never been answered.
	errors := orNone(requests("", promql.Matches("status", "5..")), s.ofRules(promql.RecordedRequests+"5m"))
	return slices.Concat([]Panel{
		timeseries("Request rate", unitRequests, query(requests(""), "users")).
			describe("Requests of users: to the frontend, and to the API past it. Without those for health and metrics."),
		s.limited(timeseries("Response time", unitSeconds, query(p(0.5), "p50"), query(p(0.95), "p95"), query(p(0.99), "p99")).
			describe("Half, 95 % and 99 % of the users' requests are answered within this time. The line is for p95."),
			v1alpha1.AlertHighResponseTime),
		s.limited(timeseries("Error rate", unitRequests, query(errors, "5xx")).
			describe("Users' requests that are answered with status 5xx, by the frontend or by the API."),
			v1alpha1.AlertHighErrorRate),
		timeseries("Error share", unitShare, query(s.ofRules(promql.RecordedErrors+"5m"), "5xx")).
			runbook(s.rules.RunbookBaseURL, v1alpha1.AlertAvailabilityBudgetBurn).
			describe("How many of the users' requests fail, over five minutes. Nothing without requests."),
		timeseries("Not served", unitShare, query(s.ofRules(promql.RecordedUnserved+"5m"), "no ready pod")).
			runbook(s.rules.RunbookBaseURL, v1alpha1.AlertAvailabilityBudgetBurn).
			describe("The share of the last five minutes in which nobody could be served, as the frontend or the API had no ready pod."),
		timeseries("Requests by endpoint", unitRequests, query(requests("endpoint"), "{{endpoint}}")).wide(gridWidth / 2).
			describe("Requests of users, by route."),
	}, s.byComponent(), []Panel{
		s.limited(timeseries("Database connections", unitNumber,
			query("sum("+s.app(promql.DatabaseConnections)+")", "all API pods"),
		).whole().describe("Open connections to the database; 0 while it does not answer."), v1alpha1.AlertDatabaseConnectionIssues),
		timeseries("Cache performance", unitShare,
			query("min by (pod) ("+s.app("cache_hit_ratio")+")", "{{pod}}"),
		).describe("How many look-ups Redis has answered since the pod started. Nothing before the first."),
	}, s.statements())
}

// statements shows what the database spends its time on. Every API pod reports the same.
func (s subject) statements() []Panel {
	grown := func(metric string) string { return "max by (queryid, statement) (" + rate(s.app(metric)) + ")" }
	seconds := grown(promql.StatementSeconds)
	panel := func(title, unit, expr, description string) Panel {
		p := timeseries(title, unit, query(expr, "{{statement}}")).wide(gridWidth/2).
			runbook(s.rules.RunbookBaseURL, v1alpha1.AlertHighResponseTime).describe(description)
		p.FieldConfig.Defaults.NoValue = "Not known: the database has no pg_stat_statements, or the API's image does not export it"
		return p
	}
	return []Panel{
		panel("Slowest statements by mean", unitSeconds, "topk(10, "+seconds+" / ("+grown(promql.StatementCalls)+" > 0))",
			"How long the database takes for one execution of a statement. Values are replaced by $1."),
		panel("Slowest statements by total time", unitNumber, "topk(10, "+seconds+")",
			"How many seconds the database spends on a statement each second: on what many fast ones add up to, too."),
	}
}

// byComponent shows where in the application something is slow, or fails.
func (s subject) byComponent() []Panel {
	type selector = func(metric string, more ...string) string
	both := func(expr func(of selector) string, suffix string) []Target {
		return []Target{query(expr(s.ofFrontend), "frontend"+suffix), query(expr(s.app), "API"+suffix)}
	}
	byStatus := func(pattern string) []Target {
		return both(func(of selector) string {
			return "sum by (status) (" + rate(of(promql.Requests, promql.Matches("status", pattern), promql.UserRequests)) + ")"
		}, " {{status}}")
	}
	return []Panel{
		timeseries("Requests by component", unitRequests, append(both(func(of selector) string {
			return "sum(" + rate(of(promql.Requests, promql.UserRequests)) + ")"
		}, ""), query("sum("+rate(s.app(promql.DirectRequests, promql.UserRequests))+")", "API, past the frontend"))...).wide(gridWidth / 2).
			describe("Those to the API are all, also those that the frontend passes on. Without those for health and metrics."),
		timeseries("Errors by component", unitRequests, byStatus("5..")...).
			describe("Answers with status 5xx. 502 and 504 of the frontend are an API that is missing, or too slow."),
		timeseries("Client errors by component", unitRequests, byStatus("4..")...).emptyIs("None seen").
			describe("Answers with status 4xx. They are the client's mistakes: no alert reads them."),
		timeseries("Response time by component", unitSeconds, both(func(of selector) string {
			return quantile(0.95, of(promql.RequestDuration+promql.Bucket))
		}, " p95")...).describe("That of the frontend includes the API's."),
		timeseries("Health checks", unitSeconds, both(func(of selector) string {
			return quantileOf(0.95, "sum by (endpoint, le) ("+rate(of(promql.HealthDuration+promql.Bucket))+")")
		}, " {{endpoint}}")...).emptyIs("Not known: the images do not export it").
			describe("95 % of the health checks are answered within this time."),
		timeseries("Connections", unitNumber, both(func(of selector) string {
			return "sum(" + of("active_connections") + ")"
		}, "")...).whole().describe("On how many connections a request is being served, Prometheus's own included."),
	}
}

// limited draws the line of an alert, whose expression is the panel's, and links its runbook.
func (s subject) limited(p Panel, name v1alpha1.AlertName) Panel {
	if !*s.rules.Enabled || slices.Contains(s.rules.Disabled, name) {
		return p
	}
	limit := number(s.rules.GetRule(name).Threshold)
	switch name {
	case v1alpha1.AlertDatabaseConnectionIssues:
		p = p.floor(limit)
	case v1alpha1.AlertLowDiskSpace:
		p = p.line(1 - limit) // The alert is about what is free.
	default:
		p = p.line(limit)
	}
	return p.describe(p.Description+" The line is that of "+string(name)+".").runbook(s.rules.RunbookBaseURL, name)
}

const (
	ofLimit   = ", of the limit"
	ofRequest = ", of the request"
)

// allowed is how many cores or bytes the API's container may use: its limit or, without one,
// its request, and which of them; 0 and nothing if it has neither.
func (s subject) allowed(name corev1.ResourceName) (amount float64, of string) {
	if limit := s.resources.Limits[name]; limit.Sign() > 0 {
		return limit.AsApproximateFloat64(), ofLimit
	}
	if request := s.resources.Requests[name]; request.Sign() > 0 {
		return request.AsApproximateFloat64(), ofRequest
	}
	return 0, ""
}

// applicationCPU is in percent, as the API reports. Without a limit, its gauge is of all cores of
// the node, which says nothing about the request.
func (s subject) applicationCPU() []Target {
	gauge := "max by (pod) (" + s.app(promql.CPUUsage) + ")"
	used := "max by (pod) (" + rate(s.app(promql.ProcessCPU)) + ")"
	if s.resources == nil {
		known := func(metric string) string {
			return "(max by (pod) (" + s.container(metric, promql.Equal("resource", "cpu"), promql.Equal("container", s.primary)) + ") > 0)"
		}
		limit, request := known(promql.ResourceLimits), known(promql.ResourceRequests)
		return []Target{
			query("100 * "+used+" / "+limit, "{{pod}}"+ofLimit),
			query("100 * "+used+" / "+request+" unless "+limit, "{{pod}}"+ofRequest),
			query(gauge+" unless "+limit+" unless "+request, "{{pod}}, of the limit, or of all the node's cores"),
		}
	}
	switch amount, of := s.allowed(corev1.ResourceCPU); of {
	case ofRequest:
		return []Target{query("100 * "+used+" / "+promql.Number(amount), "{{pod}}"+of)}
	case ofLimit:
		return []Target{query(gauge, "{{pod}}"+of)}
	}
	return []Target{query(gauge, "{{pod}}, of all the node's cores")}
}

// applicationMemory is a share, as the API reports. A limit of 0 is none.
func (s subject) applicationMemory() []Target {
	ofGauge := ", of the limit, or of the node's memory"
	if s.resources != nil {
		amount, of := s.allowed(corev1.ResourceMemory)
		switch of {
		case ofRequest:
			return []Target{query("max by (pod) ("+s.app(promql.MemoryUsage)+") / "+promql.Number(amount), "{{pod}}"+of)}
		case ofLimit:
			ofGauge = of
		}
	}
	return []Target{query("max by (pod) ("+s.app(promql.MemoryUsage)+" / ("+s.app(promql.MemoryLimit)+" > 0))", "{{pod}}"+ofGauge)}
}

// kubeletUsage compares what the kubelet measures with what the spec allows; with neither limit
// nor request, there is nothing to compare with.
func (s subject) kubeletUsage(name corev1.ResourceName, scale, used string) []Target {
	amount, of := s.allowed(name)
	if of == "" {
		return nil
	}
	return []Target{query(scale+"max by (pod) ("+used+") / "+promql.Number(amount), "{{pod}}"+of)}
}

// usage is a panel of what the API's pods use. Only a limit is an end of the scale.
func (s subject) usage(title, unit string, end float64, source string, name v1alpha1.AlertName, targets []Target) []Panel {
	if len(targets) == 0 {
		return nil
	}
	p := timeseries(title, unit, targets...).unbounded()
	text := "Of the API's pods, " + source + "."
	if len(targets) == 1 && strings.HasSuffix(targets[0].LegendFormat, ofLimit) {
		p = p.upTo(end)
	} else {
		text += " A pod may use more than its request."
	}
	return []Panel{s.limited(p.describe(text), name)}
}

// system shows what the API's pods use of what they may, as the alerts see it, and how full
// the disks are.
func (s subject) system() []Panel {
	source := "as it reports itself"
	cpu, memory := s.applicationCPU(), s.applicationMemory()
	disk := "max by (pod) (1 - " + s.app(promql.DiskFree) + " / (" + s.app(promql.DiskTotal) + " > 0))"
	if s.rules.MetricsSource == v1alpha1.MetricsSourceKubernetes {
		api := promql.Equal("container", s.primary)
		source = "as the kubelet measures it"
		cpu = s.kubeletUsage(corev1.ResourceCPU, "100 * ", rate(s.container(promql.ContainerCPU, api)))
		memory = s.kubeletUsage(corev1.ResourceMemory, "", s.container(promql.ContainerMemory, api))
		disk = "max by (pod) (" + s.container("container_fs_usage_bytes", api) + " / (" + s.container("container_fs_limit_bytes", api) + " > 0))"
	}
	if len(s.volumes) > 0 {
		disk += " or max by (persistentvolumeclaim) (1 - " + s.volume(promql.VolumeAvailable) + " / (" + s.volume(promql.VolumeCapacity) + " > 0))"
	}
	return slices.Concat(
		s.usage("CPU usage", unitPercent, 100, source, v1alpha1.AlertHighCPUUsage, cpu),
		s.usage("Memory usage", unitShare, 1, source, v1alpha1.AlertHighMemoryUsage, memory),
		[]Panel{s.limited(timeseries("Disk usage", unitShare, query(disk, "{{pod}}{{persistentvolumeclaim}}")).
			describe("Of the API's disk, "+source+", and of the volumes of the managed database and Redis, where the kubelet is scraped."),
			v1alpha1.AlertLowDiskSpace)},
	)
}

// containers shows all containers of the tracker. The kubelet exports some series on
// two of its pages: the maximum takes each once where both are scraped.
func (s subject) containers() []Panel {
	named := promql.NotEqual("container", "")
	once := func(expr string) string { return "max by (pod, container) (" + expr + ")" }
	network := func(metric string) string {
		return "sum by (pod) (max by (pod, interface) (" + rate(s.container(metric)) + "))"
	}
	return []Panel{
		timeseries("CPU by container", unitNumber,
			query("sum by (container) ("+once(rate(s.container(promql.ContainerCPU, named)))+")", "{{container}}"),
		).axis("cores").describe("Of all pods together."),
		timeseries("Memory by container", unitBytes,
			query("sum by (container) ("+once(s.container(promql.ContainerMemory, named))+")", "{{container}}"),
		).describe("The working sets of all pods together: what can't be taken from them."),
		timeseries("Network I/O", unitBytesPerSecond,
			query(network("container_network_receive_bytes_total"), "{{pod}} in"),
			query(network("container_network_transmit_bytes_total"), "{{pod}} out"),
		).describe("Of each pod, all its containers together."),
		timeseries("Containers", unitNumber,
			query("count by (container) ("+once(s.container("container_start_time_seconds", named))+")", "{{container}}"),
		).whole().describe("How many containers the kubelets report."),
		timeseries("Container uptime", unitSeconds,
			query("time() - "+once(s.container("container_start_time_seconds", named)), "{{pod}} {{container}}"),
		).describe("A line that falls is a restart."),
		timeseries("API restarts", unitNumber,
			query("sum by (pod) (changes("+s.app(promql.ProcessStart)+hour+"))", "{{pod}}"),
		).whole().runbook(s.rules.RunbookBaseURL, v1alpha1.AlertTrackerRestarting).
			describe("How often the API's process restarted in the last hour, in the same pod."),
	}
}
