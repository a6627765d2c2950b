// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

func newTracker(changes ...func(*v1alpha1.InterviewTracker)) *v1alpha1.InterviewTracker {
	t := &v1alpha1.InterviewTracker{Spec: v1alpha1.InterviewTrackerSpec{Version: "1.0.0"}}
	t.Namespace, t.Name = "people", "hiring"
	for _, change := range changes {
		change(t)
	}
	return t
}

// everything makes all panels that there can be.
func everything(t *v1alpha1.InterviewTracker) {
	t.Spec.Monitoring = &v1alpha1.MonitoringSpec{
		Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "blackbox-exporter.monitoring:9115"},
		Journeys:  []v1alpha1.JourneySpec{{Name: "schedule", Interval: &metav1.Duration{Duration: 5 * time.Minute}}},
	}
}

func fromKubelet(t *v1alpha1.InterviewTracker) {
	t.Spec.Monitoring = &v1alpha1.MonitoringSpec{Alerts: &v1alpha1.AlertsSpec{MetricsSource: v1alpha1.MetricsSourceKubernetes}}
}

func withLimits(t *v1alpha1.InterviewTracker) {
	limits := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("1Gi")}
	t.Spec.API = &v1alpha1.ComponentSpec{Resources: &v1alpha1.ResourcesSpec{Limits: limits}}
}

func all() map[string]Dashboard {
	return map[string]Dashboard{
		"tracker":              Tracker(newTracker(everything), catalog.Default()),
		"tracker, by default":  Tracker(newTracker(), catalog.Default()),
		"tracker, the kubelet": Tracker(newTracker(fromKubelet), catalog.Default()),
		"shared":               Shared(catalog.Default()),
		"tracker, with limits": Tracker(newTracker(withLimits), catalog.Default()),
		"fleet":                Fleet(),
		"operator":             Operator(),
	}
}

// selectors are the selectors of a query, which must parse.
func selectors(t *testing.T, q Query) []*parser.VectorSelector {
	t.Helper()
	text := q.PromQL(model.Duration(time.Minute))
	if strings.Contains(text, "$") {
		t.Fatalf("%s: a variable is left in %s", q.Panel, text)
	}
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Fatalf("%s: %v in %s", q.Panel, err, text)
	}
	var out []*parser.VectorSelector
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			out = append(out, selector)
		}
		return nil
	})
	return out
}

func TestQueriesNameOnlyWhatIsExported(t *testing.T) {
	unused := map[string]bool{}
	for _, metrics := range exported {
		for _, metric := range metrics {
			unused[histogramParts.ReplaceAllString(metric, "")] = true
		}
	}
	for name, dashboard := range all() {
		if len(dashboard.Queries()) == 0 {
			t.Errorf("%s: no queries", name)
		}
		for _, q := range dashboard.Queries() {
			for _, selector := range selectors(t, q) {
				if _, known := sourceOf(selector.Name); !known {
					t.Errorf("%s, %s: nobody exports %q", name, q.Panel, selector.Name)
				}
				delete(unused, histogramParts.ReplaceAllString(selector.Name, ""))
			}
		}
	}
	if len(unused) > 0 {
		t.Errorf("in no query: %v", slices.Sorted(maps.Keys(unused)))
	}
}

func TestEverySelectorIsConfinedToTheTracker(t *testing.T) {
	const namespace, tracker, job = `namespace="people"`, `tracker="hiring"`, `job="interview-tracker/people/hiring"`
	const frontend = `job="interview-tracker/people/hiring/frontend"`
	wanted := map[source][]string{
		workload: {namespace, tracker, job},
		process:  {namespace, tracker, job},
		recorded: {namespace, tracker, `job=""`},
		scraper:  {namespace, tracker},
		blackbox: {namespace, tracker, `job="interview-tracker/people/hiring/probe"`},
		operator: {namespace, `name="hiring"`, `job="interview-tracker-operator/manager/metrics"`},
	}
	for _, change := range []func(*v1alpha1.InterviewTracker){everything, fromKubelet, withLimits} {
		for _, q := range Tracker(newTracker(change), catalog.Default()).Queries() {
			for _, selector := range selectors(t, q) {
				var got []string
				for _, m := range selector.LabelMatchers {
					got = append(got, m.String())
				}
				by, _ := sourceOf(selector.Name)
				want := wanted[by]
				switch {
				case selector.Name == "active_users", by == workload && slices.Contains(got, frontend):
					want = []string{namespace, tracker, frontend}
				case selector.Name == "up":
					want = wanted[workload]
				case strings.HasPrefix(selector.Name, "kubelet_volume_"):
					want = []string{namespace, `persistentvolumeclaim=~"data-hiring-database-0|data-hiring-redis-0"`}
				case by == kubelet, by == kubeState:
					want = []string{namespace, labels.MustNewMatcher(labels.MatchRegexp, "pod", catalog.Default().PodPattern(newTracker())).String()}
				}
				if len(want) == 0 {
					t.Fatalf("%s: no rule for %s", q.Panel, selector.Name)
				}
				for _, matcher := range want {
					if !slices.Contains(got, matcher) {
						t.Errorf("%s: %s is not confined by %s", q.Panel, selector, matcher)
					}
				}
			}
		}
	}
}

