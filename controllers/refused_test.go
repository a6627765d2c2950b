// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
)

// forbid has the API server refuse, in a namespace, every object of the kind of an
// example.
func forbid(t *testing.T, ns, message string, example client.Object) {
	t.Helper()
	gvk, err := k8s.GroupVersionKindFor(example)
	must(t, err)
	mapping, err := k8s.RESTMapper().RESTMapping(gvk.GroupKind())
	must(t, err)
	policy := &admissionregistrationv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: ns},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: &admissionregistrationv1.MatchResources{ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionregistrationv1.RuleWithOperations{
					Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create, admissionregistrationv1.Update},
					Rule:       admissionregistrationv1.Rule{APIGroups: []string{"*"}, APIVersions: []string{"*"}, Resources: []string{mapping.Resource.Resource}},
				},
			}}},
			Validations: []admissionregistrationv1.Validation{{Expression: "false", Message: message}},
		},
	}
	must(t, k8s.Create(t.Context(), policy))
	must(t, k8s.Create(t.Context(), &admissionregistrationv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: ns},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: ns, ValidationActions: []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny},
			MatchResources: &admissionregistrationv1.MatchResources{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: ns}},
			},
		},
	}))
	eventually(t, "the API server doesn't learn of the policy", func() bool {
		probe, ok := example.DeepCopyObject().(client.Object)
		if !ok {
			t.Fatalf("%T is no object", example)
		}
		probe.SetNamespace(ns)
		err := k8s.Create(t.Context(), probe, client.DryRunAll)
		return err != nil && strings.Contains(err.Error(), message)
	})
}

// allowNoServices has a quota refuse every new Service of a namespace.
func allowNoServices(t *testing.T, ns string) {
	t.Helper()
	none := corev1.ResourceList{corev1.ResourceServices: resource.MustParse("0")}
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "none"}, Spec: corev1.ResourceQuotaSpec{Hard: none},
	}
	must(t, k8s.Create(t.Context(), quota))
	quota.Status = corev1.ResourceQuotaStatus{Hard: none, Used: none}
	must(t, k8s.Status().Update(t.Context(), quota))
	probe := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "probe"}, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	}
	eventually(t, "the API server doesn't learn of the quota", func() bool {
		err := k8s.Create(t.Context(), probe)
		if err == nil {
			must(t, k8s.Delete(t.Context(), probe))
		}
		return apierrors.IsForbidden(err)
	})
}

// says reconciles, whether or not that fails, until a condition says something.
func (o *operator) says(t *testing.T, tracker *v1alpha1.InterviewTracker, conditionType, what string) {
	t.Helper()
	eventually(t, conditionType+" doesn't say "+what, func() bool {
		_, _ = o.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
		refresh(t, tracker)
		return tracker.Status.ObservedGeneration == tracker.Generation && strings.Contains(message(tracker, conditionType), what)
	})
}

