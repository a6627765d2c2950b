// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// withoutPolicy are what the operator may write and no policy limits: Events and reviews
// say nothing about other objects, and RBAC grants no more than the status of trackers.
var withoutPolicy = sets.New(
	"/events", "authentication.k8s.io/tokenreviews", "authorization.k8s.io/subjectaccessreviews",
	"apps.interviewtracker.dev/interviewtrackers/status", "apps.interviewtracker.dev/interviewtrackers/finalizers",
)

// Each right to write is limited by a policy, for each operation that it permits.
func TestPoliciesCoverTheRightsToWrite(t *testing.T) {
	t.Parallel()
	operations := map[string][]string{
		"create": {"CREATE"}, "update": {"UPDATE"}, "patch": {"UPDATE"}, "delete": {"DELETE"}, "deletecollection": {"DELETE"},
	}
	granted, limited := sets.New[string](), sets.New[string]()
	objects, err := kustomized("rbac")
	must(t, err)
	for _, object := range objects {
		own := strings.HasPrefix(object.GetName(), "interview-tracker-operator")
		if !own || object.GetKind() != "ClusterRole" && object.GetKind() != "Role" {
			continue
		}
		var role rbacv1.ClusterRole // A Role has the same rules.
		must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &role))
		for _, rule := range role.Rules {
			for _, verb := range rule.Verbs {
				granted.Insert(each(rule.APIGroups, rule.Resources, operations[verb])...)
			}
		}
	}
	objects, err = kustomized("admission")
	must(t, err)
	bound := sets.New[string]()
	for _, object := range objects {
		switch object.GetKind() {
		case "ValidatingAdmissionPolicyBinding":
			var binding admissionregistrationv1.ValidatingAdmissionPolicyBinding
			must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &binding))
			if !slices.Equal(binding.Spec.ValidationActions, []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny}) {
				t.Errorf("%s does not deny", binding.Name)
			}
			bound.Insert(binding.Spec.PolicyName)
		case "ValidatingAdmissionPolicy":
			var policy admissionregistrationv1.ValidatingAdmissionPolicy
			must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &policy))
			if len(policy.Spec.MatchConditions) != 1 || !strings.HasSuffix(policy.Spec.MatchConditions[0].Expression, `== "`+account+`"`) {
				t.Errorf("%s is about another user: %v", policy.Name, policy.Spec.MatchConditions)
			}
			for _, rule := range policy.Spec.MatchConstraints.ResourceRules {
				var of []string
				for _, operation := range rule.Operations {
					of = append(of, string(operation))
				}
				limited.Insert(each(rule.APIGroups, rule.Resources, of)...)
			}
			defer func() {
				if !bound.Has(policy.Name) {
					t.Errorf("%s has no binding", policy.Name)
				}
			}()
		}
	}
	for right := range granted {
		what, _, _ := strings.Cut(right, " ")
		if limited.Has(right) == withoutPolicy.Has(what) {
			t.Errorf("%s: limited: %t, excepted: %t", right, limited.Has(right), withoutPolicy.Has(what))
		}
	}
	// What is not granted may be refused twice, but not a resource that is never written.
	for right := range limited {
		what, _, _ := strings.Cut(right, " ")
		if !slices.ContainsFunc(granted.UnsortedList(), func(g string) bool { return strings.HasPrefix(g, what+" ") }) {
			t.Errorf("%s is limited, and never granted", right)
		}
	}
}

// The policies list the names of the objects of all parts.
func TestPoliciesKnowTheParts(t *testing.T) {
	t.Parallel()
	objects, err := kustomized("admission")
	must(t, err)
	var suffixes string
	for _, object := range objects {
		var policy admissionregistrationv1.ValidatingAdmissionPolicy
		must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &policy))
		for _, variable := range policy.Spec.Variables {
			if variable.Name == "suffixes" {
				suffixes = variable.Expression
			}
		}
	}
	parts := catalog.Default()
	for _, c := range parts.Components {
		// Of a ServiceAccount, Deployment, HorizontalPodAutoscaler and PodDisruptionBudget at least.
		if want := fmt.Sprintf("%q", "-"+string(c.Name)); strings.Count(suffixes, want) < 4 {
			t.Errorf("config/admission lacks %s", want)
		}
	}
	for _, d := range parts.Dependencies {
		for _, want := range []string{fmt.Sprintf("%q", "-"+string(d.Name)), fmt.Sprintf("%q", "-"+string(d.Name)+"-credentials")} {
			if d.Managed != nil && !strings.Contains(suffixes, want) {
				t.Errorf("config/admission lacks %s", want)
			}
		}
	}
}

// each are the combinations, as GROUP/RESOURCE OPERATION.
func each(groups, resources, operations []string) []string {
	var all []string
	for _, group := range groups {
		for _, r := range resources {
			for _, operation := range operations {
				all = append(all, group+"/"+r+" "+operation)
			}
		}
	}
	return all
}

