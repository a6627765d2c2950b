// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// A tracker goes through random changes while random requests fail, watches stop and operators die. When that
// ends, it is as a fresh tracker of its last spec would be.
func TestRandom(t *testing.T) {
	var points []point
	for n := range 1000 {
		points = append(points, point{fmt.Sprintf("random-%d", n), func(t *testing.T) {
			// The seed and the number alone decide what happens; how it mixes with time does not repeat.
			wander(t, rand.New(rand.NewPCG(uint64(*seed), uint64(n))))
		}})
	}
	runPoints(t, 0.12, points)
}

// wander is one walk.
func wander(t *testing.T, random *rand.Rand) {
	ns := newNamespace(t)
	must(t, k8s.Create(t.Context(), externalRedis(ns)))
	database := externalRedis(ns)
	database.Name, database.Data = "our-database", map[string][]byte{"url": []byte("postgres://a:b@db/hiring")}
	must(t, k8s.Create(t.Context(), database))
	must(t, k8s.Create(t.Context(), newTracker(ns)))

	rate := []float64{0.02, 0.1, 0.3}[random.IntN(3)]
	faults := rand.New(rand.NewPCG(random.Uint64(), 0)) // Used by the proxies alone, under their locks.
	p := troubled(t, faults, rate)
	o := start(t, ns, p)
	var story []string
	defer func() {
		if t.Failed() {
			t.Logf("the rate of faults was %.2f, and the changes: %s", rate, strings.Join(story, ", "))
			report(t, p)
		}
	}()
	for range 4 + random.IntN(6) {
		what, do := transition(random)
		story = append(story, what)
		do(t, ns)
		switch random.IntN(8) {
		case 0:
			story = append(story, "(the operator dies)")
			o.kill(t)
			p = troubled(t, faults, rate)
			o = start(t, ns, p)
		case 1:
			resource := watched()[random.IntN(len(watched()))]
			story = append(story, "("+resource+" freeze)")
			p.freeze(resource)
		case 2:
			story = append(story, "(all thaw)")
			p.thaw()
		}
		if random.IntN(3) == 0 {
			holds(t.Context(), 3*time.Second, func() bool { return ready(t, ns) })
		} else {
			time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond) // Changes come at any moment of a pass.
		}
		intact(t, ns, what)
	}
	p.clear()
	p.thaw()

	edit(t, ns, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = false })
	fresh := newNamespace(t)
	must(t, k8s.Create(t.Context(), inNamespace(externalRedis(ns), fresh)))
	must(t, k8s.Create(t.Context(), inNamespace(database, fresh)))
	other := newTracker(fresh)
	other.Spec = read(t, ns).Spec
	must(t, k8s.Create(t.Context(), other))
	start(t, fresh, newProxy(t, cluster))
	want := settled(t, fresh, 1500*time.Millisecond)
	var now state
	if !holds(t.Context(), patience, func() bool {
		var err error
		now, err = everything.stateOf(t.Context(), ns)
		if err != nil {
			return false
		}
		now.forgetHistory(want)
		if record := read(t, ns).Status.Migrations; record != nil { // They don't run again when their Job is gone.
			delete(now, "Job "+record.Job)
			delete(want, "Job "+record.Job)
		}
		return now.equal(want)
	}) {
		t.Errorf("not the state of a fresh tracker within %s:\n%s", patience, now.difference(want))
	}
	intact(t, ns, "the end")
}

func inNamespace[T client.Object](o T, ns string) T {
	o = o.DeepCopyObject().(T)
	o.SetNamespace(ns)
	o.SetResourceVersion("")
	o.SetUID("")
	return o
}

// forgetHistory leaves out what depends on earlier times: the data that a fresh tracker does not have, and from
// what the Job of a version was made when it ran.
func (s state) forgetHistory(fresh state) {
	for name, object := range s {
		_, exists := fresh[name]
		switch kind, _, _ := strings.Cut(name, " "); {
		case !exists && (kind == "PersistentVolumeClaim" || kind == "Secret"):
			delete(s, name)
		case exists && kind == "Job":
			for _, of := range []any{object, fresh[name]} {
				unstructured.RemoveNestedField(of.(map[string]any), "spec", "template")
			}
		}
	}
}

// troubled returns a proxy that fails some requests.
func troubled(t testing.TB, faults *rand.Rand, rate float64) *proxy {
	t.Helper()
	p := newProxy(t, cluster)
	kinds := []action{
		failing(http.StatusInternalServerError, metav1.StatusReasonInternalError),
		failing(http.StatusConflict, metav1.StatusReasonConflict),
		failing(http.StatusGatewayTimeout, metav1.StatusReasonTimeout),
		failing(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests),
		(*exchange).drop, (*exchange).lose, delayed(300 * time.Millisecond),
	}
	for _, do := range kinds {
		p.on(-1, func(q request) bool {
			// Not of reads a conflict, which no API server answers.
			return work(q) && q.isWrite() && faults.Float64() < rate/float64(len(kinds))
		}, do)
	}
	return p
}

// transition returns a change, and what to call it.
func transition(random *rand.Rand) (string, func(t testing.TB, ns string)) {
	spec := func(change func(*v1alpha1.InterviewTrackerSpec)) func(testing.TB, string) {
		return func(t testing.TB, ns string) {
			t.Helper()
			edit(t, ns, change)
		}
	}
	version := fmt.Sprintf("1.%d.0", random.IntN(5))
	replicas := int32(1 + random.IntN(3))
	all := []struct {
		name string
		do   func(t testing.TB, ns string)
	}{
		{"Redis external", spec(func(s *v1alpha1.InterviewTrackerSpec) { s.Redis = external() })},
		{"Redis managed, Delete", spec(func(s *v1alpha1.InterviewTrackerSpec) { s.Redis = managed() })},
		{"Redis managed, Retain", spec(func(s *v1alpha1.InterviewTrackerSpec) {
			s.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}
		})},
		{"database external", spec(func(s *v1alpha1.InterviewTrackerSpec) {
			s.Database = external()
			s.Database.External.SecretKeyRef.Name = "our-database"
		})},
		{"database managed", spec(func(s *v1alpha1.InterviewTrackerSpec) {
			s.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}
		})},
		{"version " + version, spec(func(s *v1alpha1.InterviewTrackerSpec) { s.Version = version })},
		{fmt.Sprintf("replicas %d", replicas), spec(func(s *v1alpha1.InterviewTrackerSpec) {
			s.API = &v1alpha1.ComponentSpec{Replicas: &replicas}
		})},
		{"patches", spec(update)},
		{"no patches", spec(func(s *v1alpha1.InterviewTrackerSpec) { s.Patches, s.Logging = nil, nil })},
		{"suspended", spec(func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })},
		{"resumed", spec(func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = false })},
		{"no migrations", spec(func(s *v1alpha1.InterviewTrackerSpec) { s.Migrations = nil })},
		{"deleted and created", func(t testing.TB, ns string) {
			t.Helper()
			again := inNamespace(read(t, ns), ns)
			again.Status = v1alpha1.InterviewTrackerStatus{}
			must(t, client.IgnoreNotFound(k8s.Delete(t.Context(), newTracker(ns))))
			eventually(t, "the tracker can be created again", func() bool {
				err := k8s.Create(t.Context(), again.DeepCopy())
				if err != nil && !apierrors.IsAlreadyExists(err) {
					t.Fatal(err)
				}
				return err == nil
			})
		}},
	}
	chosen := all[random.IntN(len(all))]
	return chosen.name, chosen.do
}
