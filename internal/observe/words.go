// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// A container may print what it reads, and more people may read a status than Secrets. So
// the words of pods leave this package with the passwords of the tracker's database and Redis,
// and the headers of its telemetry, masked, or not at all: when these are unknown, and when the
// pod reads other Secrets, unless spec.diagnostics.lastWords allows that.

// hearing is the words of a tracker's pods in one Observe.
type hearing struct {
	observer *Observer
	tracker  *v1alpha1.InterviewTracker
	before   map[heard]fit
	now      map[heard]fit
	known    *known // nil until it is needed.
}

// heard identifies words that have been compared with Secrets of some versions. It is
// cached with what may be shown of them; neither the words are nor the Secrets' data, which
// are read again only for other words, or when a Secret has changed.
type heard struct {
	words    [sha256.Size]byte
	versions string
}

// fit is what may be shown of words.
type fit struct {
	shown string
	// problem is why nothing may be shown; empty when something may.
	problem string
	secretTimes
}

// known is what is secret.
type known struct {
	secrets words.Secrets
	problem string
	secretTimes
}

// secretTimes say from when on containers have what the Secrets hold. What the older ones print
// may have values that are lost.
type secretTimes struct {
	// changed is for containers that have started since.
	changed time.Time
	// made is for containers of pods that have been created since: a kubelet does not look at an
	// immutable Secret again.
	made time.Time
}

// add takes another Secret's times into account.
func (t *secretTimes) add(other secretTimes) {
	if other.changed.After(t.changed) {
		t.changed = other.changed
	}
	if other.made.After(t.made) {
		t.made = other.made
	}
}

// hear begins to listen to a tracker's pods.
func (o *Observer) hear(t *v1alpha1.InterviewTracker) *hearing {
	return &hearing{observer: o, tracker: t, before: o.heard.of(t), now: map[heard]fit{}}
}

// end caches what has been heard.
func (h *hearing) end() { h.observer.heard.keep(h.tracker, h.now) }

// maskPods masks the words in the statuses of pods. The pods share memory with the caches:
// those that have words are copied.
func (h *hearing) maskPods(ctx context.Context, s *snapshot.Snapshot) {
	for _, pods := range s.Pods {
		for i := range pods {
			if hasWords(&pods[i]) {
				pods[i].Status = *pods[i].Status.DeepCopy()
				h.maskPod(ctx, &pods[i])
			}
		}
	}
}

func hasWords(pod *corev1.Pod) bool {
	says := func(c corev1.ContainerStatus) bool {
		return c.State.Waiting != nil && c.State.Waiting.Message != "" ||
			c.State.Terminated != nil && c.State.Terminated.Message != "" ||
			c.LastTerminationState.Terminated != nil && c.LastTerminationState.Terminated.Message != ""
	}
	return pod.Status.Message != "" || slices.ContainsFunc(pod.Status.InitContainerStatuses, says) ||
		slices.ContainsFunc(pod.Status.ContainerStatuses, says)
}

func (h *hearing) maskPod(ctx context.Context, pod *corev1.Pod) {
	pod.Status.Message = h.ofKubelet(ctx, pod.Status.Message)
	for _, statuses := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range statuses {
			c := &statuses[i]
			if w := c.State.Waiting; w != nil {
				w.Message = h.ofWaiting(ctx, pod, w)
			}
			for _, ended := range []*corev1.ContainerStateTerminated{c.State.Terminated, c.LastTerminationState.Terminated} {
				switch {
				case ended == nil:
				case c.Ready:
					ended.Message = "" // It explains nothing: the Secrets need not be read for it.
				default:
					ended.Message = h.ofPod(ctx, pod, ended.Message, ended.StartedAt.Time)
				}
			}
		}
	}
}

