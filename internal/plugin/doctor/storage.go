// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// defaultClass is the annotation of the default StorageClass.
const defaultClass = "storageclass.kubernetes.io/is-default-class"

// storage is the check of the volumes of the managed dependencies.
func storage(f Facts, t *Tracker) findings {
	var found findings
	managed := 0
	for _, d := range parts.Dependencies {
		if d.ManagedSpec(&t.Object.Spec) != nil {
			managed++
			volume(&found, f, t, d)
		}
	}
	if managed == 0 {
		found.pass("the tracker has no managed dependency")
	}
	return found
}

// volume is the check of the volume of one dependency.
func volume(found *findings, f Facts, t *Tracker, d catalog.Dependency) {
	name := catalog.ClaimName(t.Object, d.Name)
	var claim *corev1.PersistentVolumeClaim
	if i := slices.IndexFunc(t.Claims.Value, func(c corev1.PersistentVolumeClaim) bool { return c.Name == name }); i >= 0 {
		claim = &t.Claims.Value[i]
	}
	wanted := d.ManagedSpec(&t.Object.Spec).GetStorageClassName()
	if claim != nil && claim.Spec.StorageClassName != nil {
		wanted = claim.Spec.StorageClassName
	}
	bound := claim != nil && claim.Status.Phase == corev1.ClaimBound
	class, ok := classOf(found, f, name, wanted, bound)
	if t.Claims.Unread != "" {
		found.notChecked("", t.Claims.Unread)
		return
	}
	if claim == nil {
		if ok {
			found.warn("the operator creates it with the StatefulSet: see Status and the checks of the operator",
				"PersistentVolumeClaim %s of the %s does not exist yet", name, d.Title)
		}
		return
	}
	claimState(found, t, claim, class, ok)
	growth(found, t, d, claim, class)
}

// classOf is the StorageClass of a claim, nil when none is known, and whether a claim can be bound by what is known. A claim
// that is bound needs its class only to grow.
func classOf(found *findings, f Facts, claim string, wanted *string, bound bool) (*storagev1.StorageClass, bool) {
	const see = "see kubectl get storageclass"
	switch {
	case wanted != nil && *wanted == "":
		return nil, true // Volumes are made by hand.
	case f.StorageClasses.Unread != "":
		found.notChecked("", f.StorageClasses.Unread)
		return nil, true
	}
	i := slices.IndexFunc(f.StorageClasses.Value, func(c storagev1.StorageClass) bool {
		if wanted != nil {
			return c.Name == *wanted
		}
		return c.Annotations[defaultClass] == "true"
	})
	switch {
	case i >= 0:
		return &f.StorageClasses.Value[i], true
	case bound:
		return nil, true
	case wanted != nil:
		found.fail("create it, or name another one in storage.storageClassName before the claim exists: "+see,
			"StorageClass %q of PersistentVolumeClaim %s does not exist", *wanted, claim)
	default:
		found.fail("make one the default: kubectl annotate storageclass NAME "+defaultClass+"=true; or name one in storage.storageClassName: "+see,
			"no StorageClass is the default, and PersistentVolumeClaim %s names none", claim)
	}
	return nil, false
}

// claimState is whether a claim is bound.
func claimState(found *findings, t *Tracker, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass, ok bool) {
	describe := fmt.Sprintf("kubectl describe pvc -n %s %s", claim.Namespace, claim.Name)
	why := ""
	if complaint := t.Complaints[claim.Name]; complaint != "" {
		why = ": " + line(complaint)
	}
	waits := class != nil && class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
	switch {
	case claim.DeletionTimestamp != nil:
		found.fail("save the data now (docs/recovery.md): they go when no pod uses the claim"+keepVolume(claim),
			"PersistentVolumeClaim %s is being deleted", claim.Name)
	case claim.Status.Phase == corev1.ClaimLost:
		found.fail("restore the PersistentVolume, or the data from a backup (docs/recovery.md)",
			"PersistentVolumeClaim %s has lost its PersistentVolume", claim.Name)
	case claim.Status.Phase == corev1.ClaimBound:
		found.pass("PersistentVolumeClaim %s is bound%s", claim.Name, expandable(class))
	case !ok: // Said with the class.
	case waits && why == "":
		found.warn("see why the pod is not scheduled, under Pods: the volume is made where the pod is",
			"PersistentVolumeClaim %s waits for its pod", claim.Name)
	default:
		found.fail("look at the provisioner of its StorageClass, or make a PersistentVolume: "+describe,
			"PersistentVolumeClaim %s is not bound%s", claim.Name, why)
	}
}

// keepVolume says how to keep the volume of a claim that goes.
func keepVolume(claim *corev1.PersistentVolumeClaim) string {
	if !isName(claim.Spec.VolumeName) {
		return ""
	}
	return fmt.Sprintf("; keep the volume: kubectl patch pv %s -p '{\"spec\":{\"persistentVolumeReclaimPolicy\":\"Retain\"}}'", claim.Spec.VolumeName)
}

// expandable says whether a volume can grow.
func expandable(class *storagev1.StorageClass) string {
	switch {
	case class == nil:
		return ""
	case class.AllowVolumeExpansion != nil && *class.AllowVolumeExpansion:
		return fmt.Sprintf(", and StorageClass %s lets it grow", class.Name)
	}
	return fmt.Sprintf("; StorageClass %s does not let it grow (allowVolumeExpansion)", class.Name)
}

// growth is whether a claim grows to the size that the spec wants.
func growth(found *findings, t *Tracker, d catalog.Dependency, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) {
	wanted := d.StorageSize(d.ManagedSpec(&t.Object.Spec))
	has := claim.Status.Capacity[corev1.ResourceStorage]
	if claim.Status.Phase != corev1.ClaimBound || wanted.Cmp(has) <= 0 {
		return
	}
	if class != nil && (class.AllowVolumeExpansion == nil || !*class.AllowVolumeExpansion) {
		found.fail(fmt.Sprintf("set allowVolumeExpansion: true in StorageClass %s if its driver can expand, or take storage.size back", class.Name),
			"PersistentVolumeClaim %s has %s of the %s that the spec wants, and StorageClass %s does not let it grow",
			claim.Name, has.String(), wanted.String(), class.Name)
		return
	}
	found.warn(fmt.Sprintf("wait, or look at it: kubectl describe pvc -n %s %s", claim.Namespace, claim.Name),
		"PersistentVolumeClaim %s has %s of the %s that the spec wants", claim.Name, has.String(), wanted.String())
}
