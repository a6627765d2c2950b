// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package optionalkinds

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

// optional are the names of the optional kinds.
func optional() []string {
	var names []string
	for _, k := range kinds.Optional() {
		names = append(names, k.Kind)
	}
	return names
}

// A Watcher that runs takes up the kinds when they are installed, and gives them up when
// they are removed, again and again. It requests nothing of a kind that does not exist:
// not before it was ever installed, and not afterwards, as its watch has ended.
func TestKindsComeAndGo(t *testing.T) {
	w := watch(t, cluster, nil)
	w.serves(t)
	if got := w.requested("monitoring.coreos.com/", "grafana.integreatly.org/", "gateway.networking.k8s.io/"); len(got) > 0 {
		t.Errorf("it requested %v", got)
	}
	all := kinds.Optional()
	namespaces, _ := kinds.Of(kinds.Namespace.GroupKind())
	for range 2 {
		install(t, nil)
		w.serves(t, append(optional(), "Namespace")...)
		w.mu.Lock()
		for _, k := range all {
			if given, ok := w.schemas[k.Kind]; ok != (k.Phase != "") || ok && !given {
				t.Errorf("%s: the schema was set: %t, and given: %t", k.Kind, ok, given)
			}
		}
		before := w.changed
		w.objects = nil
		w.mu.Unlock()
		ns := namespace(t)
		monitor := &monitoringv1.ServiceMonitor{ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "hiring-api"}}
		must(t, k8s.Create(t.Context(), monitor))
		apiserver.Await(t, "the changes of objects are not reported", func() bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return slices.Contains(w.objects, "ServiceMonitor hiring-api") && slices.Contains(w.objects, "Namespace "+ns.Name)
		})
		must(t, w.client.Get(t.Context(), client.ObjectKeyFromObject(monitor), monitor.DeepCopy()))

		informers := w.informersOf(t, append(all, namespaces))
		remove(t)
		w.serves(t)
		apiserver.Await(t, "not all watches have ended", func() bool {
			return !slices.ContainsFunc(append(all, namespaces), func(k kinds.Kind) bool { return !informers[k.Kind].IsStopped() })
		})
		if err := w.client.Get(t.Context(), client.ObjectKeyFromObject(monitor), monitor); err == nil {
			t.Error("a kind that was removed can still be read")
		}
		w.mu.Lock()
		if w.changed < before+len(all) {
			t.Errorf("%d kinds were removed, and reported %d times", len(all), w.changed-before)
		}
		w.mu.Unlock()
	}
}

// What is watched with several kinds is watched while the cluster has any of them, and its
// watch goes on when one of them goes.
func TestAKindThatIsWatchedWithSeveral(t *testing.T) {
	install(t, nil)
	w := watch(t, cluster, nil)
	w.serves(t, append(optional(), "Namespace")...)
	namespaces, _ := kinds.Of(kinds.Namespace.GroupKind())
	informer := w.informersOf(t, []kinds.Kind{namespaces})["Namespace"]
	left := append(optional(), "Namespace")
	for i, gvk := range namespaces.WatchedWith {
		k, _ := kinds.Of(gvk.GroupKind())
		must(t, k8s.Delete(t.Context(), definition(k)))
		last := i == len(namespaces.WatchedWith)-1
		left = slices.DeleteFunc(left, func(kind string) bool { return kind == k.Kind || last && kind == "Namespace" })
		w.serves(t, left...)
		if last {
			apiserver.Await(t, "its watch has not ended", informer.IsStopped)
		} else if informer.IsStopped() {
			t.Errorf("its watch ended with %s", k.Kind)
		}
	}
	if len(namespaces.WatchedWith) < 2 {
		t.Errorf("Namespace is watched with %v alone", namespaces.WatchedWith)
	}
}

