// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
	"github.com/interview-tracker/interview-tracker-operator/test/crds"
)

// config reaches the API server that all tests of the package share; each works
// in a namespace of its own.
var config *rest.Config

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		return 1, errors.New("KUBEBUILDER_ASSETS names no folder with kube-apiserver and etcd: run `make test`")
	}
	log.SetLogger(logr.Discard())
	utilruntime.Must(v1alpha1.AddToScheme(scheme.Scheme))
	files, err := crds.Optional(context.Background())
	if err != nil {
		return 1, err
	}
	files = append(files, filepath.Join("..", "..", "config", "crd", "bases"))
	server := apiserver.New(files...)
	// Nothing empties the namespaces of finished tests: their Services keep their addresses.
	server.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.0.0.0/16")
	defer func() { err = errors.Join(err, server.Stop()) }()
	if config, err = server.Start(); err != nil {
		return 1, fmt.Errorf("start the API server: %w", err)
	}
	config.QPS = -1
	return m.Run(), nil
}

// world is one test's namespace, with an engine whose requests are counted.
type world struct {
	testing.TB
	// Client is another one than the engine's: its requests are not counted.
	client.Client
	engine       *apply.Engine
	engineClient client.Client
	live         client.Reader
	namespace    string
	owner        *v1alpha1.InterviewTracker
	clock        *clocktesting.FakePassiveClock
	requests     *counter
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, requests: &counter{}, clock: clocktesting.NewFakePassiveClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))}
	w.Client = must(client.New(config, client.Options{Scheme: scheme.Scheme}))(t)

	counted := rest.CopyConfig(config)
	counted.Wrap(w.requests.wrap)
	counted.WarningHandlerWithContext = apply.Warnings{}
	w.engineClient = must(client.New(counted, client.Options{Scheme: scheme.Scheme}))(t)
	w.live = w.engineClient

	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "apply-"}}
	w.ok(w.Create(t.Context(), namespace))
	w.namespace = namespace.Name
	w.owner = &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Name, Name: "hiring"}, Spec: v1alpha1.InterviewTrackerSpec{Version: "1"},
	}
	w.ok(w.Create(t.Context(), w.owner))
	w.restart()
	return w
}

// restart gives the test an engine that remembers nothing.
func (w *world) restart() { w.engine = apply.New(w.engineClient, w.live, w.clock) }

// ok fails the test on an error.
func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// counter counts the requests that pass a client's transport.
type counter struct {
	mu            sync.Mutex
	reads, writes int
	// before, when set, is called with each write before it is sent.
	before func(*http.Request)
}

func (c *counter) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		c.mu.Lock()
		before := c.before
		switch {
		case r.Method != http.MethodGet:
			c.writes++
		case strings.Contains(r.URL.Path, "/namespaces/"): // Else it is discovery, once for each client.
			c.reads++
		}
		c.mu.Unlock()
		if r.Method != http.MethodGet && before != nil {
			before(r)
		}
		return next.RoundTrip(r)
	})
}

// reset returns the numbers of reads and writes so far, and starts again at 0.
func (c *counter) reset() (reads, writes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	reads, writes = c.reads, c.writes
	c.reads, c.writes = 0, 0
	return reads, writes
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// wanted are objects as children of which nothing is kept but what they lack: tests write a
// Secret without data for one that exists, a Deployment without containers for one whose
// template is kept, and a resourceVersion for that which an object was derived from.
func wanted(objects ...client.Object) []apply.Child {
	var children []apply.Child
	for _, object := range objects {
		child := apply.Child{Object: object, Observed: object.GetResourceVersion()}
		switch o := object.(type) {
		case *corev1.Secret:
			child.KeepData = len(o.Data) == 0
		case *appsv1.Deployment:
			child.KeepTemplate = len(o.Spec.Template.Spec.Containers) == 0
			child.Secrets = []string{"hiring-database-credentials"}
		}
		children = append(children, child)
	}
	return children
}

// apply applies children, which must succeed.
func (w *world) apply(children ...client.Object) apply.Result {
	w.Helper()
	result, err := w.engine.Apply(w.Context(), w.owner, wanted(children...))
	w.ok(err)
	return result
}

// fails applies children, which must fail with an error of type E.
func fails[E error](w *world, children ...client.Object) {
	w.Helper()
	_ = failure[E](w, children...)
}

// failure applies children, and returns the error of type E that they must fail with.
func failure[E error](w *world, children ...client.Object) E {
	w.Helper()
	_, err := w.engine.Apply(w.Context(), w.owner, wanted(children...))
	want, ok := errors.AsType[E](err)
	if !ok {
		w.Fatalf("error %v, want a %T", err, want)
	}
	return want
}

// beforeWrite runs f once, when the engine is about to send its next write.
func (w *world) beforeWrite(f func()) {
	w.requests.mu.Lock()
	defer w.requests.mu.Unlock()
	w.requests.before = func(*http.Request) {
		w.requests.mu.Lock()
		w.requests.before = nil
		w.requests.mu.Unlock()
		f()
	}
}

// writes runs f and checks how many requests other than reads it took.
func (w *world) writes(want int, f func()) {
	w.Helper()
	w.requests.reset()
	f()
	if _, writes := w.requests.reset(); writes != want {
		w.Errorf("%d writes, want %d", writes, want)
	}
}

// get reads an object of the test's namespace.
func get[T client.Object](w *world, name string, into T) T {
	w.Helper()
	w.ok(w.Get(w.Context(), types.NamespacedName{Namespace: w.namespace, Name: name}, into))
	return into
}

// edit changes an object as another manager, by an update.
func edit[T client.Object](w *world, object T, manager string, change func(T)) {
	w.Helper()
	w.ok(w.Get(w.Context(), client.ObjectKeyFromObject(object), object))
	change(object)
	w.ok(w.Update(w.Context(), object, client.FieldOwner(manager)))
}
