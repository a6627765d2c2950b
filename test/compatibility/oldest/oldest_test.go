// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package oldest tests that the objects that the operator is and makes have no kind and no field that the oldest
// version of Kubernetes it can run with does not know: that go.mod has the types of.
package oldest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const root = "../../.."

// others are the API groups that are not Kubernetes' own, or not of an object at all.
var others = []string{
	"apiextensions.k8s.io", "apps.interviewtracker.dev", "argoproj.io", "grafana.integreatly.org", "helm.toolkit.fluxcd.io",
	"kustomize.config.k8s.io", "kustomize.toolkit.fluxcd.io", "monitoring.coreos.com", "operators.coreos.com", "source.toolkit.fluxcd.io",
	"gateway.networking.k8s.io",
}

// decoder decodes what Kubernetes of this version knows, and nothing else.
func decoder(t *testing.T) runtime.Decoder {
	t.Helper()
	scheme := runtime.NewScheme()
	err := errors.Join(
		admissionregistrationv1.AddToScheme(scheme), appsv1.AddToScheme(scheme), autoscalingv2.AddToScheme(scheme), batchv1.AddToScheme(scheme),
		coordinationv1.AddToScheme(scheme), corev1.AddToScheme(scheme), discoveryv1.AddToScheme(scheme), networkingv1.AddToScheme(scheme),
		policyv1.AddToScheme(scheme), rbacv1.AddToScheme(scheme),
	)
	if err != nil {
		t.Fatal(err)
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}

// manifests are the documents of the YAML files below a folder whose names match.
func manifests(t *testing.T, folder string, name *regexp.Regexp) map[string][][]byte {
	t.Helper()
	all := map[string][][]byte{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !name.MatchString(entry.Name()) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
			document, err := reader.Read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			all[path] = append(all[path], document)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestObjectsAreKnown(t *testing.T) {
	known := decoder(t)
	for folder, name := range map[string]string{
		"internal/desired/testdata": `\.out\.yaml$`, // What the operator makes,
		"config":                    `\.yaml$`,      // and what it is.
	} {
		decoded := 0
		for path, documents := range manifests(t, filepath.Join(root, folder), regexp.MustCompile(name)) {
			for _, document := range documents {
				var kind struct {
					APIVersion string `json:"apiVersion"`
				}
				if err := yaml.Unmarshal(document, &kind); err != nil || kind.APIVersion == "" {
					continue // a patch, or a file that is no manifest
				}
				group := schema.FromAPIVersionAndKind(kind.APIVersion, "").Group
				if slices.Contains(others, group) {
					continue
				}
				if _, _, err := known.Decode(document, nil, nil); err != nil {
					t.Errorf("%s: %v", path, err)
				}
				decoded++
			}
		}
		if decoded < 15 {
			t.Errorf("only %d objects in %s", decoded, folder)
		}
	}
}

// The test above can fail: here by a field of pods that came with a later version, and a version of an API.
func TestLaterFieldIsUnknown(t *testing.T) {
	for text, want := range map[string]string{
		"apiVersion: v1\nkind: Pod\nspec: {hostnameOverride: x}\n": `unknown field "spec.hostnameOverride"`,
		"apiVersion: discovery.k8s.io/v2\nkind: EndpointSlice\n":   "no kind",
	} {
		if _, _, err := decoder(t).Decode([]byte(text), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// docs/releases.md names the version whose types these are.
func TestPageNamesTheVersion(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^\s+k8s\.io/api v0\.(\d+)\.`).FindSubmatch(mod)
	page, err := os.ReadFile(filepath.Join(root, "docs", "releases.md"))
	if err != nil {
		t.Fatal(err)
	}
	if version == nil || !bytes.Contains(page, []byte("oldest version that the operator can run with is **1."+string(version[1])+"**")) {
		t.Errorf("docs/releases.md does not name the version of go.mod, %s", version)
	}
}
