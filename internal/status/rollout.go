// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
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

// outage reports whether the pods fail for a cause that is not the new template: the kubelet says that a
// dependency doesn't work, or the good template's pods don't work either, or no pod can use an external dependency
// any more that they could use before.
func (r rollout) outage() bool {
	good := r.goodPods()
	if len(good) > 0 && !slices.ContainsFunc(good, func(pod corev1.Pod) bool { return snapshot.PodReady(&pod) }) {
		return true
	}
	c := r.next.Candidate
	worked := (c.ReadySince != nil || c.Since == nil) && len(good) == 0
	for _, d := range r.needed() {
		managed := d.ManagedSpec(&r.Tracker.Spec) != nil
		if managed && !slices.ContainsFunc(r.Snapshot.Pods[d.Name], func(pod corev1.Pod) bool { return snapshot.PodReady(&pod) }) {
			return true
		}
		ofGood, ofOthers := map[v1alpha1.DependencyHealth]int{}, map[v1alpha1.DependencyHealth]int{}
		for _, answer := range r.Snapshot.Application.Pods {
			of := ofOthers
			if slices.ContainsFunc(good, func(pod corev1.Pod) bool { return pod.Name == answer.Pod }) {
				of = ofGood
			}
			of[answer.Health(string(d.Name))]++
		}
		unusable := func(of map[v1alpha1.DependencyHealth]int) bool {
			return of[v1alpha1.DependencyUnhealthy] > 0 && of[v1alpha1.DependencyHealthy] == 0
		}
		if unusable(ofGood) || worked && !managed && unusable(ofOthers) {
			return true
		}
	}
	return false
}

// goodPods are the pods of the good template that run, of the component that reports the dependencies.
func (r rollout) goodPods() []corev1.Pod {
	var pods []corev1.Pod
	for _, pod := range r.Snapshot.Pods[r.Catalog.Primary().Name] {
		owner := metav1.GetControllerOfNoCopy(&pod)
		isGood := owner != nil && slices.ContainsFunc(r.next.Good.ReplicaSets, func(ref v1alpha1.ReplicaSetReference) bool { return ref.UID == owner.UID })
		if isGood && pod.DeletionTimestamp == nil && pod.Status.Phase == corev1.PodRunning {
			pods = append(pods, pod)
		}
	}
	return pods
}

// unsettled reports that the API's pods may be about to report an outage.
func (r rollout) unsettled() bool {
	app := r.Snapshot.Application
	if !app.Settled || app.Hanging {
		return true
	}
	return slices.ContainsFunc(r.needed(), func(d catalog.Dependency) bool {
		reported := slices.ContainsFunc(app.Pods, func(answer snapshot.PodAnswer) bool {
			return answer.Health(string(d.Name)) == v1alpha1.DependencyUnhealthy
		})
		return slices.Contains(app.Failing, string(d.Name)) && !reported
	})
}

// needed are the dependencies that the tracker does not work without.
func (r rollout) needed() []catalog.Dependency {
	spec := &r.Tracker.Spec
	return slices.DeleteFunc(r.Catalog.Used(spec), func(d catalog.Dependency) bool { return d.Optional(spec) })
}

// dependenciesWork reports whether a pod says that it can use all dependencies.
func (r rollout) dependenciesWork() bool {
	return slices.ContainsFunc(r.Snapshot.Application.Pods, func(answer snapshot.PodAnswer) bool {
		return answer.Answered && !slices.ContainsFunc(r.needed(), func(d catalog.Dependency) bool {
			return answer.Health(string(d.Name)) != v1alpha1.DependencyHealthy
		})
	})
}

// since is from when on what happens to the pods is held against their templates: a dependency whose pod
// has only just become ready was down before, even if that was not stored.
func (r rollout) since() time.Time {
	since := r.next.Candidate.Since.Time
	for _, d := range r.needed() {
		for _, pod := range r.Snapshot.Pods[d.Name] {
			if at := snapshot.PodCondition(&pod, corev1.PodReady); snapshot.PodReady(&pod) && at.LastTransitionTime.Add(confirmation).After(since) {
				since = at.LastTransitionTime.Add(confirmation)
			}
		}
	}
	return since
}

// suspicion is what is held against templates once it has lasted for so long.
type suspicion struct {
	message  string
	since    time.Time
	patience time.Duration
}

// failure is what has gone wrong with the pods of the new templates, empty when nothing has, and
// whether it is confirmed.
func (r rollout) failure() (message string, confirmed bool) {
	all := r.suspicions()
	for _, s := range all {
		if r.Now.Sub(s.since) >= s.patience {
			return s.message, true
		}
	}
	if len(all) > 0 {
		return all[0].message, false
	}
	return "", false
}

