// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/observe"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// wantedKinds are the kinds of monitoring objects that a tracker wants and a Prometheus selects, sorted.
func wantedKinds(spec *v1alpha1.InterviewTrackerSpec) []string {
	var wanted []string
	if *spec.GetAlerts().Enabled {
		wanted = append(wanted, kinds.PrometheusRule.Kind)
	}
	if *spec.GetServiceMonitor().Enabled {
		wanted = append(wanted, kinds.ServiceMonitor.Kind)
	}
	if spec.GetSynthetic() != nil {
		wanted = append(wanted, kinds.Probe.Kind)
	}
	slices.Sort(wanted)
	return wanted
}

// monitoring is the check that the kinds are installed, and that a Prometheus selects the tracker's objects.
func monitoring(f Facts, n *Namespace, t *Tracker) findings {
	var found findings
	wanted := wantedKinds(&t.Object.Spec)
	if len(wanted) == 0 {
		found.pass("spec.monitoring enables nothing that a Prometheus selects")
		return found
	}
	if f.Kinds.Unread != "" {
		found.notChecked("", f.Kinds.Unread)
		return found
	}
	absent := slices.DeleteFunc(slices.Clone(wanted), f.Kinds.Value.Has)
	if len(absent) > 0 {
		found.warn("install the CRDs of prometheus-operator (group monitoring.coreos.com), or disable in spec.monitoring what needs them",
			"the cluster lacks %s: nothing monitors this", strings.Join(absent, ", "))
		return found
	}
	objects, unread := monitoringObjects(t, wanted)
	switch {
	case unread != "":
		found.notChecked("", unread)
	case f.Prometheuses.Unread != "":
		asReported(&found, t.Object, f.Prometheuses.Unread)
	case len(f.Prometheuses.Value) == 0:
		found.warn("install a Prometheus by prometheus-operator, or see that yours finds the ServiceMonitors",
			"the cluster has no Prometheus object that could select %s", strings.Join(wanted, ", "))
	default:
		selected(&found, f, n, objects, wanted)
	}
	return found
}

// monitoringObjects are those of a tracker, or why they are not known.
func monitoringObjects(t *Tracker, wanted []string) ([]status.MonitoringObject, string) {
	var objects []status.MonitoringObject
	for _, kind := range wanted {
		read := map[string]Read[[]Labelled]{
			kinds.ServiceMonitor.Kind: t.Monitors, kinds.PrometheusRule.Kind: t.Rules, kinds.Probe.Kind: t.Probes,
		}[kind]
		if read.Unread != "" {
			return nil, read.Unread
		}
		for _, o := range read.Value {
			objects = append(objects, status.MonitoringObject{Kind: kind, Name: o.Name, Labels: o.Labels})
		}
	}
	return objects, ""
}

// asReported is what the operator says of the Prometheus objects that the user can't see.
func asReported(found *findings, t *v1alpha1.InterviewTracker, why string) {
	c := meta.FindStatusCondition(t.Status.Conditions, v1alpha1.ConditionMonitoringReady)
	if c == nil || c.Status != metav1.ConditionTrue || c.Reason != v1alpha1.ReasonSelected {
		found.notChecked("see what the operator reports of MonitoringReady, under Status", why)
		return
	}
	found.pass("as the operator reports, %s", line(c.Message))
}

// selected is whether a Prometheus selects each object.
func selected(found *findings, f Facts, n *Namespace, objects []status.MonitoringObject, wanted []string) {
	for _, kind := range wanted {
		if !slices.ContainsFunc(objects, func(o status.MonitoringObject) bool { return o.Kind == kind }) {
			found.fail("see what the operator reports of MonitoringReady, under Status", "the tracker has no %s", kind)
		}
	}
	by := selecting(f.Prometheuses.Value, n.Name, f.NamespaceLabels[n.Name])
	selecting, unselected := status.Selectors(objects, by, kinds.Prometheus.Kind)
	for _, why := range unselected {
		found.fail("make the labels and the selector of one Prometheus match, as the message says", "%s", line(why))
	}
	if len(*found) == 0 {
		found.pass("Prometheus %s selects %s", strings.Join(selecting, ", "), strings.Join(wanted, ", "))
	}
}

// selecting are the Prometheus objects in relation to a namespace. While its labels are not known, each selector of
// namespaces counts as selecting it.
func selecting(prometheuses []monitoringv1.Prometheus, namespace string, known Read[map[string]string]) []snapshot.Selecting {
	matches := func(s *metav1.LabelSelector) bool {
		compiled, err := metav1.LabelSelectorAsSelector(s)
		return known.Unread != "" || err == nil && compiled.Matches(labels.Set(known.Value))
	}
	var all []snapshot.Selecting
	for i := range prometheuses {
		all = append(all, observe.SelectionBy(&prometheuses[i], namespace, matches))
	}
	return all
}

