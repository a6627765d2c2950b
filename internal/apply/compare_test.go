// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// settles checks that children cost one write each, that the API server's answers
// equal them, and that they then cost nothing, also after a restart.
func (w *world) settles(children ...client.Object) {
	w.Helper()
	w.writes(len(children), func() {
		for _, event := range w.apply(children...).Events {
			w.Error(event.Message)
		}
	})
	w.restart()
	w.writes(0, func() {
		if skipped := w.apply(children...).Counts.Of(apply.Skipped); skipped != len(children) {
			w.Errorf("%d of %d skipped", skipped, len(children))
		}
	})
}

func TestWhatTheOperatorMakesSettles(t *testing.T) {
	cases, err := filepath.Glob("../desired/testdata/*.in.yaml")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no golden cases: %v", err)
	}
	for _, path := range cases {
		t.Run(filepath.Base(path), func(t *testing.T) {
			w := newWorld(t)
			file := must(os.ReadFile(path))(t)
			first, _, _ := bytes.Cut(file, []byte("\n---\n"))
			w.owner = &v1alpha1.InterviewTracker{}
			w.ok(yaml.Unmarshal(bytes.ReplaceAll(first, []byte("people"), []byte(w.namespace)), w.owner))
			output := must(desired.Build(t.Context(), w.owner, &snapshot.Snapshot{NewPasswords: map[v1alpha1.Component]string{
				v1alpha1.ComponentDatabase: password, v1alpha1.ComponentRedis: password,
			}}, catalog.Default()))(t)
			var children []client.Object
			for _, object := range slices.Concat(output.Objects, output.Deferred) {
				children = append(children, object)
			}
			w.settles(children...)
		})
	}
}

func TestAnyMixOfFieldsSettles(t *testing.T) {
	w := newWorld(t)
	random := rand.New(rand.NewPCG(1, 2))
	var children []client.Object
	for i := range 40 {
		d := w.deployment()
		d.Name = fmt.Sprintf("mix-%d", i)
		pod := &d.Spec.Template.Spec
		api := &pod.Containers[0]
		for _, omit := range []func(){
			func() { d.Spec.Replicas = nil },
			func() { d.Spec.Strategy = appsv1.DeploymentStrategy{} },
			func() { d.Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType} },
			func() { pod.SecurityContext = nil },
			func() { pod.SecurityContext = &corev1.PodSecurityContext{} },
			func() { pod.Tolerations = nil },
			func() { pod.Affinity = nil },
			func() { pod.Affinity = &corev1.Affinity{} },
			func() { pod.TopologySpreadConstraints = nil },
			func() { pod.InitContainers = nil },
			func() { pod.TerminationGracePeriodSeconds = new(int64(0)) },
			func() { api.Ports = nil },
			func() { api.Env = api.Env[:2] },
			func() { api.EnvFrom = nil },
			func() { api.Resources = corev1.ResourceRequirements{} },
			func() { api.LivenessProbe = nil },
			func() { api.ReadinessProbe.InitialDelaySeconds = 0; api.ReadinessProbe.FailureThreshold = 9 },
			func() { api.SecurityContext = &corev1.SecurityContext{} },
		} {
			if random.IntN(3) == 0 {
				omit()
			}
		}
		children = append(children, d)
	}
	w.settles(children...)
}

func TestQuantitiesAreComparedByValue(t *testing.T) {
	w := newWorld(t)
	spellings := []string{
		"1", "1000m", "1.5", "0.1", "100m", "0.0001", "1500u", "1e3", "1E3", "2k", "2000", "1Mi", "1024Ki", "1048576",
		"0.5Gi", "1.25Gi", "123456789", "1G", "1000M", "0",
	}
	d := w.deployment()
	d.Spec.Template.Spec.Containers = nil
	for i, spelling := range spellings {
		q := resource.MustParse(spelling)
		d.Spec.Template.Spec.Containers = append(d.Spec.Template.Spec.Containers, corev1.Container{
			Name: fmt.Sprintf("c%d", i), Image: "i",
			Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceCPU: q}},
		})
		d.Spec.Template.Spec.Volumes = append(d.Spec.Template.Spec.Volumes, corev1.Volume{
			Name:         fmt.Sprintf("v%d", i),
			VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: &q}},
		})
	}
	w.settles(d)

	// The same value, written in another way by another manager, is no drift.
	edit(w, w.deployment(), "kubectl-edit", func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.Volumes[3+11].EmptyDir.SizeLimit = new(resource.MustParse("1048576"))
		d.Spec.Template.Spec.Containers[9].Resources.Limits[corev1.ResourceCPU] = resource.MustParse("2000")
	})
	w.writes(0, func() { w.apply(d) })
}

