// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// What the rules of the API refuse in the spec is refused in a patch too.
func TestCaseMemoryMilli(t *testing.T) {
	const resources = "/spec/template/spec/containers/0/resources"
	for name, test := range map[string]struct {
		patch, want string
	}{
		"thousandths of a byte": {
			`[{op: add, path: ` + resources + `, value: {limits: {memory: 256m}}}]`,
			`Deployment hiring-api: its container "api" would have memory of 256m, and needs 1Mi or more; write Mi or Gi, such as 512Mi`,
		},
		"no unit": {
			`[{op: add, path: ` + resources + `, value: {requests: {memory: 512}}}]`,
			`Deployment hiring-api: its container "api" would have memory of 512, and needs 1Mi or more; write Mi or Gi, such as 512Mi`,
		},
		"storage": {
			`[{op: add, path: ` + resources + `, value: {limits: {ephemeral-storage: 1k}}}]`,
			`Deployment hiring-api: its container "api" would have ephemeral-storage of 1k, and needs 1Mi or more; write Mi or Gi, such as 512Mi`,
		},
		"none":     {`[{op: add, path: ` + resources + `, value: {requests: {memory: 0}}}]`, ""},
		"fraction": {`[{op: add, path: ` + resources + `, value: {limits: {memory: 0.5Gi, cpu: 500m}}}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Build(t.Context(), patched(ofAPI(test.patch)), nothing(), catalog.Default())
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			failed := &PatchError{}
			if !errors.As(err, &failed) || failed.Err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// A patch is not to blame for a spec that was stored before the rules.
func TestStoredAmountIsNoPatchs(t *testing.T) {
	tracker := patched(of("Deployment", `[{op: add, path: /spec/revisionHistoryLimit, value: 3}]`))
	tracker.Spec.API = &v1alpha1.ComponentSpec{Resources: &v1alpha1.ResourcesSpec{
		Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("512")},
	}}
	if _, err := Build(t.Context(), tracker, nothing(), catalog.Default()); err != nil {
		t.Error(err)
	}
}

func TestAmountsAreSpelledInOneWay(t *testing.T) {
	for want, spellings := range map[string][]string{
		"0":       {"0", "0Mi", "0m"},
		"500m":    {"500m", "0.5", "5e-1"},
		"1":       {"1", "1000m", "1e0"},
		"512Mi":   {"512Mi", "0.5Gi", "536870912", "524288Ki"},
		"1Gi":     {"1Gi", "1024Mi", "1073741824"},
		"1000Mi":  {"1000Mi", "1048576000", "1048576k"},
		"1G":      {"1G", "1000M", "1000000000", "1e9"},
		"1572865": {"1572865"},
		"1049600": {"1025Ki", "1049600"},
	} {
		for _, spelling := range spellings {
			amount := resource.MustParse(spelling)
			got := spelled(amount)
			if got.String() != want || got.Cmp(amount) != 0 {
				t.Errorf("%s is written as %s, want %s", spelling, got.String(), want)
			}
			if again := spelled(got); again.String() != want {
				t.Errorf("%s is written as %s the second time", want, again.String())
			}
		}
	}
}
