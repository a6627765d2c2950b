// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// What the caches keep of objects. A cache.DeletedFinalStateUnknown, of an object that was
// stripped before, is kept as it is.

// Transform returns what the caches keep of an object of the kind: it is a
// cache.TransformFunc. Anybody can put a tracker's label on an object: of one of a kind
// that trackers own, that no tracker controls and that was not made for one, the caches keep
// only whose it is; of a ServiceMonitor, which targets it scrapes; and of a Job, how it has ended: a
// CronJob controls those of journeys.
func (k Kind) Transform(in any) (any, error) {
	object, ok := in.(Object)
	if !ok {
		return in, nil
	}
	object.SetManagedFields(nil)
	if k.Phase != "" && k.GroupVersionKind != Secret && !controlledByTracker(object) && MadeFor(object) == "" {
		kept := k.New()
		setMeta(kept, belonging(object))
		keepTargets(kept, object)
		keepEnd(kept, object)
		return kept, nil
	}
	if k.Keep == nil {
		return object, nil
	}
	return k.Keep(object)
}

// keepEnd keeps of a Job whether and when it has ended, and why.
func keepEnd(kept, object Object) {
	to, isJob := kept.(*batchv1.Job)
	from, _ := object.(*batchv1.Job)
	if !isJob || from == nil {
		return
	}
	to.Status.StartTime, to.Status.CompletionTime = from.Status.StartTime, from.Status.CompletionTime
	for _, c := range from.Status.Conditions {
		ended := c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed
		if ended && c.Status == corev1.ConditionTrue && len(to.Status.Conditions) == 0 {
			c.Reason = strings.ToValidUTF8(c.Reason[:min(len(c.Reason), maxOwn)], "")
			c.Message = "" // The reason says as much.
			to.Status.Conditions = []batchv1.JobCondition{c}
		}
	}
}

// controlledByTracker reports whether an object's controller is a tracker.
func controlledByTracker(o metav1.Object) bool {
	controller := metav1.GetControllerOfNoCopy(o)
	return controller != nil && controller.Kind == v1alpha1.Kind && strings.HasPrefix(controller.APIVersion, v1alpha1.GroupVersion.Group+"/")
}

// setMeta sets the metadata of an object that has none.
func setMeta(o metav1.Object, m metav1.ObjectMeta) {
	o.SetNamespace(m.Namespace)
	o.SetName(m.Name)
	o.SetUID(m.UID)
	o.SetResourceVersion(m.ResourceVersion)
	o.SetLabels(m.Labels)
	o.SetOwnerReferences(m.OwnerReferences)
	o.SetCreationTimestamp(m.CreationTimestamp)
	o.SetDeletionTimestamp(m.DeletionTimestamp)
}

// keep makes a cache.TransformFunc of a function for one type of object.
func keep[T any](strip func(T) T) func(any) (any, error) {
	return func(in any) (any, error) {
		if object, ok := in.(T); ok {
			return strip(object), nil
		}
		return in, nil
	}
}

// keepSecret keeps of a Secret that is not the operator's only what shows that it exists
// and that it has changed: trackers name any Secret of their namespace, so that all are
// watched. An annotation of one may hold its data: kubectl apply writes them there.
func keepSecret(secret *metav1.PartialObjectMetadata) *metav1.PartialObjectMetadata {
	if _, ours := secret.Labels[v1alpha1.LabelTracker]; !ours {
		secret.ObjectMeta = identity(secret)
		return secret
	}
	annotations, tracker := ours(secret.Annotations), MadeFor(secret)
	if !controlledByTracker(secret) && annotations[v1alpha1.AnnotationRetainedFor] == "" && !HasIntent(secret) {
		annotations = nil
	}
	secret.ObjectMeta = belonging(secret)
	secret.Annotations = annotations
	if tracker != "" { // It says so in the caches, too.
		secret.Labels[LabelInstance], secret.Labels[LabelManagedBy] = tracker, v1alpha1.FieldManager
	}
	return secret
}

