// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// Tracker is the dashboard of one tracker. Its System, Application and Business rows
// are those of the health-check specification, "Grafana Dashboard".
func Tracker(t *v1alpha1.InterviewTracker, c catalog.Catalog) Dashboard {
	s := trackerScope(t, c)
	return newDashboard(uid(t), "Interview Tracker "+t.Namespace+"/"+t.Name,
		"One tracker: its objectives, what it depends on, and how it performs.", nil, []row{
			{"Service level objectives", slices.Concat(objectives(t, s), alerts(s))},
			{"Conditions and dependencies", slices.Concat(dependencies(s), synthetic(t, s))},
			{"System", slices.Concat(system(t, c, s), containers(s))},
			{"Application", application(t, s)},
			{"Business", business(s)},
		})
}

// uid is the dashboard's identity in Grafana: the same for a later tracker of the same
// name, and no other's. A slash is in neither name.
func uid(t *v1alpha1.InterviewTracker) string {
	sum := sha256.Sum256([]byte(t.Namespace + "/" + t.Name))
	return "itr-" + hex.EncodeToString(sum[:16])
}

func trackerScope(t *v1alpha1.InterviewTracker, c catalog.Catalog) scope {
	namespace, tracker := promql.Equal("namespace", t.Namespace), promql.Equal(promql.Tracker, t.Name)
	return scope{
		api:      []string{namespace, tracker, promql.Equal("job", promql.APIJob(t.Namespace, t.Name))},
		probes:   []string{namespace, tracker, promql.Equal("job", promql.ProbeJob(t.Namespace, t.Name))},
		recorded: []string{namespace, tracker, promql.NoJob},
		tracker:  []string{namespace, tracker},
		operator: []string{namespace, promql.Equal("name", t.Name), promql.Equal("job", promql.OperatorJob)},
		pods:     []string{namespace, promql.Matches("pod", c.PodPattern(t))},
	}
}

// business shows what the users do.
func business(s scope) []Panel {
	return []Panel{
		timeseries("User registrations", unitNumber,
			query(lastHour(s.app("users_registered_total")), "in the last hour"),
		).describe("Users stored in the last hour."),
		timeseries("Positions created", unitNumber,
			query(lastHour(s.app("positions_created_total")), "in the last hour"),
		).describe("Positions stored in the last hour."),
		timeseries("Interviews scheduled", unitNumber,
			query(lastHour(s.app("interviews_scheduled_total")), "in the last hour"),
		).describe("Interviews stored in the last hour."),
		timeseries("Active users", unitNumber,
			query("sum("+s.app("active_connections")+")", "connections being served"),
		).wide(gridWidth / 2).whole().describe("The API has no metric of its users. This is on how many connections " +
			"it is serving a request, Prometheus's own included: it follows the number of users who are doing something."),
		timeseries("Feature usage", unitRequests,
			query("sum by (endpoint, method) ("+rate(s.app(promql.Requests, promql.UserRequests))+")", "{{method}} {{endpoint}}"),
		).wide(gridWidth / 2).describe("Requests by endpoint: each feature has its own. Without those for /health and /metrics, which no user makes."),
	}
}

// application shows how the API answers.
func application(t *v1alpha1.InterviewTracker, s scope) []Panel {
	requests, duration := promql.Requests, s.app(promql.RequestDuration+promql.Bucket)
	all := "sum(" + rate(s.app(requests)) + ")"
	errors := func(status string) string {
		// There is no series of a status that has never been answered.
		return "(sum(" + rate(s.app(requests, promql.Matches("status", status))) + ") or 0 * " + all + ")"
	}
	limits := t.Spec.GetAlerts()
	return []Panel{
		timeseries("Request rate", unitRequests,
			query("sum by (endpoint) ("+rate(s.app(requests))+")", "{{endpoint}}"),
		).describe("Requests answered, by endpoint, those for /health and /metrics included."),
		timeseries("Response time", unitSeconds,
			query(quantile(0.5, duration), "p50"),
			query(quantile(0.95, duration), "p95"),
			query(quantile(0.99, duration), "p99"),
		).line(number(limits.GetRule(v1alpha1.AlertHighResponseTime).Threshold)).
			describe("Half, 95 % and 99 % of the requests are answered within this time. The line is that of HighResponseTime, for p95."),
		timeseries("Error rate", unitRequests,
			query(errors("5.."), "5xx"),
			query(errors("4.."), "4xx"),
		).line(number(limits.GetRule(v1alpha1.AlertHighErrorRate).Threshold)).
			describe("Answers with an error, a second. The line is that of HighErrorRate, for 5xx; 4xx are the client's mistakes."),
		timeseries("Error share", unitShare,
			query(errors("5..")+" / "+all, "5xx"),
		).upTo(1).describe("How many of all answers are errors of the API, those for /health and /metrics included."),
		timeseries("Database connections", unitNumber,
			query("sum by (pod) ("+s.app(promql.DatabaseConnections)+")", "{{pod}}"),
		).whole().line(number(limits.GetRule(v1alpha1.AlertDatabaseConnectionIssues).Threshold)).
			describe("Open connections to the database; 0 while it does not answer. The line is that of DatabaseConnectionIssues."),
		timeseries("Cache performance", unitShare,
			query("min by (pod) ("+s.app("cache_hit_ratio")+")", "{{pod}}"),
		).upTo(1).describe("How many look-ups Redis has answered since the pod started. Nothing before the first."),
	}
}

