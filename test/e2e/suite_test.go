//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package e2e tests the operator on a real cluster: that of KUBECONFIG.
package e2e

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/controllers"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// requestTimeout is how long a server may take to answer, of which an idle machine needs a fraction of a second: most
// requests are part of a longer wait, which an error would end.
const requestTimeout = time.Minute

var (
	config  *rest.Config
	k8s     client.Client
	clients *kubernetes.Clientset
)

func TestMain(m *testing.M) {
	code := 1
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
	} else {
		code = m.Run()
	}
	if code == 0 {
		// After all tests that make the operator use its permissions.
		if err := auditRBAC(); err != nil {
			fmt.Fprintln(os.Stderr, "e2e: config/rbac:", err)
			code = 1
		}
	}
	if code != 0 && k8s != nil {
		diagnose()
	}
	os.Exit(code)
}

// prepare installs the operator and what it works with, and waits for them.
func prepare() error {
	path := os.Getenv("KUBECONFIG")
	if path == "" {
		return fmt.Errorf("KUBECONFIG is not set: run `make test-e2e`, or set it")
	}
	var err error
	if config, err = clientcmd.BuildConfigFromFlags("", path); err != nil {
		return fmt.Errorf("reading KUBECONFIG: %w", err)
	}
	config.QPS = -1
	if k8s, err = client.New(config, client.Options{Scheme: controllers.Scheme()}); err != nil {
		return fmt.Errorf("connecting to the cluster: %w", err)
	}
	if clients, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if auditStart, err = auditEnd(); err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	if onLocalCluster() {
		if err := run("hack/monitoring-up.sh"); err != nil {
			return err
		}
		if err := installHTTPRoute(); err != nil {
			return err
		}
	}
	return run("hack/deploy.sh")
}

// run runs a script of the repository.
func run(script string) error {
	out, err := exec.Command(filepath.Join("..", "..", script)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", script, err, out)
	}
	return nil
}

// onLocalCluster reports whether the cluster is that of `make cluster-up`, whose node is
// this machine.
func onLocalCluster() bool {
	local, err := os.Stat(filepath.Join("..", "..", ".cluster", "kubeconfig"))
	if err != nil {
		return false
	}
	used, err := os.Stat(os.Getenv("KUBECONFIG"))
	return err == nil && os.SameFile(local, used)
}

// kubectlPath is the user's kubectl, or the one that was built with the cluster.
func kubectlPath() (string, error) {
	if program, err := exec.LookPath("kubectl"); err == nil {
		return program, nil
	}
	folder, err := exec.Command("make", "-s", "-C", filepath.Join("..", ".."), "assets").Output()
	if err != nil {
		return "", fmt.Errorf("finding kubectl: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(folder)), "kubectl"), nil
}

// kubectl runs kubectl.
func kubectl(arguments ...string) (string, error) {
	program, err := kubectlPath()
	if err != nil {
		return "", err
	}
	out, err := exec.Command(program, arguments...).CombinedOutput()
	return string(out), err
}

// diagnose prints what helps to find the cause of a failure.
func diagnose() {
	for _, arguments := range [][]string{
		{"get", "interviewtrackers", "-A", "-o", "wide"},
		{"get", "pods,pvc", "-A"},
		{"get", "events", "-A", "--field-selector", "involvedObject.kind=InterviewTracker"},
		{"-n", "interview-tracker-system", "logs", "deployment/interview-tracker-operator", "--tail=100"},
	} {
		out, _ := kubectl(arguments...)
		fmt.Fprintf(os.Stderr, "--- kubectl %s\n%s\n", strings.Join(arguments, " "), out)
	}
}

// namespace creates a namespace in which only restricted pods may run, and deletes it with
// its content when the test ends.
func namespace(t testing.TB) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "e2e-",
		Labels:       map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	must(t, k8s.Create(t.Context(), ns))
	deleteLater(t, ns)
	return ns.Name
}

// deleteLater deletes an object, such as a namespace with its content, when the test ends.
func deleteLater(t testing.TB, object client.Object) {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := client.IgnoreNotFound(k8s.Delete(ctx, object)); err != nil {
			t.Error(err)
		}
	})
}

