// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

func answers(pods ...snapshot.PodAnswer) func(*Input) {
	return func(p *Input) { p.Snapshot.Application.Pods = pods }
}

func databasePod(in func(*corev1.Pod)) func(*Input) {
	return func(p *Input) {
		p.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", in)}
	}
}

func unsettled(p *Input) { p.Snapshot.Application.Settled = false }

func failing(p *Input) { p.Snapshot.Application.Failing = []string{"database"} }

func externalDatabase(p *Input) {
	p.Tracker.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
}

// Migrations that fail because of the URL are a symptom: Ready names the URL.
func TestInvalidURLComesBeforeMigrations(t *testing.T) {
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t1}
	externalDatabase(&in)
	flawed(&in)
	in.Tracker.Spec.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"migrate"}}
	in.Snapshot.MigrationJob = &batchv1.Job{Status: batchv1.JobStatus{Conditions: []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded"}}}}
	in.Snapshot.Application.Pods = nil
	if got := Compute(in).Conditions[0]; got.Reason != v1alpha1.ReasonInvalidURL {
		t.Errorf("Ready is %s %s: %s", got.Status, got.Reason, got.Message)
	}
}

// flawed gives the Secret of the external database a URL that ends with a line break.
func flawed(p *Input) {
	p.Snapshot.External = map[v1alpha1.Component]snapshot.ExternalSecret{
		v1alpha1.ComponentDatabase: {Revision: "1", Flaw: `Secret "db", key "url": the URL ends with a line break`},
	}
}

// stored gives the tracker a stored condition of its database.
func stored(status metav1.ConditionStatus, reason string) func(*Input) {
	return func(p *Input) {
		p.Tracker.Status.Conditions = []metav1.Condition{{
			Type: v1alpha1.ConditionDatabaseHealthy, Status: status, Reason: reason, Message: "as stored", LastTransitionTime: t0,
		}}
	}
}

// Two views make a condition.
func TestDatabaseHealthy(t *testing.T) {
	down := func(p *corev1.Pod) {}
	tests := []struct {
		name    string
		given   []func(*Input)
		want    string
		message string
	}{
		{"both views are good", nil, "True Healthy", "the API's pods can use it"},
		{
			"both are bad",
			[]func(*Input){stored("True", "Healthy"), databasePod(down), answers(says("a", unhealthy, healthy)), failing},
			"False DependencyDown", "pod hiring-database-0 is not ready",
		},
		{
			"both are bad, and no threshold has confirmed it",
			[]func(*Input){stored("True", "Healthy"), databasePod(down), failing},
			"False DependencyDown", "pod hiring-database-0 is not ready",
		},
		{
			"the kubelet's has just become bad, and no pod responds promptly",
			[]func(*Input){stored("True", "Healthy"), databasePod(down), unsettled, func(p *Input) { p.Snapshot.Application.Hanging = true }},
			"False DependencyDown", "pod hiring-database-0 is not ready",
		},
		{
			"both are bad in the first moment after a restart",
			[]func(*Input){stored("True", "Healthy"), databasePod(down), answers(says("a", undecided, undecided)), unsettled, failing},
			"False DependencyDown", "pod hiring-database-0 is not ready",
		},
		{
			"the kubelet's is bad and no pod responds",
			[]func(*Input){stored("True", "Healthy"), databasePod(down), answers(silent("a", "x"))},
			"False DependencyDown", "pod hiring-database-0 is not ready",
		},
		{
			"the kubelet's is bad, and the application still uses it",
			[]func(*Input){stored("True", "Healthy"), databasePod(down)},
			"True Healthy", "the API's pods can use it",
		},
		{
			"the kubelet's is bad, and the pods are being polled again",
			[]func(*Input){stored("True", "Healthy"), databasePod(down), unsettled},
			"True Healthy", "as stored",
		},
		{
			"the kubelet's is good again, and the pods are being polled again",
			[]func(*Input){stored("False", "DependencyDown"), answers(says("a", unhealthy, healthy)), unsettled},
			"False DependencyDown", "as stored",
		},
		{
			"the application's is bad",
			[]func(*Input){answers(says("a", unhealthy, healthy), says("b", unhealthy, healthy))},
			"False ConnectionFailed", "pod hiring-database-0 is ready, and no API pod can use it",
		},
		{
			"some pods can't use it",
			[]func(*Input){answers(says("a", healthy, healthy), says("b", unhealthy, healthy), says("c", healthy, healthy), silent("d", "x"))},
			"False PartiallyReachable", "pod hiring-database-0 is ready, and 1 of 3 API pods can't use it: b",
		},
		{
			"many pods can't use it",
			[]func(*Input){answers(
				says("a", unhealthy, healthy), says("b", unhealthy, healthy), says("c", unhealthy, healthy),
				says("d", unhealthy, healthy), says("e", healthy, healthy))},
			"False PartiallyReachable", "4 of 5 API pods can't use it: a, b, c and 1 more; compare their nodes and networks with those of the other pods",
		},
		{
			"one of two pods is undecided yet",
			[]func(*Input){answers(says("a", healthy, healthy), says("b", undecided, undecided))},
			"True Healthy", "",
		},
		{
			"no pod answers",
			[]func(*Input){stored("True", "Healthy"), answers(silent("a", "connection refused"))},
			"Unknown Unknown", "no API pod responds to the operator: pod a: connection refused",
		},
		{"no pod runs", []func(*Input){stored("True", "Healthy"), answers()}, "Unknown Unknown", "no running API pod to query"},
		{
			"the API is stopped",
			[]func(*Input){stored("True", "Healthy"), answers(), func(p *Input) {
				p.Snapshot.Deployments[v1alpha1.ComponentAPI].Spec.Replicas = new(int32(0))
			}},
			"True Healthy", "pod hiring-database-0 is ready",
		},
		{"the pods don't name it", []func(*Input){answers(snapshot.PodAnswer{
			Pod: "a", Answered: true, Dependencies: []snapshot.DependencyAnswer{{Name: "search", Health: healthy}},
		})}, "True Healthy", "pod hiring-database-0 is ready"},
		{"ready, and not used yet", []func(*Input){answers(), unsettled}, "Unknown Starting", "no API pod has used it yet"},
		{
			"a new template that has not been seen",
			[]func(*Input){stored("True", "Healthy"), func(p *Input) {
				p.Snapshot.StatefulSets[v1alpha1.ComponentDatabase].Generation = 2
			}},
			"False Progressing", "its pod does not run its new template yet",
		},
		{
			"a pod of the old template, which a person has to delete",
			[]func(*Input){stored("True", "Healthy"), func(p *Input) {
				set := p.Snapshot.StatefulSets[v1alpha1.ComponentDatabase]
				set.Status.UpdateRevision, set.Spec.UpdateStrategy.Type = "new", appsv1.OnDeleteStatefulSetStrategyType
			}},
			"False Paused", "delete the pod when it may restart",
		},
		{
			"a quota forbids the pod",
			[]func(*Input){func(p *Input) {
				p.Snapshot.Pods[v1alpha1.ComponentDatabase] = nil
				p.Snapshot.CreateFailures = map[v1alpha1.Component]string{
					v1alpha1.ComponentDatabase: `create Pod hiring-database-0 failed error: pods "hiring-database-0" is forbidden: exceeded quota: small`,
				}
			}, answers()},
			"False QuotaExceeded", "StatefulSet hiring-database can't create a pod: exceeded quota: small",
		},
		{
			"a volume that has been waited for",
			[]func(*Input){volumePending(time.Minute), answers()},
			"False VolumePending", "PersistentVolumeClaim data-hiring-database-0 is not bound",
		},
		{
			"a volume of a StorageClass that can't provision it",
			[]func(*Input){volumePending(time.Minute), answers(), func(p *Input) {
				p.Snapshot.Claims[v1alpha1.ComponentDatabase].Spec.StorageClassName = new("fast")
			}},
			"False VolumePending", `is not bound: see that its StorageClass "fast" exists and can provision a volume (kubectl describe pvc`,
		},
		{
			"a claim that waits for a pod that no node takes",
			[]func(*Input){volumePending(time.Minute), answers(), databasePod(unschedulable("1 Insufficient cpu"))},
			"False DependencyDown", "pod hiring-database-0 can't be scheduled: 1 Insufficient cpu",
		},
		{"a volume that is being made", []func(*Input){volumePending(time.Second), answers()}, "False Starting", "waits for its volume"},
		{
			"a claim that the scheduler has yet to see",
			[]func(*Input){volumePending(time.Second), answers(), func(p *Input) { delete(p.Snapshot.Claims, v1alpha1.ComponentDatabase) }},
			"False Starting", "waits for its volume",
		},
		{
			"a claim that was made and is gone",
			[]func(*Input){volumePending(time.Minute), answers(), func(p *Input) { delete(p.Snapshot.Claims, v1alpha1.ComponentDatabase) }},
			"False DependencyDown", "pod hiring-database-0 can't be scheduled: no volume",
		},
		{
			"the claim of data that nothing can open is being deleted",
			[]func(*Input){func(p *Input) {
				delete(p.Snapshot.Credentials, v1alpha1.ComponentDatabase)
				p.Snapshot.Claims[v1alpha1.ComponentDatabase].DeletionTimestamp = &t0
			}},
			"False CredentialsLost", "both are created again after that",
		},

		{"external, and all can use it", []func(*Input){externalDatabase}, "True Healthy", "the API's pods can use it"},
		{"external, and none can", []func(*Input){externalDatabase, answers(says("a", unhealthy, healthy))}, "False ConnectionFailed", "external database: no API pod can use it"},
		{
			"external, and the Secret is missing",
			[]func(*Input){externalDatabase, func(p *Input) {
				p.Snapshot.External = map[v1alpha1.Component]snapshot.ExternalSecret{v1alpha1.ComponentDatabase: {Problem: "no such Secret"}}
			}},
			"False SecretNotFound", "no such Secret",
		},
		{"external, with a flaw in the URL that the API tolerates", []func(*Input){externalDatabase, flawed}, "True Healthy", "the API's pods can use it"},
		{
			"external, with a flaw in the URL, and pods of the former template have another one",
			[]func(*Input){externalDatabase, flawed, answers(says("hiring-api-old-a", healthy, healthy))},
			"False InvalidURL", "ends with a line break",
		},
		{
			"external, with a flaw in the URL, and none can use it",
			[]func(*Input){externalDatabase, flawed, answers(says("a", unhealthy, healthy))},
			"False InvalidURL", `Secret "db", key "url": the URL ends with a line break`,
		},
		{
			"external, with a flaw in the URL, and no pod responds",
			[]func(*Input){externalDatabase, flawed, answers(silent("a", "connection refused"))},
			"False InvalidURL", "ends with a line break",
		},
		{
			"external, and the URL has just been corrected",
			[]func(*Input){externalDatabase, stored("False", "InvalidURL"), answers(), unsettled},
			"Unknown Progressing", "no running API pod to query",
		},
		{
			"external, after a restart",
			[]func(*Input){externalDatabase, stored("False", "ConnectionFailed"), answers(), unsettled},
			"False ConnectionFailed", "as stored",
		},
		{
			"external, and the Secret has just appeared",
			[]func(*Input){externalDatabase, stored("False", "SecretNotFound"), answers(), unsettled},
			"Unknown Progressing", "no running API pod to query",
		},
		{
			"external, and no pod responds any more",
			[]func(*Input){externalDatabase, stored("True", "Healthy"), answers(silent("a", "no answer within 3s"))},
			"Unknown Unknown", "pod a: no answer within 3s",
		},
		{"external, and no pod has responded yet", []func(*Input){externalDatabase, answers(silent("a", "connection refused"))}, "Unknown Starting", "pod a: connection refused"},
		{
			"the middle of an outage",
			[]func(*Input){externalDatabase, stored("True", "Healthy"), failing, answers(says("a", unhealthy, healthy), says("b", healthy, healthy))},
			"True Healthy", "as stored",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t1}
			for _, change := range tt.given {
				change(&p)
			}
			got := Compute(p)
			c := meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionDatabaseHealthy)
			if s := string(c.Status) + " " + c.Reason; s != tt.want || !strings.Contains(c.Message, tt.message) {
				t.Errorf("DatabaseHealthy is %q (%s), want %q (%s)", s, c.Message, tt.want, tt.message)
			}
			if slices.ContainsFunc(got.Dependencies, func(d v1alpha1.DependencyStatus) bool { return d.Name == "database" }) {
				t.Errorf("status.dependencies repeats the condition: %+v", got.Dependencies)
			}
			if health := Health(p.Catalog, &p.Tracker.Spec, got)["database"]; health != healthOf[c.Status] {
				t.Errorf("its health is %s", health)
			}
		})
	}
}

