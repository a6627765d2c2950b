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
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// server is the API server that all tests of the package share; each works in a namespace of its
// own.
var server *envtest.Environment

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		return 1, errors.New("KUBEBUILDER_ASSETS names no folder with kube-apiserver and etcd: run `make test`")
	}
	log.SetLogger(logr.Discard())
	server = &envtest.Environment{CRDDirectoryPaths: []string{filepath.Join("..", "..", "..", "config", "crd", "bases")}, ErrorIfCRDPathMissing: true}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if _, err = server.Start(); err != nil {
		return 1, fmt.Errorf("start the API server: %w", err)
	}
	return m.Run(), nil
}

// world is a namespace with a tracker of which each pod has a log.
type world struct {
	*testing.T
	cluster   *plugin.Cluster
	namespace string
	// logs has the log of each container, by POD/CONTAINER, with /previous for the run before.
	logs map[string]string
	node string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	cluster, err := plugin.NewCluster(server.Config, "")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, cluster: cluster, logs: map[string]string{}}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "report-"}}
	w.create(namespace)
	w.namespace, w.cluster.Namespace = namespace.Name, namespace.Name
	w.startKubelet()
	return w
}

func (w *world) create(object client.Object) {
	w.Helper()
	if object.GetNamespace() == "" {
		object.SetNamespace(w.namespace)
	}
	if err := w.cluster.Client.Create(w.Context(), object); err != nil {
		w.Fatal(err)
	}
}

// startKubelet has a node whose kubelet serves logs alone.
func (w *world) startKubelet() {
	w.Helper()
	kubelet := httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		name, found := strings.CutPrefix(r.URL.Path, "/containerLogs/"+w.namespace+"/")
		if r.URL.Query().Get("previous") == "true" {
			name += "/previous"
		}
		text, known := w.logs[name]
		if !found || !known {
			http.Error(out, "no log of "+r.URL.String(), http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(out, text)
	}))
	w.Cleanup(kubelet.Close)
	address, port, err := net.SplitHostPort(kubelet.Listener.Addr().String())
	if err != nil {
		w.Fatal(err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		w.Fatal(err)
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	w.create(node)
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(number)
	if err := w.cluster.Client.Status().Update(w.Context(), node); err != nil {
		w.Fatal(err)
	}
	w.node = node.Name
}

// tracker makes one whose database is opened by a Secret of the user's.
func (w *world) tracker(annotations map[string]string) *v1alpha1.InterviewTracker {
	w.Helper()
	t := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Name: "hiring", Annotations: annotations}}
	t.Spec.Version = "1.0.0"
	t.Spec.Database = &v1alpha1.DatabaseSpec{}
	t.Spec.Database.External = &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "database"}, Key: "url",
	}}
	w.create(t)
	return t
}

func (w *world) secret(name string, data map[string]string) {
	w.Helper()
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: data})
}

// pod makes one of the API that has run before, and has a log of each run.
func (w *world) pod(name string, env []corev1.EnvVar, said, log string) *corev1.Pod {
	w.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: "api"}},
		Spec: corev1.PodSpec{NodeName: w.node, Containers: []corev1.Container{{
			Name: "api", Image: "api", Env: env, Args: []string{"--password", "s3cret-Argument"},
		}}},
	}
	w.create(pod)
	now := metav1.NewTime(time.Now().Add(time.Minute)) // The Secrets may be of the same second.
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{
		Name: "api", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{StartedAt: now, Message: said}},
	}}}
	if err := w.cluster.Client.Status().Update(w.Context(), pod); err != nil {
		w.Fatal(err)
	}
	w.logs[name+"/api"], w.logs[name+"/api/previous"] = log, log
	return pod
}

func (w *world) event(about client.Object, kind, message string) {
	w.Helper()
	w.create(&corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{GenerateName: "event-"},
		InvolvedObject: corev1.ObjectReference{Kind: kind, Namespace: w.namespace, Name: about.GetName(), UID: about.GetUID()},
		Type:           "Warning", Reason: "Unhealthy", Message: message, Source: corev1.EventSource{Component: "kubelet"}, Count: 1,
		FirstTimestamp: metav1.Now(), LastTimestamp: metav1.Now(),
	})
}

// report writes the report, and returns the files in it and what was said.
func (w *world) report(cluster *plugin.Cluster, unmasked bool) (files map[string]string, said string) {
	w.Helper()
	path := filepath.Join(w.TempDir(), "report.tar.gz")
	streams, _, _, errOut := genericiooptions.NewTestIOStreams()
	if err := run(w.Context(), cluster, "hiring", path, unmasked, time.Unix(1_800_000_000, 0), streams); err != nil {
		w.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		w.Fatal(err)
	}
	return unpacked(w.T, content), errOut.String()
}

// reader is a user with some rights in the namespace.
func (w *world) reader(rules ...rbacv1.PolicyRule) *plugin.Cluster {
	w.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "reader"}, Rules: rules}
	w.create(role)
	w.create(&rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "reader"},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: w.namespace}},
	})
	user, err := server.AddUser(envtest.User{Name: w.namespace}, nil)
	if err != nil {
		w.Fatal(err)
	}
	cluster, err := plugin.NewCluster(user.Config(), w.namespace)
	if err != nil {
		w.Fatal(err)
	}
	// The authorizer learns of the role from a watch.
	deadline := time.Now().Add(time.Minute)
	for {
		err := cluster.Client.List(w.Context(), &corev1.PodList{}, client.InNamespace(w.namespace))
		if err == nil {
			return cluster
		}
		if time.Now().After(deadline) {
			w.Fatal(err)
		}
		waitFor(w.Context(), 50*time.Millisecond)
	}
}

