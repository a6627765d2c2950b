// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"fmt"
	"slices"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// measure is an expression of how full something is, without the comparison.
type measure struct {
	expr string
	// of names what the expression is a share of, in the alert's text.
	of string
}

// resources are the alerts on memory, disk and CPU. Each pod has limits of its own:
// that one of many is about to be killed is news, which an average would hide.
func (b *builder) resources() []monitoringv1.Rule {
	memory, cpu, disk := b.applicationMemory(), b.applicationCPU(), b.applicationDisk()
	if b.alerts.MetricsSource == v1alpha1.MetricsSourceKubernetes {
		memory, cpu, disk = b.kubernetesMemory(), b.kubernetesCPU(), b.kubernetesDisk()
	}
	pod := ": API pod {{ $labels.pod }} of " + b.name() + "."
	all := []alert{
		{
			name:        v1alpha1.AlertHighMemoryUsage,
			severity:    severityWarning,
			expr:        fmt.Sprintf("%s > %s", memory.expr, b.threshold(v1alpha1.AlertHighMemoryUsage)),
			summary:     "High memory usage",
			description: "Memory usage is {{ $value | humanizePercentage }} of " + memory.of + pod,
		},
		{
			name:     v1alpha1.AlertLowDiskSpace,
			severity: severityWarning,
			expr:     fmt.Sprintf("%s < %s", disk, b.threshold(v1alpha1.AlertLowDiskSpace)),
			summary:  "Low disk space",
			description: "Disk space is {{ $value | humanizePercentage }} free: " +
				"{{ with $labels.persistentvolumeclaim }}volume claim {{ . }}{{ else }}API pod {{ $labels.pod }}{{ end }} of " + b.name() + ".",
		},
		{
			name:        v1alpha1.AlertHighCPUUsage,
			severity:    severityWarning,
			expr:        fmt.Sprintf("%s > %s", cpu.expr, b.threshold(v1alpha1.AlertHighCPUUsage)),
			summary:     "High CPU usage",
			description: `CPU usage is {{ printf "%.1f" $value }}% of ` + cpu.of + pod,
		},
	}
	return b.alertRules(slices.DeleteFunc(all, func(a alert) bool {
		return a.name == v1alpha1.AlertHighMemoryUsage && memory.expr == "" || a.name == v1alpha1.AlertHighCPUUsage && cpu.expr == ""
	})...)
}

const ofLimit, ofRequest = "limit", "request"

// allowed is how many cores or bytes the API's container may use: its limit or, without
// one, its request, and which of them; 0 if it has neither.
func (b *builder) allowed(name corev1.ResourceName) (amount float64, of string) {
	for _, list := range []struct {
		amounts corev1.ResourceList
		of      string
	}{{b.container.Limits, ofLimit}, {b.container.Requests, ofRequest}} {
		// As thousandths, so that 0.1 cores are printed as that.
		if quantity := list.amounts[name]; quantity.Sign() > 0 {
			return float64(quantity.MilliValue()) / 1000, list.of
		}
	}
	return 0, ""
}

// applicationMemory reads the API's own gauges, of which each pod has one. They know the
// limit of each pod, which differs during a rollout.
func (b *builder) applicationMemory() measure {
	amount, of := b.allowed(corev1.ResourceMemory)
	if of == ofRequest {
		return measure{fmt.Sprintf("max by (namespace, tracker, pod) (%s) / %s", b.api(promql.MemoryUsage), promql.Number(amount)), of}
	}
	return measure{
		fmt.Sprintf("max by (namespace, tracker, pod) (%s / (%s > 0))", b.api(promql.MemoryUsage), b.api(promql.MemoryLimit)),
		cmp.Or(of, "the node's memory"),
	}
}

// applicationCPU reads the API's own gauge or, to compare with the request, its counter: without a
// limit the gauge is a share of all cores of the node.
func (b *builder) applicationCPU() measure {
	amount, of := b.allowed(corev1.ResourceCPU)
	if of == ofRequest {
		return measure{fmt.Sprintf("100 * max by (namespace, tracker, pod) (rate(%s[%s])) / %s",
			b.api(promql.ProcessCPU), duration(shortest), promql.Number(amount)), of}
	}
	return measure{fmt.Sprintf("max by (namespace, tracker, pod) (%s)", b.api(promql.CPUUsage)), cmp.Or(of, "the node's cores")}
}

// applicationDisk is the space on the API's folder for temporary files, and on the volumes
// of the managed database and Redis, where the kubelet is scraped.
func (b *builder) applicationDisk() string {
	return b.orVolumes(fmt.Sprintf("min by (namespace, tracker, pod) (%s / (%s > 0))", b.api(promql.DiskFree), b.api(promql.DiskTotal)))
}

// kubernetesMemory reads what the kubelet's cAdvisor exports.
func (b *builder) kubernetesMemory() measure {
	return b.kubernetesMeasure(corev1.ResourceMemory, "", b.containers(promql.ContainerMemory))
}

// kubernetesCPU is described at kubernetesMemory.
func (b *builder) kubernetesCPU() measure {
	return b.kubernetesMeasure(corev1.ResourceCPU, "100 * ", "rate("+b.containers(promql.ContainerCPU)+"["+string(duration(shortest))+"])")
}

// kubernetesMeasure compares what each pod uses with the container's limit or request, as
// rendered: no exporter of limits is needed. Without either there is nothing to compare
// with, and no measure.
func (b *builder) kubernetesMeasure(name corev1.ResourceName, scale, used string) measure {
	amount, of := b.allowed(name)
	if of == "" {
		return measure{}
	}
	// The greatest of each pod: the kubelet exports some series on two of its pages, and
	// of both containers for some minutes after a restart.
	return measure{fmt.Sprintf("%smax by (namespace, pod) (%s) / %s", scale, used, promql.Number(amount)), of}
}

// kubernetesDisk is the space on the volumes of the managed database and Redis, and
// what the API's container leaves of its file system, where the runtime reports
// it. The kubelet exports nothing about the folder for temporary files, an emptyDir: that
// is what the metrics source Application is for.
func (b *builder) kubernetesDisk() string {
	size := b.containers("container_fs_limit_bytes")
	return b.orVolumes(fmt.Sprintf("min by (namespace, pod) ((%s - %s) / (%s > 0))", size, b.containers("container_fs_usage_bytes"), size))
}

// orVolumes adds the volumes of the managed database and Redis to a measure of disks.
func (b *builder) orVolumes(disks string) string {
	claims := b.catalog.ClaimPattern(b.tracker)
	if claims == "" {
		return disks
	}
	volumes := []string{promql.Equal("namespace", b.tracker.Namespace), promql.Matches("persistentvolumeclaim", claims)}
	return fmt.Sprintf("(%s\nor min by (namespace, persistentvolumeclaim) (%s / (%s > 0)))", disks,
		promql.Series(promql.VolumeAvailable, volumes...), promql.Series(promql.VolumeCapacity, volumes...))
}

// containers selects series of the kubelet or kube-state-metrics of the primary component's container. By its
// name: without it, the series of the whole pod's cgroup and of its sandbox would be counted as well.
func (b *builder) containers(metric string) string {
	primary := b.catalog.Primary()
	return promql.Series(metric,
		promql.Equal("namespace", b.tracker.Namespace),
		promql.Matches("pod", primary.PodPattern(b.tracker)),
		promql.Equal("container", string(primary.Name)))
}
