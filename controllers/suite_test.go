// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/transport"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/optionalkinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
	"github.com/interview-tracker/interview-tracker-operator/test/crds"
)

// cluster is a real kube-apiserver with etcd; k8s is a client of the test's own.
var (
	cluster *rest.Config
	k8s     client.Client
	// monitoringCRDs are the files of the CRDs that a cluster may lack; it has them.
	monitoringCRDs []string
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "KUBEBUILDER_ASSETS is not set: run `make test`, which builds kube-apiserver and etcd")
		return 1
	}
	var err error
	if monitoringCRDs, err = crds.Optional(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	environment := apiserver.New(append([]string{filepath.Join("..", "config", "crd", "bases")}, monitoringCRDs...)...)
	environment.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.0.0.0/16")
	ctrl.SetLogger(logr.Discard())
	if cluster, err = environment.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "starting kube-apiserver and etcd:", err)
		return 1
	}
	defer func() { _ = environment.Stop() }()
	if k8s, err = client.New(cluster, client.Options{Scheme: Scheme()}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := installRights(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "installing the operator's rights:", err)
		return 1
	}
	return m.Run()
}

// request is one request that the operator made.
type request struct{ verb, path, body string }

func (r request) String() string { return strings.TrimSpace(r.verb + " " + r.path + " " + r.body) }

// requests counts what goes through a transport.
type requests struct {
	mu   sync.Mutex
	seen []request
}

func (r *requests) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(q *http.Request) (*http.Response, error) {
		seen := request{q.Method, q.URL.Path, ""}
		if q.GetBody != nil {
			if body, err := q.GetBody(); err == nil {
				text, _ := io.ReadAll(body) // It is in memory.
				seen.body = string(text)
			}
		}
		r.mu.Lock()
		r.seen = append(r.seen, seen)
		r.mu.Unlock()
		return next.RoundTrip(q)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// take returns what was seen since the last call.
func (r *requests) take() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.seen
	r.seen = nil
	return seen
}

// count is the number of requests since take, those apart that fill the caches.
func (r *requests) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(notWatches(r.seen))
}

// writes are the requests that are no reads.
func writes(all []request) []request {
	return slices.DeleteFunc(slices.Clone(all), func(r request) bool { return r.verb == http.MethodGet })
}

// operator is a reconciler with caches of its own, driven by the test.
type operator struct {
	*Reconciler
	manager  ctrl.Manager
	requests *requests
	recorder *record.FakeRecorder
}

// start makes an operator and fills its caches, as a new process would. Its
// requests go through the wrappers too.
func start(t testing.TB, wrappers ...transport.WrapperFunc) *operator {
	t.Helper()
	counted := &requests{}
	config := asOperator()
	config.WarningHandlerWithContext = apply.Warnings{}
	filter := decodable.New(logr.Discard())
	for _, wrap := range append(wrappers, counted.wrap, filter.Wrap) {
		config.Wrap(wrap)
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:         Scheme(),
		MapperProvider: optionalkinds.Mapper,
		Cache:          CacheOptions(nil),
		Metrics:        metricsserver.Options{BindAddress: "0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = mgr.GetCache().GetInformer(t.Context(), &v1alpha1.InterviewTracker{})
	must(t, err)
	must(t, watchChildren(t.Context(), mgr.GetCache()))
	r, err := New(mgr, Settings{Catalog: catalog.Default(), Transport: health.Direct(), Polls: 1, Filter: filter})
	must(t, err)
	r.Observer.Application = healthyApplication{}
	recorder := record.NewFakeRecorder(1000)
	r.Recorder = recorder
	must(t, r.optional.SetupWithManager(t.Context(), mgr))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error("manager:", err)
		}
	})
	if !mgr.GetCache().WaitForCacheSync(t.Context()) {
		t.Fatal("the caches did not fill")
	}
	select {
	case <-r.optional.Synced():
	case <-time.After(patience):
		t.Fatal("the optional kinds are not looked up")
	}
	if len(wrappers) == 0 { // Nothing refuses: only a slow machine can be too late for the watcher's patience.
		eventually(t, "an optional kind can't be watched", func() bool {
			_, unclear, _ := r.optional.Kinds()
			return len(unclear) == 0
		})
	}
	return &operator{Reconciler: r, manager: mgr, requests: counted, recorder: recorder}
}

