// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package catalog describes the parts of a tracker: the components, which are
// Deployments, and the dependencies that they use. Whatever differs between two parts
// stands in their descriptors; all other packages iterate over them. It is pure: no
// client, no clock, no environment.
package catalog

import (
	"errors"
	"flag"
	"fmt"
	"slices"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Catalog lists the parts of a tracker, in the order in which they are applied and
// reported. A catalog may be shared as long as nothing changes it.
type Catalog struct {
	// Components has exactly one that is Primary.
	Components   []Component
	Dependencies []Dependency
	// AllowPatches are the fields that spec.patches may change beside those of the table of
	// kinds, which the cluster's administrator allows.
	AllowPatches kinds.Paths
}

// Condition is how the state of a part is reported: a condition that gates Ready, and
// the events about it.
type Condition struct {
	// Type is the condition's type, such as DatabaseHealthy.
	Type string
	// Bad and Good are the reasons of the events that report that the condition is no
	// longer, or again, True.
	Bad, Good string
}

// Primary returns the component that is Primary.
func (c Catalog) Primary() Component {
	for _, component := range c.Components {
		if component.Primary {
			return component
		}
	}
	return Component{}
}

// Journeys returns the journeys that a tracker wants, and the component that they go through. There are
// none while it is to have no pods: a stopped component can't answer.
func (c Catalog) Journeys(spec *v1alpha1.InterviewTrackerSpec) ([]v1alpha1.JourneySpec, Component) {
	for _, component := range c.Present(spec) {
		if component.Entry && component.Replicas(spec) > 0 {
			return spec.GetJourneys(), component
		}
	}
	return nil, Component{}
}

// Present returns the components that a tracker has.
func (c Catalog) Present(spec *v1alpha1.InterviewTrackerSpec) []Component {
	return slices.DeleteFunc(slices.Clone(c.Components), func(component Component) bool {
		return component.Optional && component.Spec(spec) == nil
	})
}

// Used returns the dependencies that a tracker uses.
func (c Catalog) Used(spec *v1alpha1.InterviewTrackerSpec) []Dependency {
	var used []Dependency
	for _, d := range c.Dependencies {
		if d.Get(spec) != (v1alpha1.DependencySpec{}) {
			used = append(used, d)
		}
	}
	return used
}

// Optional returns the dependencies that a tracker uses and works without.
func (c Catalog) Optional(spec *v1alpha1.InterviewTrackerSpec) []Dependency {
	return slices.DeleteFunc(c.Used(spec), func(d Dependency) bool { return !d.Optional(spec) })
}

// Names returns the names of all parts.
func (c Catalog) Names() []v1alpha1.Component {
	var names []v1alpha1.Component
	for _, component := range c.Components {
		names = append(names, component.Name)
	}
	for _, d := range c.Dependencies {
		names = append(names, d.Name)
	}
	return names
}

// IsDependency reports whether a part is a dependency.
func (c Catalog) IsDependency(name v1alpha1.Component) bool {
	return slices.ContainsFunc(c.Dependencies, func(d Dependency) bool { return d.Name == name })
}

// PatchFlag registers the flag that allows spec.patches to change more fields.
func (c *Catalog) PatchFlag(flags *flag.FlagSet) {
	flags.Func("allow-patches", "comma-separated `list` of fields that spec.patches may change beside the harmless ones, each KIND/FIELD, "+
		"such as Service/spec.type,ServiceAccount/metadata.annotations; a tracker's author gains what they allow", func(s string) error {
		if c.AllowPatches == nil {
			c.AllowPatches = kinds.Paths{}
		}
		return c.AllowPatches.Add(s)
	})
}

// ImageFlags registers the flags that replace the default images of this catalog:
// --NAME-repository of a component, and --NAME-image of a dependency.
func (c Catalog) ImageFlags(flags *flag.FlagSet) {
	for i := range c.Components {
		component := &c.Components[i]
		imageFlag(flags, &component.DefaultImage, string(component.Name)+"-repository",
			"`repository` of the image of the "+component.Title+", without a tag")
	}
	for _, d := range c.Dependencies {
		if d.Managed != nil {
			imageFlag(flags, &d.Managed.DefaultImage, string(d.Name)+"-image", "`image` of a managed "+d.Title)
		}
	}
}

func imageFlag(flags *flag.FlagSet, image *string, name, usage string) {
	flags.Func(name, fmt.Sprintf("%s (default %q)", usage, *image), func(s string) error {
		if s == "" {
			return errors.New("must not be empty")
		}
		*image = s
		return nil
	})
}
