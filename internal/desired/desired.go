// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package desired turns a tracker and a snapshot of the cluster into the
// objects that should exist. It is pure: no client, no clock, no environment,
// no randomness; the same input gives the same objects, and stays unchanged.
package desired

import (
	"context"
	"errors"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// ErrNoPassword is returned when credentials have to be made and the snapshot
// holds no password for them.
var ErrNoPassword = errors.New("the snapshot holds no new password")

// Object is a typed Kubernetes object, such as *appsv1.Deployment.
type Object interface {
	metav1.Object
	runtime.Object
}

// Key names an object of a tracker.
type Key struct {
	schema.GroupKind
	Name string
}

// KeyOf is the key of an object.
func KeyOf(object Object) Key {
	return Key{object.GetObjectKind().GroupVersionKind().GroupKind(), object.GetName()}
}

// Live says what an object has to do with the live one of its name. It stands beside the
// object: in it, a patch could say the same.
type Live struct {
	// KeepData means that the Secret exists, and keeps its data: the object has only its
	// metadata.
	KeepData bool
	// KeepTemplate means that the Deployment or the Job exists, and keeps its pod template: of
	// a Deployment, the object has none.
	KeepTemplate bool
	// Observed is the resourceVersion of the live object that this one was derived from,
	// and is bound to; empty when it was derived from none.
	Observed string
}

// Output is what a tracker wants of the cluster.
type Output struct {
	// Objects should exist, in the order in which to apply them. Each has its
	// TypeMeta.
	Objects []Object
	// Templates stand for the pod templates that the spec wants, by component. They are empty unless
	// the operator may go back to others.
	Templates map[v1alpha1.Component]string
	// Live has an entry for each object that was derived from a live one.
	Live map[Key]Live
	// Deferred are objects that wait: for the migrations, for what these wait for, or
	// for the tracker to start. They are not applied yet, and not deleted either.
	Deferred []Object
	// Former are those of managed dependencies that the spec no longer has and that are still
	// used. They stay as they are: all but their names and kinds is unknown.
	Former []Object
	// DataKept are sentences about the data of former managed dependencies that are deleted
	// now, one for each that leaves data behind.
	DataKept []string
	// VolumeExpansions are volume claims to be expanded in place.
	VolumeExpansions []VolumeExpansion
	// LostLabels are volume claims whose labels must be set again.
	LostLabels []ClaimLabels
	// UnsupportedChanges are changes that were left out because they would lose data,
	// each a sentence that says what to do. Objects holds all the rest.
	UnsupportedChanges []string
	// Traffic are the ways in from outside, of the kinds that the cluster has. They never keep the
	// others from being applied.
	Traffic []Object
	// Monitoring are the objects by which the tracker is monitored, of the kinds that
	// the cluster has. They never keep the others from being applied.
	Monitoring []Object
	// Unrouted are sentences about alerts that reach no receiver of
	// spec.monitoring.notifications, and about levels that no alert reaches.
	Unrouted []string
	// Absent are the optional kinds that are wanted and that the cluster lacks, sorted.
	Absent []string
	// Unclear are the optional kinds that are wanted and left out, as it could not be
	// determined whether the cluster has them, sorted.
	Unclear []string
}

// Build returns the objects of a tracker, whose parts are those of the catalog. Its
// error is a *PatchError for an entry of spec.patches that can't be applied. Patches take
// time: between them, it ends with the error of a ctx that has ended.
func Build(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot, c catalog.Catalog) (*Output, error) {
	// The objects may share memory with this copy, never with the caller's.
	b := &builder{tracker: t.DeepCopy(), snapshot: s, catalog: c, output: &Output{Live: map[Key]Live{}}}
	for _, d := range c.Dependencies {
		if managed := d.ManagedSpec(&b.tracker.Spec); managed != nil {
			if err := b.addDependency(d, managed); err != nil {
				return nil, err
			}
		}
	}
	for _, component := range c.Present(&b.tracker.Spec) {
		b.addComponent(component)
	}
	b.addTraffic()
	b.addMonitoring()
	b.addJourneys()
	if err := b.applyPatches(ctx); err != nil {
		return nil, err
	}
	b.writeRules()
	b.splitPhases()
	// After the patches, which may name another image, or match what is deferred.
	for _, d := range c.Dependencies {
		b.guardFormat(d)
	}
	b.writeDefaults()
	b.spellAmounts()
	b.markRetry()
	b.markTemplates()
	if b.refused() {
		b.goBack() // The good templates wait for no migrations.
	} else {
		b.awaitMigrations()
	}
	b.awaitStart()
	b.keepFormer()
	return b.output, nil
}

// builder holds the state of one Build.
type builder struct {
	tracker  *v1alpha1.InterviewTracker
	snapshot *snapshot.Snapshot
	catalog  catalog.Catalog
	output   *Output
}

func (b *builder) add(objects ...Object) {
	b.output.Objects = append(b.output.Objects, objects...)
}

// derive notes how an object depends on the live one of its name.
func (b *builder) derive(object Object, note func(*Live)) {
	live := b.output.Live[KeyOf(object)]
	note(&live)
	b.output.Live[KeyOf(object)] = live
}

// addComponent adds the objects of a component.
func (b *builder) addComponent(c catalog.Component) {
	spec := &b.tracker.Spec
	b.add(b.serviceAccount(c.Name))
	if port := c.Port(spec); port != 0 {
		service := b.service(c.Name, portName, port)
		b.exposeMetrics(service, c)
		b.add(service)
	}
	if c.Primary && spec.Migrations != nil {
		b.add(b.migrationJob())
	}
	b.add(b.deployment(c))
	if c.MaxReplicas(spec) >= 2 {
		b.add(b.podDisruptionBudget(c))
	}
	if autoscaling := c.Get(spec).Autoscaling; autoscaling != nil {
		b.add(b.horizontalPodAutoscaler(c, autoscaling))
	}
}

// addDependency adds the objects of a managed dependency.
func (b *builder) addDependency(d catalog.Dependency, managed *v1alpha1.ManagedSpec) error {
	b.add(b.serviceAccount(d.Name), b.networkPolicy(d))
	lost := b.snapshot.CredentialsLost(d.Name)
	if lost && (b.snapshot.Claims[d.Name].DeletionTimestamp != nil || b.snapshot.StatefulSets[d.Name] == nil) {
		// The data that nothing can open are being deleted, or may be about to be, with an
		// earlier tracker of this name. As long as a pod runs, they stay; as long as they
		// stay, nothing new can be created; and a new StatefulSet would have a new volume
		// made for which there is no password.
		b.add(b.service(d.Name, d.Managed.PortName, d.Managed.Port))
		return nil
	}
	// A new password would not open the data: the pod waits for the old one.
	if !lost {
		credentials, err := b.credentials(d, managed)
		if err != nil {
			return err
		}
		b.add(credentials)
	}
	b.add(b.service(d.Name, d.Managed.PortName, d.Managed.Port), b.statefulSet(d, managed))
	b.expandVolume(d, managed)
	return nil
}

func typeMeta(gv schema.GroupVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: gv.String(), Kind: kind}
}

