// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package olm

import (
	"os"
	"slices"
	"testing"

	"github.com/operator-framework/api/pkg/manifests"
	"github.com/operator-framework/api/pkg/operators/v1alpha1"
	"github.com/operator-framework/api/pkg/validation"
	"github.com/operator-framework/api/pkg/validation/errors"
	interfaces "github.com/operator-framework/api/pkg/validation/interfaces"
)

const folder = "../../bundle"

func load(t *testing.T, folder string) *manifests.Bundle {
	t.Helper()
	bundle, err := manifests.GetBundleFromDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

// complaints are what OLM's validators say of a bundle.
func complaints(bundle *manifests.Bundle) []errors.Error {
	var all []errors.Error
	more := interfaces.Validators{validation.ObjectValidator, validation.GoodPracticesValidator}
	for _, result := range slices.Concat(validation.DefaultBundleValidators, more).Validate(bundle.ObjectsToValidate()...) {
		all = append(all, slices.Concat(result.Errors, result.Warnings)...)
	}
	return all
}

func TestBundleIsValid(t *testing.T) {
	for _, complaint := range complaints(load(t, folder)) {
		t.Error(complaint)
	}
}

// The validators see a bundle that is broken.
func TestValidatorsFindAMissingCRD(t *testing.T) {
	bundle := load(t, folder)
	bundle.V1CRDs = nil
	if len(complaints(bundle)) == 0 {
		t.Error("a bundle without its CRD is valid")
	}
}

// The operator gets the rights of its roles: in its namespace the Lease, in the cluster the rest.
func TestBundleGrantsTheRights(t *testing.T) {
	version := load(t, folder).CSV
	strategy := version.Spec.InstallStrategy.StrategySpec
	if len(strategy.DeploymentSpecs) != 1 || len(strategy.Permissions) != 1 || len(strategy.ClusterPermissions) != 1 {
		t.Fatalf("the strategy is %+v", strategy)
	}
	account := strategy.DeploymentSpecs[0].Spec.Template.Spec.ServiceAccountName
	for resource, permission := range map[string]v1alpha1.StrategyDeploymentPermissions{
		"leases":                   strategy.Permissions[0],
		"interviewtrackers":        strategy.ClusterPermissions[0],
		"interviewtrackers/status": strategy.ClusterPermissions[0],
		"tokenreviews":             strategy.ClusterPermissions[0],
	} {
		granted := false
		for _, rule := range permission.Rules {
			granted = granted || slices.Contains(rule.Resources, resource)
		}
		if !granted || permission.ServiceAccountName != account {
			t.Errorf("the account %s is not granted %s", account, resource)
		}
	}
}

// A ServiceAccount of the bundle would contradict the one that OLM makes.
func TestBundleHasNoAccount(t *testing.T) {
	for _, object := range load(t, folder).Objects {
		if kind := object.GetKind(); kind == "ServiceAccount" || kind == "Namespace" || kind == "Deployment" {
			t.Errorf("the bundle has a %s", kind)
		}
		if object.GetNamespace() != "" {
			t.Errorf("%s is in the namespace %s", object.GetName(), object.GetNamespace())
		}
	}
	if _, err := os.Stat(folder + "/Dockerfile"); err != nil {
		t.Error(err)
	}
}