// keepTracker keeps all of a tracker but the annotations of others, which the operator doesn't read.
func keepTracker(t *v1alpha1.InterviewTracker) *v1alpha1.InterviewTracker {
	t.Annotations = ours(t.Annotations)
	return t
}

// keepClaim keeps of a volume claim whose it is, the size and the class that it requests,
// whether it is bound and to what, and the operator's own annotations.
func keepClaim(claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolumeClaim {
	kept := &corev1.PersistentVolumeClaim{ObjectMeta: belonging(claim)}
	kept.Annotations = ours(claim.Annotations)
	if len(claim.Spec.VolumeName) <= maxOwn {
		kept.Spec.VolumeName = claim.Spec.VolumeName
	}
	if class := claim.Spec.StorageClassName; class != nil && len(*class) <= maxOwn {
		kept.Spec.StorageClassName = class
	}
	if size, ok := claim.Spec.Resources.Requests[corev1.ResourceStorage]; ok {
		kept.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: size}
	}
	kept.Status.Phase = claim.Status.Phase
	return kept
}

// keepCRD keeps of a CustomResourceDefinition only what shows that it exists and that it
// has changed.
func keepCRD(crd *metav1.PartialObjectMetadata) *metav1.PartialObjectMetadata {
	crd.ObjectMeta = identity(crd)
	return crd
}

// keepNamespace keeps of a namespace only its labels.
func keepNamespace(namespace *metav1.PartialObjectMetadata) *metav1.PartialObjectMetadata {
	labels := namespace.Labels
	namespace.ObjectMeta = identity(namespace)
	namespace.Labels = labels
	return namespace
}

// keepPrometheus keeps of a Prometheus object only how it selects others, and where it serves.
func keepPrometheus(p *monitoringv1.Prometheus) *monitoringv1.Prometheus {
	kept := &monitoringv1.Prometheus{
		TypeMeta:   p.TypeMeta,
		ObjectMeta: identity(p),
		Spec: monitoringv1.PrometheusSpec{
			CommonPrometheusFields: monitoringv1.CommonPrometheusFields{
				ServiceMonitorSelector:          p.Spec.ServiceMonitorSelector,
				ServiceMonitorNamespaceSelector: p.Spec.ServiceMonitorNamespaceSelector,
				ProbeSelector:                   p.Spec.ProbeSelector,
				ProbeNamespaceSelector:          p.Spec.ProbeNamespaceSelector,
				RoutePrefix:                     p.Spec.RoutePrefix,
				ServiceName:                     p.Spec.ServiceName,
			},
			RuleSelector:          p.Spec.RuleSelector,
			RuleNamespaceSelector: p.Spec.RuleNamespaceSelector,
		},
	}
	if web := p.Spec.Web; web != nil && web.TLSConfig != nil { // Only that it serves TLS.
		kept.Spec.Web = &monitoringv1.PrometheusWebSpec{WebConfigFileFields: monitoringv1.WebConfigFileFields{TLSConfig: &monitoringv1.WebTLSConfig{}}}
	}
	kept.DeletionTimestamp = p.DeletionTimestamp
	return kept
}

// keepAlertmanager keeps of an Alertmanager object only how it selects others.
func keepAlertmanager(a *monitoringv1.Alertmanager) *monitoringv1.Alertmanager {
	kept := &monitoringv1.Alertmanager{
		TypeMeta:   a.TypeMeta,
		ObjectMeta: identity(a),
		Spec: monitoringv1.AlertmanagerSpec{
			AlertmanagerConfigSelector:          a.Spec.AlertmanagerConfigSelector,
			AlertmanagerConfigNamespaceSelector: a.Spec.AlertmanagerConfigNamespaceSelector,
		},
	}
	kept.DeletionTimestamp = a.DeletionTimestamp
	return kept
}

// annotationRevision holds which revision of its Deployment a ReplicaSet is.
const annotationRevision = "deployment.kubernetes.io/revision"

// maxFailure bounds what the caches keep of why a pod can't be created, in bytes.
const maxFailure = 1 << 10

