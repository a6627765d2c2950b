// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// server answers what is not asked through the client of objects.
func server(t *testing.T) *rest.Config {
	t.Helper()
	answers := map[string]any{
		"/version":                        map[string]string{},
		"/apis/apps.interviewtracker.dev": metav1.APIGroup{Versions: []metav1.GroupVersionForDiscovery{{Version: "v1alpha1"}}},
		"/apis/monitoring.coreos.com/v1": metav1.APIResourceList{APIResources: []metav1.APIResource{
			{Kind: "ServiceMonitor"}, {Kind: "PrometheusRule"}, {Kind: "Probe"}, {Kind: "Prometheus"},
		}},
		"/apis/authorization.k8s.io/v1/selfsubjectrulesreviews": authorizationv1.SelfSubjectRulesReview{
			TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectRulesReview"},
			Status: authorizationv1.SubjectRulesReviewStatus{ResourceRules: []authorizationv1.ResourceRule{
				{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
			}},
		},
		"/apis/metrics.k8s.io/v1beta1/namespaces/team/pods":                                   map[string]any{},
		"/api/v1/namespaces/monitoring/services/prometheus-operated:web/proxy/api/v1/targets": map[string]any{},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, known := answers[r.URL.Path]
		if !known {
			t.Errorf("unexpected request for %s", r.URL)
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return &rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}
}

// refusing is a cluster that refuses one kind of objects; nil refuses none.
func refusing(t *testing.T, refused client.ObjectList) *plugin.Cluster {
	t.Helper()
	f := healthy(t)
	o, tracker := &f.Operators.Value[0], &f.Namespaces[0].Trackers.Value[0]
	o.Lease.Value.Namespace, o.Lease.Value.Name = o.Deployment.Namespace, plugin.OperatorName
	prometheus, class, definition := &f.Prometheuses.Value[0], &f.StorageClasses.Value[0], f.Definition.Value
	objects := []client.Object{definition, &o.Deployment, o.Lease.Value, prometheus, class, tracker.Object}
	for i := range tracker.Pods.Value {
		objects = append(objects, &tracker.Pods.Value[i])
	}
	for i := range tracker.Claims.Value {
		tracker.Claims.Value[i].Labels = map[string]string{v1alpha1.LabelTracker: "hiring"}
		objects = append(objects, &tracker.Claims.Value[i])
	}
	for _, m := range tracker.Monitors.Value {
		objects = append(objects, &monitoringv1.ServiceMonitor{
			ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: m.Name, Labels: map[string]string{v1alpha1.LabelTracker: "hiring"}},
			Spec:       monitoringv1.ServiceMonitorSpec{Endpoints: []monitoringv1.Endpoint{{}}},
		})
	}
	objects = append(objects, &monitoringv1.PrometheusRule{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "hiring", Labels: map[string]string{v1alpha1.LabelTracker: "hiring"}},
	})
	for _, name := range []string{"database", "redis"} {
		objects = append(objects, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "hiring-" + name + "-credentials"},
			Data:       map[string][]byte{"url": []byte(canary), "password": []byte(canary)},
		})
	}
	for name := range f.NamespaceLabels {
		objects = append(objects, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: f.NamespaceLabels[name].Value}})
	}
	of := func(o any) string {
		return strings.TrimSuffix(strings.TrimPrefix(reflect.TypeOf(o).String(), "*"), "List")
	}
	forbid := func(o any) error {
		if refused != nil && of(o) == of(refused) {
			return apierrors.NewForbidden(schema.GroupResource{Resource: of(o)}, "", nil)
		}
		return nil
	}
	fakes := fake.NewClientBuilder().WithScheme(plugin.Scheme()).WithObjects(objects...).WithStatusSubresource().
		WithInterceptorFuncs(interceptor.Funcs{
			Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, of ...client.GetOption) error {
				if err := forbid(o); err != nil {
					return err
				}
				return c.Get(ctx, key, o, of...)
			},
			List: func(ctx context.Context, c client.WithWatch, l client.ObjectList, of ...client.ListOption) error {
				if err := forbid(l); err != nil {
					return err
				}
				return c.List(ctx, l, of...)
			},
		}).Build()
	return &plugin.Cluster{Config: server(t), Client: fakes, Namespace: "team"}
}

// TestGatherWithoutEachRight takes away the right to one kind of objects after the other: what needs them is not
// checked, with why, and the rest is.
func TestGatherWithoutEachRight(t *testing.T) {
	all := len(checksOf(t, refusing(t, nil)))
	for _, test := range []struct {
		refused client.ObjectList
		check   string
	}{
		{&apiextensionsv1.CustomResourceDefinitionList{}, "CustomResourceDefinition"},
		{&appsv1.DeploymentList{}, "Operator"},
		{&coordinationv1.LeaseList{}, "Operator"},
		{&storagev1.StorageClassList{}, "Storage"},
		{&corev1.PersistentVolumeClaimList{}, "Storage"},
		{&corev1.PodList{}, "Pods"},
		{&corev1.SecretList{}, "Secrets and ConfigMaps"},
		{&monitoringv1.ServiceMonitorList{}, "Monitoring"},
		{&monitoringv1.PrometheusRuleList{}, "Monitoring"},
		{&monitoringv1.PrometheusList{}, "Scraping"},
		{&networkingv1.IngressList{}, "Certificates"},
		{&networkingv1.NetworkPolicyList{}, "NetworkPolicies"},
		{&unstructured.UnstructuredList{}, "Trackers"},
	} {
		t.Run(fmt.Sprintf("%T", test.refused), func(t *testing.T) {
			checks := checksOf(t, refusing(t, test.refused))
			why := ""
			for _, c := range checks {
				if c.Name == test.check && c.Result == NotChecked {
					why = c.Message
				}
			}
			if !strings.Contains(why, "you may not ") {
				t.Errorf("%s was not said to be unchecked: %+v", test.check, checks)
			}
			if test.check != "Trackers" && len(checks) < all/2 {
				t.Errorf("only %d checks of %d are left", len(checks), all)
			}
		})
	}
}

// checksOf are the checks of a cluster.
func checksOf(t *testing.T, cluster *plugin.Cluster) []Check {
	t.Helper()
	facts, err := Gather(t.Context(), cluster, Options{Namespace: "team", Version: "1.0.0", Now: t0})
	if err != nil {
		t.Fatal(err)
	}
	return Diagnose(facts)
}

func TestGatherHealthy(t *testing.T) {
	for _, c := range checksOf(t, refusing(t, nil)) {
		if c.Result == Fail {
			t.Errorf("%s failed: %s", c.Name, c.Message)
		}
	}
}

func TestGatherUnreachable(t *testing.T) {
	cluster := refusing(t, nil)
	cluster.Config = &rest.Config{Host: "http://127.0.0.1:1"}
	if _, err := Gather(t.Context(), cluster, Options{}); err == nil || !strings.HasPrefix(err.Error(), "reaching the API server http://127.0.0.1:1: ") {
		t.Errorf("got %v", err)
	}
}
