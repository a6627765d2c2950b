// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// dataLoss is DataLoss, which is absent unless data of a managed dependency are about to be
// lost, or are lost, from where each has its data.
func dataLoss(in Input, volumes map[v1alpha1.Component]*v1alpha1.VolumeStatus) []metav1.Condition {
	if in.Snapshot == nil {
		if before := storedCondition(in, v1alpha1.ConditionDataLoss); before != nil {
			return []metav1.Condition{*before}
		}
		return nil
	}
	var reason string
	var messages []string
	for _, d := range in.Catalog.Used(&in.Tracker.Spec) {
		if d.ManagedSpec(&in.Tracker.Spec) == nil {
			continue
		}
		if cause := lossOf(in, d, volumes[d.Name]); cause != nil {
			if messages = append(messages, cause.Message); reason == "" {
				reason = cause.Reason
			}
		}
	}
	if reason == "" {
		return nil
	}
	return one(v1alpha1.ConditionDataLoss, isTrue(reason, "%s", strings.Join(messages, andAlso)))
}

// andAlso stands between what is said of one claim and of the next, and in neither.
const andAlso = "; "

// saidOf is what a condition said of one claim; nil when it said nothing of it.
func saidOf(claim string, before *metav1.Condition) *Cause {
	for part := range strings.SplitSeq(before.Message, andAlso) {
		if strings.HasPrefix(part, "PersistentVolumeClaim "+claim+" ") {
			return &Cause{before.Reason, part}
		}
	}
	return nil
}

// recovery names what says how to save data, and how to restore them.
const recovery = "docs/recovery.md"

// lossOf is how the data of one dependency are about to be lost, or are lost; nil when
// they are not.
func lossOf(in Input, d catalog.Dependency, volume *v1alpha1.VolumeStatus) *Cause {
	claim, name := in.Snapshot.Claims[d.Name], catalog.ClaimName(in.Tracker, d.Name)
	set := "StatefulSet " + in.Tracker.ChildName(d.Name)
	before := storedCondition(in, v1alpha1.ConditionDataLoss)
	switch {
	case claim == nil && before != nil:
		return saidOf(name, before) // It is between two claims.
	case claim == nil || volume == nil:
		return nil
	case claim.Status.Phase == corev1.ClaimLost:
		return &Cause{v1alpha1.ReasonClaimLost, fmt.Sprintf("PersistentVolumeClaim %s has lost its volume%s, which had the data of %s: "+
			"restore the PersistentVolume or, to begin without the data, delete the claim and the pod, then restore a backup (%s)",
			name, called(claim.Spec.VolumeName), set, recovery)}
	case claim.DeletionTimestamp != nil:
		return &Cause{v1alpha1.ReasonClaimTerminating, fmt.Sprintf("PersistentVolumeClaim %s is being deleted, "+
			"and the data of %s with it once its pod stops: %s (%s)", name, set, save(claim.Spec.VolumeName), recovery)}
	case volume.Replaced != nil:
		return &Cause{v1alpha1.ReasonClaimReplaced, fmt.Sprintf("PersistentVolumeClaim %s was replaced by a new one (noticed at %s), "+
			"and %s has begun without the data of the former volume%s: restore a backup (%s), then: kubectl annotate pvc %s %s=true",
			name, volume.Replaced.Time.UTC().Format(time.RFC3339), set, called(volume.Replaced.Name), recovery, name, v1alpha1.AnnotationDataLossAcknowledged)}
	}
	return nil
}

// save is what can be done while a claim is being deleted, which can't be undone.
func save(volume string) string {
	if volume == "" {
		return "that can't be undone, so back them up now"
	}
	const keep = `that can't be undone, so back them up now, and keep the volume: kubectl patch pv %s -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`
	return fmt.Sprintf(keep, volume)
}

// called is the name of a volume in a sentence; empty when it is not known.
func called(volume string) string {
	if volume == "" {
		return ""
	}
	return " " + volume
}

// volumesOf are where the managed dependencies have their data. healthy are the conditions of the
// dependencies that are used.
func volumesOf(in Input, healthy []metav1.Condition) map[v1alpha1.Component]*v1alpha1.VolumeStatus {
	volumes := map[v1alpha1.Component]*v1alpha1.VolumeStatus{}
	for i, d := range in.Catalog.Used(&in.Tracker.Spec) {
		volumes[d.Name] = volumeOf(in, d, healthy[i])
	}
	return volumes
}

// records are the volumes as status.volumes, in the order of the catalog.
func records(in Input, volumes map[v1alpha1.Component]*v1alpha1.VolumeStatus) []v1alpha1.VolumeRecord {
	var list []v1alpha1.VolumeRecord
	for _, d := range in.Catalog.Used(&in.Tracker.Spec) {
		if v := volumes[d.Name]; v != nil {
			list = append(list, v1alpha1.NewVolumeRecord(string(d.Name), *v))
		}
	}
	return list
}

// volumeOf identifies the volume of a managed dependency, nil while it has had no data.
// What was known stays known while the claim can't be read.
func volumeOf(in Input, d catalog.Dependency, healthy metav1.Condition) *v1alpha1.VolumeStatus {
	if d.ManagedSpec(&in.Tracker.Spec) == nil {
		return nil
	}
	before := in.Tracker.Status.Volume(string(d.Name))
	if in.Snapshot == nil || in.Snapshot.Claims[d.Name] == nil {
		return before
	}
	claim := in.Snapshot.Claims[d.Name]
	if in.Snapshot.CredentialsLost(d.Name) {
		return nil // Nothing can open the data: whoever deletes the claim gives them up.
	}
	uid, used := string(claim.UID), claim.Status.Phase == corev1.ClaimBound || healthy.Status == metav1.ConditionTrue
	switch {
	case before == nil && !used:
		return nil
	case before == nil:
		return &v1alpha1.VolumeStatus{ClaimUID: uid, Name: claim.Spec.VolumeName}
	}
	now := &v1alpha1.VolumeStatus{ClaimUID: uid, Name: claim.Spec.VolumeName, Replaced: before.Replaced}
	if before.ClaimUID != uid {
		now.Replaced = replaced(before, now.Name, in.Now)
	}
	_, acknowledged := claim.Annotations[v1alpha1.AnnotationDataLossAcknowledged]
	if now.Replaced != nil && (acknowledged || now.Name != "" && now.Name == now.Replaced.Name) {
		now.Replaced = nil
	}
	return now
}

// replaced is the volume that a new claim, with a volume of its own, has not the data of.
func replaced(before *v1alpha1.VolumeStatus, volume string, now metav1.Time) *v1alpha1.ReplacedVolume {
	earlier := before.Replaced
	if earlier != nil && (before.Name == "" || volume == earlier.Name) {
		return earlier // The claim in between had no volume, or the data are back.
	}
	return &v1alpha1.ReplacedVolume{Name: before.Name, Time: now}
}
