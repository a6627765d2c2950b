// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

const (
	// comparisonInterval is how often at most a tracker's pods are compared, and how long a Prometheus
	// that could not be reached is left alone.
	comparisonInterval = 30 * time.Second
	// comparisonTimeout is how long a reading may take: the reconcile waits for it.
	comparisonTimeout = 5 * time.Second
	// comparisonWindow is how far back it looks: as the alerts do, so that it holds two samples.
	comparisonWindow = 5 * time.Minute
	// maxReadings is how many reconciles may wait for a Prometheus at a time: half of those that there
	// are by default, so that none that hangs keeps other trackers waiting.
	maxReadings = 2
)

// comparisonKey is what is compared.
type comparisonKey struct {
	prometheus types.NamespacedName
	// old and current are the names of the API's ReplicaSets.
	old, current string
	// since is when the rollout began, in seconds since 1970.
	since int64
}

// readComparison compares the new pods of the API with those before. Nothing fails or waits because they
// can't be compared.
func (o *Observer) readComparison(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
	key := o.compared(t, s)
	if key == nil || o.Prometheus == nil {
		return
	}
	s.Comparison = &snapshot.Comparison{}
	for of, read := range o.comparisons.of(t) { // One at most.
		s.Comparison.Due = read.Due
		if of == *key {
			*s.Comparison = read
		}
	}
	now := o.Clock.Now()
	if now.Before(s.Comparison.Due) {
		return
	}
	if instead := o.readings.begin(key.prometheus, now); instead != nil {
		if instead.Problem == "" { // Its turn comes; what was read before holds until then.
			instead.Old, instead.New = s.Comparison.Old, s.Comparison.New
		}
		s.Comparison = instead
		return
	}
	read, unreached := o.compare(ctx, t, s, *key)
	o.readings.end(key.prometheus, unreached, now)
	read.Due = now.Add(comparisonInterval)
	o.comparisons.keep(t, map[comparisonKey]snapshot.Comparison{*key: read})
	s.Comparison = &read
}

// compared is what is to be compared; nil when nothing is: the spec doesn't ask for it, no new pod
// templates are observed, or they change no pod of the API.
func (o *Observer) compared(t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) *comparisonKey {
	reference, rollout := ptr.Deref(t.Spec.Rollout, v1alpha1.RolloutSpec{}).Prometheus, ptr.Deref(t.Status.Rollout, v1alpha1.RolloutStatus{})
	if reference == nil || t.Spec.Suspend || !t.Spec.GetAutoRollback() {
		return nil
	}
	candidate := ptr.Deref(rollout.Candidate, v1alpha1.CandidateTemplates{})
	if rollout.Good == nil || candidate.Since == nil || candidate.Since.After(o.Clock.Now()) {
		return nil
	}
	c := o.Catalog.Primary().Name
	good := slices.IndexFunc(rollout.Good.ReplicaSets, func(rs v1alpha1.ReplicaSetReference) bool { return rs.Component == c })
	pods := s.CurrentPods(c)
	if good < 0 || len(pods) == 0 {
		return nil
	}
	old, current := rollout.Good.ReplicaSets[good], metav1.GetControllerOfNoCopy(&pods[0])
	if current == nil || current.UID == old.UID {
		return nil
	}
	return &comparisonKey{
		prometheus: types.NamespacedName{Namespace: cmp.Or(reference.Namespace, t.Namespace), Name: reference.Name},
		old:        old.Name, current: current.Name, since: candidate.Since.Unix(),
	}
}

// compare reads the traffic of both. unreached is the Problem of a Prometheus that could not be reached.
//
// That of the pods before is of the time right before the rollout, although some may still run: they are
// being stopped, fewer each minute, so that soon none is left to compare with, and what a new version does to
// the database affects them as well. If the rollout counts from the end of an outage, that time has errors
// of the outage: then the comparison is in favor of the new pods.
func (o *Observer) compare(
	ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot, key comparisonKey,
) (read snapshot.Comparison, unreached string) {
	p, problem := o.prometheusNamed(ctx, key.prometheus, s)
	if p == nil {
		return snapshot.Comparison{Problem: problem}, ""
	}
	ctx, cancel := context.WithTimeout(ctx, comparisonTimeout)
	defer cancel()
	from := prometheus{RoundTripper: o.Prometheus, url: addressOf(p)}
	now, since := o.Clock.Now(), time.Unix(key.since, 0)
	window := max(min(now.Sub(since), comparisonWindow).Truncate(time.Second), time.Second)
	current, err := from.traffic(ctx, trafficQuery(t, key.current, window), now)
	if err == nil {
		read.Old, err = from.traffic(ctx, trafficQuery(t, key.old, comparisonWindow), since)
	}
	if err == nil {
		read.New = current
		return read, ""
	}
	read.Problem = fmt.Sprintf("Prometheus %s %s; it is asked at %s", key.prometheus, err, from.url.Host)
	if isUnreached(err) {
		read.Problem += ", which must accept connections from the operator's pods"
		unreached = read.Problem
	}
	return read, unreached
}