// system shows what the API's pods use of what they may, as the alerts see it.
func system(t *v1alpha1.InterviewTracker, c catalog.Catalog, s scope) []Panel {
	limits := t.Spec.GetAlerts()
	cpu, memory, disk := s.usage()
	source, volume, label := "by the API's own account", "the file system for temporary files", "pod"
	if limits.MetricsSource == v1alpha1.MetricsSourceKubernetes {
		cpu, memory, disk = s.kubeletUsage(t, c)
		source, volume, label = "as the kubelet measures it", "the volumes of the managed database and Redis", "persistentvolumeclaim"
	}
	by := func(label, expr string) Target { return query("max by ("+label+") ("+expr+")", "{{"+label+"}}") }
	panels := []Panel{
		timeseries("CPU usage", unitPercent, by("pod", cpu)).upTo(100).line(number(limits.GetRule(v1alpha1.AlertHighCPUUsage).Threshold)).
			describe("Of the limit of the API's pods, " + source + ". The line is that of HighCPUUsage."),
		timeseries("Memory usage", unitShare, by("pod", memory)).upTo(1).line(number(limits.GetRule(v1alpha1.AlertHighMemoryUsage).Threshold)).
			describe("Of the limit of the API's pods, " + source + ". The line is that of HighMemoryUsage."),
	}
	if disk == "" {
		return panels
	}
	return append(panels,
		timeseries("Disk usage", unitShare, by(label, disk)).upTo(1).line(1-number(limits.GetRule(v1alpha1.AlertLowDiskSpace).Threshold)).
			describe("Of "+volume+", "+source+". The line is that of LowDiskSpace."),
	)
}

// usage is how much each pod of the API uses, as it reports: a percentage and two shares.
// A limit of 0 is none.
func (s scope) usage() (cpu, memory, disk string) {
	cpu = s.app(promql.CPUUsage)
	memory = s.app(promql.MemoryUsage) + " / (" + s.app(promql.MemoryLimit) + " > 0)"
	disk = "1 - " + s.app(promql.DiskFree) + " / (" + s.app(promql.DiskTotal) + " > 0)"
	return cpu, memory, disk
}

// kubeletUsage is the same as the kubelet measures it, of the limits that
// kube-state-metrics or the kubelet exports; disks are the volumes of the managed
// dependencies, and empty when all are external: of the API's own, most kubelets
// export nothing.
func (s scope) kubeletUsage(t *v1alpha1.InterviewTracker, c catalog.Catalog) (cpu, memory, disk string) {
	api := func(metric string, more ...string) string {
		return s.container(metric, append(more, promql.Equal("container", string(c.Primary().Name)))...)
	}
	most := func(expr string) string { return "max by (pod) (" + expr + ")" }
	limit := func(resource, cadvisor string) string {
		return "((" + most(api(promql.ResourceLimits, promql.Equal("resource", resource))) + " or " + most(cadvisor) + ") > 0)"
	}
	cpu = "100 * " + most(rate(api(promql.ContainerCPU))) +
		" / " + limit("cpu", api(promql.ContainerCPUQuota)+" / "+api(promql.ContainerCPUPeriod))
	memory = most(api(promql.ContainerMemory)) + " / " + limit("memory", api(promql.ContainerMemoryLimit))
	claims := c.ClaimPattern(t)
	if claims == "" {
		return cpu, memory, ""
	}
	volume := func(metric string) string {
		return promql.Series(metric, promql.Equal("namespace", t.Namespace), promql.Matches("persistentvolumeclaim", claims))
	}
	disk = "1 - " + volume(promql.VolumeAvailable) + " / (" + volume(promql.VolumeCapacity) + " > 0)"
	return cpu, memory, disk
}

// containers shows all containers of the tracker. The kubelet exports some series on
// two of its pages: the maximum takes each once where both are scraped.
func containers(s scope) []Panel {
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
		),
		timeseries("Containers", unitNumber,
			query("count by (container) ("+once(s.container("container_start_time_seconds", named))+")", "{{container}}"),
		).whole().describe("How many containers the kubelets report."),
		timeseries("Container uptime", unitSeconds,
			query("time() - "+once(s.container("container_start_time_seconds", named)), "{{pod}} {{container}}"),
		).describe("A line that falls is a restart."),
		timeseries("API restarts", unitNumber,
			query("sum by (pod) (changes("+s.app(promql.ProcessStart)+hour+"))", "{{pod}}"),
		).whole().describe("How often the API's process restarted in the last hour, in the same pod."),
	}
}