// Every selector of the fleet's dashboard heeds the namespaces that the viewer
// chooses. Each of the operator's heeds the job, and its namespace unless the series
// are about trackers, which bear theirs.
func TestVariablesAreHeeded(t *testing.T) {
	none := func(metrics ...string) func(*parser.VectorSelector) bool {
		return func(selector *parser.VectorSelector) bool { return !slices.Contains(metrics, selector.Name) }
	}
	for _, tc := range []struct {
		dashboard Dashboard
		variable  string
		heeds     func(*parser.VectorSelector) bool
	}{
		{Fleet(), "namespace", none("leader_election_master_status")},
		{Operator(), "job", none("ALERTS")},
		{Operator(), "namespace", none("ALERTS", "interviewtracker_condition", "interviewtracker_suspended")},
	} {
		for _, q := range tc.dashboard.Queries() {
			found := 0
			for _, selector := range selectors(t, q) {
				heeds := slices.ContainsFunc(selector.LabelMatchers, func(m *labels.Matcher) bool {
					return m.Name == tc.variable && m.Type == labels.MatchRegexp && m.Value == anyValue
				})
				if heeds != tc.heeds(selector) {
					t.Errorf("%s: %s heeds $%s: %t", q.Panel, selector, tc.variable, heeds)
				}
				if heeds {
					found++
				}
			}
			if found != strings.Count(q.Expr, `=~"$`+tc.variable+`"`) {
				t.Errorf("%s: $%s stands elsewhere, too, in %s", q.Panel, tc.variable, q.Expr)
			}
		}
	}
}

// An alert that escalates is one, and the watchdog, which always fires, is none.
func TestAlertsAreCountedOnce(t *testing.T) {
	for name, dashboard := range all() {
		if name == "operator" {
			continue // Its alerts don't escalate.
		}
		found := 0
		for _, q := range dashboard.Queries() {
			for _, selector := range selectors(t, q) {
				if selector.Name != "ALERTS" || q.Panel == "Escalation" {
					continue
				}
				found++
				for _, want := range []string{`escalation_level=""`, `alertname!="TrackerWatchdog"`} {
					if !slices.ContainsFunc(selector.LabelMatchers, func(m *labels.Matcher) bool { return m.String() == want }) {
						t.Errorf("%s, %s: %s lacks %s", name, q.Panel, selector, want)
					}
				}
			}
		}
		if found < 3 {
			t.Errorf("%s: there are %d queries for alerts", name, found)
		}
	}
}

