// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// addVersions adds the versions of the API server and of the CustomResourceDefinitions.
func (g *gatherer) addVersions(ctx context.Context) {
	var out strings.Builder
	fmt.Fprintln(&out, "API server:", g.serverVersion())
	for _, kind := range kinds.All() {
		if !kind.Custom() {
			continue
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		err := g.cluster.Client.Get(ctx, types.NamespacedName{Name: kind.CRD()}, crd)
		switch {
		case apierrors.IsNotFound(err):
			fmt.Fprintf(&out, "%s: not installed\n", kind.CRD())
		case err != nil:
			g.bundle.problem("CustomResourceDefinition %s: %s", kind.CRD(), err)
		default:
			fmt.Fprintf(&out, "%s: %s\n", kind.CRD(), describeCRD(crd))
		}
	}
	g.bundle.add("versions.txt", []byte(out.String()))
}

// serverVersion returns the version of the API server, or why it is not known.
func (g *gatherer) serverVersion() string {
	reader, err := discovery.NewDiscoveryClientForConfig(g.cluster.Limited())
	if err != nil {
		return "unknown: " + err.Error()
	}
	version, err := reader.ServerVersion()
	if err != nil {
		return "unknown: " + err.Error()
	}
	return version.GitVersion
}

// describeCRD says which versions a CustomResourceDefinition has, and which one of them was installed.
func describeCRD(crd *apiextensionsv1.CustomResourceDefinition) string {
	var versions []string
	for _, v := range crd.Spec.Versions {
		text := v.Name
		if v.Storage {
			text += " (stored)"
		}
		if !v.Served {
			text += " (not served)"
		}
		versions = append(versions, text)
	}
	return fmt.Sprintf("%s, generation %d, created %s", strings.Join(versions, ", "), crd.Generation, crd.CreationTimestamp.UTC().Format(time.RFC3339))
}

// addOperator adds what is known of the operator: its Deployments, its pods and their logs.
func (g *gatherer) addOperator(ctx context.Context) {
	labels := client.MatchingLabels{plugin.LabelName: plugin.OperatorName}
	var deployments appsv1.DeploymentList
	err := g.cluster.Client.List(ctx, &deployments, labels)
	if apierrors.IsForbidden(err) {
		err = g.cluster.Client.List(ctx, &deployments, labels, client.InNamespace(plugin.OperatorNamespace))
	}
	if err != nil {
		g.bundle.problem("the operator: listing its Deployments: %s", err)
		return
	}
	if len(deployments.Items) == 0 {
		g.bundle.problem("the operator: no Deployment has the label %s=%s", plugin.LabelName, plugin.OperatorName)
	}
	for _, deployment := range g.proven(ctx, deployments.Items) {
		g.addOperatorIn(ctx, deployment)
	}
}

// proven are the Deployments that are operators. The others are noted: whoever has set the label of the operator on one
// could have anything in the report.
func (g *gatherer) proven(ctx context.Context, deployments []appsv1.Deployment) []*appsv1.Deployment {
	var everywhere rbacv1.ClusterRoleBindingList
	var inNamespace rbacv1.RoleBindingList
	why := plugin.NoProof
	if slices.ContainsFunc(deployments, func(d appsv1.Deployment) bool { return d.Namespace != plugin.OperatorNamespace }) {
		err := cmp.Or(g.cluster.Client.List(ctx, &everywhere), g.cluster.Client.List(ctx, &inNamespace, client.InNamespace(g.cluster.Namespace)))
		if err != nil {
			why = "listing bindings: " + err.Error()
		}
	}
	var all []*appsv1.Deployment
	for i := range deployments {
		d := &deployments[i]
		if plugin.Prove(d, plugin.OperatorNamespace, everywhere.Items, inNamespace.Items).Holds() {
			all = append(all, d)
			continue
		}
		g.bundle.problem("Deployment %s/%s: left out: it has the operator's label, but %s", d.Namespace, d.Name, why)
	}
	return all
}

func (g *gatherer) addOperatorIn(ctx context.Context, deployment *appsv1.Deployment) {
	folder := "operator/" + deployment.Namespace + "/"
	g.addTyped(folder+"deployment/"+deployment.Name+".yaml", "apps/v1", "Deployment", deployment)
	selector, err := metav1.LabelSelectorAsSelector(deployment.Spec.Selector)
	if err != nil {
		g.bundle.problem("the operator: the selector of Deployment %s/%s is not valid: %s", deployment.Namespace, deployment.Name, err)
		return
	}
	var pods corev1.PodList
	own := client.MatchingLabelsSelector{Selector: selector}
	labels := client.MatchingLabels{plugin.LabelName: plugin.OperatorName} // The selector alone may match pods of others.
	if err := g.cluster.Client.List(ctx, &pods, client.InNamespace(deployment.Namespace), own, labels); err != nil {
		g.bundle.problem("the operator: listing its pods in namespace %s: %s", deployment.Namespace, err)
		return
	}
	for i := range pods.Items {
		g.addTyped(folder+"pod/"+pods.Items[i].Name+".yaml", "v1", "Pod", &pods.Items[i])
	}
	// The operator reads the Secrets of trackers, and logs nothing of them. What its log has of this
	// tracker's is masked all the same.
	g.bundle.addLogs(ctx, g.open, folder, pods.Items, func(*corev1.Pod, time.Time) string { return g.withheldOfOperator() })
}

// withheldOfOperator returns why the operator's log must not be in the report, or nothing.
func (g *gatherer) withheldOfOperator() string {
	if g.judge.all {
		return ""
	}
	i := slices.IndexFunc(g.references, func(r reference) bool { return g.judge.secrets[r.name].problem == problemUnreadable })
	if i < 0 {
		return ""
	}
	return g.judge.secrets[g.references[i].name].unfit(g.references[i].name, time.Time{})
}

func (g *gatherer) addTyped(path, apiVersion, kind string, object client.Object) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		g.bundle.problem("%s: %s", path, err)
		return
	}
	fields["apiVersion"], fields["kind"] = apiVersion, kind
	g.addObject(path, fields)
}
