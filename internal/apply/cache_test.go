// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

// cached gives the test an engine that reads through a cache like the operator's:
// what bears our label, without managedFields. The cache's own requests are not
// counted.
func (w *world) cached() cache.Cache {
	w.Helper()
	c := must(cache.New(config, cache.Options{
		Scheme:               scheme.Scheme,
		DefaultNamespaces:    map[string]cache.Config{w.namespace: {}},
		DefaultLabelSelector: labels.SelectorFromSet(labels.Set{v1alpha1.LabelTracker: w.owner.Name}),
		DefaultTransform:     cache.TransformStripManagedFields(),
	}))(w)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = c.Start(ctx) }) // It ends with the context, without an error.
	w.Cleanup(func() { cancel(); running.Wait() })

	counted := rest.CopyConfig(config)
	counted.Wrap(w.requests.wrap)
	w.engineClient = must(client.New(counted, client.Options{Scheme: scheme.Scheme, Cache: &client.CacheOptions{Reader: c}}))(w)
	w.live = must(client.New(counted, client.Options{Scheme: scheme.Scheme}))(w)
	w.restart()
	return c
}

// inForm returns an empty object to read a child into, in the form in which the
// engine has it cached.
func inForm(child client.Object) client.Object {
	if secret, ok := child.(*corev1.Secret); ok {
		return &metav1.PartialObjectMetadata{TypeMeta: secret.TypeMeta}
	}
	empty, _ := child.DeepCopyObject().(client.Object)
	return empty
}

// caughtUp waits until the cache shows the objects as the API server has them.
func (w *world) caughtUp(c cache.Cache, children ...client.Object) {
	w.Helper()
	for _, child := range children {
		key, seen := client.ObjectKeyFromObject(child), inForm(child)
		w.ok(w.Get(w.Context(), key, child))
		w.eventually(func() bool {
			err := c.Get(w.Context(), key, seen)
			return err == nil && seen.GetResourceVersion() == child.GetResourceVersion()
		})
	}
}

func TestThroughACacheAnUnchangedChildCostsNoRequestOfAnyKind(t *testing.T) {
	w := newWorld(t)
	c := w.cached()
	w.writes(len(w.children()), func() { w.apply(w.children()...) })
	w.caughtUp(c, w.children()...)
	for range 2 {
		w.requests.reset()
		if got := w.apply(w.children()...); got.Counts.Of(apply.Skipped) != len(w.children()) || got.Lagging {
			t.Errorf("%+v", got.Counts)
		}
		w.prune(w.children()...)
		if reads, writes := w.requests.reset(); reads != 0 || writes != 0 {
			t.Errorf("%d reads and %d writes", reads, writes)
		}
		w.restart()
	}

	// Drift costs one read and one write.
	w.scale(5)
	w.caughtUp(c, w.deployment())
	w.requests.reset()
	if got := w.apply(w.children()...); got.Counts.Of(apply.Repaired) != 1 {
		t.Errorf("%+v", got.Counts)
	}
	if reads, writes := w.requests.reset(); reads != 1 || writes != 1 {
		t.Errorf("%d reads and %d writes", reads, writes)
	}
}

func TestAChildThatLostOurLabelIsFoundAndRepaired(t *testing.T) {
	w := newWorld(t)
	c := w.cached()
	w.apply(w.service())
	w.caughtUp(c, w.service())
	edit(w, w.service(), "kubectl-label", func(s *corev1.Service) { delete(s.Labels, v1alpha1.LabelTracker) })
	w.eventually(func() bool {
		return apierrors.IsNotFound(c.Get(t.Context(), client.ObjectKeyFromObject(w.service()), &corev1.Service{}))
	})
	w.writes(1, func() {
		if got := w.apply(w.service()); got.Counts.Of(apply.Repaired) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// lagging is a client whose cache holds an old Deployment.
type lagging struct {
	client.Client
	deployment *appsv1.Deployment
}

func (l *lagging) Get(ctx context.Context, key client.ObjectKey, into client.Object, opts ...client.GetOption) error {
	d, ok := into.(*appsv1.Deployment)
	if !ok || l.deployment == nil {
		return l.Client.Get(ctx, key, into, opts...)
	}
	l.deployment.DeepCopyInto(d)
	return nil
}

func TestALaggingCacheCausesNoSecondWrite(t *testing.T) {
	w := newWorld(t)
	version := func(image string) *appsv1.Deployment {
		d := w.deployment()
		d.Spec.Template.Spec.Containers[0].Image = image
		return d
	}
	cached := &lagging{Client: w.engineClient}
	w.engine = apply.New(cached, w.live, w.clock)
	w.apply(version("api:1"))
	cached.deployment = get(w, "hiring-api", &appsv1.Deployment{})
	w.writes(1, func() { w.apply(version("api:2")) })

	// What we wrote ourselves is not written, or even read, again.
	w.requests.reset()
	if got := w.apply(version("api:2")); !got.Lagging || got.Counts.Of(apply.Skipped) != 1 {
		t.Errorf("%+v", got)
	}
	if reads, writes := w.requests.reset(); reads != 0 || writes != 0 {
		t.Errorf("%d reads and %d writes", reads, writes)
	}
	// A newer intent does not wait for the cache.
	w.writes(1, func() { w.apply(version("api:3")) })

	// An engine that remembers nothing does not write over what it has not seen.
	w.engine = apply.New(cached, w.live, w.clock)
	w.writes(1, func() {
		if pending := failure[*apply.PendingError](w, version("api:4")); !pending.Stale {
			t.Error(pending)
		}
	})
	if image := get(w, "hiring-api", &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].Image; image != "api:3" {
		t.Errorf("image %s", image)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	w := newWorld(t)
	w.apply(w.service(), w.serviceAccount())
	w.apply(w.service())
	if trackers, children := w.engine.Remembered(); trackers != 1 || children != 1 {
		t.Errorf("%d trackers and %d children are remembered", trackers, children)
	}
	w.engine.Forget(w.owner.UID)
	if trackers, _ := w.engine.Remembered(); trackers != 0 {
		t.Errorf("%d trackers are remembered", trackers)
	}
}

func TestTrackersAreAppliedAtTheSameTime(t *testing.T) {
	w := newWorld(t)
	var running sync.WaitGroup
	for i := range 4 {
		running.Go(func() {
			owner := w.owner.DeepCopy()
			owner.Name, owner.UID = fmt.Sprintf("t%d", i), types.UID(fmt.Sprintf("uid-of-t%d", i))
			own := &world{TB: t, Client: w.Client, namespace: w.namespace, owner: owner}
			service := own.service()
			service.Name = owner.Name
			for range 5 {
				if _, err := w.engine.Apply(t.Context(), owner, []client.Object{service}); err != nil {
					t.Error(err)
				}
			}
			w.engine.Forget(owner.UID)
		})
	}
	running.Wait()
}
