// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// The passwords of the tracker's dependencies.
const (
	databasePassword = "c0rrect-Horse"
	redisPassword    = "Battery#Staple"
)

func secret(name string, data map[string]string, changes ...func(*corev1.Secret)) client.Object {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string][]byte{}}
	for key, value := range data {
		s.Data[key] = []byte(value)
	}
	for _, change := range changes {
		change(s)
	}
	return s
}

// credentials are the Secrets of a tracker's managed dependencies.
func credentials() []client.Object {
	return []client.Object{
		secret("hiring-database-credentials", map[string]string{
			"username": "tracker", "password": databasePassword, "url": "postgres://tracker:c0rrect-Horse@hiring-database:5432/interview_tracker",
		}),
		secret("hiring-redis-credentials", map[string]string{
			"password": redisPassword, "url": "redis://:Battery%23Staple@hiring-redis:6379/0",
		}),
	}
}

// crashed is a pod whose container printed something and ended.
func crashed(output string, changes ...func(*corev1.Pod)) corev1.Pod {
	return apiPod("a", "new", append([]func(*corev1.Pod){func(p *corev1.Pod) {
		p.CreationTimestamp = metav1.NewTime(t0)
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "api", LastTerminationState: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Message: output, StartedAt: metav1.NewTime(t0.Add(time.Minute))},
		}}}
	}}, changes...)...)
}

func reads(env ...corev1.EnvVarSource) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		for _, from := range env {
			p.Spec.Containers[0].Env = append(p.Spec.Containers[0].Env, corev1.EnvVar{ValueFrom: &from})
		}
	}
}

func key(name, key string) corev1.EnvVarSource {
	return corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: name}, Key: key}}
}

func volume(source corev1.VolumeSource) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{VolumeSource: source}) }
}

// external makes the database one that is not managed, with its URL in Secret shared.
func external(t *v1alpha1.InterviewTracker) {
	t.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "shared"}, Key: "database-url",
	}}}
}

func shared(changes ...func(*corev1.Secret)) []client.Object {
	return append(credentials(), secret("shared", map[string]string{
		"database-url": "postgres://u:external-Horse@db.example.com/x", "token": "a token",
	}, changes...))
}

// sends gives telemetry headers of Secret otlp.
func sends(t *v1alpha1.InterviewTracker) { t.Spec.Telemetry = traced(nil).Spec.Telemetry }

func withHeaders() []client.Object {
	return append(credentials(), secret("otlp", map[string]string{"headers": "api-key=Horse-battery, x = sta%20ple", "token": "a token"}))
}

func output(s *snapshot.Snapshot) string {
	return s.Pods[v1alpha1.ComponentAPI][0].Status.ContainerStatuses[0].LastTerminationState.Terminated.Message
}

