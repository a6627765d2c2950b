// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/config/rbac"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const (
	// requestTimeout bounds each request.
	requestTimeout = 10 * time.Second
	// pageSize is how many objects a request lists, and maxPages how many requests list objects of one kind.
	pageSize = 500
	maxPages = 10
	// maxTrackers bounds how many trackers are looked at.
	maxTrackers = 50
	// maxAnswer bounds an answer that is not an object, in bytes.
	maxAnswer = 8 << 20
)

// Options are what to look at.
type Options struct {
	// Namespace is the trackers'; empty for all.
	Namespace string
	// Name is that of the only tracker; empty for all of the namespace.
	Name string
	// OperatorNamespace is where the operator is looked for; empty for wherever the user may look.
	OperatorNamespace string
	// Version is the plugin's.
	Version string
	// Now is the time by which ages are counted.
	Now time.Time
}

// gatherer reads facts.
type gatherer struct {
	Options
	config  *rest.Config
	cluster *plugin.Cluster
	raw     rest.Interface
	// limit bounds an answer that is not an object, in bytes.
	limit int64
}

// Gather reads the facts. What the user may not read is said in the facts; an error means that there is no
// cluster, or no such tracker.
func Gather(ctx context.Context, cluster *plugin.Cluster, o Options) (Facts, error) {
	config := rest.CopyConfig(cluster.Config)
	config.QPS = -1 // The API server has its own limit, and each review of a right is a request.
	core, err := corev1client.NewForConfig(config)
	if err != nil {
		return Facts{}, fmt.Errorf("connecting to the cluster: %w", err)
	}
	g := &gatherer{Options: o, config: config, cluster: cluster, raw: core.RESTClient(), limit: maxAnswer}
	if _, err := g.get(ctx, "/version", nil); err != nil {
		return Facts{}, fmt.Errorf("reaching the API server %s: %w", config.Host, err)
	}
	f := Facts{Now: o.Now, Version: o.Version, NamespaceLabels: map[string]Read[map[string]string]{}}
	f.Definition = g.definition(ctx)
	f.Served = g.served(ctx)
	f.Operators, f.AllOperators = g.operators(ctx)
	f.Kinds = g.kinds(ctx)
	f.StorageClasses = listed[storagev1.StorageClass](ctx, g, &storagev1.StorageClassList{}, "storageclasses", "")
	f.Prometheuses = g.prometheuses(ctx, f.Kinds)
	if err := g.namespaces(ctx, &f); err != nil {
		return Facts{}, err
	}
	return f, nil
}

// unread says why a request gave nothing; what is such as "list pods".
func unread(err error, what, namespace string) string {
	if namespace != "" {
		what += " in namespace " + namespace
	}
	switch {
	case apierrors.IsForbidden(err):
		return "you may not " + what
	case errors.Is(err, context.DeadlineExceeded), apierrors.IsTimeout(err), apierrors.IsServerTimeout(err):
		return fmt.Sprintf("could not %s: no answer within %s", what, requestTimeout)
	}
	return fmt.Sprintf("could not %s: %s", what, line(err.Error()))
}

// get returns the answer to a GET request.
func (g *gatherer) get(ctx context.Context, path string, parameters map[string]string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request := g.raw.Get().AbsPath(path)
	for name, value := range parameters {
		request.Param(name, value)
	}
	stream, err := request.Stream(ctx)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	answer, err := io.ReadAll(io.LimitReader(stream, g.limit+1))
	if err == nil && int64(len(answer)) > g.limit {
		err = fmt.Errorf("the answer has more than %d bytes", g.limit)
	}
	return answer, err
}

// getJSON reads the answer to a GET request into a value.
func (g *gatherer) getJSON(ctx context.Context, path string, parameters map[string]string, into any) error {
	answer, err := g.get(ctx, path, parameters)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return errors.New("the answer is not the JSON that was expected") // The parser's error quotes it.
	}
	return nil
}

// object reads one object, and reports whether it exists.
func (g *gatherer) object(ctx context.Context, key client.ObjectKey, into client.Object, what string) (exists bool, why string) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	err := g.cluster.Client.Get(ctx, key, into)
	switch {
	case apierrors.IsNotFound(err):
		return false, ""
	case err != nil:
		return false, unread(err, fmt.Sprintf("get %s %q", what, key.Name), key.Namespace)
	}
	return true, ""
}

// listed lists objects of a type page by page, each into a copy of an empty list.
func listed[T any](ctx context.Context, g *gatherer, empty client.ObjectList, what, namespace string, of ...client.ListOption) Read[[]T] {
	var all []T
	add := func(item runtime.Object) error {
		object, is := any(item).(*T)
		if !is {
			return fmt.Errorf("the API server has sent a %T", item)
		}
		all = append(all, *object)
		return nil
	}
	of = append([]client.ListOption{client.InNamespace(namespace), client.Limit(pageSize)}, of...)
	next := ""
	for range maxPages {
		list, isList := empty.DeepCopyObject().(client.ObjectList)
		if !isList {
			return Read[[]T]{Unread: "could not list " + what}
		}
		page, cancel := context.WithTimeout(ctx, requestTimeout)
		err := g.cluster.Client.List(page, list, append(slices.Clone(of), client.Continue(next))...)
		cancel()
		if err == nil {
			err = meta.EachListItem(list, add)
		}
		if err != nil {
			return Read[[]T]{Unread: unread(err, "list "+what, namespace)}
		}
		if next = list.GetContinue(); next == "" {
			return Read[[]T]{Value: all}
		}
	}
	return Read[[]T]{Unread: fmt.Sprintf("there are more than %d %s", len(all), what)}
}

