// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

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
	t.Spec.Monitoring = &v1alpha1.MonitoringSpec{Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "blackbox-exporter.monitoring:9115"}}
}

func fromKubelet(t *v1alpha1.InterviewTracker) {
	t.Spec.Monitoring = &v1alpha1.MonitoringSpec{Alerts: &v1alpha1.AlertsSpec{MetricsSource: v1alpha1.MetricsSourceKubernetes}}
}

func all() map[string]Dashboard {
	return map[string]Dashboard{
		"tracker":              Tracker(newTracker(everything), catalog.Default()),
		"tracker, by default":  Tracker(newTracker(), catalog.Default()),
		"tracker, the kubelet": Tracker(newTracker(fromKubelet), catalog.Default()),
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
	wanted := map[source][]string{
		workload: {namespace, tracker, job},
		process:  {namespace, tracker, job},
		recorded: {namespace, tracker, `job=""`},
		scraper:  {namespace, tracker},
		blackbox: {namespace, tracker, `job="interview-tracker/people/hiring/probe"`},
		operator: {namespace, `name="hiring"`, `job="interview-tracker-operator/manager/metrics"`},
	}
	for _, change := range []func(*v1alpha1.InterviewTracker){everything, fromKubelet} {
		for _, q := range Tracker(newTracker(change), catalog.Default()).Queries() {
			for _, selector := range selectors(t, q) {
				var got []string
				for _, m := range selector.LabelMatchers {
					got = append(got, m.String())
				}
				by, _ := sourceOf(selector.Name)
				want := wanted[by]
				switch {
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
	always := func(*parser.VectorSelector) bool { return true }
	ofTheOperator := func(selector *parser.VectorSelector) bool {
		return !slices.Contains([]string{"interviewtracker_condition", "interviewtracker_suspended"}, selector.Name)
	}
	for _, tc := range []struct {
		dashboard Dashboard
		variable  string
		heeds     func(*parser.VectorSelector) bool
	}{
		{Fleet(), "namespace", always},
		{Operator(), "job", always},
		{Operator(), "namespace", ofTheOperator},
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
		if len(text) > 64<<10 {
			t.Errorf("%s: %d bytes", name, len(text))
		}
	}
}
