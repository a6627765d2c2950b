// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

// cluster is a real API server without an operator: the test writes what an operator would.
type cluster struct {
	client.Client
	server     *envtest.Environment
	kubeconfig string
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	server := apiserver.For(t, "../../config/crd/bases")
	direct, err := client.New(server.Config, client.Options{Scheme: plugin.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{Client: direct, server: server}
	c.kubeconfig = c.user(t, "admin", "system:masters")
	return c
}

// user returns the kubeconfig of a new user.
func (c *cluster) user(t *testing.T, name string, groups ...string) string {
	t.Helper()
	user, err := c.server.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		t.Fatal(err)
	}
	content, err := user.KubeConfig()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// run runs a command line.
func (c *cluster) run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	streams, _, out, errOut := genericiooptions.NewTestIOStreams()
	if !slices.Contains(args, "--kubeconfig") {
		args = append(args, "--kubeconfig", c.kubeconfig)
	}
	code = plugin.Run(ctx, newRoot(streams), args, errOut)
	return code, out.String(), errOut.String()
}

// expect runs a command line, and compares what it prints.
func (c *cluster) expect(t *testing.T, args string, code int, stdout, stderr string) {
	t.Helper()
	gotCode, gotStdout, gotStderr := c.run(t.Context(), strings.Fields(args)...)
	if gotCode != code || gotStdout != stdout || !strings.HasPrefix(gotStderr, stderr) || (stderr == "") != (gotStderr == "") {
		t.Errorf("%s: code %d, want %d\nstdout: %q, want %q\nstderr: %q, want %q", args, gotCode, code, gotStdout, stdout, gotStderr, stderr)
	}
}

// tracker creates a tracker of the version 1.0.0 in the namespace default.
func (c *cluster) tracker(t *testing.T, name string, change func(*v1alpha1.InterviewTracker)) *v1alpha1.InterviewTracker {
	t.Helper()
	tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}}
	tracker.Spec.Version = "1.0.0"
	if change != nil {
		change(tracker)
	}
	if err := c.Create(t.Context(), tracker); err != nil {
		t.Fatal(err)
	}
	return tracker
}

// observe writes the status of a tracker as an operator does.
func (c *cluster) observe(t *testing.T, name string, conditions ...metav1.Condition) {
	t.Helper()
	tracker := c.read(t, name)
	for i := range conditions {
		conditions[i].LastTransitionTime = metav1.Now()
	}
	tracker.Status = v1alpha1.InterviewTrackerStatus{ObservedGeneration: tracker.Generation, Conditions: conditions}
	if err := c.Status().Update(t.Context(), tracker); err != nil {
		t.Fatal(err)
	}
}

func (c *cluster) read(t *testing.T, name string) *v1alpha1.InterviewTracker {
	t.Helper()
	tracker := &v1alpha1.InterviewTracker{}
	if err := c.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: name}, tracker); err != nil {
		t.Fatal(err)
	}
	return tracker
}

var (
	isReady  = metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, Message: "all works"}
	notReady = metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonCrashLooping, Message: "pod a exited"}
	unseen   = metav1.Condition{Type: v1alpha1.ConditionMonitoringReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNotSelected, Message: "none selects it"}
)

func TestVerbs(t *testing.T) {
	c := startCluster(t)
	t.Run("suspend and resume", c.testSuspend)
	t.Run("scale", c.testScale)
	t.Run("restart", c.testRestart)
	t.Run("retry-migrations", c.testRetry)
	t.Run("wait", c.testWait)
	t.Run("status", c.testStatus)
	t.Run("completion", c.testCompletion)
	t.Run("other versions", c.testOtherVersions)
}