// Whoever has the operator's token can write what the operator would, and no more.
func TestPoliciesLimitTheOperator(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Environment = v1alpha1.Production
		tracker.Spec.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}
		tracker.Spec.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Retention: v1alpha1.RetentionDelete}}
		tracker.Spec.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"migrate"}}
		notify(tracker)
		tracker.Spec.Monitoring.Synthetic = &v1alpha1.SyntheticSpec{ProberAddress: "blackbox-exporter.monitoring:9115"}
		tracker.Spec.Monitoring.Journeys = []v1alpha1.JourneySpec{{Name: "hiring", Schedule: "0 6 * * *"}}
		publish(tracker)
		tracker.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(2)), MaxReplicas: 9}}
	})
	o.migrate(t, tracker)
	thief, err := client.New(asOperator(), client.Options{Scheme: Scheme()})
	must(t, err)
	thief = client.NewDryRunClient(thief)

	// again is one of the tracker's objects, to be created once more: the API server says that it
	// exists once the policies have allowed it.
	again := func(name string, object client.Object) client.Object {
		fetch(t, tracker, name, object)
		object.SetUID("")
		object.SetResourceVersion("")
		object.SetManagedFields(nil)
		return object
	}
	dashboard := &unstructured.Unstructured{} // The operator's type has only the fields that it writes.
	dashboard.SetGroupVersionKind(kinds.GrafanaDashboard)
	refusal := func(what string, err error) {
		t.Helper()
		if !refusedByPolicy(err) {
			t.Errorf("%s: %v, want a refusal by a policy", what, err)
		}
	}
	for what, object := range map[string]client.Object{
		"Deployment":              again("hiring-api", &appsv1.Deployment{}),
		"StatefulSet":             again("hiring-database", &appsv1.StatefulSet{}),
		"Secret":                  again("hiring-redis-credentials", &corev1.Secret{}),
		"retained Secret":         again("hiring-database-credentials", &corev1.Secret{}),
		"Service":                 separate(again("hiring-api", &corev1.Service{})),
		"ServiceAccount":          again("hiring-api", &corev1.ServiceAccount{}),
		"HorizontalPodAutoscaler": again("hiring-api", &autoscalingv2.HorizontalPodAutoscaler{}),
		"NetworkPolicy":           again("hiring-database", &networkingv1.NetworkPolicy{}),
		"PodDisruptionBudget":     again("hiring-api", &policyv1.PodDisruptionBudget{}),
		"ServiceMonitor":          again("hiring-frontend", &monitoringv1.ServiceMonitor{}),
		"Probe":                   again("hiring-frontend", &monitoringv1.Probe{}),
		"PrometheusRule":          again("hiring", &monitoringv1.PrometheusRule{}),
		"AlertmanagerConfig":      again("hiring", &monitoringv1alpha1.AlertmanagerConfig{}),
		"GrafanaDashboard":        again("hiring", dashboard),
		"ConfigMap":               again("hiring-dashboard", &corev1.ConfigMap{}),
		"Job":                     unselected(again(jobName(tracker), &batchv1.Job{})),
		"Service of the denied":   separate(again("hiring-denied", &corev1.Service{})),
		"Ingress":                 again("hiring-frontend", &networkingv1.Ingress{}),
		"HTTPRoute":               again("hiring-frontend", &gatewayv1.HTTPRoute{}),
		"CronJob":                 again("hiring-journey-hiring", &batchv1.CronJob{}),
		"Lease": &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Namespace: accountNamespace, Name: "interview-tracker-operator"},
		},
	} {
		if err := thief.Create(t.Context(), copied(object)); err != nil && !apierrors.IsAlreadyExists(err) {
			t.Errorf("%s: %v", what, err)
			continue
		}
		for name, change := range forgeries(object) {
			forged := copied(object)
			change(forged)
			refusal(what+", "+name, thief.Create(t.Context(), forged))
		}
	}
}

