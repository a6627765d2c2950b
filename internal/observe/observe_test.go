// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

const namespace = "people"

func newTracker() *v1alpha1.InterviewTracker {
	return &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "hiring", UID: "tracker"},
		Spec:       v1alpha1.InterviewTrackerSpec{Version: "1.0.0"},
	}
}

// dependency is the descriptor of a dependency.
func dependency(name v1alpha1.Component) catalog.Dependency {
	all := catalog.Default().Dependencies
	return all[slices.IndexFunc(all, func(d catalog.Dependency) bool { return d.Name == name })]
}

func newSnapshot() *snapshot.Snapshot {
	return &snapshot.Snapshot{
		Deployments:    map[v1alpha1.Component]*appsv1.Deployment{},
		StatefulSets:   map[v1alpha1.Component]*appsv1.StatefulSet{},
		ReplicaSets:    map[v1alpha1.Component][]appsv1.ReplicaSet{},
		Pods:           map[v1alpha1.Component][]corev1.Pod{},
		Claims:         map[v1alpha1.Component]*corev1.PersistentVolumeClaim{},
		Credentials:    map[v1alpha1.Component]*metav1.PartialObjectMetadata{},
		NewPasswords:   map[v1alpha1.Component]string{},
		CreateFailures: map[v1alpha1.Component]string{},
		PodEvents:      map[string]snapshot.PodEvent{},
	}
}

// meta is an object's, as it is before anything is done to it: labelled for the
// tracker and controlled by it.
func meta(name string, changes ...func(*metav1.ObjectMeta)) metav1.ObjectMeta {
	m := metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(name), Labels: map[string]string{v1alpha1.LabelTracker: "hiring"}}
	controlledBy("tracker")(&m)
	for _, change := range changes {
		change(&m)
	}
	return m
}

func controlledBy(uid types.UID) func(*metav1.ObjectMeta) {
	return func(m *metav1.ObjectMeta) {
		m.OwnerReferences = []metav1.OwnerReference{{
			APIVersion: "v1", Kind: "X", Name: string(uid), UID: uid, Controller: new(true),
		}}
	}
}

func retainedFor(name string) func(*metav1.ObjectMeta) {
	return func(m *metav1.ObjectMeta) {
		m.OwnerReferences = nil
		m.Annotations = map[string]string{v1alpha1.AnnotationRetainedFor: name}
	}
}

func unlabelled(m *metav1.ObjectMeta) { m.Labels = nil }

// stripped is what the caches hold of a Secret without our label.
func stripped(m *metav1.ObjectMeta) { m.Labels, m.Annotations, m.OwnerReferences = nil, nil, nil }

// reader holds some objects and records what was read of them.
type reader struct {
	client.Reader
	read []string
}

func newReader(objects ...client.Object) *reader {
	r := &reader{}
	r.Reader = fake.NewClientBuilder().WithObjects(objects...).WithReturnManagedFields().WithInterceptorFuncs(interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, into client.Object, o ...client.GetOption) error {
			r.read = append(r.read, key.Name)
			return c.Get(ctx, key, into, o...)
		},
	}).Build()
	return r
}

var errBroken = errors.New("the API server is away")

// broken can read nothing.
func broken() client.Reader {
	return fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return errBroken
		},
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			return errBroken
		},
	}).Build()
}