func waitFor(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// The canaries: secrets in Secrets, and one that only its name gives away.
const (
	canary        = `c4nary-Zebra/+9&"x<7>`
	otherCanary   = "0ther-Canary-of-envFrom"
	literalCanary = "l1teral-Canary-value"
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
		`{"event":"login","password":"unknown-Password"} Authorization: Bearer unknown-Bearer-1 redis://:unknown-Redis@r`+"\n")
	w.event(pod, "Pod", "Readiness probe failed: "+everywhere(canary))
	w.event(tracker, "InterviewTracker", "connecting to postgres://tracker:"+url.QueryEscape(canary)+"@db.example.com")
	w.create(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "hiring-dashboard", Labels: map[string]string{v1alpha1.LabelTracker: "hiring"}},
		Data:       map[string]string{"note": everywhere(canary) + everywhere(webhook), "password": "unknown-Password", canary[:11]: "a key"},
	})
	return w
}

func TestNoCanaryIsInTheReport(t *testing.T) {
	w := canaries(t)
	files, said := w.report(w.cluster, false)
	lacks(t, files, canary, otherCanary, literalCanary, argument, webhook, "unknown-Password", "unknown-Bearer-1", "unknown-Redis")
	for path, want := range map[string][]string{
		"tracker.yaml":                            {"version: 1.0.0", "name: database", "example.com/note: the password is ***"},
		"objects/pod/hiring-api-1-a.yaml":         {"name: SESSION_TOKEN\n      value: '***'", "value: green", "value: http://user:***@proxy:8080", "- --password"},
		"objects/secret/database.yaml":            {"url: (not shown)", "username: (not shown)", "name: database"},
		"objects/configmap/hiring-dashboard.yaml": {"plain: ***"},
		"logs/hiring-api-1-a/api.log":             {`{"event":"started","port":8000}`, "plain: ***", "session *** of https://hooks.example.com/***"},
		"logs/hiring-api-1-a/api.previous.log":    {`{"event":"started","port":8000}`},
		"events.txt":                              {"Readiness probe failed: ", "postgres://tracker:***@db.example.com"},
		"versions.txt":                            {"API server: v1.", "interviewtrackers.apps.interviewtracker.dev: v1alpha1 (stored), generation 1"},
		"README.txt":                              {"InterviewTracker " + w.namespace + "/hiring, made at 2027-01-15T08:00:00Z"},
		"errors.txt":                              {"the operator: no Deployment"},
	} {
		for _, text := range want {
			if !strings.Contains(files[path], text) {
				t.Errorf("%s lacks %q:\n%s", path, text, files[path])
			}
		}
	}
	if strings.Contains(said, "left out") || !strings.Contains(said, "10 files are in ") {
		t.Errorf("said %s", said)
	}
	for path, content := range files {
		if strings.Contains(content, "managedFields") && path != "README.txt" || strings.Contains(content, "withheld") {
			t.Errorf("%s:\n%s", path, content)
		}
	}
}

// readers are the rights of a person who may not read Secrets.
func readers() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		{APIGroups: []string{"apps.interviewtracker.dev"}, Resources: []string{"interviewtrackers"}, Verbs: []string{"get", "list"}},
		{APIGroups: []string{""}, Resources: []string{"pods", "events", "configmaps", "pods/log"}, Verbs: []string{"get", "list"}},
	}
}

func TestWithoutTheRightToReadSecrets(t *testing.T) {
	w := canaries(t)
	reader := w.reader(readers()...)
	files, said := w.report(reader, false)
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
		"objects/pod/hiring-api-1-a.yaml": "withheld: Secret database, by which to mask it, can't be read",
		"events.txt":                      "withheld: Secret database",
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
	lacks(t, files, literalCanary, argument, "unknown-Password", "unknown-Redis")

	files, said = w.report(reader, true)
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
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: w.namespace, Name: "database"}
	if err := w.cluster.Client.Get(t.Context(), key, secret); err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{}
	if err := w.cluster.Client.Get(t.Context(), client.ObjectKey{Namespace: w.namespace, Name: "hiring-api-1-a"}, pod); err != nil {
		t.Fatal(err)
	}
	long := metav1.NewTime(secret.CreationTimestamp.Add(-time.Hour))
	pod.Status.ContainerStatuses[0].LastTerminationState.Terminated.StartedAt = long
	if err := w.cluster.Client.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	files, _ := w.report(w.cluster, false)
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
	err := run(t.Context(), w.cluster, "hiring", path, false, time.Now(), genericiooptions.NewTestIOStreamsDiscard())
	if err == nil || !strings.Contains(err.Error(), "no InterviewTracker hiring in namespace "+w.namespace) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file is there: %v", err)
	}
	w.secret("database", map[string]string{"url": "postgres://db/x"})
	w.tracker(nil)
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	err = run(t.Context(), w.cluster, "hiring", path, false, time.Now(), genericiooptions.NewTestIOStreamsDiscard())
	content, _ := os.ReadFile(path)
	if err == nil || !strings.Contains(err.Error(), "exists: name another file") || !bytes.Equal(content, []byte("mine")) {
		t.Errorf("got %v, and the file holds %q", err, content)
	}
}