func TestPodNames(t *testing.T) {
	long := "a23456789-123456789-123456789-123456789x" // 40, the most that a tracker may have
	tests := map[string]map[string]bool{
		"hiring": {
			"hiring-api-6d4b75cb6d-x7k2p":               true,
			"hiring-frontend-6d4b75cb6d-x7k2p":          true,
			"hiring-database-0":                         true,
			"hiring-redis-0":                            true,
			"hiring-api-api-6d4b75cb6d-x7k2p":           false, // those of a tracker called hiring-api
			"hiring-api-frontend-6d4b75cb6d-x7k2p":      false,
			"hiring-api-database-0":                     false,
			"hiring-frontend-redis-0":                   false,
			"hiring-frontend-api-6d4b75cb6d-x7k2p":      false,
			"hiring-frontend-frontend-6d4b75cb6d-x7k2p": false,
			"hiring-frontend-migrate-0123456789-x7k2p":  false,
			"xhiring-api-6d4b75cb6d-x7k2p":              false,
			"hiring2-api-6d4b75cb6d-x7k2p":              false,
		},
		// Kubernetes keeps 58 characters of what a generated name begins with.
		long: {
			(long + "-frontend-6d4b75cb6d-")[:58] + "x7k2p": true,
			(long + "-api-6d4b75cb6d-") + "x7k2p":           true,
		},
	}
	for name, pods := range tests {
		expression := regexp.MustCompile("^(?:" + catalog.Default().PodPattern(newTracker(func(t *v1alpha1.InterviewTracker) { t.Name = name })) + ")$")
		for pod, want := range pods {
			if got := expression.MatchString(pod); got != want {
				t.Errorf("%s: %s: got %v, want %v", name, pod, got, want)
			}
		}
	}
}

// The panels that the health-check specification lists, "Grafana Dashboard".
func TestTheSpecifiedPanels(t *testing.T) {
	panels := map[string][]string{}
	for _, q := range Tracker(newTracker(), catalog.Default()).Queries() {
		if !slices.Contains(panels[q.Row], q.Panel) {
			panels[q.Row] = append(panels[q.Row], q.Panel)
		}
	}
	for name, want := range map[string][]string{
		"System":      {"CPU usage", "Memory usage", "Disk usage", "Network I/O", "Containers"},
		"Application": {"Request rate", "Response time", "Error rate", "Database connections", "Cache performance"},
		"Business":    {"User registrations", "Positions created", "Interviews scheduled", "Active users", "Feature usage"},
	} {
		for _, title := range want {
			if !slices.Contains(panels[name], title) {
				t.Errorf("no panel %q in the row %s: %v", title, name, panels[name])
			}
		}
	}
}

