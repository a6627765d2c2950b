// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// TemplatesDigest stands for the pod templates of a tracker's components, by the digest of each.
func TemplatesDigest(templates map[v1alpha1.Component]string) string {
	sum := sha256.New()
	for _, c := range slices.Sorted(maps.Keys(templates)) {
		fmt.Fprintf(sum, "%s=%s\n", c, templates[c])
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// DeployedTemplates stand for the pod templates that the components' Deployments have.
func (s *Snapshot) DeployedTemplates() map[v1alpha1.Component]string {
	templates := map[v1alpha1.Component]string{}
	for c, d := range s.Deployments {
		templates[c] = d.Annotations[v1alpha1.AnnotationTemplateDigest]
	}
	return templates
}

// CurrentReplicaSets name the ReplicaSets of the components' Deployments, sorted by component; nil
// while one of them is not known.
func (s *Snapshot) CurrentReplicaSets() []v1alpha1.ReplicaSetReference {
	var all []v1alpha1.ReplicaSetReference
	for _, c := range slices.Sorted(maps.Keys(s.Deployments)) {
		rs := s.currentReplicaSet(c)
		if rs == nil {
			return nil
		}
		all = append(all, v1alpha1.ReplicaSetReference{Component: c, Name: rs.Name, UID: rs.UID})
	}
	return all
}

// LostReplicaSet is the name of one of the ReplicaSets of good pod templates that is gone; empty
// when none is.
func (s *Snapshot) LostReplicaSet(good *v1alpha1.GoodTemplates) string {
	for _, ref := range good.ReplicaSets {
		if s.replicaSet(ref.Component, func(rs *appsv1.ReplicaSet) bool { return rs.UID == ref.UID }) == nil {
			return ref.Name
		}
	}
	return ""
}
