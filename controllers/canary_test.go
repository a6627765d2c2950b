// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"github.com/prometheus/client_golang/prometheus"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/optionalkinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// operate runs the whole operator with its watches and its own rights, in one namespace.
func operate(t *testing.T, ns string, config *rest.Config, logger logr.Logger) *Reconciler {
	t.Helper()
	filter := decodable.New(logger)
	config = rest.CopyConfig(config)
	config.Wrap(filter.Wrap)
	config.WarningHandlerWithContext = apply.Warnings{}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:         Scheme(),
		MapperProvider: optionalkinds.Mapper,
		Cache:          CacheOptions([]string{ns}),
		Metrics:        metricsserver.Options{BindAddress: "0"},
		Logger:         logger,
		Controller:     ctrlconfig.Controller{SkipNameValidation: new(true)},
	})
	must(t, err)
	settings := Settings{
		Catalog: catalog.Default(), Transport: health.Direct(), Polls: 1, Namespaces: []string{ns}, Filter: filter,
		Registry: prometheus.WrapRegistererWith(prometheus.Labels{"test": ns}, metrics.Registry),
	}
	r, err := New(mgr, settings)
	must(t, err)
	must(t, r.SetupWithManager(t.Context(), mgr, Options{Concurrency: 2, Timeout: time.Minute}))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error("manager:", err)
		}
	})
	if !mgr.GetCache().WaitForCacheSync(t.Context()) {
		t.Fatal("the caches did not fill")
	}
	return r
}

func TestSecretWakesTheTrackersThatNameIt(t *testing.T) {
	t.Parallel()
	ns, other := namespace(t), namespace(t)
	r := operate(t, ns, rest.CopyConfig(cluster), logr.Discard())
	for _, name := range []string{"a", "b", "c"} {
		create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
			tracker.Name = name
			useExternal(tracker)
			if name != "c" {
				tracker.Spec.Redis.External.SecretKeyRef.Name = "shared"
			} else {
				notify(tracker)
				tracker.Spec.Monitoring.Notifications.Receivers[0].Slack.APIURL.Name = "a-postgres"
				trace(tracker)
				publish(tracker)
			}
		})
	}
	create(t, other, useExternal)
	names := trackersOfSecret(r.Client)
	enqueued := func(ns, secret string) []reconcile.Request {
		return names(t.Context(), &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: secret}})
	}
	for secret, want := range map[string][]string{
		"shared": {"a", "b"}, "c-redis": {"c"}, "a-redis": nil, "a-postgres": {"a", "c"}, "c-pages": {"c"}, "c-slack": nil,
		"c-otlp": {"c"}, "c-ca": {"c"}, "a-otlp": nil, "web": {"c"},
	} {
		eventually(t, "the caches don't hold the trackers", func() bool { return len(enqueued(ns, secret)) == len(want) })
		got := map[string]bool{}
		for _, r := range enqueued(ns, secret) {
			got[r.Name] = r.Namespace == ns
		}
		for _, name := range want {
			if !got[name] {
				t.Errorf("Secret %s enqueues %v, want %v", secret, got, want)
			}
		}
	}
	if got := enqueued(other, "shared"); len(got) > 0 {
		t.Errorf("a Secret of another namespace enqueues %v", got)
	}
}

// Nothing else brings the operator back to a tracker of which only a Secret of a receiver is
// missing.
func TestSecretOfAReceiverThatAppearsIsNoticed(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	operate(t, ns, asOperator(), logr.Discard())
	tracker := create(t, ns, notify)
	reports := func(missing string) {
		t.Helper()
		eventually(t, "it is not reported that "+missing, func() bool {
			refresh(t, tracker)
			return condition(tracker, v1alpha1.ConditionNotificationsReady) == "False SecretNotFound" &&
				strings.HasPrefix(message(tracker, v1alpha1.ConditionNotificationsReady), missing)
		})
	}
	reports(`Secret "hiring-slack" does not exist`)
	slack, pages := createPages(t, ns, "hiring", "a")
	eventually(t, "the Secrets are not noticed", func() bool {
		refresh(t, tracker)
		return condition(tracker, v1alpha1.ConditionNotificationsReady) != "False SecretNotFound"
	})
	rotate(t, slack, "")
	reports(`Secret "hiring-slack" has nothing under key "url"`)
	rotate(t, slack, "https://hooks.example.com/b")
	must(t, k8s.Delete(t.Context(), pages))
	reports(`Secret "hiring-pages" does not exist`)
}