func (r rollout) suspicions() []suspicion {
	var all []suspicion
	began := r.since()
	for _, c := range r.Catalog.Present(&r.Tracker.Spec) {
		d := r.Snapshot.Deployments[c.Name]
		if d == nil || r.Snapshot.DeployedTemplates()[c.Name] != r.templates[c.Name] || r.unchanged(c.Name) {
			continue
		}
		all = append(all, r.ofPods(c, began)...)
		if cause := r.overdue(c, d); cause != nil {
			all = append(all, suspicion{message: cause.Message()})
		}
		if worse := r.Snapshot.Comparison.Worse(); c.Primary && worse != "" {
			all = append(all, suspicion{message: worse})
		}
	}
	for _, verdict := range r.verdicts() {
		if since := verdict.LastTransitionTime.Time; !since.Before(began) {
			all = append(all, suspicion{verdict.Message, since, dependencyConfirmation})
		}
	}
	return all
}

// ofPods are the crashes and relapses of a component's new pods since a time.
func (r rollout) ofPods(c catalog.Component, began time.Time) []suspicion {
	patience := confirmation
	if c.UsesDependencies && !r.dependenciesWork() {
		patience = dependencyConfirmation
	}
	var all []suspicion
	for _, pod := range r.Snapshot.CurrentPods(c.Name) {
		cause, at := crash(&pod, began)
		if cause == nil {
			cause, at = r.relapse(&pod, began)
		}
		if cause != nil {
			all = append(all, suspicion{cause.Message(), at, patience})
		}
	}
	return all
}

// verdicts are the operator's conditions that new templates may be the cause of, once all their pods have been
// ready.
func (r rollout) verdicts() []metav1.Condition {
	readySince := r.next.Candidate.ReadySince
	if readySince == nil {
		return nil
	}
	reasons := map[string]string{}
	for _, d := range r.needed() {
		reasons[d.Condition.Type] = v1alpha1.ReasonConnectionFailed
	}
	for _, j := range r.Snapshot.Journeys {
		if j.Last != nil && !j.Last.Succeeded && !j.Last.Started.Before(readySince.Time) {
			reasons[v1alpha1.ConditionJourneysPassing] = v1alpha1.ReasonJourneyFailed
		}
	}
	var bad []metav1.Condition
	for _, c := range r.Tracker.Status.Conditions {
		if reason, counts := reasons[c.Type]; counts && c.Reason == reason {
			bad = append(bad, c)
		}
	}
	return bad
}

// overdue is why the pods of a component are not ready, if the deadline for that has passed: that of a rollout, or as
// long after they have all been. nil otherwise.
func (r rollout) overdue(c catalog.Component, d *appsv1.Deployment) *podCause {
	progressing, before := deploymentCondition(d, appsv1.DeploymentProgressing), storedCondition(r.Input, c.Condition.Type)
	deadline := r.Tracker.Spec.GetRollout().ProgressDeadline.Duration
	n := count(r.Input, c.Name, d)
	if n.complete() || progressing == nil || r.Now.Sub(r.next.Candidate.Since.Time) < deadline {
		return nil
	}
	stuck := progressing.Reason == progressDeadlineExceeded && !r.Snapshot.IsFormer(c.Name, quoted(progressing.Message))
	lost := progressing.Reason == "NewReplicaSetAvailable" && before != nil && before.Status == metav1.ConditionFalse &&
		r.Now.Sub(before.LastTransitionTime.Time) >= deadline
	if !stuck && !lost {
		return nil
	}
	if cause := deploymentCause(r.Input, c.Name, d, n); cause != nil {
		return cause
	}
	return &podCause{Head: fmt.Sprintf("Deployment %s: %s for %s%s", d.Name, n, deadline, whichUnready(r.Input, c.Name))}
}

// crash is how a container of a pod has ended since a time, and when; nil when none has. A pod that
// its node or a controller ended did not crash.
func crash(pod *corev1.Pod, since time.Time) (*podCause, time.Time) {
	if pod.DeletionTimestamp != nil || podEnded(pod) != nil {
		return nil, time.Time{}
	}
	find := func(kind string, statuses []corev1.ContainerStatus, ends bool) (*podCause, time.Time) {
		for i := range statuses {
			for _, end := range []*corev1.ContainerStateTerminated{statuses[i].State.Terminated, statuses[i].LastTerminationState.Terminated} {
				if end == nil || end.FinishedAt.Time.Before(since) || ends && end.ExitCode == 0 || endedWithNode(end) {
					continue
				}
				head := podHead + pod.Name + ", " + kind + statuses[i].Name
				if end.Reason == oomKilled {
					return memoryExceeded(head), end.FinishedAt.Time
				}
				return endCause(head, end, true), end.FinishedAt.Time
			}
		}
		return nil, time.Time{}
	}
	if cause, at := find("init container ", pod.Status.InitContainerStatuses, true); cause != nil {
		return cause, at
	}
	return find("container ", pod.Status.ContainerStatuses, false)
}