// The version that the operator works with may be any of several, and may be withdrawn.
func TestOnlyAServedVersionCounts(t *testing.T) {
	// Another version is the one that is stored.
	install(t, func(d *apiextensionsv1.CustomResourceDefinition) {
		later := d.Spec.Versions[0].DeepCopy()
		later.Name = "v2"
		d.Spec.Versions[0].Storage = false
		d.Spec.Versions = append(d.Spec.Versions, *later)
	})
	w := watch(t, cluster, nil)
	w.serves(t, append(optional(), "Namespace")...)
	serve := func(served bool) {
		t.Helper()
		d := &apiextensionsv1.CustomResourceDefinition{}
		must(t, k8s.Get(t.Context(), client.ObjectKey{Name: "servicemonitors.monitoring.coreos.com"}, d))
		d.Spec.Versions[0].Served = served
		must(t, k8s.Update(t.Context(), d))
	}
	informer := w.informersOf(t, kinds.Optional())["ServiceMonitor"]
	serve(false)
	w.serves(t, append(slices.DeleteFunc(optional(), func(k string) bool { return k == "ServiceMonitor" }), "Namespace")...)
	apiserver.Await(t, "the watch has not ended", informer.IsStopped)
	serve(true)
	w.serves(t, append(optional(), "Namespace")...)
}

// A kind has the fields of the definition that is installed now.
func TestDeclares(t *testing.T) {
	install(t, nil)
	w := watch(t, cluster, nil)
	w.serves(t, append(optional(), "Namespace")...)
	if w.Declares(kinds.Probe, "later") {
		t.Error("a field that no definition has")
	}
	before := w.Revision()
	d := &apiextensionsv1.CustomResourceDefinition{}
	must(t, k8s.Get(t.Context(), client.ObjectKey{Name: "probes.monitoring.coreos.com"}, d))
	d.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties = map[string]apiextensionsv1.JSONSchemaProps{
		"spec": {Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"later": {Type: "boolean"}}},
	}
	must(t, k8s.Update(t.Context(), d))
	apiserver.Await(t, "the new field is not known", func() bool { return w.Declares(kinds.Probe, "later") && w.Revision() > before })
	if w.Declares(kinds.ServiceMonitor, "later") {
		t.Error("another kind has the field as well")
	}
}

// With rights in one namespace alone, the kinds are those of the start, and those that are
// removed are given up, as their watches fail.
func TestWithoutTheRightToWatchCRDs(t *testing.T) {
	install(t, nil)
	ns := namespace(t).Name
	user := rbacv1.Subject{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: "operator-of-" + ns}
	must(t, k8s.Create(t.Context(), &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "operator"},
		Rules: []rbacv1.PolicyRule{{
			APIGroups: []string{"monitoring.coreos.com", "grafana.integreatly.org", "gateway.networking.k8s.io"},
			Resources: []string{"*"}, Verbs: []string{"list", "watch"},
		}},
	}))
	must(t, k8s.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "operator"},
		Subjects:   []rbacv1.Subject{user},
		RoleRef:    rbacv1.RoleRef{Kind: "Role", APIGroup: rbacv1.GroupName, Name: "operator"},
	}))
	config := rest.CopyConfig(cluster)
	config.Impersonate = rest.ImpersonationConfig{UserName: user.Name}
	w := watch(t, config, nil, ns)
	w.serves(t, optional()...)
	if _, _, fixed := w.Kinds(); !fixed {
		t.Error("it does not report that kinds go unnoticed that are installed later")
	}
	if got := w.requested("customresourcedefinitions"); len(got) > 0 || slices.Contains(w.requested("namespaces"), "/api/v1/namespaces") {
		t.Errorf("it requested %v", w.requested("customresourcedefinitions", "namespaces"))
	}
	informers := w.informersOf(t, kinds.Optional())
	remove(t)
	w.serves(t)
	for name, informer := range informers {
		apiserver.Await(t, "the watch of "+name+" has not ended", informer.IsStopped)
	}
}

