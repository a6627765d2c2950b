// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bytes"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/test/golden"
)

func TestOutput(t *testing.T) {
	for name, change := range map[string]func(*Facts){
		"healthy":         func(*Facts) {},
		"nothing-to-read": nothingToRead,
		"not-installed": func(f *Facts) {
			*f = Facts{Now: t0, Version: "1.0.0", Namespaces: []Namespace{{
				Name: "team", Trackers: Read[[]Tracker]{Unread: "the cluster serves no InterviewTrackers of version v1alpha1: see CustomResourceDefinition"},
			}}}
		},
		"no-tracker":     func(f *Facts) { f.Namespaces[0].Trackers.Value = nil },
		"secret-missing": secretMissing,
		"image-missing":  imageMissing,
		"no-class":       noStorageClass,
		"policy-deny":    func(f *Facts) { f.Namespaces[0].Policies.Value = []networkingv1.NetworkPolicy{denyAll()} },
		"operator-down":  operatorDown,
		"operator-shut-in": func(f *Facts) {
			o := &f.Operators.Value[0]
			o.Policies.Value = []networkingv1.NetworkPolicy{egressOnly()}
			o.Election.Value = []Right{{Verb: "update", Group: "coordination.k8s.io", Resource: "leases", Name: plugin.OperatorName}}
			o.Reviews.Value = []Right{{Verb: "create", Group: "authentication.k8s.io", Resource: "tokenreviews"}}
			o.Certificates = []Found{{
				Exists: true, Reference: Reference{Field: "--metrics-cert-dir of " + o.String(), Kind: kindSecret, Name: "metrics-tls", Key: corev1.TLSCertKey},
				Certificates: []Certificate{{Subject: "metrics", NotBefore: t0.AddDate(-1, 0, 0), NotAfter: t0.AddDate(0, 0, 9)}},
			}}
		},
		"everything-else": everythingElse,
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy(t)
			change(&f)
			var out bytes.Buffer
			if err := Print(&out, Diagnose(f), plugin.ColorsFor(&out)); err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, name+".txt", out.String())
		})
	}
}

// nothingToRead is a user who may read a tracker alone.
func nothingToRead(f *Facts) {
	const may = "you may not list things"
	f.Definition = Read[*apiextensionsv1.CustomResourceDefinition]{Unread: may}
	f.Operators = Read[[]Operator]{Unread: may}
	f.StorageClasses = Read[[]storagev1.StorageClass]{Unread: may}
	f.Prometheuses.Value, f.Prometheuses.Unread = nil, may
	f.NamespaceLabels = nil
	n := &f.Namespaces[0]
	n.Policies.Unread, n.Rights.Unread = may, may
	t := &n.Trackers.Value[0]
	t.Object.Status.Conditions = t.Object.Status.Conditions[:1]
	t.Pods.Value, t.Pods.Unread = nil, may
	t.Claims.Value, t.Claims.Unread = nil, may
	t.Monitors.Value, t.Monitors.Unread = nil, may
	t.Usage.Unread, t.Ingresses.Unread, t.Scrapers = may, may, nil
	for i := range t.References {
		t.References[i] = Found{Reference: t.References[i].Reference, Unread: may}
	}
}

func secretMissing(f *Facts) {
	t := &f.Namespaces[0].Trackers.Value[0]
	external := &v1alpha1.ExternalSpec{}
	external.SecretKeyRef.Name, external.SecretKeyRef.Key = "postgres", "url"
	t.Object.Spec.Database = &v1alpha1.DependencySpec{External: external}
	t.References = nil
	for _, r := range referencesOf(t.Object) {
		t.References = append(t.References, Found{Reference: r, Exists: r.Managed != "", HasKey: r.Managed != ""})
	}
	conditionIs(t.Object, v1alpha1.ConditionDatabaseHealthy, v1alpha1.ReasonSecretNotFound, `Secret "postgres" does not exist: put the URL into `+
		`Secret "postgres" of this namespace, under key "url"`)
	t.Pods.Value = t.Pods.Value[1:]
}

