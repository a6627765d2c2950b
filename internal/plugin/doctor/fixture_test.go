// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

var t0 = time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)

func ago(d time.Duration) metav1.Time { return metav1.NewTime(t0.Add(-d)) }

// healthy are the facts of a cluster in which nothing is wrong.
func healthy(t *testing.T) Facts {
	t.Helper()
	own, err := ownDefinition()
	if err != nil {
		t.Fatal(err)
	}
	definition := own.DeepCopy()
	definition.Status.Conditions = []apiextensionsv1.CustomResourceDefinitionCondition{
		{Type: apiextensionsv1.Established, Status: apiextensionsv1.ConditionTrue},
	}
	return Facts{
		Now: t0, Version: "1.0.0",
		Definition:     Read[*apiextensionsv1.CustomResourceDefinition]{Value: definition},
		AllOperators:   true,
		Served:         Read[[]string]{Value: []string{"v1alpha1"}},
		Operators:      Read[[]Operator]{Value: []Operator{operator("interview-tracker-system")}},
		Kinds:          Read[sets.Set[string]]{Value: sets.New("ServiceMonitor", "PrometheusRule", "Probe", "Prometheus")},
		StorageClasses: Read[[]storagev1.StorageClass]{Value: []storagev1.StorageClass{storageClass("standard", true)}},
		Prometheuses: Read[[]monitoringv1.Prometheus]{Value: []monitoringv1.Prometheus{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "monitoring", Name: "k8s"},
			Spec: monitoringv1.PrometheusSpec{
				RuleSelector: &metav1.LabelSelector{}, RuleNamespaceSelector: &metav1.LabelSelector{},
				CommonPrometheusFields: monitoringv1.CommonPrometheusFields{
					ServiceMonitorSelector: &metav1.LabelSelector{}, ServiceMonitorNamespaceSelector: &metav1.LabelSelector{},
				},
			},
		}}},
		NamespaceLabels: map[string]Read[map[string]string]{
			"team":                     {Value: map[string]string{corev1.LabelMetadataName: "team"}},
			"interview-tracker-system": {Value: map[string]string{corev1.LabelMetadataName: "interview-tracker-system"}},
			"monitoring":               {Value: map[string]string{corev1.LabelMetadataName: "monitoring", "purpose": "metrics"}},
		},
		Namespaces: []Namespace{{
			Name:     "team",
			Rights:   Read[Rights]{Value: Rights{Account: "system:serviceaccount:interview-tracker-system:interview-tracker-operator"}},
			Trackers: Read[[]Tracker]{Value: []Tracker{tracker()}},
		}},
	}
}

func operator(namespace string) Operator {
	labels := map[string]string{plugin.LabelName: plugin.OperatorName}
	return Operator{
		Proof: plugin.Proof{Everywhere: true},
		Deployment: appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: plugin.OperatorName, Labels: labels},
			Spec: appsv1.DeploymentSpec{
				Replicas: new(int32(1)), Selector: &metav1.LabelSelector{MatchLabels: labels},
				Template: corev1.PodTemplateSpec{
					ObjectMeta: metav1.ObjectMeta{Labels: labels},
					Spec: corev1.PodSpec{ServiceAccountName: plugin.OperatorName, Containers: []corev1.Container{{
						Name: managerContainer, Image: "registry.example.com:5000/interview-tracker-operator:1.0.0", Args: []string{"--leader-elect", "--log-level=info"},
					}}},
				},
			},
			Status: appsv1.DeploymentStatus{AvailableReplicas: 1},
		},
		Pods: Read[[]corev1.Pod]{Value: []corev1.Pod{{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: plugin.OperatorName + "-0"},
			Status:     corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: managerContainer, Ready: true}}},
		}}},
		Lease: Read[*coordinationv1.Lease]{Value: &coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{
			HolderIdentity: new(plugin.OperatorName + "-0_0123"), LeaseDurationSeconds: new(int32(60)), RenewTime: &metav1.MicroTime{Time: t0.Add(-time.Second)},
		}}},
	}
}

func storageClass(name string, isDefault bool) storagev1.StorageClass {
	c := storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: name}, AllowVolumeExpansion: new(true)}
	if isDefault {
		c.Annotations = map[string]string{defaultClass: "true"}
	}
	return c
}

