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
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// templates are those that the Deployments of these tests have, and deployed is their digest.
var (
	templates = map[v1alpha1.Component]string{v1alpha1.ComponentAPI: "new", v1alpha1.ComponentFrontend: "new"}
	deployed  = snapshot.TemplatesDigest(templates)
)

// candidate is the rollout of version 1.1.0, which began at t0, from 1.0.0, at t1: pods of both
// templates of the API are ready.
func candidate(changes ...func(*Input)) Input {
	in := Input{Tracker: tracker(), Catalog: catalog.Default(), Snapshot: working(), Now: t1}
	in.Tracker.Spec.Environment, in.Tracker.Spec.Version = v1alpha1.Production, "1.1.0"
	in.Tracker.Spec.Database, in.Tracker.Spec.Redis = runByOperator(), runByOperator()
	in.Tracker.Status.Rollout = &v1alpha1.RolloutStatus{
		Good: &v1alpha1.GoodTemplates{Version: "1.0.0", Digest: "old", ReplicaSets: []v1alpha1.ReplicaSetReference{
			{Component: v1alpha1.ComponentAPI, Name: "hiring-api-old", UID: "hiring-api-old"},
			{Component: v1alpha1.ComponentFrontend, Name: "hiring-frontend-old", UID: "hiring-frontend-old"},
		}},
		Candidate: &v1alpha1.CandidateTemplates{Version: "1.1.0", Digest: deployed, Since: new(t0)},
	}
	for c, d := range in.Snapshot.Deployments {
		d.Annotations[v1alpha1.AnnotationTemplateDigest] = "new"
		for i := range in.Snapshot.ReplicaSets[c] {
			rs := &in.Snapshot.ReplicaSets[c][i]
			rs.UID = types.UID(rs.Name)
		}
	}
	rollingOut(in.Snapshot, pod("hiring-api-new-a", "new", isReadyPod))
	in.Tracker.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady}}
	older(isReadyPod)(&in)
	in.Snapshot.Application.Pods = []snapshot.PodAnswer{says("hiring-api-old-a", healthy, healthy), says("hiring-api-new-a", healthy, healthy)}
	for _, change := range changes {
		change(&in)
	}
	return in
}

func runByOperator() *v1alpha1.DependencySpec {
	return &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}
}

// after sets the time of the decision.
func after(d time.Duration) func(*Input) {
	return func(in *Input) { in.Now = metav1.NewTime(t0.Add(d)) }
}

// older sets the API's pod of the good template.
func older(state func(*corev1.Pod)) func(*Input) {
	return func(in *Input) {
		old := pod("hiring-api-old-a", "old", state)
		if old.Status.Phase == "" {
			old.Status.Phase = corev1.PodRunning
		}
		old.OwnerReferences = []metav1.OwnerReference{{UID: "hiring-api-old", Controller: new(true)}}
		pods := slices.DeleteFunc(in.Snapshot.Pods[v1alpha1.ComponentAPI], func(p corev1.Pod) bool { return p.Name == old.Name })
		in.Snapshot.Pods[v1alpha1.ComponentAPI] = append(pods, old)
	}
}

// newPod sets the API's pod of the new template.
func newPod(state func(*corev1.Pod)) func(*Input) {
	return func(in *Input) {
		for i := range in.Snapshot.Pods[v1alpha1.ComponentAPI] {
			if p := &in.Snapshot.Pods[v1alpha1.ComponentAPI][i]; p.Name == "hiring-api-new-a" {
				*p = pod(p.Name, "new", state)
			}
		}
	}
}

// crashed is a container that has ended some time after t0.
func crashed(at time.Duration, reason string, code int32) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		exited(reason, code, "no such table")(p)
		p.Status.ContainerStatuses[0].LastTerminationState.Terminated.FinishedAt = metav1.NewTime(t0.Add(at))
	}
}

// unready is a pod that was started and has been ready, and is not any more since some time after t0.
func unready(since time.Duration) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.ContainerStatuses[0].State.Running = &corev1.ContainerStateRunning{StartedAt: t0}
		at := metav1.NewTime(t0.Add(since))
		p.Status.Conditions = []corev1.PodCondition{
			{Type: corev1.ContainersReady, Status: corev1.ConditionFalse, LastTransitionTime: at},
			{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: at},
		}
	}
}

// complete is a rollout whose older pods are gone.
func complete(in *Input) {
	d := in.Snapshot.Deployments[v1alpha1.ComponentAPI]
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1}
	in.Snapshot.Pods[v1alpha1.ComponentAPI] = []corev1.Pod{pod("hiring-api-new-a", "new", isReadyPod)}
	in.Snapshot.Application.Pods = []snapshot.PodAnswer{says("hiring-api-new-a", healthy, healthy)}
}