// What has been applied is looked for on the API server before it is called absent:
// the caches don't hold what lost our label.
func TestConfirmsThatWhatWasAppliedIsAbsent(t *testing.T) {
	applied := []v1alpha1.InventoryEntry{"Deployment.apps/hiring-api"}
	labelled := &appsv1.Deployment{ObjectMeta: meta("hiring-api")}
	lost := &appsv1.Deployment{ObjectMeta: meta("hiring-api", unlabelled)}
	foreign := &appsv1.Deployment{ObjectMeta: meta("hiring-api", controlledBy("another"))}
	for name, test := range map[string]struct {
		inventory       []v1alpha1.InventoryEntry
		cached, live    []client.Object
		found, requests bool
	}{
		"in the caches":                         {applied, []client.Object{labelled}, []client.Object{labelled}, true, false},
		"it lost our label":                     {applied, nil, []client.Object{lost}, true, true},
		"it is gone":                            {applied, nil, nil, false, true},
		"it is another's by now":                {applied, nil, []client.Object{foreign}, false, true},
		"another's, in the caches":              {applied, []client.Object{foreign}, []client.Object{foreign}, false, false},
		"nothing was applied":                   {nil, nil, []client.Object{lost}, false, false},
		"a Service of that name was applied":    {[]v1alpha1.InventoryEntry{"Service/hiring-api"}, nil, []client.Object{lost}, false, false},
		"a Deployment of another name was, too": {[]v1alpha1.InventoryEntry{"Deployment.apps/hiring-frontend"}, nil, []client.Object{lost}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			tracker, s, live := newTracker(), newSnapshot(), newReader(test.live...)
			tracker.Status.Inventory = v1alpha1.NewInventory(test.inventory)
			o := &Observer{Catalog: catalog.Default(), Cached: newReader(test.cached...), Live: live}
			if err := o.readComponent(t.Context(), tracker, v1alpha1.ComponentAPI, s); err != nil {
				t.Fatal(err)
			}
			if found := s.Deployments[v1alpha1.ComponentAPI] != nil; found != test.found {
				t.Errorf("found: %t, want %t", found, test.found)
			}
			if requested := len(live.read) > 0; requested != test.requests || len(live.read) > 1 {
				t.Errorf("requests to the API server: %q, want any: %t", live.read, test.requests)
			}
		})
	}
}

// Credentials are used by whom they belong to, and a new password is made only
// where it locks nobody out of data.
func TestCredentials(t *testing.T) {
	const c, secretName, claimName = v1alpha1.ComponentDatabase, "hiring-database-credentials", "data-hiring-database-0"
	secret := func(changes ...func(*metav1.ObjectMeta)) client.Object {
		return &corev1.Secret{ObjectMeta: meta(secretName, changes...)}
	}
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: meta(claimName)}
	unknown := &corev1.PersistentVolumeClaim{ObjectMeta: meta(claimName, unlabelled)}
	none := []client.Object(nil)
	for name, test := range map[string]struct {
		cached, live  []client.Object
		requests      []string
		used, created bool
	}{
		"nothing":           {none, none, []string{claimName}, false, true},
		"our own":           {[]client.Object{secret()}, []client.Object{secret()}, []string{claimName}, true, false},
		"our own, and data": {[]client.Object{secret(), claim}, []client.Object{secret(), claim}, nil, true, false},
		"our own, just made, whose creation fails": {
			none, []client.Object{secret()}, []string{claimName}, false, true,
		},
		"our own, just made, and data": {
			none, []client.Object{secret(), claim}, []string{claimName, secretName}, true, false,
		},
		"our own, which lost its label": {
			[]client.Object{secret(stripped), claim}, []client.Object{secret(unlabelled), claim}, []string{secretName}, true, false,
		},
		"our own, deleted a moment after it lost its label": {
			[]client.Object{secret(stripped), claim}, []client.Object{claim}, []string{secretName}, false, false,
		},
		"retained for our name": {
			[]client.Object{secret(retainedFor("hiring")), claim}, []client.Object{secret(retainedFor("hiring")), claim}, nil, true, false,
		},
		"retained for our name, without its label": {
			[]client.Object{secret(stripped), claim}, []client.Object{secret(unlabelled, retainedFor("hiring")), claim}, []string{secretName}, true, false,
		},
		"retained for another name": {
			[]client.Object{secret(retainedFor("firing")), claim}, []client.Object{secret(retainedFor("firing")), claim}, nil, false, false,
		},
		"retained for our name, and taken up by an earlier tracker of it": {
			[]client.Object{secret(retainedFor("hiring"), controlledBy("earlier")), claim}, []client.Object{claim}, nil, false, false,
		},
		"somebody's Secret of that name, and no data": {
			[]client.Object{secret(stripped)}, []client.Object{secret(stripped)}, []string{secretName, claimName}, false, true,
		},
		"lost, with data":                         {[]client.Object{claim}, []client.Object{claim}, []string{secretName}, false, false},
		"lost, with data that have not our label": {none, []client.Object{unknown}, []string{claimName, secretName}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			tracker, s, live := newTracker(), newSnapshot(), newReader(test.live...)
			o := &Observer{Catalog: catalog.Default(), Cached: newReader(test.cached...), Live: live}
			if err := o.readManaged(t.Context(), tracker, dependency(c), s); err != nil {
				t.Fatal(err)
			}
			if used := s.Credentials[c] != nil; used != test.used {
				t.Errorf("the Secret is used: %t, want %t", used, test.used)
			}
			if created := s.NewPasswords[c] != ""; created != test.created {
				t.Errorf("a password is made: %t, want %t", created, test.created)
			}
			if lost := !test.used && !test.created; s.CredentialsLost(c) != lost {
				t.Errorf("they are lost: %t, want %t", s.CredentialsLost(c), lost)
			}
			if !slices.Equal(live.read, test.requests) {
				t.Errorf("requests to the API server: %q, want %q", live.read, test.requests)
			}
		})
	}
}