// keepReplicaSet keeps of a ReplicaSet whose it is, of which revision and template, and why its
// pods can't be created. It may be given what it has returned, as keepDigest may.
func keepReplicaSet(rs *appsv1.ReplicaSet) *appsv1.ReplicaSet {
	kept := &appsv1.ReplicaSet{ObjectMeta: belonging(rs)}
	kept.Annotations = map[string]string{annotationDigest: seal + digestOfTemplate(rs)}
	if revision := rs.Annotations[annotationRevision]; revision != "" && len(revision) <= maxOwn {
		kept.Annotations[annotationRevision] = revision
	}
	for _, c := range rs.Status.Conditions {
		if c.Type == appsv1.ReplicaSetReplicaFailure && len(kept.Status.Conditions) == 0 {
			message := strings.ToValidUTF8(c.Message[:min(len(c.Message), maxFailure)], "")
			kept.Status.Conditions = []appsv1.ReplicaSetCondition{{Type: c.Type, Message: message}}
		}
	}
	return kept
}

// SameTemplate reports whether a ReplicaSet, whole or as it is cached, is of the pod template
// that its Deployment has.
func SameTemplate(d *appsv1.Deployment, rs *appsv1.ReplicaSet) bool {
	return digestOfTemplate(rs) == templateDigest(d.Spec.Template)
}

func digestOfTemplate(rs *appsv1.ReplicaSet) string {
	if digest := CachedDigest(rs); digest != "" {
		return digest
	}
	return templateDigest(rs.Spec.Template)
}

// templateDigest stands for a pod template, but for the label that tells the ReplicaSets of
// a Deployment apart.
func templateDigest(template corev1.PodTemplateSpec) string {
	template.Labels = maps.Clone(template.Labels)
	delete(template.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	encoded, _ := template.Marshal() // A struct can always be written.
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:16])
}

// belonging is what shows of an object which one it is, whose, and whether it is being
// deleted.
func belonging(o metav1.Object) metav1.ObjectMeta {
	kept := identity(o)
	kept.Labels, kept.OwnerReferences = ours(o.GetLabels()), keepOwners(o.GetOwnerReferences())
	for _, label := range labelsOfPods {
		if value, ok := o.GetLabels()[label]; ok {
			metav1.SetMetaDataLabel(&kept, label, value)
		}
	}
	kept.CreationTimestamp, kept.DeletionTimestamp = o.GetCreationTimestamp(), o.GetDeletionTimestamp()
	return kept
}

// keepOwners keeps the controller and a few other owners: the API server admits thousands, and
// names of a megabyte. Those are nobody that exists.
func keepOwners(all []metav1.OwnerReference) []metav1.OwnerReference {
	var kept []metav1.OwnerReference
	others := 0
	for _, o := range all {
		if len(o.APIVersion)+len(o.Kind)+len(o.Name)+len(o.UID) > maxOwner {
			o = metav1.OwnerReference{Controller: o.Controller}
		}
		if isController := o.Controller != nil && *o.Controller; !isController {
			if others++; others > maxOwners {
				continue
			}
		}
		kept = append(kept, o)
	}
	return kept
}

// What is kept of owners: more than the names of one that exists have together, in bytes,
// and how many there are beside the controller.
const (
	maxOwner  = 1024
	maxOwners = 4
)

// labelsOfPods are the labels that say which template and which version a pod has.
var labelsOfPods = []string{
	appsv1.DefaultDeploymentUniqueLabelKey, appsv1.StatefulSetRevisionLabel, "app.kubernetes.io/version",
}

// ours are the labels or annotations that are the operator's own, none of which is long.
func ours(all map[string]string) map[string]string {
	kept := maps.Clone(all)
	maps.DeleteFunc(kept, func(key, value string) bool {
		return !strings.HasPrefix(key, v1alpha1.GroupVersion.Group+"/") || len(value) > maxOwn
	})
	return kept
}

