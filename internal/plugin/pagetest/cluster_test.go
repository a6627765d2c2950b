// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

var everything = &metav1.LabelSelector{}

func label(key, value string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
}

// reached is a cluster that has objects.
func reached(all ...client.Object) *plugin.Cluster {
	return &plugin.Cluster{Client: objects(all...), Namespace: hiring.Namespace}
}

func objects(all ...client.Object) client.WithWatch {
	return fake.NewClientBuilder().WithScheme(plugin.Scheme()).WithObjects(all...).Build()
}

func alertmanagerConfig(labels map[string]string) *monitoringv1alpha1.AlertmanagerConfig {
	return &monitoringv1alpha1.AlertmanagerConfig{ObjectMeta: metav1.ObjectMeta{Namespace: hiring.Namespace, Name: hiring.Name, Labels: labels}}
}

func namespace(labels map[string]string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: hiring.Namespace, Labels: labels}}
}

// selecting is an Alertmanager with selectors of AlertmanagerConfigs.
func selecting(namespace, name string, byLabels, byNamespace *metav1.LabelSelector) *monitoringv1.Alertmanager {
	return &monitoringv1.Alertmanager{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: monitoringv1.AlertmanagerSpec{
			AlertmanagerConfigSelector: byLabels, AlertmanagerConfigNamespaceSelector: byNamespace, RoutePrefix: "/routed",
		},
	}
}

// pod is one of Alertmanager monitoring/main.
func pod(name string, ready bool) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "monitoring", Name: name, Labels: map[string]string{"app.kubernetes.io/name": "alertmanager", "alertmanager": "main"},
	}}
	p.Spec.Containers = []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "web", ContainerPort: 19093}}}}
	status := corev1.ConditionFalse
	if ready {
		status = corev1.ConditionTrue
	}
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status}}
	return p
}

func TestFindAlertmanager(t *testing.T) {
	main := selecting("monitoring", "main", label("release", "a"), label("team", "people"))
	other := selecting("elsewhere", "other", everything, everything)
	labelled, people := alertmanagerConfig(map[string]string{"release": "a"}), namespace(map[string]string{"team": "people"})
	const is = " (there are: %s): set spec.monitoring.notifications.labels to what it selects"
	const notSelected = "no Alertmanager selects AlertmanagerConfig people/hiring, by its alertmanagerConfigSelector and alertmanagerConfigNamespaceSelector" + is
	for name, test := range map[string]struct {
		tracker *v1alpha1.InterviewTracker
		objects []client.Object
		named   types.NamespacedName
		want    string
		err     string
	}{
		"selected":              {objects: []client.Object{main, labelled, people}, want: "monitoring/main"},
		"labels not selected":   {objects: []client.Object{main, alertmanagerConfig(nil), people}, err: fmt.Sprintf(notSelected, "monitoring/main")},
		"namespace not":         {objects: []client.Object{main, labelled, namespace(nil)}, err: fmt.Sprintf(notSelected, "monitoring/main")},
		"no selector":           {objects: []client.Object{selecting("a", "b", nil, everything), labelled, people}, err: fmt.Sprintf(notSelected, "a/b")},
		"another's namespace":   {objects: []client.Object{selecting("a", "b", everything, nil), labelled, people}, err: fmt.Sprintf(notSelected, "a/b")},
		"its own namespace":     {objects: []client.Object{selecting("people", "b", everything, nil), labelled, people}, want: "people/b"},
		"one of two":            {objects: []client.Object{main, other, alertmanagerConfig(nil), people}, want: "elsewhere/other"},
		"two":                   {objects: []client.Object{main, other, labelled, people}, err: "several Alertmanagers select AlertmanagerConfig people/hiring (elsewhere/other, monitoring/main): name one with --alertmanager NAMESPACE/NAME"},
		"one of two by name":    {objects: []client.Object{main, other, labelled, people}, named: types.NamespacedName{Namespace: "monitoring", Name: "main"}, want: "monitoring/main"},
		"not selected, by name": {objects: []client.Object{main}, named: types.NamespacedName{Namespace: "monitoring", Name: "main"}, want: "monitoring/main"},
		"an unknown name": {
			objects: []client.Object{main}, named: types.NamespacedName{Namespace: "monitoring", Name: "x"},
			err: `reading Alertmanager monitoring/x: alertmanagers.monitoring.coreos.com "x" not found`,
		},
		"none": {objects: []client.Object{labelled, people}, err: "the cluster has no Alertmanager object"},
		"no AlertmanagerConfig": {objects: []client.Object{main, people}, err: "AlertmanagerConfig people/hiring does not exist, so that the tracker's " +
			"receivers get no alert: the condition NotificationsReady says why (kubectl describe interviewtracker -n people hiring)"},
		"without notifications":            {tracker: notified(), objects: []client.Object{main}, want: "monitoring/main"},
		"without notifications, and none":  {tracker: notified(), err: "the cluster has no Alertmanager object"},
		"without notifications, and twice": {tracker: notified(), objects: []client.Object{main, other}, err: "the cluster has several Alertmanagers (elsewhere/other, monitoring/main): name one with --alertmanager NAMESPACE/NAME"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.tracker == nil {
				test.tracker = notified("chat")
			}
			found, err := findAlertmanager(t.Context(), objects(test.objects...), test.tracker, test.named)
			if message(err) != test.err {
				t.Fatalf("got %q, want %q", message(err), test.err)
			}
			if err == nil && found.Namespace+"/"+found.Name != test.want {
				t.Errorf("got %s/%s, want %s", found.Namespace, found.Name, test.want)
			}
		})
	}
}