// Of what a container printed, no password is shown, and nothing when the pod reads more than
// the passwords that are known.
func TestLastWords(t *testing.T) {
	const says = "cannot use " + databasePassword + " and " + redisPassword
	const fit, otherSecrets = "cannot use *** and ***", words.Withheld + "the pod reads other Secrets"
	allows := func(t *v1alpha1.InterviewTracker) { t.Spec.Diagnostics = &v1alpha1.DiagnosticsSpec{LastWords: true} }
	from := func(name string) corev1.LocalObjectReference { return corev1.LocalObjectReference{Name: name} }
	projected := func(name string, items ...corev1.KeyToPath) func(*corev1.Pod) {
		return volume(corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
			{Secret: &corev1.SecretProjection{LocalObjectReference: from(name), Items: items}},
		}}})
	}
	changedAt := func(at time.Time, fields string) func(*corev1.Secret) {
		return func(s *corev1.Secret) {
			s.CreationTimestamp = metav1.NewTime(t0.Add(-time.Hour))
			s.ManagedFields = []metav1.ManagedFieldsEntry{{
				Manager: "x", Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", FieldsType: "FieldsV1",
				Time: new(metav1.NewTime(at)), FieldsV1: metav1.NewFieldsV1(fields),
			}}
		}
	}
	const data, labels = `{"f:data":{"f:database-url":{}}}`, `{"f:metadata":{"f:labels":{"f:a":{}}}}`
	const stringData, kind = `{"f:stringData":{"f:database-url":{}}}`, `{"f:metadata":{},"f:type":{}}`
	madeAt := func(at time.Time) func(*corev1.Secret) {
		return func(s *corev1.Secret) { s.CreationTimestamp = metav1.NewTime(at) }
	}
	immutable := func(s *corev1.Secret) { s.Immutable = new(true) }
	managed := func(changes ...func(*corev1.Secret)) []client.Object {
		all := credentials()
		if s, ok := all[0].(*corev1.Secret); ok {
			for _, change := range changes {
				change(s)
			}
		}
		return all
	}
	source := func(s corev1.VolumeProjection) func(*corev1.Pod) {
		return volume(corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{s}}})
	}
	changedSince := words.Withheld + "a Secret by which to mask it has changed since"
	for name, test := range map[string]struct {
		pod     corev1.Pod
		secrets []client.Object
		change  func(*v1alpha1.InterviewTracker)
		want    string
	}{
		"reads no Secrets": {crashed(says), credentials(), nil, fit},
		"reads its dependencies' Secrets": {
			crashed(says, reads(key("hiring-database-credentials", "url"), key("hiring-redis-credentials", "password")),
				volume(corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "hiring-redis-credentials"}})), credentials(), nil, fit,
		},
		"reads another":           {crashed(says, reads(key("other", "url"))), credentials(), nil, otherSecrets},
		"reads another, allowed":  {crashed(says, reads(key("other", "url"))), credentials(), allows, fit},
		"mounts another":          {crashed(says, volume(corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "other"}})), credentials(), nil, otherSecrets},
		"mounts another, in part": {crashed(says, projected("other")), credentials(), nil, otherSecrets},
		"mounts by a driver":      {crashed(says, volume(corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{}})), credentials(), nil, otherSecrets},
		"reads all of another": {crashed(says, func(p *corev1.Pod) {
			p.Spec.InitContainers = []corev1.Container{{EnvFrom: []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: from("other")}}}}}
		}), credentials(), nil, otherSecrets},
		"pulls by another": {crashed(says, func(p *corev1.Pod) {
			p.Spec.ImagePullSecrets = []corev1.LocalObjectReference{from("other")}
		}), credentials(), nil, fit},
		"reads an external URL":            {crashed("external-Horse", reads(key("shared", "database-url"))), shared(), external, "***"},
		"mounts an external URL":           {crashed("external-Horse", projected("shared", corev1.KeyToPath{Key: "database-url"})), shared(), external, "***"},
		"reads another key":                {crashed("a token", reads(key("shared", "token"))), shared(), external, otherSecrets},
		"mounts other keys":                {crashed("a token", projected("shared")), shared(), external, otherSecrets},
		"a Secret is missing":              {crashed(says), credentials(), external, words.Withheld + `Secret "shared", by which to mask it, does not exist`},
		"a key is missing":                 {crashed(says), append(credentials(), secret("shared", nil)), external, words.Withheld + `Secret "shared", by which to mask it, has no key "database-url"`},
		"printed before the URL changed":   {crashed("old-Horse"), shared(changedAt(t0.Add(2*time.Minute), data)), external, words.Withheld + "a Secret by which to mask it has changed since"},
		"printed before a label changed":   {crashed("external-Horse"), shared(changedAt(t0.Add(2*time.Minute), labels)), external, "***"},
		"printed after the URL changed":    {crashed("external-Horse"), shared(changedAt(t0.Add(time.Second), data)), external, "***"},
		"printed before it was made again": {crashed("old-Horse"), shared(madeAt(t0.Add(2 * time.Minute))), external, changedSince},
		"printed after it was made again":  {crashed("external-Horse"), shared(madeAt(t0.Add(time.Second))), external, "***"},
		"printed before the URL was applied as stringData": {
			crashed("old-Horse"), shared(changedAt(t0.Add(2*time.Minute), stringData)), external, changedSince,
		},
		"printed before a change of something": {crashed("old-Horse"), shared(changedAt(t0.Add(2*time.Minute), kind)), external, changedSince},
		"printed before the second of two changes is noticed": {
			crashed("old-Horse"), shared(changedAt(t0.Add(45*time.Second), data), func(s *corev1.Secret) {
				second := s.ManagedFields[0].DeepCopy()
				second.Time = new(metav1.NewTime(t0.Add(52 * time.Second)))
				s.ManagedFields = append(s.ManagedFields, *second)
			}), external, changedSince,
		},
		// The kubelet gives an immutable Secret's old value to the pods that it has.
		"an immutable one, made again since the pod":       {crashed("old-Horse"), shared(madeAt(t0.Add(30*time.Second)), immutable), external, changedSince},
		"an immutable one, made again just before the pod": {crashed("old-Horse"), shared(madeAt(t0.Add(-5*time.Second)), immutable), external, changedSince},
		"an immutable one, older than the pod":             {crashed("external-Horse"), shared(madeAt(t0.Add(-time.Minute)), immutable), external, "***"},
		"immutable since a change":                         {crashed("old-Horse"), shared(changedAt(t0.Add(30*time.Second), data), immutable), external, changedSince},
		"a label of an immutable one":                      {crashed("external-Horse"), shared(changedAt(t0.Add(30*time.Second), labels), immutable), external, "***"},
		"a managed one, just before the pod":               {crashed(says), managed(madeAt(t0), immutable), nil, fit},
		"a managed one, made again":                        {crashed("old-Horse"), managed(madeAt(t0.Add(30*time.Second)), immutable), nil, changedSince},
		"metadata of a managed one":                        {crashed(says), managed(changedAt(t0.Add(2*time.Minute), data), immutable), nil, fit},

		"has a token": {crashed("jwt=eyJhbGciOiJSUzI1NiJ9", source(corev1.VolumeProjection{
			ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token", Audience: "vault"},
		})), credentials(), nil, otherSecrets},
		"has a token, allowed": {crashed(says, source(corev1.VolumeProjection{
			ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token"},
		})), credentials(), allows, fit},
		"has a certificate": {crashed(says, source(corev1.VolumeProjection{
			PodCertificate: &corev1.PodCertificateProjection{SignerName: "example.com/a"},
		})), credentials(), nil, otherSecrets},
		"has no token": {crashed(says, source(corev1.VolumeProjection{DownwardAPI: &corev1.DownwardAPIProjection{}})), credentials(), nil, fit},

		"reads the headers of telemetry": {
			crashed("refused: api-key: Horse-battery, x: sta ple", reads(key("otlp", "headers"))), withHeaders(), sends, "refused: api-key: ***, x: ***",
		},
		"prints the headers of telemetry as they are written": {
			crashed("OTEL_EXPORTER_OTLP_HEADERS=api-key=Horse-battery,x=sta%20ple", reads(key("otlp", "headers"))), withHeaders(), sends,
			"OTEL_EXPORTER_OTLP_HEADERS=api-key=***,x=***",
		},
		"reads another key of the Secret of telemetry": {crashed("a token", reads(key("otlp", "token"))), withHeaders(), sends, otherSecrets},
		"reads malformed headers of telemetry": {
			crashed("refused: Horse-battery", reads(key("otlp", "headers"))),
			append(credentials(), secret("otlp", map[string]string{"headers": "Horse-battery"})), sends, "refused: ***",
		},
		"the headers of telemetry are missing": {
			crashed("refused: Horse-battery", reads(key("otlp", "headers"))), credentials(), sends,
			words.Withheld + `Secret "otlp", by which to mask it, does not exist`,
		},
		"mounts a certificate of telemetry": {
			crashed(says, projected("ca", corev1.KeyToPath{Key: "ca.crt"})), withHeaders(), sends, otherSecrets,
		},

		"ready since": {crashed(says, container(func(c *corev1.ContainerStatus) { c.Ready = true })), credentials(), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tracker, s := newTracker(), rolling(test.pod)
			if test.change != nil {
				test.change(tracker)
			}
			o := &Observer{Catalog: catalog.Default(), Cached: newReader(test.secrets...), Live: newReader(test.secrets...)}
			said := output(s)
			cached := s.Pods[v1alpha1.ComponentAPI][0].Status.ContainerStatuses
			o.hear(tracker).maskPods(t.Context(), s)
			if got := output(s); got != test.want && (test.want != otherSecrets && !strings.Contains(test.want, "changed since") || !strings.HasPrefix(got, test.want)) {
				t.Errorf("%q, want %q", got, test.want)
			}
			if got := cached[0].LastTerminationState.Terminated.Message; got != said {
				t.Errorf("the cached pod has become one that says %q", got)
			}
		})
	}
}