// deadlinePassed is that the pods are not available, and the rollout has made no progress for so long.
func deadlinePassed(seconds int32) func(*Input) {
	return func(in *Input) {
		d := in.Snapshot.Deployments[v1alpha1.ComponentAPI]
		d.Spec.ProgressDeadlineSeconds = new(seconds)
		in.Tracker.Spec.Rollout = &v1alpha1.RolloutSpec{ProgressDeadline: &metav1.Duration{Duration: time.Duration(seconds) * time.Second}}
		d.Status.Conditions = []appsv1.DeploymentCondition{{
			Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded",
			Message: `ReplicaSet "hiring-api-new" has timed out progressing.`,
		}}
	}
}

func readySince(d time.Duration) func(*Input) {
	return func(in *Input) { in.Tracker.Status.Rollout.Candidate.ReadySince = new(metav1.NewTime(t0.Add(d))) }
}

// unchangedAPI is a rollout of the frontend alone.
func unchangedAPI(in *Input) {
	ref := &in.Tracker.Status.Rollout.Good.ReplicaSets[0]
	ref.Name, ref.UID = "hiring-api-new", "hiring-api-new"
}

// databaseReady is that the database's pod is ready since some time after t0.
func databaseReady(since time.Duration) func(*Input) {
	return func(in *Input) {
		in.Snapshot.Pods[v1alpha1.ComponentDatabase][0].Status.Conditions[0].LastTransitionTime = metav1.NewTime(t0.Add(since))
	}
}

// connectionFails is that the operator reports since some time after t0 that no pod can use the database.
func connectionFails(since time.Duration) func(*Input) {
	return func(in *Input) {
		in.Tracker.Status.Conditions = append(in.Tracker.Status.Conditions, metav1.Condition{
			Type: v1alpha1.ConditionDatabaseHealthy, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonConnectionFailed,
			Message: "pod hiring-database-0 is ready, and no API pod can use it", LastTransitionTime: metav1.NewTime(t0.Add(since)),
		})
	}
}

func databaseDown(in *Input) {
	in.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", running)}
}

// migrated is that a Job has migrated the database for the new version.
func migrated(backwardCompatible bool) func(*Input) {
	return func(in *Input) {
		in.Tracker.Spec.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"migrate"}, BackwardCompatible: backwardCompatible}
		in.Tracker.Status.Rollout.Good.MigrationJob = "hiring-migrate-old"
		in.Snapshot.MigrationRecord = &v1alpha1.MigrationsStatus{Job: "hiring-migrate-new"}
	}
}

