// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// measures are the expressions of how full something is, without the comparison.
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
	m := b.applicationMeasures()
	if b.alerts.MetricsSource == v1alpha1.MetricsSourceKubernetes {
		m = b.kubernetesMeasures()
	}
	return b.alertRules(
		alert{
			name:        v1alpha1.AlertHighMemoryUsage,
			severity:    severityWarning,
			expr:        fmt.Sprintf("%s > %s", m.memory, b.threshold(v1alpha1.AlertHighMemoryUsage)),
			summary:     "High memory usage",
			description: "API pod {{ $labels.pod }} of " + b.name() + " uses {{ $value | humanizePercentage }} of its memory limit.",
		},
		alert{
			name:        v1alpha1.AlertLowDiskSpace,
			severity:    severityWarning,
			expr:        fmt.Sprintf("%s < %s", m.disk, b.threshold(v1alpha1.AlertLowDiskSpace)),
			summary:     "Low disk space",
			description: "{{ $value | humanizePercentage }} of the disk of " + m.where + " of " + b.name() + " is free.",
		},
		alert{
			name:        v1alpha1.AlertHighCPUUsage,
			severity:    severityWarning,
			expr:        fmt.Sprintf("%s > %s", m.cpu, b.threshold(v1alpha1.AlertHighCPUUsage)),
			summary:     "High CPU usage",
			description: "API pod {{ $labels.pod }} of " + b.name() + ` uses {{ printf "%.1f" $value }}% of its CPU limit.`,
		},
	)
}

// applicationMeasures read the API's own gauges, of which each pod has one.
func (b *builder) applicationMeasures() measures {
	return measures{
		memory: fmt.Sprintf("max by (namespace, tracker, pod) (%s / (%s > 0))",
			b.api(promql.MemoryUsage), b.api(promql.MemoryLimit)),
		disk: fmt.Sprintf("min by (namespace, tracker, pod) (%s / (%s > 0))",
			b.api(promql.DiskFree), b.api(promql.DiskTotal)),
		cpu:   fmt.Sprintf("max by (namespace, tracker, pod) (%s)", b.api(promql.CPUUsage)),
		where: "API pod {{ $labels.pod }}",
	}
}

// kubernetesMeasures read what the kubelet, its cAdvisor and kube-state-metrics export. A pod without a
// limit has no measure, and no alert: to use more than was requested is no problem while no other
// pod needs it.
func (b *builder) kubernetesMeasures() measures {
	container := b.container()
	of := func(metric string, more ...string) string {
		return promql.Series(metric, slices.Concat(container, more)...)
	}
	// The greatest of each pod, before anything is divided: the kubelet exports some
	// series on two of its pages, and of both containers for some minutes after a restart.
	most := func(expr string) string { return "max by (namespace, pod) (" + expr + ")" }
	// kube-state-metrics exports the limits, and so does cAdvisor, whose series many a
	// Prometheus drops. cAdvisor has 0 or -1 where there is none.
	limit := func(resource, cadvisor string) string {
		return fmt.Sprintf("((%s\nor %s) > 0)", most(of(promql.ResourceLimits, promql.Equal("resource", resource))), most(cadvisor))
	}
	return measures{
		memory: most(of(promql.ContainerMemory)) + "\n/ " + limit("memory", of(promql.ContainerMemoryLimit)),
		disk:   b.kubernetesDisk(of),
		cpu: "100 * " + most("rate("+of(promql.ContainerCPU)+"[5m])") + "\n/ " +
			limit("cpu", of(promql.ContainerCPUQuota)+" / "+of(promql.ContainerCPUPeriod)),
		where: "{{ with $labels.persistentvolumeclaim }}volume claim {{ . }}{{ else }}API pod {{ $labels.pod }}{{ end }}",
	}
}

// kubernetesDisk is the space on the volumes of the managed database and Redis, and
// what the API's container leaves of its file system, where the runtime reports
// it. The kubelet exports nothing about the folder for temporary files, an emptyDir: that
// is what the metrics source Application is for.
func (b *builder) kubernetesDisk(of func(string, ...string) string) string {
	size := of("container_fs_limit_bytes")
	parts := []string{fmt.Sprintf("min by (namespace, pod) ((%s - %s) / (%s > 0))", size, of("container_fs_usage_bytes"), size)}
	if claims := b.catalog.ClaimPattern(b.tracker); claims != "" {
		volumes := []string{promql.Equal("namespace", b.tracker.Namespace), promql.Matches("persistentvolumeclaim", claims)}
		parts = append(parts, fmt.Sprintf("min by (namespace, persistentvolumeclaim) (%s / (%s > 0))",
			promql.Series(promql.VolumeAvailable, volumes...), promql.Series(promql.VolumeCapacity, volumes...)))
	}
	return "(" + strings.Join(parts, "\nor ") + ")"
}

// container are the matchers of the primary component's container. By its name: without
// it, the series of the whole pod's cgroup and of its sandbox would be counted as well.
func (b *builder) container() []string {
	primary := b.catalog.Primary()
	return []string{
		promql.Equal("namespace", b.tracker.Namespace),
		promql.Matches("pod", primary.PodPattern(b.tracker)),
		promql.Equal("container", string(primary.Name)),
	}
}