// ofWaiting is what may be shown of why a container waits. The kubelet pulls an image before
// it reads a Secret, and its errors about the configuration name Secrets and keys. Later
// errors may have the command, into which variables are expanded.
func (h *hearing) ofWaiting(ctx context.Context, pod *corev1.Pod, w *corev1.ContainerStateWaiting) string {
	switch w.Reason {
	case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
		"SignatureValidationFailed", "ContainerCreating", "PodInitializing":
		return w.Message
	case "CrashLoopBackOff":
		return "" // It has the name of the pod and the time to wait, which varies.
	case "CreateContainerConfigError":
		return h.ofKubelet(ctx, w.Message)
	}
	return h.ofPod(ctx, pod, w.Message, time.Time{})
}

// ofKubelet is what may be shown of words that the kubelet has from no container.
func (h *hearing) ofKubelet(ctx context.Context, said string) string {
	if f := h.compare(ctx, said); f.problem == "" {
		return f.shown
	}
	return words.WithoutPasswordInURL(said)
}

// What the kubelet says of a probe that fails, and has from no container.
var (
	failed        = regexp.MustCompile(`^(?:Readiness|Liveness|Startup) probe failed: `)
	failedStatus  = regexp.MustCompile(`^HTTP probe failed with statuscode: [1-5]\d\d$`)
	failedRequest = regexp.MustCompile(`^(?:Get "([^"\s]+)": )?(?:` +
		`dial tcp (\S+): (?:connect: (?:connection refused|connection timed out|no route to host)|i/o timeout)|` +
		`context deadline exceeded|net/http: request canceled(?: while waiting for connection)?|EOF` +
		`)(?: \(Client\.Timeout (?:exceeded|or context cancellation) while (?:awaiting headers|reading body)\))?$`)
)

// ofProbe is what may be shown of the message about a failing probe: the output of a
// command, or the error of a request.
func (h *hearing) ofProbe(ctx context.Context, pod *corev1.Pod, said string) string {
	if h.isOfKubelet(pod, said) {
		return said
	}
	return h.ofPod(ctx, pod, said, time.Time{})
}

// isOfKubelet reports whether a message about a failing probe has nothing that a container may
// have chosen. The kubelet follows redirects, and names where they lead: only the requests of
// the spec's own probes are known to be its own.
func (h *hearing) isOfKubelet(pod *corev1.Pod, said string) bool {
	said = strings.TrimSpace(said)
	prefix := failed.FindString(said)
	if said = said[len(prefix):]; prefix == "" || failedStatus.MatchString(said) {
		return prefix != ""
	}
	found := failedRequest.FindStringSubmatch(said)
	if found == nil {
		return false
	}
	location, address := found[1], found[2]
	for _, c := range h.observer.Catalog.Components {
		probes := c.Probes(&h.tracker.Spec)
		for _, p := range []*v1alpha1.ProbeSpec{probes.Liveness, probes.Readiness, probes.Startup} {
			if p == nil {
				continue
			}
			host := net.JoinHostPort(pod.Status.PodIP, strconv.Itoa(int(p.Port)))
			if (location == "" || location == requested(host, p.Path)) && (address == "" || address == host) {
				return true
			}
		}
	}
	return false
}

// requested is the URL that the kubelet requests for a probe.
func requested(host, path string) string {
	location, err := url.Parse(path)
	if err != nil {
		location = &url.URL{Path: path}
	}
	location.Scheme, location.Host = "http", host
	return location.String()
}

// ofPod is what may be shown of the words of a pod's container that started at some time; if
// that is not known, when the pod did.
func (h *hearing) ofPod(ctx context.Context, pod *corev1.Pod, said string, started time.Time) string {
	if said == "" {
		return ""
	}
	if !h.tracker.Spec.ShowsLastWords() && h.readsOtherSecrets(&pod.Spec) {
		return words.Withheld + "the pod reads other Secrets than those of the database, Redis and telemetry.headers: kubectl logs --previous and " +
			"kubectl describe pod show it, and spec.diagnostics.lastWords: true allows it here"
	}
	f := h.compare(ctx, said)
	if f.problem != "" {
		return words.Withheld + f.problem
	}
	created := pod.CreationTimestamp.Time
	if started.Before(created) {
		started = created
	}
	if started.Before(f.changed) || created.Before(f.made) { // They may have the values that the Secrets had.
		return words.Withheld + "a Secret by which to mask it has changed since: kubectl logs --previous and kubectl describe pod show it"
	}
	return f.shown
}