// A new template is judged by its own pods, and not by what happens to the dependencies.
func TestJudgeRollout(t *testing.T) {
	const (
		going    = "goes on"
		observed = "is observed"
		paused   = "is paused"
		good     = "is good"
		refused  = "is refused"
		blocked  = "is blocked"
	)
	crash := newPod(crashed(time.Minute, "Error", 1))
	for name, test := range map[string]struct {
		in      Input
		want    string
		message string
	}{
		"pods of both templates":  {in: candidate(), want: going},
		"all pods are new":        {in: candidate(complete), want: observed},
		"they have been for long": {in: candidate(complete, readySince(0), after(5*time.Minute)), want: good},
		"not for long enough":     {in: candidate(complete, readySince(0), after(5*time.Minute-time.Second)), want: observed},
		"not observed": {in: candidate(complete, func(in *Input) {
			in.Tracker.Spec.Rollout = &v1alpha1.RolloutSpec{Observe: &metav1.Duration{}}
		}), want: good},
		"all are, but wait for the minimum time": {in: candidate(complete, func(in *Input) {
			in.Snapshot.Deployments[v1alpha1.ComponentAPI].Status.AvailableReplicas = 0
		}), want: going},
		"the frontend lags": {in: candidate(complete, func(in *Input) {
			in.Snapshot.Deployments[v1alpha1.ComponentFrontend].Status.UpdatedReplicas = 0
		}), want: going},
		"the API is scaled to nothing by others": {in: candidate(complete, readySince(0), after(time.Hour), func(in *Input) {
			d := in.Snapshot.Deployments[v1alpha1.ComponentAPI]
			d.Spec.Replicas, d.Status = new(int32(0)), appsv1.DeploymentStatus{ObservedGeneration: d.Generation}
		}), want: observed},
		"the API is held back, and the frontend crashes": {in: candidate(func(in *Input) {
			in.Snapshot.Deployments[v1alpha1.ComponentAPI].Annotations[v1alpha1.AnnotationTemplateDigest] = "old"
			in.Snapshot.Pods[v1alpha1.ComponentFrontend] = []corev1.Pod{pod("hiring-frontend-new-a", "new", crashed(time.Minute, "Error", 1))}
		}), want: refused, message: "pod hiring-frontend-new-a"},
		"the API is held back, and a pod of it crashes": {in: candidate(crash, func(in *Input) {
			in.Snapshot.Deployments[v1alpha1.ComponentAPI].Annotations[v1alpha1.AnnotationTemplateDigest] = "old"
		}), want: going},
		"the Deployment has the template before": {in: candidate(complete, func(in *Input) {
			in.Snapshot.Deployments[v1alpha1.ComponentFrontend].Annotations[v1alpha1.AnnotationTemplateDigest] = "old"
		}), want: going},
		"its controller has not seen the template": {in: candidate(complete, func(in *Input) {
			changeTemplate(in.Snapshot.Deployments[v1alpha1.ComponentAPI])
		}), want: going},

		"its controller has not seen the number of pods": {in: candidate(complete, func(in *Input) {
			d := in.Snapshot.Deployments[v1alpha1.ComponentAPI]
			d.Generation++
			in.Snapshot.ReplicaSets[v1alpha1.ComponentAPI][1].Spec.Template = *d.Spec.Template.DeepCopy()
		}), want: going},

		"a pod crashes": {in: candidate(crash), want: refused, message: "pod hiring-api-new-a, container main exited with code 1: no such table"},
		"a pod has crashed, and is ready": {in: candidate(complete, newPod(func(p *corev1.Pod) {
			crashed(time.Minute, "Error", 1)(p)
			p.Status.ContainerStatuses[0].State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
			isReadyPod(p)
		})), want: refused, message: "exited with code 1"},
		"a server that just ends":       {in: candidate(newPod(crashed(time.Minute, "Completed", 0))), want: refused, message: "exited with code 0"},
		"too much memory":               {in: candidate(newPod(crashed(time.Minute, "OOMKilled", 137))), want: refused, message: "more memory than its limit"},
		"a crash that is not confirmed": {in: candidate(crash, after(time.Minute+confirmation-time.Second)), want: going},
		"a crash before it was judged":  {in: candidate(newPod(crashed(-time.Second, "Error", 1))), want: going},
		"a crash with the node":         {in: candidate(newPod(crashed(time.Minute, "ContainerStatusUnknown", 137))), want: going},
		"an evicted pod": {in: candidate(newPod(func(p *corev1.Pod) {
			crashed(time.Minute, "Error", 137)(p)
			p.Status.Phase, p.Status.Reason = corev1.PodFailed, "Evicted"
		})), want: going},
		"a pod that goes":                 {in: candidate(newPod(func(p *corev1.Pod) { crashed(time.Minute, "Error", 143)(p); p.DeletionTimestamp = &t1 })), want: going},
		"an init container that has done": {in: candidate(newPod(initContainer(0))), want: going},
		"an init container that failed":   {in: candidate(newPod(initContainer(3))), want: refused, message: "init container setup exited with code 3"},
		"an older pod crashes, too":       {in: candidate(crash, older(crashed(time.Minute, "Error", 1))), want: paused},
		"an older pod that goes crashes":  {in: candidate(crash, older(func(p *corev1.Pod) { crashed(time.Minute, "Error", 1)(p); p.DeletionTimestamp = &t1 })), want: refused},
		"a pod of the frontend crashes": {in: candidate(complete, func(in *Input) {
			in.Snapshot.Pods[v1alpha1.ComponentFrontend] = []corev1.Pod{pod("hiring-frontend-new-a", "new", crashed(time.Minute, "Error", 1))}
		}), want: refused, message: "pod hiring-frontend-new-a"},

		"a pod is not ready any more": {in: candidate(complete, readySince(30*time.Second), newPod(unready(time.Minute)), func(in *Input) {
			in.Snapshot.PodEvents["hiring-api-new-a"] = snapshot.PodEvent{Reason: "Unhealthy", Message: "Readiness probe failed: HTTP probe failed with statuscode: 503"}
		}), want: refused, message: "container main is not ready: Readiness probe failed"},
		"for no known cause":        {in: candidate(newPod(unready(time.Minute))), want: refused, message: "pod hiring-api-new-a"},
		"not long enough":           {in: candidate(newPod(unready(time.Minute)), after(time.Minute+confirmation-time.Second)), want: going},
		"a pod is not ready yet":    {in: candidate(newPod(unready(0))), want: going},
		"its node does not respond": {in: candidate(newPod(onlyReadyIsFalse)), want: going},
		"the deadline has passed":   {in: candidate(newPod(running), deadlinePassed(60)), want: refused, message: "no progress for 60 s"},
		"that of an earlier template": {in: candidate(newPod(waiting("ErrImagePull", "not found")), deadlinePassed(60), func(in *Input) {
			c := &in.Snapshot.Deployments[v1alpha1.ComponentAPI].Status.Conditions[0]
			c.Message = strings.ReplaceAll(c.Message, "-new", "-old")
		}), want: going},
		"since the outage it has not": {in: candidate(newPod(running), deadlinePassed(600)), want: going},
		"an image that is missing":    {in: candidate(newPod(waiting("ErrImagePull", "not found")), deadlinePassed(60)), want: refused, message: "can't be pulled: not found"},

		"a third of the requests fails": {in: candidate(complete, compared(0.33)), want: refused, message: "33% of the requests of its pods failed (0% before)"},
		"few requests fail":             {in: candidate(complete, compared(0.005)), want: observed},
		"the requests are those of another template": {in: candidate(compared(0.33), func(in *Input) {
			in.Snapshot.Deployments[v1alpha1.ComponentAPI].Annotations[v1alpha1.AnnotationTemplateDigest] = "old"
		}), want: going},
		"a journey fails":                         {in: candidate(complete, readySince(0), journeyFails(30*time.Second)), want: refused, message: "journey login: no button"},
		"a journey has just failed":               {in: candidate(complete, readySince(0), journeyFails(time.Minute)), want: going},
		"a journey has failed for longer":         {in: candidate(complete, readySince(0), journeyFails(-time.Second)), want: observed},
		"a journey that began before it failed":   {in: candidate(complete, readySince(31*time.Second), journeyFails(30*time.Second)), want: observed},
		"a journey fails before the pods are new": {in: candidate(journeyFails(30 * time.Second)), want: going},

		"the database is down":                 {in: candidate(databaseDown), want: paused},
		"the database is down, and pods crash": {in: candidate(databaseDown, crash), want: paused},
		"older pods can't use it either":       {in: candidate(crash, answers(says("hiring-api-old-a", unhealthy, healthy))), want: paused},
		"an optional Redis is down, and pods crash": {in: candidate(crash, func(in *Input) {
			in.Tracker.Spec.Redis.Requirement = v1alpha1.RequirementOptional
			in.Snapshot.Pods[v1alpha1.ComponentRedis] = nil
			in.Snapshot.Application.Failing = []string{"redis"}
		}, answers(says("hiring-api-old-a", healthy, unhealthy))), want: refused},
		"they are about to say so":                           {in: candidate(crash, failing), want: going},
		"none has been asked yet":                            {in: candidate(crash, unsettled), want: going},
		"only new pods can't":                                {in: candidate(newPod(running), deadlinePassed(60), answers(says("hiring-api-old-a", healthy, healthy), says("hiring-api-new-a", unhealthy, healthy))), want: refused, message: "no progress"},
		"only new pods can't, and one fails":                 {in: candidate(newPod(unready(time.Minute)), answers(says("hiring-api-old-a", healthy, healthy), says("hiring-api-new-a", unhealthy, healthy))), want: refused},
		"no pod says that the database works, for some time": {in: candidate(complete, readySince(0), newPod(unready(time.Minute)), answers(silent("hiring-api-new-a", "timeout"))), want: going},
		"no pod says that the database works, for long":      {in: candidate(complete, readySince(0), newPod(unready(time.Minute)), answers(silent("hiring-api-new-a", "timeout")), after(3*time.Minute)), want: refused},
		"no older pod works either":                          {in: candidate(older(running), newPod(running), deadlinePassed(60)), want: paused},
		"the older pod can't be scheduled":                   {in: candidate(crash, older(func(p *corev1.Pod) { unschedulable("no room")(p); p.Status.Phase = corev1.PodPending })), want: refused},
		"one of two older pods can't use the database": {in: candidate(crash, func(in *Input) {
			b := *in.Snapshot.Pods[v1alpha1.ComponentAPI][1].DeepCopy()
			b.Name = "hiring-api-old-b"
			in.Snapshot.Pods[v1alpha1.ComponentAPI] = append(in.Snapshot.Pods[v1alpha1.ComponentAPI], b)
		}, answers(says("hiring-api-old-a", healthy, healthy), says("hiring-api-old-b", unhealthy, healthy))), want: refused},
		"only the frontend's template is new":     {in: candidate(complete, newPod(crashed(time.Minute, "Error", 1)), unchangedAPI), want: observed},
		"the database has only just become ready": {in: candidate(crash, databaseReady(50*time.Second)), want: going},
		"it had before":                      {in: candidate(crash, databaseReady(30*time.Second)), want: refused},
		"an operator's verdict":              {in: candidate(complete, readySince(0), after(3*time.Minute), answers(says("hiring-api-new-a", unhealthy, healthy)), connectionFails(time.Minute)), want: refused, message: "pod hiring-database-0 is ready, and no API pod can use it"},
		"an operator's verdict of before":    {in: candidate(complete, readySince(0), after(3*time.Minute), answers(says("hiring-api-new-a", unhealthy, healthy)), connectionFails(-time.Minute)), want: observed},
		"a managed one that all could use":   {in: candidate(complete, readySince(0), after(time.Hour), newPod(unready(time.Minute)), answers(says("hiring-api-new-a", unhealthy, healthy))), want: refused},
		"an external one that all could use": {in: candidate(complete, readySince(0), after(time.Hour), newPod(unready(time.Minute)), externalDatabase, answers(says("hiring-api-new-a", unhealthy, healthy))), want: paused},

		"after migrations":                           {in: candidate(crash, migrated(false)), want: blocked, message: "version 1.1.0 failed: pod hiring-api-new-a, container main exited with code 1: no such table; the operator does not go back to 1.0.0: Job hiring-migrate-new has migrated the database, and spec.migrations.backwardCompatible is not true; write a version that works with the migrated database"},
		"after migrations that the old version read": {in: candidate(crash, migrated(true)), want: refused},
		"the same migrations":                        {in: candidate(crash, migrated(false), func(in *Input) { in.Snapshot.MigrationRecord.Job = "hiring-migrate-old" }), want: refused},
		"migrations that are under way": {in: candidate(crash, migrated(false), func(in *Input) {
			in.Snapshot.MigrationRecord, in.Snapshot.MigrationJob = nil, &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "hiring-migrate-new"}}
		}), want: blocked},
		"migrations of a spec before": {in: candidate(crash, func(in *Input) { in.Tracker.Status.Rollout.Good.MigratedBy = "hiring-migrate-new" }), want: blocked},
		"the ReplicaSet is gone": {in: candidate(crash, func(in *Input) {
			in.Snapshot.ReplicaSets[v1alpha1.ComponentAPI] = in.Snapshot.ReplicaSets[v1alpha1.ComponentAPI][1:]
		}), want: blocked, message: "ReplicaSet hiring-api-old, which had its pod template, is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			before := test.in.Tracker.DeepCopy()
			got := JudgeRollout(test.in, templates)
			if diff := cmp.Diff(before, test.in.Tracker); diff != "" {
				t.Errorf("the tracker was changed: %s", diff)
			}
			is, message := going, ""
			switch c := got.Status.Candidate; {
			case got.Blocked != nil:
				is, message = blocked, got.Blocked.Message
			case got.Status.Refused != nil:
				is, message = refused, got.Status.Refused.Message
			case c == nil && got.Status.Good.Digest == deployed:
				is = good
			case c.Since == nil && c.ReadySince == nil:
				is = paused
			case c.ReadySince != nil:
				is = observed
			}
			if is != test.want || !strings.Contains(message, test.message) {
				t.Errorf("it %s: %q\nwant that it %s: %q", is, message, test.want, test.message)
			}
		})
	}
}

