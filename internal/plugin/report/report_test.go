// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// world is a namespace with a tracker of which each container has a log.
type world struct {
	*testing.T
	cluster   *plugin.Cluster
	namespace string
	// logs has the log of each container, by POD/CONTAINER, with /previous for the run before.
	logs map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	version := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(out, `{"gitVersion":"v1.37.2"}`)
	}))
	t.Cleanup(version.Close)
	scheme := plugin.Scheme()
	crd := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: "interviewtrackers.apps.interviewtracker.dev", Generation: 1}}
	crd.Spec.Versions = []apiextensionsv1.CustomResourceDefinitionVersion{{Name: "v1alpha1", Served: true, Storage: true}}
	memory := fake.NewClientBuilder().WithScheme(scheme).WithObjects(crd).Build()
	return &world{
		T: t, logs: map[string]string{}, namespace: "people",
		cluster: &plugin.Cluster{Config: &rest.Config{Host: version.URL}, Client: memory, Namespace: "people"},
	}
}

func (w *world) create(object client.Object) {
	w.Helper()
	object.SetNamespace(w.namespace)
	object.SetUID(types.UID("uid of " + object.GetName() + object.GetGenerateName()))
	object.SetCreationTimestamp(metav1.NewTime(made))
	if err := w.cluster.Client.Create(w.Context(), object); err != nil {
		w.Fatal(err)
	}
}

// open opens the log of a container, as a kubelet has it.
func (w *world) open(_ context.Context, namespace, pod string, options *corev1.PodLogOptions) (io.ReadCloser, error) {
	name := pod + "/" + options.Container
	if options.Previous {
		name += "/previous"
	}
	text, known := w.logs[name]
	if !known || namespace != w.namespace {
		return nil, fmt.Errorf("no log of %s/%s", namespace, name)
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

// tracker makes one whose database is opened by a Secret of the user's.
func (w *world) tracker(annotations map[string]string) *v1alpha1.InterviewTracker {
	w.Helper()
	t := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Name: "hiring", Annotations: annotations}}
	t.Spec.Version = "1.0.0"
	t.Spec.Database = &v1alpha1.DependencySpec{}
	t.Spec.Database.External = &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "database"}, Key: "url",
	}}
	t.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonConnectionFailed, Message: "the last words: " + everywhere(canary),
	}}
	w.create(t)
	return t
}

func (w *world) secret(name string, values map[string]string) {
	w.Helper()
	data := map[string][]byte{}
	for key, value := range values {
		data[key] = []byte(value)
	}
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data})
}

// pod makes one of the API that has run before, and has a log of each run.
func (w *world) pod(name string, env []corev1.EnvVar, said, log string) *corev1.Pod {
	w.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: "api"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "api", Image: "api", Env: env, Args: []string{"--password", "s3cret-Argument"},
		}}},
	}
	now := metav1.NewTime(made.Add(time.Minute))
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{
		Name: "api", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{StartedAt: now, Message: said}},
	}}}
	w.create(pod)
	w.logs[name+"/api"], w.logs[name+"/api/previous"] = log, log
	return pod
}

func (w *world) event(about client.Object, kind, message string) {
	w.Helper()
	w.create(&corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: "event-of-" + about.GetName()},
		InvolvedObject: corev1.ObjectReference{Kind: kind, Namespace: w.namespace, Name: about.GetName(), UID: about.GetUID()},
		Type:           "Warning", Reason: "Unhealthy", Message: message, Source: corev1.EventSource{Component: "kubelet"}, Count: 1,
		FirstTimestamp: metav1.NewTime(made.Add(time.Minute)), LastTimestamp: metav1.NewTime(made.Add(time.Minute)),
	})
}

// report writes the report, and returns the files in it and what was said.
func (w *world) report(unmasked bool) (files map[string]string, said string) {
	w.Helper()
	path := filepath.Join(w.TempDir(), "report.tar.gz")
	streams, _, _, errOut := genericiooptions.NewTestIOStreams()
	if err := write(w.Context(), newGatherer(w.cluster, "hiring", w.open, unmasked), path, made.Add(10*time.Minute), streams); err != nil {
		w.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		w.Fatal(err)
	}
	return unpacked(w.T, content), errOut.String()
}