// compare masks words by the Secrets' values.
func (h *hearing) compare(ctx context.Context, said string) fit {
	if said == "" {
		return fit{}
	}
	f, err := h.compareTo(ctx, said, h.own())
	if err != nil {
		logf.FromContext(ctx).Info("Could not read the Secrets by which a pod's output is masked: the status withholds it", "exception", err.Error())
		return fit{problem: "the Secrets by which to mask it can't be read"}
	}
	return f
}

func (h *hearing) compareTo(ctx context.Context, said string, own []ownSecret) (fit, error) {
	versions, err := h.versions(ctx, own)
	if err != nil {
		return fit{}, err
	}
	key := heard{sha256.Sum256([]byte(said)), versions}
	f, found := h.before[key]
	if !found {
		f, found = h.now[key]
	}
	if !found {
		if h.known == nil {
			if h.known, err = h.read(ctx, own); err != nil {
				return fit{}, err
			}
		}
		f = fit{problem: h.known.problem, secretTimes: h.known.secretTimes}
		if f.problem == "" {
			f.shown = words.WithoutPasswordInURL(h.known.secrets.Mask(said))
		}
	}
	h.now[key] = f
	return f, nil
}

// ownSecret is a Secret of one of the tracker's dependencies, or of its telemetry.
type ownSecret struct {
	name string
	// managed is set for one that the operator has made: pods may read all of it.
	managed bool
	// headers is set for one that holds the headers of spec.telemetry.
	headers bool
	// keys are what is secret in it.
	keys []string
}

// own returns the Secrets of the tracker's dependencies and of its telemetry.
func (h *hearing) own() []ownSecret {
	var all []ownSecret
	for _, d := range h.observer.Catalog.Used(&h.tracker.Spec) {
		if external := d.Get(&h.tracker.Spec).External; external != nil {
			all = append(all, ownSecret{name: external.SecretKeyRef.Name, keys: []string{external.SecretKeyRef.Key}})
			continue
		}
		all = append(all, ownSecret{name: h.tracker.CredentialsName(d.Name), managed: true, keys: []string{catalog.KeyURL, catalog.KeyPassword}})
	}
	if telemetry := h.tracker.Spec.Telemetry; telemetry != nil && telemetry.Headers != nil {
		ref := telemetry.Headers.SecretKeyRef
		all = append(all, ownSecret{name: ref.Name, headers: true, keys: []string{ref.Key}})
	}
	return all
}

// versions identifies the versions of the Secrets that the caches have.
func (h *hearing) versions(ctx context.Context, own []ownSecret) (string, error) {
	var versions strings.Builder
	for _, o := range own {
		metadata := kinds.Metadata(kinds.Secret)
		if _, err := h.observer.get(ctx, h.tracker, o.name, metadata); err != nil {
			return "", err
		}
		fmt.Fprintf(&versions, "%s %s %s %s\n", o.name, o.keys[0], metadata.UID, metadata.ResourceVersion)
	}
	return versions.String(), nil
}

