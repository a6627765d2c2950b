// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

const nameOne = "name one with --alertmanager NAMESPACE/NAME"

// findAlertmanager returns the Alertmanager of a name, or else the one that selects a
// tracker's AlertmanagerConfig. For a tracker without notifications, it is the only one
// there is.
func findAlertmanager(
	ctx context.Context, cluster client.Reader, tracker *v1alpha1.InterviewTracker, name types.NamespacedName,
) (*monitoringv1.Alertmanager, error) {
	if name.Name != "" {
		found := &monitoringv1.Alertmanager{}
		if err := cluster.Get(ctx, name, found); err != nil {
			return nil, fmt.Errorf("reading Alertmanager %s: %w", name, explained(err))
		}
		return found, nil
	}
	var all monitoringv1.AlertmanagerList
	if err := cluster.List(ctx, &all); err != nil {
		err = explained(err)
		if apierrors.IsForbidden(err) {
			err = fmt.Errorf("%w; %s", err, nameOne)
		}
		return nil, fmt.Errorf("listing the Alertmanagers: %w", err)
	}
	candidates := slices.DeleteFunc(all.Items, func(a monitoringv1.Alertmanager) bool { return a.DeletionTimestamp != nil })
	if !hasNotifications(tracker) {
		return only(candidates, "the cluster has no Alertmanager object", "the cluster has several Alertmanagers")
	}

	config := &metav1.PartialObjectMetadata{}
	config.SetGroupVersionKind(monitoringv1alpha1.SchemeGroupVersion.WithKind(monitoringv1alpha1.AlertmanagerConfigKind))
	err := cluster.Get(ctx, client.ObjectKeyFromObject(tracker), config)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("AlertmanagerConfig %s/%s does not exist, so that the tracker's receivers get no alert: the condition %s says why "+
			"(kubectl describe interviewtracker -n %[1]s %[2]s)", tracker.Namespace, tracker.Name, v1alpha1.ConditionNotificationsReady)
	}
	if err != nil {
		return nil, fmt.Errorf("reading AlertmanagerConfig %s/%s: %w", tracker.Namespace, tracker.Name, explained(err))
	}
	namespace := &corev1.Namespace{}
	if err := cluster.Get(ctx, client.ObjectKey{Name: tracker.Namespace}, namespace); apierrors.IsForbidden(err) {
		namespace = nil
	} else if err != nil {
		return nil, fmt.Errorf("reading Namespace %s: %w", tracker.Namespace, err)
	}
	return choose(candidates, config, namespace)
}

// choose returns the Alertmanager that selects an AlertmanagerConfig. Without its namespace,
// whose labels can't be read then, each selector of namespaces counts as selecting it.
func choose(candidates []monitoringv1.Alertmanager, config *metav1.PartialObjectMetadata, namespace *corev1.Namespace) (*monitoringv1.Alertmanager, error) {
	if len(candidates) == 0 {
		return nil, errors.New("the cluster has no Alertmanager object")
	}
	names := fullNames(candidates)
	selecting := slices.DeleteFunc(candidates, func(a monitoringv1.Alertmanager) bool {
		byNamespace := a.Spec.AlertmanagerConfigNamespaceSelector
		selectsNamespace := a.Namespace == config.Namespace // as it does without a selector
		if byNamespace != nil {
			selectsNamespace = namespace == nil || selects(byNamespace, namespace.Labels)
		}
		return !selectsNamespace || !selects(a.Spec.AlertmanagerConfigSelector, config.Labels)
	})
	object := fmt.Sprintf("AlertmanagerConfig %s/%s", config.Namespace, config.Name)
	return only(selecting,
		fmt.Sprintf("no Alertmanager selects %s, by its alertmanagerConfigSelector and alertmanagerConfigNamespaceSelector (there are: %s): "+
			"set spec.monitoring.notifications.labels to what it selects", object, names),
		"several Alertmanagers select "+object)
}

// only returns the one Alertmanager, and otherwise an error.
func only(alertmanagers []monitoringv1.Alertmanager, none, several string) (*monitoringv1.Alertmanager, error) {
	switch len(alertmanagers) {
	case 0:
		return nil, errors.New(none)
	case 1:
		return &alertmanagers[0], nil
	default:
		return nil, fmt.Errorf("%s (%s): %s", several, fullNames(alertmanagers), nameOne)
	}
}

func fullNames(alertmanagers []monitoringv1.Alertmanager) string {
	var names []string
	for _, a := range alertmanagers {
		names = append(names, a.Namespace+"/"+a.Name)
	}
	return strings.Join(names, ", ")
}

// selects reports whether a selector selects labels. One that is omitted, or not valid,
// selects nothing.
func selects(selector *metav1.LabelSelector, set map[string]string) bool {
	compiled, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && compiled.Matches(labels.Set(set))
}

// explained says what is missing when a cluster does not have a kind.
func explained(err error) error {
	if meta.IsNoMatchError(err) {
		return fmt.Errorf("%w: prometheus-operator is not installed in this cluster", err)
	}
	return err
}

// readyPod returns a ready pod of an Alertmanager.
func readyPod(ctx context.Context, cluster client.Reader, alertmanager *monitoringv1.Alertmanager) (*corev1.Pod, error) {
	var pods corev1.PodList
	err := cluster.List(ctx, &pods, client.InNamespace(alertmanager.Namespace), client.MatchingLabels{
		"app.kubernetes.io/name": "alertmanager",
		"alertmanager":           alertmanager.Name, // prometheus-operator sets both.
	})
	if err != nil {
		return nil, fmt.Errorf("listing the Pods of Alertmanager %s/%s: %w", alertmanager.Namespace, alertmanager.Name, err)
	}
	for i := range pods.Items {
		if pod := &pods.Items[i]; snapshot.PodReady(pod) {
			return pod, nil
		}
	}
	return nil, fmt.Errorf("none of the %d Pods of Alertmanager %s/%s is ready: see kubectl get pods -n %[2]s -l alertmanager=%[3]s",
		len(pods.Items), alertmanager.Namespace, alertmanager.Name)
}
