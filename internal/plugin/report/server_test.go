// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
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

// server is the API server of the tests that need a real one.
var server *envtest.Environment

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	if server, err = apiserver.Start(filepath.Join("..", "..", "..", "config", "crd", "bases")); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	return m.Run(), nil
}

// kubelet is a node whose kubelet serves one log alone.
func kubelet(t *testing.T, cluster *plugin.Cluster, log string) *corev1.Node {
	t.Helper()
	served := httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(out, log) }))
	t.Cleanup(served.Close)
	host, port, err := net.SplitHostPort(served.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{GenerateName: "node-"}}
	if err := cluster.Client.Create(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: host}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(number)
	if err := cluster.Client.Status().Update(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	return node
}

// served makes a tracker in a namespace of its own, with a pod that has printed the password of its
// database.
func served(t *testing.T) *plugin.Cluster {
	t.Helper()
	cluster, err := plugin.NewCluster(server.Config, "")
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "report-"}}
	if err := cluster.Client.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	cluster.Namespace = namespace.Name
	meta := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: namespace.Name, Name: name} }

	tracker := &v1alpha1.InterviewTracker{ObjectMeta: meta("hiring")}
	tracker.Annotations = map[string]string{"example.com/note": "it is " + canary, corev1.LastAppliedConfigAnnotation: canary}
	selector := corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "database"}, Key: "url"}
	tracker.Spec.Version = "1.0.0"
	tracker.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{SecretKeyRef: selector}}
	secret := &corev1.Secret{ObjectMeta: meta("database"), StringData: map[string]string{"url": "postgres://u:" + url.QueryEscape(canary) + "@db/x"}}
	pod := &corev1.Pod{
		ObjectMeta: meta("hiring-api-1-a"),
		Spec: corev1.PodSpec{
			NodeName: kubelet(t, cluster, everywhere(canary)+`{"event":"started"}`+"\n").Name,
			Containers: []corev1.Container{{Name: "api", Image: "api", Env: []corev1.EnvVar{
				{Name: "DATABASE_URL", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &selector}},
				{Name: "SESSION_TOKEN", Value: literalCanary},
			}}},
		},
	}
	pod.Labels = map[string]string{v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: "api"}
	for _, object := range []client.Object{secret, tracker, pod} {
		if err := cluster.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	started := metav1.NewTime(time.Now().Add(time.Hour)) // The Secret may be of the same second.
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{
		Name: "api", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}},
	}}}
	if err := cluster.Client.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	event := &corev1.Event{
		ObjectMeta: meta("probe"), Type: "Warning", Reason: "Unhealthy", Message: "Readiness probe failed: " + canary,
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: namespace.Name, Name: pod.Name, UID: pod.UID},
		Source:         corev1.EventSource{Component: "kubelet"}, FirstTimestamp: started, LastTimestamp: started, Count: 1,
	}
	if err := cluster.Client.Create(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	return cluster
}

// reported runs the command.
func reported(t *testing.T, cluster *plugin.Cluster) map[string]string {
	t.Helper()
	streams, _, out, _ := genericiooptions.NewTestIOStreams()
	if err := run(t.Context(), cluster, "hiring", "-", false, time.Now(), streams); err != nil {
		t.Fatal(err)
	}
	return unpacked(t, bytes.Clone(out.Bytes()))
}

func TestReportOfAnAPIServer(t *testing.T) {
	cluster := served(t)
	files := reported(t, cluster)
	lacks(t, files, canary, literalCanary)
	for path, want := range map[string]string{
		"status.txt":                      "\nhiring\n├─ api ",
		"tracker.yaml":                    "example.com/note: it is ***",
		"objects/pod/hiring-api-1-a.yaml": "nodeName: node-",
		"objects/secret/database.yaml":    "url: (not shown)",
		"logs/hiring-api-1-a/api.log":     `{"event":"started"}`,
		"events.txt":                      "Readiness probe failed: ***",
		"versions.txt":                    "interviewtrackers.apps.interviewtracker.dev: v1alpha1 (stored)",
		"errors.txt":                      "the operator: no Deployment",
	} {
		if !strings.Contains(files[path], want) {
			t.Errorf("%s lacks %q:\n%s", path, want, files[path])
		}
	}
	for path, content := range files {
		if strings.Contains(content, "f:spec") {
			t.Errorf("%s has managed fields", path)
		}
	}
}

// Secrets may have the names of a tracker and of its namespace: these are masked, and found nevertheless.
func TestReportOfNamesInASecret(t *testing.T) {
	cluster := served(t)
	secret := &corev1.Secret{}
	if err := cluster.Client.Get(t.Context(), client.ObjectKey{Namespace: cluster.Namespace, Name: "database"}, secret); err != nil {
		t.Fatal(err)
	}
	secret.StringData = map[string]string{"schema": "hiring", "owner": cluster.Namespace}
	if err := cluster.Client.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if status := reported(t, cluster)["status.txt"]; !strings.Contains(status, "─ ***-api-1-a ") {
		t.Errorf("status.txt lacks the pod:\n%s", status)
	}
}

func TestReportToAReaderWithoutSecrets(t *testing.T) {
	cluster := served(t)
	apiserver.Grant(t, cluster.Client, cluster.Namespace, cluster.Namespace,
		rbacv1.PolicyRule{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"interviewtrackers"}, Verbs: []string{"get", "list"}},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods", "pods/log", "events"}, Verbs: []string{"get", "list"}})
	user, err := server.AddUser(envtest.User{Name: cluster.Namespace}, nil)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := plugin.NewCluster(user.Config(), cluster.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	files := reported(t, reader)
	for path, content := range files {
		if strings.HasPrefix(path, "logs/") || strings.Contains(content, "Readiness probe failed") {
			t.Errorf("%s has what a program has printed:\n%s", path, content)
		}
	}
	for _, want := range []string{
		"Secret database: its values can't be masked: ", "logs/hiring-api-1-a/api.log: left out: ", "listing the deployments of namespace ",
		"CustomResourceDefinition interviewtrackers.apps.interviewtracker.dev: ", "the operator: listing its Deployments: ",
	} {
		if !strings.Contains(files["errors.txt"], want) {
			t.Errorf("errors.txt lacks %q:\n%s", want, files["errors.txt"])
		}
	}
}