func tracker() Tracker {
	object := &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "hiring", Generation: 1, CreationTimestamp: ago(time.Hour)},
		Spec:       v1alpha1.InterviewTrackerSpec{Version: "1.0.0"},
	}
	object.Status = v1alpha1.InterviewTrackerStatus{ObservedGeneration: 1, Conditions: []metav1.Condition{
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, Message: "the API, the frontend and their dependencies work"},
		{Type: v1alpha1.ConditionMonitoringReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonSelected, Message: "the monitoring objects are selected"},
	}}
	t := Tracker{
		Object: object, Warnings: map[string]snapshot.PodEvent{}, Complaints: map[string]string{},
		Pods: Read[[]corev1.Pod]{Value: []corev1.Pod{
			pod("api", 8000, "http"), pod("frontend", 3000, "http"), pod("database", 5432, "postgres"), pod("redis", 6379, "redis"),
		}},
		Claims:   Read[[]corev1.PersistentVolumeClaim]{Value: []corev1.PersistentVolumeClaim{claim("database", "10Gi"), claim("redis", "1Gi")}},
		Monitors: Read[[]Labelled]{Value: []Labelled{{Name: "hiring-api", Endpoints: 1}, {Name: "hiring-frontend", Endpoints: 1}}},
		Rules:    Read[[]Labelled]{Value: []Labelled{{Name: "hiring"}}},
		Scrapers: []Scraper{{
			Namespace: "monitoring", Name: "k8s", Account: "system:serviceaccount:monitoring:prometheus-k8s", Labels: map[string]string{"prometheus": "k8s"},
			Targets: Read[[]Target]{Value: []Target{
				{Monitor: "hiring-api", Pod: "hiring-api-0", Health: "up"}, {Monitor: "hiring-frontend", Pod: "hiring-frontend-0", Health: "up"},
			}},
		}},
		Usage: Read[map[ContainerKey]corev1.ResourceList]{Value: map[ContainerKey]corev1.ResourceList{
			{"hiring-api-0", "api"}: {corev1.ResourceMemory: resource.MustParse("100Mi"), corev1.ResourceCPU: resource.MustParse("20m")},
		}},
	}
	for _, r := range referencesOf(object) {
		t.References = append(t.References, Found{Reference: r, Exists: true, HasKey: true})
	}
	return t
}

// pod is a pod of the tracker hiring that became ready 8 seconds after its container had started, an hour ago.
func pod(component string, port int32, portName string) corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "team", Name: "hiring-" + component + "-0", CreationTimestamp: ago(time.Hour),
			Labels: map[string]string{v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: component},
		},
		Spec: corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{
			Name: component, Ports: []corev1.ContainerPort{{Name: portName, ContainerPort: port}},
			StartupProbe: &corev1.Probe{InitialDelaySeconds: 10, PeriodSeconds: 5, FailureThreshold: 12},
			Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("128Mi")},
				Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("512Mi")},
			},
		}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning,
			Conditions: []corev1.PodCondition{
				{Type: corev1.PodScheduled, Status: corev1.ConditionTrue},
				{Type: corev1.ContainersReady, Status: corev1.ConditionTrue, LastTransitionTime: ago(time.Hour - 8*time.Second)},
				{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: ago(time.Hour - 8*time.Second)},
			},
			ContainerStatuses: []corev1.ContainerStatus{{
				Name: component, Ready: true, Started: new(true), Image: "interview-tracker-" + component + ":1.0.0",
				State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: ago(time.Hour)}},
			}},
		},
	}
}

func claim(dependency, size string) corev1.PersistentVolumeClaim {
	return corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "data-hiring-" + dependency + "-0"},
		Spec:       corev1.PersistentVolumeClaimSpec{StorageClassName: new("standard")},
		Status: corev1.PersistentVolumeClaimStatus{
			Phase: corev1.ClaimBound, Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)},
		},
	}
}

// notReady makes a pod not ready, its container in a state.
func notReady(p *corev1.Pod, state corev1.ContainerState) {
	for i := range p.Status.Conditions {
		if p.Status.Conditions[i].Type != corev1.PodScheduled {
			p.Status.Conditions[i].Status = corev1.ConditionFalse
		}
	}
	p.Status.ContainerStatuses[0].Ready, p.Status.ContainerStatuses[0].Started, p.Status.ContainerStatuses[0].State = false, new(false), state
}

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func conditionIs(t *v1alpha1.InterviewTracker, name, reason, message string) {
	for _, of := range []string{v1alpha1.ConditionReady, name} {
		c := metav1.Condition{Type: of, Status: metav1.ConditionFalse, Reason: reason, Message: message}
		replaced := false
		for i := range t.Status.Conditions {
			if t.Status.Conditions[i].Type == of {
				t.Status.Conditions[i], replaced = c, true
			}
		}
		if !replaced {
			t.Status.Conditions = append(t.Status.Conditions, c)
		}
	}
}

// denyAll keeps everything from the pods of a namespace.
func denyAll() networkingv1.NetworkPolicy {
	return networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "deny-all"},
		Spec:       networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}},
	}
}