// What the kubelet says is shown where it has it from no container.
func TestWordsOfTheKubelet(t *testing.T) {
	waits := func(reason, message string) corev1.Pod {
		return crashed("", reads(key("other", "url")), container(func(c *corev1.ContainerStatus) {
			c.LastTerminationState = corev1.ContainerState{}
			c.State.Waiting = &corev1.ContainerStateWaiting{Reason: reason, Message: message}
		}))
	}
	for name, test := range map[string]struct {
		pod  corev1.Pod
		want string
		read int
	}{
		"about an image":  {waits("ErrImagePull", "not found: c0rrect-Horse"), "not found: c0rrect-Horse", 0},
		"about a Secret":  {waits("CreateContainerConfigError", `secret "other" not found, c0rrect-Horse`), `secret "other" not found, ***`, 2},
		"about a command": {waits("CreateContainerError", `exec: "c0rrect-Horse": not found`), words.Withheld, 0},
		"about a hook":    {waits("PostStartHookError", "c0rrect-Horse"), words.Withheld, 0},
		"while it waits":  {waits("CrashLoopBackOff", "back-off 10s"), "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			live, s := newReader(credentials()...), rolling(test.pod)
			o := &Observer{Catalog: catalog.Default(), Cached: newReader(credentials()...), Live: live}
			o.hear(newTracker()).maskPods(t.Context(), s)
			got := s.Pods[v1alpha1.ComponentAPI][0].Status.ContainerStatuses[0].State.Waiting.Message
			if got != test.want && (test.want != words.Withheld || !strings.HasPrefix(got, test.want)) || len(live.read) != test.read {
				t.Errorf("%q after reading %q, want %q after %d", got, live.read, test.want, test.read)
			}
		})
	}
}