func imageMissing(f *Facts) {
	t := &f.Namespaces[0].Trackers.Value[0]
	notReady(&t.Pods.Value[0], waiting("ImagePullBackOff", `Back-off pulling image "interview-tracker-api:9.9.9"`))
	t.Pods.Value[0].Status.ContainerStatuses[0].Image = "interview-tracker-api:9.9.9"
	conditionIs(t.Object, v1alpha1.ConditionAPIAvailable, v1alpha1.ReasonImagePullFailed,
		`pod hiring-api-0, container api: image "interview-tracker-api:9.9.9" can't be pulled: not found`)
}

func noStorageClass(f *Facts) {
	f.StorageClasses.Value = []storagev1.StorageClass{storageClass("fast", false)}
	t := &f.Namespaces[0].Trackers.Value[0]
	t.Claims.Value[0].Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending}
	t.Claims.Value[0].Spec.StorageClassName = nil
	t.Complaints["data-hiring-database-0"] = "no persistent volumes available for this claim and no storage class is set"
	database := &t.Pods.Value[2]
	database.Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable,
		Message: "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
	}}}
	conditionIs(t.Object, v1alpha1.ConditionDatabaseHealthy, v1alpha1.ReasonVolumePending, "PersistentVolumeClaim data-hiring-database-0 is not bound")
}

func operatorDown(f *Facts) {
	o := &f.Operators.Value[0]
	o.Deployment.Status.AvailableReplicas = 0
	o.Deployment.Spec.Template.Spec.Containers[0].Image = "interview-tracker-operator:0.9.0@sha256:0123"
	o.Lease.Value.Spec.RenewTime.Time = t0.Add(-10 * time.Minute)
	o.Pods.Value[0].Status.ContainerStatuses[0].RestartCount = 4
	o.Pods.Value[0].Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{
		ExitCode: 137, Reason: v1alpha1.ReasonOOMKilled, FinishedAt: ago(5 * time.Minute),
	}
	f.Namespaces[0].Rights.Value.Missing = []Right{{Verb: "create", Group: "apps", Resource: "deployments"}, {Verb: "list", Resource: "namespaces"}}
	f.Namespaces[0].Trackers.Value[0].Object.Generation = 2
}

// everythingElse is a tracker of which much is wrong beside.
func everythingElse(f *Facts) {
	f.Kinds.Value = sets.New("ServiceMonitor", "PrometheusRule", "Probe", "Prometheus")
	t := &f.Namespaces[0].Trackers.Value[0]
	f.Prometheuses.Value[0].Spec.RuleSelector = nil
	t.Unreadable = []string{"status.inventory"}
	t.Scrapers[0].Missing.Value = []Right{{Verb: "list", Resource: "pods"}}
	t.Scrapers[0].Targets.Value = []Target{{Monitor: "hiring-api", Pod: "hiring-api-0", Health: "down", Error: "context deadline exceeded"}}
	api := &t.Pods.Value[0]
	api.Status.Conditions[1].LastTransitionTime = ago(time.Hour - 65*time.Second)
	api.Status.ContainerStatuses[0].RestartCount = 2
	api.Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", FinishedAt: ago(time.Hour)}
	t.Usage.Value[ContainerKey{"hiring-api-0", "api"}][corev1.ResourceMemory] = quantity("500Mi")
	t.References = append(t.References, Found{
		Reference: Reference{Field: "spec.telemetry.caCertificate", Kind: kindConfigMap, Name: "ca", Key: "ca.crt", Holds: "certificates"},
		Exists:    true, HasKey: true, Certificates: []Certificate{{Subject: "collector", NotBefore: t0.AddDate(-1, 0, 0), NotAfter: t0.AddDate(0, 0, -1)}},
	})
}
