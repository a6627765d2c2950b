// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package children turns what a tracker should have into what is applied and pruned: for the
// reconciler, and for whoever previews it.
package children

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Of returns some of the wanted objects as an apply.Engine takes them.
func Of(wanted *desired.Output, objects []desired.Object) []apply.Child {
	children := make([]apply.Child, len(objects))
	for i, object := range objects {
		live := wanted.Live[desired.KeyOf(object)]
		children[i] = apply.Child{
			Object: object, KeepData: live.KeepData, KeepTemplate: live.KeepTemplate, Observed: live.Observed,
			Secrets: desired.SecretsOf(object),
		}
	}
	return children
}

// KindsIn are the kinds that the objects of a phase were built of, where a cluster serves some of the
// optional ones. Objects of a kind that was installed since were not built, and must not be pruned.
func KindsIn(phase kinds.Phase, served sets.Set[string]) []kinds.Kind {
	return slices.DeleteFunc(kinds.In(phase), func(k kinds.Kind) bool { return k.Optional && !served.Has(k.Kind) })
}