func volumePending(age time.Duration) func(*Input) {
	return func(p *Input) {
		p.Snapshot.Claims[v1alpha1.ComponentDatabase].Status.Phase = corev1.ClaimPending
		databasePod(func(pod *corev1.Pod) {
			unschedulable("no volume")(pod)
			pod.CreationTimestamp = metav1.NewTime(p.Now.Add(-age))
		})(p)
	}
}

// Whatever the application names is carried, and stands while no pod responds.
func TestOtherDependencies(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	answer := says("hiring-api-new-a", healthy, healthy)
	answer.Dependencies = append(answer.Dependencies, snapshot.DependencyAnswer{Name: "search", Health: unhealthy})
	answers(answer)(&p)
	p.Tracker.Status = Compute(p)
	want := v1alpha1.DependencyStatus{
		Name: "search", Health: unhealthy, Reason: "ConnectionFailed", LastTransitionTime: t0,
		Message: "search: no API pod can use it: check its address, its credentials and the network; the API's log has the error",
	}
	if diff := cmp.Diff(want, p.Tracker.Status.Dependencies[0]); diff != "" {
		t.Error(diff)
	}
	all := map[string]v1alpha1.DependencyHealth{"database": healthy, "redis": healthy, "search": unhealthy}
	if diff := cmp.Diff(all, Health(p.Catalog, &p.Tracker.Spec, p.Tracker.Status)); diff != "" {
		t.Error(diff)
	}
	if c := p.Tracker.Status.Conditions[0]; c.Status != metav1.ConditionTrue {
		t.Errorf("it gates Ready: %s", c.Message)
	}

	p.Now = t1
	answers()(&p)
	unsettled(&p)
	if diff := cmp.Diff(p.Tracker.Status.Dependencies, Compute(p).Dependencies); diff != "" {
		t.Errorf("before it is settled, the stored answer does not stand:\n%s", diff)
	}
	p.Snapshot.Application.Settled = true
	if d := Compute(p).Dependencies[0]; d.Name != "search" || d.Health != undecided || d.LastTransitionTime != t1 {
		t.Errorf("when no pod responds, it is %+v", d)
	}
}