func (c *cluster) testSuspend(t *testing.T) {
	c.tracker(t, "plain", nil)
	c.tracker(t, "git", func(tracker *v1alpha1.InterviewTracker) {
		tracker.Annotations = map[string]string{"argocd.argoproj.io/tracking-id": "people:apps.interviewtracker.dev/InterviewTracker:default/git"}
	})
	c.expect(t, "suspend plain", 0, "interviewtracker/plain is suspended\n", "")
	c.expect(t, "suspend plain", 0, "interviewtracker/plain is suspended already\n", "")
	suspended := c.read(t, "plain")
	if !suspended.Spec.Suspend {
		t.Error("spec.suspend is not set")
	}
	if !slices.ContainsFunc(suspended.ManagedFields, func(e metav1.ManagedFieldsEntry) bool { return e.Manager == plugin.FieldManager }) {
		t.Errorf("the field managers are %v", suspended.ManagedFields)
	}
	c.expect(t, "resume plain", 0, "interviewtracker/plain is not suspended\n", "")
	c.expect(t, "resume plain", 0, "interviewtracker/plain is not suspended already\n", "")
	if c.read(t, "plain").Spec.Suspend {
		t.Error("spec.suspend is set")
	}
	c.expect(t, "suspend git", 0, "interviewtracker/git is suspended\n",
		"warning: Argo CD (application people) applies default/git from Git, and undoes this if spec.suspend is set there: change it there as well\n")
	c.expect(t, "suspend missing", 1, "", "error: reading InterviewTracker default/missing: ")
	c.expect(t, "suspend", 2, "", "error: kubectl tracker suspend takes the name of one InterviewTracker, and got 0\n\nUsage:\n  kubectl tracker suspend NAME")
}

func (c *cluster) testScale(t *testing.T) {
	c.tracker(t, "sized", nil)
	c.tracker(t, "auto", func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Frontend = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(2)), MaxReplicas: 5}}
	})
	c.expect(t, "scale sized --component=api --replicas=3", 0, "interviewtracker/sized: spec.api.replicas is 3, and was 1\n", "")
	c.expect(t, "scale sized --component=api --replicas=0", 0, "interviewtracker/sized: spec.api.replicas is 0, and was 3\n", "")
	if got := c.read(t, "sized").Spec.API.Replicas; got == nil || *got != 0 {
		t.Errorf("spec.api.replicas is %v", got)
	}
	c.expect(t, "scale auto --component=frontend --replicas=3", 1, "",
		"error: the frontend of InterviewTracker default/auto is autoscaled from 2 to 5 pods: change minReplicas and maxReplicas in spec.frontend.autoscaling\n")
	c.expect(t, "scale sized --component=api --replicas=1001", 1, "", "error: changing spec.api.replicas of InterviewTracker default/sized: ")
	c.expect(t, "scale sized --component=database --replicas=2", 2, "", "error: \"database\" can't be scaled: set --component to api or frontend\n")
	c.expect(t, "scale sized --replicas=2", 2, "", "error: set --component to api or frontend\n")
	c.expect(t, "scale sized --component=api", 2, "", "error: set --replicas to the number of pods, from 0 on\n")
}

