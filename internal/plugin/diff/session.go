// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/observe"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// session is what trackers are compared by.
type session struct {
	options  options
	client   client.Client // Each of its writes is a dry run.
	observer *observe.Observer
	served   served
}

// newSession finds out which optional kinds the cluster has.
func newSession(ctx context.Context, cluster *plugin.Cluster, o options) (*session, error) {
	config := cluster.Limited()
	config.QPS = -1 // A tracker takes some sixty requests.
	config.WarningHandlerWithContext = apply.Warnings{}
	scheme := plugin.Scheme()
	for _, add := range []func(*runtime.Scheme) error{grafana.AddToScheme, gatewayv1.Install} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	direct, err := client.New(config, client.Options{Scheme: scheme, FieldValidation: metav1.FieldValidationStrict, DryRun: new(true)})
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", config.Host, err)
	}
	found, err := servedBy(ctx, config)
	if err != nil {
		return nil, err
	}
	return &session{
		options: o, client: direct, served: found,
		observer: &observe.Observer{
			Cached: direct, Live: direct, Optional: found, Application: unpolled{}, Clock: clock.RealClock{}, Catalog: o.catalog,
		},
	}, nil
}

// served are the optional kinds of objects that the cluster has.
type served struct {
	kinds  sets.Set[string]
	fields sets.Set[string] // Of their specs, each KIND.FIELD.
}

// Kinds implements observe.Optional.
func (s served) Kinds() (known sets.Set[string], unclear map[string]string, fixed bool) {
	return s.kinds, nil, false
}

// Declares implements observe.Optional.
func (s served) Declares(k schema.GroupVersionKind, field string) bool {
	return s.fields.Has(k.Kind + "." + field)
}

// unpolled knows nothing of the health of API pods, on which no object depends.
type unpolled struct{}

// Observe implements observe.Application.
func (unpolled) Observe(types.NamespacedName, health.PollTarget) snapshot.Application {
	return snapshot.Application{}
}
