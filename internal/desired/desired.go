// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package desired turns a tracker and a snapshot of the cluster into the
// objects that should exist. It is pure: no client, no clock, no environment,
// no randomness; the same input gives the same objects, and stays unchanged.
package desired

import (
	"cmp"
	"errors"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
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

// Options are the operator's own settings.
type Options struct {
	// Images are the images of components whose spec names none: for the API and
	// the frontend the repository, tagged with spec.version; for the database and
	// Redis the whole reference.
	Images map[v1alpha1.Component]string
}

// DefaultOptions are the settings of an operator that was given none.
func DefaultOptions() Options {
	return Options{Images: map[v1alpha1.Component]string{
		v1alpha1.ComponentAPI:      "interview-tracker-api",
		v1alpha1.ComponentFrontend: "interview-tracker-frontend",
		v1alpha1.ComponentDatabase: "postgres:15",
		v1alpha1.ComponentRedis:    "redis:7",
	}}
}

// Output is what a tracker asks of the cluster.
type Output struct {
	// Objects should exist, in the order in which to apply them. Each has its
	// TypeMeta, and a resourceVersion where it was derived from what that version
	// holds. A Secret without data is one that exists already: its metadata alone
	// is to be applied, its data are to be left alone. A Deployment without
	// containers is one that exists already, too: its pod template is to be left
	// alone.
	Objects []Object
	// Deferred are objects that wait for the migrations, or for what these wait
	// for: not to be applied yet, and not to be deleted either.
	Deferred []Object
	// Growths are volume claims to be grown in place.
	Growths []ClaimGrowth
	// LostLabels are volume claims whose labels are to be set again.
	LostLabels []ClaimLabels
	// Refusals are changes that were left out because they would lose data, each
	// a sentence that says what to do. Objects holds all the rest.
	Refusals []string
	// Monitoring are the objects by which the tracker is monitored, of the kinds that
	// the cluster knows. They never keep the others from being applied.
	Monitoring []Object
	// Absent are the kinds of monitoring objects that are wanted and that the cluster
	// doesn't know, sorted.
	Absent []string
	// Unclear are the kinds of monitoring objects that are wanted, and left out as it
	// can't be told whether the cluster knows them, sorted.
	Unclear []string
}

// ClaimGrowth is a volume claim whose request is smaller than the spec's.
type ClaimGrowth struct {
	// Claim is the live claim, shared with the snapshot.
	Claim *corev1.PersistentVolumeClaim
	// Size is what it should request.
	Size resource.Quantity
}

// ClaimLabels is a volume claim that has lost its labels.
type ClaimLabels struct {
	// Claim is the live claim, shared with the snapshot.
	Claim *corev1.PersistentVolumeClaim
	// Labels are those that it should have.
	Labels map[string]string
}

// Build returns the objects of a tracker. Its error is a *PatchError for an
// entry of spec.patches that can't be applied.
func Build(t *v1alpha1.InterviewTracker, s *snapshot.Snapshot, o Options) (*Output, error) {
	// The objects may share memory with this copy, never with the caller's.
	b := &builder{tracker: t.DeepCopy(), snapshot: s, options: o, output: &Output{}}
	for _, c := range dependencies {
		if managed := b.tracker.Spec.GetManaged(c.component); managed != nil {
			if err := b.addDependency(c, managed); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
		b.addComponent(c)
	}
	b.addMonitoring()
	if err := b.applyPatches(); err != nil {
		return nil, err
	}
	b.splitMonitoring()
	// After the patches, which may name another image, or mean what is held back.
	b.guardPostgres()
	b.awaitMigrations()
	return b.output, nil
}

// builder holds what one Build works on.
type builder struct {
	tracker  *v1alpha1.InterviewTracker
	snapshot *snapshot.Snapshot
	options  Options
	output   *Output
}

func (b *builder) add(objects ...Object) {
	b.output.Objects = append(b.output.Objects, objects...)
}

// addComponent adds the objects of the API or the frontend.
func (b *builder) addComponent(c v1alpha1.Component) {
	b.add(b.serviceAccount(c), b.service(c, "http", b.tracker.Spec.GetPort(c)))
	if c == v1alpha1.ComponentAPI && b.tracker.Spec.Migrations != nil {
		b.add(b.migrationJob())
	}
	b.add(b.deployment(c))
	if b.maxReplicas(c) >= 2 {
		b.add(b.podDisruptionBudget(c))
	}
	if autoscaling := b.tracker.Spec.GetComponent(c).Autoscaling; autoscaling != nil {
		b.add(b.horizontalPodAutoscaler(c, autoscaling))
	}
}

// addDependency adds the objects of a managed database or Redis.
func (b *builder) addDependency(d dependency, managed *v1alpha1.ManagedSpec) error {
	b.add(b.serviceAccount(d.component), b.networkPolicy(d))
	lost := b.snapshot.CredentialsLost(d.component)
	if lost && b.snapshot.Claims[d.component].DeletionTimestamp != nil {
		// Somebody has given up the data that nothing can open. As long as the pod
		// runs, they stay; and as long as they stay, nothing can be made anew.
		b.add(b.service(d.component, d.portName, d.port))
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
	b.add(b.service(d.component, d.portName, d.port), b.statefulSet(d, managed))
	b.growClaim(d.component)
	return nil
}

// image is the image of a component whose spec names the given one.
func (b *builder) image(c v1alpha1.Component, written string) string {
	fallback := b.options.Images[c]
	if c == v1alpha1.ComponentAPI || c == v1alpha1.ComponentFrontend {
		fallback += ":" + b.tracker.Spec.Version
	}
	return cmp.Or(written, fallback)
}

func typeMeta(gv schema.GroupVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: gv.String(), Kind: kind}
}