func (c *cluster) testRestart(t *testing.T) {
	external := &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "redis"}, Key: "url",
	}}}
	tracker := c.tracker(t, "busy", func(tracker *v1alpha1.InterviewTracker) { tracker.Spec.Redis = external })
	c.expect(t, "restart busy --component=api", 1, "", "error: deployment/busy-api in namespace default does not exist: see kubectl tracker status -n default busy\n")
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}, Annotations: map[string]string{"kept": "yes"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "api", Image: "api:1"}}},
	}
	object := func(part string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: "default", Name: "busy-" + part, OwnerReferences: []metav1.OwnerReference{
			*metav1.NewControllerRef(tracker, v1alpha1.GroupVersion.WithKind(v1alpha1.Kind)),
		}}
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}
	api := &appsv1.Deployment{ObjectMeta: object("api"), Spec: appsv1.DeploymentSpec{Selector: selector, Template: template}}
	frontend := &appsv1.Deployment{ObjectMeta: object("frontend"), Spec: appsv1.DeploymentSpec{Selector: selector, Template: template, Paused: true}}
	database := &appsv1.StatefulSet{ObjectMeta: object("database"), Spec: appsv1.StatefulSetSpec{Selector: selector, Template: template}}
	for _, o := range []client.Object{api, frontend, database} {
		if err := c.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}

	// One that can't be restarted leaves the others as they are.
	c.expect(t, "restart busy --component=api,frontend", 1, "", "error: deployment/busy-frontend in namespace default is paused, and restarts nothing: "+
		"kubectl rollout resume -n default deployment/busy-frontend first\n")
	if at := c.restartedAt(t, api); at != "" {
		t.Errorf("the API restarted at %s", at)
	}
	c.expect(t, "restart busy --component=api,database", 0, "deployment/busy-api restarts\nstatefulset/busy-database restarts\n", "")
	for _, o := range []client.Object{api, database} {
		isNow(t, c.restartedAt(t, o))
	}
	if kept := api.Spec.Template.Annotations["kept"]; kept != "yes" {
		t.Errorf("another annotation is %q", kept)
	}
	c.expect(t, "restart busy --component=redis", 1, "", "error: the redis of InterviewTracker default/busy is external: restart it where it runs\n")
	c.expect(t, "restart busy --component=worker", 2, "", "error: \"worker\" is no component: set --component to some of api, frontend, database, redis\n")

	foreign := c.tracker(t, "foreign", nil)
	other := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: foreign.Name + "-api"}, Spec: appsv1.DeploymentSpec{Selector: selector, Template: template}}
	if err := c.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	c.expect(t, "restart foreign --component=api", 1, "", "error: deployment/foreign-api in namespace default is not the tracker's own: another object has its name\n")

	// The whole tracker is restarted by the operator.
	c.expect(t, "restart busy", 0, "interviewtracker/busy restarts\n", "")
	isNow(t, c.read(t, "busy").Annotations[v1alpha1.AnnotationRestartedAt])
	c.tracker(t, "idle", func(tracker *v1alpha1.InterviewTracker) { tracker.Spec.Suspend = true })
	c.expect(t, "restart idle", 1, "", "error: InterviewTracker default/idle is suspended, and the operator writes nothing: "+
		"kubectl tracker resume -n default idle first\n")
	going := c.tracker(t, "going", func(tracker *v1alpha1.InterviewTracker) { tracker.Finalizers = []string{"example.com/kept"} })
	if err := c.Delete(t.Context(), going); err != nil {
		t.Fatal(err)
	}
	c.expect(t, "restart going", 1, "", "error: InterviewTracker default/going is being deleted\n")
	c.expect(t, "restart missing", 1, "", "error: reading InterviewTracker default/missing: ")
}

// isNow checks a time that a command has written.
func isNow(t *testing.T, text string) {
	t.Helper()
	if at, err := time.Parse(time.RFC3339, text); err != nil || time.Since(at).Abs() > time.Hour {
		t.Errorf("it is of %q: %v", text, err)
	}
}

func (c *cluster) testRetry(t *testing.T) {
	migrations := metav1.Condition{
		Type: v1alpha1.ConditionMigrationsComplete, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonRunning, Message: "Job x is running",
	}
	c.tracker(t, "plainest", nil)
	c.expect(t, "retry-migrations plainest", 1, "",
		"error: InterviewTracker default/plainest has no migrations that the operator runs: spec.migrations is not set\n")
	c.tracker(t, "migrating", func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"migrate"}}
	})
	c.expect(t, "retry-migrations migrating", 1, "",
		"error: the migrations of InterviewTracker default/migrating have not failed: the operator has reported nothing of them yet\n")
	c.observe(t, "migrating", migrations)
	c.expect(t, "retry-migrations migrating", 1, "",
		"error: the migrations of InterviewTracker default/migrating have not failed: MigrationsComplete is False (Running): Job x is running\n")
	if at := c.read(t, "migrating").Annotations[v1alpha1.AnnotationMigrationsRetriedAt]; at != "" {
		t.Errorf("they are retried at %s", at)
	}
	migrations.Reason, migrations.Message = v1alpha1.ReasonFailed, "Job x failed"
	c.observe(t, "migrating", migrations)
	c.expect(t, "retry-migrations migrating", 0, "interviewtracker/migrating retries its migrations\n", "")
	isNow(t, c.read(t, "migrating").Annotations[v1alpha1.AnnotationMigrationsRetriedAt])
}