// A kind that can't be watched keeps no other from being served, is not reported as
// absent, and is tried again.
func TestAKindThatCannotBeWatched(t *testing.T) {
	install(t, nil)
	var refused atomic.Bool
	refused.Store(true)
	refuse := func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(q *http.Request) (*http.Response, error) {
			if !refused.Load() || !strings.HasSuffix(q.URL.Path, "/servicemonitors") {
				return next.RoundTrip(q)
			}
			status := fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":%d,"message":"out of order"}`, http.StatusForbidden)
			return &http.Response{
				StatusCode: http.StatusForbidden, Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(strings.NewReader(status)), Request: q,
			}, nil
		})
	}
	w := watch(t, cluster, refuse)
	if why := w.servesAllBut(t, "ServiceMonitor"); !strings.Contains(why, "out of order") {
		t.Errorf("ServiceMonitors are not served: %s", why)
	}
	refused.Store(false)
	w.serves(t, append(optional(), "Namespace")...)
}

// A kind of which there is so much that the list takes long keeps no other from being served,
// is reported until then, and is not listed from the beginning again.
func TestASlowKind(t *testing.T) {
	install(t, nil)
	var givenUp atomic.Bool
	released := make(chan struct{})
	hold := func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(q *http.Request) (*http.Response, error) {
			if strings.HasSuffix(q.URL.Path, "/servicemonitors") {
				select {
				case <-released:
				case <-q.Context().Done():
					givenUp.Store(true)
				}
			}
			return next.RoundTrip(q)
		})
	}
	w := watch(t, cluster, hold)
	if why := w.servesAllBut(t, "ServiceMonitor"); !strings.Contains(why, "not listed after 10s") {
		t.Errorf("ServiceMonitors are not served: %s", why)
	}
	if givenUp.Load() {
		t.Error("the list was given up")
	}
	close(released)
	w.serves(t, append(optional(), "Namespace")...)
}

// The mapper has the optional kinds without a request, and looks up the others.
func TestMapperRequestsNothingOptional(t *testing.T) {
	seen := &watching{}
	config := rest.CopyConfig(cluster)
	config.Wrap(seen.record)
	c, err := rest.HTTPClientFor(config)
	must(t, err)
	mapper, err := Mapper(config, c)
	must(t, err)
	for _, k := range kinds.Optional() {
		mapping, err := mapper.RESTMapping(k.GroupKind(), k.Version)
		must(t, err)
		if mapping.Resource.Resource != k.Plural || mapping.Scope.Name() != "namespace" {
			t.Errorf("%s is mapped to %v", k.Kind, mapping)
		}
	}
	if got := seen.requested(""); len(got) > 0 {
		t.Errorf("it requested %v", got)
	}
	secrets, err := mapper.RESTMapping(kinds.Secret.GroupKind(), kinds.Secret.Version)
	if err != nil || secrets.Resource.Resource != "secrets" {
		t.Error(secrets, err)
	}
	if len(seen.requested("")) == 0 {
		t.Error("it did not look up Secrets")
	}
}

// A CRD that reports that it is established, but is being deleted, serves nothing.
func TestServed(t *testing.T) {
	k := kinds.Optional()[0]
	for name, c := range map[string]struct {
		change func(*apiextensionsv1.CustomResourceDefinition)
		want   bool
	}{
		"served":          {func(*apiextensionsv1.CustomResourceDefinition) {}, true},
		"another version": {func(d *apiextensionsv1.CustomResourceDefinition) { d.Spec.Versions[0].Name = "v0" }, false},
		"not served":      {func(d *apiextensionsv1.CustomResourceDefinition) { d.Spec.Versions[0].Served = false }, false},
		"not established": {func(d *apiextensionsv1.CustomResourceDefinition) {
			d.Status.Conditions[0].Status = apiextensionsv1.ConditionFalse
		}, false},
		"new":     {func(d *apiextensionsv1.CustomResourceDefinition) { d.Status.Conditions = nil }, false},
		"deleted": {func(d *apiextensionsv1.CustomResourceDefinition) { d.DeletionTimestamp = &metav1.Time{} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := definition(k)
			d.Status.Conditions = []apiextensionsv1.CustomResourceDefinitionCondition{{Type: apiextensionsv1.Established, Status: apiextensionsv1.ConditionTrue}}
			c.change(d)
			if _, got := servedBy(d, k); got != c.want {
				t.Errorf("served: %t", got)
			}
		})
	}
}
