// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/status"
)

// firstStatus is how long an operator may take for the first status of a tracker.
const firstStatus = 30 * time.Second

// reported is the check of what the operator reports. It does not repeat what other checks have found.
func reported(f Facts, t *Tracker, others []named) findings {
	var found findings
	object := t.Object
	ready := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionReady)
	switch since := f.Now.Sub(object.CreationTimestamp.Time); {
	case ready == nil && since < firstStatus:
		found.warn("wait a moment", "no operator has written a status yet; the tracker is %s old", age(since))
		return found
	case ready == nil:
		found.fail("see the checks of the operator above", "no operator has written a status yet; the tracker is %s old", age(since))
		return found
	}
	if len(t.Unreadable) > 0 {
		found.warn("use the kubectl-tracker of the operator's version",
			"this plugin can't read %s, which are of another version: what it says of the tracker may be incomplete", list(t.Unreadable))
	}
	if object.DeletionTimestamp != nil {
		found.warn("wait for it, or see what its finalizers wait for: kubectl get interviewtracker -n "+object.Namespace+" "+object.Name+" -o yaml",
			"the tracker is being deleted")
		return found
	}
	if object.Status.ObservedGeneration < object.Generation {
		found.warn("wait a moment, then see the checks of the operator above", "the operator has not acted on the current spec yet: generation %d, observed %d",
			object.Generation, object.Status.ObservedGeneration)
	}
	conditions(&found, object, *ready, others)
	if len(found) == 0 {
		found.pass("Ready: %s", line(cmp.Or(ready.Message, ready.Reason)))
	}
	return found
}

// conditions are the findings of the conditions that are not as they should be. While Ready says why the tracker does
// not work, what is still under way follows from that. What another check explains is left to it, but for that the
// tracker does not work, or loses data.
func conditions(found *findings, t *v1alpha1.InterviewTracker, ready metav1.Condition, others []named) {
	passing := ready.Status == metav1.ConditionTrue || status.GoesOn(ready)
	var said []string
	for _, c := range t.Status.Conditions {
		follows := slices.Contains(said, c.Message) || !passing && status.GoesOn(c)
		if !status.Wrong(c) || c.Type != v1alpha1.ConditionReady && follows {
			continue
		}
		said = append(said, c.Message)
		explained := explainedIn(c, others)
		if explained == "" || c.Type == v1alpha1.ConditionReady || c.Type == v1alpha1.ConditionDataLoss {
			condition(found, t, c, explained)
		}
	}
}

// condition is the finding of a condition that is not as it should be, and that another check may explain.
func condition(found *findings, t *v1alpha1.InterviewTracker, c metav1.Condition, explained string) {
	result, said := Fail, ": "+line(c.Message)
	reconciles := c.Type == v1alpha1.ConditionReconciling && c.Reason != v1alpha1.ReasonReconcileFailed
	optional := slices.ContainsFunc(parts.Optional(&t.Spec), func(d catalog.Dependency) bool { return d.Condition.Type == c.Type })
	if c.Status == metav1.ConditionUnknown || status.GoesOn(c) || reconciles || optional || c.Type == v1alpha1.ConditionUnderMaintenance {
		result = Warn
	}
	if explained != "" {
		said = ", see " + explained
	}
	found.add(result, reasonRemedy(t, c), "%s is %s (%s)%s", c.Type, c.Status, c.Reason, said)
}

// explanations are the checks that say more of what a condition reports, by its reason. Pods says more of whatever it has
// in the same words.
var explanations = map[string]string{
	v1alpha1.ReasonSecretNotFound:     checkReferences,
	v1alpha1.ReasonInvalidURL:         checkReferences,
	v1alpha1.ReasonInvalidSecret:      checkReferences,
	v1alpha1.ReasonCredentialsLost:    checkReferences,
	v1alpha1.ReasonConfigMapNotFound:  checkReferences,
	v1alpha1.ReasonInvalidCertificate: checkReferences,
	v1alpha1.ReasonVolumePending:      checkStorage,
	v1alpha1.ReasonClaimTerminating:   checkStorage,
	v1alpha1.ReasonClaimLost:          checkStorage,
	v1alpha1.ReasonNotSelected:        checkMonitoring,
	v1alpha1.ReasonCRDNotInstalled:    checkMonitoring,
	v1alpha1.ReasonUnknown:            checkPolicies,
}

// explainedIn is the check that says the same as a condition, and what to do; empty when none does.
func explainedIn(c metav1.Condition, others []named) string {
	for _, check := range others {
		if slices.ContainsFunc(check.found, func(f Check) bool {
			return (f.Result == Fail || f.Result == Warn) && explains(check.name, f.Message, c)
		}) {
			return check.name
		}
	}
	return ""
}

// subject matches the object that a finding is about.
var subject = regexp.MustCompile(`(?:Secret|ConfigMap|PersistentVolumeClaim) [a-z0-9][a-z0-9.-]*`)

// explains reports whether a check has found what a condition reports.
func explains(check, found string, c metav1.Condition) bool {
	switch {
	case check == checkPods:
		return c.Message != "" && strings.Contains(found, line(c.Message))
	case explanations[c.Reason] != check:
		return false
	case check == checkPolicies:
		return strings.HasPrefix(found, whoOperator+" can't reach")
	case check == checkMonitoring: // Which Alertmanager selects the receivers, it does not look at.
		same := c.Reason == v1alpha1.ReasonCRDNotInstalled || strings.Contains(c.Message, strings.TrimSuffix(found, "…"))
		return c.Type == v1alpha1.ConditionMonitoringReady && same
	}
	object := subject.FindString(unquoted(found))
	return object != "" && strings.Contains(unquoted(c.Message), object)
}

func unquoted(text string) string { return strings.ReplaceAll(text, `"`, "") }

// reasonRemedy says what to do about a condition, or where that is written.
func reasonRemedy(t *v1alpha1.InterviewTracker, c metav1.Condition) string {
	describe := fmt.Sprintf("kubectl describe interviewtracker -n %s %s", t.Namespace, t.Name)
	switch {
	case c.Type == v1alpha1.ConditionUnderMaintenance:
		return "nothing, if this is planned: notifications are muted"
	case c.Reason == v1alpha1.ReasonSuspended:
		return fmt.Sprintf("resume it: kubectl tracker resume %s -n %s", t.Name, t.Namespace)
	case c.Reason == v1alpha1.ReasonReconcileFailed:
		return "mend what the message names; the operator tries again by itself: " + describe
	case status.GoesOn(c):
		return "wait for it: " + describe
	}
	return "docs/status.md says what to do about " + line(c.Reason) + ": " + describe
}
