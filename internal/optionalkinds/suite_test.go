// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package optionalkinds

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

// cluster is a real kube-apiserver with etcd; k8s is a client of the test's own.
var (
	cluster *rest.Config
	k8s     client.Client
	scheme  = runtime.NewScheme()
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme, monitoringv1.AddToScheme,
		monitoringv1alpha1.AddToScheme, grafana.AddToScheme, gatewayv1.Install,
	} {
		if err := add(scheme); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	server, err := apiserver.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = server.Stop() }()
	cluster = server.Config
	if k8s, err = client.New(cluster, client.Options{Scheme: scheme}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// definition is the smallest CustomResourceDefinition of an optional kind.
func definition(k kinds.Kind) *apiextensionsv1.CustomResourceDefinition {
	open := &apiextensionsv1.JSONSchemaProps{Type: "object", XPreserveUnknownFields: new(true)}
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: k.CRD(), Annotations: map[string]string{"api-approved.kubernetes.io": "unapproved, a test"}},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: k.Group,
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{
				Plural: k.Plural, Singular: strings.ToLower(k.Kind), Kind: k.Kind, ListKind: k.Kind + "List",
			},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: k.Version, Served: true, Storage: true, Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: open},
			}},
		},
	}
}

// install installs the optional kinds, as they are or changed, and removes them when the
// test ends.
func install(t *testing.T, change func(*apiextensionsv1.CustomResourceDefinition)) {
	t.Helper()
	t.Cleanup(func() { remove(t) })
	for _, k := range kinds.Optional() {
		d := definition(k)
		if change != nil {
			change(d)
		}
		must(t, k8s.Create(t.Context(), d))
	}
	for _, k := range kinds.Optional() {
		apiserver.Await(t, k.Kind+" is not established", func() bool {
			d := &apiextensionsv1.CustomResourceDefinition{}
			must(t, k8s.Get(t.Context(), client.ObjectKey{Name: k.CRD()}, d))
			_, served := servedBy(d, k)
			return served
		})
		apiserver.Await(t, k.Kind+" can't be listed", func() bool { return k8s.List(t.Context(), k.NewList(), client.Limit(1)) == nil })
	}
}

// remove removes the optional kinds, as far as they are installed.
func remove(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // Tests end with it.
	for _, k := range kinds.Optional() {
		must(t, client.IgnoreNotFound(k8s.Delete(ctx, definition(k))))
	}
	for _, k := range kinds.Optional() {
		err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
			return apierrors.IsNotFound(k8s.Get(ctx, client.ObjectKey{Name: k.CRD()}, definition(k))), nil
		})
		must(t, err)
	}
}

func namespace(t *testing.T) *corev1.Namespace {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	must(t, k8s.Create(t.Context(), ns))
	return ns
}

// watching is a Watcher that runs, and what it reported to its subscriber.
type watching struct {
	*Watcher
	client client.Client

	mu       sync.Mutex
	schemas  map[string]bool // by kind, whether one was given
	changed  int             // how often KindsChanged was called
	objects  []string        // the objects that have changed, each KIND NAME
	requests []string        // the paths that were requested
}

// watch runs a Watcher, in some namespaces or in all, as a user; the wrapper may answer
// its requests.
func watch(t *testing.T, config *rest.Config, wrap transport.WrapperFunc, namespaces ...string) *watching {
	t.Helper()
	r := &watching{schemas: map[string]bool{}}
	config = rest.CopyConfig(config)
	config.QPS = -1
	if wrap != nil {
		config.Wrap(wrap)
	}
	config.Wrap(r.record)
	o := cache.Options{ByObject: map[client.Object]cache.ByObject{}, ReaderFailOnMissingInformer: true}
	for _, ns := range namespaces {
		o.DefaultNamespaces = map[string]cache.Config{ns: {}}
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme, MapperProvider: Mapper, Cache: o, Metrics: metricsserver.Options{BindAddress: "0"},
	})
	must(t, err)
	r.Watcher, err = New(mgr, Options{Cache: o, Namespaces: namespaces})
	must(t, err)
	r.Subscribe(Subscriber{
		SetSchema: func(gvk schema.GroupVersionKind, s *apiextensionsv1.JSONSchemaProps) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.schemas[gvk.Kind] = s != nil
			return nil
		},
		KindsChanged: func(context.Context) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.changed++
		},
		ObjectChanged: func(_ context.Context, k kinds.Kind, before, after client.Object) {
			if after == nil {
				after = before
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.objects = append(r.objects, k.Kind+" "+after.GetName())
		},
	})
	r.client, err = r.NewClient(mgr)
	must(t, err)
	must(t, r.SetupWithManager(t.Context(), mgr))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error("manager:", err)
		}
	})
	select {
	case <-r.Synced():
	case <-time.After(time.Minute):
		t.Fatal("the optional kinds are not looked up")
	}
	return r
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

func (r *watching) record(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(q *http.Request) (*http.Response, error) {
		r.mu.Lock()
		r.requests = append(r.requests, q.URL.Path)
		r.mu.Unlock()
		return next.RoundTrip(q)
	})
}

// requested are the requested paths that contain one of some texts.
func (r *watching) requested(texts ...string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.requests), func(path string) bool {
		return !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(path, s) })
	})
}

// serves waits until Kinds returns these kinds and no others.
func (r *watching) serves(t *testing.T, want ...string) {
	t.Helper()
	apiserver.Await(t, fmt.Sprintf("the kinds are not %v", want), func() bool {
		served, unclear, _ := r.Kinds()
		return served.Len() == len(want) && served.HasAll(want...) && len(unclear) == 0
	})
}

// servesAllBut waits until Kinds returns all kinds but one, and returns why it does not return that one.
func (r *watching) servesAllBut(t *testing.T, kind string) (why string) {
	t.Helper()
	want := slices.DeleteFunc(append(optional(), "Namespace"), func(k string) bool { return k == kind })
	apiserver.Await(t, fmt.Sprintf("the kinds are not %v", want), func() bool {
		served, unclear, _ := r.Kinds()
		why = unclear[kind]
		return served.Len() == len(want) && served.HasAll(want...) && len(unclear) == 1
	})
	return why
}

// informersOf are the informers of the kinds that are watched for optional ones.
func (r *watching) informersOf(t *testing.T, all []kinds.Kind) map[string]cache.Informer {
	t.Helper()
	informers := map[string]cache.Informer{}
	for _, k := range all {
		informer, err := r.cache.GetInformer(t.Context(), k.New(), cache.BlockUntilSynced(false))
		must(t, err)
		informers[k.Kind] = informer
	}
	return informers
}