// forgeries are changes to a tracker's object that make it one that the operator does not create.
func forgeries(object client.Object) map[string]func(client.Object) {
	changes := map[string]func(client.Object){
		"without its label":           func(o client.Object) { o.SetLabels(nil) },
		"labelled as another's":       func(o client.Object) { o.SetLabels(map[string]string{v1alpha1.LabelTracker: "other"}) },
		"without its owner":           func(o client.Object) { o.SetOwnerReferences(nil); o.SetAnnotations(nil) },
		"of an owner of another kind": func(o client.Object) { o.SetOwnerReferences(ownedBy("v1", "ConfigMap", "hiring")) },
		"of another group's owner": func(o client.Object) {
			o.SetOwnerReferences(ownedBy("example.com/v1", v1alpha1.Kind, "hiring"))
		},
		"of another tracker": func(o client.Object) {
			o.SetOwnerReferences(ownedBy(v1alpha1.GroupVersion.String(), v1alpha1.Kind, "other"))
		},
		"of an owner that does not control": func(o client.Object) {
			owners := ownedBy(v1alpha1.GroupVersion.String(), v1alpha1.Kind, "hiring")
			owners[0].Controller = nil
			o.SetOwnerReferences(owners)
			o.SetAnnotations(nil)
		},
		// The garbage collector would leave it alone.
		"of an unknown version's owner": func(o client.Object) {
			o.SetOwnerReferences(ownedBy(v1alpha1.GroupVersion.Group+"/v9", v1alpha1.Kind, "hiring"))
		},
		"of another owner also": func(o client.Object) {
			o.SetOwnerReferences(append(o.GetOwnerReferences(), metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: "theirs", UID: "2"}))
		},
		"with a finalizer": func(o client.Object) { o.SetFinalizers([]string{"example.com/stay"}) },
		"of another name":  func(o client.Object) { o.SetName("aws-auth") },
		"of a longer name": func(o client.Object) { o.SetName(o.GetName() + "-again") },
	}
	switch object := object.(type) {
	case *appsv1.Deployment:
		for name, change := range podForgeries {
			changes[name] = as(func(o *appsv1.Deployment) { change(&o.Spec.Template) })
		}
		changes["adopting other pods"] = as(func(o *appsv1.Deployment) {
			o.Spec.Selector.MatchLabels = map[string]string{v1alpha1.LabelComponent: o.Labels[v1alpha1.LabelComponent]}
		})
	case *appsv1.StatefulSet:
		for name, change := range podForgeries {
			changes[name] = as(func(o *appsv1.StatefulSet) { change(&o.Spec.Template) })
		}
		changes["adopting other pods"] = as(func(o *appsv1.StatefulSet) {
			o.Spec.Selector.MatchLabels = map[string]string{v1alpha1.LabelComponent: o.Labels[v1alpha1.LabelComponent]}
		})
	case *batchv1.Job:
		for name, change := range podForgeries {
			changes[name] = as(func(o *batchv1.Job) { change(&o.Spec.Template) })
		}
		delete(changes, "without its label") // The API server gives it those of its pods.
		changes["with others' pods"] = as(func(o *batchv1.Job) { o.Spec.Template.Labels[v1alpha1.LabelTracker] = "other" })
		changes["adopting other pods"] = as(func(o *batchv1.Job) {
			o.Spec.ManualSelector = new(true)
			o.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelComponent: "migrate"}}
		})
		changes["without a hash in its name"] = func(o client.Object) { o.SetName("hiring-migrate-by-hand") }
	case *batchv1.CronJob:
		for name, change := range podForgeries {
			changes[name] = as(func(o *batchv1.CronJob) { change(&o.Spec.JobTemplate.Spec.Template) })
		}
		changes["with others' pods"] = as(func(o *batchv1.CronJob) {
			o.Spec.JobTemplate.Spec.Template.Labels[v1alpha1.LabelTracker] = "other"
		})
		changes["of another journey"] = func(o client.Object) { o.GetLabels()[v1alpha1.LabelJourney] = "other" }
	case *corev1.ConfigMap:
		changes["with another's file"] = as(func(c *corev1.ConfigMap) { c.Data = map[string]string{"datasource.yaml": ""} })
		changes["with a binary file"] = as(func(c *corev1.ConfigMap) { c.BinaryData = map[string][]byte{"x": nil} })
	case *corev1.ServiceAccount:
		changes["with the identity of a cloud"] = annotated("eks.amazonaws.com/role-arn")
	case *corev1.Secret:
		if len(object.OwnerReferences) == 0 {
			changes["retained for another"] = func(o client.Object) {
				o.SetAnnotations(map[string]string{v1alpha1.AnnotationRetainedFor: "other"})
			}
		}
		changes["labelled for others"] = func(o client.Object) {
			o.SetLabels(map[string]string{v1alpha1.LabelTracker: "hiring", "argocd.argoproj.io/secret-type": "cluster"})
		}
		changes["annotated for others"] = annotated("replicator.v1.mittwald.de/replicate-to")
		changes["a token"] = as(func(s *corev1.Secret) {
			s.Type = corev1.SecretTypeServiceAccountToken
			metav1.SetMetaDataAnnotation(&s.ObjectMeta, corev1.ServiceAccountNameKey, "default")
		})
	case *corev1.Service:
		changes["for other pods"] = as(func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "other"} })
		changes["for no pods"] = as(func(s *corev1.Service) { s.Spec.Selector = nil })
		changes["of another address"] = as(func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"192.0.2.1"} })
		changes["published"] = as(func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeLoadBalancer })
		changes["on all nodes"] = as(func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeNodePort })
		changes["with a name in DNS"] = annotated("external-dns.alpha.kubernetes.io/hostname")
		changes["for a name"] = as(func(s *corev1.Service) {
			s.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "example.com", Selector: s.Spec.Selector}
		})
	case *autoscalingv2.HorizontalPodAutoscaler:
		changes["of another Deployment"] = as(func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.ScaleTargetRef.Name = "other" })
		changes["of another component"] = as(func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.ScaleTargetRef.Name = "hiring-apiary" })
		changes["of a StatefulSet"] = as(func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.ScaleTargetRef.Kind = "StatefulSet" })
	case *networkingv1.NetworkPolicy:
		changes["for all pods"] = as(func(p *networkingv1.NetworkPolicy) { p.Spec.PodSelector = metav1.LabelSelector{} })
	case *networkingv1.Ingress:
		changes["of all hosts"] = as(func(i *networkingv1.Ingress) { i.Spec.Rules[0].Host = "" })
		changes["to another Service"] = as(func(i *networkingv1.Ingress) { i.Spec.Rules[0].HTTP.Paths[0].Backend.Service.Name = "other" })
		changes["to a resource"] = as(func(i *networkingv1.Ingress) {
			i.Spec.Rules[0].HTTP.Paths[0].Backend = networkingv1.IngressBackend{
				Resource: &corev1.TypedLocalObjectReference{APIGroup: new("example.com"), Kind: "Bucket", Name: "x"},
			}
		})
		changes["of what no rule matches"] = as(func(i *networkingv1.Ingress) {
			i.Spec.DefaultBackend = i.Spec.Rules[0].HTTP.Paths[0].Backend.DeepCopy()
		})
		changes["with a snippet"] = annotated("nginx.ingress.kubernetes.io/configuration-snippet")
	case *gatewayv1.HTTPRoute:
		changes["of all hosts"] = as(func(r *gatewayv1.HTTPRoute) { r.Spec.Hostnames = nil })
		changes["to another Service"] = as(func(r *gatewayv1.HTTPRoute) { r.Spec.Rules[0].BackendRefs[0].Name = "other" })
		changes["to another namespace"] = as(func(r *gatewayv1.HTTPRoute) {
			r.Spec.Rules[0].BackendRefs[0].Namespace = new(gatewayv1.Namespace("other"))
		})
		changes["with a filter"] = as(func(r *gatewayv1.HTTPRoute) {
			r.Spec.Rules[0].Filters = []gatewayv1.HTTPRouteFilter{{
				Type: gatewayv1.HTTPRouteFilterRequestRedirect, RequestRedirect: &gatewayv1.HTTPRequestRedirectFilter{StatusCode: new(302)},
			}}
			r.Spec.Rules[0].BackendRefs = nil
		})
	case *policyv1.PodDisruptionBudget:
		changes["for all pods"] = as(func(b *policyv1.PodDisruptionBudget) { b.Spec.Selector = &metav1.LabelSelector{} })
	case *monitoringv1.ServiceMonitor:
		changes["of another namespace"] = as(func(m *monitoringv1.ServiceMonitor) { m.Spec.NamespaceSelector.Any = true })
		changes["of a named namespace"] = as(func(m *monitoringv1.ServiceMonitor) { m.Spec.NamespaceSelector.MatchNames = []string{"other"} })
		changes["of other Services"] = as(func(m *monitoringv1.ServiceMonitor) { m.Spec.Selector = metav1.LabelSelector{} })
		changes["with Prometheus's token"] = as(func(m *monitoringv1.ServiceMonitor) {
			m.Spec.Endpoints[0].BearerTokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token" //nolint:staticcheck // still honoured
		})
		changes["through a proxy"] = endpoint(func(e *monitoringv1.Endpoint) { e.ProxyURL = new("http://thief.example.com") })
		changes["with Prometheus's certificate"] = endpoint(func(e *monitoringv1.Endpoint) {
			e.TLSConfig = &monitoringv1.TLSConfig{TLSFilesConfig: monitoringv1.TLSFilesConfig{CertFile: "/etc/prom-certs/cert.pem", KeyFile: "/etc/prom-certs/key.pem"}}
		})
		changes["with a password"] = endpoint(func(e *monitoringv1.Endpoint) { e.BasicAuth = &monitoringv1.BasicAuth{} })
		changes["with the target's labels"] = endpoint(func(e *monitoringv1.Endpoint) { e.HonorLabels = true })
		changes["with a scrape class"] = as(func(m *monitoringv1.ServiceMonitor) { m.Spec.ScrapeClassName = new("istio") })
		for name, step := range map[string]monitoringv1.RelabelConfig{
			"of any address":             {TargetLabel: "__address__", Replacement: new("10.0.0.1:443")},
			"of any address, by a match": {SourceLabels: []monitoringv1.LabelName{"namespace"}, Regex: "(.)(.*)", TargetLabel: "__${1}ddress__"},
			"of any address, by a map":   {Action: "labelmap", Regex: "pod_label_(.+)"},
			"of any path":                {Action: "Replace", TargetLabel: "__metrics_path__", Replacement: new("/x")},
			"with Prometheus's variables": {
				TargetLabel: "x", Replacement: new("$(PASSWORD)"),
			},
		} {
			changes[name] = endpoint(func(e *monitoringv1.Endpoint) { e.RelabelConfigs = append(e.RelabelConfigs, step) })
		}
	case *monitoringv1alpha1.AlertmanagerConfig: // Its first receiver notifies of nothing.
		changes["of the alerts of all"] = as(func(c *monitoringv1alpha1.AlertmanagerConfig) { c.Spec.Route.Matchers = nil })
		changes["of others' alerts also"] = as(func(c *monitoringv1alpha1.AlertmanagerConfig) {
			c.Spec.Route.Matchers[1].MatchType, c.Spec.Route.Matchers[1].Value = monitoringv1alpha1.MatchRegexp, "hiring|other"
		})
		changes["that inhibits others' alerts"] = as(func(c *monitoringv1alpha1.AlertmanagerConfig) {
			c.Spec.InhibitRules[0].TargetMatch = c.Spec.InhibitRules[0].TargetMatch[:1]
		})
		changes["that others' alerts inhibit"] = as(func(c *monitoringv1alpha1.AlertmanagerConfig) {
			c.Spec.InhibitRules[0].SourceMatch = c.Spec.InhibitRules[0].SourceMatch[1:]
		})
		changes["to any address"] = as(func(c *monitoringv1alpha1.AlertmanagerConfig) {
			hook := &c.Spec.Receivers[4].WebhookConfigs[0]
			hook.URLSecret, hook.URL = nil, new("http://10.0.0.1")
		})
		changes["to another service"] = as(func(c *monitoringv1alpha1.AlertmanagerConfig) {
			c.Spec.Receivers[1].OpsGenieConfigs = []monitoringv1alpha1.OpsGenieConfig{{}}
		})
		changes["through a proxy"] = as(func(c *monitoringv1alpha1.AlertmanagerConfig) {
			c.Spec.Receivers[1].SlackConfigs[0].HTTPConfig.ProxyURL = new("http://thief.example.com")
		})
		changes["with a token"] = as(func(c *monitoringv1alpha1.AlertmanagerConfig) {
			c.Spec.Receivers[3].PagerDutyConfigs[0].HTTPConfig.BearerTokenSecret = &corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: "any"}, Key: "token",
			}
		})
	case *monitoringv1.Probe:
		changes["of all Ingresses"] = as(func(p *monitoringv1.Probe) {
			p.Spec.Targets = monitoringv1.ProbeTargets{Ingress: &monitoringv1.ProbeTargetIngress{NamespaceSelector: monitoringv1.NamespaceSelector{Any: true}}}
		})
		changes["of any address"] = as(func(p *monitoringv1.Probe) {
			p.Spec.Targets.StaticConfig.RelabelConfigs = []monitoringv1.RelabelConfig{{TargetLabel: "__address__", Replacement: new("10.0.0.1:443")}}
		})
		changes["of another path"] = as(func(p *monitoringv1.Probe) { p.Spec.ProberSpec.Path = "/x" })
		changes["through a proxy"] = as(func(p *monitoringv1.Probe) { p.Spec.ProberSpec.ProxyURL = new("http://thief.example.com") })
		changes["with a password"] = as(func(p *monitoringv1.Probe) { p.Spec.BasicAuth = &monitoringv1.BasicAuth{} })
		changes["with a scrape class"] = as(func(p *monitoringv1.Probe) { p.Spec.ScrapeClassName = new("istio") })
	case *unstructured.Unstructured: // a GrafanaDashboard
		for name, field := range map[string]map[string]any{
			"of another ConfigMap": {"configMapRef": map[string]any{"name": "other", "key": "x"}},
			"of a URL":             {"url": "http://thief.example.com"},
			"with a plugin":        {"plugins": []any{map[string]any{"name": "x", "version": "1.0.0"}}},
		} {
			changes[name] = as(func(u *unstructured.Unstructured) { maps.Copy(u.Object["spec"].(map[string]any), field) }) //nolint:errcheck // it has one
		}
	case *coordinationv1.Lease:
		return map[string]func(client.Object){
			"of another name":     func(o client.Object) { o.SetName("kube-controller-manager") },
			"of a generated name": func(o client.Object) { o.SetName(""); o.SetGenerateName("interview-tracker-operator") },
		}
	}
	return changes
}