// create creates the smallest tracker with changes.
func create(t testing.TB, ns, name string, change func(*v1alpha1.InterviewTrackerSpec)) *v1alpha1.InterviewTracker {
	t.Helper()
	tracker := &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Spec:       v1alpha1.InterviewTrackerSpec{Version: "1.0.0"},
	}
	if change != nil {
		change(&tracker.Spec)
	}
	requestLittle(&tracker.Spec)
	must(t, k8s.Create(t.Context(), tracker))
	return tracker
}

// requestLittle lets the containers whose resources a test leaves open request little CPU:
// with the defaults, five trackers fill a node of two CPUs, and tests run side by side. The API keeps
// its default, which HighCPUUsage relates to.
func requestLittle(s *v1alpha1.InterviewTrackerSpec) {
	little := func(cpu string) *v1alpha1.ResourcesSpec {
		return &v1alpha1.ResourcesSpec{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)}}
	}
	if s.Frontend == nil {
		s.Frontend = &v1alpha1.ComponentSpec{}
	}
	s.Frontend.Resources = cmp.Or(s.Frontend.Resources, little("10m"))
	for _, dependency := range []**v1alpha1.DependencySpec{&s.Database, &s.Redis} {
		if *dependency == nil {
			*dependency = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}
		}
		if managed := (*dependency).Managed; managed != nil {
			managed.Resources = cmp.Or(managed.Resources, little("20m"))
		}
	}
}

// edit changes a tracker's spec.
func edit(t *testing.T, tracker *v1alpha1.InterviewTracker, change func(*v1alpha1.InterviewTrackerSpec)) {
	t.Helper()
	refresh(t, tracker)
	before := tracker.DeepCopy()
	change(&tracker.Spec)
	must(t, k8s.Patch(t.Context(), tracker, client.MergeFrom(before)))
}

// suspend suspends a tracker, so that the operator does not repair what a test breaks next, and waits until the operator
// has seen it: it may see the broken object first.
func suspend(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })
	eventually(t, tracker, "it is not suspended", func() bool { return tracker.Status.ObservedGeneration == tracker.Generation })
}

// patiently reads something, again for a while if that fails: most reads are part of a longer wait, which one failure of
// a busy API server must not end. That an object, or its kind, does not exist is an answer.
func patiently(t testing.TB, read func() error) (err error) {
	t.Helper()
	within(t, requestTimeout, func() bool {
		if err = read(); err == nil || apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
			return true
		}
		t.Logf("reading again after: %v", err)
		return false
	})
	return err
}

// eventually waits until a condition is true.
func eventually(t *testing.T, tracker *v1alpha1.InterviewTracker, what string, condition func() bool) {
	t.Helper()
	eventuallyWithin(t, tracker, 3*time.Minute, what, condition)
}

func eventuallyWithin(t *testing.T, tracker *v1alpha1.InterviewTracker, timeout time.Duration, what string, condition func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 250*time.Millisecond, timeout, true, func(context.Context) (bool, error) {
		refresh(t, tracker)
		return condition(), nil
	})
	if err != nil {
		t.Fatalf("%s: %v; the status is\n%s", what, err, describe(tracker))
	}
}

// ready waits until a tracker is Ready with its current spec.
func ready(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	eventually(t, tracker, "it does not become Ready", func() bool {
		return is(tracker, "Ready", "True Ready") && tracker.Status.ObservedGeneration == tracker.Generation
	})
}

// is reports whether a condition is STATUS REASON.
func is(tracker *v1alpha1.InterviewTracker, conditionType, want string) bool {
	for _, c := range tracker.Status.Conditions {
		if c.Type == conditionType {
			return string(c.Status)+" "+c.Reason == want
		}
	}
	return false
}