// The Secrets are read once for all that is new, and again when there are other words or one of
// them has changed.
func TestSecretsAreReadForNewWordsOnly(t *testing.T) {
	live, cached := newReader(credentials()...), newReader(credentials()...)
	o := &Observer{Catalog: catalog.Default(), Cached: cached, Live: live}
	both := []string{"hiring-database-credentials", "hiring-redis-credentials"}
	tracker := newTracker()
	observe := func(what string, read []string, pods ...corev1.Pod) {
		t.Helper()
		live.read = nil
		h := o.hear(tracker)
		s := rolling(pods...)
		h.maskPods(t.Context(), s)
		h.end()
		if !slices.Equal(live.read, read) {
			t.Errorf("%s: read %q, want %q", what, live.read, read)
		}
		for i := range s.Pods[v1alpha1.ComponentAPI] {
			if got := s.Pods[v1alpha1.ComponentAPI][i].Status.ContainerStatuses[0].LastTerminationState.Terminated.Message; strings.Contains(got, "Horse") {
				t.Errorf("%s: %q", what, got)
			}
		}
	}
	one, two := crashed(databasePassword), crashed(databasePassword+" again")
	observe("nothing", nil)
	observe("words of three", both, one, one, two)
	observe("the same", nil, one, two)
	restarted := crashed(databasePassword, container(func(c *corev1.ContainerStatus) { c.RestartCount++ }))
	observe("the same, from another run", nil, restarted)
	observe("what has been forgotten", both, two)
	tracker.Spec.Suspend = true
	observe("another spec", nil, two)
	cached.Reader = newReader(secret("hiring-database-credentials", nil)) // In another version, and the other one is gone.
	observe("other versions", both, two)
	observe("the same versions", nil, two)
	o.Forget(client.ObjectKeyFromObject(tracker))
	observe("a forgotten tracker", both, two)

	o.Live = broken()
	s := rolling(one)
	o.hear(tracker).maskPods(t.Context(), s)
	if got := output(s); !strings.HasPrefix(got, words.Withheld) {
		t.Errorf("without the Secrets: %q", got)
	}
	if remembered := len(o.heard.of(tracker)); remembered != 1 {
		t.Errorf("%d words are remembered", remembered)
	}
}

