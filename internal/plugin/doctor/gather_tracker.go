// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/observe"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// maxExplained bounds how many pods and claims of a tracker have their Events read.
const maxExplained = 20

// tracker reads what belongs to a tracker.
func (g *gatherer) tracker(ctx context.Context, f *Facts, read *plugin.Tracker) Tracker {
	object := read.InterviewTracker
	t := Tracker{Object: object, Unreadable: read.Unreadable, Warnings: map[string]snapshot.PodEvent{}, Complaints: map[string]string{}}
	own := client.MatchingLabels{v1alpha1.LabelTracker: object.Name}
	t.Pods = listed[corev1.Pod](ctx, g, &corev1.PodList{}, "pods", object.Namespace, own)
	for i := range t.Pods.Value {
		pod := &t.Pods.Value[i]
		silence(pod)
		if len(t.Warnings) < maxExplained && !snapshot.PodReady(pod) {
			t.Warnings[pod.Name] = observe.LastWarning(pod, g.warnings(ctx, pod, "Pod"))
		}
	}
	t.Claims = listed[corev1.PersistentVolumeClaim](ctx, g, &corev1.PersistentVolumeClaimList{}, "persistentvolumeclaims", object.Namespace, own)
	for i := range t.Claims.Value {
		claim := &t.Claims.Value[i]
		if claim.Status.Phase != corev1.ClaimBound && len(t.Complaints) < maxExplained {
			if events := g.warnings(ctx, claim, "PersistentVolumeClaim"); len(events) > 0 {
				t.Complaints[claim.Name] = line(events[len(events)-1].Message)
			}
		}
	}
	g.references(ctx, &t)
	g.monitoring(ctx, f, &t, own)
	t.Usage = g.usage(ctx, object)
	return t
}

// silence takes out of a pod what its containers may have printed: it may have what is in Secrets.
func silence(pod *corev1.Pod) {
	pod.Status.Message = words.WithoutPasswordInURL(pod.Status.Message)
	for _, all := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range all {
			for _, ended := range []*corev1.ContainerStateTerminated{all[i].State.Terminated, all[i].LastTerminationState.Terminated} {
				if ended != nil {
					ended.Message = ""
				}
			}
			if w := all[i].State.Waiting; w != nil {
				if !slices.Contains(fromKubelet, w.Reason) {
					w.Message = ""
				}
				w.Message = words.WithoutPasswordInURL(w.Message)
			}
		}
	}
}

// fromKubelet are the reasons of waiting containers whose messages have nothing of a container: it has not been created.
var fromKubelet = []string{
	"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
	"SignatureValidationFailed", "CreateContainerConfigError",
}

// warnings are the latest warnings about an object, in the order of the API server. They are a help: what can't be read is left out.
func (g *gatherer) warnings(ctx context.Context, object client.Object, kind string) []corev1.Event {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var events corev1.EventList
	err := g.cluster.Client.List(ctx, &events, client.InNamespace(object.GetNamespace()), client.Limit(pageSize), client.MatchingFields{
		"involvedObject.kind": kind, "involvedObject.name": object.GetName(), "type": corev1.EventTypeWarning,
	})
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(events.Items, func(e corev1.Event) bool { return e.InvolvedObject.UID != object.GetUID() })
}

// data is what a Secret or a ConfigMap has. It stays in this file.
type data struct {
	exists bool
	kind   corev1.SecretType
	values map[string][]byte
	unread string
}

// looking looks at keys of a namespace, and reads each object once.
func (g *gatherer) looking(ctx context.Context, namespace string) func(Reference) Found {
	seen := map[string]data{}
	return func(r Reference) Found {
		d, read := seen[r.Kind+"/"+r.Name]
		if !read {
			d = g.data(ctx, namespace, r.Kind, r.Name)
			seen[r.Kind+"/"+r.Name] = d
		}
		if !d.exists {
			return Found{Reference: r, Unread: d.unread}
		}
		return examine(r, d.kind, d.values)
	}
}

// references looks at the keys that a tracker names, and at the certificates of the Ingresses that lead to it.
func (g *gatherer) references(ctx context.Context, t *Tracker) {
	namespace := t.Object.Namespace
	look := g.looking(ctx, namespace)
	for _, r := range referencesOf(t.Object) {
		t.References = append(t.References, look(r))
	}
	ingresses := listed[networkingv1.Ingress](ctx, g, &networkingv1.IngressList{}, "ingresses", namespace)
	t.Ingresses.Unread = ingresses.Unread
	for _, r := range ingressCertificates(t.Object, ingresses.Value) {
		t.Ingresses.Value = append(t.Ingresses.Value, look(r))
	}
}

