// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Of a slice of endpoints, the caches keep which pods are ready and which ports it leads to;
// of one that has no controller, nothing.
func TestKeptEndpointSlices(t *testing.T) {
	const slice = `
metadata:
  namespace: people
  name: hiring-api-x
  labels: {apps.interviewtracker.dev/tracker: hiring, kubernetes.io/service-name: hiring-api}
  ownerReferences: [{apiVersion: v1, kind: Service, name: hiring-api, uid: "1", controller: true}]
addressType: IPv4
ports: [{name: http, protocol: TCP, port: 8000}]
endpoints:
- {addresses: [10.0.0.1], conditions: {ready: true}, nodeName: a, targetRef: {kind: Pod, namespace: people, name: hiring-api-a, uid: "a"}}
- {addresses: [10.0.0.2], conditions: {ready: false, serving: true}, targetRef: {kind: Pod, name: hiring-api-b, uid: "b"}}
- {addresses: [10.0.0.3], targetRef: {kind: Pod, name: hiring-api-c, uid: "c"}}
- {addresses: [10.0.0.4]}
`
	const want = `
metadata:
  namespace: people
  name: hiring-api-x
  labels: {apps.interviewtracker.dev/tracker: hiring}
  ownerReferences: [{apiVersion: v1, kind: Service, name: hiring-api, uid: "1", controller: true}]
ports: [{port: 8000}]
endpoints:
- {targetRef: {uid: "a"}}
- {targetRef: {uid: "c"}}
`
	parsed := func(text string) *discoveryv1.EndpointSlice {
		s := &discoveryv1.EndpointSlice{}
		if err := yaml.UnmarshalStrict([]byte(text), s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	k, _ := kinds.Of(discoveryv1.SchemeGroupVersion.WithKind("EndpointSlice").GroupKind())
	kept := any(parsed(slice))
	for range 2 { // A list that comes as a stream is transformed twice.
		var err error
		if kept, err = k.Transform(kept); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(any(parsed(want)), kept); diff != "" {
			t.Error(diff)
		}
	}
	foreign := parsed(slice)
	foreign.OwnerReferences = nil
	out, err := k.Transform(foreign)
	if got, ok := out.(*discoveryv1.EndpointSlice); !ok || err != nil || len(got.Ports)+len(got.Endpoints) > 0 {
		t.Errorf("kept %v, error %v", out, err)
	}
}

// Of a volume claim, the caches keep its volume, and that the loss of data was acknowledged.
func TestKeptClaims(t *testing.T) {
	const claim = `
metadata:
  namespace: people
  name: data-hiring-database-0
  uid: "1"
  labels: {apps.interviewtracker.dev/tracker: hiring}
  annotations: {apps.interviewtracker.dev/data-loss-acknowledged: "true", volume.kubernetes.io/storage-provisioner: x}
  deletionTimestamp: "2026-01-02T03:04:05Z"
  finalizers: [kubernetes.io/pvc-protection]
spec: {volumeName: pvc-1, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
status: {phase: Bound, capacity: {storage: 1Gi}}
`
	const want = `
metadata:
  namespace: people
  name: data-hiring-database-0
  uid: "1"
  labels: {apps.interviewtracker.dev/tracker: hiring}
  annotations: {apps.interviewtracker.dev/data-loss-acknowledged: "true"}
  deletionTimestamp: "2026-01-02T03:04:05Z"
spec: {volumeName: pvc-1, resources: {requests: {storage: 1Gi}}}
status: {phase: Bound}
`
	parsed := func(text string) *corev1.PersistentVolumeClaim {
		c := &corev1.PersistentVolumeClaim{}
		if err := yaml.UnmarshalStrict([]byte(text), c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	k, _ := kinds.Of(corev1.SchemeGroupVersion.WithKind("PersistentVolumeClaim").GroupKind())
	kept, err := k.Transform(parsed(claim))
	if diff := cmp.Diff(any(parsed(want)), kept); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