// drift compares a child to what the API server holds of it after a change.
func (w *world) drift(child client.Object, change func(live client.Object)) []string {
	w.Helper()
	live, ok := child.DeepCopyObject().(client.Object)
	if !ok {
		w.Fatalf("%T is no object", child)
	}
	w.ok(w.Get(w.Context(), client.ObjectKeyFromObject(child), live))
	change(live)
	intent := must(w.engine.NewIntent(child))(w)
	return intent.Drift(must(intent.Live(live))(w))
}

func TestFieldsOfOthersAreNoDriftExceptWithinAtomics(t *testing.T) {
	w := newWorld(t)
	w.apply(w.children()...)
	pod := func(live client.Object) *corev1.PodSpec {
		d, _ := live.(*appsv1.Deployment)
		return &d.Spec.Template.Spec
	}
	peer := func(live client.Object) *networkingv1.NetworkPolicyPeer {
		p, _ := live.(*networkingv1.NetworkPolicy)
		return &p.Spec.Ingress[0].From[0]
	}
	for name, c := range map[string]struct {
		child  client.Object
		change func(client.Object)
		want   []string
	}{
		"nothing": {w.deployment(), func(client.Object) {}, nil},
		"label":   {w.deployment(), func(live client.Object) { live.GetLabels()["team"] = "a" }, nil},
		"restart annotation": {w.deployment(), func(live client.Object) {
			d, _ := live.(*appsv1.Deployment)
			d.Spec.Template.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "now"}
		}, nil},
		"finalizer": {w.deployment(), func(live client.Object) { live.SetFinalizers([]string{"a/b"}) }, nil},
		"injected variable": {w.deployment(), func(live client.Object) {
			pod(live).Containers[0].Env = append(pod(live).Containers[0].Env, corev1.EnvVar{Name: "A", Value: "b"})
		}, nil},
		"injected container, in front": {w.deployment(), func(live client.Object) {
			pod(live).Containers = slices.Insert(pod(live).Containers, 0, corev1.Container{Name: "sidecar"})
		}, nil},
		"second value of a variable": {w.deployment(), func(live client.Object) {
			pod(live).Containers[0].Env = append(pod(live).Containers[0].Env, corev1.EnvVar{Name: "PORT", Value: "1"})
		}, []string{
			`spec.template.spec.containers[name="api"].env[name="PORT"].value`, `order of spec.template.spec.containers[name="api"].env`,
		}},
		"container gone": {w.deployment(), func(live client.Object) {
			pod(live).Containers[0].Name = "other"
		}, []string{`spec.template.spec.containers[name="api"]`}},
		"probe gone": {w.deployment(), func(live client.Object) {
			pod(live).Containers[0].LivenessProbe = nil
		}, []string{`spec.template.spec.containers[name="api"].livenessProbe`}},
		"added to an atomic list": {w.deployment(), func(live client.Object) {
			pod(live).Tolerations = append(pod(live).Tolerations, corev1.Toleration{Operator: corev1.TolerationOpExists})
		}, []string{"spec.template.spec.tolerations"}},
		"added argument": {w.deployment(), func(live client.Object) {
			pod(live).Containers[0].Args = append(pod(live).Containers[0].Args, "--debug")
		}, []string{`spec.template.spec.containers[name="api"].args`}},
		"added to an atomic map": {w.deployment(), func(live client.Object) {
			pod(live).NodeSelector["zone"] = "a"
		}, []string{"spec.template.spec.nodeSelector"}},
		"a peer widened to all namespaces": {w.networkPolicy(), func(live client.Object) {
			peer(live).NamespaceSelector = &metav1.LabelSelector{}
		}, []string{"spec.ingress"}},
		"a peer widened to all pods": {w.networkPolicy(), func(live client.Object) {
			peer(live).PodSelector = &metav1.LabelSelector{}
		}, []string{"spec.ingress"}},
		"label removed": {w.service(), func(live client.Object) {
			delete(live.GetLabels(), v1alpha1.LabelTracker)
		}, []string{`metadata.labels["` + v1alpha1.LabelTracker + `"]`}},
		"owner removed": {w.service(), func(live client.Object) {
			live.SetOwnerReferences(nil)
		}, []string{"metadata.ownerReferences"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := w.drift(c.child, c.change); !slices.Equal(got, c.want) {
				t.Errorf("drift %q, want %q", got, c.want)
			}
		})
	}
}