// podForgeries are changes to pods by which they would be more than the operator's.
var podForgeries = map[string]func(*corev1.PodTemplateSpec){
	"as another account":           func(p *corev1.PodTemplateSpec) { p.Spec.ServiceAccountName = "default" },
	"as another tracker's":         func(p *corev1.PodTemplateSpec) { p.Spec.ServiceAccountName = "hiring-admin" },
	"with a finalizer":             func(p *corev1.PodTemplateSpec) { p.Finalizers = []string{"example.com/stay"} },
	"that never end":               func(p *corev1.PodTemplateSpec) { p.Spec.TerminationGracePeriodSeconds = new(int64(86401)) },
	"before which others give way": func(p *corev1.PodTemplateSpec) { p.Spec.PriorityClassName = "system-cluster-critical" },
	"with a projected certificate": func(p *corev1.PodTemplateSpec) {
		p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "x", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			Sources: []corev1.VolumeProjection{{PodCertificate: &corev1.PodCertificateProjection{
				SignerName: "kubernetes.io/kube-apiserver-client-pod", KeyType: "ED25519", CredentialBundlePath: "x",
			}}},
		}}})
	},
	"as the default":       func(p *corev1.PodTemplateSpec) { p.Spec.ServiceAccountName, p.Spec.DeprecatedServiceAccount = "", "" },
	"with a token":         func(p *corev1.PodTemplateSpec) { p.Spec.AutomountServiceAccountToken = nil },
	"on the host network":  func(p *corev1.PodTemplateSpec) { p.Spec.HostNetwork = true },
	"with the host's PIDs": func(p *corev1.PodTemplateSpec) { p.Spec.HostPID = true },
	"with the host's IPC":  func(p *corev1.PodTemplateSpec) { p.Spec.HostIPC = true },
	"with a host port": func(p *corev1.PodTemplateSpec) {
		p.Spec.Containers[0].Ports = append(p.Spec.Containers[0].Ports, corev1.ContainerPort{ContainerPort: 81, HostPort: 81})
	},
	"with a path of the host": func(p *corev1.PodTemplateSpec) {
		p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "host", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}})
	},
	"with a projected token": func(p *corev1.PodTemplateSpec) {
		p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "token", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token"}}},
		}}})
	},
	"privileged": func(p *corev1.PodTemplateSpec) {
		p.Spec.Containers[0].SecurityContext.Privileged, p.Spec.Containers[0].SecurityContext.AllowPrivilegeEscalation = new(true), nil
	},
	"with escalation": func(p *corev1.PodTemplateSpec) { p.Spec.Containers[0].SecurityContext.AllowPrivilegeEscalation = nil },
	"with a privileged container before": func(p *corev1.PodTemplateSpec) {
		p.Spec.InitContainers = append(p.Spec.InitContainers, corev1.Container{Name: "init", Image: "x", SecurityContext: &corev1.SecurityContext{Privileged: new(true)}})
	},
	"with a capability": func(p *corev1.PodTemplateSpec) {
		p.Spec.Containers[0].SecurityContext.Capabilities.Add = []corev1.Capability{"SYS_ADMIN"}
	},
	"as root": func(p *corev1.PodTemplateSpec) { p.Spec.SecurityContext.RunAsNonRoot = nil },
	"with a container as root": func(p *corev1.PodTemplateSpec) {
		p.Spec.Containers[0].SecurityContext.RunAsNonRoot = new(false)
	},
}

