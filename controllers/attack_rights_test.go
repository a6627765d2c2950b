// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// What a stolen token can write though docs/security.md says that a policy refuses it, or that the
// garbage collector soon deletes it. No tracker of the name exists in these namespaces.
func TestAttackPolicies(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	thief, err := client.New(asOperator(), client.Options{Scheme: Scheme()})
	must(t, err)
	thief = client.NewDryRunClient(thief)
	root := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "theirs"}}
	must(t, k8s.Create(t.Context(), root))
	victim := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "payments-worker"}, Spec: podless()}
	must(t, k8s.Create(t.Context(), victim))

	meta := func(ns, tracker, name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{
			Namespace: ns, Name: name, Labels: map[string]string{v1alpha1.LabelTracker: tracker},
			OwnerReferences: ownedBy(v1alpha1.GroupVersion.String(), v1alpha1.Kind, tracker),
		}
	}
	pods := func(labels map[string]string) corev1.PodTemplateSpec {
		return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
			ServiceAccountName: "payments-admin", AutomountServiceAccountToken: new(false), RestartPolicy: corev1.RestartPolicyNever,
			SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: new(true)},
			Containers: []corev1.Container{{Name: "x", Image: "x", SecurityContext: &corev1.SecurityContext{
				AllowPrivilegeEscalation: new(false),
			}}},
		}}
	}
	theirs := map[string]string{"app": "shop"}
	deployment := func(change func(*appsv1.Deployment)) client.Object {
		d := &appsv1.Deployment{ObjectMeta: meta(ns, "payments", "payments-x"), Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelTracker: "payments"}},
			Template: pods(map[string]string{v1alpha1.LabelTracker: "payments"}),
		}}
		d.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyAlways
		change(d)
		return d
	}
	monitor := func(change func(*monitoringv1.Endpoint)) client.Object {
		endpoint := monitoringv1.Endpoint{Port: "http"}
		change(&endpoint)
		return &monitoringv1.ServiceMonitor{ObjectMeta: meta(ns, "payments", "payments-api"), Spec: monitoringv1.ServiceMonitorSpec{
			Selector:  metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelTracker: "payments"}},
			Endpoints: []monitoringv1.Endpoint{endpoint},
		}}
	}
	withFinalizer := meta(ns, "payments", "payments-dashboard")
	withFinalizer.Finalizers = []string{"example.com/stay"}
	withOwner := meta(ns, "payments", "payments-dashboard")
	withOwner.OwnerReferences = append(withOwner.OwnerReferences, metav1.OwnerReference{
		APIVersion: "v1", Kind: "ConfigMap", Name: root.Name, UID: root.UID,
	})
	argo := meta(ns, "payments", "payments-cluster")
	argo.OwnerReferences = nil
	argo.Labels["argocd.argoproj.io/secret-type"] = "cluster"
	argo.Annotations = map[string]string{v1alpha1.AnnotationRetainedFor: "payments"}
	published := &corev1.Service{ObjectMeta: meta(ns, "payments", "payments-api"), Spec: corev1.ServiceSpec{
		Type: corev1.ServiceTypeLoadBalancer, Selector: map[string]string{v1alpha1.LabelTracker: "payments"},
		Ports: []corev1.ServicePort{{Port: 443}},
	}}
	published.Annotations = map[string]string{"external-dns.alpha.kubernetes.io/hostname": "bank.example.com"}

	for what, object := range map[string]client.Object{
		"what stays by a finalizer":                &corev1.ConfigMap{ObjectMeta: withFinalizer},
		"what stays by a second owner that exists": &corev1.ConfigMap{ObjectMeta: withOwner},
		"as another's service account":             deployment(func(*appsv1.Deployment) {}), // Its payments-admin is of no component.
		"a Deployment that stays": deployment(func(d *appsv1.Deployment) {
			d.Finalizers = []string{"example.com/stay"}
		}),
		"a ConfigMap by whose name others find it": &corev1.ConfigMap{
			ObjectMeta: meta("kube-system", "payments", "aws-auth"), Data: map[string]string{"mapRoles": "- {rolearn: x, groups: [system:masters]}"},
		},
		"a Secret by whose label others find it": &corev1.Secret{ObjectMeta: argo, Type: corev1.SecretTypeOpaque},
		"pods of another's Service": deployment(func(d *appsv1.Deployment) {
			d.Spec.Template.Labels["app"] = "shop"
		}),
		"adopting other pods": deployment(func(d *appsv1.Deployment) {
			d.Spec.Selector.MatchLabels, d.Spec.Template = theirs, pods(theirs)
			d.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyAlways
			d.Spec.Replicas = new(int32(0))
		}),
		"a Job that adopts other pods": &batchv1.Job{ObjectMeta: meta(ns, "payments", "payments-x"), Spec: batchv1.JobSpec{
			ManualSelector: new(true), Parallelism: new(int32(0)), Selector: &metav1.LabelSelector{MatchLabels: theirs}, Template: pods(theirs),
		}},
		"pods before which others give way": deployment(func(d *appsv1.Deployment) {
			d.Spec.Template.Spec.PriorityClassName = "system-cluster-critical"
		}),
		"a certificate of a service account": deployment(func(d *appsv1.Deployment) {
			d.Spec.Template.Spec.Volumes = []corev1.Volume{{Name: "x", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
				Sources: []corev1.VolumeProjection{{PodCertificate: &corev1.PodCertificateProjection{
					SignerName: "kubernetes.io/kube-apiserver-client-pod", KeyType: "ED25519", CredentialBundlePath: "x",
				}}},
			}}}}
		}),
		"scaling another's Deployment": &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: meta(ns, "payments", "x"), Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: victim.Name}, MaxReplicas: 1,
		}},
		"a published Service with a name": published,
		"scraping any address": monitor(func(e *monitoringv1.Endpoint) {
			e.RelabelConfigs = []monitoringv1.RelabelConfig{{TargetLabel: "__address__", Replacement: new("10.0.0.1:443")}}
		}),
		"scraping through a proxy": monitor(func(e *monitoringv1.Endpoint) { e.ProxyURL = new("http://thief.example.com") }),
		"scraping with Prometheus's certificate": monitor(func(e *monitoringv1.Endpoint) {
			e.TLSConfig = &monitoringv1.TLSConfig{}
			e.TLSConfig.CertFile, e.TLSConfig.KeyFile = "/etc/prom-certs/cert.pem", "/etc/prom-certs/key.pem"
		}),
		"forged series": monitor(func(e *monitoringv1.Endpoint) { e.HonorLabels = true }),
		"probing all Ingresses with a prober of the thief's": &monitoringv1.Probe{ObjectMeta: meta(ns, "payments", "payments-api"), Spec: monitoringv1.ProbeSpec{
			ProberSpec: monitoringv1.ProberSpec{URL: "thief.example.com:80", Path: "/x"},
			Targets: monitoringv1.ProbeTargets{Ingress: &monitoringv1.ProbeTargetIngress{
				NamespaceSelector: monitoringv1.NamespaceSelector{Any: true},
			}},
		}},
	} {
		if err := thief.Create(t.Context(), object); !refusedByPolicy(err) {
			t.Errorf("%s: %v, want a refusal by a policy", what, err)
		}
	}
}