// compared is that Prometheus has seen requests to pods of both templates, of which a part failed of the new ones.
func compared(errorRatio float64) func(*Input) {
	return func(in *Input) {
		in.Snapshot.Comparison = &snapshot.Comparison{Old: snapshot.Traffic{Requests: 1000}, New: snapshot.Traffic{Requests: 1000, ErrorRatio: errorRatio}}
	}
}

// journeyFails is that journeys fail since some time after t0, which is reported.
func journeyFails(since time.Duration) func(*Input) {
	return func(in *Input) {
		in.Tracker.Status.Conditions = append(in.Tracker.Status.Conditions, metav1.Condition{
			Type: v1alpha1.ConditionJourneysPassing, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonJourneyFailed,
			Message: "journey login: no button", LastTransitionTime: metav1.NewTime(t0.Add(since)),
		})
		in.Snapshot.Journeys = map[string]snapshot.Journey{"login": {Last: &snapshot.Run{Started: t0.Add(since)}}}
	}
}

func initContainer(code int32) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "setup", State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: code, FinishedAt: metav1.NewTime(t0.Add(time.Minute))},
		}}}
	}
}

// Templates replace each other as candidates, as the good ones and as those that are refused.
func TestRolloutsFollowTheSpec(t *testing.T) {
	refused := func(in *Input) {
		in.Tracker.Status.Rollout.Candidate = nil
		in.Tracker.Status.Rollout.Refused = &v1alpha1.RefusedTemplates{Version: "1.1.0", Digest: "bad", Generation: 2, Message: "m", Time: t0}
	}
	for name, test := range map[string]struct {
		in   Input
		want func(*v1alpha1.RolloutStatus) bool
	}{
		"off": {candidate(func(in *Input) { in.Tracker.Spec.Environment = v1alpha1.Staging }), func(r *v1alpha1.RolloutStatus) bool { return r == nil }},
		"the first": {candidate(complete, func(in *Input) { in.Tracker.Status.Rollout = nil }), func(r *v1alpha1.RolloutStatus) bool {
			return r.Good.Digest == deployed && r.Good.Version == "1.1.0" && r.Candidate == nil && r.Good.ReplicaSets[0].Name == "hiring-api-new" && r.Good.ReplicaSets[1].Name == "hiring-frontend-new"
		}},
		"the first is not ready": {candidate(func(in *Input) { in.Tracker.Status.Rollout = nil }), func(r *v1alpha1.RolloutStatus) bool { return r == nil }},
		"all components are stopped": {candidate(complete, func(in *Input) {
			in.Tracker.Status.Rollout = nil
			for _, d := range in.Snapshot.Deployments {
				d.Spec.Replicas, d.Status = new(int32(0)), appsv1.DeploymentStatus{ObservedGeneration: 1}
			}
		}), func(r *v1alpha1.RolloutStatus) bool { return r == nil }},
		"another candidate": {candidate(func(in *Input) { in.Tracker.Status.Rollout.Candidate.Digest = "other" }), func(r *v1alpha1.RolloutStatus) bool {
			return r.Candidate.Digest == deployed && r.Candidate.Since.Equal(&t1)
		}},
		"the good one again": {candidate(complete, func(in *Input) { in.Tracker.Status.Rollout.Good.Digest = deployed }), func(r *v1alpha1.RolloutStatus) bool {
			return r.Candidate == nil && r.Good.ReplicaSets[0].Name == "hiring-api-new"
		}},
		"another one than was refused": {candidate(refused), func(r *v1alpha1.RolloutStatus) bool {
			return r.Refused == nil && r.Candidate.Digest == deployed && r.Good.Digest == "old"
		}},
		"the refused one with another number of pods": {candidate(refused, func(in *Input) { in.Tracker.Status.Rollout.Refused.Digest = deployed }), func(r *v1alpha1.RolloutStatus) bool {
			return r.Candidate == nil && r.Refused.Generation == 3 && r.Refused.Time.Equal(&t0)
		}},
		"the good one runs in another ReplicaSet": {candidate(complete, refused, func(in *Input) {
			in.Tracker.Status.Rollout.Refused.Digest, in.Tracker.Status.Rollout.Good.Digest = "refused", deployed
			in.Tracker.Status.Rollout.Refused.Generation = 3
		}), func(r *v1alpha1.RolloutStatus) bool {
			return r.Refused != nil && r.Good.ReplicaSets[0].Name == "hiring-api-new"
		}},
		"the good one is nowhere any more": {candidate(refused, func(in *Input) {
			in.Tracker.Status.Rollout.Refused.Digest = deployed
			in.Snapshot.ReplicaSets[v1alpha1.ComponentAPI] = nil
		}), func(r *v1alpha1.RolloutStatus) bool {
			return r.Refused == nil && r.Candidate.Failure == "m" && r.Good != nil
		}},
		"nothing is to run": {candidate(func(in *Input) {
			stop := &v1alpha1.ComponentSpec{Replicas: new(int32(0))}
			in.Tracker.Spec.API, in.Tracker.Spec.Frontend = stop, stop
		}), func(r *v1alpha1.RolloutStatus) bool { return r.Candidate == nil && r.Good.Digest == "old" }},
		"the good one, written in another way": {candidate(complete, func(in *Input) {
			for i, c := range []string{"hiring-api-new", "hiring-frontend-new"} {
				ref := &in.Tracker.Status.Rollout.Good.ReplicaSets[i]
				ref.Name, ref.UID = c, types.UID(c)
			}
		}), func(r *v1alpha1.RolloutStatus) bool { return r.Candidate == nil && r.Good.Digest == deployed }},
		"the good one is in the Deployments alone": {candidate(refused, func(in *Input) {
			in.Tracker.Status.Rollout.Refused.Generation, in.Tracker.Status.Rollout.Good.Digest = 3, deployed
			in.Snapshot.ReplicaSets[v1alpha1.ComponentAPI] = in.Snapshot.ReplicaSets[v1alpha1.ComponentAPI][1:]
		}), func(r *v1alpha1.RolloutStatus) bool { return r.Refused != nil && r.Good != nil }},
		"the refused one of a later operator": {candidate(refused, func(in *Input) { in.Tracker.Status.Rollout.Refused.Generation = 3 }), func(r *v1alpha1.RolloutStatus) bool {
			return r.Candidate == nil && r.Refused.Digest == deployed
		}},
		"after an outage": {candidate(func(in *Input) { in.Tracker.Status.Rollout.Candidate.Since = nil }), func(r *v1alpha1.RolloutStatus) bool {
			return r.Candidate.Since.Sub(t1.Time) == confirmation
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := JudgeRollout(test.in, templates)
			if !test.want(got.Status) {
				t.Errorf("%+v", got.Status)
			}
			if under := got.Status != nil && got.Status.Candidate != nil; got.UnderWay() != under || (RecheckAfter(test.in.Tracker, v1alpha1.InterviewTrackerStatus{}, test.in.Snapshot, got, t1.Time) == rolloutRecheck) != under {
				t.Errorf("under way is %t, want %t", got.UnderWay(), under)
			}
		})
	}
}