// ingressCertificates are the certificates of the Ingresses that lead to a tracker.
func ingressCertificates(t *v1alpha1.InterviewTracker, ingresses []networkingv1.Ingress) []Reference {
	var all []Reference
	for i := range ingresses {
		if !leadsTo(&ingresses[i], t) {
			continue
		}
		for _, tls := range ingresses[i].Spec.TLS {
			if tls.SecretName != "" {
				all = append(all, Reference{
					Field: "Ingress " + ingresses[i].Name, Kind: kindSecret, Name: tls.SecretName, Key: corev1.TLSCertKey,
					Holds: observe.HoldsCertificates, Served: true,
				})
			}
		}
	}
	return all
}

// leadsTo reports whether an Ingress leads to a component of a tracker.
func leadsTo(ingress *networkingv1.Ingress, t *v1alpha1.InterviewTracker) bool {
	own := func(b *networkingv1.IngressBackend) bool {
		return b != nil && b.Service != nil && slices.ContainsFunc(parts.Components, func(c component) bool { return b.Service.Name == t.ChildName(c.Name) })
	}
	if own(ingress.Spec.DefaultBackend) {
		return true
	}
	for _, rule := range ingress.Spec.Rules {
		if rule.HTTP != nil && slices.ContainsFunc(rule.HTTP.Paths, func(p networkingv1.HTTPIngressPath) bool { return own(&p.Backend) }) {
			return true
		}
	}
	return false
}

// data reads a Secret or a ConfigMap.
func (g *gatherer) data(ctx context.Context, namespace, kind, name string) data {
	key := client.ObjectKey{Namespace: namespace, Name: name}
	if kind == kindConfigMap {
		config := &corev1.ConfigMap{}
		exists, why := g.object(ctx, key, config, "configmap")
		values := config.BinaryData
		if values == nil {
			values = map[string][]byte{}
		}
		for name, value := range config.Data {
			values[name] = []byte(value)
		}
		return data{exists: exists, values: values, unread: why}
	}
	secret := &corev1.Secret{}
	exists, why := g.object(ctx, key, secret, "secret")
	return data{exists, secret.Type, secret.Data, why}
}

// monitoring reads the monitoring objects of a tracker, and what the Prometheus objects that select it know.
func (g *gatherer) monitoring(ctx context.Context, f *Facts, t *Tracker, own client.ListOption) {
	namespace := t.Object.Namespace
	if f.Kinds.Value.Has(kinds.ServiceMonitor.Kind) {
		monitors := listed[monitoringv1.ServiceMonitor](ctx, g, &monitoringv1.ServiceMonitorList{}, "servicemonitors", namespace, own)
		t.Monitors = labelled(monitors, func(m *monitoringv1.ServiceMonitor) Labelled {
			return Labelled{m.Name, m.Labels, len(m.Spec.Endpoints)}
		})
	}
	if f.Kinds.Value.Has(kinds.PrometheusRule.Kind) {
		rules := listed[monitoringv1.PrometheusRule](ctx, g, &monitoringv1.PrometheusRuleList{}, "prometheusrules", namespace, own)
		t.Rules = labelled(rules, func(r *monitoringv1.PrometheusRule) Labelled { return Labelled{Name: r.Name, Labels: r.Labels} })
	}
	if f.Kinds.Value.Has(kinds.Probe.Kind) {
		probes := listed[monitoringv1.Probe](ctx, g, &monitoringv1.ProbeList{}, "probes", namespace, own)
		t.Probes = labelled(probes, func(p *monitoringv1.Probe) Labelled { return Labelled{Name: p.Name, Labels: p.Labels} })
	}
	t.Scrapers = scrapersOf(f.Prometheuses.Value, namespace, f.NamespaceLabels[namespace], t.Monitors.Value)
	for i := range t.Scrapers {
		s := &t.Scrapers[i]
		g.labelsOf(ctx, f, s.Namespace)
		for j := range f.Prometheuses.Value {
			if p := &f.Prometheuses.Value[j]; p.Namespace == s.Namespace && p.Name == s.Name {
				s.Missing = g.missing(ctx, s.Account, namespace, scrapeRights(p))
				s.Targets = g.targets(ctx, p, t)
			}
		}
	}
}

