// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// prune prunes, which must succeed.
func (w *world) prune(keep ...client.Object) apply.Result {
	w.Helper()
	result, err := w.engine.Prune(w.Context(), w.owner, kinds.In(kinds.Application), wanted(keep...))
	w.ok(err)
	return result
}

func (w *world) gone(object client.Object) bool {
	w.Helper()
	err := w.Get(w.Context(), client.ObjectKeyFromObject(object), object)
	if err != nil && !apierrors.IsNotFound(err) {
		w.Fatal(err)
	}
	return err != nil
}

func TestUnwantedObjectsArePrunedInOrder(t *testing.T) {
	w := newWorld(t)
	w.apply(w.children()...)
	kept := []client.Object{w.service(), w.deployment()}
	w.writes(len(w.children())-len(kept), func() {
		got := w.prune(kept...)
		want := []string{
			"Deleted HorizontalPodAutoscaler hiring-api: the tracker no longer has it",
			"Deleted PodDisruptionBudget hiring-api: the tracker no longer has it",
			"Deleted Job hiring-migrate-1: the tracker no longer has it",
			"Deleted StatefulSet hiring-database: the tracker no longer has it",
			"Deleted NetworkPolicy hiring-database: the tracker no longer has it",
			"Deleted ServiceAccount hiring-api: the tracker no longer has it",
			"Deleted Secret hiring-database-credentials: the tracker no longer has it",
		}
		var messages []string
		for _, event := range got.Events {
			messages = append(messages, event.Message)
		}
		if !slices.Equal(messages, want) || got.Counts.Of(apply.Pruned) != len(want) {
			t.Errorf("%q, want %q", messages, want)
		}
	})
	for _, child := range w.children() {
		isKept := slices.ContainsFunc(kept, func(k client.Object) bool {
			return k.GetObjectKind().GroupVersionKind() == child.GetObjectKind().GroupVersionKind()
		})
		if w.gone(child) == isKept {
			t.Errorf("%T is there: %v", child, !isKept)
		}
	}
	w.writes(0, func() { w.prune(kept...) })
}

// keeper is a client that can't delete StatefulSets.
type keeper struct{ client.Client }

func (k keeper) Delete(ctx context.Context, object client.Object, opts ...client.DeleteOption) error {
	if _, ok := object.(*appsv1.StatefulSet); ok {
		return errors.New("the connection was lost")
	}
	return k.Client.Delete(ctx, object, opts...)
}

// What a database needs stays as long as the database does; what others have goes.
func TestWhatIsNeededStaysWhileItsUserDoes(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(*world)
		fails   bool
	}{
		"deletion fails": {func(w *world) { w.engine = apply.New(keeper{w.engineClient}, w.live, w.clock) }, true},
		"being deleted": {func(w *world) {
			edit(w, w.statefulSet(), "test", func(s *appsv1.StatefulSet) { s.Finalizers = []string{"example.com/wait"} })
			w.ok(w.Delete(t.Context(), w.statefulSet()))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.apply(w.children()...)
			test.prepare(w)
			_, err := w.engine.Prune(t.Context(), w.owner, kinds.In(kinds.Application), wanted(w.deployment()))
			if (err != nil) != test.fails {
				t.Errorf("error %v", err)
			}
			for _, child := range w.children() {
				_, isDeployment := child.(*appsv1.Deployment)
				stays := isDeployment || child.GetLabels()[v1alpha1.LabelComponent] == "database"
				if w.gone(child) == stays {
					t.Errorf("%T %s is there: %t", child, child.GetName(), !stays)
				}
			}
			if !test.fails {
				edit(w, w.statefulSet(), "test", func(s *appsv1.StatefulSet) { s.Finalizers = nil })
			}
			w.restart()
			w.prune(w.deployment())
			if secret := w.newSecret(); !w.gone(secret) {
				t.Error("the credentials stay")
			}
		})
	}
}

func TestForeignObjectIsNotPruned(t *testing.T) {
	for name, theirs := range map[string]func(*world) client.Object{
		"no controller": func(w *world) client.Object { s := w.service(); s.OwnerReferences = nil; return s },
		"another's":     func(w *world) client.Object { return controlledBy(w.service(), "v1", "Pod", "p", "1") },
		"a namesake's": func(w *world) client.Object {
			return controlledBy(w.service(), v1alpha1.GroupVersion.String(), v1alpha1.Kind, w.owner.Name, "uid-of-before")
		},
		"retained": func(w *world) client.Object { return w.retain(w.newSecret()) },
		"on its way": func(w *world) client.Object { // It is being deleted already.
			s := w.service()
			s.Finalizers = []string{"example.com/wait"}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			object := theirs(w)
			w.ok(w.Create(t.Context(), object))
			if len(object.GetFinalizers()) != 0 {
				w.ok(w.Delete(t.Context(), object))
				defer edit(w, w.service(), "test", func(s *corev1.Service) { s.Finalizers = nil })
			}
			unchanged := w.unchanged(object)
			w.writes(0, func() { w.prune() })
			unchanged()
		})
	}
}

func TestReplacedObjectIsNotPruned(t *testing.T) {
	w := newWorld(t)
	w.apply(w.service())
	theirs := w.service()
	theirs.OwnerReferences = nil
	var unchanged func()
	w.beforeWrite(func() {
		w.ok(w.Delete(t.Context(), w.service()))
		w.ok(w.Create(t.Context(), theirs))
		unchanged = w.unchanged(theirs)
	})
	_, err := w.engine.Prune(t.Context(), w.owner, kinds.In(kinds.Application), nil)
	if _, ok := errors.AsType[*apply.PendingError](err); !ok {
		t.Errorf("error %v", err)
	}
	unchanged()
	w.writes(0, func() { w.prune() })
	unchanged()
}

func TestObjectDeletedDuringPruneIsNoError(t *testing.T) {
	w := newWorld(t)
	w.apply(w.service())
	w.beforeWrite(func() { w.ok(w.Delete(t.Context(), w.service())) })
	if got := w.prune(); got.Counts.Of(apply.Pruned) != 0 || len(got.Events) != 0 {
		t.Errorf("%+v", got)
	}
}
