// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// logged returns what the engine logs, up to a level, while it applies children.
func (w *world) logged(level int, children ...client.Object) []string {
	w.Helper()
	var lines []string
	logger := funcr.New(func(_, line string) { lines = append(lines, line) }, funcr.Options{Verbosity: level})
	_, err := w.engine.Apply(log.IntoContext(w.Context(), logger), w.owner, wanted(children...))
	if _, invalid := errors.AsType[*apply.InvalidError](err); err != nil && !invalid {
		w.Fatal(err)
	}
	return lines
}

// Each write is logged at level 0, and each object that is not written, with the reason,
// at level 1.
func TestDecisionsAreLogged(t *testing.T) {
	w := newWorld(t)
	contains := func(lines []string, want ...string) {
		t.Helper()
		if !slices.ContainsFunc(lines, func(line string) bool {
			return !slices.ContainsFunc(want, func(part string) bool { return !strings.Contains(line, part) })
		}) {
			t.Errorf("no line contains %q:\n%s", want, strings.Join(lines, "\n"))
		}
	}
	const object = `"object"="Deployment hiring-api"`
	contains(w.logged(0, w.deployment()), `"level"=0`, object, `"action"="applied"`, `"fields"=[]`)
	if lines := w.logged(0, w.deployment()); len(lines) > 0 {
		t.Errorf("an unchanged object is logged at level 0: %q", lines)
	}
	contains(w.logged(1, w.deployment()), `"level"=1`, object, `"reason"="unchanged"`)

	changed := w.deployment()
	changed.Spec.MinReadySeconds = 3
	contains(w.logged(0, changed), `"action"="applied"`, `"spec.minReadySeconds"`)
	for range 3 {
		w.scale(5)
		contains(w.logged(0, changed), `"action"="repaired"`, `"fields"=["spec.replicas"]`)
	}
	w.scale(5)
	for range 2 {
		contains(w.logged(1, changed), object, `"reason"="field conflict, backing off"`)
	}

	invalid := w.service()
	invalid.Spec.Ports = nil
	contains(w.logged(1, invalid), `"object"="Service hiring-api"`, "the API server rejects Service")
	w.clock.SetTime(w.clock.Now().Add(time.Minute))
	contains(w.logged(1, invalid), `"object"="Service hiring-api"`, `"reason"="refused before, retry in 3m0s"`)

	cached := &lagging{Client: w.engineClient}
	w.engine = apply.New(cached, w.live, w.clock)
	w.logged(0, w.deployment())
	cached.deployment = get(w, "hiring-api", w.deployment())
	w.logged(0, changed)
	contains(w.logged(1, changed), object, `"reason"="cache is older than the last write"`)

	w.ok(w.Create(t.Context(), w.newSecret()))
	edit(w, w.secret(), "kubectl-label", func(s *corev1.Secret) { delete(s.Labels, v1alpha1.LabelTracker) })
	contains(w.logged(0, w.secret()), `"object"="Secret hiring-database-credentials"`, v1alpha1.LabelTracker)
}

func TestDeletionIsLogged(t *testing.T) {
	w := newWorld(t)
	w.apply(w.service())
	var lines []string
	logger := funcr.New(func(_, line string) { lines = append(lines, line) }, funcr.Options{})
	_, err := w.engine.Prune(log.IntoContext(t.Context(), logger), w.owner, kinds.In(kinds.Application), nil)
	w.ok(err)
	const want = `"msg"="Object deleted" "object"="Service hiring-api" "action"="pruned"`
	if len(lines) != 1 || !strings.Contains(lines[0], want) {
		t.Errorf("logged %q, want one line with %s", lines, want)
	}
}
