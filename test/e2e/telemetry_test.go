//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Pods start without what spec.telemetry names, the condition says what is missing, and pods that
// are restarted have it, and then send by gRPC with TLS. The kubelet fills in what the attributes refer to.
func TestTelemetryWithoutItsSecret(t *testing.T) {
	localOnly(t)
	t.Parallel()
	ns := namespace(t)
	arrived := receiveLogs(t)
	_, authority := runCollector(t, ns, arrived)
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.Telemetry = &v1alpha1.TelemetrySpec{
			Endpoint:           "https://collector." + ns + ".svc:4317",
			Headers:            &v1alpha1.TelemetryHeaders{SecretKeyRef: v1alpha1.KeyReference{Name: "otlp", Key: "headers"}},
			CACertificate:      &v1alpha1.CertificateSource{ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "company-ca", Key: "ca.crt"}},
			ResourceAttributes: map[string]v1alpha1.AttributeValue{"team": "hiring, $(HOME)"},
		}
	})
	ready(t, tracker)
	if !is(tracker, v1alpha1.ConditionTelemetryReady, "False SecretNotFound") {
		t.Errorf("without the Secret and the ConfigMap:\n%s", describe(tracker))
	}
	pod := componentPod(t, tracker, v1alpha1.ComponentAPI)
	env, _ := process(t, pod)
	for _, want := range []string{
		"k8s.pod.name=" + pod.Name, "k8s.pod.uid=" + string(pod.UID), "k8s.node.name=" + pod.Spec.NodeName, "team=hiring%2C%20%24%28HOME%29",
	} {
		if !strings.Contains(env["OTEL_RESOURCE_ATTRIBUTES"], want) {
			t.Errorf("the attributes lack %s: %s", want, env["OTEL_RESOURCE_ATTRIBUTES"])
		}
	}
	if got, set := env["OTEL_EXPORTER_OTLP_HEADERS"]; set {
		t.Errorf("without the Secret, the headers are %q", got)
	}

	must(t, k8s.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "otlp"}, StringData: map[string]string{"headers": "api-key=abc"},
	}))
	eventually(t, tracker, "the missing ConfigMap is not reported", func() bool {
		return is(tracker, v1alpha1.ConditionTelemetryReady, "False ConfigMapNotFound")
	})
	must(t, k8s.Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "company-ca"}, Data: map[string]string{"ca.crt": authority},
	}))
	eventually(t, tracker, "the ConfigMap is not noticed", func() bool {
		return is(tracker, v1alpha1.ConditionTelemetryReady, "True Configured")
	})
	if out, err := kubectl("-n", ns, "rollout", "restart", "deployment", "-l", v1alpha1.LabelTracker+"=hiring"); err != nil {
		t.Fatal(out)
	}
	for _, deployment := range []string{"hiring-api", "hiring-frontend"} {
		if out, err := kubectl("-n", ns, "rollout", "status", "deployment/"+deployment, "--timeout=3m"); err != nil {
			t.Fatal(out)
		}
	}
	env, root := process(t, apiPodAlone(t, tracker))
	if got := env["OTEL_EXPORTER_OTLP_HEADERS"]; got != "api-key=abc" {
		t.Errorf("after the restart, the headers are %q", got)
	}
	file, err := os.ReadFile(filepath.Join(root, env["OTEL_EXPORTER_OTLP_CERTIFICATE"]))
	if err != nil || string(file) != authority {
		t.Errorf("after the restart, the certificate is %q: %v", file, err)
	}
	traced(t, tracker, arrived)
}

// componentPod is the only pod of a component that is not being deleted.
func componentPod(t *testing.T, tracker *v1alpha1.InterviewTracker, c v1alpha1.Component) *corev1.Pod {
	t.Helper()
	var pods corev1.PodList
	must(t, k8s.List(t.Context(), &pods, client.InNamespace(tracker.Namespace), client.MatchingLabels{
		v1alpha1.LabelTracker: tracker.Name, v1alpha1.LabelComponent: string(c),
	}))
	var running []*corev1.Pod
	for i := range pods.Items {
		if pods.Items[i].DeletionTimestamp == nil {
			running = append(running, &pods.Items[i])
		}
	}
	if len(running) != 1 {
		t.Fatalf("%d pods of %s run", len(running), c)
	}
	return running[0]
}

// process is the environment of a pod's process on this machine, which knows its pod by
// K8S_POD_UID, and the folder that is its root.
func process(t *testing.T, pod *corev1.Pod) (env map[string]string, root string) {
	t.Helper()
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	must(t, err)
	for _, path := range environments {
		content, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(content, []byte("K8S_POD_UID="+string(pod.UID)+"\x00")) {
			continue // Another process, or one that has ended.
		}
		env = map[string]string{}
		for variable := range strings.SplitSeq(string(content), "\x00") {
			name, value, _ := strings.Cut(variable, "=")
			env[name] = value
		}
		return env, filepath.Join(filepath.Dir(path), "root")
	}
	t.Fatalf("no process of pod %s runs here", pod.Name)
	return nil, ""
}