// Nothing else brings the operator back to a tracker of which only a Secret is
// missing.
func TestSecretThatAppearsIsNoticed(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), useExternal)
	o.until(t, tracker, "the children are not applied", func() bool { return len(tracker.Status.Applied()) > 0 })
	bringUp(t, tracker)
	o.until(t, tracker, "not all but the Secrets are fine", func() bool {
		return condition(tracker, "DatabaseHealthy") == "False SecretNotFound" &&
			condition(tracker, "APIAvailable") == "True Available" && condition(tracker, "FrontendAvailable") == "True Available"
	})
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Health = &v1alpha1.HealthSpec{FailureThreshold: 4}
	})
	operate(t, tracker.Namespace, rest.CopyConfig(cluster), logr.Discard())
	await := func(what string, holds func() bool) {
		t.Helper()
		eventually(t, what, func() bool {
			refresh(t, tracker)
			return holds()
		})
	}
	await("the tracker is not reconciled", func() bool { return tracker.Status.ObservedGeneration == tracker.Generation })

	createSecret(t, tracker.Namespace, "hiring-postgres", "url", "postgres://a:b@db/hiring")
	await("the Secret is not noticed", func() bool { return condition(tracker, "DatabaseHealthy") != "False SecretNotFound" })
}

// No byte of an external Secret's URL, or of what receivers of notifications, telemetry and journeys
// read, leaves the operator by any way.
func TestNothingDisclosesASecretsData(t *testing.T) {
	t.Parallel()
	ns, canary := namespace(t), rand.Text()
	logs, seen := &logBuffer{}, &tap{}
	rights := grant(t, ns)
	config := rest.CopyConfig(cluster)
	config.Impersonate = rest.ImpersonationConfig{UserName: rights.user}
	config.QPS = -1
	config.Wrap(seen.wrap)
	r := operate(t, ns, config, logs.logger())
	slack, pages := createPages(t, ns, "hiring", canary)
	tracker := create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
		useExternal(tracker)
		notify(tracker)
		withJourneys(tracker)
		trace(tracker)
		publish(tracker)
	})
	must(t, k8s.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "web"},
		Data:       map[string][]byte{corev1.TLSCertKey: []byte(canary), corev1.TLSPrivateKeyKey: []byte(canary)},
	}))
	createSecret(t, ns, "journey", "password", canary)
	headers := createSecret(t, ns, "hiring-otlp", "url", "api-key="+canary+",other="+canary)
	createSecret(t, ns, "hiring-ca", "url", canary)
	createSecret(t, ns, "hiring-redis", "url", "redis://redis")
	reason := func(want string) func() bool {
		return func() bool { return strings.HasSuffix(condition(tracker, "DatabaseHealthy"), " "+want) }
	}
	await := func(what string, holds func() bool) {
		t.Helper()
		eventually(t, what, func() bool {
			refresh(t, tracker)
			return holds()
		})
	}
	revised := func(before string) func() bool {
		return func() bool {
			return exists(t, tracker, "hiring-api", &appsv1.Deployment{}) && revisions(t, tracker)[v1alpha1.AnnotationDatabaseRevision] != before
		}
	}

	await("the missing Secret is not reported", reason(v1alpha1.ReasonSecretNotFound))
	url := func(suffix string) string { return "postgres://hiring:" + canary + "@db/hiring" + suffix }
	secret := createSecret(t, ns, "hiring-postgres", "url", url(""))
	// As kubectl apply does.
	secret.Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: `{"stringData":{"url":"` + url("") + `"}}`}
	must(t, k8s.Update(t.Context(), secret))
	await("it does not recover", func() bool { return !reason(v1alpha1.ReasonSecretNotFound)() && revised("")() })

	first := revisions(t, tracker)[v1alpha1.AnnotationDatabaseRevision]
	rotate(t, secret, url("2"))
	await("the rotation rolls no pod", revised(first))

	rights.withoutReading(t, secret)
	second := revisions(t, tracker)[v1alpha1.AnnotationDatabaseRevision]
	rotate(t, secret, url("3"))
	await("the failure is not reported", func() bool {
		return condition(tracker, "Reconciling") == "True ReconcileFailed" &&
			strings.Contains(message(tracker, "Reconciling"), "reading Secret hiring-postgres: ")
	})
	rights.restore(t)
	await("it does not recover from the failure", func() bool {
		return condition(tracker, "Reconciling") != "True ReconcileFailed" && revised(second)()
	})
	rotate(t, secret, "")
	await("the empty key is not reported", reason(v1alpha1.ReasonSecretNotFound))

	// What is wrong with the values is reported without them.
	await("the certificate is not looked at", func() bool {
		return condition(tracker, v1alpha1.ConditionRouteReady) == "False InvalidCertificate"
	})
	rotate(t, slack, canary+"://hooks.example.com")
	pages.Data = map[string][]byte{"password": []byte(canary + "\n"), "key": []byte(canary + "\n"), "url": []byte("https://" + canary + ":x")}
	must(t, k8s.Update(t.Context(), pages))
	await("the flaws are not reported", func() bool {
		got := message(tracker, v1alpha1.ConditionNotificationsReady)
		return strings.Contains(got, "receiver slack") && strings.Contains(got, "receiver email") &&
			strings.Contains(got, "receiver pager") && strings.Contains(got, "receiver hook")
	})

	await("the flaw of the certificate is not reported", func() bool {
		return condition(tracker, v1alpha1.ConditionTelemetryReady) == "False InvalidCertificate"
	})
	rotate(t, headers, canary)
	await("the flaw of the headers is not reported", func() bool {
		return condition(tracker, v1alpha1.ConditionTelemetryReady) == "False InvalidSecret" &&
			strings.Contains(message(tracker, v1alpha1.ConditionTelemetryReady), `Secret "hiring-otlp", key "url"`)
	})
	rotate(t, headers, "api-key="+canary)
	await("no pod has the headers", func() bool {
		return strings.Contains(objects(t, ns, &appsv1.DeploymentList{}), "OTEL_EXPORTER_OTLP_HEADERS")
	})

	for _, c := range catalog.Default().Components {
		rollOut(t, tracker, c.Name)
	}
	await("the CronJob of the journey is not made", func() bool { return exists(t, tracker, tracker.JourneyName("nightly"), &batchv1.CronJob{}) })
	(&operator{Reconciler: r}).runJourney(t, tracker, "nightly", time.Now().Add(time.Minute), "PASSWORD="+canary)
	await("the journey's failure is not reported without its words", func() bool {
		return condition(tracker, v1alpha1.ConditionJourneysPassing) == "False JourneyFailed" &&
			strings.Contains(message(tracker, v1alpha1.ConditionJourneysPassing), words.Withheld)
	})

	await("no AlertmanagerConfig names the Secrets", func() bool {
		return strings.Contains(objects(t, ns, &monitoringv1alpha1.AlertmanagerConfigList{}), "urlSecret")
	})

	cached := kinds.Metadata(kinds.Secret)
	must(t, r.Client.Get(t.Context(), client.ObjectKeyFromObject(secret), cached))
	rotate(t, secret, url(""))
	everything := map[string]string{
		"logs": logs.String(), "metrics": gathered(t), "requests": overheard(seen), "cache": text(t, cached),
		"objects": objects(t, ns, &v1alpha1.InterviewTrackerList{}, &corev1.EventList{}, &appsv1.DeploymentList{},
			&appsv1.StatefulSetList{}, &batchv1.CronJobList{}, &corev1.ServiceList{}, &corev1.ServiceAccountList{}, &corev1.ConfigMapList{},
			&monitoringv1.PrometheusRuleList{}, &monitoringv1alpha1.AlertmanagerConfigList{}),
		"the Secret itself": text(t, secret),
	}
	for place, all := range everything {
		found := false
		for _, form := range forms(canary) {
			found = found || strings.Contains(all, form)
		}
		if found != (place == "the Secret itself") {
			t.Errorf("%s: it is disclosed: %t:\n%s", place, found, all)
		}
	}
	for place, want := range map[string]string{
		"logs": "reading Secret hiring-postgres", "metrics": "controller_runtime_reconcile_total",
		"requests": "/secrets/hiring-pages", "objects": "InvalidSecret", "cache": "hiring-postgres",
	} {
		if !strings.Contains(everything[place], want) {
			t.Errorf("nothing was looked at: %s does not hold %s", place, want)
		}
	}
}