// as is a change of an object of one type.
func as[T client.Object](change func(T)) func(client.Object) {
	return func(object client.Object) { change(object.(T)) } //nolint:errcheck // forgeries knows the type
}

// endpoint is a change of a ServiceMonitor's endpoint.
func endpoint(change func(*monitoringv1.Endpoint)) func(client.Object) {
	return as(func(m *monitoringv1.ServiceMonitor) { change(&m.Spec.Endpoints[0]) })
}

// annotated is the addition of an annotation.
func annotated(name string) func(client.Object) {
	return func(o client.Object) {
		o.SetAnnotations(labels.Merge(o.GetAnnotations(), map[string]string{name: "x"}))
	}
}

func copied(object client.Object) client.Object {
	return object.DeepCopyObject().(client.Object) //nolint:errcheck // a copy is of the same type
}

// separate leaves it to the API server which address a Service has.
func separate(object client.Object) client.Object {
	as(func(s *corev1.Service) { s.Spec.ClusterIP, s.Spec.ClusterIPs = "", nil })(object)
	return object
}

// unselected leaves it to the API server by which labels a Job finds its pods.
func unselected(object client.Object) client.Object {
	as(func(j *batchv1.Job) {
		j.Spec.Selector = nil
		for label := range j.Spec.Template.Labels {
			if strings.HasSuffix(label, "controller-uid") || strings.HasSuffix(label, "job-name") {
				delete(j.Spec.Template.Labels, label)
			}
		}
	})(object)
	return object
}