// read reads the Secrets. That one is missing, or lacks a key, is no error: pods may have its
// values still.
func (h *hearing) read(ctx context.Context, own []ownSecret) (*known, error) {
	k := &known{}
	for _, o := range own {
		secret := &corev1.Secret{}
		found, err := h.observer.getLive(ctx, h.tracker, o.name, secret)
		if err != nil {
			return nil, err
		}
		if !found {
			k.problem = fmt.Sprintf("Secret %q, by which to mask it, does not exist", o.name)
			return k, nil
		}
		for _, key := range o.keys {
			value := string(secret.Data[key])
			switch {
			case value == "":
				k.problem = fmt.Sprintf("Secret %q, by which to mask it, has no key %q", o.name, key)
				return k, nil
			case o.managed && key == catalog.KeyPassword:
				k.secrets.AddPassword(value)
			case o.headers:
				// The names belong to messages that are worth reading.
				headers, _ := contract.ParseHeaders(value)
				for _, h := range headers {
					k.secrets.AddPassword(h.Written)
					k.secrets.AddPassword(h.Value)
				}
			default:
				k.secrets.AddURL(value)
			}
		}
		k.add(timesOf(secret, o.managed))
	}
	return k, nil
}

// propagation is how long a kubelet may take to notice that a Secret has changed.
const propagation = 10 * time.Second

// timesOf returns from when on containers have the data of a Secret.
func timesOf(secret *corev1.Secret, managed bool) secretTimes {
	made := secret.CreationTimestamp.Time
	immutable := secret.Immutable != nil && *secret.Immutable
	if immutable && managed {
		return secretTimes{made: made} // It never was another one, and what an earlier one opened is gone.
	}
	last := made
	if immutable {
		last = made.Add(propagation)
	}
	for _, by := range secret.ManagedFields {
		if by.Time == nil || !by.Time.After(made) || ofMetadata(by.FieldsV1) {
			continue
		}
		if noticed := by.Time.Add(propagation); noticed.After(last) {
			last = noticed
		}
	}
	if immutable {
		return secretTimes{made: last}
	}
	return secretTimes{changed: last}
}

// ofMetadata reports whether fields are of an object's metadata alone. The data of a Secret may
// have been written as data or as stringData.
func ofMetadata(fields *metav1.FieldsV1) bool {
	var of map[string]json.RawMessage
	if fields == nil || json.Unmarshal([]byte(fields.GetRawString()), &of) != nil {
		return false
	}
	delete(of, "f:metadata")
	return len(of) == 0
}

// readsOtherSecrets reports whether a pod reads what is not by itself the password of one of
// the tracker's dependencies.
func (h *hearing) readsOtherSecrets(pod *corev1.PodSpec) bool {
	own := h.own()
	other := func(name, key string) bool {
		return !slices.ContainsFunc(own, func(o ownSecret) bool {
			return o.name == name && (o.managed || key != "" && slices.Contains(o.keys, key))
		})
	}
	for _, containers := range [][]corev1.Container{pod.InitContainers, pod.Containers} {
		for i := range containers {
			for _, e := range containers[i].Env {
				if from := e.ValueFrom; from != nil && from.SecretKeyRef != nil && other(from.SecretKeyRef.Name, from.SecretKeyRef.Key) {
					return true
				}
			}
			for _, from := range containers[i].EnvFrom {
				if from.SecretRef != nil && other(from.SecretRef.Name, "") {
					return true
				}
			}
		}
	}
	return slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return mounts(v, other) })
}

// mounts reports whether a volume has another Secret, a token or a key, or may have: what a
// driver mounts is not known.
func mounts(v corev1.Volume, other func(name, key string) bool) bool {
	otherItems := func(name string, items []corev1.KeyToPath) bool {
		if len(items) == 0 {
			return other(name, "")
		}
		return slices.ContainsFunc(items, func(i corev1.KeyToPath) bool { return other(name, i.Key) })
	}
	switch {
	case v.CSI != nil, v.FlexVolume != nil:
		return true
	case v.Secret != nil:
		return otherItems(v.Secret.SecretName, v.Secret.Items)
	case v.Projected != nil:
		return slices.ContainsFunc(v.Projected.Sources, func(s corev1.VolumeProjection) bool {
			return s.ServiceAccountToken != nil || s.PodCertificate != nil ||
				s.Secret != nil && otherItems(s.Secret.Name, s.Secret.Items)
		})
	}
	return false
}
