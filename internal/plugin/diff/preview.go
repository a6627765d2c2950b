// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/children"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// preview is what would change for one tracker.
type preview struct {
	tracker change
	objects []change // In the order in which the operator would write them.
	notes   []string // What comes later, or is left out, a sentence each.
	// failures are why something could not be compared.
	failures []error
}

// preview finds out what would change if a tracker were applied. An error means that nothing is known.
func (s *session) preview(ctx context.Context, wanted *unstructured.Unstructured) (*preview, error) {
	live, proposed, err := s.propose(ctx, wanted)
	if err != nil {
		return nil, err
	}
	p := &preview{tracker: change{live, proposed}}
	decoded, err := plugin.Decode(proposed)
	if err != nil {
		return nil, err
	}
	for _, field := range decoded.Unreadable {
		if err := decoded.Readable(field); strings.HasPrefix(field, "spec.") {
			return nil, err // Other objects would be built from the rest.
		}
		p.note(field + " has another form than this version can read, and is left out")
	}
	tracker := decoded.InterviewTracker
	switch {
	case tracker.DeletionTimestamp != nil:
		p.note("It is being deleted: the operator changes nothing")
		return p, nil
	case tracker.Spec.Suspend:
		p.note("spec.suspend is true: the operator changes nothing")
		return p, nil
	}
	seen, err := s.observer.Observe(ctx, tracker)
	if err != nil {
		return nil, err
	}
	output, err := desired.Build(ctx, tracker, started(tracker, seen, s), s.options.catalog)
	if err != nil {
		return nil, err
	}
	s.explain(p, tracker, seen, output)
	s.write(ctx, p, tracker, seen, output)
	return p, nil
}

// started is a snapshot as it will be once the tracker's migrations have succeeded and its journeys have begun, for
// which it may have to wait.
func started(t *v1alpha1.InterviewTracker, seen *snapshot.Snapshot, s *session) *snapshot.Snapshot {
	later := *seen
	if seen.HeldBack(t) {
		later.MigrationRecord = &v1alpha1.MigrationsStatus{Job: desired.MigrationJobName(t, s.options.catalog)}
	}
	journeys, _ := s.options.catalog.Journeys(&t.Spec)
	later.Journeys = map[string]snapshot.Journey{}
	for i := range journeys {
		later.Journeys[journeys[i].Name] = seen.Journeys[journeys[i].Name]
	}
	return &later
}

// withMigrations are the objects of a tracker that will have migrated, and the Job that migrates if it
// is still to run.
func withMigrations(t *v1alpha1.InterviewTracker, seen *snapshot.Snapshot, wanted *desired.Output) []desired.Object {
	objects := slices.Clone(wanted.Objects)
	if !seen.HeldBack(t) {
		return objects
	}
	for _, object := range wanted.Deferred {
		if _, ok := object.(*batchv1.Job); ok {
			objects = append(objects, object)
		}
	}
	return objects
}

// write has the operator's engine write what is wanted, by dry runs.
func (s *session) write(ctx context.Context, p *preview, t *v1alpha1.InterviewTracker, seen *snapshot.Snapshot, wanted *desired.Output) {
	r := &recorder{Client: s.client, tracker: t}
	objects := withMigrations(t, seen, wanted)
	engine := apply.New(r, r, clock.RealClock{})
	result, err := engine.Apply(ctx, t, children.Of(wanted, objects))
	p.add(result, err)
	for _, lost := range wanted.LostLabels {
		result, err := engine.RestoreLabels(ctx, lost.Claim, lost.Labels)
		p.add(result, err)
	}
	for _, expansion := range wanted.VolumeExpansions {
		p.add(apply.Result{}, engine.Grow(ctx, expansion.Claim, expansion.Size))
	}
	keep := children.Of(wanted, slices.Concat(objects, wanted.Deferred, wanted.Former))
	result, err = engine.Prune(ctx, t, kinds.In(kinds.Application), keep)
	p.add(result, err)

	for _, later := range []struct {
		phase   kinds.Phase
		objects []desired.Object
	}{{kinds.Traffic, wanted.Traffic}, {kinds.Monitoring, wanted.Monitoring}} {
		engine := apply.New(r, r, clock.RealClock{})
		for _, k := range kinds.In(later.phase) {
			if k.Optional && s.served.kinds.Has(k.Kind) {
				p.add(apply.Result{}, engine.SetSchema(k.GroupVersionKind, nil))
			}
		}
		wanted := children.Of(wanted, later.objects)
		result, err = engine.Apply(ctx, t, wanted)
		p.add(result, err)
		result, err = engine.Prune(ctx, t, children.KindsIn(later.phase, s.served.kinds), wanted)
		p.add(result, err)
	}
	p.objects = r.changes
}

// add adds what a step of the engine has met.
func (p *preview) add(result apply.Result, err error) {
	for _, event := range result.Events {
		if event.Reason == apply.ReasonAPIWarning {
			p.note("Warning: " + event.Message)
		}
	}
	pending := (*apply.PendingError)(nil)
	switch {
	case err == nil:
	case errors.As(err, &pending) && !pending.Stale:
		p.note(pending.Error()) // The operator waits, too.
	case len(result.Unapplied) > 0:
		p.failures = append(p.failures, fmt.Errorf("%w (not compared: %s)", err, names(result.Unapplied)))
	default:
		p.failures = append(p.failures, err)
	}
}

// explain notes what the objects don't show.
func (s *session) explain(p *preview, t *v1alpha1.InterviewTracker, seen *snapshot.Snapshot, wanted *desired.Output) {
	if seen.HeldBack(t) {
		p.note("The pods of the API are replaced, or made, once the migrations have succeeded")
	}
	journeys, _ := s.options.catalog.Journeys(&t.Spec)
	if slices.ContainsFunc(journeys, func(j v1alpha1.JourneySpec) bool { return seen.JourneyWaits(t, s.options.catalog, j.Name) }) {
		p.note("The CronJobs of new journeys are made once the API and the frontend each have an available pod")
	}
	for _, sentence := range slices.Concat(wanted.UnsupportedChanges, wanted.DataKept, t.Spec.UnknownAlerts(), wanted.Unrouted) {
		p.note(sentence)
	}
	if len(wanted.Former) > 0 {
		p.note("Deleted once no pod uses it: " + names(wanted.Former))
	}
	if len(wanted.Absent) > 0 {
		p.note("Left out, as the cluster has no such kind: " + strings.Join(wanted.Absent, ", "))
	}
}

func (p *preview) note(sentence string) { p.notes = append(p.notes, sentence) }

// names are those of objects, such as "Deployment hiring-api, Service hiring-api".
func names[T client.Object](objects []T) string {
	all := make([]string, len(objects))
	for i, object := range objects {
		all[i] = object.GetObjectKind().GroupVersionKind().Kind + " " + object.GetName()
	}
	return strings.Join(all, ", ")
}