func ownedBy(apiVersion, kind, name string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, UID: "1", Controller: new(true)}}
}

// What exists and is not the tracker's is neither changed, taken over nor deleted, and what is the
// tracker's stays its own.
func TestPoliciesProtectWhatExists(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	ns := tracker.Namespace
	foreign := metav1.ObjectMeta{Namespace: ns, Name: "hiring-foreign", Labels: map[string]string{v1alpha1.LabelTracker: "hiring"}}
	owned := foreign
	owned.Name, owned.OwnerReferences = "hiring-owned", ownedBy("v1", "ConfigMap", "other")
	namesake := foreign
	namesake.Name, namesake.OwnerReferences = "hiring-namesake", ownedBy(v1alpha1.GroupVersion.String(), v1alpha1.Kind, "hiring")
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "data-other-database-0"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}
	operated := claim.DeepCopy()
	operated.Name, operated.OwnerReferences = "data-hiring-cache-0", ownedBy("example.com/v1", "Database", "hiring")
	// The claims of others' StatefulSets have names of the same form.
	similar := claim.DeepCopy()
	similar.Name = "data-postgresql-0"
	for _, object := range []client.Object{
		similar, &corev1.Secret{ObjectMeta: foreign}, &corev1.ConfigMap{ObjectMeta: foreign}, &appsv1.Deployment{ObjectMeta: foreign, Spec: podless()},
		&appsv1.Deployment{ObjectMeta: owned, Spec: podless()}, &corev1.ServiceAccount{ObjectMeta: owned}, &corev1.ConfigMap{ObjectMeta: namesake},
		claim, operated,
	} {
		must(t, k8s.Create(t.Context(), object))
	}
	marked := metav1.ObjectMeta{
		Namespace: ns, Name: "hiring-dashboard", Labels: map[string]string{
			v1alpha1.LabelTracker: "hiring", kinds.LabelInstance: "hiring", kinds.LabelManagedBy: v1alpha1.FieldManager,
		}, Annotations: map[string]string{v1alpha1.AnnotationIntent: strings.Repeat("0", 32)},
	}
	orphan := &corev1.ServiceAccount{ObjectMeta: marked}
	must(t, k8s.Create(t.Context(), orphan))
	theirs := &corev1.ServiceAccount{ObjectMeta: *marked.DeepCopy()}
	theirs.Name, theirs.OwnerReferences = "hiring-redis-credentials", ownedBy("v1", "ConfigMap", "other")
	must(t, k8s.Create(t.Context(), theirs))
	copied := &corev1.ServiceAccount{ObjectMeta: *marked.DeepCopy()}
	copied.Name = "hiring-frontend-copy"
	must(t, k8s.Create(t.Context(), copied))
	password := &corev1.Secret{ObjectMeta: marked}
	must(t, k8s.Create(t.Context(), password))
	thief, err := client.New(asOperator(), client.Options{Scheme: Scheme()})
	must(t, err)
	thief = client.NewDryRunClient(thief)
	patch := func(object client.Object, name, content string) error {
		object.SetNamespace(ns)
		object.SetName(name)
		return thief.Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(content)))
	}
	owner := fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"name":"hiring","uid":%q,"controller":true}`, v1alpha1.GroupVersion, v1alpha1.Kind, tracker.UID)
	const label, retainedFor = v1alpha1.LabelTracker, v1alpha1.AnnotationRetainedFor
	for what, err := range map[string]error{
		"changing the tracker's":                 patch(&appsv1.Deployment{}, "hiring-api", `{"spec":{"replicas":3}}`),
		"handing retained credentials over":      patch(&corev1.Secret{}, "hiring-database-credentials", `{"metadata":{"ownerReferences":[`+owner+`]}}`),
		"deleting the tracker's":                 thief.Delete(t.Context(), fetch(t, tracker, "hiring-api", &corev1.Service{})),
		"labelling a claim of the tracker's":     patch(&corev1.PersistentVolumeClaim{}, "data-hiring-database-0", `{"metadata":{"labels":{"a":"b"}}}`),
		"changing the tracker's StatefulSet":     patch(&appsv1.StatefulSet{}, "hiring-database", `{"metadata":{"annotations":{"a":"b"}}}`),
		"changing retained credentials' labels":  patch(&corev1.Secret{}, "hiring-database-credentials", `{"metadata":{"labels":{"`+v1alpha1.GroupVersion.Group+`/a":"b"}}}`),
		"deleting what was made for the tracker": thief.Delete(t.Context(), orphan),
		"deleting the tracker's StatefulSet": thief.Delete(t.Context(), fetch(t, tracker, "hiring-database", &appsv1.StatefulSet{}),
			client.PropagationPolicy(metav1.DeletePropagationBackground)),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, err := range map[string]error{
		"changing what has no owner":       patch(&appsv1.Deployment{}, "hiring-foreign", `{"spec":{"replicas":0}}`),
		"taking over what has no owner":    patch(&appsv1.Deployment{}, "hiring-foreign", `{"metadata":{"ownerReferences":[`+owner+`]}}`),
		"changing what others own":         patch(&appsv1.Deployment{}, "hiring-owned", `{"spec":{"replicas":0}}`),
		"taking over what others own":      patch(&corev1.ServiceAccount{}, "hiring-owned", `{"metadata":{"ownerReferences":[`+owner+`]}}`),
		"taking over an earlier tracker's": patch(&corev1.ConfigMap{}, "hiring-namesake", `{"metadata":{"ownerReferences":[`+owner+`]}}`),
		"changing a foreign Secret":        patch(&corev1.Secret{}, "hiring-foreign", `{"data":{"a":"Yg=="}}`),
		"declaring a Secret retained": patch(&corev1.Secret{}, "hiring-foreign",
			`{"metadata":{"annotations":{"`+retainedFor+`":"hiring"}}}`),
		"retaining credentials for another": patch(&corev1.Secret{}, "hiring-database-credentials",
			`{"metadata":{"labels":{"`+label+`":"other"},"annotations":{"`+retainedFor+`":"other"}}}`),
		"giving the tracker's away":   patch(&appsv1.Deployment{}, "hiring-api", `{"metadata":{"ownerReferences":null}}`),
		"taking the tracker's label":  patch(&appsv1.Deployment{}, "hiring-api", `{"metadata":{"labels":{"`+label+`":null}}}`),
		"making it another tracker's": patch(&appsv1.Deployment{}, "hiring-api", `{"metadata":{"ownerReferences":[`+strings.Replace(owner, string(tracker.UID), "1", 1)+`]}}`),
		"a foreign claim's labels":    patch(&corev1.PersistentVolumeClaim{}, "data-other-database-0", `{"metadata":{"labels":{"`+label+`":"hiring"}}}`),
		"another operator's claim":    patch(&corev1.PersistentVolumeClaim{}, "data-hiring-cache-0", `{"metadata":{"labels":{"`+label+`":"hiring"}}}`),
		"a claim's annotations":       patch(&corev1.PersistentVolumeClaim{}, "data-hiring-database-0", `{"metadata":{"annotations":{"a":"b"}}}`),
		"a claim's owner":             patch(&corev1.PersistentVolumeClaim{}, "data-hiring-database-0", `{"metadata":{"ownerReferences":[`+owner+`]}}`),
		"a claim's finalizers":        patch(&corev1.PersistentVolumeClaim{}, "data-hiring-database-0", `{"metadata":{"finalizers":null}}`),
		"a finalizer":                 patch(&appsv1.Deployment{}, "hiring-api", `{"metadata":{"finalizers":["example.com/stay"]}}`),
		"another owner": patch(&appsv1.Deployment{}, "hiring-api",
			`{"metadata":{"ownerReferences":[`+owner+`,{"apiVersion":"v1","kind":"ConfigMap","name":"other","uid":"1"}]}}`),
		"a label of others on credentials": patch(&corev1.Secret{}, "hiring-database-credentials", `{"metadata":{"labels":{"a":"b"}}}`),
		"an annotation of a Service":       patch(&corev1.Service{}, "hiring-api", `{"metadata":{"annotations":{"a":"b"}}}`),
		"a similar claim's labels":         patch(&corev1.PersistentVolumeClaim{}, "data-postgresql-0", `{"metadata":{"labels":{"`+label+`":"postgresql"}}}`),
		"leaving pods behind": thief.Delete(t.Context(), fetch(t, tracker, "hiring-database", &appsv1.StatefulSet{}),
			client.PropagationPolicy(metav1.DeletePropagationOrphan)),
		"leaving pods to the default":                     thief.Delete(t.Context(), fetch(t, tracker, "hiring-database", &appsv1.StatefulSet{})),
		"deleting what has no owner":                      thief.Delete(t.Context(), &corev1.Secret{ObjectMeta: foreign}),
		"deleting a Secret that was made for the tracker": thief.Delete(t.Context(), password),
		"deleting a copy under another name":              thief.Delete(t.Context(), copied),
		"deleting what is marked and others own":          thief.Delete(t.Context(), theirs),
		"deleting what others own":                        thief.Delete(t.Context(), &corev1.ServiceAccount{ObjectMeta: owned}),
		"deleting retained credentials": thief.Delete(t.Context(),
			&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "hiring-database-credentials"}}),
	} {
		if !refusedByPolicy(err) {
			t.Errorf("%s: %v, want a refusal by a policy", what, err)
		}
	}
	// No right to it at all.
	if err := thief.Delete(t.Context(), claim); !apierrors.IsForbidden(err) {
		t.Errorf("deleting a claim: %v", err)
	}
}
