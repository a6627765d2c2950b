// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/controllers"
)

// behind returns a client that connects through a proxy of its own, and a namespace.
func behind(t *testing.T) (*proxy, client.WithWatch, string) {
	t.Helper()
	p := newProxy(t, cluster)
	c, err := client.NewWithWatch(p.config(), client.Options{Scheme: controllers.Scheme()})
	must(t, err)
	return p, c, newNamespace(t)
}

func newNamespace(t testing.TB) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "faults-"}}
	must(t, k8s.Create(t.Context(), ns))
	return ns.Name
}

func configMap(ns, name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}}
}

func TestProxyFailsRequests(t *testing.T) {
	p, c, ns := behind(t)
	p.on(1, writing(1), failing(http.StatusInternalServerError, metav1.StatusReasonInternalError))
	p.on(1, writing(2), failing(http.StatusConflict, metav1.StatusReasonConflict))
	p.on(1, writing(3), failing(http.StatusGatewayTimeout, metav1.StatusReasonTimeout))
	p.on(1, writing(4), (*exchange).drop)
	p.on(1, writing(5), (*exchange).lose)
	for i, is := range []func(error) bool{
		apierrors.IsInternalError, apierrors.IsConflict, apierrors.IsTimeout,
		func(err error) bool { return err != nil }, func(err error) bool { return err != nil },
	} {
		if err := c.Create(t.Context(), configMap(ns, "a")); !is(err) {
			t.Errorf("write %d: %v", i+1, err)
		}
		exists := apierrors.IsAlreadyExists(k8s.Create(t.Context(), configMap(ns, "a"), client.DryRunAll))
		if want := i == 4; exists != want {
			t.Errorf("after write %d the object exists: %t", i+1, exists)
		}
	}
	seen := p.requests(anyWrite)
	if len(seen) != 5 {
		t.Fatalf("saw %v", seen)
	}
	last := seen[4]
	if last.verb != "create" || last.resource != "configmaps" || last.namespace != ns || last.answered != 201 || last.status != 0 {
		t.Errorf("saw %+v", last)
	}
}

func TestProxyFreezesWatches(t *testing.T) {
	p, c, ns := behind(t)
	p.freeze("configmaps")
	w, err := c.Watch(t.Context(), &corev1.ConfigMapList{}, client.InNamespace(ns))
	must(t, err)
	defer w.Stop()
	must(t, c.Create(t.Context(), configMap(ns, "a")))
	select {
	case e := <-w.ResultChan():
		t.Fatalf("a frozen watch has an event: %+v", e)
	case <-time.After(300 * time.Millisecond):
	}
	p.thaw()
	select {
	case <-w.ResultChan():
	case <-time.After(patience):
		t.Fatal("the watch does not go on")
	}
}

func TestProxyShowsOldLists(t *testing.T) {
	p, c, ns := behind(t)
	first := configMap(ns, "a")
	must(t, c.Create(t.Context(), first))
	must(t, c.Create(t.Context(), configMap(ns, "b")))
	p.showOld("configmaps", first.ResourceVersion)
	var list corev1.ConfigMapList
	must(t, c.List(t.Context(), &list, client.InNamespace(ns)))
	if len(list.Items) != 1 {
		t.Errorf("the old list has %d items", len(list.Items))
	}
	must(t, c.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "b"}, &corev1.ConfigMap{}))
}

func TestProxyHoldsAndCuts(t *testing.T) {
	p, c, ns := behind(t)
	h := newHeld()
	p.on(1, writing(1), h.until((*exchange).forward))
	p.on(1, writing(2), delayed(10*time.Millisecond))
	created := make(chan error, 1)
	go func() { created <- c.Create(t.Context(), configMap(ns, "a")) }()
	<-h.reached
	select {
	case err := <-created:
		t.Fatal("not held back:", err)
	default:
	}
	close(h.opened)
	must(t, <-created)
	must(t, c.Create(t.Context(), configMap(ns, "b")))
	p.cut()
	if err := c.Create(t.Context(), configMap(ns, "c")); err == nil {
		t.Error("a request after the cut succeeds")
	}
	if seen := p.requests(anyWrite); len(seen) != 2 {
		t.Errorf("saw %v", seen)
	}
}
