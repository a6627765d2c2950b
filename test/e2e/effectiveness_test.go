//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// effectivenessFile is where the table goes. Without it, only the first outage is tried: all of them
// take an hour.
var effectivenessFile = flag.String("effectiveness", "", "try all outages, and write to this `file` which alerts fired")

const (
	// warmUp is for how long users come before an outage begins.
	warmUp = 2 * time.Minute
	// aftermath is how long alerts are still watched after an outage.
	aftermath = 2 * time.Minute
	// most is how many alerts may fire for one cause.
	mostAlerts = 3
	// pace is the time between two requests of users.
	pace = 250 * time.Millisecond
	// patience is how long a user waits for an answer.
	patience = 15 * time.Second
)

// outage is something that goes wrong, and which alerts it should raise.
type outage struct {
	name  string
	lasts time.Duration
	// prepare does what must be done before there is a tracker. Optional.
	prepare func(*testing.T)
	// spec changes the tracker. Optional.
	spec func(*v1alpha1.InterviewTrackerSpec)
	// begin breaks something; what it returns mends it.
	begin func(t *testing.T, tracker *v1alpha1.InterviewTracker) (end func())
	// must fire. may can fire besides, as it depends on moments. All others must not.
	must, may []v1alpha1.AlertName
	// alone is an outage that all trackers of the cluster feel.
	alone bool
}

// verdict is a row of the table.
type verdict struct {
	requests, failed, slow int
	// fired is when each alert fired for the first time, from the beginning of the outage.
	fired map[v1alpha1.AlertName]time.Duration
}

// What breaks raises an alert, not more than three, and what works raises none. The alerts are those of a
// tracker with the default settings.
func TestAlertEffectiveness(t *testing.T) {
	t.Parallel()
	localOnly(t)
	all := outagesToTry()
	var disk syscall.Statfs_t
	must(t, syscall.Statfs(".", &disk))
	if *effectivenessFile != "" && disk.Bavail*100 < disk.Blocks*12 {
		t.Fatal("less than 12 % of this machine's disk is free: LowDiskSpace would rightly fire in every outage")
	}
	if *effectivenessFile == "" {
		all = all[:1]
		all[0].lasts = 4 * time.Minute
	}
	verdicts := make([]*verdict, len(all))
	t.Run("outages", func(t *testing.T) {
		for i, o := range all {
			t.Run(o.name, func(t *testing.T) {
				if !o.alone && len(all) > 1 { // A single one does not wait for another place than that of this test.
					t.Parallel()
				}
				verdicts[i] = try(t, o)
			})
		}
	})
	if *effectivenessFile != "" {
		must(t, os.WriteFile(*effectivenessFile, []byte(effectivenessTable(all, verdicts)), 0o600))
	}
}

// try lets an outage happen to a tracker that is in use.
func try(t *testing.T, o outage) *verdict {
	if o.prepare != nil {
		o.prepare(t)
	}
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		doubled(s)
		if o.spec != nil {
			o.spec(s)
		}
	})
	ready(t, tracker)
	scraped(t, tracker)
	used := use(t, tracker)
	defer used.stop()
	used.count(t, warmUp)
	if early := firstFirings(t, tracker, time.Now().Add(-warmUp)); len(early) > 0 {
		t.Errorf("before the outage, these alerts fire: %v", early)
	}

	began := time.Now()
	end := o.begin(t, tracker)
	v := used.count(t, o.lasts)
	end()
	used.count(t, aftermath)
	v.fired = firstFirings(t, tracker, began)
	v.judge(t, o)
	return v
}

// judge checks what fired.
func (v *verdict) judge(t *testing.T, o outage) {
	t.Logf("%d of %d requests failed, %d were slow; alerts: %s", v.failed, v.requests, v.slow, v.alerts())
	if v.failed > 0 && len(v.fired) == 0 {
		t.Errorf("%d of %d requests failed, and no alert fired", v.failed, v.requests)
	}
	if len(v.fired) > mostAlerts {
		t.Errorf("more than %d alerts for one cause: %s", mostAlerts, v.alerts())
	}
	for _, name := range o.must {
		if _, fired := v.fired[name]; !fired {
			t.Errorf("%s does not fire", name)
		}
	}
	for name := range v.fired {
		if !slices.Contains(o.must, name) && !slices.Contains(o.may, name) {
			t.Errorf("%s must not fire", name)
		}
	}
}