// The names of claims of others' StatefulSets have the same form.
func TestAttackPolicyOfClaims(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	thief, err := client.New(asOperator(), client.Options{Scheme: Scheme()})
	must(t, err)
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "data-postgresql-0"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}
	must(t, k8s.Create(t.Context(), claim))
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"`+v1alpha1.LabelTracker+`":"postgresql"}}}`))
	if err := client.NewDryRunClient(thief).Patch(t.Context(), claim, patch); !refusedByPolicy(err) {
		t.Errorf("%v, want a refusal by a policy", err)
	}
}

// How the API server records what a client has applied by stringData: a rotation must be seen.
func TestAttackManagedFieldsOfStringData(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	applied := func(url string) *corev1.Secret {
		s := &corev1.Secret{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "shared"}, StringData: map[string]string{"url": url},
		}
		must(t, k8s.Patch(context.Background(), s, client.Apply, client.FieldOwner("kubectl"), client.ForceOwnership)) //nolint:staticcheck // as kubectl does
		return s
	}
	applied("postgres://u:one@db/x")
	s := applied("postgres://u:two@db/x")
	for _, by := range s.ManagedFields {
		t.Logf("%s %s %s %s", by.Manager, by.Operation, by.Time, by.FieldsV1.GetRawString())
	}
	if string(s.Data["url"]) != "postgres://u:two@db/x" {
		t.Fatalf("the data are %s", s.Data)
	}
	seen := false
	for _, by := range s.ManagedFields {
		seen = seen || strings.Contains(by.FieldsV1.GetRawString(), `"f:data"`)
	}
	if !seen {
		t.Error(`no managed field is "f:data": internal/observe's lastChange takes the Secret for unchanged`)
	}
}
