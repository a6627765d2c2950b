// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// componentAvailable is the condition of a component: whether its Deployment has all its
// pods, up to date and ready.
func componentAvailable(in Input, c catalog.Component) metav1.Condition {
	if in.Snapshot == nil {
		return unread(in)
	}
	d := in.Snapshot.Deployments[c.Name]
	waits := c.Primary && in.Snapshot.HeldBack(in.Tracker)
	switch {
	case d == nil && waits:
		return isFalse(v1alpha1.ReasonProgressing, "Deployment %s will be created when the migrations have run", in.Tracker.ChildName(c.Name))
	case d == nil:
		return isFalse(v1alpha1.ReasonProgressing, "Deployment %s does not exist yet", in.Tracker.ChildName(c.Name))
	}
	n := count(in, c.Name, d)
	if n.complete() {
		if cause := misrouted(in, c, d); cause != nil {
			return cause.condition()
		}
		return isTrue(v1alpha1.ReasonAvailable, "%d of %d pods are ready%s", n.wanted, n.wanted, whatWaits(in, c, d, waits))
	}
	cause := deploymentCause(in, c.Name, d, n)
	if scaling(in, c, n) {
		return isTrue(v1alpha1.ReasonAvailable, "%d of %d pods are ready, after scaling%s", n.ready, n.wanted, inBrief(cause))
	}
	if cause != nil {
		return isFalse(cause.Reason, "%s%s", sticky(in, c.Condition.Type, *cause), stillServing(in, c.Name, n))
	}
	return isFalse(v1alpha1.ReasonProgressing, "Deployment %s: %s%s", d.Name, n, whatFirst(in, c, d))
}

// whatFirst is what has to happen before a Deployment's pods are ready.
func whatFirst(in Input, c catalog.Component, d *appsv1.Deployment) string {
	if d.Status.ObservedGeneration < d.Generation {
		return unobserved(in, c.Condition.Type, "Deployment")
	}
	if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		for _, pod := range in.Snapshot.Pods[c.Name] {
			if pod.DeletionTimestamp != nil {
				return fmt.Sprintf("; pod %s has to end first (spec.strategy is Recreate)", pod.Name)
			}
		}
	}
	return whichUnready(in, c.Name)
}

// whichUnready continues a message with a pod of the current template that is not ready.
func whichUnready(in Input, c v1alpha1.Component) string {
	for _, pod := range in.Snapshot.CurrentPods(c) {
		if !snapshot.PodReady(&pod) {
			return "; " + notReadyYet(&pod)
		}
	}
	return ""
}

// whatWaits is what doesn't happen to the pods of a Deployment although all are ready.
func whatWaits(in Input, c catalog.Component, d *appsv1.Deployment, forMigrations bool) string {
	switch {
	case wanted(d) == 0 && c.Replicas(&in.Tracker.Spec) > 0:
		return fmt.Sprintf("; Deployment %s is scaled to 0 (spec.replicas): look at spec.patches and at what else sets its replicas", d.Name)
	case forMigrations:
		return "; they are not replaced until the migrations have run"
	case d.Spec.Paused:
		return "; but " + paused(in, d).Head
	}
	return ""
}

// counts are the pods of a Deployment.
type counts struct {
	wanted, existing, ready, available int32
	// updated is how many of those that exist have the current template.
	updated int32
}

func count(in Input, c v1alpha1.Component, d *appsv1.Deployment) counts {
	n := counts{
		wanted: wanted(d), existing: d.Status.Replicas, ready: d.Status.ReadyReplicas, available: d.Status.AvailableReplicas,
		updated: d.Status.UpdatedReplicas,
	}
	if !in.Snapshot.TemplateObserved(c) {
		n.updated = 0 // Those counted are of an older template.
	}
	return n
}

// settled reports that no pod of an older template is left.
func (n counts) settled() bool { return n.updated == n.existing }

// complete reports that all wanted pods are up to date and available.
func (n counts) complete() bool { return n.settled() && n.available >= n.wanted }

// String says what each count counts: among those that are ready are older ones.
func (n counts) String() string {
	text := fmt.Sprintf("%d of %d pods ready, %d of %d up to date", n.ready, max(n.wanted, n.existing), n.updated, n.wanted)
	if n.available < n.ready {
		text += fmt.Sprintf(", %d available (ready for spec.minReadySeconds)", n.available)
	}
	return text
}

