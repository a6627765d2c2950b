// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package plugin has what the commands of kubectl tracker share: the cluster that kubectl's own
// flags choose, errors with exit codes, what a terminal shows, and completion.
package plugin

import (
	"context"
	"fmt"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// requestTimeout bounds a request to the API server, unless --request-timeout does.
const requestTimeout = 15 * time.Second

// Cluster is what a command reaches: the API server that kubectl's own flags choose.
type Cluster struct {
	// Config has no time limit, as streams are read by it too.
	Config *rest.Config
	// Client reads and writes without a cache. Each of its requests has a time limit.
	Client client.Client
	// Namespace is that of -n, or else of the context.
	Namespace string
}

// Connect returns the cluster that the flags choose. It makes no request.
func Connect(flags *genericclioptions.ConfigFlags) (*Cluster, error) {
	namespace, _, err := flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config, err := flags.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	return NewCluster(config, namespace)
}

// NewCluster returns the cluster that a config reaches. It makes no request.
func NewCluster(config *rest.Config, namespace string) (*Cluster, error) {
	config = rest.CopyConfig(config)
	config.WarningHandlerWithContext = rest.NoWarnings{} // Its users did not write the objects.
	cluster := &Cluster{Config: config, Namespace: namespace}
	direct, err := client.New(cluster.Limited(), client.Options{Scheme: Scheme()})
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", config.Host, err)
	}
	cluster.Client = direct
	return cluster, nil
}

// Limited is the config with a time limit for each request.
func (c *Cluster) Limited() *rest.Config {
	config := rest.CopyConfig(c.Config)
	if config.Timeout == 0 {
		config.Timeout = requestTimeout
	}
	return config
}

// Watch watches objects of the kind of a list until the context or the API server ends it.
func (c *Cluster) Watch(ctx context.Context, list client.ObjectList, options ...client.ListOption) (watch.Interface, error) {
	watcher, err := client.NewWithWatch(c.Config, client.Options{Scheme: c.Client.Scheme(), Mapper: c.Client.RESTMapper()})
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", c.Config.Host, err)
	}
	return watcher.Watch(ctx, list, options...)
}

// Scheme has the kinds that the plugin reads.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme, monitoringv1.AddToScheme, monitoringv1alpha1.AddToScheme, v1alpha1.AddToScheme,
	} {
		utilruntime.Must(add(scheme)) // It fails for two types of one kind alone.
	}
	return scheme
}
