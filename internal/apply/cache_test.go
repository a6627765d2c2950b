// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// cached gives the test an engine that reads through a cache like the operator's:
// what bears our label, without managedFields. The cache's own requests are not
// counted.
func (w *world) cached() cache.Cache {
	w.Helper()
	return w.cachedBy(scheme.Scheme, nil)
}

// cachedBy is cached with a scheme, and with options for some kinds.
func (w *world) cachedBy(all *runtime.Scheme, byObject map[client.Object]cache.ByObject) cache.Cache {
	w.Helper()
	c := must(cache.New(config, cache.Options{
		Scheme:               all,
		ByObject:             byObject,
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
	w.engineClient = must(client.New(counted, client.Options{Scheme: all, Cache: &client.CacheOptions{Reader: c}}))(w)
	w.live = must(client.New(counted, client.Options{Scheme: all}))(w)
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

func TestUnchangedChildCostsNoRequest(t *testing.T) {
	w := newWorld(t)
	c := w.cached()
	w.requests.reset()
	w.apply(w.children()...)
	if reads, writes := w.requests.reset(); reads != 0 || writes != len(w.children()) {
		t.Errorf("%d new objects cost %d reads and %d writes", len(w.children()), reads, writes)
	}
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

func TestLostLabelIsRepaired(t *testing.T) {
	w := newWorld(t)
	c := w.cached()
	w.apply(w.service())
	w.caughtUp(c, w.service())
	edit(w, w.service(), "kubectl-label", func(s *corev1.Service) { delete(s.Labels, v1alpha1.LabelTracker) })
	w.eventually(func() bool {
		return apierrors.IsNotFound(c.Get(t.Context(), client.ObjectKeyFromObject(w.service()), &corev1.Service{}))
	})
	w.requests.reset()
	if got := w.apply(w.service()); !got.Lagging {
		t.Error("a moment after the write, the cache may lag")
	}
	if reads, writes := w.requests.reset(); reads != 0 || writes != 0 {
		t.Errorf("%d reads and %d writes", reads, writes)
	}
	w.clock.SetTime(w.clock.Now().Add(time.Minute))
	w.writes(1, func() {
		if got := w.apply(w.service()); got.Counts.Of(apply.Repaired) != 1 {
			t.Errorf("%+v", got)
		}
	})

	// After a restart, the creation that fails shows that it exists.
	edit(w, w.service(), "kubectl-label", func(s *corev1.Service) { delete(s.Labels, v1alpha1.LabelTracker) })
	w.eventually(func() bool {
		return apierrors.IsNotFound(c.Get(t.Context(), client.ObjectKeyFromObject(w.service()), &corev1.Service{}))
	})
	w.restart()
	w.writes(2, func() {
		if got := w.apply(w.service()); got.Counts.Of(apply.Repaired) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// A foreign object that the cache does not hold is found by the creation that fails, and
// from then on by a read.
func TestForeignObjectOutsideTheCacheCostsOneFailedWrite(t *testing.T) {
	w := newWorld(t)
	w.cached()
	theirs := w.service()
	theirs.OwnerReferences, theirs.Labels = nil, nil
	w.ok(w.Create(t.Context(), theirs))
	unchanged := w.unchanged(theirs)
	for _, writes := range []int{1, 0, 0} {
		w.requests.reset()
		fails[*apply.ConflictError](w, w.service())
		if r, got := w.requests.reset(); r != 1 || got != writes {
			t.Errorf("%d reads and %d writes, want 1 and %d", r, got, writes)
		}
	}
	unchanged()
	w.ok(w.Delete(t.Context(), theirs))
	w.writes(1, func() { w.apply(w.service()) })
}

// What uses new credentials is not applied when they turn out to exist: it was built
// from another password. All else is.
func TestNothingIsAppliedAfterCredentialsThatExist(t *testing.T) {
	w := newWorld(t)
	w.ok(w.Create(t.Context(), w.newSecret()))
	w.engine = apply.New(&emptyCache{w.engineClient}, w.live, w.clock)
	w.requests.reset()
	if pending := failure[*apply.PendingError](w, w.newSecret(), w.deployment(), w.service()); !pending.Stale {
		t.Error(pending)
	}
	if reads, writes := w.requests.reset(); reads != 1 || writes != 2 {
		t.Errorf("%d reads and %d writes", reads, writes)
	}
	if w.gone(w.service()) {
		t.Error("the Service was not applied")
	}
	if !w.gone(w.deployment()) {
		t.Error("the Deployment was applied")
	}
	w.checkPassword()
}

// emptyCache is a client whose cache holds nothing.
type emptyCache struct{ client.Client }

func (*emptyCache) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return apierrors.NewNotFound(corev1.Resource("any"), "any")
}

// lagging is a client whose cache holds an old Deployment.
type lagging struct {
	client.Client
	deployment *appsv1.Deployment
	listed     bool // A list of Deployments holds it, too.
}

func (l *lagging) List(ctx context.Context, into client.ObjectList, opts ...client.ListOption) error {
	list, ok := into.(*appsv1.DeploymentList)
	if !ok || !l.listed {
		return l.Client.List(ctx, into, opts...)
	}
	list.Items = []appsv1.Deployment{*l.deployment.DeepCopy()}
	return nil
}

func (l *lagging) Get(ctx context.Context, key client.ObjectKey, into client.Object, opts ...client.GetOption) error {
	d, ok := into.(*appsv1.Deployment)
	if !ok || l.deployment == nil {
		return l.Client.Get(ctx, key, into, opts...)
	}
	l.deployment.DeepCopyInto(d)
	return nil
}

func TestLaggingCacheCausesNoSecondWrite(t *testing.T) {
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

// While the cache shows an object that is gone, or that was created again, nothing is sent
// for it: neither its deletion, nor writes to what it was.
func TestACacheThatShowsWhatIsGoneCausesNoRequest(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	old := get(w, "hiring-api", &appsv1.Deployment{})
	cached := &lagging{Client: w.engineClient, deployment: old}
	w.engine = apply.New(cached, w.live, w.clock)
	again := func(what string, steps func()) {
		t.Helper()
		w.requests.reset()
		steps()
		if reads, writes := w.requests.reset(); writes != 0 {
			t.Errorf("%s: %d reads and %d writes", what, reads, writes)
		}
	}
	prune := func() {
		if _, err := w.engine.Prune(t.Context(), w.owner, kinds.In(kinds.Application), nil); err != nil {
			t.Error(err)
		}
	}
	cached.listed = true
	w.writes(1, prune)
	again("a deletion of our own", prune)

	w.restart()
	w.apply(w.deployment())
	cached.deployment = get(w, "hiring-api", &appsv1.Deployment{})
	w.ok(w.Delete(t.Context(), cached.deployment))
	w.engine = apply.New(cached, w.live, w.clock)
	w.writes(1, prune) // It is answered with "not found".
	again("a deletion of another's", prune)

	// It is wanted again.
	w.writes(1, func() { w.apply(w.deployment()) })
	again("a creation of our own", func() {
		if got := w.apply(w.deployment()); !got.Lagging {
			t.Errorf("%+v", got)
		}
	})
	w.clock.SetTime(w.clock.Now().Add(2 * time.Second))
	again("a creation of our own, later", func() { w.apply(w.deployment()) })
	if now := get(w, "hiring-api", &appsv1.Deployment{}); now.UID == cached.deployment.UID {
		t.Error("it is not created again")
	}
}

// While the cache shows an object as it was before somebody else's change, the write that
// conflicts is repeated ever more rarely, however often the tracker is reconciled.
func TestAConflictIsRepeatedRarely(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	cached := &lagging{Client: w.engineClient, deployment: get(w, "hiring-api", &appsv1.Deployment{})}
	edit(w, get(w, "hiring-api", &appsv1.Deployment{}), "kubectl", func(d *appsv1.Deployment) { d.Annotations = map[string]string{"a": "b"} })
	w.engine = apply.New(cached, w.live, w.clock)
	changed := w.deployment()
	changed.Spec.MinReadySeconds = 7
	w.requests.reset()
	for range 600 { // A minute.
		if pending := failure[*apply.PendingError](w, changed); !pending.Stale {
			t.Error(pending)
		}
		w.clock.SetTime(w.clock.Now().Add(100 * time.Millisecond))
	}
	if _, writes := w.requests.reset(); writes < 2 || writes > 10 {
		t.Errorf("%d writes in a minute", writes)
	}
	cached.deployment = get(w, "hiring-api", &appsv1.Deployment{})
	w.writes(1, func() { w.apply(changed) })
}

// After a restore of etcd, an object is older than what was written of it. The cache then
// does not lag: what is remembered of the object is dropped.
func TestAnObjectThatWasRestoredIsWritten(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	w.engine.PretendWritten(w.owner.UID, w.deployment(), "99999999999")
	edit(w, get(w, "hiring-api", &appsv1.Deployment{}), "kubectl", func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = "old" })
	w.writes(0, func() { w.apply(w.deployment()) })
	w.clock.SetTime(w.clock.Now().Add(time.Minute))
	w.writes(1, func() { w.apply(w.deployment()) })
	if image := get(w, "hiring-api", &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].Image; image == "old" {
		t.Error("the restored object is left as it is")
	}
}

// Nothing is deleted, and nothing that existed is created again, for a tracker that was
// changed, replaced or deleted since it was read.
func TestNothingThatCannotBeUndoneIsDoneForAnOldTracker(t *testing.T) {
	for name, change := range map[string]func(*world){
		"changed": func(w *world) {
			edit(w, w.owner.DeepCopy(), "kubectl", func(t *v1alpha1.InterviewTracker) { t.Spec.Version = "2" })
		},
		"deleted": func(w *world) { w.ok(w.Delete(w.Context(), w.owner.DeepCopy())) },
		"replaced": func(w *world) {
			w.ok(w.Delete(w.Context(), w.owner.DeepCopy()))
			another := w.owner.DeepCopy()
			another.UID, another.ResourceVersion = "", ""
			w.ok(w.Create(w.Context(), another))
		},
		"being deleted": func(w *world) {
			edit(w, w.owner.DeepCopy(), "kubectl", func(t *v1alpha1.InterviewTracker) { t.Finalizers = []string{"example.com/wait"} })
			w.ok(w.Delete(w.Context(), w.owner.DeepCopy()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.apply(w.deployment(), w.service())
			change(w)
			w.writes(0, func() {
				_, err := w.engine.Prune(t.Context(), w.owner, kinds.In(kinds.Application), wanted(w.deployment()))
				if _, outdated := errors.AsType[*apply.OutdatedError](err); !outdated {
					t.Errorf("pruning: error %v", err)
				}
			})
			w.ok(w.Delete(t.Context(), w.service()))
			w.clock.SetTime(w.clock.Now().Add(2 * time.Second))
			w.writes(0, func() {
				_, err := w.engine.Apply(t.Context(), w.owner, wanted(w.service(), w.serviceAccount()))
				if _, outdated := errors.AsType[*apply.OutdatedError](err); !outdated {
					t.Errorf("applying: error %v", err)
				}
			})
		})
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
				if _, err := w.engine.Apply(t.Context(), owner, wanted(service)); err != nil {
					t.Error(err)
				}
			}
			w.engine.Forget(owner.UID)
		})
	}
	running.Wait()
}