// forms are how a text may stand in others: as it is, and within something that is
// encoded in base64, where it begins at any of three places.
func forms(s string) []string {
	all := []string{s}
	for shift, unsure := range []int{0, 2, 3} {
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), s...))
		all = append(all, encoded[unsure:len(encoded)-2])
	}
	return all
}

// overheard is all that the operator sent.
func overheard(seen *tap) string {
	var all strings.Builder
	for _, r := range seen.requests() {
		all.WriteString(r.all + "\n")
	}
	return all.String()
}

// objects are all objects of these kinds in a namespace.
func objects(t *testing.T, ns string, lists ...client.ObjectList) string {
	t.Helper()
	var all strings.Builder
	for _, list := range lists {
		must(t, k8s.List(t.Context(), list, client.InNamespace(ns)))
		all.WriteString(text(t, list))
	}
	return all.String()
}

func text(t *testing.T, object any) string {
	t.Helper()
	encoded, err := json.Marshal(object)
	must(t, err)
	return string(encoded)
}

// gathered is what a scrape of the operator's metrics would get.
func gathered(t *testing.T) string {
	t.Helper()
	families, err := metrics.Registry.Gather()
	must(t, err)
	var all strings.Builder
	for _, family := range families {
		all.WriteString(family.String() + "\n")
	}
	return all.String()
}

