// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Of a ServiceMonitor that is no tracker's, the caches keep which one it is, and which of the
// targets it scrapes that the alerts need.
func TestKeptServiceMonitors(t *testing.T) {
	k, _ := kinds.Of(kinds.ServiceMonitor.GroupKind())
	own, err := os.ReadFile("../../config/prometheus/servicemonitor.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const kubelet, operator = kinds.TargetKubelet, kinds.TargetOperator
	for name, test := range map[string]struct {
		text    string
		keeps   *metav1.LabelSelector
		scrapes []string
	}{
		"the operator's own": {text: string(own), keeps: &metav1.LabelSelector{MatchLabels: map[string]string{operator: operator}}, scrapes: []string{operator}},
		"of kube-prometheus-stack": {
			text:    "metadata: {namespace: a, name: stack-kubelet}\nspec: {selector: {matchLabels: {k8s-app: kubelet, app.kubernetes.io/name: kubelet}}}",
			keeps:   &metav1.LabelSelector{MatchLabels: map[string]string{kubelet: kubelet}},
			scrapes: []string{kubelet},
		},
		"by an expression": {
			text:    "metadata: {namespace: a, name: nodes}\nspec: {selector: {matchExpressions: [{key: k8s-app, operator: In, values: [x, kubelet]}]}}",
			keeps:   &metav1.LabelSelector{MatchLabels: map[string]string{kubelet: kubelet}},
			scrapes: []string{kubelet},
		},
		"of all others": {
			text:  "metadata: {namespace: a, name: nodes}\nspec: {selector: {matchExpressions: [{key: k8s-app, operator: NotIn, values: [kubelet]}]}}",
			keeps: &metav1.LabelSelector{},
		},
		"by its name": {
			text:    "metadata: {namespace: a, name: kubelet}\nspec: {selector: {}}",
			keeps:   &metav1.LabelSelector{MatchLabels: map[string]string{kubelet: kubelet}},
			scrapes: []string{kubelet},
		},
		"of an application": {
			text:  "metadata: {namespace: a, name: app}\nspec: {selector: {matchLabels: {app: app}}, endpoints: [{port: http}]}",
			keeps: &metav1.LabelSelector{},
		},
	} {
		m := &monitoringv1.ServiceMonitor{}
		if err := yaml.UnmarshalStrict([]byte(test.text), m); err != nil {
			t.Fatal(err)
		}
		want := &monitoringv1.ServiceMonitor{ObjectMeta: metav1.ObjectMeta{Namespace: m.Namespace, Name: m.Name}}
		want.Spec.Selector = *test.keeps
		kept := any(m)
		for range 2 { // A list that comes as a stream is transformed twice.
			if kept, err = k.Transform(kept); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(any(want), kept, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			var scrapes []string
			for _, target := range []string{kubelet, operator} {
				if object, ok := kept.(*monitoringv1.ServiceMonitor); ok && kinds.Scrapes(object, target) {
					scrapes = append(scrapes, target)
				}
			}
			if diff := cmp.Diff(test.scrapes, scrapes); diff != "" {
				t.Errorf("%s scrapes (-want +got):\n%s", name, diff)
			}
		}
	}
}