func describe(tracker *v1alpha1.InterviewTracker) string {
	var b strings.Builder
	for _, c := range tracker.Status.Conditions {
		fmt.Fprintf(&b, "%s %s %s: %s\n", c.Type, c.Status, c.Reason, c.Message)
	}
	return b.String()
}

// events are the messages of the Events on a tracker with that reason.
func events(t *testing.T, tracker *v1alpha1.InterviewTracker, reason string) []string {
	t.Helper()
	var list corev1.EventList
	must(t, k8s.List(t.Context(), &list, client.InNamespace(tracker.Namespace),
		client.MatchingFields{"involvedObject.uid": string(tracker.UID), "reason": reason}))
	messages := make([]string, len(list.Items))
	for i, e := range list.Items {
		messages[i] = e.Message
	}
	return messages
}

// get sends a request to a Service through the API server's proxy.
func get(t *testing.T, tracker *v1alpha1.InterviewTracker, c v1alpha1.Component, path string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	body, err := clients.CoreV1().Services(tracker.Namespace).ProxyGet("http", tracker.ChildName(c), "http", path, nil).DoRaw(ctx)
	return string(body), err
}

// responds waits until a component's Service responds with a text, and returns the response: on a busy machine, a pod
// that works may be late for a probe or a request.
func responds(t *testing.T, tracker *v1alpha1.InterviewTracker, c v1alpha1.Component, path, text string) (body string) {
	t.Helper()
	var err error
	defer func() {
		if err != nil || !strings.Contains(body, text) {
			t.Logf("GET %s of the %s: %v: %s", path, c, err, body)
		}
	}()
	eventually(t, tracker, fmt.Sprintf("the %s does not respond to %s with %q", c, path, text), func() bool {
		body, err = get(t, tracker, c, path)
		return err == nil && strings.Contains(body, text)
	})
	return body
}

// runs waits until the API's Service answers with a version: it stops to lead to a pod that a
// rollout has replaced a moment after the rollout is complete.
func runs(t *testing.T, tracker *v1alpha1.InterviewTracker, version string) {
	t.Helper()
	responds(t, tracker, v1alpha1.ComponentAPI, contract.PathHealth, `"version":"`+version+`"`)
}

func fetch[T client.Object](t testing.TB, tracker *v1alpha1.InterviewTracker, name string, into T) T {
	t.Helper()
	must(t, patiently(t, func() error {
		return k8s.Get(t.Context(), client.ObjectKey{Namespace: tracker.Namespace, Name: name}, into)
	}))
	return into
}

func exists(t *testing.T, tracker *v1alpha1.InterviewTracker, name string, object client.Object) bool {
	t.Helper()
	err := patiently(t, func() error {
		return k8s.Get(t.Context(), client.ObjectKey{Namespace: tracker.Namespace, Name: name}, object)
	})
	must(t, client.IgnoreNotFound(err))
	return err == nil
}

// refresh reads an object again. Its content is cleared first: decoding over it would keep
// deleted keys, and write into shared slices.
func refresh(t testing.TB, object client.Object) {
	t.Helper()
	key := client.ObjectKeyFromObject(object)
	if u, ok := object.(*unstructured.Unstructured); ok {
		u.Object = map[string]any{"apiVersion": u.GetAPIVersion(), "kind": u.GetKind()}
	} else {
		reflect.ValueOf(object).Elem().SetZero()
	}
	must(t, patiently(t, func() error { return k8s.Get(t.Context(), key, object) }))
}

// localOnly skips a test that needs the node, its network or its API server's files, unless
// the cluster is the local one: elsewhere they are on another machine.
func localOnly(t testing.TB) {
	t.Helper()
	if !onLocalCluster() {
		t.Skip("it needs the cluster's node to be this machine, which is so on the local cluster alone")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
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
