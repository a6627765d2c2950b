// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/controllers"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// world does what the controllers and kubelets of a whole cluster do, in every namespace: it collects garbage,
// runs Deployments, StatefulSets and Jobs, and makes volume claims. It also watches over the data: what opens
// a volume must stay while the volume does.
type world struct {
	client client.Client
	cache  cache.Cache
	queue  workqueue.TypedRateLimitingInterface[string]

	mu sync.Mutex
	// data are the contents of the Secret by which the data of a claim were made, as a hash.
	data map[types.UID]string
	// violations are what went wrong with data, by namespace.
	violations map[string][]string
}

// startWorld starts a world that ends with the context.
func startWorld(ctx context.Context, config *rest.Config) (*world, error) {
	scheme := controllers.Scheme()
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	retries := workqueue.NewTypedItemExponentialFailureRateLimiter[string](20*time.Millisecond, time.Second)
	w := &world{
		client:     c,
		queue:      workqueue.NewTypedRateLimitingQueue(retries),
		data:       map[types.UID]string{},
		violations: map[string][]string{},
	}
	if w.cache, err = cache.New(config, cache.Options{Scheme: scheme}); err != nil {
		return nil, err
	}
	for _, object := range worldKinds() {
		informer, err := w.cache.GetInformer(ctx, object)
		if err != nil {
			return nil, err
		}
		_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
			AddFunc:    w.enqueue,
			UpdateFunc: func(_, object any) { w.enqueue(object) },
			DeleteFunc: func(object any) {
				if secret, ok := object.(*corev1.Secret); ok {
					w.secretGone(ctx, secret)
				}
				w.enqueue(object)
			},
		})
		if err != nil {
			return nil, err
		}
	}
	go func() { _ = w.cache.Start(ctx) }()
	if !w.cache.WaitForCacheSync(ctx) {
		return nil, errors.New("the caches of the tests do not fill")
	}
	for range 3 {
		go w.work(ctx)
	}
	go func() {
		<-ctx.Done()
		w.queue.ShutDown()
	}()
	return w, nil
}

// worldKinds are the kinds of all objects that belong to trackers, and trackers.
func worldKinds() []client.Object {
	objects := []client.Object{&v1alpha1.InterviewTracker{}}
	for _, k := range kinds.All() {
		switch {
		case k.GroupVersionKind == kinds.Secret:
			objects = append(objects, &corev1.Secret{})
		case k.BelongsToTracker():
			objects = append(objects, k.New())
		}
	}
	return objects
}

