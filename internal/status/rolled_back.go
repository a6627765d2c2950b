// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

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
