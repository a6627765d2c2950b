// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"errors"
	"fmt"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// sidecar is a strategic merge that adds a container to what is in a list of containers.
func sidecar(list, ports string) string {
	return fmt.Sprintf(`{spec: {template: {spec: {%s: [{name: proxy, image: "envoy:1", ports: [%s],
		securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}}}}`, list, ports)
}

// After its patches, a tracker's Services lead to its own containers.
func TestServicesLeadToTheirComponent(t *testing.T) {
	named := func(kind, name, patch string) v1alpha1.Patch {
		return v1alpha1.Patch{Target: &v1alpha1.PatchTarget{Kind: kind, Name: name}, Patch: patch}
	}
	const (
		container = "/spec/template/spec/containers/0/"
		same      = `its containers "%s" and "%s" would each have a port named "%s", and the Service would lead to one of them; ` +
			`write another name for the port that the patch adds`
	)
	for name, test := range map[string]struct {
		patches []v1alpha1.Patch
		index   int
		want    string
	}{
		"case sidecar-port": {
			patches: []v1alpha1.Patch{named("Deployment", "hiring-api", sidecar("containers", "{name: http, containerPort: 9901}"))},
			want:    "Deployment hiring-api: " + fmt.Sprintf(same, "proxy", "api", "http"),
		},
		"a native sidecar": {
			patches: []v1alpha1.Patch{named("Deployment", "hiring-frontend", sidecar("initContainers", "{name: http, containerPort: 9901}"))},
			want:    "Deployment hiring-frontend: " + fmt.Sprintf(same, "proxy", "frontend", "http"),
		},
		"the database's port": {
			patches: []v1alpha1.Patch{named("StatefulSet", "hiring-database", sidecar("containers", "{name: postgres, containerPort: 6432}"))},
			want:    "StatefulSet hiring-database: " + fmt.Sprintf(same, "proxy", "postgres", "postgres"),
		},
		"twice in one container": {
			patches: []v1alpha1.Patch{named("Deployment", "hiring-api", `[{op: add, path: `+container+`ports/-, value: {name: http, containerPort: 9}}]`)},
			want:    "Deployment hiring-api: " + fmt.Sprintf(same, "api", "api", "http"),
		},
		"two containers of a name": {
			patches: []v1alpha1.Patch{named("Deployment", "hiring-api", `[{op: copy, from: /spec/template/spec/containers/0, path: /spec/template/spec/containers/-}]`)},
			want:    `Deployment hiring-api: it would have two containers named "api"; write another name for the one that the patch adds`,
		},
		"an init container of the name": {
			patches: []v1alpha1.Patch{named("Deployment", "hiring-api", `[{op: add, path: /spec/template/spec/initContainers, value: []},
				{op: copy, from: /spec/template/spec/containers/0, path: /spec/template/spec/initContainers/-}]`)},
			want: `Deployment hiring-api: it would have two containers named "api"; write another name for the one that the patch adds`,
		},
		"a renamed port": {
			patches: []v1alpha1.Patch{named("Deployment", "hiring-api", `[{op: replace, path: `+container+`ports/0/name, value: web}]`)},
			want: `its Service hiring-api would lead to no container: its targetPort is "http", and no container has a port of that name; ` +
				`keep the port "http" of the container "api"`,
		},
		"no port": {
			patches: []v1alpha1.Patch{named("Deployment", "hiring-api", `[{op: remove, path: `+container+`ports}]`)},
			want: `its Service hiring-api would lead to no container: its targetPort is "http", and no container has a port of that name; ` +
				`keep the port "http" of the container "api"`,
		},
		"another port": {
			patches: []v1alpha1.Patch{named("Deployment", "hiring-api", `[{op: replace, path: `+container+`ports/0/containerPort, value: 9000}]`)},
			want: `its Service hiring-api would lead to the port 9000, and the container "api" listens on 8000; ` +
				`remove this change from the patch; the field port of a component changes its port everywhere`,
		},
		"a name taken over": {
			patches: []v1alpha1.Patch{
				named("Deployment", "hiring-api", `[{op: replace, path: `+container+`ports/0/name, value: web}]`),
				named("Deployment", "hiring-api", sidecar("containers", "{name: http, containerPort: 9901}")),
				of("Deployment", `[{op: add, path: /spec/revisionHistoryLimit, value: 3}]`),
			},
			index: 2, // The last one that matches the objects.
			want: `its Service hiring-api would lead to the port "http" of the container "proxy" instead of the container "api"; ` +
				`write another name for that port`,
		},
		"a Service to the sidecar": {
			patches: []v1alpha1.Patch{
				named("Deployment", "hiring-api", sidecar("containers", "{name: admin, containerPort: 9901}")),
				named("Service", "hiring-api", `[{op: replace, path: /spec/ports/0/targetPort, value: admin}]`),
			},
			index: 1,
			want: `its Service hiring-api would lead to the port "admin" of the container "proxy" instead of the container "api"; ` +
				`write another name for that port`,
		},
		"a Service to another number": {
			patches: []v1alpha1.Patch{named("Service", "hiring-api", `[{op: replace, path: /spec/ports/0/targetPort, value: 9901}]`)},
			want: `its Service hiring-api would lead to the port 9901, and the container "api" listens on 8000; ` +
				`remove this change from the patch; the field port of a component changes its port everywhere`,
		},
		"a Service without the port": {
			patches: []v1alpha1.Patch{named("Service", "hiring-api", `[{op: replace, path: /spec/ports/0/name, value: web}]`)},
			want:    `its Service hiring-api would have no port named "http"; remove this change from the patch`,
		},
		"a selector that matches nothing": {
			patches: []v1alpha1.Patch{named("Service", "hiring-api", `[{op: add, path: /spec/selector/tier, value: web}]`)},
			want:    `Service hiring-api: spec.selector can't be changed by a patch; remove this change from the patch`,
		},
		"a sidecar with ports of its own": {
			patches: []v1alpha1.Patch{named("Deployment", "hiring-api", sidecar("containers", "{name: admin, containerPort: 9901}, {containerPort: 9902}"))},
		},
		"a port of the sidecar's, beside the API's": {
			patches: []v1alpha1.Patch{
				named("Deployment", "hiring-api", sidecar("containers", "{name: admin, containerPort: 9901}")),
				named("Service", "hiring-api", `[{op: add, path: /spec/ports/-, value: {name: admin, port: 9901, targetPort: admin}}]`),
			},
		},
		"a port renamed in both": {
			patches: []v1alpha1.Patch{
				named("Deployment", "hiring-api", `[{op: replace, path: `+container+`ports/0/name, value: web}]`),
				named("Service", "hiring-api", `[{op: replace, path: /spec/ports/0/targetPort, value: web}]`),
			},
		},
		"the port by its number": {
			patches: []v1alpha1.Patch{named("Service", "hiring-api", `[{op: replace, path: /spec/ports/0/targetPort, value: 8000}]`)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			parts := catalog.Default()
			parts.AllowPatches = kinds.Paths{"Service": {"spec.ports"}}
			output, err := Build(t.Context(), patched(test.patches...), nothing(), parts)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			failed := &PatchError{}
			if !errors.As(err, &failed) {
				t.Fatalf("got %v, %v, want a PatchError", output, err)
			}
			if got := failed.Err.Error(); failed.Index != test.index || got != test.want {
				t.Errorf("got  %d: %s\nwant %d: %s", failed.Index, got, test.index, test.want)
			}
		})
	}
}