// scrapersOf are the Prometheus objects that select a ServiceMonitor of a tracker.
func scrapersOf(prometheuses []monitoringv1.Prometheus, namespace string, known Read[map[string]string], monitors []Labelled) []Scraper {
	var scrapers []Scraper
	for i, s := range selecting(prometheuses, namespace, known) {
		selector := s.Selectors[kinds.ServiceMonitor.Kind]
		if !selector.NamespaceMatches || !slices.ContainsFunc(monitors, func(m Labelled) bool { return selector.Matches(m.Labels) }) {
			continue
		}
		p := &prometheuses[i]
		podLabels := map[string]string{
			plugin.LabelName: "prometheus", "app.kubernetes.io/instance": p.Name, "app.kubernetes.io/managed-by": "prometheus-operator",
			"operator.prometheus.io/name": p.Name, "prometheus": p.Name,
		}
		if p.Spec.PodMetadata != nil {
			maps.Copy(podLabels, p.Spec.PodMetadata.Labels)
		}
		scrapers = append(scrapers, Scraper{
			Namespace: p.Namespace, Name: p.Name, Account: plugin.ServiceAccountUser(p.Namespace, p.Spec.ServiceAccountName), Labels: podLabels,
		})
	}
	return scrapers
}

// scrapeRights are what a Prometheus needs in the namespace of its targets.
func scrapeRights(p *monitoringv1.Prometheus) []Right {
	endpoints := Right{Resource: "endpoints"}
	if p.Spec.ServiceDiscoveryRole != nil && *p.Spec.ServiceDiscoveryRole == monitoringv1.EndpointSliceRole {
		endpoints = Right{Group: "discovery.k8s.io", Resource: "endpointslices"}
	}
	var rights []Right
	for _, of := range []Right{{Resource: "pods"}, {Resource: "services"}, endpoints} {
		for _, verb := range []string{"list", "watch"} {
			of.Verb = verb
			rights = append(rights, of)
		}
	}
	return rights
}

// scraping is the check that Prometheus may find the tracker's pods, and that its targets are up.
func scraping(f Facts, t *Tracker) findings {
	var found findings
	if !*t.Object.Spec.GetServiceMonitor().Enabled {
		found.pass("spec.monitoring.serviceMonitor is not enabled")
		return found
	}
	if len(t.Scrapers) == 0 {
		found.notChecked("see Monitoring",
			cmp.Or(f.Kinds.Unread, f.Prometheuses.Unread, t.Monitors.Unread, "no Prometheus that would scrape the tracker is known"))
		return found
	}
	for i := range t.Scrapers {
		mayDiscover(&found, t, &t.Scrapers[i])
		targets(&found, t, &t.Scrapers[i])
	}
	return found
}

// mayDiscover is whether a Prometheus may list what it scrapes.
func mayDiscover(found *findings, t *Tracker, s *Scraper) {
	account := strings.TrimPrefix(s.Account, "system:serviceaccount:")
	if _, name, _ := strings.Cut(account, ":"); !isName(name) {
		found.notChecked("correct its serviceAccountName",
			fmt.Sprintf("Prometheus %s/%s names a service account %q, which can't be one", s.Namespace, s.Name, line(name)))
		return
	}
	if s.Missing.Unread != "" {
		found.notChecked("have an administrator run this check", s.Missing.Unread)
		return
	}
	if len(s.Missing.Value) == 0 {
		found.pass("Prometheus %s/%s may find pods in namespace %s", s.Namespace, s.Name, t.Object.Namespace)
		return
	}
	var missing []string
	for _, r := range s.Missing.Value {
		missing = append(missing, r.String())
	}
	found.fail(fmt.Sprintf("give it a Role in this namespace: kubectl create role prometheus -n %[1]s --verb=get,list,watch "+
		"--resource=pods,services,endpoints,endpointslices.discovery.k8s.io && "+
		"kubectl create rolebinding prometheus -n %[1]s --role=prometheus --serviceaccount=%[2]s",
		t.Object.Namespace, account),
		"Prometheus %s/%s may not %s in namespace %s: it finds no targets", s.Namespace, s.Name, list(missing), t.Object.Namespace)
}

// targets is whether the targets are up.
func targets(found *findings, t *Tracker, s *Scraper) {
	if s.Targets.Unread != "" {
		found.notChecked(fmt.Sprintf("look at its page of targets: kubectl port-forward -n %s service/prometheus-operated 9090", s.Namespace), s.Targets.Unread)
		return
	}
	up, before := 0, len(*found)
	for _, m := range t.Monitors.Value {
		known := false
		for _, target := range s.Targets.Value {
			if target.Monitor != m.Name {
				continue
			}
			known = true
			if target.Health == "up" {
				up++
				continue
			}
			result := Fail
			if target.Health != "down" {
				result = Warn // It has not been scraped yet.
			}
			remedy := "look at NetworkPolicies, and at the log of the pod"
			if isName(target.Pod) {
				remedy += ": kubectl logs -n " + t.Object.Namespace + " " + target.Pod
			}
			found.add(result, remedy,
				"the target of ServiceMonitor %s at pod %s is %s in Prometheus %s/%s%s",
				m.Name, target.Pod, target.Health, s.Namespace, s.Name, because(target.Error))
		}
		if !known {
			found.warn("wait a minute, and see that the pods are ready: Prometheus finds targets by the endpoints of the Service",
				"Prometheus %s/%s has no target of ServiceMonitor %s", s.Namespace, s.Name, m.Name)
		}
	}
	if len(*found) == before {
		found.pass("Prometheus %s/%s: %s up", s.Namespace, s.Name, plugin.Count(up, "target"))
	}
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + line(why)
}
