// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

const (
	// lag is how long caches lag in these tests.
	lag = 10 * time.Second
	// mostFailures is how often the same request may fail in that time: with a back-off, and not with
	// every look at a cache that has not changed.
	mostFailures = 8
	// mostRepeats is the same for a request that succeeds. What the caches do not hold is read twice in a
	// reconciliation, for the status and for the object, and a step of the scenario causes a dozen of them.
	mostRepeats = 40
	// mostRevivals is how many objects of a tracker that is gone may be made again.
	mostRevivals = 5
)

// watched are the resources that the operator watches for trackers.
func watched() []string {
	all := []string{"interviewtrackers"}
	for _, k := range kinds.All() {
		if k.BelongsToTracker() {
			all = append(all, k.Plural)
		}
	}
	return all
}

// While a watch is silent, a step of the scenario happens, also to objects that somebody else has just
// changed. The operator does not hammer the API server, and arrives when the watch goes on.
func TestFrozenWatches(t *testing.T) {
	of := clean(t)
	var points []point
	for _, resource := range watched() {
		for i, s := range scenario() {
			for _, touched := range []bool{false, true} {
				name := fmt.Sprintf("%s-%s", resource, s.name)
				if touched {
					if i == 0 || resource == "interviewtrackers" {
						continue
					}
					name += "-touched"
				}
				points = append(points, point{name, func(t *testing.T) {
					ns, p := newNamespace(t), newProxy(t, cluster)
					start(t, ns, p)
					for j, before := range scenario()[:i] {
						before.run(t, ns)
						arrives(t, ns, before.name, of.states[j])
					}
					p.freeze(resource)
					if touched {
						touch(t, ns, resource)
					}
					begin := time.Now()
					s.run(t, ns)
					time.Sleep(lag) // To count what it does meanwhile.
					modest(t, p, begin)
					p.thaw()
					arrives(t, ns, s.name, of.states[i])
				}})
			}
		}
	}
	sortPoints(points)
	runPoints(t, 0.12, points)
}