const (
	applicationName = "interview-tracker"
	labelVersion    = "app.kubernetes.io/version"
)

// selectorLabels are what every selector of a component's pods has, and
// all that retained objects bear: GitOps tools prune what has their own
// instance label.
func (b *builder) selectorLabels(c v1alpha1.Component) map[string]string {
	return map[string]string{
		v1alpha1.LabelTracker:   b.tracker.Name,
		v1alpha1.LabelComponent: string(c),
	}
}

func (b *builder) selector(c v1alpha1.Component) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: b.selectorLabels(c)}
}

// labels are the labels of a component's objects. Dependencies don't bear the
// application's version, which is not theirs.
func (b *builder) labels(c v1alpha1.Component) map[string]string {
	labels := b.selectorLabels(c)
	maps.Copy(labels, map[string]string{
		"app.kubernetes.io/name":      applicationName,
		kinds.LabelInstance:           b.tracker.Name,
		"app.kubernetes.io/component": string(c),
		"app.kubernetes.io/part-of":   applicationName,
		kinds.LabelManagedBy:          v1alpha1.FieldManager,
	})
	if !b.catalog.IsDependency(c) {
		labels[labelVersion] = b.tracker.Spec.Version
	}
	return labels
}

// meta is the metadata of a component's main objects.
func (b *builder) meta(c v1alpha1.Component) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:            b.tracker.ChildName(c),
		Namespace:       b.tracker.Namespace,
		Labels:          b.labels(c),
		OwnerReferences: b.ownerReferences(),
	}
}

func (b *builder) ownerReferences() []metav1.OwnerReference {
	return []metav1.OwnerReference{*metav1.NewControllerRef(b.tracker, v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))}
}