// prometheusNamed is a Prometheus object that the operator sees and can ask, or why there is none.
func (o *Observer) prometheusNamed(
	ctx context.Context, name types.NamespacedName, s *snapshot.Snapshot,
) (p *monitoringv1.Prometheus, problem string) {
	p = &monitoringv1.Prometheus{}
	if !s.Monitoring.Kinds.Has(kinds.Prometheus.Kind) || o.Cached.Get(ctx, name, p, client.UnsafeDisableDeepCopy) != nil {
		problem = fmt.Sprintf("Prometheus %s does not exist, or the operator can't see it: correct spec.rollout.prometheus", name)
		if o.Namespaced {
			problem += ", which can name one of the namespaces that the operator works in"
		}
		return nil, problem
	}
	if p.Spec.Web != nil && p.Spec.Web.TLSConfig != nil {
		return nil, fmt.Sprintf("Prometheus %s serves TLS (spec.web.tlsConfig), with which pods are not compared: "+
			"name another one in spec.rollout.prometheus, or remove that field", name)
	}
	return p, ""
}

// trafficQuery asks what the pods of a ReplicaSet of the API were asked in a window, and how they answered:
// a series for each of the numbers, which its label is names. It reads the series of the tracker's own job alone,
// and of the requests those that HighErrorRate counts. The specification's histogram counts all, in both
// ReplicaSets alike.
func trafficQuery(t *v1alpha1.InterviewTracker, replicaSet string, window time.Duration) string {
	increase := func(metric string, matchers ...string) string {
		series := promql.Series(metric, slices.Concat([]string{
			promql.Equal("namespace", t.Namespace), promql.Equal(promql.Tracker, t.Name),
			promql.Equal("job", promql.APIJob(t.Namespace, t.Name)),
			promql.Matches("pod", regexp.QuoteMeta(replicaSet)+"-[^-]+"),
		}, matchers)...)
		return fmt.Sprintf("(increase(%s[%s]))", series, model.Duration(window))
	}
	named := func(name, expr string) string { return fmt.Sprintf(`label_replace(%s, "is", %q, "", "")`, expr, name) }
	return named(isRequests, "sum "+increase(promql.Requests, promql.UserRequests)) +
		"\nor " + named(isFailures, "sum "+increase(promql.Requests, promql.UserRequests, promql.Matches("status", "5.."))) +
		"\nor " + named(isLatency, "histogram_quantile(0.95, sum by (le) "+increase(promql.RequestDuration+promql.Bucket)+")")
}

// The values of the label is.
const (
	isRequests = "requests"
	isFailures = "failures"
	isLatency  = "latency"
)

// readings are those that take place, and which Prometheus could not be reached, whoever asked. The zero
// value is empty.
type readings struct {
	mu        sync.Mutex
	running   int
	unreached map[types.NamespacedName]snapshot.Comparison // With the Problem, and when it is Due again.
}

// begin begins a reading, or returns what is known without one.
func (r *readings) begin(of types.NamespacedName, now time.Time) *snapshot.Comparison {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.unreached[of]; now.Before(known.Due) {
		return &known
	}
	if r.running >= maxReadings {
		return &snapshot.Comparison{Due: now.Add(comparisonTimeout)}
	}
	r.running++
	return nil
}

// end ends a reading that has begun.
func (r *readings) end(of types.NamespacedName, unreached string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running--
	for name, known := range r.unreached {
		if !now.Before(known.Due) {
			delete(r.unreached, name)
		}
	}
	if unreached != "" {
		if r.unreached == nil {
			r.unreached = map[types.NamespacedName]snapshot.Comparison{}
		}
		r.unreached[of] = snapshot.Comparison{Problem: unreached, Due: now.Add(comparisonInterval)}
	}
}
