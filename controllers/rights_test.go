// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// account is the operator's user in a cluster. All tests of this package have its rights alone,
// those of config/rbac within config/admission: what the operator does is thereby shown to be allowed.
const account = "system:serviceaccount:" + accountNamespace + ":interview-tracker-operator"

const accountNamespace = "interview-tracker-system"

// asOperator is a configuration with the operator's rights.
func asOperator() *rest.Config {
	config := rest.CopyConfig(cluster)
	config.QPS = -1
	config.Impersonate.UserName = account
	return config
}

// installRights installs the operator's rights, and waits until they hold.
func installRights(ctx context.Context) error {
	if err := k8s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: accountNamespace}}); err != nil {
		return err
	}
	for _, folder := range []string{"rbac", "admission"} {
		objects, err := kustomized(folder)
		if err != nil {
			return err
		}
		for _, object := range objects {
			if err := k8s.Create(ctx, object); err != nil {
				return err
			}
		}
	}
	operator, err := client.New(asOperator(), client.Options{Scheme: Scheme()})
	if err != nil {
		return err
	}
	// One of each policy: the API server takes notice of them one by one.
	for _, probe := range []client.Object{
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: accountNamespace, Name: "probe"}},
		&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: accountNamespace, Name: "probe"}, Spec: podless()},
		&coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: accountNamespace, Name: "probe"}},
	} {
		err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
			return refusedByPolicy(operator.Create(ctx, probe, client.DryRunAll)), nil
		})
		if err != nil {
			return fmt.Errorf("config/admission does not hold: %w", err)
		}
	}
	return nil
}

func podless() appsv1.DeploymentSpec {
	labels := map[string]string{"app": "probe"}
	return appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "x"}}},
		},
	}
}

func refusedByPolicy(err error) bool {
	return err != nil && strings.Contains(err.Error(), "ValidatingAdmissionPolicy 'interview-tracker-operator-")
}

// kustomized builds a folder of config, as `kubectl apply -k` does.
func kustomized(folder string) ([]*unstructured.Unstructured, error) {
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join("..", "config", folder))
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	for _, r := range resources.Resources() {
		content, err := r.Map()
		if err != nil {
			return nil, err
		}
		objects = append(objects, &unstructured.Unstructured{Object: content})
	}
	return objects, nil
}

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
		tracker.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(2)), MaxReplicas: 9}}
	})
	o.ready(t, tracker)
	thief, err := client.New(asOperator(), client.Options{Scheme: Scheme()})
	must(t, err)
	thief = client.NewDryRunClient(thief)

	// again is one of the tracker's objects, to be created under another name.
	again := func(name string, object client.Object) client.Object {
		fetch(t, tracker, name, object)
		object.SetName(name + "-again")
		object.SetUID("")
		object.SetResourceVersion("")
		object.SetManagedFields(nil)
		return object
	}
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
		"ServiceMonitor":          again("hiring-api", &monitoringv1.ServiceMonitor{}),
		"Lease": &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Namespace: accountNamespace, Name: "interview-tracker-operator"},
		},
	} {
		if err := thief.Create(t.Context(), copied(object)); err != nil {
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
	}
	switch object := object.(type) {
	case *appsv1.Deployment:
		for name, change := range podForgeries {
			changes[name] = func(o client.Object) { change(&o.(*appsv1.Deployment).Spec.Template.Spec) } //nolint:errcheck // a copy
		}
	case *appsv1.StatefulSet:
		for name, change := range podForgeries {
			changes[name] = func(o client.Object) { change(&o.(*appsv1.StatefulSet).Spec.Template.Spec) } //nolint:errcheck // a copy
		}
	case *corev1.Secret:
		if len(object.OwnerReferences) == 0 {
			changes["retained for another"] = func(o client.Object) {
				o.SetAnnotations(map[string]string{v1alpha1.AnnotationRetainedFor: "other"})
			}
		}
		changes["a token"] = as(func(s *corev1.Secret) {
			s.Type = corev1.SecretTypeServiceAccountToken
			metav1.SetMetaDataAnnotation(&s.ObjectMeta, corev1.ServiceAccountNameKey, "default")
		})
	case *corev1.Service:
		changes["for other pods"] = as(func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "other"} })
		changes["for no pods"] = as(func(s *corev1.Service) { s.Spec.Selector = nil })
		changes["of another address"] = as(func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"192.0.2.1"} })
		changes["of another name"] = as(func(s *corev1.Service) {
			s.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "example.com", Selector: s.Spec.Selector}
		})
	case *autoscalingv2.HorizontalPodAutoscaler:
		changes["of another Deployment"] = as(func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.ScaleTargetRef.Name = "other" })
	case *networkingv1.NetworkPolicy:
		changes["for all pods"] = as(func(p *networkingv1.NetworkPolicy) { p.Spec.PodSelector = metav1.LabelSelector{} })
	case *policyv1.PodDisruptionBudget:
		changes["for all pods"] = as(func(b *policyv1.PodDisruptionBudget) { b.Spec.Selector = &metav1.LabelSelector{} })
	case *monitoringv1.ServiceMonitor:
		changes["of another namespace"] = as(func(m *monitoringv1.ServiceMonitor) { m.Spec.NamespaceSelector.Any = true })
		changes["of a named namespace"] = as(func(m *monitoringv1.ServiceMonitor) { m.Spec.NamespaceSelector.MatchNames = []string{"other"} })
		changes["of other Services"] = as(func(m *monitoringv1.ServiceMonitor) { m.Spec.Selector = metav1.LabelSelector{} })
		changes["with Prometheus's token"] = as(func(m *monitoringv1.ServiceMonitor) {
			m.Spec.Endpoints[0].BearerTokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token" //nolint:staticcheck // still honoured
		})
	case *coordinationv1.Lease:
		return map[string]func(client.Object){
			"of another name":     func(o client.Object) { o.SetName("kube-controller-manager") },
			"of a generated name": func(o client.Object) { o.SetName(""); o.SetGenerateName("interview-tracker-operator") },
		}
	}
	return changes
}