// A dependency that starts goes on starting after a pass that could read nothing; one that
// worked before does not start again.
func TestAPassThatReadsNothingIsNoStart(t *testing.T) {
	starting := func(p *Input) {
		p.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", running)}
		p.Snapshot.Application = snapshot.Application{Settled: true}
	}
	for name, test := range map[string]struct {
		worked       bool
		failed, next string
	}{
		"a new tracker":      {false, "Unknown Starting", "False Starting"},
		"an established one": {true, "Unknown ReconcileFailed", "False DependencyDown"},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Catalog: catalog.Default(), Tracker: tracker(), Now: t1}
			condition := func(change func(*Input)) string {
				change(&in)
				in.Tracker.Status = Compute(in)
				c := storedCondition(in, v1alpha1.ConditionDatabaseHealthy)
				return string(c.Status) + " " + c.Reason
			}
			if test.worked {
				in.Snapshot = working()
				condition(func(*Input) {})
			}
			failed := condition(func(p *Input) { p.Snapshot, p.Failed, p.Reconciling = nil, true, &Cause{"ReconcileFailed", "timeout"} })
			next := condition(func(p *Input) {
				p.Snapshot, p.Failed, p.Reconciling = working(), false, nil
				starting(p)
			})
			if failed != test.failed || next != test.next {
				t.Errorf("%s, then %s; want %s, then %s", failed, next, test.failed, test.next)
			}
		})
	}
}

// The StatefulSet controller creates no pod for a claim that is being deleted, and emits no event
// about that.
func TestAClaimThatDoesNotGoKeepsThePodFromBeingCreated(t *testing.T) {
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	in.Snapshot.Pods[v1alpha1.ComponentDatabase] = nil
	in.Snapshot.Claims = map[v1alpha1.Component]*corev1.PersistentVolumeClaim{v1alpha1.ComponentDatabase: {
		ObjectMeta: metav1.ObjectMeta{Name: "data-hiring-database-0", DeletionTimestamp: new(t0)},
	}}
	const want = "StatefulSet hiring-database creates no pod while PersistentVolumeClaim data-hiring-database-0 is being deleted"
	for _, d := range in.Catalog.Dependencies {
		if d.Name != v1alpha1.ComponentDatabase {
			continue
		}
		c := kubeletView(in, d, in.Snapshot.StatefulSets[d.Name])
		if c.Reason != v1alpha1.ReasonStarting || !strings.HasPrefix(c.Message, want) {
			t.Errorf("%s: %s", c.Reason, c.Message)
		}
	}
}