// A claim that has lost its label is found when it must exist, or may: only then is there
// a request to the API server.
func TestClaimWithoutLabelIsFound(t *testing.T) {
	const c, name = v1alpha1.ComponentDatabase, "data-hiring-database-0"
	set := &appsv1.StatefulSet{ObjectMeta: meta("hiring-database")}
	secret := &corev1.Secret{ObjectMeta: meta("hiring-database-credentials", retainedFor("hiring"))}
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: meta(name, unlabelled)}
	pod := func(phase corev1.PodPhase) *corev1.Pod {
		labels := func(m *metav1.ObjectMeta) { m.Labels[v1alpha1.LabelComponent] = string(c) }
		return &corev1.Pod{ObjectMeta: meta("hiring-database-0", labels, controlledBy("hiring-database")), Status: corev1.PodStatus{Phase: phase}}
	}
	for name, test := range map[string]struct {
		cached []client.Object
		found  bool
	}{
		"the pod runs":          {[]client.Object{set, secret, pod(corev1.PodRunning)}, true},
		"the pod is pending":    {[]client.Object{set, secret, pod(corev1.PodPending)}, false},
		"no pod yet":            {[]client.Object{set, secret}, false},
		"of an earlier tracker": {[]client.Object{secret}, true},
	} {
		t.Run(name, func(t *testing.T) {
			tracker, s, live := newTracker(), newSnapshot(), newReader(claim, secret)
			o := &Observer{Cached: newReader(test.cached...), Live: live}
			if err := o.readManaged(t.Context(), tracker, dependency(c), s); err != nil {
				t.Fatal(err)
			}
			if found := s.Claims[c] != nil; found != test.found || found != (len(live.read) == 1) {
				t.Errorf("found: %t, read from the API server: %q", found, live.read)
			}
		})
	}
}

// Another claim than the status has may be an older one, of which the caches have not seen
// the end: the API server has the one that exists.
func TestAnotherClaimIsConfirmed(t *testing.T) {
	const c, name = v1alpha1.ComponentDatabase, "data-hiring-database-0"
	of := func(uid types.UID) *corev1.PersistentVolumeClaim {
		return &corev1.PersistentVolumeClaim{ObjectMeta: meta(name, func(m *metav1.ObjectMeta) { m.UID = uid })}
	}
	secret := &corev1.Secret{ObjectMeta: meta("hiring-database-credentials", retainedFor("hiring"))}
	for recorded, requests := range map[string]int{"": 0, "old": 0, "new": 1} {
		tracker, s, live := newTracker(), newSnapshot(), newReader(of("new"), secret)
		if recorded != "" {
			tracker.Status.Volumes = []v1alpha1.VolumeRecord{v1alpha1.NewVolumeRecord(string(c), v1alpha1.VolumeStatus{ClaimUID: recorded})}
		}
		o := &Observer{Cached: newReader(of("old"), secret), Live: live}
		if err := o.readClaim(t.Context(), tracker, c, s); err != nil {
			t.Fatal(err)
		}
		want := types.UID("old")
		if requests > 0 {
			want = "new"
		}
		if got := s.Claims[c].UID; got != want || len(live.read) != requests {
			t.Errorf("the status has %q: found %q, by the requests %q", recorded, got, live.read)
		}
	}
}