// scaling reports that only pods are missing that were asked for since the component was
// available, by an autoscaler or the tracker's spec: its template is the same, and no pod has been
// lost. A new spec that could not be applied may want more than that.
func scaling(in Input, c catalog.Component, n counts) bool {
	before := storedCondition(in, c.Condition.Type)
	if before == nil || before.Status != metav1.ConditionTrue || in.Failed && !in.Tracker.Observed() {
		return false
	}
	stored := storedComponent(in.Tracker.Status.Components, c.Name)
	return stored != nil && n.settled() && n.ready > 0 && n.ready >= stored.ReadyPods()
}

// inBrief is a cause as a part of a message, without what varies.
func inBrief(cause *podCause) string {
	switch {
	case cause == nil:
		return ""
	case cause.Varies:
		return "; " + cause.Head
	}
	return "; " + cause.Message()
}

// deploymentCause is the most severe cause that keeps a Deployment from having its pods;
// nil while none is known.
func deploymentCause(in Input, c v1alpha1.Component, d *appsv1.Deployment, n counts) *podCause {
	progressing := deploymentCondition(d, appsv1.DeploymentProgressing)
	switch observed := in.Snapshot.TemplateObserved(c); {
	case !observed && d.Spec.Paused:
		return paused(in, d)
	case progressing != nil && progressing.Reason == "ReplicaSetCreateError":
		cause := createFailure("", progressing.Message)
		cause.Head = fmt.Sprintf("Deployment %s can't create a ReplicaSet", d.Name)
		return cause
	case !observed:
		return nil // What its status says is about an older template.
	}
	if failure := in.Snapshot.ReplicaFailure(c); failure != "" {
		return createFailure("Deployment "+d.Name, failure)
	}
	if cause := mostSevere(in.Snapshot.CurrentPods(c), in); cause != nil {
		return cause
	}
	if d.Spec.Paused && !n.settled() {
		return paused(in, d)
	}
	if progressing != nil && progressing.Reason == progressDeadlineExceeded && !in.Snapshot.IsFormer(c, quoted(progressing.Message)) {
		return &podCause{
			Reason: v1alpha1.ReasonProgressDeadlineExceeded,
			Head:   fmt.Sprintf("Deployment %s: no progress for %d s", d.Name, ptr.Deref(d.Spec.ProgressDeadlineSeconds, 600)),
			Detail: strings.TrimSuffix(progressing.Message, ".") + whichUnready(in, c),
		}
	}
	return nil
}

// progressDeadlineExceeded is the Deployment controller's reason for a rollout that is stuck.
const progressDeadlineExceeded = "ProgressDeadlineExceeded"

