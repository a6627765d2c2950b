// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

const (
	// confirmation is how long a crash, or a pod that is no longer ready, has to be known before it
	// is held against the pod template: an outage of a dependency, which may be the cause, is
	// reported by the kubelet or by older pods within that time.
	confirmation = 20 * time.Second
	// dependencyConfirmation is the same where no pod says that the dependencies work: the kubelet takes
	// five failures of a probe, of up to 15 seconds each, to see one that hangs.
	dependencyConfirmation = 75 * time.Second
	// rolloutRecheck is how often new pod templates are looked at while nothing changes.
	rolloutRecheck = 15 * time.Second
)

// Rollout is what the pod templates of a tracker have come to.
type Rollout struct {
	// Status is to be remembered; nil when nothing is.
	Status *v1alpha1.RolloutStatus
	// Blocked is why the operator doesn't go back although the templates have failed; nil when they
	// have not.
	Blocked *Cause
}

// recheck is when to look at templates again that have yet to prove good; 0 for never.
func (r Rollout) recheck(t *v1alpha1.InterviewTracker) time.Duration {
	if !r.UnderWay() || t.Spec.Suspend {
		return 0
	}
	return rolloutRecheck
}

// UnderWay reports whether templates have yet to prove good: that depends on the time.
func (r Rollout) UnderWay() bool { return r.Status != nil && r.Status.Candidate != nil }

// JudgeRollout decides whether new pod templates are good or have failed. templates stand for those of
// the spec, by component, and the snapshot is from before they are applied.
func JudgeRollout(in Input, templates map[v1alpha1.Component]string) Rollout {
	if !in.Tracker.Spec.GetAutoRollback() {
		return Rollout{}
	}
	next := in.Tracker.Status.Rollout.DeepCopy()
	if next == nil {
		next = &v1alpha1.RolloutStatus{}
	}
	r := rollout{in, next, templates, snapshot.TemplatesDigest(templates)}
	if in.Tracker.Refuses(r.digest) {
		if r.canStay() {
			r.stay()
			return Rollout{Status: next}
		}
		next.Candidate = &v1alpha1.CandidateTemplates{
			Version: next.Refused.Version, Digest: r.digest, Since: new(in.Now), Failure: next.Refused.Message,
		}
	}
	next.Refused = nil
	switch {
	case r.stopped():
		next.Candidate = nil // There is nothing to judge.
	case next.Good == nil, r.isGood():
		next.Candidate = nil
		if r.ready() {
			r.accept() // The first templates need no proof: there are no others to go back to.
		}
	default:
		return r.result(r.judge())
	}
	return r.result(nil)
}

// rollout is one decision about new pod templates.
type rollout struct {
	Input
	next      *v1alpha1.RolloutStatus
	templates map[v1alpha1.Component]string
	digest    string // Of the templates.
}

func (r rollout) result(blocked *Cause) Rollout {
	if *r.next == (v1alpha1.RolloutStatus{}) {
		return Rollout{}
	}
	return Rollout{r.next, blocked}
}

// deployed stands for the templates that the Deployments have.
func (r rollout) deployed() string { return snapshot.TemplatesDigest(r.Snapshot.DeployedTemplates()) }

// canStay reports whether the good templates are still there, in all Deployments or in ReplicaSets.
func (r rollout) canStay() bool {
	return r.deployed() == r.next.Good.Digest || r.Snapshot.LostReplicaSet(r.next.Good) == ""
}

// stay keeps the good templates in the place of those that have failed.
func (r rollout) stay() {
	r.next.Refused.Digest, r.next.Refused.Generation = r.digest, r.Tracker.Generation
	if r.deployed() != r.next.Good.Digest || !r.complete() {
		return
	}
	if current := r.Snapshot.CurrentReplicaSets(); current != nil {
		r.next.Good.ReplicaSets = current // Those before may go.
	}
}

// stopped reports whether the spec wants no pods at all.
func (r rollout) stopped() bool {
	return !slices.ContainsFunc(r.Catalog.Present(&r.Tracker.Spec), func(c catalog.Component) bool { return c.Replicas(&r.Tracker.Spec) > 0 })
}

// isGood reports whether the spec's templates are the good ones, perhaps written in another way by another
// version of the operator.
func (r rollout) isGood() bool {
	if r.next.Good.Digest == r.digest {
		return true
	}
	return r.deployed() == r.digest && !slices.ContainsFunc(r.Catalog.Present(&r.Tracker.Spec), func(c catalog.Component) bool {
		return !r.unchanged(c.Name)
	})
}

// unchanged reports whether the current pods of a component are those of its good template.
func (r rollout) unchanged(c v1alpha1.Component) bool {
	return slices.ContainsFunc(r.Snapshot.CurrentReplicaSets(), func(current v1alpha1.ReplicaSetReference) bool {
		return current.Component == c && slices.Contains(r.next.Good.ReplicaSets, current)
	})
}

// judge decides about the candidate. It returns why the operator doesn't go back from one that has
// failed.
func (r rollout) judge() *Cause {
	r.noteMigrations()
	if !r.canJudge() {
		return r.blocked()
	}
	c, ready := r.next.Candidate, r.ready()
	if ready && c.ReadySince == nil && c.Failure != "" {
		c.Since, c.ReadySince = new(r.Now), new(r.Now) // What was before has been held against it.
	}
	failure, confirmed := r.failure()
	if failure != "" {
		c.ReadySince = nil
	}
	if confirmed {
		c.Failure = cmp.Or(c.Failure, words.Line(failure, maxFailure))
	}
	switch {
	case c.Failure != "" && r.obstacle() == "" && (confirmed || !ready):
		r.refuse()
	case failure == "" && ready:
		r.prove()
	}
	return r.blocked()
}