// endedWithNode reports that a container ended with its node, which says nothing of the container.
func endedWithNode(end *corev1.ContainerStateTerminated) bool {
	return end.Reason == "ContainerStatusUnknown" || end.Reason == "Unknown"
}

// relapse is why a pod that was ready is not any more, and since when; nil when it is ready, or has
// not been yet.
func (r rollout) relapse(pod *corev1.Pod, since time.Time) (*podCause, time.Time) {
	ready := snapshot.PodCondition(pod, corev1.ContainersReady)
	if pod.DeletionTimestamp != nil || podEnded(pod) != nil || ready == nil || ready.Status == corev1.ConditionTrue ||
		ready.LastTransitionTime.Time.Before(since) {
		return nil, time.Time{}
	}
	for i := range pod.Status.ContainerStatuses {
		running := pod.Status.ContainerStatuses[i].State.Running
		if running == nil || !running.StartedAt.Time.Before(ready.LastTransitionTime.Time) {
			return nil, time.Time{}
		}
	}
	if cause := causeOf(pod, r.Snapshot.PodEvents[pod.Name], r.Now); cause != nil {
		return cause, ready.LastTransitionTime.Time
	}
	return &podCause{Head: notReadyYet(pod)}, ready.LastTransitionTime.Time
}

// underObservation is what Ready says of new pod templates that work and have yet to prove good.
func underObservation(in Input) []string {
	if !in.Rollout.UnderWay() || in.Rollout.Status.Candidate.ReadySince == nil {
		return nil
	}
	c := in.Rollout.Status.Candidate
	until := c.ReadySince.Add(in.Tracker.Spec.GetRollout().Observe.Duration)
	messages := []string{fmt.Sprintf("version %s is observed until %s", c.Version, until.UTC().Format(time.RFC3339))}
	if comparison := in.Snapshot.Comparison; comparison != nil && comparison.Problem != "" {
		messages = append(messages, "it is not compared with the one before: "+comparison.Problem)
	}
	return messages
}

// stalledRollout is why a person has to act on a rollout: it was taken back, or can't be.
func stalledRollout(in Input) *Cause {
	switch r := in.Rollout.Status; {
	case in.Tracker.Spec.Suspend:
		return nil
	case in.Rollout.Blocked != nil:
		return in.Rollout.Blocked
	case r != nil && r.Refused != nil && r.Good != nil:
		return &Cause{v1alpha1.ReasonRolledBack, rolledBack(in, r)}
	}
	return nil
}

// rolledBack says why templates were taken back and what runs now. Once all pods of the good ones are available, it
// says so, also while they are replaced for another reason.
func rolledBack(in Input, r *v1alpha1.RolloutStatus) string {
	from, to, again := "version "+r.Refused.Version, r.Good.Version, "write another version"
	if r.Refused.Version == r.Good.Version {
		from, to, again = "the last change of the pod template ("+from+")", "the template before", "change it again"
	}
	message := func(progress string) string {
		return fmt.Sprintf("%s failed: %s; "+progress+" since %s; %s to try again",
			from, r.Refused.Message, to, r.Refused.Time.UTC().Format(time.RFC3339), again)
	}
	runs, stored := message("running %s again"), storedCondition(in, v1alpha1.ConditionStalled)
	judged := rollout{Input: in}
	if stored != nil && stored.Message == fit(runs) || in.Snapshot != nil && judged.deployed() == r.Good.Digest && judged.complete() {
		return runs
	}
	return message("going back to %s")
}

// StoredRollout is what was decided last, by the status that is stored.
func StoredRollout(t *v1alpha1.InterviewTracker) Rollout {
	r := Rollout{Status: t.Status.Rollout}
	stalled := meta.FindStatusCondition(t.Status.Conditions, v1alpha1.ConditionStalled)
	if stalled != nil && stalled.Reason == v1alpha1.ReasonRollbackBlocked && r.UnderWay() && r.Status.Candidate.Failure != "" {
		r.Blocked = &Cause{stalled.Reason, stalled.Message}
	}
	return r
}
