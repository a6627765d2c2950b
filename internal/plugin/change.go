// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// FieldManager is the plugin's name in the fields that it changes. Flux removes fields of managers
// whose names begin with kubectl.
const FieldManager = "tracker-plugin"

// Merge changes an object by a JSON merge patch: fields that are nil are removed. It leaves the object that it is
// given as it is: of an operator of another version, the answer may have fields that can't be read.
func (c *Cluster) Merge(ctx context.Context, object client.Object, fields map[string]any) error {
	patch, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	kind, err := c.Client.GroupVersionKindFor(object)
	if err != nil {
		return err
	}
	changed := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: object.GetNamespace(), Name: object.GetName()}}
	changed.SetGroupVersionKind(kind)
	return c.Client.Patch(ctx, changed, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(FieldManager))
}

// Request asks the operator for something once, by an annotation of a tracker, as the actions of Argo CD do: each
// time counts once.
func (c *Cluster) Request(ctx context.Context, tracker Tracker, annotation string, now time.Time) error {
	switch {
	case tracker.DeletionTimestamp != nil:
		return fmt.Errorf("InterviewTracker %s/%s is being deleted", tracker.Namespace, tracker.Name)
	case tracker.Spec.Suspend:
		return fmt.Errorf("InterviewTracker %s/%s is suspended, and the operator writes nothing: kubectl tracker resume -n %[1]s %[2]s first",
			tracker.Namespace, tracker.Name)
	}
	if err := c.Merge(ctx, tracker.InterviewTracker, map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{annotation: now.UTC().Format(time.RFC3339)}},
	}); err != nil {
		return fmt.Errorf("setting the annotation %s of InterviewTracker %s/%s: %w", annotation, tracker.Namespace, tracker.Name, err)
	}
	return nil
}

// GitOps says what applies an object from Git, such as "Argo CD (application hiring)"; empty for
// nothing that is known.
func GitOps(object metav1.Object) string {
	labels, annotations := object.GetLabels(), object.GetAnnotations()
	if id := annotations["argocd.argoproj.io/tracking-id"]; id != "" {
		application, _, _ := strings.Cut(id, ":")
		return "Argo CD (application " + application + ")"
	}
	if application := labels["argocd.argoproj.io/instance"]; application != "" {
		return "Argo CD (application " + application + ")"
	}
	for _, flux := range []struct{ prefix, kind string }{
		{"kustomize.toolkit.fluxcd.io/", "Kustomization"}, {"helm.toolkit.fluxcd.io/", "HelmRelease"},
	} {
		if name := labels[flux.prefix+"name"]; name != "" {
			return fmt.Sprintf("Flux (%s %s/%s)", flux.kind, labels[flux.prefix+"namespace"], name)
		}
	}
	for manager, name := range map[string]string{
		"argocd-controller": "Argo CD", "argocd-application-controller": "Argo CD", "kustomize-controller": "Flux", "helm-controller": "Flux",
	} {
		if slices.ContainsFunc(object.GetManagedFields(), func(e metav1.ManagedFieldsEntry) bool { return e.Manager == manager && e.Subresource == "" }) {
			return name
		}
	}
	return ""
}

// WarnGitOps says that a change of a field of an object may be undone, if it is applied from Git.
func WarnGitOps(stderr io.Writer, object metav1.Object, field string) {
	if by := GitOps(object); by != "" {
		fmt.Fprintf(stderr, "warning: %s applies %s/%s from Git, and undoes this if %s is set there: change it there as well\n",
			words.Line(by, MaxLine), object.GetNamespace(), object.GetName(), field)
	}
}