// restartedAt reads the annotation of the pods' template that restarts them.
func (c *cluster) restartedAt(t *testing.T, object client.Object) string {
	t.Helper()
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		t.Fatal(err)
	}
	switch o := object.(type) {
	case *appsv1.Deployment:
		return o.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"]
	case *appsv1.StatefulSet:
		return o.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"]
	}
	return ""
}

func (c *cluster) testWait(t *testing.T) {
	c.tracker(t, "slow", nil)
	const blocked = "waiting for it to be ready: no operator has looked at it yet\n"
	c.expect(t, "wait slow --for=ready --timeout=0", 1, "", blocked+"error: the tracker is not ready after 0s: no operator has looked at it yet; ")
	c.observe(t, "slow", notReady)
	c.expect(t, "wait slow --for=ready --timeout=0", 1, "",
		"waiting for it to be ready: Ready is False (CrashLooping): pod a exited\nerror: the tracker is not ready after 0s: Ready is False (CrashLooping): pod a exited; ")
	c.observe(t, "slow", isReady, unseen)
	c.expect(t, "wait slow --for=ready --timeout=0", 0, "interviewtracker/slow is ready\n", "")
	c.expect(t, "wait slow --for=healthy --timeout=0", 1, "", "waiting for it to be healthy: MonitoringReady is False (NotSelected): none selects it\n")
	c.observe(t, "slow", isReady)
	c.expect(t, "wait slow --for=healthy --timeout=0", 0, "interviewtracker/slow is healthy\n", "")
	c.expect(t, "wait slow --for=suspended --timeout=0", 1, "", "waiting for it to be suspended: spec.suspend is not set")
	c.expect(t, "suspend slow", 0, "interviewtracker/slow is suspended\n", "")
	c.expect(t, "wait slow --for=suspended --timeout=0", 1, "", "waiting for it to be suspended: the operator has not seen the last change yet\n")

	// It ends as soon as the state is reached.
	type result struct {
		code           int
		stdout, stderr string
	}
	ended := make(chan result, 1)
	go func() {
		code, stdout, stderr := c.run(t.Context(), "wait", "slow", "--for=suspended", "--timeout=5m")
		ended <- result{code, stdout, stderr}
	}()
	c.observe(t, "slow", isReady)
	if got := <-ended; got.code != 0 || got.stdout != "interviewtracker/slow is suspended\n" {
		t.Errorf("got %+v", got)
	}
	c.expect(t, "wait missing --for=ready", 1, "", "error: reading InterviewTracker default/missing: ")
	c.expect(t, "wait slow --for=perfect", 2, "", "error: set --for to one of ready, healthy, suspended\n")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, stdout, stderr := c.run(ctx, "wait", "slow", "--for=ready"); code != 130 || stdout+stderr != "" {
		t.Errorf("interrupted: code %d, %s%s", code, stdout, stderr)
	}
}

