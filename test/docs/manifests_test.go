// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// The manifests of docs/security.md are ones that the API server accepts, and the policies are for
// the ports that the pods have.
func TestSecurityPageShowsManifestsThatWork(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	type admitted struct {
		component v1alpha1.Component
		port      int
	}
	open := map[admitted]bool{}
	proxies := 0
	for _, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(string(content), -1) {
		for manifest := range strings.SplitSeq(block[1], "\n---\n") {
			object, _, err := decoder.Decode([]byte(manifest), nil, nil)
			if err != nil {
				t.Errorf("%v\n%s", err, manifest)
			}
			switch object := object.(type) {
			case *appsv1.Deployment:
				proxies++
			case *networkingv1.NetworkPolicy:
				component := v1alpha1.Component(object.Spec.PodSelector.MatchLabels[v1alpha1.LabelComponent])
				for _, rule := range object.Spec.Ingress {
					for _, port := range rule.Ports {
						open[admitted{component, port.Port.IntValue()}] = true
					}
				}
			}
		}
	}
	for _, want := range []admitted{
		{v1alpha1.ComponentFrontend, contract.FrontendPort},
		{v1alpha1.ComponentFrontend, contract.FrontendMetricsPort},
		{v1alpha1.ComponentAPI, contract.APIPort},
	} {
		if !open[want] {
			t.Errorf("no policy is for the port %d of the %s", want.port, want.component)
		}
	}
	if proxies != 1 {
		t.Errorf("there are %d Deployments, want that of the authenticating proxy", proxies)
	}
}