// The volumes of the kubelet are those of managed dependencies: of external ones there
// is nothing to show.
func TestDisksOfTheKubelet(t *testing.T) {
	external := &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
	for name, tc := range map[string]struct {
		database, redis *v1alpha1.DependencySpec
		want            []string
	}{
		"both":     {nil, nil, []string{"data-hiring-database-0|data-hiring-redis-0"}},
		"one":      {external, nil, []string{"data-hiring-redis-0"}},
		"external": {external, external, nil},
	} {
		dashboard := Tracker(newTracker(fromKubelet, func(t *v1alpha1.InterviewTracker) {
			t.Spec.Database, t.Spec.Redis = tc.database, tc.redis
		}), catalog.Default())
		var got []string
		for _, q := range dashboard.Queries() {
			if q.Panel != "Disk usage" {
				continue
			}
			for _, selector := range selectors(t, q) {
				for _, m := range selector.LabelMatchers {
					if m.Name == "persistentvolumeclaim" && !slices.Contains(got, m.Value) {
						got = append(got, m.Value)
					}
				}
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLayout(t *testing.T) {
	for name, dashboard := range all() {
		taken, ids := map[[2]int]string{}, map[int]bool{}
		for _, p := range dashboard.Panels {
			if ids[p.ID] || p.ID == 0 {
				t.Errorf("%s, %s: the ID %d is not its own", name, p.Title, p.ID)
			}
			ids[p.ID] = true
			if p.Title == "" {
				t.Errorf("%s: a panel without a title", name)
			}
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := taken[[2]int{x, y}]; other != "" || x >= gridWidth {
						t.Fatalf("%s: %s lies over %s, or over the edge", name, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
			for i, target := range p.Targets {
				if target.RefID != string(rune('A'+i)) || target.Instant == target.Range || target.Datasource.UID != "${datasource}" {
					t.Errorf("%s, %s: target %+v", name, p.Title, target)
				}
			}
		}
	}
}

// The dashboard with variables is that of a tracker, once they have values.
func TestSharedIsTheTrackers(t *testing.T) {
	long := newTracker(everything, func(t *v1alpha1.InterviewTracker) { t.Name = strings.Repeat("t", 40) })
	values := strings.NewReplacer("$namespace", long.Namespace, "$tracker", long.Name)
	queries := func(d Dashboard) (out []Query) {
		for _, q := range d.Queries() {
			q.Expr = values.Replace(q.Expr)
			if q.Panel != "CPU usage" { // It needs the limits and requests of the spec.
				out = append(out, q)
			}
		}
		return out
	}
	if diff := cmp.Diff(queries(Tracker(long, catalog.Default())), queries(Shared(catalog.Default()))); diff != "" {
		t.Errorf("(-own +shared):\n%s", diff)
	}
}

// A viewer must be able to believe what a panel shows, and to find out what it means.
func TestPanelsDontMislead(t *testing.T) {
	for name, dashboard := range all() {
		for _, p := range dashboard.Panels {
			if p.Type == "row" {
				continue
			}
			for _, fault := range faults(p) {
				t.Errorf("%s, %s: %s", name, p.Title, fault)
			}
		}
	}
}

func faults(p Panel) []string {
	var found []string
	fault := func(is bool, text string) {
		if is {
			found = append(found, text)
		}
	}
	defaults := p.FieldConfig.Defaults
	fault(p.Description == "", "no description")
	fault(p.Type == "timeseries" && defaults.Unit == "", "no unit")
	// What nobody knows is not 0, nor none.
	fault(p.Type == "stat" && defaults.NoValue == "", "no text for what is not known")
	fault(strings.HasPrefix(defaults.NoValue, "All ") || defaults.NoValue == "None", "what is not known is called good")
	ofRequest := false
	for _, target := range p.Targets {
		fault(p.Type == "timeseries" && target.LegendFormat == "", "a line without a legend")
		fault(strings.Contains(target.Expr, "vector(0)"), "0 while nobody knows")
		ofRequest = ofRequest || strings.Contains(target.LegendFormat, "request") || strings.Contains(target.LegendFormat, "node")
	}
	if defaults.Unit == unitShare && !ofRequest {
		fault(defaults.Min == nil || *defaults.Min != 0 || defaults.Max == nil || *defaults.Max != 1, "a share that is not drawn from 0 to 1")
	}
	fault(p.Type == "timeseries" && (defaults.Min == nil || *defaults.Min != 0), "a scale that does not begin at 0")
	if p.Type == "timeseries" && defaults.Thresholds != nil {
		fault(len(p.Links) == 0, "a line without the runbook of its alert")
		fault(!strings.Contains(p.Description, "line"), "a line that is not described")
		fault(strings.Contains(p.Targets[0].Expr, "4..") || strings.Contains(p.Targets[0].Expr, "[45]"), "a line over harmless errors")
	}
	if defaults.Thresholds != nil {
		steps := defaults.Thresholds.Steps
		fault(len(steps) == 2 && steps[0].Color == steps[1].Color, "a threshold that changes no color")
		fault(steps[0].Value != nil, "a first color that begins at a value")
	}
	return found
}

// Where having some is bad, none is green; where too little is bad, what is below the threshold
// is red.
func TestColors(t *testing.T) {
	const ok, bad = green, red
	colors := map[string][2]string{} // below the threshold, and from it on
	for name, dashboard := range all() {
		for _, p := range dashboard.Panels {
			if p.Type == "row" || p.FieldConfig.Defaults.Thresholds == nil || len(p.FieldConfig.Defaults.Thresholds.Steps) < 2 {
				continue
			}
			steps := p.FieldConfig.Defaults.Thresholds.Steps
			got := [2]string{steps[0].Color, steps[1].Color}
			if other, again := colors[p.Title]; again && other != got {
				t.Errorf("%s, %s: %v, and elsewhere %v", name, p.Title, got, other)
			}
			colors[p.Title] = got
		}
	}
	want := map[string][2]string{
		"Availability, 30 days": {bad, ok}, "Availability budget left, 30 days": {bad, ok},
		"Fast answers, 30 days": {bad, ok}, "Latency budget left, 30 days": {bad, ok},
		"Availability budget burn rate": {ok, bad}, "Latency budget burn rate": {ok, bad},
		"Alerts firing": {ok, bad}, "Not ready": {ok, bad}, "Dependencies down": {ok, bad},
		"Response time": {ok, bad}, "Error rate": {ok, bad}, "Database connections": {bad, ok},
		"CPU usage": {ok, bad}, "Memory usage": {ok, bad}, "Disk usage": {ok, bad},
		"Largest Contentful Paint": {ok, orange}, "Interaction to Next Paint": {ok, orange}, "Cumulative Layout Shift": {ok, orange},
		"First Contentful Paint": {ok, orange}, "Time To First Byte": {ok, orange},
		"Leading replicas": {bad, ok}, "Stalled trackers": {ok, bad}, "Trackers without monitoring": {ok, bad},
		"Objects that can't be decoded": {ok, bad},
	}
	if diff := cmp.Diff(want, colors); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each runbook that a panel leads to is there.
func TestRunbooksExist(t *testing.T) {
	for name, dashboard := range all() {
		found := 0
		for _, p := range dashboard.Panels {
			for _, link := range p.Links {
				found++
				file, ours := strings.CutPrefix(link.URL, v1alpha1.RunbookBaseURL)
				if _, err := os.Stat("../../../docs/runbooks/" + file); !ours || err != nil {
					t.Errorf("%s, %s: no runbook %s", name, p.Title, link.URL)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: no links", name)
		}
	}
}

// A tracker's dashboard has the limits and the runbooks of its spec, and no line of an alert that
// there is not.
func TestLinesAreThoseOfTheSpec(t *testing.T) {
	lines := func(alerts v1alpha1.AlertsSpec) map[string]string {
		out := map[string]string{}
		for _, p := range Tracker(newTracker(func(t *v1alpha1.InterviewTracker) {
			t.Spec.Monitoring = &v1alpha1.MonitoringSpec{Alerts: &alerts}
		}), catalog.Default()).Panels {
			if p.Title == "Error rate" || p.Title == "Disk usage" {
				out[p.Title] = "none"
				if thresholds := p.FieldConfig.Defaults.Thresholds; thresholds != nil {
					out[p.Title] = fmt.Sprintf("%.2f %s", *thresholds.Steps[1].Value, p.Links[0].URL)
				}
			}
		}
		return out
	}
	for name, tc := range map[string]struct {
		alerts v1alpha1.AlertsSpec
		want   map[string]string
	}{
		"defaults": {v1alpha1.AlertsSpec{}, map[string]string{
			"Error rate": "0.10 " + v1alpha1.RunbookBaseURL + "HighErrorRate.md", "Disk usage": "0.90 " + v1alpha1.RunbookBaseURL + "LowDiskSpace.md",
		}},
		"its own": {v1alpha1.AlertsSpec{
			RunbookBaseURL: "https://wiki.example.com",
			Rules: []v1alpha1.AlertRule{
				{Name: v1alpha1.AlertHighErrorRate, Threshold: "0.5"}, {Name: v1alpha1.AlertLowDiskSpace, Threshold: "0.25"},
			},
		}, map[string]string{
			"Error rate": "0.50 https://wiki.example.com/HighErrorRate.md", "Disk usage": "0.75 https://wiki.example.com/LowDiskSpace.md",
		}},
		"one disabled": {v1alpha1.AlertsSpec{Disabled: []v1alpha1.AlertName{v1alpha1.AlertHighErrorRate}}, map[string]string{
			"Error rate": "none", "Disk usage": "0.90 " + v1alpha1.RunbookBaseURL + "LowDiskSpace.md",
		}},
		"none": {v1alpha1.AlertsSpec{Enabled: new(false)}, map[string]string{"Error rate": "none", "Disk usage": "none"}},
	} {
		if diff := cmp.Diff(tc.want, lines(tc.alerts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Of which amount a usage is, says its legend.
func TestUsageSaysOfWhat(t *testing.T) {
	resources := func(kind string) func(*v1alpha1.InterviewTracker) {
		amounts := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("200m"), corev1.ResourceMemory: resource.MustParse("1Ki")}
		return func(t *v1alpha1.InterviewTracker) {
			t.Spec.API = &v1alpha1.ComponentSpec{Resources: &v1alpha1.ResourcesSpec{}}
			switch kind {
			case "limit":
				t.Spec.API.Resources.Limits = amounts
			case "request":
				t.Spec.API.Resources.Requests = amounts
			}
		}
	}
	for _, tc := range []struct {
		kind    string
		source  v1alpha1.MetricsSource
		cpu     string
		divisor string
	}{
		{"limit", v1alpha1.MetricsSourceApplication, "{{pod}}, of the limit", ""},
		{"request", v1alpha1.MetricsSourceApplication, "{{pod}}, of the request", " / 0.2"},
		{"", v1alpha1.MetricsSourceApplication, "{{pod}}, of all the node's cores", ""},
		{"limit", v1alpha1.MetricsSourceKubernetes, "{{pod}}, of the limit", " / 0.2"},
		{"request", v1alpha1.MetricsSourceKubernetes, "{{pod}}, of the request", " / 0.2"},
		{"", v1alpha1.MetricsSourceKubernetes, "", ""},
	} {
		dashboard := Tracker(newTracker(func(t *v1alpha1.InterviewTracker) {
			t.Spec.Monitoring = &v1alpha1.MonitoringSpec{Alerts: &v1alpha1.AlertsSpec{MetricsSource: tc.source}}
		}, resources(tc.kind)), catalog.Default())
		legend, expr := "", ""
		for _, p := range dashboard.Panels {
			if p.Title == "CPU usage" {
				legend, expr = p.Targets[0].LegendFormat, p.Targets[0].Expr
			}
		}
		if legend != tc.cpu || !strings.HasSuffix(expr, tc.divisor) {
			t.Errorf("%s of %q: %s: %s", tc.source, tc.kind, legend, expr)
		}
	}
}

// What a unit means for a value stands in what the query does with it.
func TestUnits(t *testing.T) {
	for name, dashboard := range all() {
		for _, q := range dashboard.Queries() {
			perSecond := q.Unit == unitPerSecond || q.Unit == unitRequests || q.Unit == unitBytesPerSecond
			if perSecond && !strings.Contains(q.Expr, "rate") {
				t.Errorf("%s, %s: a unit per second, and no rate: %s", name, q.Panel, q.Expr)
			}
			if percent := strings.Contains(q.Expr, "percent") || strings.Contains(q.Expr, "100 *"); percent != (q.Unit == unitPercent) {
				t.Errorf("%s, %s: the unit %q for %s", name, q.Panel, q.Unit, q.Expr)
			}
			if strings.Contains(q.Panel, "share") && q.Unit != unitShare {
				t.Errorf("%s, %s: the unit %q", name, q.Panel, q.Unit)
			}
		}
	}
}

func TestRatesHaveGrafanasWindow(t *testing.T) {
	const window = 7 * time.Minute // which nothing else has
	for name, dashboard := range all() {
		for _, q := range dashboard.Queries() {
			expr, err := parser.NewParser(parser.Options{}).ParseExpr(q.PromQL(model.Duration(window)))
			if err != nil {
				t.Fatal(err)
			}
			parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
				call, ok := node.(*parser.Call)
				if !ok || call.Func.Name != "rate" {
					return nil
				}
				if matrix, ok := call.Args[0].(*parser.MatrixSelector); !ok || matrix.Range != window {
					t.Errorf("%s, %s: the window of %s", name, q.Panel, call)
				}
				return nil
			})
		}
	}
}

func TestUIDs(t *testing.T) {
	seen := map[string]string{}
	named := func(namespace, name string) string {
		return Tracker(newTracker(func(t *v1alpha1.InterviewTracker) { t.Namespace, t.Name = namespace, name }), catalog.Default()).UID
	}
	for subject, uid := range map[string]string{
		"a/b-c": named("a", "b-c"), "a-b/c": named("a-b", "c"), "a/c": named("a", "c"),
		"fleet": Fleet().UID, "operator": Operator().UID,
	} {
		if other := seen[uid]; other != "" || len(uid) > 40 || uid == "" {
			t.Errorf("%s has the UID %q, of %d characters, as has %q", subject, uid, len(uid), other)
		}
		seen[uid] = subject
	}
	// Grafana would keep a second dashboard beside that of an older release.
	if got, want := named("people", "hiring"), "itr-1dd4a698333f4dbf786d931627cd3ee8"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestJSONIsTheModel(t *testing.T) {
	for name, dashboard := range all() {
		text := dashboard.JSON()
		var got Dashboard
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if again := got.JSON(); again != text {
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(text, again))
		}
		if strings.Contains(text, "\n") {
			t.Errorf("%s: more than one line", name)
		}
		if len(text) > 96<<10 {
			t.Errorf("%s: %d bytes", name, len(text))
		}
	}
}
