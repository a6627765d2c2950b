// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package decodable keeps objects that can't be decoded from the operator's clients. The API
// server stores whatever the schema of a CustomResourceDefinition admits, and what an earlier
// schema admitted; a client decodes all objects of a list together. Without a filter, one
// object that its Go type can't decode keeps a cache from ever being filled, or updated.
//
// The filter leaves such an object out of lists, and reports it as deleted to a watch: a cache
// that goes on holding its last version would make the operator write what an old spec says.
// The operator is then as it is after a restart: it writes nothing for a tracker that it can't
// read, and forgets what it remembers of it. What belongs to the tracker stays as it is, as
// the API server deletes it only when the tracker itself is deleted. When the object has been
// corrected, it is new to the cache.
package decodable

import (
	"encoding/json"
	"strings"
	"sync"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Object is an object that can't be decoded.
type Object struct {
	types.NamespacedName
	Kind string
	// UID, Generation and ResourceVersion are those of the version that was last seen.
	UID             types.UID
	Generation      int64
	ResourceVersion string
	// Problem is why it can't be decoded.
	Problem *Error
	// Status is its status as it is stored; empty without one.
	Status json.RawMessage
}

type key struct {
	kind string
	name types.NamespacedName
}

// Filter is the filter of transports, and remembers what it has left out.
type Filter struct {
	log logr.Logger

	mu      sync.Mutex
	found   map[key]Object
	changed func(Object)
}

// New returns a filter, which logs each object that it leaves out once for each of its specs.
func New(log logr.Logger) *Filter {
	return &Filter{log: log, found: map[key]Object{}, changed: func(Object) {}}
}

// Subscribe sets what is called for each new version of an object that can't be decoded. It
// must not block.
func (f *Filter) Subscribe(changed func(Object)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed = changed
}

// Get returns an object of a kind that can't be decoded, and whether it is one.
func (f *Filter) Get(kind string, name types.NamespacedName) (Object, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o, ok := f.found[key{kind, name}]
	return o, ok
}

// Counts returns the number of objects that can't be decoded, by kind: of every kind that is
// filtered.
func (f *Filter) Counts() map[string]int {
	counts := map[string]int{}
	for _, k := range kinds.All() {
		if k.Custom() {
			counts[k.Kind] = 0
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := range f.found {
		counts[k.kind]++
	}
	return counts
}

// add remembers an object that can't be decoded.
func (f *Filter) add(o Object) {
	f.mu.Lock()
	k := key{o.Kind, o.NamespacedName}
	before, known := f.found[k]
	f.found[k] = o
	changed := f.changed
	f.mu.Unlock()
	if known && before.UID == o.UID && before.ResourceVersion == o.ResourceVersion {
		return
	}
	// The status that this causes makes a new version, with the same problem.
	if !known || before.UID != o.UID || before.Generation != o.Generation || before.Problem.Error() != o.Problem.Error() {
		f.log.Error(o.Problem, "An object can't be decoded: nothing is done for it until its field is corrected",
			"kind", o.Kind, "namespace", o.Namespace, "name", o.Name, "field", o.Problem.Field, "resourceVersion", o.ResourceVersion)
	}
	changed(o)
}

// decoded forgets an object that was decoded, or deleted. It is seldom that there is any, and
// then only does it read which one this is.
func (f *Filter) decoded(kind string, text []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.found) == 0 {
		return
	}
	var h header
	if err := json.Unmarshal(text, &h); err != nil {
		return
	}
	if k := (key{kind, h.name()}); f.found[k].Kind != "" {
		f.log.Info("An object that could not be decoded is corrected or deleted", "kind", kind, "namespace", k.name.Namespace, "name", k.name.Name)
		delete(f.found, k)
	}
}

// retain forgets the objects of a kind in a namespace, or in all, that are not in a complete list.
func (f *Filter) retain(kind, namespace string, listed map[types.NamespacedName]bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := range f.found {
		if k.kind == kind && (namespace == "" || namespace == k.name.Namespace) && !listed[k.name] {
			delete(f.found, k)
		}
	}
}

// endpoint is what the path of a request names.
type endpoint struct {
	kinds.Kind
	// namespace is empty for all.
	namespace string
	// collection means that it is no single object.
	collection bool
}

// endpointOf returns what the path of a request names, and whether it is of a kind that is
// filtered: /apis/GROUP/VERSION[/namespaces/NAMESPACE]/PLURAL[/NAME[/SUBRESOURCE]], perhaps
// below a prefix, such as that of a proxy.
func endpointOf(path string) (endpoint, bool) {
	for _, k := range kinds.All() {
		_, rest, ok := strings.Cut(path, "/apis/"+k.Group+"/"+k.Version+"/")
		if !ok || !k.Custom() {
			continue
		}
		e := endpoint{Kind: k}
		if inNamespace, ok := strings.CutPrefix(rest, "namespaces/"); ok {
			e.namespace, rest, _ = strings.Cut(inNamespace, "/")
		}
		plural, name, _ := strings.Cut(rest, "/")
		if plural == k.Plural {
			e.collection = name == ""
			return e, true
		}
	}
	return endpoint{}, false
}