// The output of a probe's command is masked or withheld; what only the kubelet says is not, and
// needs no Secret. The kubelet names where a redirect leads, and a command may print what the
// kubelet says.
func TestWordsOfProbes(t *testing.T) {
	for name, test := range map[string]struct {
		says, want string
		other      bool
		read       bool
	}{
		"a status":      {"Readiness probe failed: HTTP probe failed with statuscode: 503", "", true, false},
		"no connection": {`Readiness probe failed: Get "http://10.1.2.3:8000/health/ready": dial tcp 10.1.2.3:8000: connect: connection refused`, "", true, false},
		"no connection, IPv6": {
			`Liveness probe failed: Get "http://[fd00::1]:8000/health/live": dial tcp [fd00::1]:8000: connect: connection refused`, "", true, false,
		},
		"no route": {"Readiness probe failed: dial tcp 10.1.2.3:8000: connect: no route to host\n", "", true, false},
		"no answer": {
			`Startup probe failed: Get "http://10.1.2.3:8000/health": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`, "", true, false,
		},
		"no answer, older": {
			`Startup probe failed: Get "http://10.1.2.3:8000/health": net/http: request canceled (Client.Timeout exceeded while awaiting headers)`, "", true, false,
		},
		"no answer, of the frontend": {`Readiness probe failed: Get "http://10.1.2.3:3000/a%20b?deep=1": EOF`, "", true, false},

		"a command":                   {"Readiness probe failed: FATAL: c0rrect-Horse", "Readiness probe failed: FATAL: ***", false, true},
		"a command, of other Secrets": {"Readiness probe failed: FATAL: c0rrect-Horse", words.Withheld, true, false},
		"an answer": {
			`Readiness probe failed: Get "http://10.1.2.3:8000/health": net/http: HTTP/1.x transport connection broken: malformed HTTP response "c0rrect-Horse"`,
			words.Withheld, true, false,
		},
		"a redirect to a password": {
			`Readiness probe failed: Get "http://u:c0rrect-Horse@10.1.2.3:8000/health": dial tcp 10.1.2.3:8000: connect: connection refused`,
			words.Withheld, true, false,
		},
		"a redirect to parameters": {
			`Readiness probe failed: Get "http://10.1.2.3:8000/health?database=c0rrect-Horse": context deadline exceeded`,
			`Readiness probe failed: Get "http://10.1.2.3:8000/health?database=***": context deadline exceeded`, false, true,
		},
		"a redirect to parameters, of other Secrets": {
			`Readiness probe failed: Get "http://10.1.2.3:8000/health?database=c0rrect-Horse": context deadline exceeded`, words.Withheld, true, false,
		},
		"a redirect to a path": {
			`Readiness probe failed: Get "http://10.1.2.3:8000/c0rrect-Horse": dial tcp 10.1.2.3:8000: connect: connection refused`,
			`Readiness probe failed: Get "http://10.1.2.3:8000/***": dial tcp 10.1.2.3:8000: connect: connection refused`, false, true,
		},
		"a redirect to a path, of other Secrets": {
			`Readiness probe failed: Get "http://10.1.2.3:8000/c0rrect-Horse": dial tcp 10.1.2.3:8000: connect: connection refused`, words.Withheld, true, false,
		},
		"a redirect to a host": {`Readiness probe failed: Get "http://c0rrect-horse:8000/health": EOF`, words.Withheld, true, false},
		"a command's address": {
			"Readiness probe failed: dial tcp c0rrect-Horse: connect: connection refused", "Readiness probe failed: dial tcp ***: connect: connection refused", false, true,
		},
		"a command's address, of other Secrets":  {"Readiness probe failed: dial tcp dead:beef: connect: connection refused", words.Withheld, true, false},
		"a command's status, of other Secrets":   {"Readiness probe failed: HTTP probe failed with statuscode: 31415926", words.Withheld, true, false},
		"a command's deadline, of other Secrets": {"Readiness probe failed: context deadline exceeded c0rrect Horse", words.Withheld, true, false},
		"a command in time": {
			"Readiness probe failed: command timed out: psql password=c0rrect-Horse timed out after 1s",
			"Readiness probe failed: command timed out: psql password=*** timed out after 1s", false, true,
		},
		"a command in time, of other Secrets":  {"Readiness probe failed: command timed out: psql password=c0rrect-Horse timed out after 1s", words.Withheld, true, false},
		"a timeout, of other Secrets":          {"Liveness probe failed: timeout: password c0rrect could not be used", words.Withheld, true, false},
		"nothing of a probe, of other Secrets": {"EOF", words.Withheld, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := &eventReader{items: []corev1.Event{says(test.says, t0)}}
			o, _ := listener(e)
			live := newReader(credentials()...)
			cached := &reader{Reader: o.Cached}
			o.Cached = cached
			pod, tracker := failing("a"), newTracker()
			tracker.Spec.Frontend = &v1alpha1.ComponentSpec{Probes: &v1alpha1.ProbesSpec{Readiness: &v1alpha1.ProbeSpec{Path: "/a%20b?deep=1"}}}
			if strings.Contains(test.says, "[fd00::1]") {
				pod.Status.PodIP = "fd00::1"
			}
			if test.other {
				reads(key("other", "url"))(&pod)
			}
			s := rolling(pod)
			readEvents(t, o, tracker, s)
			want := test.want
			if want == "" {
				want = test.says
			}
			if got := s.PodEvents["a"].Message; got != want && (want != words.Withheld || !strings.HasPrefix(got, want)) {
				t.Errorf("%q, want %q", got, want)
			}
			if read := len(o.heard.of(newTracker())) > 0; read != test.read {
				t.Errorf("the Secrets %q are read: %t", live.read, read)
			}
		})
	}
}

// When the tracker allows it, the Events that were withheld are read again.
func TestEventsThatAreAllowedLater(t *testing.T) {
	e := &eventReader{items: []corev1.Event{says("Readiness probe failed: FATAL", t0)}}
	o, _ := listener(e)
	tracker := newTracker()
	for _, allowed := range []bool{false, true, true, false} {
		tracker.Spec.Diagnostics = &v1alpha1.DiagnosticsSpec{LastWords: allowed}
		s := rolling(failing("a", reads(key("other", "url"))))
		readEvents(t, o, tracker, s)
		if withheld := strings.HasPrefix(s.PodEvents["a"].Message, words.Withheld); withheld == allowed {
			t.Errorf("allowed: %t, and it says %q", allowed, s.PodEvents["a"].Message)
		}
	}
	if len(e.requested) != 3 {
		t.Errorf("requested %q", e.requested)
	}
}