func (c *cluster) testStatus(t *testing.T) {
	code, stdout, stderr := c.run(t.Context(), "status", "-A")
	if code != 0 || stderr != "" || !strings.HasPrefix(stdout, "NAMESPACE  NAME ") || !strings.Contains(stdout, "default    slow ") {
		t.Errorf("code %d\n%s%s", code, stdout, stderr)
	}
	c.expect(t, "status -n kube-system", 1, "", "error: there is no InterviewTracker in namespace kube-system (-A shows those of all namespaces)\n")
	c.expect(t, "status slow -A", 2, "", "error: a tracker's name and --all-namespaces can't be used together\n")
	c.expect(t, "status slow -o wide", 2, "", "error: invalid argument \"wide\" for \"-o, --output\" flag: \"wide\" is neither json nor yaml\n")
	if code, stdout, _ := c.run(t.Context(), "status", "slow", "-o", "json"); code != 0 || !strings.HasPrefix(stdout, "{\n  \"namespace\": \"default\",\n  \"name\": \"slow\"") {
		t.Errorf("code %d\n%s", code, stdout)
	}

	// Who may read trackers alone sees the operator's status, and what is missing.
	reader := c.user(t, "reader")
	apiserver.Grant(t, c, "default", "reader",
		rbacv1.PolicyRule{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"interviewtrackers"}, Verbs: []string{"get"}})
	want := "Not known\n  - pods: you may not list them in this namespace\n  - events: you may not list them in this namespace\n"
	if code, stdout, stderr := c.run(t.Context(), "status", "slow", "--kubeconfig", reader); code != 0 || !strings.HasSuffix(stdout, want) {
		t.Errorf("code %d\n%s%s", code, stdout, stderr)
	}
	if code, _, stderr := c.run(t.Context(), "suspend", "slow", "--kubeconfig", reader); code != 0 {
		t.Errorf("a tracker that is suspended needs no right to patch: code %d, %s", code, stderr)
	}
	if code, _, stderr := c.run(t.Context(), "resume", "slow", "--kubeconfig", reader); code != 1 || !strings.Contains(stderr, "is forbidden") {
		t.Errorf("code %d, %s", code, stderr)
	}
}

func (c *cluster) testCompletion(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"status", "sized"}, {"page-test", "sized"}, {"wait", "sized"}, {"restart", "sized"}, {"status -n", "kube-system"}, {"restart sized --component", "redis"},
	} {
		args := append([]string{"__complete", "--kubeconfig", c.kubeconfig}, append(strings.Fields(test.args), "")...)
		// A completion that takes too long for a person who waits has no names.
		apiserver.Await(t, test.args+" is not completed by "+test.want, func() bool {
			code, stdout, _ := c.run(t.Context(), args...)
			return code == 0 && slices.Contains(strings.Split(stdout, "\n"), test.want)
		})
	}
	if code, stdout, _ := c.run(t.Context(), "__complete", "--kubeconfig", c.kubeconfig, "status", "sized", ""); code != 0 || stdout != ":4\n" {
		t.Errorf("a second name: code %d\n%s", code, stdout)
	}
}

// Every shell has a script, and kubectl a program.
func TestCompletionScripts(t *testing.T) {
	for shell, want := range map[string]string{
		"bash": "complete", "zsh": "#compdef kubectl-tracker", "fish": "complete -c kubectl-tracker", "powershell": "Register-ArgumentCompleter",
		"kubectl": "#!/bin/sh\nexec kubectl tracker __complete \"$@\"\n",
	} {
		streams, _, stdout, stderr := genericiooptions.NewTestIOStreams()
		if code := plugin.Run(t.Context(), newRoot(streams), []string{"completion", shell}, stderr); code != 0 || !strings.Contains(stdout.String(), want) {
			t.Errorf("%s: code %d, %s\n%.200s", shell, code, stderr, stdout)
		}
	}
	streams, _, _, stderr := genericiooptions.NewTestIOStreams()
	if code := plugin.Run(t.Context(), newRoot(streams), []string{"completion", "tcsh"}, stderr); code != 2 || !strings.HasPrefix(stderr.String(), fmt.Sprintf("error: invalid argument %q", "tcsh")) {
		t.Errorf("code %d, %s", code, stderr)
	}
}
