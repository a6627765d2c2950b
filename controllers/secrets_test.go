// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// useExternal makes a tracker use the Secrets NAME-postgres and NAME-redis.
func useExternal(tracker *v1alpha1.InterviewTracker) {
	named := func(suffix string) *v1alpha1.DependencySpec {
		return &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{
			SecretKeyRef: corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: tracker.Name + suffix}, Key: "url"},
		}}
	}
	tracker.Spec.Database, tracker.Spec.Redis = named("-postgres"), named("-redis")
}

// notify has a tracker notify one receiver of each kind. The Secrets of those are NAME-slack,
// with the key url, and NAME-pages, with the keys password, key and url.
func notify(tracker *v1alpha1.InterviewTracker) {
	key := func(suffix, key string) v1alpha1.SecretKey {
		return v1alpha1.SecretKey{Name: tracker.Name + suffix, Key: key}
	}
	tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Notifications: &v1alpha1.NotificationsSpec{
		Receivers: []v1alpha1.Receiver{
			{Name: "slack", Slack: &v1alpha1.SlackReceiver{Channel: "#incidents", APIURL: key("-slack", "url")}},
			{Name: "email", Email: &v1alpha1.EmailReceiver{
				To: "incidents@example.com", From: "alerts@example.com", Smarthost: "smtp.example.com:587", Username: "alerts",
				Password: new(key("-pages", "password")),
			}},
			{Name: "pager", PagerDuty: &v1alpha1.PagerDutyReceiver{RoutingKey: key("-pages", "key")}},
			{Name: "hook", Webhook: &v1alpha1.WebhookReceiver{URL: key("-pages", "url")}},
		},
		Escalation: []v1alpha1.EscalationLevel{{Name: "on-call engineer", Receivers: []string{"slack", "email", "pager", "hook"}}},
	}}
}

// createPages makes the Secrets of notify, each value of which has a text.
func createPages(t *testing.T, ns, tracker, text string) (slack, pages *corev1.Secret) {
	t.Helper()
	slack = createSecret(t, ns, tracker+"-slack", "url", "https://hooks.example.com/"+text)
	pages = &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: tracker + "-pages"},
		Data:       map[string][]byte{"password": []byte(text), "key": []byte(text), "url": []byte("https://status.example.com/" + text)},
	}
	must(t, k8s.Create(t.Context(), pages))
	return slack, pages
}

// trace has a tracker send traces, with headers and a certificate of the Secrets NAME-otlp and
// NAME-ca, each with the key url.
func trace(tracker *v1alpha1.InterviewTracker) {
	tracker.Spec.Telemetry = &v1alpha1.TelemetrySpec{
		Endpoint:      "https://otlp.example.com:4317",
		Headers:       &v1alpha1.TelemetryHeaders{SecretKeyRef: v1alpha1.KeyReference{Name: tracker.Name + "-otlp", Key: "url"}},
		CACertificate: &v1alpha1.CertificateSource{SecretKeyRef: &v1alpha1.KeyReference{Name: tracker.Name + "-ca", Key: "url"}},
	}
}

// createSecret makes a Secret with one key.
func createSecret(t *testing.T, ns, name, key, value string) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Data:       map[string][]byte{key: []byte(value)},
	}
	must(t, k8s.Create(t.Context(), secret))
	return secret
}

func rotate(t *testing.T, secret *corev1.Secret, value string) {
	t.Helper()
	secret.Data = map[string][]byte{"url": []byte(value)}
	must(t, k8s.Update(t.Context(), secret))
}

// createExternal makes a tracker of external dependencies whose Secrets exist, and
// waits until it has settled.
func (o *operator) createExternal(t *testing.T, ns, name string) (tracker *v1alpha1.InterviewTracker, postgres *corev1.Secret) {
	t.Helper()
	postgres = createSecret(t, ns, name+"-postgres", "url", "postgres://a:b@db/hiring")
	createSecret(t, ns, name+"-redis", "url", "redis://redis")
	tracker = create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
		tracker.Name = name
		useExternal(tracker)
	})
	o.until(t, tracker, "the API's pods don't bear both revisions", func() bool {
		return exists(t, tracker, name+"-api", &appsv1.Deployment{}) && len(revisions(t, tracker)) == 2
	})
	o.settle(t, tracker)
	return tracker, postgres
}