// Every leaf of every intent is changed, and removed, in what the API server
// answered, one at a time.
func TestEveryEditOfOurFieldsIsFound(t *testing.T) {
	w := newWorld(t)
	w.apply(w.children()...)
	for _, child := range w.children() {
		intent := must(w.engine.NewIntent(child))(t)
		live, ok := child.DeepCopyObject().(client.Object)
		if !ok {
			t.Fatalf("%T is no object", child)
		}
		w.ok(w.Get(t.Context(), client.ObjectKeyFromObject(child), live))
		fields := must(intent.Live(live))(t)
		if got := intent.Drift(fields); len(got) != 0 {
			t.Errorf("%T: drift %v without an edit", child, got)
		}
		edits := 0
		eachEdit(fmt.Sprintf("%T", child), intent.Fields(), fields, func(what string) {
			edits++
			if len(intent.Drift(fields)) == 0 {
				t.Errorf("%s goes unnoticed", what)
			}
		})
		if edits < 10 {
			t.Errorf("%T: %d edits", child, edits)
		}
	}
}

// eachEdit calls try with each single edit of a leaf of want made in live. The API
// server keeps the order of lists.
func eachEdit(path string, want, live any, try func(what string)) {
	switch want := want.(type) {
	case map[string]any:
		live, _ := live.(map[string]any)
		for name, value := range want {
			path := path + "." + name
			before := live[name]
			if _, isMap := value.(map[string]any); !isMap {
				if _, isList := value.([]any); !isList {
					live[name] = edited(before)
					try(path + " changed")
				}
			}
			delete(live, name)
			try(path + " removed")
			live[name] = before
			eachEdit(path, value, before, try)
		}
	case []any:
		live, _ := live.([]any)
		for i := range want {
			path := fmt.Sprintf("%s[%d]", path, i)
			before := live[i]
			if _, isMap := want[i].(map[string]any); !isMap {
				live[i] = edited(before)
				try(path + " changed")
				live[i] = before
			}
			eachEdit(path, want[i], before, try)
		}
	}
}

func edited(value any) any {
	switch value := value.(type) {
	case string:
		if q, err := resource.ParseQuantity(value); err == nil {
			q.Add(resource.MustParse("1"))
			return q.String()
		}
		return value + "-edited"
	case int64:
		return value + 1
	case bool:
		return !value
	default:
		panic(fmt.Sprintf("%T is no leaf", value))
	}
}

func TestIntentHoldsOnlyWhatWasSet(t *testing.T) {
	w := newWorld(t)
	set := w.statefulSet()
	set.Spec.Template.Spec = corev1.PodSpec{
		Containers: []corev1.Container{{Name: "a"}},
		Volumes:    []corev1.Volume{{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
	}
	set.ResourceVersion, set.UID = "5", "x"
	fields := must(w.engine.NewIntent(set))(t).Fields()
	delete(fields, "metadata")
	var want map[string]any
	w.ok(yaml.Unmarshal([]byte(`
apiVersion: apps/v1
kind: StatefulSet
spec:
  serviceName: hiring-database
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain}
  selector: {matchLabels: {pod: hiring-api}}
  template:
    metadata: {labels: {pod: hiring-api}}
    spec:
      containers: [{name: a}]
      volumes: [{name: tmp, emptyDir: {}}]
  volumeClaimTemplates:
  - metadata: {name: data, labels: {apps.interviewtracker.dev/tracker: hiring}}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`), &want))
	if got := runtime.DeepCopyJSON(fields); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