func (w *world) enqueue(object any) {
	if gone, ok := object.(toolscache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	if o, ok := object.(client.Object); ok && strings.HasPrefix(o.GetNamespace(), "faults-") {
		w.queue.Add(o.GetNamespace())
	}
}

func (w *world) work(ctx context.Context) {
	for {
		ns, ended := w.queue.Get()
		if ended {
			return
		}
		if err := w.reconcile(ctx, ns); err != nil {
			w.queue.AddRateLimited(ns)
		} else {
			w.queue.Forget(ns)
		}
		w.queue.Done(ns)
	}
}

// list returns the objects of a namespace, of a kind, as the caches have them.
func list[T client.ObjectList](ctx context.Context, w *world, ns string, into T) (T, error) {
	return into, w.cache.List(ctx, into, client.InNamespace(ns))
}

// all returns all objects of a namespace.
func (w *world) all(ctx context.Context, ns string) ([]client.Object, error) {
	var objects []client.Object
	for _, kind := range worldKinds() {
		gvk, err := w.client.GroupVersionKindFor(kind)
		if err != nil {
			return nil, err
		}
		empty, err := w.client.Scheme().New(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		if err != nil {
			return nil, err
		}
		of, ok := empty.(client.ObjectList)
		if !ok {
			return nil, fmt.Errorf("%T is no list", empty)
		}
		if err := w.cache.List(ctx, of, client.InNamespace(ns)); err != nil {
			return nil, err
		}
		_ = meta.EachListItem(of, func(item runtime.Object) error {
			item.GetObjectKind().SetGroupVersionKind(gvk)
			objects = append(objects, item.(client.Object))
			return nil
		})
	}
	return objects, nil
}

// reconcile does what is due in a namespace.
func (w *world) reconcile(ctx context.Context, ns string) error {
	objects, err := w.all(ctx, ns)
	if err != nil {
		return err
	}
	uids := map[types.UID]bool{}
	for _, o := range objects {
		uids[o.GetUID()] = true
	}
	var errs []error
	for _, o := range objects {
		if o.GetDeletionTimestamp() != nil {
			errs = append(errs, w.finalize(ctx, o))
			continue
		}
		if gone, err := w.collect(ctx, o, uids); err != nil || gone {
			errs = append(errs, err)
			continue
		}
		switch o := o.(type) {
		case *appsv1.Deployment:
			err = w.runDeployment(ctx, o)
		case *appsv1.StatefulSet:
			err = w.runStatefulSet(ctx, o)
		case *batchv1.Job:
			err = w.runJob(ctx, o)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// collect deletes an object whose owners are gone.
func (w *world) collect(ctx context.Context, o client.Object, uids map[types.UID]bool) (bool, error) {
	owners := o.GetOwnerReferences()
	if len(owners) == 0 || slices.ContainsFunc(owners, func(r metav1.OwnerReference) bool { return uids[r.UID] }) {
		return false, nil
	}
	for _, r := range owners {
		owner := kinds.Metadata(schema.FromAPIVersionAndKind(r.APIVersion, r.Kind))
		err := w.client.Get(ctx, client.ObjectKey{Namespace: o.GetNamespace(), Name: r.Name}, owner)
		if err == nil && owner.UID == r.UID {
			return false, nil
		}
		if client.IgnoreNotFound(err) != nil {
			return false, err
		}
	}
	uid := o.GetUID()
	return true, client.IgnoreNotFound(w.client.Delete(ctx, o, client.Preconditions{UID: &uid}, client.GracePeriodSeconds(0)))
}

// finalize lets an object go that is being deleted: the only finalizers are those of volumes in use.
func (w *world) finalize(ctx context.Context, o client.Object) error {
	if len(o.GetFinalizers()) == 0 {
		return nil
	}
	o = o.DeepCopyObject().(client.Object)
	o.SetFinalizers(nil)
	return ignoreRace(w.client.Update(ctx, o))
}

// ignoreRace leaves out errors after which the caches bring news.
func ignoreRace(err error) error {
	if apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}

func (w *world) runDeployment(ctx context.Context, d *appsv1.Deployment) error {
	hash := hashOf(d.Spec.Template)
	labels := maps.Clone(d.Spec.Template.Labels)
	labels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: d.Namespace, Name: d.Name + "-" + hash, Labels: labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
		},
		Spec: appsv1.ReplicaSetSpec{Selector: d.Spec.Selector, Template: d.Spec.Template},
	}
	sets, err := list(ctx, w, d.Namespace, &appsv1.ReplicaSetList{})
	if err != nil {
		return err
	}
	var current *appsv1.ReplicaSet
	for i := range sets.Items {
		switch old := &sets.Items[i]; {
		case !metav1.IsControlledBy(old, d):
		case old.Name == rs.Name:
			current = old
		default:
			if err := ignoreRace(w.client.Delete(ctx, old)); err != nil {
				return err
			}
		}
	}
	if current == nil {
		return ignoreRace(w.client.Create(ctx, rs)) // Its event comes back here.
	}
	n := *d.Spec.Replicas
	controller := metav1.NewControllerRef(current, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))
	ready := int32(0)
	for i := range n {
		ok, err := w.runPod(ctx, d.Namespace, fmt.Sprintf("%s-%d", rs.Name, i), labels, controller)
		if err != nil {
			return err
		}
		if ok {
			ready++
		}
	}
	pods, err := list(ctx, w, d.Namespace, &corev1.PodList{})
	if err != nil {
		return err
	}
	for i := range pods.Items {
		name, index, _ := cutLast(pods.Items[i].Name)
		if name == rs.Name && index >= fmt.Sprint(n) {
			if err := ignoreRace(w.client.Delete(ctx, &pods.Items[i], client.GracePeriodSeconds(0))); err != nil {
				return err
			}
		}
	}
	status := appsv1.DeploymentStatus{
		ObservedGeneration: d.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: ready, AvailableReplicas: ready,
		UnavailableReplicas: n - ready,
	}
	if equality.Semantic.DeepEqual(d.Status, status) {
		return nil
	}
	d = d.DeepCopy()
	d.Status = status
	return ignoreRace(w.client.Status().Update(ctx, d))
}

func cutLast(name string) (before, after string, found bool) {
	i := strings.LastIndex(name, "-")
	if i < 0 {
		return name, "", false
	}
	return name[:i], name[i+1:], true
}

// runPod makes a pod that is ready, and reports whether it is.
func (w *world) runPod(ctx context.Context, ns, name string, labels map[string]string, controller *metav1.OwnerReference) (bool, error) {
	pod := &corev1.Pod{}
	err := w.cache.Get(ctx, client.ObjectKey{Namespace: ns, Name: name}, pod)
	if apierrors.IsNotFound(err) {
		return false, ignoreRace(w.client.Create(ctx, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name, Labels: labels, OwnerReferences: []metav1.OwnerReference{*controller}},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "x"}}},
		}))
	}
	if err != nil || pod.DeletionTimestamp != nil {
		return false, err
	}
	if owner := metav1.GetControllerOf(pod); owner == nil || owner.UID != controller.UID || !maps.Equal(pod.Labels, labels) {
		return false, ignoreRace(w.client.Delete(ctx, pod, client.GracePeriodSeconds(0)))
	}
	if pod.Status.Phase == corev1.PodRunning {
		return true, nil
	}
	pod = pod.DeepCopy()
	pod.Status.Phase, pod.Status.PodIP, pod.Status.PodIPs = corev1.PodRunning, "10.1.2.3", []corev1.PodIP{{IP: "10.1.2.3"}}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	return false, ignoreRace(w.client.Status().Update(ctx, pod))
}

