// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// measures are the expressions that tell how full something is, without the
// comparison.
type measures struct {
	// memory and disk are shares of 1: of the limit that is used, and of the disk that is
	// free; cpu is in percent of the limit.
	memory, disk, cpu string
	// where names what a result of disk is about, as a template.
	where string
}

// resources are the alerts on memory, disk and CPU. Each pod has limits of its own:
// that one of many is about to be killed is news, which an average would hide.
func (b *builder) resources() []monitoringv1.Rule {
	memory, disk, cpu := b.alerts.GetRule(v1alpha1.AlertHighMemoryUsage),
		b.alerts.GetRule(v1alpha1.AlertLowDiskSpace), b.alerts.GetRule(v1alpha1.AlertHighCPUUsage)
	m := b.applicationMeasures()
	if b.alerts.MetricsSource == v1alpha1.MetricsSourceKubernetes {
		m = b.kubernetesMeasures()
	}
	return b.alertRules(
		alert{
			name:        v1alpha1.AlertHighMemoryUsage,
			severity:    severityWarning,
			patience:    memory.For.Duration,
			expr:        fmt.Sprintf("%s > %s", m.memory, threshold(memory.Threshold)),
			summary:     "High memory usage",
			description: "API pod {{ $labels.pod }} of " + b.name() + " uses {{ $value | humanizePercentage }} of its memory limit.",
		},
		alert{
			name:        v1alpha1.AlertLowDiskSpace,
			severity:    severityWarning,
			patience:    disk.For.Duration,
			expr:        fmt.Sprintf("%s < %s", m.disk, threshold(disk.Threshold)),
			summary:     "Low disk space",
			description: "{{ $value | humanizePercentage }} of the disk of " + m.where + " of " + b.name() + " is free.",
		},
		alert{
			name:        v1alpha1.AlertHighCPUUsage,
			severity:    severityWarning,
			patience:    cpu.For.Duration,
			expr:        fmt.Sprintf("%s > %s", m.cpu, threshold(cpu.Threshold)),
			summary:     "High CPU usage",
			description: "API pod {{ $labels.pod }} of " + b.name() + ` uses {{ printf "%.1f" $value }}% of its CPU limit.`,
		},
	)
}

// applicationMeasures read the API's own gauges, of which each pod has one.
func (b *builder) applicationMeasures() measures {
	return measures{
		memory: fmt.Sprintf("max by (namespace, tracker, pod) (%s / (%s > 0))",
			b.own("memory_usage_bytes"), b.own("memory_limit_bytes")),
		disk: fmt.Sprintf("min by (namespace, tracker, pod) (%s / (%s > 0))",
			b.own("disk_free_bytes"), b.own("disk_total_bytes")),
		cpu:   fmt.Sprintf("max by (namespace, tracker, pod) (%s)", b.own("cpu_usage_percent")),
		where: "API pod {{ $labels.pod }}",
	}
}

// kubernetesMeasures read what the kubelet, its cAdvisor and kube-state-metrics export. A pod without a
// limit has no measure, and no alert: to use more than was requested, when nobody
// else needs it, is no trouble.
func (b *builder) kubernetesMeasures() measures {
	// The container by its name: without it, the series of the whole pod's cgroup and of
	// its sandbox would be counted as well.
	container := []string{
		equal("namespace", b.tracker.Namespace),
		matches("pod", b.podNames()),
		equal("container", string(v1alpha1.ComponentAPI)),
	}
	of := func(metric string, more ...string) string { return series(metric, slices.Concat(container, more)...) }
	// The greatest of each pod, before anything is divided: the kubelet tells of some
	// series on two of its pages, and of both containers for some minutes after a restart.
	most := func(expr string) string { return "max by (namespace, pod) (" + expr + ")" }
	// kube-state-metrics knows the limits, and so does cAdvisor, whose series many a
	// Prometheus drops. cAdvisor says 0 or -1 where there is none.
	limit := func(resource, cadvisor string) string {
		return fmt.Sprintf("((%s\nor %s) > 0)", most(of("kube_pod_container_resource_limits", equal("resource", resource))), most(cadvisor))
	}
	return measures{
		memory: most(of("container_memory_working_set_bytes")) + "\n/ " + limit("memory", of("container_spec_memory_limit_bytes")),
		disk:   b.kubernetesDisk(of),
		cpu: "100 * " + most("rate("+of("container_cpu_usage_seconds_total")+"[5m])") + "\n/ " +
			limit("cpu", of("container_spec_cpu_quota")+" / "+of("container_spec_cpu_period")),
		where: "{{ with $labels.persistentvolumeclaim }}volume claim {{ . }}{{ else }}API pod {{ $labels.pod }}{{ end }}",
	}
}

// kubernetesDisk is the space on the volumes of the managed database and Redis, and
// what the API's container leaves of its file system, where the runtime tells that.
// Of the folder for temporary files, an emptyDir, the kubelet tells nothing: that is
// what the metrics source Application is for.
func (b *builder) kubernetesDisk(of func(string, ...string) string) string {
	size := of("container_fs_limit_bytes")
	parts := []string{fmt.Sprintf("min by (namespace, pod) ((%s - %s) / (%s > 0))", size, of("container_fs_usage_bytes"), size)}
	var claims []string
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
		if b.tracker.Spec.GetManaged(c) != nil {
			claims = append(claims, regexp.QuoteMeta(snapshot.ClaimName(b.tracker, c)))
		}
	}
	if len(claims) > 0 {
		volumes := []string{equal("namespace", b.tracker.Namespace), matches("persistentvolumeclaim", strings.Join(claims, "|"))}
		parts = append(parts, fmt.Sprintf("min by (namespace, persistentvolumeclaim) (%s / (%s > 0))",
			series("kubelet_volume_stats_available_bytes", volumes...), series("kubelet_volume_stats_capacity_bytes", volumes...)))
	}
	return "(" + strings.Join(parts, "\nor ") + ")"
}

// podNames matches the names of the API's pods, and not those of a tracker whose name
// begins with this one's.
func (b *builder) podNames() string {
	return regexp.QuoteMeta(b.tracker.ChildName(v1alpha1.ComponentAPI)) + "-[a-z0-9]+-[a-z0-9]{5}"
}
