//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// fault is a tracker that something is wrong with, and what an on-call engineer reads in the
// one line of kubectl get.
type fault struct {
	scenario string // Recorded under this name; not if it is empty.
	reason   string // Of Ready, which is False.
	message  []string
	kind     string // What the patch changes: the API's Deployment, or the database's StatefulSet.
	patch    string // At /spec/template/spec.
}

// Whatever keeps a pod of the API from running is named in one line, with what the cluster
// says of it.
func TestBrokenPods(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)
	for name, b := range map[string]fault{
		"a volume's ConfigMap is missing": {
			"missing-volume", "ConfigError",
			[]string{`configmap "missing" not found`},
			"Deployment",
			`{volumes: [{name: config, configMap: {name: missing}}],
			  containers: [{name: api, volumeMounts: [{name: config, mountPath: /etc/config}]}]}`,
		},
		"a volume's Secret is missing": {
			"", "ConfigError",
			[]string{`secret "missing" not found`},
			"Deployment",
			`{volumes: [{name: keys, secret: {secretName: missing}}],
			  containers: [{name: api, volumeMounts: [{name: keys, mountPath: /etc/keys}]}]}`,
		},
		"a readiness gate": {
			"readiness-gate", "ReadinessGateNotReady",
			[]string{"example.com/load-balancer"},
			"Deployment",
			`{readinessGates: [{conditionType: example.com/load-balancer}]}`,
		},
		"a scheduling gate": {
			"scheduling-gate", "SchedulingGated",
			[]string{"example.com/quota"},
			"Deployment",
			`{schedulingGates: [{name: example.com/quota}]}`,
		},
		"a second container that fails": {
			"", "CrashLooping",
			[]string{"container helper"},
			"Deployment",
			`{containers: [{name: helper, image: "interview-tracker-api:1.0.0", command: [/tracker, nonsense],
			  securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}`,
		},
		"an init container that fails": {
			"", "CrashLooping",
			[]string{"container prepare"},
			"Deployment",
			`{initContainers: [{name: prepare, image: "interview-tracker-api:1.0.0", command: [/tracker, nonsense],
			  securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}`,
		},
		"a program that does not exist": {
			"", "ConfigError",
			[]string{"/no/such/program"},
			"Deployment",
			`{containers: [{name: api, command: [/no/such/program]}]}`,
		},
		"a priority class that does not exist": {
			"", "ConfigError",
			[]string{"can't create a pod", "PriorityClass"},
			"Deployment",
			`{priorityClassName: missing}`,
		},
		"a runtime class that does not exist": {
			"", "ConfigError",
			[]string{"can't create a pod", "RuntimeClass"},
			"Deployment",
			`{runtimeClassName: missing}`,
		},
		"what Pod Security refuses": {
			"", "InvalidPatch",
			[]string{"spec.patches[0]", "Pod Security"},
			"Deployment",
			`{containers: [{name: helper, image: "interview-tracker-api:1.0.0"}]}`,
		},
		"a volume of the database is missing": {
			"", "DependencyDown",
			[]string{"hiring-database-0", `configmap "missing" not found`},
			"StatefulSet",
			`{volumes: [{name: config, configMap: {name: missing}}],
			  containers: [{name: postgres, volumeMounts: [{name: config, mountPath: /etc/config}]}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
				target := &v1alpha1.PatchTarget{Kind: b.kind, Name: map[string]string{"Deployment": "hiring-api", "StatefulSet": "hiring-database"}[b.kind]}
				s.Patches = []v1alpha1.Patch{{Target: target, Patch: "{spec: {template: {spec: " + b.patch + "}}}"}}
			})
			reports(t, tracker, "False "+b.reason, b.message...)
			if b.scenario != "" {
				record(t, b.scenario, tracker)
			}
		})
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Patches = nil })
	ready(t, tracker)
}

// reports waits until the one line of kubectl get has Ready's status, its reason and parts of
// its message.
func reports(t *testing.T, tracker *v1alpha1.InterviewTracker, want string, message ...string) {
	t.Helper()
	var line string
	eventually(t, tracker, "kubectl get does not report "+want+": "+strings.Join(message, ", "), func() bool {
		var err error
		if !is(tracker, "Ready", want) || tracker.Status.ObservedGeneration != tracker.Generation {
			return false
		}
		line, err = kubectl("-n", tracker.Namespace, "get", "itr", tracker.Name, "-o", "wide")
		must(t, err)
		for _, part := range message {
			if !strings.Contains(line, part) {
				return false
			}
		}
		return true
	})
	t.Log("\n" + line)
}

// A volume claim that is deleted while its pod runs is announced before the data are lost,
// and afterwards that the database began again.
func TestDeletedClaim(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)
	claim := fetch(t, tracker, "data-hiring-database-0", &corev1.PersistentVolumeClaim{})
	must(t, k8s.Delete(t.Context(), claim))
	emitted(t, tracker, "ClaimTerminating", "PersistentVolumeClaim "+claim.Name)
	record(t, "claim-terminating", tracker)
	must(t, k8s.Delete(t.Context(), fetch(t, tracker, "hiring-database-0", &corev1.Pod{})))
	emitted(t, tracker, "ClaimReplaced", "PersistentVolumeClaim "+claim.Name)
}

// Why the API's pods can't use an external dependency is named.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	tracker := create(t, ns, "hiring", nil)
	ready(t, tracker)
	for name, b := range map[string]struct{ url, reason, message string }{
		"nowhere":   {"redis://no-such-host.invalid:6379", "ConnectionFailed", "no such host"},
		"closed":    {"redis://hiring-api:6379", "ConnectionFailed", "Secret"},
		"refused":   {"redis://127.0.0.1:1", "ConnectionFailed", "connection refused"},
		"linebreak": {"redis://hiring-redis:6379\n", "InvalidURL", "line break"},
		"no-scheme": {"hiring-redis:6379", "InvalidURL", "scheme"},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, k8s.Create(t.Context(), secret(ns, name, b.url)))
			edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Redis = external(name) })
			reports(t, tracker, "False "+b.reason, b.message, name)
		})
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Redis = nil })
	ready(t, tracker)
}

// A tracker that is created again takes up the objects that a former one of its name has left.
func TestOrphansAreTakenUp(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)
	before := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	pod := fetch(t, tracker, "hiring-database-0", &corev1.Pod{})
	must(t, k8s.Delete(t.Context(), tracker, client.PropagationPolicy("Orphan")))
	await(t, "the tracker is not gone", func() bool { return !exists(t, tracker, "hiring", &v1alpha1.InterviewTracker{}) })
	again := create(t, tracker.Namespace, "hiring", nil)
	ready(t, again)
	record(t, "taken-up", again)
	emitted(t, again, "Adopted", "Deployment hiring-api")
	if fetch(t, again, "hiring-api", &appsv1.Deployment{}).UID != before.UID || fetch(t, again, "hiring-database-0", &corev1.Pod{}).UID != pod.UID {
		t.Error("the objects or pods were replaced")
	}
}