func (w *world) runStatefulSet(ctx context.Context, set *appsv1.StatefulSet) error {
	claim, err := w.claimOf(ctx, set)
	if claim == nil || err != nil {
		return err
	}
	opened, err := w.open(ctx, set, claim)
	if err != nil {
		return err
	}
	ready, revision := int32(0), hashOf(set.Spec.Template)
	if opened {
		labels := maps.Clone(set.Spec.Template.Labels)
		labels[appsv1.StatefulSetRevisionLabel] = revision
		ok, err := w.runPod(ctx, set.Namespace, set.Name+"-0", labels,
			metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet")))
		if err != nil {
			return err
		}
		if ok {
			ready = 1
		}
	}
	status := appsv1.StatefulSetStatus{
		ObservedGeneration: set.Generation, Replicas: 1, ReadyReplicas: ready, AvailableReplicas: ready, CurrentReplicas: 1, UpdatedReplicas: 1,
		CurrentRevision: revision, UpdateRevision: revision,
	}
	if equality.Semantic.DeepEqual(set.Status, status) {
		return nil
	}
	set = set.DeepCopy()
	set.Status = status
	return ignoreRace(w.client.Status().Update(ctx, set))
}

// claimOf returns the claim of a StatefulSet's pod; nil while there is none. It goes with the StatefulSet if
// that says so.
func (w *world) claimOf(ctx context.Context, set *appsv1.StatefulSet) (*corev1.PersistentVolumeClaim, error) {
	template := set.Spec.VolumeClaimTemplates[0]
	var owners []metav1.OwnerReference
	if set.Spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted == appsv1.DeletePersistentVolumeClaimRetentionPolicyType {
		owners = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: set.Name, UID: set.UID}}
	}
	claim := &corev1.PersistentVolumeClaim{}
	err := w.cache.Get(ctx, client.ObjectKey{Namespace: set.Namespace, Name: template.Name + "-" + set.Name + "-0"}, claim)
	if apierrors.IsNotFound(err) {
		return nil, ignoreRace(w.client.Create(ctx, &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: set.Namespace, Name: template.Name + "-" + set.Name + "-0",
				Labels: set.Spec.Selector.MatchLabels, OwnerReferences: owners,
			},
			Spec: template.Spec,
		}))
	}
	if err != nil || claim.DeletionTimestamp != nil {
		return nil, err
	}
	// As the StatefulSet controller does, it waits for the garbage collector to delete the claim of an earlier set.
	if slices.ContainsFunc(claim.OwnerReferences, func(r metav1.OwnerReference) bool { return r.UID != set.UID }) {
		return nil, err
	}
	if !equality.Semantic.DeepEqual(claim.OwnerReferences, owners) {
		claim = claim.DeepCopy()
		claim.OwnerReferences = owners
		return nil, ignoreRace(w.client.Update(ctx, claim))
	}
	return claim, nil
}

