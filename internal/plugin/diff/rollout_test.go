// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

// rolledBack has version 1.1.0 applied and refused, so that the operator runs 1.0.0 again, and returns the file.
func rolledBack(t *testing.T, ns string) string {
	t.Helper()
	first := minimal + "  rollout: {autoRollback: true}\n"
	applyFile(t, ns, first)
	good := &v1alpha1.GoodTemplates{Version: "1.0.0", Digest: "good"}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
		rs := replicaSet(t, ns, "hiring-"+string(c))
		good.ReplicaSets = append(good.ReplicaSets, v1alpha1.ReplicaSetReference{Component: c, Name: rs.Name, UID: rs.UID})
	}
	next := strings.Replace(first, "1.0.0", "1.1.0", 1)
	applyFile(t, ns, next)
	tracker := &v1alpha1.InterviewTracker{}
	must(t, k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "hiring"}, tracker))
	before := tracker.DeepCopy()
	tracker.Status.Rollout = &v1alpha1.RolloutStatus{Good: good, Refused: &v1alpha1.RefusedTemplates{
		Version: "1.1.0", Digest: "refused", Generation: tracker.Generation, Message: "it crashed", Time: metav1.Now(),
	}}
	must(t, k8s.Status().Patch(t.Context(), tracker, client.MergeFrom(before)))
	apiserver.Await(t, "the operator does not go back", func() bool {
		must(t, k8s.Get(t.Context(), client.ObjectKeyFromObject(tracker), tracker))
		stalled := meta.FindStatusCondition(tracker.Status.Conditions, v1alpha1.ConditionStalled)
		return stalled != nil && stalled.Reason == v1alpha1.ReasonRolledBack && image(t, ns) == "interview-tracker-api:1.0.0"
	})
	return next
}

// replicaSet makes the ReplicaSet of a Deployment, as there is no controller that does.
func replicaSet(t *testing.T, ns, name string) *appsv1.ReplicaSet {
	t.Helper()
	d := &appsv1.Deployment{}
	must(t, k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: name}, d))
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: ns, Name: name + "-good", Labels: d.Spec.Template.Labels, Annotations: d.Annotations,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
		},
		Spec: appsv1.ReplicaSetSpec{Replicas: new(int32(0)), Selector: d.Spec.Selector, Template: d.Spec.Template},
	}
	must(t, k8s.Create(t.Context(), rs))
	return rs
}

// image is that of the API's container.
func image(t *testing.T, ns string) string {
	t.Helper()
	d := &appsv1.Deployment{}
	must(t, k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "hiring-api"}, d))
	return d.Spec.Template.Spec.Containers[0].Image
}

// What was refused stays so for the same file and for other replicas, and another version is tried: the API server counts
// the generation also in a dry run.
func TestRolledBackTracker(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	file := rolledBack(t, ns)
	if got := diff(t, cluster, ns, file); got.err != nil || got.different || got.out != "" {
		t.Errorf("what is applied differs: %v\n%s", got.err, got.out)
	}
	got := diff(t, cluster, ns, strings.Replace(file, "replicas: 3", "replicas: 4", 1))
	if got.err != nil || !got.different {
		t.Fatal(got.err)
	}
	shows(t, ns, got.out, "Deployment/hiring-api: 4 instead of 3 pods, none of which would be replaced.\n")
	const replaced = "Deployment/hiring-api: its 3 pods would be replaced, because of spec.containers[api].image (interview-tracker-api:1.0.0 → interview-tracker-api:1.2.0), "
	next := strings.Replace(file, "1.1.0", "1.2.0", 1)
	if got = diff(t, cluster, ns, next); got.err != nil || !got.different {
		t.Fatal(got.err)
	}
	shows(t, ns, got.out, replaced)

	reached, err := plugin.NewCluster(cluster, ns)
	must(t, err)
	streams, in, out, _ := genericiooptions.NewTestIOStreams()
	in.WriteString(next)
	_, err = compare(t.Context(), reached, streams.In, "", streams, options{catalog: catalog.Default(), serverSide: true, forceConflicts: true})
	must(t, err)
	shows(t, ns, out.String(), replaced)

	// The version that runs ends it, and replaces nothing.
	if got = diff(t, cluster, ns, strings.Replace(file, "1.1.0", "1.0.0", 1)); got.err != nil || !got.different {
		t.Fatal(got.err)
	}
	shows(t, ns, got.out, "No pod would be replaced.\n")
}