// What refuses one object keeps neither the others from being changed nor anything from being
// pruned.
func TestOneRefusedObjectStopsOnlyWhatDependsOnIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*testing.T, *v1alpha1.InterviewTracker)
		change  func(*v1alpha1.InterviewTrackerSpec)
		says    string // What Ready says.
	}{
		"a quota on one kind": {
			prepare: func(t *testing.T, tracker *v1alpha1.InterviewTracker) {
				allowNoServices(t, tracker.Namespace)
				must(t, k8s.Delete(t.Context(), fetch(t, tracker, "hiring-frontend", &corev1.Service{})))
			},
			says: "exceeded quota: none",
		},
		"a policy against one kind": {
			prepare: func(t *testing.T, tracker *v1alpha1.InterviewTracker) {
				forbid(t, tracker.Namespace, "no budgets here", &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: "hiring-frontend"}})
			},
			change: func(s *v1alpha1.InterviewTrackerSpec) { s.Frontend = &v1alpha1.ComponentSpec{Replicas: new(int32(2))} },
			says:   "no budgets here",
		},
		"another's object": {
			prepare: func(t *testing.T, tracker *v1alpha1.InterviewTracker) {
				must(t, k8s.Delete(t.Context(), fetch(t, tracker, "hiring-frontend", &corev1.Service{})))
				must(t, k8s.Create(t.Context(), &corev1.Service{
					ObjectMeta: metav1.ObjectMeta{Namespace: tracker.Namespace, Name: "hiring-frontend"},
					Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
				}))
			},
			says: `Service "hiring-frontend" exists and does not belong to this tracker`,
		},
		"pvc-size-trap": {
			change: func(s *v1alpha1.InterviewTrackerSpec) {
				s.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Storage: &v1alpha1.StorageSpec{Size: new(resource.MustParse("200Gi"))}}}
			},
			says: `rejects PersistentVolumeClaim "data-hiring-database-0"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := start(t)
			tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
				tracker.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 3}}
			})
			o.ready(t, tracker)
			claim := fetch(t, tracker, "data-hiring-database-0", &corev1.PersistentVolumeClaim{})
			claim.Status.Phase = corev1.ClaimBound
			must(t, k8s.Status().Update(t.Context(), claim))
			o.settle(t, tracker)
			if test.prepare != nil {
				test.prepare(t, tracker)
			}
			edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
				s.Version, s.API = "1.0.1", nil
				s.Monitoring = &v1alpha1.MonitoringSpec{Dashboard: &v1alpha1.DashboardSpec{Enabled: new(false)}}
				if test.change != nil {
					test.change(s)
				}
			})
			o.says(t, tracker, "Ready", test.says)
			for _, object := range []client.Object{&autoscalingv2.HorizontalPodAutoscaler{}, &policyv1.PodDisruptionBudget{}} {
				if exists(t, tracker, "hiring-api", object) {
					t.Errorf("the %T is not pruned", object)
				}
			}
			if exists(t, tracker, "hiring-dashboard", &corev1.ConfigMap{}) {
				t.Error("the dashboard is not pruned")
			}
			for _, c := range []string{"hiring-api", "hiring-frontend"} {
				d := fetch(t, tracker, c, &appsv1.Deployment{})
				if got := d.Spec.Template.Spec.Containers[0].Image; !strings.HasSuffix(got, ":1.0.1") {
					t.Errorf("the image of %s is %s", c, got)
				}
			}
			if listed(tracker, "HorizontalPodAutoscaler") {
				t.Error("the inventory has an autoscaler that is gone")
			}
			if got := message(tracker, "Ready"); strings.Contains(got, "not applied either") {
				t.Errorf("others are not applied: %s", got)
			}
		})
	}
}

// The message names each object that is refused, and events say it once.
func TestAllRefusedObjectsAreNamed(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	forbid(t, tracker.Namespace, "no deployments here", &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "hiring-api"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a"}}},
			},
		},
	})
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.0.1" })
	o.says(t, tracker, "Stalled", "no deployments here")
	got := message(tracker, "Stalled")
	if !strings.Contains(got, `Deployment "hiring-api"`) || !strings.HasSuffix(got, "; not applied either: Deployment hiring-frontend") {
		t.Errorf("Stalled says %s", got)
	}
	for range 5 {
		o.later()
		o.once(t, tracker)
	}
	stalled := 0
	for _, event := range o.events() {
		if strings.Contains(event, "no deployments here") {
			stalled++
		}
	}
	if stalled != 1 {
		t.Errorf("%d events say that Deployments are refused", stalled)
	}
	if refresh(t, tracker); message(tracker, "Stalled") != got {
		t.Errorf("the message became %s", message(tracker, "Stalled"))
	}
}

// A former dependency stays while the API can't be taken off it, and what else is no longer
// wanted goes.
func TestAFormerDependencyWaitsForTheAPI(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 3}}
	})
	o.ready(t, tracker)
	must(t, k8s.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: tracker.Namespace, Name: "cache"}, StringData: map[string]string{"url": "redis://cache"},
	}))
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.API = &v1alpha1.ComponentSpec{Resources: &v1alpha1.ResourcesSpec{ // The API server refuses these.
			Requests: corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("2Gi")},
			Limits:   corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("1Gi")},
		}}
		s.Redis = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: "cache"}, Key: "url",
		}}}
	})
	o.says(t, tracker, "Stalled", "hiring-api")
	for range 3 {
		o.once(t, tracker)
	}
	for _, object := range []client.Object{&appsv1.StatefulSet{}, &corev1.Service{}, &corev1.ServiceAccount{}} {
		if !exists(t, tracker, "hiring-redis", object) {
			t.Errorf("the %T of Redis is pruned", object)
		}
	}
	if exists(t, tracker, "hiring-api", &autoscalingv2.HorizontalPodAutoscaler{}) {
		t.Error("the autoscaler is not pruned")
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API = nil })
	o.until(t, tracker, "Redis is not pruned", func() bool {
		bringUp(t, tracker)
		return !exists(t, tracker, "hiring-redis", &appsv1.StatefulSet{})
	})
}

// Without credentials, only those wait whose pods read them.
func TestRefusedCredentialsStopWhatReadsThem(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	must(t, k8s.Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "hiring-redis-credentials"}}))
	tracker := create(t, ns, nil)
	o.says(t, tracker, "Stalled", `Secret "hiring-redis-credentials"`)
	for name, there := range map[string]bool{"hiring-frontend": true, "hiring-api": false} {
		if exists(t, tracker, name, &appsv1.Deployment{}) != there {
			t.Errorf("Deployment %s exists: %t", name, !there)
		}
	}
	for name, there := range map[string]bool{"hiring-database": true, "hiring-redis": false} {
		if exists(t, tracker, name, &appsv1.StatefulSet{}) != there {
			t.Errorf("StatefulSet %s exists: %t", name, !there)
		}
	}
}

// A monitoring object that can't be decoded keeps no later one from being applied.
func TestAnUndecodableMonitoringObjectKeepsNothingElse(t *testing.T) {
	t.Parallel()
	o := start(t, func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(q *http.Request) (*http.Response, error) {
			if strings.HasSuffix(q.URL.Path, "/servicemonitors/hiring-api") {
				return nil, fmt.Errorf("ServiceMonitor can't be decoded: %w", &decodable.Error{Field: "spec.sampleLimit", Err: http.ErrNotSupported})
			}
			return next.RoundTrip(q)
		})
	})
	tracker := create(t, namespace(t), nil)
	o.says(t, tracker, "MonitoringReady", "spec.sampleLimit")
	fetch(t, tracker, "hiring-dashboard", &corev1.ConfigMap{})
	fetch(t, tracker, "hiring", &monitoringv1.PrometheusRule{})
}