// No two passwords are alike.
func TestPasswordsAreRandom(t *testing.T) {
	s := newSnapshot()
	o := &Observer{Catalog: catalog.Default(), Cached: newReader(), Live: newReader()}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
		if err := o.readManaged(t.Context(), newTracker(), dependency(c), s); err != nil {
			t.Fatal(err)
		}
	}
	database, redis := s.NewPasswords[v1alpha1.ComponentDatabase], s.NewPasswords[v1alpha1.ComponentRedis]
	if len(database) < 20 || database == redis {
		t.Errorf("passwords: %q, %q", database, redis)
	}
}

// Of an external dependency, the API server is asked for nothing of a managed one.
func TestExternalDependencyHasNoCredentialsOfOurs(t *testing.T) {
	tracker, s, live := newTracker(), newSnapshot(), newReader()
	tracker.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
	o := &Observer{Catalog: catalog.Default(), Cached: newReader(), Live: live}
	if err := o.readManaged(t.Context(), tracker, dependency(v1alpha1.ComponentDatabase), s); err != nil || len(live.read) > 0 || len(s.NewPasswords) > 0 {
		t.Errorf("error %v, read %q, passwords %v", err, live.read, s.NewPasswords)
	}
}

// Nothing is known when something can't be read: what is absent by mistake would be
// created again.
func TestFailureToReadIsAnError(t *testing.T) {
	applied := newTracker()
	applied.Status.Inventory = []v1alpha1.InventoryLine{"Deployment.apps/hiring-api"}
	for name, test := range map[string]struct {
		tracker      *v1alpha1.InterviewTracker
		cached, live client.Reader
		names        string
	}{
		"the caches":                    {newTracker(), broken(), newReader(), "Deployment hiring-api"},
		"whether a Deployment is there": {applied, newReader(), broken(), "Deployment hiring-api"},
		"whether there are data":        {newTracker(), newReader(), broken(), "data-hiring-database-0"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &Observer{Catalog: catalog.Default(), Cached: test.cached, Live: test.live, Application: &poller{}}
			s, err := o.Observe(t.Context(), test.tracker)
			if s != nil || !errors.Is(err, errBroken) || !strings.Contains(fmt.Sprint(err), test.names) {
				t.Errorf("snapshot %v, error %v, want one that names %s", s, err, test.names)
			}
		})
	}
}

// The pods of a component are those that its controllers made, in one order.
func TestPodsAreThoseOfOurReplicaSets(t *testing.T) {
	labels := func(m *metav1.ObjectMeta) { m.Labels[v1alpha1.LabelComponent] = string(v1alpha1.ComponentAPI) }
	deployment := &appsv1.Deployment{ObjectMeta: meta("hiring-api", labels)}
	ours := &appsv1.ReplicaSet{ObjectMeta: meta("ours", labels, controlledBy("hiring-api"))}
	theirs := &appsv1.ReplicaSet{ObjectMeta: meta("theirs", labels, controlledBy("another"))}
	pod := func(name string, owner types.UID) client.Object {
		return &corev1.Pod{ObjectMeta: meta(name, labels, controlledBy(owner))}
	}
	s := newSnapshot()
	o := &Observer{Catalog: catalog.Default(), Live: newReader(), Cached: newReader(
		deployment, ours, theirs, pod("b", "ours"), pod("a", "ours"), pod("c", "theirs"), pod("d", "hiring-api"),
		&corev1.Pod{ObjectMeta: meta("e", labels, func(m *metav1.ObjectMeta) { m.OwnerReferences = nil })},
	)}
	if err := o.readComponent(t.Context(), newTracker(), v1alpha1.ComponentAPI, s); err != nil {
		t.Fatal(err)
	}
	if got := podNames(s.Pods[v1alpha1.ComponentAPI]); !slices.Equal(got, []string{"a", "b"}) || len(s.ReplicaSets[v1alpha1.ComponentAPI]) != 1 {
		t.Errorf("pods %q, ReplicaSets %d", got, len(s.ReplicaSets[v1alpha1.ComponentAPI]))
	}
}

func podNames(pods []corev1.Pod) []string {
	var names []string
	for i := range pods {
		names = append(names, pods[i].Name)
	}
	return names
}