// touch changes all objects of a kind that belong to the tracker, in a way that is nobody's concern.
func touch(t testing.TB, ns, resource string) {
	t.Helper()
	i := slices.IndexFunc(kinds.All(), func(k kinds.Kind) bool { return k.Plural == resource })
	of := kinds.All()[i].NewList()
	must(t, k8s.List(t.Context(), of, client.InNamespace(ns), client.MatchingLabels{v1alpha1.LabelTracker: trackerName}))
	must(t, meta.EachListItem(of, func(item runtime.Object) error {
		patch := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"annotations":{%q:"yes"}}}`, touchedBy))
		return client.IgnoreNotFound(k8s.Patch(t.Context(), item.(client.Object), patch))
	}))
}

// touchedBy is the annotation that touch sets.
const touchedBy = "somebody.example/was-here"

// modest checks that no request was repeated all the time since a moment.
func modest(t testing.TB, p *proxy, since time.Time) {
	t.Helper()
	failures, repeats := map[string]int{}, map[string]int{}
	for _, q := range p.requests(work) {
		if q.at.Before(since) {
			continue
		}
		if q.status >= 400 && (!q.isRead() || q.status != 404) {
			failures[q.String()]++
		} else {
			repeats[q.String()]++
		}
	}
	for q, n := range failures {
		if n > mostFailures {
			t.Errorf("%s came %d times within %s, at most %d would be fine", q, n, lag, mostFailures)
		}
	}
	for q, n := range repeats {
		if n > mostRepeats {
			t.Errorf("%s came %d times within %s, at most %d would be fine", q, n, lag, mostRepeats)
		}
	}
}

// A tracker is deleted, and the operator does not see it. Its objects go, and are not made again for it.
func TestDeletedUnseen(t *testing.T) {
	of := clean(t)
	last := len(scenario()) - 1
	points := []point{
		{"deleted", func(t *testing.T) {
			ns, p := newNamespace(t), newProxy(t, cluster)
			start(t, ns, p)
			scenario()[0].run(t, ns)
			arrives(t, ns, "create", of.states[0])
			p.freeze("interviewtrackers")
			begin := time.Now()
			scenario()[last].run(t, ns)
			time.Sleep(2 * lag) // To count what it does meanwhile.
			dead(t, p, begin)
			p.thaw()
			arrives(t, ns, "delete", of.states[last])
		}},
		{"deleted-and-created", func(t *testing.T) {
			ns, p := newNamespace(t), newProxy(t, cluster)
			start(t, ns, p)
			scenario()[0].run(t, ns)
			arrives(t, ns, "create", of.states[0])
			p.freeze("interviewtrackers")
			begin := time.Now()
			scenario()[last].run(t, ns)
			must(t, k8s.Create(t.Context(), newTracker(ns)))
			time.Sleep(2 * lag) // To count what it does meanwhile.
			dead(t, p, begin)
			p.thaw()
			arrives(t, ns, "created again", of.states[0])
		}},
	}
	runPoints(t, 0.04, points)
}

// dead checks that hardly anything was made since a tracker was deleted.
func dead(t testing.TB, p *proxy, since time.Time) {
	t.Helper()
	made := p.requests(func(q request) bool { return q.isWrite() && q.answered == 201 && q.at.After(since) })
	if len(made) > mostRevivals {
		t.Errorf("%d objects were made for a tracker that is gone, at most %d would be fine, such as %v", len(made), mostRevivals, made[:min(10, len(made))])
	}
	failed := p.requests(func(q request) bool { return q.isWrite() && q.status >= 400 && q.at.After(since) })
	if len(failed) > 2*mostFailures {
		t.Errorf("%d requests for a tracker that is gone failed, at most %d would be fine", len(failed), 2*mostFailures)
	}
}

// An operator starts with lists from a moment in the past. It deletes nothing that lives, and makes no new
// password.
func TestStaleRestart(t *testing.T) {
	of := clean(t)
	external, managed := indexOf("external"), indexOf("managed")
	data := []string{"persistentvolumeclaims", "secrets", "statefulsets"}
	combinations := [][]string{data, append([]string{"interviewtrackers"}, data...), watched()}
	for _, resource := range watched() {
		combinations = append(combinations, []string{resource})
	}
	var points []point
	for _, resources := range combinations {
		for _, old := range []string{"empty", "external", "created"} {
			points = append(points, point{strings.Join(resources[:min(4, len(resources))], "+") + "-" + old, func(t *testing.T) {
				ns := newNamespace(t)
				o := start(t, ns, newProxy(t, cluster))
				version := versionNow(t, ns)
				for j, s := range scenario()[:managed+1] {
					s.run(t, ns)
					arrives(t, ns, s.name, of.states[j])
					if old == "created" && j == 0 || old == "external" && j == external {
						version = versionNow(t, ns)
					}
				}
				o.kill(t)
				before := identities(t, ns)
				p := newProxy(t, cluster)
				for _, resource := range resources {
					p.showOld(resource, version)
					p.freeze(resource)
				}
				begin := time.Now()
				start(t, ns, p)
				leads(t, p)
				quiet(t, p)
				modest(t, p, begin)
				unharmed(t, ns, before)
				for _, q := range p.requests(func(q request) bool { return q.verb == "delete" && q.status < 400 }) {
					t.Errorf("%s, by what it saw of the past", q)
				}
				p.thaw()
				arrives(t, ns, "restarted", of.states[managed])
				unharmed(t, ns, before)
			}})
		}
	}
	sortPoints(points)
	runPoints(t, 0.1, points)
}

// indexOf is the index of a step.
func indexOf(name string) int {
	return slices.IndexFunc(scenario(), func(s step) bool { return s.name == name })
}

// versionNow is the current resourceVersion.
func versionNow(t testing.TB, ns string) string {
	t.Helper()
	var trackers v1alpha1.InterviewTrackerList
	must(t, k8s.List(t.Context(), &trackers, client.InNamespace(ns)))
	return trackers.ResourceVersion
}

// identities are the UIDs of what data depend on, by kind and name.
func identities(t testing.TB, ns string) map[string]types.UID {
	t.Helper()
	uids := map[string]types.UID{}
	for _, plural := range []string{"statefulsets", "persistentvolumeclaims", "secrets"} {
		i := slices.IndexFunc(kinds.All(), func(k kinds.Kind) bool { return k.Plural == plural })
		of := kinds.All()[i].NewList()
		must(t, k8s.List(t.Context(), of, client.InNamespace(ns)))
		must(t, meta.EachListItem(of, func(item runtime.Object) error {
			object := item.(metav1.Object)
			if object.GetDeletionTimestamp() == nil {
				uids[plural+"/"+object.GetName()] = object.GetUID()
			}
			return nil
		}))
	}
	return uids
}

// unharmed checks that what data depend on is still there.
func unharmed(t testing.TB, ns string, before map[string]types.UID) {
	t.Helper()
	after := identities(t, ns)
	for name, uid := range before {
		if after[name] != uid {
			t.Errorf("%s was deleted or replaced", name)
		}
	}
	intact(t, ns, "restarted")
}

// leads waits until the operator behind a proxy is the leader.
func leads(t testing.TB, p *proxy) {
	t.Helper()
	eventually(t, "the operator becomes the leader", func() bool {
		return len(p.requests(func(q request) bool {
			return q.resource == "leases" && q.verb != "get" && q.status < 300 && q.status > 0
		})) > 0
	})
}

// quiet waits until an operator sends no requests any more, or for as long as caches lag.
func quiet(t testing.TB, p *proxy) {
	t.Helper()
	n, since := -1, time.Now()
	holds(t.Context(), lag, func() bool {
		if now := len(p.requests(work)); now != n {
			n, since = now, time.Now()
		}
		return time.Since(since) > 3*time.Second
	})
}
