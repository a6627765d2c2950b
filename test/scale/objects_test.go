// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scale

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/typed"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/controllers"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// written returns the kinds of the objects that the operator writes.
func written() []kinds.Kind {
	return slices.Concat(kinds.In(kinds.Application), kinds.In(kinds.Traffic), kinds.In(kinds.Monitoring))
}

// batchTime bounds a batch of trackers.
const batchTime = 20 * time.Minute

// sample has the operator make one tracker, and returns what it applied: JSON, in which
// the names of the tracker and its namespace can be replaced.
func (b *bench) sample(ctx context.Context) ([]string, error) {
	t := tracker(sampleNamespace, sampleName)
	if err := b.client.Create(ctx, t); err != nil {
		return nil, err
	}
	changes, err := b.client.Watch(ctx, &v1alpha1.InterviewTrackerList{}, client.InNamespace(sampleNamespace))
	if err != nil {
		return nil, err
	}
	defer changes.Stop()
	late := time.After(time.Minute)
	for t.Status.ObservedGeneration != t.Generation || len(t.Status.Applied()) == 0 {
		select {
		case e := <-changes.ResultChan():
			if now, ok := e.Object.(*v1alpha1.InterviewTracker); ok {
				t = now
			}
		case <-late:
			return nil, errors.New("it is not reconciled")
		}
	}
	var sample []string
	for _, kind := range written() {
		found := &unstructured.UnstructuredList{}
		found.SetGroupVersionKind(kind.GroupVersionKind)
		if err := b.client.List(ctx, found, client.InNamespace(sampleNamespace), client.HasLabels{v1alpha1.LabelTracker}); err != nil {
			return nil, err
		}
		for i := range found.Items {
			text, err := applied(kind, &found.Items[i])
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", kind.Kind, found.Items[i].GetName(), err)
			}
			// The operator must not take the bare client's objects for its own.
			sample = append(sample, strings.ReplaceAll(text, v1alpha1.LabelTracker+`"`, v1alpha1.LabelTracker[1:]+`x"`))
		}
	}
	return sample, nil
}

// applied is what the operator applied of an object. Of custom resources that is all but
// what the API server adds to the metadata of everything.
func applied(kind kinds.Kind, object *unstructured.Unstructured) (string, error) {
	var fields fieldpath.Set
	for _, entry := range object.GetManagedFields() {
		if entry.Manager == v1alpha1.FieldManager && entry.Subresource == "" {
			if err := fields.FromJSON(entry.FieldsV1.GetRawReader()); err != nil {
				return "", err
			}
		}
	}
	name, namespace := object.GetName(), object.GetNamespace()
	if !kind.Optional {
		value, err := converter.ObjectToTyped(object)
		if err != nil {
			return "", err
		}
		object.Object, _ = value.ExtractItems(fields.Leaves(), typed.WithAppendKeyFields()).AsValue().Unstructured().(map[string]any)
	}
	object.Object["apiVersion"], object.Object["kind"] = kind.ToAPIVersionAndKind()
	object.Object["metadata"] = metav1.ObjectMeta{
		Namespace: namespace, Name: name, Labels: object.GetLabels(), Annotations: object.GetAnnotations(), OwnerReferences: object.GetOwnerReferences(),
	}
	delete(object.Object, "status")
	text, err := json.Marshal(object.Object)
	return string(text), err
}

var converter = applyconfigurations.NewTypeConverter(controllers.Scheme())

// create creates trackers, and returns how long it takes until all their objects exist.
func (b *bench) create(ctx context.Context, sample []string, from, to int) (time.Duration, error) {
	return b.until(ctx, trackerNamespace, sample, from, to, func(ctx context.Context, i int) error {
		return b.client.Create(ctx, tracker(trackerNamespace, nameOf(i)))
	})
}

// apply applies the objects of trackers as a client that does nothing else, and returns
// how long it takes until all of them exist.
func (b *bench) apply(ctx context.Context, sample []string, from, to int) (time.Duration, error) {
	return b.until(ctx, bareNamespace, sample, from, to, func(ctx context.Context, i int) error {
		names := strings.NewReplacer(sampleName, nameOf(i), sampleNamespace, bareNamespace)
		for _, text := range sample {
			object := &unstructured.Unstructured{}
			if err := object.UnmarshalJSON([]byte(names.Replace(text))); err != nil {
				return err
			}
			if err := b.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("scale"), client.ForceOwnership); err != nil {
				return err
			}
		}
		return nil
	})
}

// until does something for each of some trackers, and returns how long it takes until all
// the objects of these exist, by watches.
func (b *bench) until(
	ctx context.Context, namespace string, sample []string, from, to int, do func(context.Context, int) error,
) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTime)
	defer cancel()
	left := len(sample) * (to - from)
	exist := make(chan watch.Event)
	for _, kind := range written() {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(kind.GroupVersionKind)
		if err := b.client.List(ctx, list, client.InNamespace(namespace), client.Limit(1)); err != nil {
			return 0, err
		}
		w, err := b.client.Watch(ctx, list, client.InNamespace(namespace), &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.ResourceVersion}})
		if err != nil {
			return 0, err
		}
		defer w.Stop()
		go func() {
			for e := range w.ResultChan() {
				select {
				case exist <- e:
				case <-ctx.Done():
				}
			}
		}()
	}
	begin := time.Now()
	failed := make(chan error, 1)
	go func() { failed <- b.each(ctx, from, to, do) }()
	for left > 0 {
		select {
		case e := <-exist:
			if e.Type == watch.Added {
				left--
			}
		case err := <-failed:
			if err != nil {
				return 0, err
			}
			failed = nil
		case <-ctx.Done():
			return 0, fmt.Errorf("%d objects are missing: %w", left, ctx.Err())
		}
	}
	return time.Since(begin), nil
}

// each does something for each of some trackers, for as many at a time as there are
// workers, until one fails.
func (b *bench) each(ctx context.Context, from, to int, do func(context.Context, int) error) error {
	ctx, fail := context.WithCancelCause(ctx)
	workqueue.ParallelizeUntil(ctx, b.workers, to-from, func(i int) {
		if err := do(ctx, from+i); err != nil {
			fail(err)
		}
	})
	defer fail(nil)
	return context.Cause(ctx)
}