// definition reads the CustomResourceDefinition.
func (g *gatherer) definition(ctx context.Context) Read[*apiextensionsv1.CustomResourceDefinition] {
	d := &apiextensionsv1.CustomResourceDefinition{}
	exists, why := g.object(ctx, client.ObjectKey{Name: definitionName}, d, "customresourcedefinition")
	if !exists {
		d = nil
	}
	return Read[*apiextensionsv1.CustomResourceDefinition]{Value: d, Unread: why}
}

// served reads which versions of the kind are served: everybody may.
func (g *gatherer) served(ctx context.Context) Read[[]string] {
	group := metav1.APIGroup{}
	err := g.getJSON(ctx, "/apis/"+v1alpha1.GroupVersion.Group, nil, &group)
	if apierrors.IsNotFound(err) {
		return Read[[]string]{}
	}
	if err != nil {
		return Read[[]string]{Unread: unread(err, "discover "+v1alpha1.GroupVersion.Group, "")}
	}
	var versions []string
	for _, v := range group.Versions {
		versions = append(versions, v.Version)
	}
	return Read[[]string]{Value: versions}
}

// kinds reads which kinds of monitoring objects are installed.
func (g *gatherer) kinds(ctx context.Context) Read[sets.Set[string]] {
	installed := sets.New[string]()
	resources := metav1.APIResourceList{}
	group := kinds.ServiceMonitor.GroupVersion().String()
	err := g.getJSON(ctx, "/apis/"+group, nil, &resources)
	if err != nil && !apierrors.IsNotFound(err) {
		return Read[sets.Set[string]]{Unread: unread(err, "discover "+group, "")}
	}
	for _, r := range resources.APIResources {
		installed.Insert(r.Kind)
	}
	return Read[sets.Set[string]]{Value: installed}
}

func (g *gatherer) prometheuses(ctx context.Context, installed Read[sets.Set[string]]) Read[[]monitoringv1.Prometheus] {
	if !installed.Value.Has(kinds.Prometheus.Kind) {
		return Read[[]monitoringv1.Prometheus]{Unread: installed.Unread}
	}
	all := listed[monitoringv1.Prometheus](ctx, g, &monitoringv1.PrometheusList{}, "prometheuses", "")
	all.Value = slices.DeleteFunc(all.Value, func(p monitoringv1.Prometheus) bool { return p.DeletionTimestamp != nil })
	return all
}

// operators reads the Deployments of operators, where the user may, and reports whether that is everywhere.
func (g *gatherer) operators(ctx context.Context) (found Read[[]Operator], all bool) {
	in := func(namespace string) Read[[]appsv1.Deployment] {
		return listed[appsv1.Deployment](ctx, g, &appsv1.DeploymentList{}, "deployments", namespace,
			client.MatchingLabels{plugin.LabelName: plugin.OperatorName})
	}
	everywhere := in(g.OperatorNamespace)
	deployments := everywhere.Value
	if g.OperatorNamespace == "" && everywhere.Unread != "" {
		for _, namespace := range sets.List(sets.New(plugin.OperatorNamespace, g.Namespace).Delete("")) {
			deployments = append(deployments, in(namespace).Value...)
		}
	}
	if everywhere.Unread != "" && len(deployments) == 0 {
		return Read[[]Operator]{Unread: everywhere.Unread}, false
	}
	operators := make([]Operator, len(deployments))
	for i := range deployments {
		operators[i].Deployment = deployments[i]
	}
	g.prove(ctx, operators)
	all = everywhere.Unread == "" && g.OperatorNamespace == ""
	for i := range operators {
		if operators[i].genuine() {
			g.operator(ctx, &operators[i])
		}
		all = all && operators[i].BindingsUnread == ""
	}
	return Read[[]Operator]{Value: operators}, all
}

// prove finds out which Deployments are operators. Bindings are only read where they matter.
func (g *gatherer) prove(ctx context.Context, operators []Operator) {
	home := cmp.Or(g.OperatorNamespace, plugin.OperatorNamespace)
	var everywhere Read[[]rbacv1.ClusterRoleBinding]
	var inNamespaces Read[[]rbacv1.RoleBinding]
	if slices.ContainsFunc(operators, func(o Operator) bool { return o.Deployment.Namespace != home }) {
		everywhere = listed[rbacv1.ClusterRoleBinding](ctx, g, &rbacv1.ClusterRoleBindingList{}, "clusterrolebindings", "")
		inNamespaces = listed[rbacv1.RoleBinding](ctx, g, &rbacv1.RoleBindingList{}, "rolebindings", g.Namespace)
	}
	for i := range operators {
		o := &operators[i]
		o.Proof = plugin.Prove(&o.Deployment, home, everywhere.Value, inNamespaces.Value)
		if !o.Proof.Everywhere {
			o.BindingsUnread = cmp.Or(everywhere.Unread, inNamespaces.Unread)
		}
	}
}

