// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package procedures

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

const root = "../.."

var (
	kube       client.Client
	kubeconfig string
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "procedures:", err)
		code = 1
	}
	os.Exit(code)
}

// run runs the tests beside an API server that has the CRD of trackers.
func run(m *testing.M) (code int, err error) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		return 0, fmt.Errorf("KUBEBUILDER_ASSETS must name a folder with kube-apiserver, etcd and kubectl: run `make test`, which sets it")
	}
	server := apiserver.New(filepath.Join(root, "config", "crd", "bases"))
	defer func() {
		if stopped := server.Stop(); stopped != nil && err == nil {
			err = fmt.Errorf("stopping the API server: %w", stopped)
		}
	}()
	config, err := server.Start()
	if err != nil {
		return 0, fmt.Errorf("starting the API server: %w", err)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return 0, err
		}
	}
	if kube, err = client.New(config, client.Options{Scheme: scheme, FieldValidation: metav1.FieldValidationStrict}); err != nil {
		return 0, fmt.Errorf("making a client: %w", err)
	}
	folder, err := os.MkdirTemp("", "procedures")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	kubeconfig = filepath.Join(folder, "kubeconfig")
	if err := os.WriteFile(kubeconfig, server.KubeConfig, 0o600); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// section returns the one with that name.
func section(t *testing.T, name string) Section {
	t.Helper()
	for _, s := range read(t) {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no section %s", name)
	return Section{}
}

func read(t *testing.T) []Section {
	t.Helper()
	all, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// namespace creates a namespace, for one test.
func namespace(t *testing.T) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "team-"}}
	create(t, ns)
	return ns.Name
}

// create stores an object for the length of a test.
func create(t *testing.T, object client.Object) {
	t.Helper()
	if err := kube.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.IgnoreNotFound(kube.Delete(context.WithoutCancel(t.Context()), object)); err != nil {
			t.Error(err)
		}
	})
}

func get(t *testing.T, ns, name string, into client.Object) {
	t.Helper()
	if err := kube.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: name}, into); err != nil {
		t.Fatal(err)
	}
}

// levels is the tracker of the example with all levels, in a namespace.
func levels(t *testing.T, ns string) *v1alpha1.InterviewTracker {
	t.Helper()
	return tracker(t, ns, section(t, levelsSection).Of("yaml")[0])
}

// tracker is one of a page's examples, a whole tracker or its spec, in a namespace.
func tracker(t *testing.T, ns, example string) *v1alpha1.InterviewTracker {
	t.Helper()
	tracker := &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Name: "hiring"},
		Spec:       v1alpha1.InterviewTrackerSpec{Version: "1.0.0"},
	}
	if err := yaml.UnmarshalStrict([]byte(example), tracker); err != nil {
		t.Fatalf("%v\n%s", err, example)
	}
	tracker.Namespace = ns
	if tracker.Spec.Maintenance != nil && tracker.Spec.Monitoring == nil { // It mutes receivers.
		tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Notifications: &v1alpha1.NotificationsSpec{
			Receivers:  []v1alpha1.Receiver{{Name: "chat", Webhook: &v1alpha1.WebhookReceiver{URL: v1alpha1.SecretKey{Name: "chat", Key: "url"}}}},
			Escalation: []v1alpha1.EscalationLevel{{Name: "on-call engineer", Receivers: []string{"chat"}}},
		}}
	}
	return tracker
}

// bash runs commands of a page in a folder, for a namespace.
func bash(t *testing.T, folder, ns, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	script = strings.ReplaceAll(script, "NAMESPACE=team", "NAMESPACE="+ns)
	command := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	command.Dir = folder
	command.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "PATH="+os.Getenv("KUBEBUILDER_ASSETS")+":"+os.Getenv("PATH"))
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	return string(out)
}

// files writes files into a folder of their own.
func files(t *testing.T, contents map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range contents {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
