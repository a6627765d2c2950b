// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/events"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/owned"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/podlog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/status"
)

// gatherer reads everything about a tracker into a bundle.
type gatherer struct {
	cluster *plugin.Cluster
	name    string
	open    podlog.Opener
	bundle  *bundle
	judge   judge

	tracker map[string]any
	objects []client.Object
	pods    []corev1.Pod
	// references are those to Secrets, of the tracker and all its objects, and byPod those of each pod.
	references []reference
	byPod      map[string][]reference
}

// newGatherer returns one that leaves out what can't be masked, or adds that too.
func newGatherer(cluster *plugin.Cluster, name string, open podlog.Opener, unmasked bool) *gatherer {
	return &gatherer{
		cluster: cluster, name: name, open: open, bundle: newBundle(&masker{}),
		judge: judge{secrets: map[string]knownSecret{}, all: unmasked}, byPod: map[string][]reference{},
	}
}

// gather reads everything. What can't be read is noted in the bundle; only without the tracker there is
// no report.
func (g *gatherer) gather(ctx context.Context, now time.Time) error {
	if err := g.readObjects(ctx); err != nil {
		return err
	}
	g.readSecrets(ctx)
	g.addLiterals()

	// From here on the bundle's masker knows what it can know.
	g.addStatus(ctx, now)
	g.addObjects()
	g.addEvents(ctx)
	g.addVersions(ctx)
	g.bundle.addLogs(ctx, g.open, "", g.pods, func(pod *corev1.Pod, started time.Time) string {
		return g.judge.withheld(pod, g.byPod[pod.Name], started)
	})
	g.addOperator(ctx)
	g.bundle.add("README.txt", []byte(readmeOf(g.cluster.Namespace, g.name, g.judge.all, now)))
	g.bundle.finish()
	return nil
}

func (g *gatherer) readObjects(ctx context.Context) error {
	tracker, err := g.cluster.GetWholeTracker(ctx, g.name)
	if err != nil {
		return err
	}
	g.tracker = tracker.Object
	objects, problems := owned.List(ctx, g.cluster.Client, g.cluster.Namespace, g.name, owned.Whole)
	g.objects = objects
	for _, err := range problems {
		g.bundle.problem("%s", err)
	}

	all := map[reference]bool{}
	note := func(found []reference) {
		for _, r := range found {
			all[r] = true
		}
	}
	note(references(g.tracker))
	for _, object := range objects {
		whole, is := object.(*unstructured.Unstructured)
		if !is { // Only the metadata of Secrets is read.
			note([]reference{{name: object.GetName()}})
			continue
		}
		found := references(whole.Object)
		note(found)
		if whole.GetKind() != "Pod" {
			continue
		}
		var pod corev1.Pod
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(whole.Object, &pod); err != nil {
			g.bundle.problem("Pod %s: %s", whole.GetName(), err)
			continue
		}
		g.pods = append(g.pods, pod)
		g.byPod[pod.Name] = found
	}
	g.references = slices.SortedFunc(maps.Keys(all), func(a, b reference) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(fmt.Sprint(a.pull), fmt.Sprint(b.pull)))
	})
	return nil
}

// readSecrets reads the Secrets that the tracker owns or names, to mask their values.
func (g *gatherer) readSecrets(ctx context.Context) {
	headers, key := headersOf(g.tracker)
	chosen := selected(g.tracker)
	for _, r := range g.references {
		if _, done := g.judge.secrets[r.name]; done {
			continue
		}
		secret := &corev1.Secret{}
		err := g.cluster.Client.Get(ctx, types.NamespacedName{Namespace: g.cluster.Namespace, Name: r.name}, secret)
		if err != nil {
			known := knownSecret{problem: problemUnreadable}
			if apierrors.IsNotFound(err) {
				known.problem = problemMissing
			}
			g.judge.secrets[r.name] = known
			g.bundle.problem("Secret %s: its values can't be masked: %s", r.name, err)
			continue
		}
		g.judge.secrets[r.name] = knownSecret{changed: changedAt(secret), immutable: secret.Immutable != nil && *secret.Immutable}
		for _, k := range slices.Sorted(maps.Keys(secret.Data)) {
			value, all := secret.Data[k], true
			switch {
			case r.name == headers && k == key:
				g.bundle.masker.addHeaders(string(value))
			case chosen[selection{r.name, k}]: // Whatever its name is.
				all = g.bundle.masker.addValue(string(value))
			default:
				all = g.bundle.masker.addSecret(k, value)
			}
			if !all {
				g.bundle.warn("Secret %s, key %s: its pieces of fewer than five characters are not masked, as they are too many", r.name, k)
			}
		}
		g.addSecret(secret)
	}
}

// headersOf returns the Secret and the key of the headers of telemetry.
func headersOf(tracker map[string]any) (name, key string) {
	// Without the fields, both are empty.
	name, _, _ = unstructured.NestedString(tracker, "spec", "telemetry", "headers", "secretKeyRef", "name")
	key, _, _ = unstructured.NestedString(tracker, "spec", "telemetry", "headers", "secretKeyRef", "key")
	return name, key
}