// labelled are objects as far as it matters for who selects them.
func labelled[T any](objects Read[[]T], of func(*T) Labelled) Read[[]Labelled] {
	all := Read[[]Labelled]{Unread: objects.Unread}
	for i := range objects.Value {
		all.Value = append(all.Value, of(&objects.Value[i]))
	}
	return all
}

// answerOfTargets is Prometheus's answer about its targets.
type answerOfTargets struct {
	Data struct {
		ActiveTargets []struct {
			Labels     map[string]string `json:"labels"`
			ScrapePool string            `json:"scrapePool"`
			Health     string            `json:"health"`
			LastError  string            `json:"lastError"`
		} `json:"activeTargets"`
	} `json:"data"`
}

// targets asks a Prometheus for the targets of a tracker, through the API server.
func (g *gatherer) targets(ctx context.Context, p *monitoringv1.Prometheus, t *Tracker) Read[[]Target] {
	service, port, scheme := "prometheus-operated", p.Spec.PortName, ""
	if p.Spec.ServiceName != nil && *p.Spec.ServiceName != "" {
		service = *p.Spec.ServiceName
	}
	if port == "" {
		port = "web"
	}
	if p.Spec.Web != nil && p.Spec.Web.TLSConfig != nil {
		scheme = "https:"
	}
	for _, name := range []string{service, port} {
		// Whoever writes a Prometheus object must not choose what else the user's rights are used for.
		if len(validation.IsDNS1123Label(name)) > 0 {
			return Read[[]Target]{Unread: fmt.Sprintf("Prometheus %s/%s names a Service or a port %q, which can't be one", p.Namespace, p.Name, line(name))}
		}
	}
	at := fmt.Sprintf("/api/v1/namespaces/%s/services/%s%s:%s/proxy", p.Namespace, scheme, service, port) +
		path.Join("/", p.Spec.RoutePrefix, "api/v1/targets") // Each .. ends at the /, and the request escapes the rest.
	var found []Target
	for _, m := range t.Monitors.Value {
		for i := range m.Endpoints {
			pool := fmt.Sprintf("serviceMonitor/%s/%s/%d", t.Object.Namespace, m.Name, i)
			answer := answerOfTargets{}
			err := g.getJSON(ctx, at, map[string]string{"state": "active", "scrapePool": pool}, &answer)
			if apierrors.IsForbidden(err) {
				const why = "you may not get services/proxy of %s in namespace %s, by which Prometheus is asked"
				return Read[[]Target]{Unread: fmt.Sprintf(why, service, p.Namespace)}
			}
			if err != nil {
				return Read[[]Target]{Unread: unread(err, fmt.Sprintf("ask Prometheus %s through Service %s", p.Name, service), p.Namespace)}
			}
			for _, a := range answer.Data.ActiveTargets {
				if a.ScrapePool == pool { // Older versions of Prometheus return all.
					found = append(found, Target{
						Monitor: m.Name, Pod: line(a.Labels["pod"]), Health: line(strings.ToLower(a.Health)), Error: line(a.LastError),
					})
				}
			}
		}
	}
	return Read[[]Target]{Value: found}
}

// answerOfMetrics is metrics-server's answer about pods.
type answerOfMetrics struct {
	Items []struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
		Containers []struct {
			Name  string              `json:"name"`
			Usage corev1.ResourceList `json:"usage"`
		} `json:"containers"`
	} `json:"items"`
}

// usage reads what the containers of a tracker use, from metrics-server.
func (g *gatherer) usage(ctx context.Context, t *v1alpha1.InterviewTracker) Read[map[ContainerKey]corev1.ResourceList] {
	answer := answerOfMetrics{}
	err := g.getJSON(ctx, "/apis/metrics.k8s.io/v1beta1/namespaces/"+t.Namespace+"/pods", map[string]string{
		"labelSelector": v1alpha1.LabelTracker + "=" + t.Name,
	}, &answer)
	switch {
	case apierrors.IsNotFound(err), apierrors.IsServiceUnavailable(err):
		return Read[map[ContainerKey]corev1.ResourceList]{Unread: "the cluster has no metrics-server that works (metrics.k8s.io)"}
	case err != nil:
		return Read[map[ContainerKey]corev1.ResourceList]{Unread: unread(err, "list pods.metrics.k8s.io", t.Namespace)}
	}
	used := map[ContainerKey]corev1.ResourceList{}
	for _, pod := range answer.Items {
		for _, c := range pod.Containers {
			used[ContainerKey{pod.Metadata.Name, c.Name}] = c.Usage
		}
	}
	return Read[map[ContainerKey]corev1.ResourceList]{Value: used}
}