// forbidSecrets has the API server refuse all requests for Secrets.
func (w *world) forbidSecrets() {
	w.Helper()
	memory, is := w.cluster.Client.(client.WithWatch)
	if !is {
		w.Fatal("the client can't be intercepted")
	}
	refused := apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "", errors.New("no right"))
	w.cluster.Client = interceptor.NewClient(memory, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			if _, is := object.(*corev1.Secret); is {
				return refused
			}
			return c.Get(ctx, key, object, options...)
		},
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			if list.GetObjectKind().GroupVersionKind().Kind == "SecretList" {
				return refused
			}
			return c.List(ctx, list, options...)
		},
	})
}

// made is when all objects were.
var made = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// The canaries: secrets in Secrets, and one that only its name gives away.
const (
	canary        = `c4nary-Zebra/+9&"x<7>`
	otherCanary   = "0ther-Canary-of-envFrom"
	literalCanary = "l1teral-Canary-Xylem"
	argument      = "s3cret-Argument"
	webhook       = "T0WEBHOOK/B0CANARY/xyzzyplugh"
)

// forms are the forms in which a secret may stand in a text.
func forms(secret string) map[string]string {
	quoted, _ := json.Marshal(secret) // A string always has a JSON form.
	return map[string]string{
		"plain": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret), "JSON": strings.Trim(string(quoted), `"`),
		"Go": strings.Trim(strconv.Quote(secret), `"`), "twice": url.QueryEscape(url.QueryEscape(secret)),
		"Base64": base64.StdEncoding.EncodeToString([]byte(secret))[:16], "header": base64.StdEncoding.EncodeToString([]byte("user12:" + secret))[12:28],
		"URL Base64": base64.RawURLEncoding.EncodeToString([]byte(secret))[:16], "beginning": secret[:8], "end": secret[len(secret)-8:], "upper": strings.ToUpper(secret),
	}
}

// everywhere is a text with the canary in each form.
func everywhere(secret string) string {
	var out strings.Builder
	for form, text := range forms(secret) {
		fmt.Fprintf(&out, "%s: %s\n", form, text)
	}
	return out.String()
}

func lacks(t *testing.T, files map[string]string, secrets ...string) {
	t.Helper()
	for path, content := range files {
		for _, secret := range secrets {
			for form, text := range forms(secret) {
				if strings.Contains(content, text) || strings.Contains(path, text) {
					t.Errorf("%s has %q, the form %q of %q", path, text, form, secret)
				}
			}
		}
	}
}

// canaries makes a tracker with canaries wherever there is room.
func canaries(t *testing.T) *world {
	w := newWorld(t)
	w.secret("database", map[string]string{"url": "postgres://tracker:" + url.QueryEscape(canary) + "@db.example.com:5432/tracker", "username": "tracker"})
	w.secret("more", map[string]string{"API_KEY": otherCanary, "WEBHOOK": "https://hooks.example.com/services/" + webhook, "FLAG": "1"})
	tracker := w.tracker(map[string]string{
		"example.com/note":                 "the password is " + canary,
		corev1.LastAppliedConfigAnnotation: everywhere(canary),
	})
	pod := w.pod("hiring-api-1-a", []corev1.EnvVar{
		{Name: "DATABASE_URL", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: "database"}, Key: "url",
		}}},
		{Name: "MORE", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: "more"}, Key: "API_KEY",
		}}},
		{Name: "SESSION_TOKEN", Value: literalCanary},
		{Name: "UPSTREAM", Value: "http://user:" + url.QueryEscape(canary) + "@proxy:8080"},
		{Name: "COLOR", Value: "green"},
	}, "panic: "+everywhere(canary), everywhere(canary)+everywhere(otherCanary)+
		"2026-11-29T12:18:13.681133000Z {\"event\":\"started\",\"port\":8000}\n"+
		"session "+literalCanary+" of https://hooks.example.com/services/"+webhook+"\n"+
		`{"event":"login","password":"unkn0wn-Hushed"} Authorization: Bearer unkn0wn-Carrier redis://:unkn0wn-Cached@r`+"\n")
	w.event(pod, "Pod", "Readiness probe failed: "+everywhere(canary))
	w.event(tracker, "InterviewTracker", "connecting to postgres://tracker:"+url.QueryEscape(canary)+"@db.example.com")
	w.create(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "hiring-dashboard", Labels: map[string]string{v1alpha1.LabelTracker: "hiring"}},
		Data:       map[string]string{"note": everywhere(canary) + everywhere(webhook), "password": "unkn0wn-Hushed", canary[:11]: "a key"},
	})
	return w
}

