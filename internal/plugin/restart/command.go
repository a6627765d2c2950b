// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package restart replaces the pods of a tracker.
package restart

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const help = `Replace the pods of the API and the frontend, some at a time, as a new version does; with several
replicas, the tracker works all the while. It asks the operator for it by the annotation
` + v1alpha1.AnnotationRestartedAt + ` of the tracker, which is also what the action of Argo CD does.

With --component, it replaces the pods of those components alone, as kubectl rollout restart does: by an
annotation of their template, which the operator leaves as it is. A managed database or Redis has one
pod: the application is without it until its new pod is ready, and so you name it yourself.

Exit codes: 0 when the restart is asked for, which kubectl tracker wait --for=ready waits for; 1 when it can't
be, such as of a tracker that is suspended; 2 for a component that there is not.

Permissions that it needs: get and patch interviewtrackers. With --component, get interviewtrackers, and
get and patch deployments; for the database and Redis, get and patch statefulsets.`

// annotation is what kubectl rollout restart writes.
const annotation = "kubectl.kubernetes.io/restartedAt"

// NewCommand returns kubectl tracker restart.
func NewCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var components []string
	cmd := plugin.ForTracker(flags, &cobra.Command{
		Use:     "restart NAME [--component=COMPONENT,…]",
		Short:   "Replace the pods of a tracker's components",
		Long:    help,
		Example: "  kubectl tracker restart hiring -n people\n  kubectl tracker restart hiring --component=database",
		PreRunE: func(*cobra.Command, []string) error { return known(components) },
	}, func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		return restart(ctx, cluster, streams.Out, name, components, time.Now())
	})
	cmd.Flags().StringSliceVar(&components, "component", nil, "`components` to restart: "+strings.Join(names(), ", ")+" (default: the API and the frontend)")
	plugin.CompleteFlag(cmd, "component", names())
	return cmd
}

func names() []string {
	var all []string
	for _, name := range catalog.Default().Names() {
		all = append(all, string(name))
	}
	return all
}

// known refuses components that there are not.
func known(components []string) error {
	for _, name := range components {
		if !slices.Contains(names(), name) {
			return plugin.Usagef("%q is no component: set --component to some of %s", name, strings.Join(names(), ", "))
		}
	}
	return nil
}

// workload is what runs the pods of a component.
type workload struct {
	kind   string
	object client.Object
	// paused returns whether somebody has paused it, once it has been read.
	paused func() bool
}

// workloads are what runs the pods of components.
func workloads(tracker plugin.Tracker, components []string) ([]workload, error) {
	parts := catalog.Default()
	var all []workload
	for _, name := range components {
		component := v1alpha1.Component(name)
		named := metav1.ObjectMeta{Namespace: tracker.Namespace, Name: tracker.ChildName(component)}
		if !parts.IsDependency(component) {
			d := &appsv1.Deployment{ObjectMeta: named}
			all = append(all, workload{"deployment", d, func() bool { return d.Spec.Paused }})
			continue
		}
		i := slices.IndexFunc(parts.Dependencies, func(d catalog.Dependency) bool { return d.Name == component })
		if err := tracker.Readable("spec." + name); err != nil {
			return nil, err
		}
		if parts.Dependencies[i].ManagedSpec(&tracker.Spec) == nil {
			return nil, fmt.Errorf("the %s of InterviewTracker %s/%s is external: restart it where it runs", name, tracker.Namespace, tracker.Name)
		}
		all = append(all, workload{"statefulset", &appsv1.StatefulSet{ObjectMeta: named}, func() bool { return false }})
	}
	return all, nil
}

// restart restarts a tracker, or else all components that are named, or none.
func restart(ctx context.Context, cluster *plugin.Cluster, out io.Writer, name string, components []string, now time.Time) error {
	tracker, err := cluster.GetTracker(ctx, name)
	if err != nil {
		return err
	}
	if len(components) == 0 {
		if err := cluster.Request(ctx, tracker, v1alpha1.AnnotationRestartedAt, now); err != nil {
			return err
		}
		_, err := fmt.Fprintf(out, "interviewtracker/%s restarts%s\n", name, later(tracker.InterviewTracker))
		return err
	}
	all, err := workloads(tracker, components)
	if err != nil {
		return err
	}
	for _, w := range all {
		if err := readable(ctx, cluster, tracker.InterviewTracker, w); err != nil {
			return err
		}
	}
	for _, w := range all {
		if err := cluster.Merge(ctx, w.object, map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{
			"annotations": map[string]any{annotation: now.UTC().Format(time.RFC3339)},
		}}}}); err != nil {
			return fmt.Errorf("restarting %s/%s in namespace %s: %w", w.kind, w.object.GetName(), tracker.Namespace, err)
		}
		if _, err := fmt.Fprintf(out, "%s/%s restarts\n", w.kind, w.object.GetName()); err != nil {
			return err
		}
	}
	return nil
}

// later says what of a restart has to wait.
func later(tracker *v1alpha1.InterviewTracker) string {
	if tracker.Spec.Migrations == nil || meta.IsStatusConditionTrue(tracker.Status.Conditions, v1alpha1.ConditionMigrationsComplete) {
		return ""
	}
	return fmt.Sprintf(": the pods of the %s once the migrations have run", catalog.Default().Primary().Name)
}

// readable reads a workload, and refuses one that can't be restarted.
func readable(ctx context.Context, cluster *plugin.Cluster, tracker *v1alpha1.InterviewTracker, w workload) error {
	what := fmt.Sprintf("%s/%s in namespace %s", w.kind, w.object.GetName(), tracker.Namespace)
	err := cluster.Client.Get(ctx, client.ObjectKeyFromObject(w.object), w.object)
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%s does not exist: see kubectl tracker status -n %s %s", what, tracker.Namespace, tracker.Name)
	case err != nil:
		return fmt.Errorf("reading %s: %w", what, err)
	case !metav1.IsControlledBy(w.object, tracker):
		return fmt.Errorf("%s is not the tracker's own: another object has its name", what)
	case w.paused():
		return fmt.Errorf("%s is paused, and restarts nothing: kubectl rollout resume -n %s %s/%s first", what, tracker.Namespace, w.kind, w.object.GetName())
	}
	return nil
}
