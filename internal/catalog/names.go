// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"regexp"
	"strings"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Kubernetes names a pod DEPLOYMENT-HASH-RANDOM. It cuts what stands before RANDOM, the
// last hyphen included, to maxPodPrefix characters; a HASH has at most maxTemplateHash.
const (
	maxPodPrefix    = 58
	maxTemplateHash = 10
)

// PodPattern returns a regular expression that matches, as a whole, the names of the
// component's pods and of no others in the namespace, be they of a tracker that is called
// TRACKER-COMPONENT.
func (c Component) PodPattern(t *v1alpha1.InterviewTracker) string {
	return regexp.QuoteMeta(t.Name) + "-" + c.podSuffix(t)
}

func (c Component) podSuffix(t *v1alpha1.InterviewTracker) string {
	suffix := regexp.QuoteMeta(string(c.Name)) + "-[a-z0-9]+"
	if len(t.ChildName(c.Name))+len("-")+maxTemplateHash+len("-") > maxPodPrefix {
		return suffix + "(-[a-z0-9]{5})?"
	}
	return suffix + "-[a-z0-9]{5}"
}

// PodPattern is the same for all pods of the components and the managed dependencies.
func (c Catalog) PodPattern(t *v1alpha1.InterviewTracker) string {
	var suffixes []string
	for _, component := range c.Components {
		suffixes = append(suffixes, component.podSuffix(t))
	}
	for _, d := range c.Dependencies {
		if d.Managed != nil {
			suffixes = append(suffixes, regexp.QuoteMeta(string(d.Name))+"-0")
		}
	}
	return regexp.QuoteMeta(t.Name) + "-(" + strings.Join(suffixes, "|") + ")"
}

// ClaimName returns the name of the volume claim that the StatefulSet of a managed
// dependency makes: VOLUME-POD.
func ClaimName(t *v1alpha1.InterviewTracker, dependency v1alpha1.Component) string {
	return VolumeName + "-" + t.ChildName(dependency) + "-0"
}

// ClaimPattern returns a regular expression that matches, as a whole, the names of the
// volume claims of a tracker's managed dependencies; empty when it has none.
func (c Catalog) ClaimPattern(t *v1alpha1.InterviewTracker) string {
	var claims []string
	for _, d := range c.Dependencies {
		if d.ManagedSpec(&t.Spec) != nil {
			claims = append(claims, regexp.QuoteMeta(ClaimName(t, d.Name)))
		}
	}
	return strings.Join(claims, "|")
}