// quoted is what stands in double quotes in a message: the ReplicaSet's name in that of a Deployment.
func quoted(message string) string {
	_, rest, _ := strings.Cut(message, `"`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

// keepServing introduces the number of older pods that serve in a stuck rollout.
const keepServing = " (pods of the previous template that keep serving: "

// stillServing is how many older pods serve, in a rollout that is stuck.
func stillServing(in Input, c v1alpha1.Component, n counts) string {
	older := int(n.ready)
	for _, pod := range in.Snapshot.CurrentPods(c) {
		if snapshot.PodReady(&pod) {
			older--
		}
	}
	if n.settled() || older <= 0 {
		return ""
	}
	return fmt.Sprintf("%s%d)", keepServing, older)
}

// sticky is the message of a cause. While the cause stays the same, so does a message
// whose detail varies from one time to the next, such as the last output of a container
// that keeps crashing.
func sticky(in Input, conditionType string, cause podCause) string {
	before := storedCondition(in, conditionType)
	if !cause.Varies || before == nil || before.Reason != cause.Reason || !in.Tracker.Observed() {
		return cause.Message()
	}
	same, _, _ := strings.Cut(before.Message, keepServing)
	if reveals(same, cause.Detail) {
		return cause.Message()
	}
	if same == cause.Head && cause.Detail == "" || strings.HasPrefix(same, cause.Head+": ") {
		return same
	}
	return cause.Message()
}

// reveals reports whether a stored message may have what is masked or withheld by now, or
// withholds what may be shown by now.
func reveals(stored, detail string) bool {
	for _, mark := range []string{words.Withheld, words.Masked} {
		if strings.Contains(detail, mark) && !strings.Contains(stored, mark) {
			return true
		}
	}
	return detail != "" && strings.Contains(stored, words.Withheld) && !strings.Contains(detail, words.Withheld)
}

func deploymentCondition(d *appsv1.Deployment, t appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	i := slices.IndexFunc(d.Status.Conditions, func(c appsv1.DeploymentCondition) bool { return c.Type == t })
	if i < 0 {
		return nil
	}
	return &d.Status.Conditions[i]
}

func wanted(d *appsv1.Deployment) int32 {
	return ptr.Deref(d.Spec.Replicas, 1)
}

// primaryStopped reports whether the primary component runs no pods, as the spec wants
// it: then no pod can report anything.
func primaryStopped(in Input) bool {
	if in.Snapshot == nil {
		return false
	}
	d := in.Snapshot.Deployments[in.Catalog.Primary().Name]
	return d != nil && wanted(d) == 0
}

// labelVersion is the label of a pod that holds the version that it runs.
const labelVersion = "app.kubernetes.io/version"

// components returns status.components, of the components whose Deployment exists, and
// status.version. A component has a version of its own only where they run different ones.
func components(in Input) (all []v1alpha1.ComponentStatus, version string) {
	running := sets.New[string]()
	for _, c := range in.Catalog.Present(&in.Tracker.Spec) {
		d := in.Snapshot.Deployments[c.Name]
		if d == nil {
			continue
		}
		next := v1alpha1.ComponentStatus{
			Name:    c.Name,
			Ready:   fmt.Sprintf("%d/%d", d.Status.ReadyReplicas, wanted(d)),
			Version: runningVersion(in, c.Name, d),
		}
		if runs := image(d); runs != c.Image(&in.Tracker.Spec) {
			next.Image = runs
		}
		if d.Status.ReadyReplicas > 0 {
			running.Insert(next.Version)
		}
		all = append(all, next)
	}
	if version = only(running); version != "" {
		for i := range all {
			all[i].Version = ""
		}
	}
	return all, version
}

// scale are the number of the primary component's pods and their selector, which the scale
// subresource reports.
func scale(in Input) (replicas int32, selector string) {
	for _, c := range in.Catalog.Present(&in.Tracker.Spec) {
		if d := in.Snapshot.Deployments[c.Name]; c.Primary && d != nil {
			return d.Status.Replicas, metav1.FormatLabelSelector(d.Spec.Selector)
		}
	}
	return 0, ""
}

// runningVersion is the version that all ready pods of a component run; empty when none is ready,
// and while they run different ones.
func runningVersion(in Input, c v1alpha1.Component, d *appsv1.Deployment) string {
	versions, ready := sets.New[string](), 0
	for i := range in.Snapshot.Pods[c] {
		if pod := &in.Snapshot.Pods[c][i]; snapshot.PodReady(pod) {
			versions.Insert(pod.Labels[labelVersion])
			ready++
		}
	}
	if ready == int(d.Status.ReadyReplicas) {
		return only(versions)
	}
	// The caches of pods and of Deployments are apart for a moment. To change the version
	// now and the counts next would cost a write of the status more.
	before := storedComponent(in.Tracker.Status.Components, c)
	if before == nil || before.ReadyPods() == 0 {
		return ""
	}
	return cmp.Or(before.Version, in.Tracker.Status.Version)
}

// storedComponent is that of a component; nil when there is none.
func storedComponent(all []v1alpha1.ComponentStatus, c v1alpha1.Component) *v1alpha1.ComponentStatus {
	i := slices.IndexFunc(all, func(s v1alpha1.ComponentStatus) bool { return s.Name == c })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// image is what the component's own container runs: a patch may have put others
// beside it.
func image(d *appsv1.Deployment) string {
	for _, c := range d.Spec.Template.Spec.Containers {
		if c.Name == d.Labels[v1alpha1.LabelComponent] {
			return words.Line(c.Image, maxMessage)
		}
	}
	return ""
}

// only returns the version if there is exactly one, or else "".
func only(versions sets.Set[string]) string {
	if versions.Len() != 1 {
		return ""
	}
	return versions.UnsortedList()[0]
}