// revisions are the annotations that stand for the external dependencies' URLs.
func revisions(t *testing.T, tracker *v1alpha1.InterviewTracker) map[string]string {
	t.Helper()
	return fetch(t, tracker, tracker.Name+"-api", &appsv1.Deployment{}).Spec.Template.Annotations
}

func generation(t *testing.T, tracker *v1alpha1.InterviewTracker, name string) int64 {
	t.Helper()
	return fetch(t, tracker, name, &appsv1.Deployment{}).Generation
}

// seesSecret waits until the operator's caches hold a Secret as it is.
func (o *operator) seesSecret(t *testing.T, tracker *v1alpha1.InterviewTracker, secret *corev1.Secret) {
	t.Helper()
	o.until(t, tracker, "the caches don't follow the Secret", func() bool {
		cached := kinds.Metadata(kinds.Secret)
		must(t, client.IgnoreNotFound(o.Client.Get(t.Context(), client.ObjectKeyFromObject(secret), cached)))
		return cached.GetResourceVersion() == secret.ResourceVersion
	})
}

func TestMissingSecretIsReportedUntilItExists(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	createSecret(t, ns, "hiring-redis", "url", "redis://redis")
	tracker := create(t, ns, useExternal)
	reports := func(problem string) {
		t.Helper()
		want := problem + `: put the URL into Secret "hiring-postgres" of this namespace, under key "url"`
		o.until(t, tracker, "it does not report that "+want, func() bool {
			return condition(tracker, "DatabaseHealthy") == "False SecretNotFound" && message(tracker, "DatabaseHealthy") == want
		})
		if got := condition(tracker, "Ready") + ": " + message(tracker, "Ready"); got != "False SecretNotFound: "+want {
			t.Errorf("Ready is %q, want the Secret", got)
		}
		if got := condition(tracker, "RedisHealthy"); strings.Contains(got, "SecretNotFound") {
			t.Errorf("RedisHealthy is %q, though its Secret is there", got)
		}
	}
	recovered := func() bool { return condition(tracker, "DatabaseHealthy") != "False SecretNotFound" }

	reports(`Secret "hiring-postgres" does not exist`)
	o.settle(t, tracker) // To wait for it costs no request.
	secret := createSecret(t, ns, "hiring-postgres", "uri", "postgres://a:b@db/hiring")
	reports(`Secret "hiring-postgres" has no key "url"`)
	rotate(t, secret, "")
	reports(`Secret "hiring-postgres" has nothing under key "url"`)
	if got := revisions(t, tracker)[v1alpha1.AnnotationDatabaseRevision]; got != "" {
		t.Errorf("without a URL its revision is %q", got)
	}
	rotate(t, secret, "postgres://a:b@db/hiring")
	o.until(t, tracker, "it does not recover by itself", recovered)
	o.settle(t, tracker)

	// The pods that run have read it: none goes because it does, or comes back.
	before, marked := generation(t, tracker, "hiring-api"), revisions(t, tracker)
	must(t, k8s.Delete(t.Context(), secret))
	reports(`Secret "hiring-postgres" does not exist`)
	createSecret(t, ns, "hiring-postgres", "url", "postgres://a:b@db/hiring")
	o.until(t, tracker, "it does not recover again", recovered)
	o.settle(t, tracker)
	if diff := cmp.Diff(marked, revisions(t, tracker)); diff != "" || len(marked) != 2 {
		t.Errorf("the pods' revisions changed (-want +got):\n%s", diff)
	}
	if got := generation(t, tracker, "hiring-api"); got != before {
		t.Errorf("the API's Deployment went from generation %d to %d", before, got)
	}
}

// A user who applies a Secret and its tracker together gets no report that it is missing,
// however late the watch brings it; and the pods are made once.
func TestSecretMadeWithItsTrackerIsNotMissed(t *testing.T) {
	t.Parallel()
	late := &gate{resource: "secrets"}
	o := start(t, late.wrap)
	ns := namespace(t)
	late.Lock()
	defer late.Unlock()
	createSecret(t, ns, "hiring-postgres", "url", "postgres://a:b@db/hiring")
	createSecret(t, ns, "hiring-redis", "url", "redis://redis")
	tracker := create(t, ns, useExternal)
	o.observed(t, tracker)
	if got := condition(tracker, "DatabaseHealthy"); got == "False SecretNotFound" {
		t.Errorf("it reports that %s", message(tracker, "DatabaseHealthy"))
	}
	if got := revisions(t, tracker); len(got) != 2 || generation(t, tracker, "hiring-api") != 1 {
		t.Errorf("the API's first pods bear the revisions %v", got)
	}
}