// setClock sets the time by which an operator judges what it sees, and that by which it reports it.
func (o *operator) setClock(c clock.PassiveClock) {
	o.Clock, o.Observer.Clock = c, c
}

// healthyApplication stands for API pods that can use all that they depend on:
// without a kubelet, there are none that could be polled.
type healthyApplication struct{}

func (healthyApplication) Observe(_ types.NamespacedName, q health.PollTarget) snapshot.Application {
	a := snapshot.Application{Settled: true}
	for _, pod := range q.Pods {
		a.Pods = append(a.Pods, snapshot.PodAnswer{Pod: pod.Name, Answered: true, Migrations: contract.StatusComplete, Dependencies: []snapshot.DependencyAnswer{
			{Name: "database", Health: v1alpha1.DependencyHealthy}, {Name: "redis", Health: v1alpha1.DependencyHealthy},
		}})
	}
	return a
}

// seen waits until the caches hold an object as the test has it.
func (o *operator) seen(t testing.TB, object client.Object) {
	t.Helper()
	eventually(t, fmt.Sprintf("the caches don't hold %T %s", object, client.ObjectKeyFromObject(object)), func() bool {
		cached, ok := object.DeepCopyObject().(client.Object)
		err := o.Client.Get(t.Context(), client.ObjectKeyFromObject(object), cached)
		return ok && err == nil && cached.GetResourceVersion() == object.GetResourceVersion()
	})
}

// gone waits until the caches don't hold an object any more.
func (o *operator) gone(t testing.TB, object client.Object) {
	t.Helper()
	eventually(t, fmt.Sprintf("the caches hold %T %s", object, client.ObjectKeyFromObject(object)), func() bool {
		cached, ok := object.DeepCopyObject().(client.Object)
		return ok && apierrors.IsNotFound(o.Client.Get(t.Context(), client.ObjectKeyFromObject(object), cached))
	})
}

// events returns the events since the last call.
func (o *operator) events() []string {
	var events []string
	for {
		select {
		case e := <-o.recorder.Events:
			events = append(events, e)
		default:
			return events
		}
	}
}

// once reconciles a tracker.
func (o *operator) once(t testing.TB, tracker *v1alpha1.InterviewTracker) ctrl.Result {
	t.Helper()
	result, err := o.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
	if err != nil {
		t.Fatalf("reconciling: %v", err)
	}
	return result
}

// observed reconciles until the operator has seen the tracker's spec.
func (o *operator) observed(t testing.TB, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	o.until(t, tracker, "the spec is not observed", func() bool {
		return tracker.Status.ObservedGeneration == tracker.Generation
	})
}

// until reconciles until a condition holds, as the watches would cause it.
func (o *operator) until(t testing.TB, tracker *v1alpha1.InterviewTracker, what string, holds func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		if _, err := o.Reconcile(ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)}); err != nil {
			return false, err
		}
		refresh(t, tracker)
		return holds(), nil
	})
	if err != nil {
		t.Fatalf("%s: %v; the status is\n%s", what, err, describe(tracker))
	}
}

// seesWorkloads reports whether the caches hold the workloads of a tracker and their pods as they are.
func (o *operator) seesWorkloads(t testing.TB, tracker *v1alpha1.InterviewTracker) bool {
	t.Helper()
	of := []client.ListOption{client.InNamespace(tracker.Namespace), client.MatchingLabels{v1alpha1.LabelTracker: tracker.Name}}
	versions := func(from client.Reader, list client.ObjectList) map[types.UID]string {
		must(t, from.List(t.Context(), list, of...))
		versions := map[types.UID]string{}
		must(t, meta.EachListItem(list, func(item runtime.Object) error {
			object, err := meta.Accessor(item)
			if err == nil {
				versions[object.GetUID()] = object.GetResourceVersion()
			}
			return err
		}))
		return versions
	}
	return maps.Equal(versions(o.Client, &appsv1.DeploymentList{}), versions(k8s, &appsv1.DeploymentList{})) &&
		maps.Equal(versions(o.Client, &appsv1.StatefulSetList{}), versions(k8s, &appsv1.StatefulSetList{})) &&
		maps.Equal(versions(o.Client, &corev1.PodList{}), versions(k8s, &corev1.PodList{}))
}