func TestNoCanaryIsInTheReport(t *testing.T) {
	w := canaries(t)
	files, said := w.report(false)
	lacks(t, files, canary, otherCanary, literalCanary, argument, webhook, "unkn0wn-Hushed", "unkn0wn-Carrier", "unkn0wn-Cached")
	for path, want := range map[string][]string{
		"status.txt": {
			"InterviewTracker people/hiring: Failing\n", "Ready is False: ConnectionFailed\n", "    the last words: ",
			"Unhealthy: Pod/hiring-api-1-a: Readiness probe failed: ",
		},
		"tracker.yaml":                            {"version: 1.0.0", "name: database", "example.com/note: the password is ***"},
		"objects/pod/hiring-api-1-a.yaml":         {"name: SESSION_TOKEN\n      value: '***'", "value: green", "value: http://user:***@proxy:8080", "- --password"},
		"objects/secret/database.yaml":            {"url: (not shown)", "username: (not shown)", "name: database"},
		"objects/configmap/hiring-dashboard.yaml": {"plain: ***"},
		"logs/hiring-api-1-a/api.log":             {`{"event":"started","port":8000}`, "plain: ***", "session *** of https://hooks.example.com/***"},
		"logs/hiring-api-1-a/api.previous.log":    {`{"event":"started","port":8000}`},
		"events.txt":                              {"Readiness probe failed: ", "postgres://tracker:***@db.example.com"},
		"versions.txt":                            {"API server: v1.", "interviewtrackers.apps.interviewtracker.dev: v1alpha1 (stored), generation 1"},
		"README.txt":                              {"InterviewTracker " + w.namespace + "/hiring, made at 2026-11-29T12:10:00Z"},
		"errors.txt":                              {"the operator: no Deployment"},
	} {
		for _, text := range want {
			if !strings.Contains(files[path], text) {
				t.Errorf("%s lacks %q:\n%s", path, text, files[path])
			}
		}
	}
	if strings.Contains(said, "left out") || !strings.Contains(said, "12 files are in ") {
		t.Errorf("said %s", said)
	}
	for path, content := range files {
		if strings.Contains(content, "managedFields") && path != "README.txt" || strings.Contains(content, "withheld") {
			t.Errorf("%s:\n%s", path, content)
		}
	}
}