// operator reads what belongs to a Deployment of the operator.
func (g *gatherer) operator(ctx context.Context, o *Operator) {
	d := &o.Deployment
	selector, err := metav1.LabelSelectorAsSelector(d.Spec.Selector)
	if err != nil {
		o.Pods.Unread = fmt.Sprintf("the selector of Deployment %s is not valid", o)
	} else {
		o.Pods = listed[corev1.Pod](ctx, g, &corev1.PodList{}, "pods", d.Namespace, client.MatchingLabelsSelector{Selector: selector})
	}
	if namespace, flaw := o.electionNamespace(); o.electsLeader() && flaw == "" {
		lease := &coordinationv1.Lease{}
		exists, why := g.object(ctx, client.ObjectKey{Namespace: namespace, Name: plugin.OperatorName}, lease, "lease")
		if !exists {
			lease = nil
		}
		o.Lease = Read[*coordinationv1.Lease]{Value: lease, Unread: why}
		o.Election = g.lacks(ctx, o, namespace, rbac.LeaderElection)
	}
	o.Policies = listed[networkingv1.NetworkPolicy](ctx, g, &networkingv1.NetworkPolicyList{}, "networkpolicies", d.Namespace)
	look := g.looking(ctx, d.Namespace)
	for _, r := range certificatesOf(o) {
		o.Certificates = append(o.Certificates, look(r))
	}
	if o.asksWhoReadsMetrics() {
		o.Reviews = g.lacks(ctx, o, "", rbac.Metrics)
	}
}

// namespaces reads the trackers, and what those of a namespace share.
func (g *gatherer) namespaces(ctx context.Context, f *Facts) error {
	trackers, err := g.trackers(ctx, f.Served)
	if err != nil {
		return err
	}
	if len(trackers.Value) > maxTrackers {
		trackers.Value, f.Truncated = trackers.Value[:maxTrackers], true
	}
	names := sets.New[string]()
	for i := range trackers.Value {
		names.Insert(trackers.Value[i].Namespace)
	}
	if g.Namespace != "" {
		names.Insert(g.Namespace)
	}
	if trackers.Unread != "" && g.Namespace == "" {
		f.Namespaces = []Namespace{{Trackers: Read[[]Tracker]{Unread: trackers.Unread}}}
		return nil
	}
	for i := range f.Operators.Value {
		if o := &f.Operators.Value[i]; o.genuine() {
			g.labelsOf(ctx, f, o.Deployment.Namespace)
		}
	}
	for _, name := range sets.List(names) {
		g.labelsOf(ctx, f, name)
		n := Namespace{Name: name, Trackers: Read[[]Tracker]{Unread: trackers.Unread}}
		n.Rights = g.rights(ctx, *f, name)
		n.Policies = listed[networkingv1.NetworkPolicy](ctx, g, &networkingv1.NetworkPolicyList{}, "networkpolicies", name)
		for i := range trackers.Value {
			if t := &trackers.Value[i]; t.Namespace == name {
				n.Trackers.Value = append(n.Trackers.Value, g.tracker(ctx, f, t))
			}
		}
		f.Namespaces = append(f.Namespaces, n)
	}
	return nil
}

// labelsOf reads the labels of a namespace once.
func (g *gatherer) labelsOf(ctx context.Context, f *Facts, name string) {
	if _, read := f.NamespaceLabels[name]; read {
		return
	}
	namespace := kinds.Metadata(kinds.Namespace)
	exists, why := g.object(ctx, client.ObjectKey{Name: name}, namespace, "namespace")
	if !exists && why == "" {
		why = fmt.Sprintf("namespace %q does not exist", name)
	}
	f.NamespaceLabels[name] = Read[map[string]string]{Value: namespace.Labels, Unread: why}
}

// trackers reads the trackers that are looked at.
func (g *gatherer) trackers(ctx context.Context, served Read[[]string]) (Read[[]plugin.Tracker], error) {
	version := v1alpha1.GroupVersion.Version
	if served.Unread == "" && !slices.Contains(served.Value, version) {
		return Read[[]plugin.Tracker]{Unread: "the cluster serves no InterviewTrackers of version " + version + ": see CustomResourceDefinition"}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if g.Name == "" {
		all, err := g.cluster.ListTrackers(ctx, g.Namespace)
		if err != nil {
			return Read[[]plugin.Tracker]{Unread: unread(err, "list interviewtrackers", g.Namespace)}, nil
		}
		return Read[[]plugin.Tracker]{Value: all}, nil
	}
	one, err := g.cluster.GetTracker(ctx, g.Name)
	if err != nil && !apierrors.IsNotFound(err) {
		err = errors.New(unread(err, fmt.Sprintf("get interviewtracker %q", g.Name), g.Namespace))
	}
	return Read[[]plugin.Tracker]{Value: []plugin.Tracker{one}}, err
}