// addSecret adds a Secret without its values. It is masked with the other objects.
func (g *gatherer) addSecret(secret *corev1.Secret) {
	keys := map[string]any{}
	for key := range secret.Data {
		keys[key] = "(not shown)"
	}
	metadata, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&metav1.PartialObjectMetadata{ObjectMeta: secret.ObjectMeta})
	if err != nil {
		g.bundle.problem("Secret %s: %s", secret.Name, err)
		return
	}
	object := &unstructured.Unstructured{Object: map[string]any{"metadata": metadata["metadata"], "type": string(secret.Type), "data": keys}}
	object.SetGroupVersionKind(kinds.Secret)
	if secret.Immutable != nil {
		object.Object["immutable"] = *secret.Immutable
	}
	g.objects = slices.DeleteFunc(g.objects, func(o client.Object) bool {
		return o.GetObjectKind().GroupVersionKind() == kinds.Secret && o.GetName() == secret.Name
	})
	g.objects = append(g.objects, object)
}

// addLiterals has values under names of secrets be masked wherever else they stand.
func (g *gatherer) addLiterals() {
	found := literals(g.tracker)
	for _, object := range g.objects {
		if whole, is := object.(*unstructured.Unstructured); is && whole.GroupVersionKind() != kinds.Secret {
			found = append(found, literals(whole.Object)...)
		}
	}
	for _, value := range found {
		if distinct(value) {
			g.bundle.masker.addValue(value)
		}
	}
	if g.bundle.masker.secrets.All() {
		g.bundle.warn("everything is masked: the Secrets have too many values of fewer than five characters")
	}
}

// addStatus adds what kubectl tracker status prints. It is masked before it is laid out: a word that is broken off at
// the end of a line would not be known.
func (g *gatherer) addStatus(ctx context.Context, now time.Time) {
	tracker, err := plugin.Decode(&unstructured.Unstructured{Object: g.bundle.masker.redacted(g.tracker)})
	if err != nil {
		g.bundle.problem("status.txt: %s", err)
		return
	}
	whole := &unstructured.Unstructured{Object: g.tracker}
	tracker.ManagedFields = whole.GetManagedFields() // They say when it was changed.
	// What belongs to it is found by these.
	tracker.Namespace, tracker.Name, tracker.UID = whole.GetNamespace(), whole.GetName(), whole.GetUID()
	text := status.Text(ctx, g.cluster, tracker, metav1.NewTime(now), func(e *corev1.Event) {
		e.Message, _ = g.messageOf(e)
	})
	g.bundle.add("status.txt", []byte(text))
}

func (g *gatherer) addObjects() {
	g.addObject("tracker.yaml", g.tracker)
	for i := range g.pods {
		pod := &g.pods[i]
		reason := g.judge.withheld(pod, g.byPod[pod.Name], time.Time{})
		if reason == "" {
			continue
		}
		for _, object := range g.objects {
			if whole, is := object.(*unstructured.Unstructured); is && whole.GetUID() == pod.UID {
				withholdMessages(whole.Object, reason)
			}
		}
	}
	for _, object := range g.objects {
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			g.bundle.problem("%s %s: %s", object.GetObjectKind().GroupVersionKind().Kind, object.GetName(), err)
			continue
		}
		g.addObject("objects/"+strings.ToLower(object.GetObjectKind().GroupVersionKind().Kind)+"/"+object.GetName()+".yaml", fields)
	}
}

// addObject adds an object without its secrets.
func (g *gatherer) addObject(path string, object map[string]any) {
	text, err := yaml.Marshal(g.bundle.masker.redacted(object))
	if err != nil {
		g.bundle.problem("%s: %s", path, err)
		return
	}
	g.bundle.add(path, text)
}

func (g *gatherer) addEvents(ctx context.Context) {
	found, err := events.Read(ctx, g.cluster, g.name)
	if err != nil {
		g.bundle.problem("events.txt: %s", err)
		return
	}
	all := make([]events.Event, 0, len(found))
	for i := range found {
		message, reason := g.messageOf(&found[i])
		e := events.Of(&found[i])
		e.Message = message
		if reason != "" {
			g.bundle.withhold("events.txt: the message "+e.Reason+" of "+e.Object, reason)
		}
		all = append(all, e)
	}
	events.Sort(all)
	var out bytes.Buffer
	if err := events.Print(&out, all, plugin.Colors{}); err != nil {
		g.bundle.problem("events.txt: %s", err)
	}
	g.bundle.add("events.txt", out.Bytes())
}

// messageOf returns the message of an event as it may be in the report, and why it is withheld, if it is.
func (g *gatherer) messageOf(event *corev1.Event) (message, withheld string) {
	message = event.Message
	if withheld = g.withheldOf(event); withheld != "" {
		message = withheldText(withheld)
	}
	return g.bundle.masker.text(message), withheld
}

// withheldOf returns why the message of an event must not be in the report, or nothing. The kubelet
// quotes what containers have said in events of pods.
func (g *gatherer) withheldOf(event *corev1.Event) string {
	if event.InvolvedObject.Kind != "Pod" || event.Source.Component != "kubelet" && event.ReportingController != "kubelet" {
		return ""
	}
	i := slices.IndexFunc(g.pods, func(p corev1.Pod) bool { return p.UID == event.InvolvedObject.UID })
	if i < 0 {
		return g.judge.withheldOf(events.Of(event), g.references)
	}
	return g.judge.withheld(&g.pods[i], g.byPod[g.pods[i].Name], time.Time{})
}