// What a user may not read, or a cluster does not have.
func TestFindAlertmanagerWithoutPermissions(t *testing.T) {
	forbidden := func(resource string) error {
		return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", errors.New("ask somebody"))
	}
	for name, test := range map[string]struct {
		list error // of Alertmanagers
		get  map[string]error
		want string
		err  []string
	}{
		"alertmanagers": {list: forbidden("alertmanagers"), err: []string{"listing the Alertmanagers: ", "ask somebody", nameOne}},
		"no kind": {
			list: fmt.Errorf("the kind: %w", &meta.NoKindMatchError{GroupKind: schema.GroupKind{Kind: "Alertmanager"}}),
			err:  []string{"listing the Alertmanagers: ", "prometheus-operator is not installed"},
		},
		"configuration": {get: map[string]error{"hiring": forbidden("alertmanagerconfigs")}, err: []string{"reading AlertmanagerConfig people/hiring: ", "ask somebody"}},
		"namespace":     {get: map[string]error{"people": forbidden("namespaces")}, want: "main"},
		"no namespace":  {get: map[string]error{"people": errors.New("no connection")}, err: []string{"reading Namespace people: no connection"}},
	} {
		t.Run(name, func(t *testing.T) {
			main := selecting("monitoring", "main", everything, label("team", "people"))
			cluster := interceptor.NewClient(objects(main, alertmanagerConfig(nil), namespace(nil)), interceptor.Funcs{
				List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
					if test.list != nil {
						return test.list
					}
					return c.List(ctx, list, options...)
				},
				Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
					if err := test.get[key.Name]; err != nil {
						return err
					}
					return c.Get(ctx, key, object, options...)
				},
			})
			found, err := findAlertmanager(t.Context(), cluster, notified("chat"), types.NamespacedName{})
			if (err == nil) != (test.err == nil) || slices.ContainsFunc(test.err, func(part string) bool { return !strings.Contains(err.Error(), part) }) {
				t.Fatalf("got %v, want %q", err, test.err)
			}
			if err == nil && found.Name != test.want {
				t.Errorf("got %s", found.Name)
			}
		})
	}
}

func TestReadyPod(t *testing.T) {
	deleted := pod("alertmanager-main-0", true)
	deleted.DeletionTimestamp, deleted.Finalizers = new(metav1.Now()), []string{"example.com/kept"}
	stranger := pod("alertmanager-stranger-0", true)
	stranger.Labels["alertmanager"] = "stranger"
	for name, test := range map[string]struct {
		pods []client.Object
		want string
		err  string
	}{
		"the first":  {pods: []client.Object{stranger, pod("alertmanager-main-1", true), pod("alertmanager-main-2", true)}, want: "alertmanager-main-1"},
		"the second": {pods: []client.Object{deleted, pod("alertmanager-main-1", false), pod("alertmanager-main-2", true)}, want: "alertmanager-main-2"},
		"none": {
			pods: []client.Object{deleted, pod("alertmanager-main-1", false), stranger},
			err:  "none of the 2 Pods of Alertmanager monitoring/main is ready: see kubectl get pods -n monitoring -l alertmanager=main",
		},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := readyPod(t.Context(), objects(test.pods...), selecting("monitoring", "main", nil, nil))
			if message(err) != test.err {
				t.Fatalf("got %q, want %q", message(err), test.err)
			}
			if err == nil && found.Name != test.want {
				t.Errorf("got %s, want %s", found.Name, test.want)
			}
		})
	}
}

func TestPageTestWithoutTracker(t *testing.T) {
	err := pageTest{cluster: reached()}.run(t.Context(), hiring.Name, types.NamespacedName{}, 1)
	if want := `reading InterviewTracker people/hiring: interviewtrackers.apps.interviewtracker.dev "hiring" not found: ` +
		"see kubectl tracker status -A for those that there are"; message(err) != want {
		t.Errorf("got %q, want %q", message(err), want)
	}
}