// canJudge begins with new templates, and reports whether what their pods do can be held against them: not in an
// outage of a dependency, nor while one may begin.
func (r rollout) canJudge() bool {
	if c := r.next.Candidate; c == nil || c.Digest != r.digest {
		r.next.Candidate = &v1alpha1.CandidateTemplates{Version: r.Tracker.Spec.Version, Digest: r.digest, Since: new(r.Now)}
	}
	c := r.next.Candidate
	if r.outage() {
		c.Since, c.ReadySince = nil, nil
		return false
	}
	if c.Since == nil {
		c.Since = new(metav1.NewTime(r.Now.Add(confirmation)))
	}
	return !r.unsettled()
}

// maxFailure bounds why templates have failed, in characters: the message goes on with what runs now, and
// what to do.
const maxFailure = 512

// prove accepts templates whose pods have been ready for long enough.
func (r rollout) prove() {
	c := r.next.Candidate
	if c.ReadySince == nil {
		c.ReadySince = new(r.Now)
	}
	works := !slices.ContainsFunc(r.Tracker.Status.Conditions, func(condition metav1.Condition) bool {
		return r.gates(condition.Type) && condition.Status != metav1.ConditionTrue
	})
	if works && r.Now.Sub(c.ReadySince.Time) >= r.Tracker.Spec.GetRollout().Observe.Duration {
		r.accept()
	}
}

// gates reports whether Ready depends on a condition that says something about the pods.
func (r rollout) gates(conditionType string) bool {
	return conditionType == v1alpha1.ConditionMigrationsComplete ||
		slices.ContainsFunc(r.needed(), func(d catalog.Dependency) bool { return d.Condition.Type == conditionType }) ||
		slices.ContainsFunc(r.Catalog.Present(&r.Tracker.Spec), func(c catalog.Component) bool { return c.Condition.Type == conditionType })
}

// ready reports whether all pods of all components have the spec's templates and are available.
func (r rollout) ready() bool { return r.deployed() == r.digest && r.complete() }

// complete reports whether the components have all their pods, but for those that the spec stops, and there
// is one at all.
func (r rollout) complete() bool {
	available := false
	for _, c := range r.Catalog.Present(&r.Tracker.Spec) {
		d := r.Snapshot.Deployments[c.Name]
		if d == nil || !r.Snapshot.TemplateObserved(c.Name) || d.Status.ObservedGeneration < d.Generation {
			return false
		}
		n := count(r.Input, c.Name, d)
		if !n.complete() || n.available == 0 && c.Replicas(&r.Tracker.Spec) > 0 {
			return false
		}
		available = available || n.available > 0
	}
	return available
}

// accept makes the spec's templates those that the operator goes back to.
func (r rollout) accept() {
	replicaSets := r.Snapshot.CurrentReplicaSets()
	if replicaSets == nil {
		return
	}
	good := &v1alpha1.GoodTemplates{Version: r.Tracker.Spec.Version, Digest: r.digest, ReplicaSets: replicaSets}
	if record := r.Snapshot.MigrationRecord; record != nil {
		good.MigrationJob = record.Job
	}
	r.next.Good, r.next.Candidate = good, nil
}

// refuse makes the operator go back from the candidate.
func (r rollout) refuse() {
	c := r.next.Candidate
	r.next.Refused = &v1alpha1.RefusedTemplates{
		Version: c.Version, Digest: r.digest, Generation: r.Tracker.Generation, Message: c.Failure, Time: r.Now,
	}
	r.next.Candidate = nil
}

// blocked is why the operator doesn't go back from templates that have failed; nil when they have not.
func (r rollout) blocked() *Cause {
	c := r.next.Candidate
	if c == nil || c.Failure == "" {
		return nil
	}
	obstacle := r.obstacle()
	if obstacle == "" {
		return nil
	}
	return &Cause{v1alpha1.ReasonRollbackBlocked, fmt.Sprintf("version %s failed: %s; the operator does not go back to %s: %s",
		c.Version, c.Failure, r.next.Good.Version, obstacle)}
}

// noteMigrations remembers that a Job has migrated the database, or is about to, after the good templates: also when
// spec.migrations is gone by then.
func (r rollout) noteMigrations() {
	migrations, good := r.Tracker.Spec.Migrations, r.next.Good
	job := ""
	switch record := r.Snapshot.MigrationRecord; {
	case migrations == nil:
		return
	case record != nil:
		job = record.Job
	case r.Snapshot.MigrationJob != nil && snapshot.JobCondition(r.Snapshot.MigrationJob, batchv1.JobFailed) == nil:
		job = r.Snapshot.MigrationJob.Name
	}
	switch {
	case migrations.BackwardCompatible && job == good.MigratedBy:
		good.MigratedBy = ""
	case job != "" && job != good.MigrationJob && !migrations.BackwardCompatible:
		good.MigratedBy = job
	}
}

// obstacle is why the operator can't go back to the good templates; empty when it can.
func (r rollout) obstacle() string {
	if lost := r.Snapshot.LostReplicaSet(r.next.Good); lost != "" {
		return fmt.Sprintf("ReplicaSet %s, which had its pod template, is gone (spec.revisionHistoryLimit of the Deployment); "+
			"write a version that works", lost)
	}
	if job := r.next.Good.MigratedBy; job != "" {
		return fmt.Sprintf("Job %s has migrated the database, and spec.migrations.backwardCompatible is not true; "+
			"write a version that works with the migrated database", job)
	}
	return ""
}