func TestRotatedSecretRollsTheAPIOnce(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker, secret := o.createExternal(t, namespace(t), "hiring")
	marked, api, frontend := revisions(t, tracker), generation(t, tracker, "hiring-api"), generation(t, tracker, "hiring-frontend")

	rotate(t, secret, "postgres://a:c@db/hiring")
	o.until(t, tracker, "the pods' revision does not change", func() bool {
		return revisions(t, tracker)[v1alpha1.AnnotationDatabaseRevision] != marked[v1alpha1.AnnotationDatabaseRevision]
	})
	for range 10 {
		o.once(t, tracker)
	}
	o.settle(t, tracker)

	if got := generation(t, tracker, "hiring-api"); got != api+1 {
		t.Errorf("the API's Deployment went from generation %d to %d, want one more", api, got)
	}
	if got := generation(t, tracker, "hiring-frontend"); got != frontend {
		t.Errorf("the frontend's Deployment went from generation %d to %d", frontend, got)
	}
	if got := revisions(t, tracker)[v1alpha1.AnnotationRedisRevision]; got != marked[v1alpha1.AnnotationRedisRevision] {
		t.Error("the revision of Redis changed, whose Secret did not")
	}
}

func TestLabelOnASecretChangesNothing(t *testing.T) {
	t.Parallel()
	o := start(t)
	o.frozenClock()
	tracker, secret := o.createExternal(t, namespace(t), "hiring")
	before := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).ResourceVersion
	o.requests.take()

	secret.Labels = map[string]string{"a": "b"}
	must(t, k8s.Update(t.Context(), secret))
	o.seesSecret(t, tracker, secret)
	for range 10 {
		o.once(t, tracker)
	}

	if got := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).ResourceVersion; got != before {
		t.Error("the API's Deployment was written to")
	}
	if got := notWatches(o.requests.take()); len(got) != 1 || got[0] != readOf(secret) {
		t.Errorf("a label on a Secret cost %v, want to read it once", got)
	}
}

func readOf(secret *corev1.Secret) request {
	return request{http.MethodGet, fmt.Sprintf("/api/v1/namespaces/%s/secrets/%s", secret.Namespace, secret.Name), ""}
}