// Without the right to read Secrets, what programs have printed is left out.
func TestWithoutTheRightToReadSecrets(t *testing.T) {
	w := canaries(t)
	w.forbidSecrets()
	files, said := w.report(false)
	for path, content := range files {
		if strings.HasPrefix(path, "logs/") {
			t.Errorf("%s is there", path)
		}
		for _, printed := range []string{"panic: ", "Readiness probe failed: "} {
			if strings.Contains(content, printed) {
				t.Errorf("%s has %q, which a program has printed", path, printed)
			}
		}
	}
	for path, text := range map[string]string{
		"errors.txt":                      "logs/hiring-api-1-a/api.log: left out: Secret database, by which to mask it, can't be read; --unmasked-logs adds it",
		"objects/pod/hiring-api-1-a.yaml": "message: 'withheld: Secret database, by which to mask it, can''t be read'",
		"events.txt":                      "withheld: Secret database",
		"status.txt":                      "Unhealthy: Pod/hiring-api-1-a: withheld: Secret database",
	} {
		if !strings.Contains(files[path], text) {
			t.Errorf("%s lacks %q:\n%s", path, text, files[path])
		}
	}
	if !strings.Contains(files["errors.txt"], "listing the secrets of namespace ") {
		t.Errorf("errors.txt:\n%s", files["errors.txt"])
	}
	if !strings.Contains(said, "Warning: what some programs have printed is left out") {
		t.Errorf("said %s", said)
	}
	lacks(t, files, literalCanary, argument, "unkn0wn-Hushed", "unkn0wn-Cached")

	files, said = w.report(true)
	if !strings.Contains(files["logs/hiring-api-1-a/api.log"], `"event":"started"`) || !strings.Contains(files["README.txt"], "--unmasked-logs") {
		t.Errorf("with --unmasked-logs: %s", files["README.txt"])
	}
	if !strings.Contains(said, "Warning: the report may hold secrets") {
		t.Errorf("said %s", said)
	}
}

// What a program prints may hold the values that a Secret had when it started.
func TestAfterASecretHasChanged(t *testing.T) {
	w := canaries(t)
	pod := &corev1.Pod{}
	if err := w.cluster.Client.Get(t.Context(), client.ObjectKey{Namespace: w.namespace, Name: "hiring-api-1-a"}, pod); err != nil {
		t.Fatal(err)
	}
	pod.Status.ContainerStatuses[0].LastTerminationState.Terminated.StartedAt = metav1.NewTime(made.Add(-time.Hour))
	if err := w.cluster.Client.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	files, _ := w.report(false)
	if _, there := files["logs/hiring-api-1-a/api.log"]; !there {
		t.Error("the log of the run since the change is not there")
	}
	if _, there := files["logs/hiring-api-1-a/api.previous.log"]; there {
		t.Error("the log of the run before the change is there")
	}
	if !strings.Contains(files["errors.txt"], "api.previous.log: left out: Secret database, by which to mask it, has changed since") {
		t.Errorf("errors.txt:\n%s", files["errors.txt"])
	}
}

func TestReportOfNoTracker(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "report.tar.gz")
	streams := genericiooptions.NewTestIOStreamsDiscard()
	err := write(t.Context(), newGatherer(w.cluster, "hiring", w.open, false), path, made, streams)
	if err == nil || !strings.Contains(err.Error(), "reading InterviewTracker people/hiring: ") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file is there: %v", err)
	}
	w.tracker(nil)
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	err = write(t.Context(), newGatherer(w.cluster, "hiring", w.open, false), path, made, streams)
	content, _ := os.ReadFile(path)
	if err == nil || !strings.Contains(err.Error(), "exists: name another file") || !bytes.Equal(content, []byte("mine")) {
		t.Errorf("got %v, and the file holds %q", err, content)
	}
}

// TestReportOfSelectedKey has a password under a key whose name says that it is none, and a Secret with too many pieces.
func TestReportOfSelectedKey(t *testing.T) {
	w := newWorld(t)
	tracker := w.tracker(nil)
	tracker.Spec.Database.External.SecretKeyRef.Key = "host"
	if err := w.cluster.Client.Update(t.Context(), tracker); err != nil {
		t.Fatal(err)
	}
	lines := ""
	for i := range 100 {
		lines += fmt.Sprintf("%03d\n", i)
	}
	w.secret("database", map[string]string{"host": "c0rrect-Horse", "dbname": "interviews", "file": lines})
	w.pod("hiring-api-1-a", nil, "", "c0rrect-Horse in interviews")
	files, said := w.report(true)
	if got := files["logs/hiring-api-1-a/api.log"]; got != "*** in interviews\n" {
		t.Errorf("the log is %q", got)
	}
	if !strings.Contains(said, "Warning: Secret database, key file: its pieces of fewer than five characters are not masked") {
		t.Errorf("said %s", said)
	}
}