// alerts are the alerts that fired, the first one first.
func (v *verdict) alerts() string {
	var all []string
	for _, name := range slices.SortedFunc(maps.Keys(v.fired), func(a, b v1alpha1.AlertName) int {
		return cmp.Or(cmp.Compare(v.fired[a], v.fired[b]), cmp.Compare(a, b))
	}) {
		all = append(all, fmt.Sprintf("%s (%s)", name, clock(v.fired[name])))
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}

// clock is a duration as 2m05s.
func clock(d time.Duration) string {
	d = d.Round(time.Second)
	return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
}

// firstFirings is when each alert of a tracker fired for the first time since a moment.
func firstFirings(t *testing.T, tracker *v1alpha1.InterviewTracker, since time.Time) map[v1alpha1.AlertName]time.Duration {
	t.Helper()
	var data struct {
		Result []struct {
			Metric map[string]string
			Values [][2]any
		}
	}
	at := func(moment time.Time) string { return strconv.FormatInt(moment.Unix(), 10) }
	getPrometheus(t, "query_range", url.Values{
		"query": {of(tracker, "ALERTS", `alertstate="firing"`)}, "start": {at(since)}, "end": {at(time.Now())}, "step": {"5s"},
	}, &data)
	first := map[v1alpha1.AlertName]time.Duration{}
	for _, series := range data.Result {
		name := v1alpha1.AlertName(series.Metric["alertname"])
		seconds, err := strconv.ParseFloat(fmt.Sprint(series.Values[0][0]), 64)
		must(t, err)
		after := time.Duration((seconds - float64(since.Unix())) * float64(time.Second))
		if before, ok := first[name]; !ok || after < before {
			first[name] = after
		}
	}
	return first
}

// usage is what users have met.
type usage struct {
	stop func()
	mu   sync.Mutex
	now  verdict
}

// use makes users request the frontend four times a second, whether or not they are answered, until it
// is stopped.
func use(t *testing.T, tracker *v1alpha1.InterviewTracker) *usage {
	t.Helper()
	browser := &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: 5 * time.Second}}
	ctx, cancel := context.WithCancel(t.Context())
	u := &usage{}
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(pace)
		defer ticker.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				running.Go(func() { u.request(ctx, browser, endpoint(ctx, tracker, n), n) })
			}
		}
	})
	u.stop = func() {
		cancel()
		running.Wait()
	}
	return u
}

// nowhere is an address that nothing listens at.
const nowhere = "http://127.0.0.1:1"

// endpoint is the address of one of the pods behind the frontend's Service, which is chosen as the
// node's proxy would; without any, it is nowhere.
func endpoint(ctx context.Context, tracker *v1alpha1.InterviewTracker, n int) string {
	var slices discoveryv1.EndpointSliceList
	err := k8s.List(ctx, &slices, client.InNamespace(tracker.Namespace), client.MatchingLabels{discoveryv1.LabelServiceName: "hiring-frontend"})
	var addresses []string
	for _, slice := range slices.Items {
		for _, e := range slice.Endpoints {
			if ptr.Deref(e.Conditions.Ready, true) {
				addresses = append(addresses, e.Addresses...)
			}
		}
	}
	if err != nil || len(addresses) == 0 {
		return nowhere
	}
	return fmt.Sprintf("http://%s:3000", addresses[n%len(addresses)])
}

// request is one of a user's: reading the lists for the most part.
func (u *usage) request(ctx context.Context, browser *http.Client, base string, n int) {
	method, path, body := http.MethodGet, []string{"/", "/api/positions", "/api/interviews", "/api/positions?limit=10"}[n%4], ""
	if n%10 == 9 {
		method, path, body = http.MethodPost, "/api/positions", `{"title": "Gardener", "description": "Roses, above all."}`
	}
	r, err := http.NewRequestWithContext(ctx, method, base+path, strings.NewReader(body))
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/json")
	start := time.Now()
	response, err := browser.Do(r)
	if ctx.Err() != nil {
		return // The users have gone.
	}
	if err == nil {
		_ = response.Body.Close()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now.requests++
	if err != nil || response.StatusCode >= http.StatusInternalServerError {
		u.now.failed++
	}
	if time.Since(start) > 2*time.Second {
		u.now.slow++
	}
}

// count is what users meet in a time.
func (u *usage) count(t *testing.T, lasting time.Duration) *verdict {
	t.Helper()
	reset := func() verdict {
		u.mu.Lock()
		defer u.mu.Unlock()
		v := u.now
		u.now = verdict{}
		return v
	}
	reset()
	select {
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	case <-time.After(lasting):
	}
	v := reset()
	return &v
}

// effectivenessTable is docs/alert-effectiveness.md.
func effectivenessTable(all []outage, verdicts []*verdict) string {
	var b strings.Builder
	b.WriteString(`# Which alerts an outage raises

This table is written by ` + "`make alert-effectiveness`" + `, which lets each of these outages happen to a tracker on a real
cluster: a real Postgres, Redis, kubelet and Prometheus, with all alerts at their defaults (and scrapes every 30 seconds), two
pods of the API and of the frontend, and four requests of users a second at the frontend. The time behind an alert is that from the
beginning of the outage until it fires. No outage that users feel may be silent, none may raise more than three alerts,
and none may raise an alert that has no part in it; the run fails otherwise.

| outage | lasts | requests of users that failed | took longer than 2 s | alerts that fired, and after how long |
|---|---|---|---|---|
`)
	for i, o := range all {
		if v := verdicts[i]; v != nil {
			fmt.Fprintf(&b, "| %s | %s | %d of %d | %d | %s |\n", o.name, clock(o.lasts), v.failed, v.requests, v.slow, v.alerts())
		}
	}
	return b.String()
}