// maxOwn is more than any label or annotation of the operator's own has, in bytes.
const maxOwn = 256

// identity is what shows of an object that it exists, and in which version.
func identity(o metav1.Object) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: o.GetNamespace(), Name: o.GetName(), UID: o.GetUID(), ResourceVersion: o.GetResourceVersion()}
}

// annotationDigest holds the digest of a bulky object, in the caches alone, after a seal
// of this process: nothing that a user writes passes for a digest.
const annotationDigest = "apps.interviewtracker.dev/cached-digest"

var seal = rand.Text() + ":"

// Digest stands for the content of an object: all but its metadata and its status.
func Digest(o metav1.Object) (string, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return "", fmt.Errorf("convert %s: %w", o.GetName(), err)
	}
	content := maps.Clone(fields) // Those of an unstructured object are its own.
	for _, field := range []string{"apiVersion", "kind", "metadata", "status"} {
		delete(content, field)
	}
	encoded, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", o.GetName(), err)
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:16]), nil
}

// CachedDigest returns the digest that the caches keep in place of a bulky object's
// content; empty when the object is whole.
func CachedDigest(o metav1.Object) string {
	digest, sealed := strings.CutPrefix(o.GetAnnotations()[annotationDigest], seal)
	if !sealed {
		return ""
	}
	return digest
}

// keepDigest keeps of a bulky object its metadata and a digest of the rest. It may be
// given what it has returned: a list that comes as a stream is transformed twice.
func keepDigest(in any) (any, error) {
	object, ok := in.(Object)
	if !ok || CachedDigest(object) != "" {
		return in, nil
	}
	digest, err := Digest(object)
	if err != nil {
		return nil, err
	}
	fields := reflect.ValueOf(object).Elem()
	for i := range fields.NumField() {
		if name := fields.Type().Field(i).Name; name != "TypeMeta" && name != "ObjectMeta" {
			fields.Field(i).SetZero()
		}
	}
	object.SetManagedFields(nil)
	annotations := map[string]string{}
	maps.Copy(annotations, object.GetAnnotations())
	delete(annotations, corev1.LastAppliedConfigAnnotation)
	annotations[annotationDigest] = seal + digest
	object.SetAnnotations(annotations)
	return object, nil
}

// packedSpec is a spec that the caches keep encoded, in the name of its pod template, which
// is empty but for that; a real template has containers. As structs and maps a spec takes
// five times the memory, and it is read only when its object has changed.
type packedSpec interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// keepPacked packs the spec of an object with a pod template. It may be given what it has
// returned, as keepDigest may.
func keepPacked(in any) (any, error) {
	object, ok := in.(Object)
	if !ok {
		return in, nil
	}
	object.SetManagedFields(nil)
	spec, template := specOf(object)
	if len(template.Spec.Containers) == 0 {
		return in, nil
	}
	encoded, err := spec.Marshal()
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", object.GetName(), err)
	}
	packed := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Name: string(encoded)}}
	switch o := object.(type) {
	case *appsv1.Deployment:
		o.Spec = appsv1.DeploymentSpec{Template: packed}
	case *appsv1.StatefulSet:
		o.Spec = appsv1.StatefulSetSpec{Template: packed}
	}
	return object, nil
}

// Unpack restores an object that was read from a cache, and does not change what the cache
// holds, although it may share memory with that.
func Unpack(read Object) error {
	spec, template := specOf(read)
	if spec == nil || len(template.Spec.Containers) > 0 {
		return nil
	}
	encoded := []byte(template.Name)
	template.Name = ""
	if err := spec.Unmarshal(encoded); err != nil {
		return fmt.Errorf("unpack %s: %w", read.GetName(), err)
	}
	return nil
}

// specOf returns the spec of an object that is packed, and the pod template in it; nil of
// any other object.
func specOf(object Object) (packedSpec, *corev1.PodTemplateSpec) {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return &o.Spec, &o.Spec.Template
	case *appsv1.StatefulSet:
		return &o.Spec, &o.Spec.Template
	}
	return nil, nil
}