// podForgeries are changes to pods by which they would be more than the operator's.
var podForgeries = map[string]func(*corev1.PodSpec){
	"as another account":   func(p *corev1.PodSpec) { p.ServiceAccountName = "default" },
	"as the default":       func(p *corev1.PodSpec) { p.ServiceAccountName, p.DeprecatedServiceAccount = "", "" },
	"with a token":         func(p *corev1.PodSpec) { p.AutomountServiceAccountToken = nil },
	"on the host network":  func(p *corev1.PodSpec) { p.HostNetwork = true },
	"with the host's PIDs": func(p *corev1.PodSpec) { p.HostPID = true },
	"with the host's IPC":  func(p *corev1.PodSpec) { p.HostIPC = true },
	"with a host port": func(p *corev1.PodSpec) {
		p.Containers[0].Ports = append(p.Containers[0].Ports, corev1.ContainerPort{ContainerPort: 81, HostPort: 81})
	},
	"with a path of the host": func(p *corev1.PodSpec) {
		p.Volumes = append(p.Volumes, corev1.Volume{Name: "host", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}})
	},
	"with a projected token": func(p *corev1.PodSpec) {
		p.Volumes = append(p.Volumes, corev1.Volume{Name: "token", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token"}}},
		}}})
	},
	"privileged": func(p *corev1.PodSpec) {
		p.Containers[0].SecurityContext.Privileged, p.Containers[0].SecurityContext.AllowPrivilegeEscalation = new(true), nil
	},
	"with escalation": func(p *corev1.PodSpec) { p.Containers[0].SecurityContext.AllowPrivilegeEscalation = nil },
	"with a privileged container before": func(p *corev1.PodSpec) {
		p.InitContainers = append(p.InitContainers, corev1.Container{Name: "init", Image: "x", SecurityContext: &corev1.SecurityContext{Privileged: new(true)}})
	},
	"with a capability": func(p *corev1.PodSpec) {
		p.Containers[0].SecurityContext.Capabilities.Add = []corev1.Capability{"SYS_ADMIN"}
	},
	"as root": func(p *corev1.PodSpec) { p.SecurityContext.RunAsNonRoot = nil },
	"with a container as root": func(p *corev1.PodSpec) {
		p.Containers[0].SecurityContext.RunAsNonRoot = new(false)
	},
}

// as is a change of an object of one type.
func as[T client.Object](change func(T)) func(client.Object) {
	return func(object client.Object) { change(object.(T)) } //nolint:errcheck // forgeries knows the type
}

func copied(object client.Object) client.Object {
	return object.DeepCopyObject().(client.Object) //nolint:errcheck // a copy is of the same type
}

// separate leaves it to the API server which address a Service has.
func separate(object client.Object) client.Object {
	as(func(s *corev1.Service) { s.Spec.ClusterIP, s.Spec.ClusterIPs = "", nil })(object)
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
	for _, object := range []client.Object{
		&corev1.Secret{ObjectMeta: foreign}, &corev1.ConfigMap{ObjectMeta: foreign}, &appsv1.Deployment{ObjectMeta: foreign, Spec: podless()},
		&appsv1.Deployment{ObjectMeta: owned, Spec: podless()}, &corev1.ServiceAccount{ObjectMeta: owned}, &corev1.ConfigMap{ObjectMeta: namesake},
		claim, operated,
	} {
		must(t, k8s.Create(t.Context(), object))
	}
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
		"changing the tracker's":                patch(&appsv1.Deployment{}, "hiring-api", `{"spec":{"replicas":3}}`),
		"handing retained credentials over":     patch(&corev1.Secret{}, "hiring-database-credentials", `{"metadata":{"ownerReferences":[`+owner+`]}}`),
		"deleting the tracker's":                thief.Delete(t.Context(), fetch(t, tracker, "hiring-api", &corev1.Service{})),
		"labelling a claim of the tracker's":    patch(&corev1.PersistentVolumeClaim{}, "data-hiring-database-0", `{"metadata":{"labels":{"a":"b"}}}`),
		"changing the tracker's StatefulSet":    patch(&appsv1.StatefulSet{}, "hiring-database", `{"metadata":{"annotations":{"a":"b"}}}`),
		"changing retained credentials' labels": patch(&corev1.Secret{}, "hiring-database-credentials", `{"metadata":{"labels":{"a":"b"}}}`),
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
		"deleting what has no owner":  thief.Delete(t.Context(), &corev1.Secret{ObjectMeta: foreign}),
		"deleting what others own":    thief.Delete(t.Context(), &corev1.ServiceAccount{ObjectMeta: owned}),
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