// settle reconciles until the caches hold all that the operator wrote and what became of it, and
// a reconciliation changes nothing.
func (o *operator) settle(t testing.TB, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	o.until(t, tracker, "the tracker does not settle", func() bool {
		cached := &v1alpha1.InterviewTracker{}
		err := o.Client.Get(t.Context(), client.ObjectKeyFromObject(tracker), cached)
		if client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
		if err != nil || cached.ResourceVersion != tracker.ResourceVersion || tracker.Status.ObservedGeneration != tracker.Generation ||
			!o.seesWorkloads(t, tracker) {
			return false
		}
		before := o.requests.count()
		o.once(t, tracker)
		return o.requests.count() == before
	})
}

// notWatches leaves out what fills the caches.
func notWatches(all []request) []request {
	return slices.DeleteFunc(slices.Clone(all), func(r request) bool {
		return r.verb == http.MethodGet && !strings.Contains(r.path, "/namespaces/")
	})
}

// namespace makes a namespace for one test. The rules and dashboards, which are large, are gone
// after it: every operator that is started later would list them.
func namespace(t testing.TB) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	must(t, k8s.Create(t.Context(), ns))
	t.Cleanup(func() {
		for _, large := range []client.Object{&monitoringv1.PrometheusRule{}, &corev1.ConfigMap{}} {
			must(t, k8s.DeleteAllOf(context.WithoutCancel(t.Context()), large, client.InNamespace(ns.Name), client.HasLabels{v1alpha1.LabelTracker}))
		}
	})
	return ns.Name
}

// create makes a tracker, changed from the smallest one.
func create(t testing.TB, ns string, change func(*v1alpha1.InterviewTracker)) *v1alpha1.InterviewTracker {
	t.Helper()
	tracker := &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "hiring"},
		Spec:       v1alpha1.InterviewTrackerSpec{Version: "1.0.0"},
	}
	if change != nil {
		change(tracker)
	}
	must(t, k8s.Create(t.Context(), tracker))
	return tracker
}

// edit changes a tracker's spec.
func edit(t testing.TB, tracker *v1alpha1.InterviewTracker, change func(*v1alpha1.InterviewTrackerSpec)) {
	t.Helper()
	refresh(t, tracker)
	change(&tracker.Spec)
	must(t, k8s.Update(t.Context(), tracker))
}

func refresh(t testing.TB, object client.Object) {
	t.Helper()
	must(t, k8s.Get(t.Context(), client.ObjectKeyFromObject(object), object))
}

// fetch reads an object of a tracker's namespace.
func fetch[T client.Object](t testing.TB, tracker *v1alpha1.InterviewTracker, name string, into T) T {
	t.Helper()
	must(t, k8s.Get(t.Context(), client.ObjectKey{Namespace: tracker.Namespace, Name: name}, into))
	return into
}

func exists(t testing.TB, tracker *v1alpha1.InterviewTracker, name string, object client.Object) bool {
	t.Helper()
	err := k8s.Get(t.Context(), client.ObjectKey{Namespace: tracker.Namespace, Name: name}, object)
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	return err == nil
}

// condition is "STATUS REASON" of a tracker's condition, or "absent".
func condition(tracker *v1alpha1.InterviewTracker, conditionType string) string {
	for _, c := range tracker.Status.Conditions {
		if c.Type == conditionType {
			return string(c.Status) + " " + c.Reason
		}
	}
	return "absent"
}

func message(tracker *v1alpha1.InterviewTracker, conditionType string) string {
	for _, c := range tracker.Status.Conditions {
		if c.Type == conditionType {
			return c.Message
		}
	}
	return ""
}

func describe(tracker *v1alpha1.InterviewTracker) string {
	var b strings.Builder
	for _, c := range tracker.Status.Conditions {
		fmt.Fprintf(&b, "%s %s %s: %s\n", c.Type, c.Status, c.Reason, c.Message)
	}
	return b.String()
}

// bringUp does what the controllers and kubelets of a whole cluster would: it
// rolls the Deployments out and makes the dependencies' pods ready.
func bringUp(t testing.TB, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	for _, c := range catalog.Default().Components {
		rollOut(t, tracker, c.Name)
	}
	for _, d := range catalog.Default().Dependencies {
		if d.ManagedSpec(&tracker.Spec) != nil {
			runDependency(t, tracker, d.Name)
		}
	}
}