// credentialsOf is the name of the Secret that opens the data of a dependency's StatefulSet or claim.
func credentialsOf(o client.Object) string {
	tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Name: o.GetLabels()[v1alpha1.LabelTracker]}}
	return tracker.CredentialsName(v1alpha1.Component(o.GetLabels()[v1alpha1.LabelComponent]))
}

// open opens the data of a claim with the credentials, by which it makes them if there are none, and reports
// whether it could.
func (w *world) open(ctx context.Context, set *appsv1.StatefulSet, claim *corev1.PersistentVolumeClaim) (bool, error) {
	secret := &corev1.Secret{}
	err := w.client.Get(ctx, client.ObjectKey{Namespace: set.Namespace, Name: credentialsOf(set)}, secret)
	if apierrors.IsNotFound(err) {
		return false, nil // Its event comes back here.
	}
	if err != nil {
		return false, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	content := hashOf(secret.Data)
	switch w.data[claim.UID] {
	case "":
		w.data[claim.UID] = content
	case content:
	default:
		w.violate(set.Namespace, fmt.Sprintf("%s has another password than the data of %s", secret.Name, claim.Name))
		return false, nil
	}
	return true, nil
}

// secretGone checks that the data that a deleted Secret opens are gone or going, too.
func (w *world) secretGone(ctx context.Context, secret *corev1.Secret) {
	name, isCredentials := strings.CutSuffix(secret.Name, "-credentials")
	if !isCredentials {
		return
	}
	claim := &corev1.PersistentVolumeClaim{}
	key := client.ObjectKey{Namespace: secret.Namespace, Name: catalog.VolumeName + "-" + name + "-0"}
	if err := w.client.Get(ctx, key, claim); err != nil || claim.DeletionTimestamp != nil {
		return
	}
	for _, r := range claim.OwnerReferences {
		set := &appsv1.StatefulSet{}
		err := w.client.Get(ctx, client.ObjectKey{Namespace: claim.Namespace, Name: r.Name}, set)
		if apierrors.IsNotFound(err) || err == nil && (set.UID != r.UID || set.DeletionTimestamp != nil) {
			return
		}
		for _, of := range set.OwnerReferences {
			tracker := &v1alpha1.InterviewTracker{}
			err := w.client.Get(ctx, client.ObjectKey{Namespace: claim.Namespace, Name: of.Name}, tracker)
			if apierrors.IsNotFound(err) || err == nil && tracker.UID != of.UID {
				return
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.data[claim.UID] != "" {
		w.violate(secret.Namespace, fmt.Sprintf("%s was deleted while the data of %s exist", secret.Name, claim.Name))
	}
}

func (w *world) violate(ns, what string) {
	if !slices.Contains(w.violations[ns], what) {
		w.violations[ns] = append(w.violations[ns], what)
	}
}

// violated is what went wrong with the data of a namespace.
func (w *world) violated(ns string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.violations[ns])
}

// runJob makes a Job succeed.
func (w *world) runJob(ctx context.Context, job *batchv1.Job) error {
	if job.Status.CompletionTime != nil {
		return nil
	}
	job = job.DeepCopy()
	now := metav1.Now()
	job.Status.StartTime, job.Status.CompletionTime, job.Status.Succeeded = new(metav1.NewTime(now.Add(-time.Minute))), &now, 1
	for _, conditionType := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{
			Type: conditionType, Status: corev1.ConditionTrue, LastTransitionTime: now,
		})
	}
	return ignoreRace(w.client.Status().Update(ctx, job))
}

func hashOf(what any) string {
	text, _ := json.Marshal(what)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:5])
}