// logBuffer holds what is logged at the lowest level that --log-level has.
type logBuffer struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (b *logBuffer) logger() logr.Logger {
	return funcr.New(func(prefix, args string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.lines.WriteString(prefix + " " + args + "\n")
	}, funcr.Options{Verbosity: 1})
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lines.String()
}

// rights are those of config/rbac/role.yaml, in one namespace.
type rights struct {
	user string
	role *rbacv1.ClusterRole
}

func grant(t *testing.T, ns string) *rights {
	t.Helper()
	file, err := os.ReadFile("../config/rbac/role.yaml")
	must(t, err)
	r := &rights{user: "operator-of-" + ns, role: &rbacv1.ClusterRole{}}
	must(t, yaml.UnmarshalStrict(file, r.role))
	r.role.Name = r.user
	must(t, k8s.Create(t.Context(), r.role))
	must(t, k8s.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: r.user},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: r.user}},
		RoleRef:    rbacv1.RoleRef{Kind: "ClusterRole", APIGroup: rbacv1.GroupName, Name: r.user},
	}))
	// The authorizer learns of it by a watch.
	asOperator := r.client(t)
	eventually(t, "the rights are not granted", func() bool {
		return !apierrors.IsForbidden(asOperator.Get(t.Context(), types.NamespacedName{Namespace: ns, Name: "any"}, &corev1.Secret{}))
	})
	return r
}

func (r *rights) client(t *testing.T) client.Client {
	t.Helper()
	config := rest.CopyConfig(cluster)
	config.Impersonate = rest.ImpersonationConfig{UserName: r.user}
	c, err := client.New(config, client.Options{Scheme: Scheme()})
	must(t, err)
	return c
}

// withoutReading takes the right to get Secrets, and waits until it is gone.
func (r *rights) withoutReading(t *testing.T, secret *corev1.Secret) {
	t.Helper()
	less := r.role.DeepCopy()
	for i, rule := range less.Rules {
		if cmp.Equal(rule.Resources, []string{"secrets"}) {
			less.Rules[i].Verbs = []string{"list", "watch", "create", "patch", "delete"}
		}
	}
	must(t, k8s.Update(t.Context(), less))
	r.role.ResourceVersion = less.ResourceVersion
	asOperator := r.client(t)
	eventually(t, "Secrets can still be read", func() bool {
		return apierrors.IsForbidden(asOperator.Get(t.Context(), client.ObjectKeyFromObject(secret), &corev1.Secret{}))
	})
}

func (r *rights) restore(t *testing.T) {
	t.Helper()
	must(t, k8s.Update(t.Context(), r.role))
}

// patience is how long tests wait for what should come at once. Nothing that succeeds
// waits for it.
const patience = 2 * time.Minute

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		return holds(), nil
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