func TestRestartReadsEachExternalSecretOnce(t *testing.T) {
	t.Parallel()
	const trackers = 10
	ns := namespace(t)
	first := start(t)
	clock := first.frozenClock() // The status of a tracker that is never ready says so after a while.
	all := make([]*v1alpha1.InterviewTracker, trackers)
	var want []string
	for i := range all {
		all[i], _ = first.createExternal(t, ns, fmt.Sprintf("hiring-%d", i))
		want = append(want,
			fmt.Sprintf("GET /api/v1/namespaces/%s/secrets/hiring-%d-postgres", ns, i),
			fmt.Sprintf("GET /api/v1/namespaces/%s/secrets/hiring-%d-redis", ns, i))
	}

	second := start(t)
	second.setClock(clock)
	second.requests.take()
	for _, tracker := range all {
		second.once(t, tracker)
	}
	var got []string
	for _, r := range notWatches(second.requests.take()) {
		got = append(got, r.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the requests of a restarted operator (-want +got):\n%s", diff)
	}

	for range 10 {
		for _, tracker := range all {
			second.once(t, tracker)
		}
	}
	if got := notWatches(second.requests.take()); len(got) > 0 {
		t.Errorf("ten reconciles of unchanged trackers cost %d requests:\n%v", len(got), got)
	}
}

// A restarted operator reads each Secret of a tracker's receivers once, for all of them, and
// again when it changes; and requests nothing while one is missing.
func TestSecretsOfReceiversAreReadOnce(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	first := start(t)
	clock := first.frozenClock() // Progress that takes long is reported in between.
	slack, pages := createPages(t, ns, "hiring", "a")
	tracker := create(t, ns, notify)
	first.ready(t, tracker)

	o := start(t)
	o.setClock(clock)
	expect := func(what string, want ...request) {
		t.Helper()
		for range 10 {
			o.once(t, tracker)
		}
		if diff := cmp.Diff(want, notWatches(o.requests.take()), cmp.AllowUnexported(request{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: ten reconciles cost (-want +got):\n%s", what, diff)
		}
	}
	o.requests.take()
	expect("the operator has started", readOf(slack), readOf(pages))
	expect("nothing has changed")
	pages.Labels = map[string]string{"a": "b"}
	must(t, k8s.Update(t.Context(), pages))
	o.seesSecret(t, tracker, pages)
	expect("a Secret has another label", readOf(pages))
	must(t, k8s.Delete(t.Context(), slack))
	o.until(t, tracker, "the missing Secret is not reported", func() bool {
		return condition(tracker, v1alpha1.ConditionNotificationsReady) == "False SecretNotFound"
	})
	o.settle(t, tracker)
	o.requests.take()
	expect("a Secret is missing")
}

func TestSecretsAreWatchedAsMetadataAlone(t *testing.T) {
	t.Parallel()
	seen := &tap{}
	o := start(t, seen.wrap)
	tracker, secret := o.createExternal(t, namespace(t), "hiring")
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}
	})
	o.settle(t, tracker)

	watches, read := 0, map[string]int{}
	for _, r := range seen.requests() {
		folder, name, isSecret := strings.Cut(r.path, "/secrets")
		// The forms stand in the order of preference; the API server supports the first.
		metadata := strings.Contains(strings.Split(r.accept, ",")[0], "as=PartialObjectMetadata")
		switch {
		case !isSecret || r.method != http.MethodGet:
		case name != "" && !metadata:
			read[r.path]++
		case name == "":
			watches++
			if !metadata {
				t.Errorf("%s requests %q: all Secrets of %q with their data", r.path, r.accept, folder)
			}
		}
	}
	if watches == 0 {
		t.Error("Secrets are not watched")
	}
	want := map[string]int{readOf(secret).path: 1, strings.Replace(readOf(secret).path, "-postgres", "-redis", 1): 1}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("Secrets read with their data (-want +got):\n%s", diff)
	}
	answers := seen.secrets()
	if !strings.Contains(answers, "hiring-postgres") {
		t.Error("the answers to the watch don't name the Secret")
	}
	for _, form := range forms("postgres://a:b@db/hiring") {
		if strings.Contains(answers, form) {
			t.Errorf("the answers to the watch hold a Secret's data, as %s", form)
		}
	}
}

// kubectl apply writes the data of a Secret into an annotation.
func TestCachesHoldOfASecretThatItExists(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: ns, Name: "theirs", Finalizers: []string{"example.com/a"}, Labels: map[string]string{"a": "b"},
		Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: "data", "a": "b"},
	}}
	labelled := secret.DeepCopy()
	labelled.Annotations[v1alpha1.AnnotationRetainedFor] = "hiring"
	labelled.Name, labelled.Labels[v1alpha1.LabelTracker] = "ours", "hiring"
	must(t, k8s.Create(t.Context(), secret))
	must(t, k8s.Create(t.Context(), labelled))
	tracker := create(t, ns, nil)
	o.seesSecret(t, tracker, secret)
	o.seesSecret(t, tracker, labelled)

	got := &metav1.PartialObjectMetadata{}
	got.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	must(t, o.Client.Get(t.Context(), client.ObjectKeyFromObject(secret), got))
	want := metav1.ObjectMeta{Namespace: ns, Name: "theirs", UID: secret.UID, ResourceVersion: secret.ResourceVersion}
	if diff := cmp.Diff(want, got.ObjectMeta); diff != "" {
		t.Errorf("the caches hold of a Secret (-want +got):\n%s", diff)
	}
	must(t, o.Client.Get(t.Context(), client.ObjectKeyFromObject(labelled), got))
	if diff := cmp.Diff(map[string]string{v1alpha1.AnnotationRetainedFor: "hiring"}, got.Annotations); diff != "" {
		t.Errorf("of one that bears the operator's label, they hold the annotations (-want +got):\n%s", diff)
	}
	secret.Finalizers, labelled.Finalizers = nil, nil
	must(t, k8s.Update(t.Context(), secret))
	must(t, k8s.Update(t.Context(), labelled))
}