// A rollout that was taken back is Stalled, and says what runs.
func TestRolledBack(t *testing.T) {
	refused := &v1alpha1.RefusedTemplates{Version: "1.1.0", Message: "pod a crashed", Time: t0}
	for name, test := range map[string]struct {
		rollout Rollout
		change  func(*Input)
		reason  string
		message string
	}{
		"another version": {
			rollout: Rollout{Status: &v1alpha1.RolloutStatus{Good: &v1alpha1.GoodTemplates{Version: "1.0.0", Digest: deployed}, Refused: refused}}, reason: v1alpha1.ReasonRolledBack,
			message: "version 1.1.0 failed: pod a crashed; running 1.0.0 again since 2026-01-02T03:04:05Z; write another version to try again",
		},
		"the same version": {
			rollout: Rollout{Status: &v1alpha1.RolloutStatus{Good: &v1alpha1.GoodTemplates{Version: "1.1.0", Digest: deployed}, Refused: refused}}, reason: v1alpha1.ReasonRolledBack,
			message: "the last change of the pod template (version 1.1.0) failed: pod a crashed; running the template before again since 2026-01-02T03:04:05Z; change it again to try again",
		},
		"the good pods are not there yet": {
			rollout: Rollout{Status: &v1alpha1.RolloutStatus{Good: &v1alpha1.GoodTemplates{Version: "1.0.0", Digest: "other"}, Refused: refused}}, reason: v1alpha1.ReasonRolledBack,
			message: "version 1.1.0 failed: pod a crashed; going back to 1.0.0 since 2026-01-02T03:04:05Z; write another version to try again",
		},
		"blocked":                 {rollout: Rollout{Blocked: &Cause{v1alpha1.ReasonRollbackBlocked, "why"}}, reason: v1alpha1.ReasonRollbackBlocked, message: "why"},
		"suspended":               {rollout: Rollout{Status: &v1alpha1.RolloutStatus{Good: &v1alpha1.GoodTemplates{Version: "1.0.0"}, Refused: refused}}, change: func(in *Input) { in.Tracker.Spec.Suspend = true }, reason: v1alpha1.ReasonSuspended},
		"something else to do":    {rollout: Rollout{Blocked: &Cause{v1alpha1.ReasonRollbackBlocked, "why"}}, change: func(in *Input) { in.Stalled = &Cause{v1alpha1.ReasonNameConflict, "conflict"} }, reason: v1alpha1.ReasonNameConflict, message: "conflict"},
		"nothing has been judged": {reason: v1alpha1.ReasonReady},
	} {
		t.Run(name, func(t *testing.T) {
			in := candidate(complete, func(in *Input) { in.Rollout = test.rollout })
			if test.change != nil {
				test.change(&in)
			}
			got := Compute(in)
			ready, stalled := got.Conditions[0], meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionStalled)
			if ready.Reason != test.reason || !strings.Contains(ready.Message, test.message) {
				t.Errorf("Ready is %s: %s", ready.Reason, ready.Message)
			}
			isStalled := ready.Status == metav1.ConditionFalse
			if (stalled != nil) != isStalled || isStalled && stalled.Message != ready.Message {
				t.Errorf("Stalled is %+v", stalled)
			}
			if diff := cmp.Diff(test.rollout.Status, got.Rollout); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is decided follows from what was decided before.
func TestJudgingGoesOn(t *testing.T) {
	crash := func(at time.Duration) func(*Input) { return newPod(crashed(at, "Error", 1)) }
	recovered := func(at time.Duration) func(*Input) {
		return func(in *Input) {
			complete(in)
			newPod(func(p *corev1.Pod) {
				crashed(at, "Error", 1)(p)
				p.Status.ContainerStatuses[0].State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: t0}}
				isReadyPod(p)
			})(in)
		}
	}
	type step struct {
		at    time.Duration
		state []func(*Input)
		want  string // good, refused, blocked, or empty
	}
	for name, steps := range map[string][]step{
		"a blocked version is so between its crashes, too": {
			{2 * time.Minute, []func(*Input){crash(time.Minute), migrated(false)}, "blocked"},
			{3 * time.Minute, []func(*Input){crash(2*time.Minute + 59*time.Second), migrated(false)}, "blocked"},
			{3*time.Minute + 10*time.Second, []func(*Input){newPod(running), migrated(false)}, "blocked"},
			// And until it has worked for as long as any other.
			{4 * time.Minute, []func(*Input){recovered(2 * time.Minute), migrated(false)}, "blocked"},
			{8 * time.Minute, []func(*Input){recovered(2 * time.Minute), migrated(false)}, "blocked"},
			{9 * time.Minute, []func(*Input){recovered(2 * time.Minute), migrated(false)}, "good"},
		},
		"a blocked version that crashes now and then is not good": {
			{2 * time.Minute, []func(*Input){crash(time.Minute), migrated(false)}, "blocked"},
			{4 * time.Minute, []func(*Input){recovered(2 * time.Minute), migrated(false)}, "blocked"},
			{8 * time.Minute, []func(*Input){recovered(7 * time.Minute), migrated(false)}, "blocked"},
			{10 * time.Minute, []func(*Input){recovered(7 * time.Minute), migrated(false)}, "blocked"},
			{15 * time.Minute, []func(*Input){recovered(7 * time.Minute), migrated(false)}, "good"},
		},
		"a version is not blocked any more": {
			{2 * time.Minute, []func(*Input){crash(time.Minute), migrated(false)}, "blocked"},
			{2*time.Minute + 10*time.Second, []func(*Input){newPod(running), migrated(true)}, "refused"},
		},
		"pods that are ready now and then are not good": {
			{time.Minute, []func(*Input){complete}, ""},
			{5 * time.Minute, []func(*Input){complete, newPod(unready(5*time.Minute - time.Second))}, ""},
			{6 * time.Minute, []func(*Input){complete}, ""},
			{10 * time.Minute, []func(*Input){complete}, ""},
			{11 * time.Minute, []func(*Input){complete}, "good"},
		},
		"crashes in an outage are not held against it": {
			{30 * time.Second, []func(*Input){databaseDown, crash(20 * time.Second)}, ""},
			{40 * time.Second, []func(*Input){crash(20 * time.Second)}, ""},
			{5 * time.Minute, []func(*Input){crash(20 * time.Second)}, ""},
			{6 * time.Minute, []func(*Input){crash(5*time.Minute + 30*time.Second)}, "refused"},
		},
		"an outage of an external database lasts until it can be used": {
			{time.Minute, []func(*Input){complete, externalDatabase}, ""},
			{2 * time.Minute, []func(*Input){notAnyMore(2 * time.Minute), externalDatabase, answers(says("hiring-api-new-a", unhealthy, healthy))}, ""},
			{3 * time.Minute, []func(*Input){notAnyMore(2 * time.Minute), externalDatabase, answers(says("hiring-api-new-a", unhealthy, healthy))}, ""},
			{time.Hour, []func(*Input){notAnyMore(2 * time.Minute), externalDatabase, answers(says("hiring-api-new-a", unhealthy, healthy))}, ""},
		},
		"a later version doesn't forget what the one before has migrated": {
			{time.Minute, []func(*Input){migrated(false)}, ""},
			{2 * time.Minute, []func(*Input){crash(time.Minute), migrated(true), func(in *Input) { in.Snapshot.MigrationRecord.Job = "hiring-migrate-later" }}, "blocked"},
		},
		"one that doesn't recover from an outage is overdue": {
			{time.Minute, []func(*Input){complete}, ""},
			{2 * time.Minute, []func(*Input){complete, databaseDown}, ""},
			{3 * time.Minute, []func(*Input){notAnyMore(2 * time.Minute)}, ""},
			{14 * time.Minute, []func(*Input){notAnyMore(2 * time.Minute)}, "refused"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var status *v1alpha1.RolloutStatus
			for _, s := range steps {
				in := candidate(append(s.state, after(s.at))...)
				if status != nil {
					migratedBy := in.Tracker.Status.Rollout.Good.MigrationJob
					in.Tracker.Status.Rollout = status
					in.Tracker.Status.Rollout.Good.MigrationJob = migratedBy
				}
				got := JudgeRollout(in, templates)
				status = got.Status
				is := ""
				switch {
				case got.Blocked != nil:
					is = "blocked"
				case status.Refused != nil:
					is = "refused"
				case status.Good.Digest == deployed:
					is = "good"
				}
				if is != s.want {
					t.Fatalf("after %s it is %q, want %q: %+v", s.at, is, s.want, status.Candidate)
				}
			}
		})
	}
}

// notAnyMore is a complete rollout whose pod is not ready any more, since some time after t0.
func notAnyMore(since time.Duration) func(*Input) {
	return func(in *Input) {
		complete(in)
		newPod(unready(since))(in)
		d := in.Snapshot.Deployments[v1alpha1.ComponentAPI]
		d.Status.ReadyReplicas, d.Status.AvailableReplicas = 0, 0
		d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Reason: "NewReplicaSetAvailable"}}
		in.Tracker.Status.Conditions = append(in.Tracker.Status.Conditions, metav1.Condition{
			Type: v1alpha1.ConditionAPIAvailable, Status: metav1.ConditionFalse, LastTransitionTime: metav1.NewTime(t0.Add(since)),
		})
	}
}

// While a version is observed, Ready says until when, and why it is not compared.
func TestReadySaysWhatIsObserved(t *testing.T) {
	in := candidate(complete)
	in.Rollout = Rollout{Status: in.Tracker.Status.Rollout.DeepCopy()}
	message := func() string { return Compute(in).Conditions[0].Message }
	if got, want := message(), "all components and dependencies work"; got != want {
		t.Errorf("before all are ready, it is %q, want %q", got, want)
	}
	in.Rollout.Status.Candidate.ReadySince = new(t1)
	if got, want := message(), "all components and dependencies work; version 1.1.0 is observed until 2026-01-02T03:11:05Z"; got != want {
		t.Errorf("it is %q, want %q", got, want)
	}
	in.Snapshot.Comparison = &snapshot.Comparison{Problem: "Prometheus monitoring/k8s does not exist"}
	if got, want := message(), "until 2026-01-02T03:11:05Z; it is not compared with the one before: Prometheus monitoring/k8s does not exist"; !strings.HasSuffix(got, want) {
		t.Errorf("it is %q, want …%q", got, want)
	}
}