func rollOut(t testing.TB, tracker *v1alpha1.InterviewTracker, c v1alpha1.Component) {
	t.Helper()
	d := fetch(t, tracker, tracker.ChildName(c), &appsv1.Deployment{})
	n := *d.Spec.Replicas
	d.Status = appsv1.DeploymentStatus{
		ObservedGeneration: d.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n, AvailableReplicas: n,
	}
	must(t, k8s.Status().Update(t.Context(), d))
	if c == v1alpha1.ComponentAPI && n > 0 {
		runAPI(t, tracker, d)
	}
}

// runAPI makes one pod of the API's current template, which runs.
func runAPI(t testing.TB, tracker *v1alpha1.InterviewTracker, d *appsv1.Deployment) {
	t.Helper()
	const hash = "current"
	labels := maps.Clone(d.Spec.Template.Labels)
	labels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: d.Namespace, Name: d.Name + "-" + hash, Labels: labels, Annotations: maps.Clone(d.Annotations),
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
		},
		Spec: appsv1.ReplicaSetSpec{Selector: d.Spec.Selector, Template: d.Spec.Template},
	}
	if err := k8s.Create(t.Context(), rs); !apierrors.IsAlreadyExists(err) {
		must(t, err)
	}
	refresh(t, rs)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: d.Namespace, Name: rs.Name + "-a", Labels: labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(rs, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "api", Image: "x"}}},
	}
	if err := k8s.Create(t.Context(), pod); !apierrors.IsAlreadyExists(err) {
		must(t, err)
	}
	refresh(t, pod)
	pod.Status.Phase, pod.Status.PodIP, pod.Status.PodIPs = corev1.PodRunning, "10.1.2.3", []corev1.PodIP{{IP: "10.1.2.3"}}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	must(t, k8s.Status().Update(t.Context(), pod))
}

// runDependency makes a managed dependency's volume claim and its ready pod.
func runDependency(t testing.TB, tracker *v1alpha1.InterviewTracker, c v1alpha1.Component) {
	t.Helper()
	set := fetch(t, tracker, tracker.ChildName(c), &appsv1.StatefulSet{})
	set.Status.ObservedGeneration = set.Generation
	must(t, k8s.Status().Update(t.Context(), set))
	template := set.Spec.VolumeClaimTemplates[0]
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: tracker.Namespace, Name: catalog.ClaimName(tracker, c), Labels: set.Spec.Selector.MatchLabels,
		},
		Spec: template.Spec,
	}
	must(t, ignoreExists(k8s.Create(t.Context(), claim)))
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: tracker.Namespace, Name: set.Name + "-0", Labels: set.Spec.Template.Labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "x"}}},
	}
	if err := k8s.Create(t.Context(), pod); !apierrors.IsAlreadyExists(err) {
		must(t, err)
	}
	refresh(t, pod)
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	must(t, k8s.Status().Update(t.Context(), pod))
}

func ignoreExists(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// ready brings a new tracker up and waits until the operator says so.
func (o *operator) ready(t testing.TB, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	o.until(t, tracker, "the children are not applied", func() bool {
		return tracker.Status.ObservedGeneration == tracker.Generation && len(tracker.Status.Applied()) > 0
	})
	bringUp(t, tracker)
	o.until(t, tracker, "the tracker does not become Ready", func() bool {
		return condition(tracker, v1alpha1.ConditionReady) == "True Ready"
	})
	o.settle(t, tracker)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// deleteWithChildren deletes a tracker, and what it controls as the garbage
// collector would.
func deleteWithChildren(t testing.TB, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	refresh(t, tracker)
	must(t, k8s.Delete(t.Context(), tracker))
	for _, k := range kinds.All() {
		if !k.BelongsToTracker() {
			continue
		}
		list := k.NewList()
		must(t, k8s.List(t.Context(), list, client.InNamespace(tracker.Namespace), client.MatchingLabels{v1alpha1.LabelTracker: tracker.Name}))
		must(t, meta.EachListItem(list, func(item runtime.Object) error {
			object, ok := item.(client.Object)
			if !ok || metav1.GetControllerOf(object) == nil {
				return nil
			}
			return k8s.Delete(t.Context(), object, client.GracePeriodSeconds(0))
		}))
	}
}

// componentStatus is what the status reports of a component, empty when it has none.
func componentStatus(tracker *v1alpha1.InterviewTracker, c v1alpha1.Component) v1alpha1.ComponentStatus {
	for _, component := range tracker.Status.Components {
		if component.Name == c {
			return component
		}
	}
	return v1alpha1.ComponentStatus{}
}
