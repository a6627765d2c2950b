// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package admission

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// working is a status as the operator would write it.
const working = `
status:
  observedGeneration: 1
  conditions:
  - {type: Ready, status: "False", reason: DependencyDown, message: "Pod hiring-database-0: exit code 1", lastTransitionTime: "2026-01-01T00:00:00Z"}
  - {type: DatabaseHealthy, status: "False", reason: DependencyDown, message: "other", lastTransitionTime: "2026-01-01T00:00:00Z"}
  components:
  - {name: api, ready: 1/2}
  - {name: frontend, ready: 2/2, image: registry.example.com/frontend:1.0.0}
  version: 0.9.0
`

// TestNoDefaults wants a spec back as it was written, and the status of an
// object that no operator has seen.
func TestNoDefaults(t *testing.T) {
	const empty = `
spec:
  environment: null
  database: null
  redis: {managed: {storage: {}, resources: {}}}
  api: {autoscaling: {maxReplicas: 2}, probes: {liveness: {}}, env: [{name: A}], affinity: {}}
  frontend: {resources: {}}
  logging: {}
  patches: [{target: {kind: Service}, patch: x}]
`
	written := tracker(t, empty).Object["spec"]
	stored := tracker(t, empty)
	create(t, stored)
	if diff := cmp.Diff(written, stored.Object["spec"]); diff != "" {
		t.Errorf("spec (-written +stored):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"observedGeneration": int64(-1)}, stored.Object["status"]); diff != "" {
		t.Errorf("status (-want +stored):\n%s", diff)
	}
}

func TestUnknownFields(t *testing.T) {
	for name, mutation := range map[string]string{
		"spec.tag":                         `spec: {tag: "1.0.0"}`,
		"spec.api.probes.liveness.httpGet": `spec: {api: {probes: {liveness: {httpGet: {path: /}}}}}`,
		"spec.api.resources.claims":        `spec: {api: {resources: {claims: [{name: gpu}]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			err := kube.Create(t.Context(), tracker(t, mutation), client.DryRunAll)
			if !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), `strict decoding error: unknown field "`+name+`"`) {
				t.Errorf("got %v, want a strict decoding error that names %s", err, name)
			}
		})
	}
}

func TestStatusSubresource(t *testing.T) {
	stored := tracker(t)
	create(t, stored)

	byStatus := tracker(t, working, `spec: {version: 2.0.0}`)
	byStatus.SetResourceVersion(stored.GetResourceVersion())
	if err := kube.Status().Update(t.Context(), byStatus); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := unstructured.NestedString(byStatus.Object, "spec", "version"); got != "1.0.0" {
		t.Errorf("an update of the status set spec.version to %s", got)
	}
	if got := byStatus.GetGeneration(); got != 1 {
		t.Errorf("an update of the status made the generation %d", got)
	}

	bySpec := tracker(t, `spec: {version: 2.0.0}`, `status: {observedGeneration: 7}`)
	bySpec.SetResourceVersion(byStatus.GetResourceVersion())
	if err := kube.Update(t.Context(), bySpec); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := unstructured.NestedInt64(bySpec.Object, "status", "observedGeneration"); got != 1 {
		t.Errorf("an update of the spec set status.observedGeneration to %d", got)
	}
	if got := bySpec.GetGeneration(); got != 2 {
		t.Errorf("an update of the spec made the generation %d, want 2", got)
	}
}

func TestPrinterColumns(t *testing.T) {
	stored := tracker(t)
	create(t, stored)
	updated := tracker(t, working)
	updated.SetResourceVersion(stored.GetResourceVersion())
	if err := kube.Status().Update(t.Context(), updated); err != nil {
		t.Fatal(err)
	}

	table := getTable(t, "/apis/apps.interviewtracker.dev/v1alpha1/namespaces/default/interviewtrackers")
	var usual, wide []string
	for _, column := range table.ColumnDefinitions {
		if column.Priority == 0 {
			usual = append(usual, column.Name)
			continue
		}
		wide = append(wide, column.Name)
	}
	if diff := cmp.Diff([]string{"Name", "Ready", "Reason", "Version", "Desired", "API", "Frontend", "Age"}, usual); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Maintenance", "Message"}, wide); diff != "" {
		t.Errorf("further columns of -o wide (-want +got):\n%s", diff)
	}
	if len(table.Rows) != 1 || len(table.Rows[0].Cells) != 10 {
		t.Fatalf("got %+v, want one row of 10 cells", table.Rows)
	}
	cells := table.Rows[0].Cells
	const ageColumn = 7
	if age, ok := cells[ageColumn].(string); !ok || !strings.HasSuffix(age, "s") {
		t.Errorf("got the age %v, want seconds", cells[ageColumn])
	}
	cells[ageColumn] = "AGE"
	want := []any{"hiring", "False", "DependencyDown", "0.9.0", "1.0.0", "1/2", "2/2", "AGE", nil, "Pod hiring-database-0: exit code 1"}
	if diff := cmp.Diff(want, cells); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
}

func getTable(t *testing.T, path string) metav1.Table {
	t.Helper()
	httpClient, err := rest.HTTPClientFor(restConfig)
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.JoinPath(restConfig.Host, path)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	response, err := httpClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var table metav1.Table
	if err := json.NewDecoder(response.Body).Decode(&table); err != nil {
		t.Fatal(err)
	}
	return table
}

func TestNames(t *testing.T) {
	discoverer, err := discovery.NewDiscoveryClientForConfig(restConfig)
	if err != nil {
		t.Fatal(err)
	}
	list, err := discoverer.ServerResourcesForGroupVersion("apps.interviewtracker.dev/v1alpha1")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]metav1.APIResource{}
	for _, resource := range list.APIResources {
		got[resource.Name] = metav1.APIResource{
			Kind: resource.Kind, SingularName: resource.SingularName, Namespaced: resource.Namespaced,
			ShortNames: resource.ShortNames, Categories: resource.Categories,
		}
	}
	want := map[string]metav1.APIResource{
		// No category all: "kubectl delete all --all" must not delete trackers.
		"interviewtrackers": {
			Kind: "InterviewTracker", SingularName: "interviewtracker", Namespaced: true, ShortNames: []string{"itr"},
		},
		"interviewtrackers/scale":  {Kind: "Scale", Namespaced: true},
		"interviewtrackers/status": {Kind: "InterviewTracker", Namespaced: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
}
