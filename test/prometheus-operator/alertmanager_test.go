// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package prometheusoperator

import (
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/blang/semver/v4"
	operator "github.com/prometheus-operator/prometheus-operator/pkg/alertmanager"
	validation "github.com/prometheus-operator/prometheus-operator/pkg/alertmanager/validation/v1alpha1"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"github.com/prometheus-operator/prometheus-operator/pkg/assets"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/matcher/compat"
	"github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// alertmanagers are the versions of Alertmanager whose configuration is tested: the oldest
// that the operator supports, which Debian has, and that of Alertmanager's packages here.
// The oldest has only the classic matchers.
var alertmanagers = map[string]string{"0.25.0": featurecontrol.FeatureClassicMode, "0.28.1": ""}

// golden are the golden AlertmanagerConfigs of internal/desired.
const golden = "../../internal/desired/testdata/notifications/"

// strategies are how an Alertmanager may match the namespace of an AlertmanagerConfig.
var strategies = []monitoringv1.AlertmanagerConfigMatcherStrategyType{
	monitoringv1.OnNamespaceConfigMatcherStrategyType, monitoringv1.NoneConfigMatcherStrategyType,
}

func readConfig(t *testing.T, name string) *monitoringv1alpha1.AlertmanagerConfig {
	t.Helper()
	text, err := os.ReadFile(golden + name)
	if err != nil {
		t.Fatal(err)
	}
	return unmarshal[monitoringv1alpha1.AlertmanagerConfig](t, string(text))
}

// secrets are those that receivers refer to.
func secrets() []any {
	data := map[string][]byte{
		"url": []byte("https://hooks.example.com/secret"), "slack-url": []byte("https://hooks.example.com/secret"),
		"smtp-password": []byte("secret"), "pagerduty-routing-key": []byte("secret"),
	}
	var all []any
	for _, name := range []string{"notifications", "status-page", "dead-mans-switch"} {
		all = append(all, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: name}, Data: data})
	}
	return all
}

// load is what Alertmanager makes of the configuration that prometheus-operator makes of an
// AlertmanagerConfig.
func load(t *testing.T, version string, strategy monitoringv1.AlertmanagerConfigMatcherStrategyType, object *monitoringv1alpha1.AlertmanagerConfig) *config.Config {
	t.Helper()
	if err := validation.ValidateAlertmanagerConfig(object); err != nil {
		t.Fatal(err)
	}
	server := &monitoringv1.Alertmanager{}
	server.Namespace, server.Spec.AlertmanagerConfigMatcherStrategy.Type = "monitoring", strategy
	logger := slog.New(slog.DiscardHandler)
	builder := operator.NewConfigBuilder(logger, semver.MustParse(version), assets.NewTestStoreBuilder(secrets()...), server)
	if err := builder.InitializeFromRawConfiguration([]byte("route: {receiver: \"null\"}\nreceivers: [{name: \"null\"}]\n")); err != nil {
		t.Fatal(err)
	}
	key := object.Namespace + "/" + object.Name
	if err := builder.AddAlertmanagerConfigs(t.Context(), map[string]*monitoringv1alpha1.AlertmanagerConfig{key: object}); err != nil {
		t.Fatal(err)
	}
	text, err := builder.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	flags, err := featurecontrol.NewFlags(logger, alertmanagers[version])
	if err != nil {
		t.Fatal(err)
	}
	compat.InitFromFlags(logger, flags)
	loaded, err := config.Load(string(text))
	if err != nil {
		t.Fatalf("%s\n%s", err, text)
	}
	return loaded
}

// each runs a test with the configurations of all versions and strategies.
func each(t *testing.T, object *monitoringv1alpha1.AlertmanagerConfig, test func(*testing.T, *config.Config)) {
	t.Helper()
	for version := range alertmanagers {
		for _, strategy := range strategies {
			t.Run(version+" "+string(strategy), func(t *testing.T) { test(t, load(t, version, strategy, object)) })
		}
	}
}

// randomCase is one that internal/desired/notifications writes.
type randomCase struct {
	Config *monitoringv1alpha1.AlertmanagerConfig `json:"config"`
	Until  time.Time                              `json:"until"`
	Levels []string                               `json:"levels"`
	Alerts []struct {
		Labels    map[string]string `json:"labels"`
		Receivers []string          `json:"receivers"`
	} `json:"alerts"`
}

// cases are random ones. The operator's module has another version of the types: it writes
// them to a file.
func cases(t *testing.T, seed int64, count int) []randomCase {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cases.json")
	command := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run=^TestWriteCases$", "./internal/desired/notifications",
		"-cases="+path, "-seed="+strconv.FormatInt(seed, 10), "-count-of-cases="+strconv.Itoa(count))
	command.Dir = "../.."
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%s", err, output)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []randomCase
	if err := yaml.UnmarshalStrict(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != count {
		t.Fatalf("there are %d cases", len(all))
	}
	return all
}

// seeds are those of the random cases: the same each time, and another one.
func seeds() []int64 { return []int64{1, time.Now().UnixNano()} }

// reached are the receivers of an object that an alert reaches, sorted.
func reached(loaded *config.Config, object metav1.Object, alert map[string]string) []string {
	found := map[string]bool{}
	for _, route := range dispatch.NewRoute(loaded.Route, nil).Match(labelSet(alert)) {
		name, ours := strings.CutPrefix(route.RouteOpts.Receiver, object.GetNamespace()+"/"+object.GetName()+"/")
		if ours && name != "none" {
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func labelSet(alert map[string]string) model.LabelSet {
	set := model.LabelSet{}
	for name, value := range alert {
		set[model.LabelName(name)] = model.LabelValue(value)
	}
	return set
}

// What the operator says of routes in the status is what Alertmanager does.
func TestRoutesAreThoseOfAlertmanager(t *testing.T) {
	routed := 0
	for _, seed := range seeds() {
		for i, c := range cases(t, seed, 300) {
			version, strategy := slices.Sorted(maps.Keys(alertmanagers))[i%2], strategies[i/2%2]
			loaded := load(t, version, strategy, c.Config)
			for _, alert := range c.Alerts {
				want := slices.Sorted(slices.Values(alert.Receivers))
				if got := reached(loaded, c.Config, alert.Labels); !slices.Equal(got, want) {
					spec, _ := json.Marshal(c.Config.Spec.Route) //nolint:errchkjson // for a message
					t.Fatalf("seed %d, case %d, Alertmanager %s, %s: %v reaches %v; the operator says %v\n%s",
						seed, i, version, strategy, alert.Labels, got, want, spec)
				}
				routed += len(want)
			}
			checkMuted(t, loaded, c.Until)
		}
	}
	if routed < 1000 {
		t.Errorf("only %d receivers are reached: the cases test little", routed)
	}
}

// checkMuted tries times near the end of maintenance, and far from it.
func checkMuted(t *testing.T, loaded *config.Config, until time.Time) {
	t.Helper()
	intervals := []timeinterval.TimeInterval{}
	for _, interval := range loaded.MuteTimeIntervals {
		intervals = append(intervals, interval.TimeIntervals...)
	}
	for _, interval := range loaded.TimeIntervals {
		intervals = append(intervals, interval.TimeIntervals...)
	}
	const day = 24 * time.Hour
	for _, distance := range []time.Duration{
		0, time.Second, time.Minute, time.Hour, day, 27 * day, 31 * day, 59 * day, 366 * day, 4000 * day, -time.Nanosecond, -time.Second, -time.Minute,
		-61 * time.Minute, -day, -29 * day, -32 * day, -366 * day, -730 * day,
	} {
		at := until.Add(distance)
		if at.Year() < 2000 || at.Year() > 2999 {
			continue
		}
		muted := slices.ContainsFunc(intervals, func(interval timeinterval.TimeInterval) bool { return interval.ContainsTime(at) })
		if muted != at.Before(until) {
			t.Errorf("under maintenance until %s, at %s muted is %t", until, at, muted)
		}
	}
}

// Whatever prometheus-operator adds, no rule applies to alerts of another namespace or
// another tracker.
func TestRulesKeepNamespaceAndTracker(t *testing.T) {
	for _, name := range []string{"escalation.out.yaml", "minimal.out.yaml"} {
		each(t, readConfig(t, name), func(t *testing.T, loaded *config.Config) {
			if len(loaded.Route.Routes) != 1 || !ownAlertsOnly(labels.Matchers(loaded.Route.Routes[0].Matchers)) {
				t.Errorf("%s: the route has the matchers %v", name, loaded.Route.Routes[0].Matchers)
			}
			if len(loaded.InhibitRules) == 0 {
				t.Errorf("%s: nothing is inhibited", name)
			}
			for _, rule := range loaded.InhibitRules {
				if !ownAlertsOnly(labels.Matchers(rule.SourceMatchers)) || !ownAlertsOnly(labels.Matchers(rule.TargetMatchers)) {
					t.Errorf("%s: %v inhibits %v", name, rule.SourceMatchers, rule.TargetMatchers)
				}
			}
		})
	}
}

func ownAlertsOnly(matchers labels.Matchers) bool {
	has := func(name, value string) bool {
		return slices.ContainsFunc(matchers, func(m *labels.Matcher) bool {
			return m.Type == labels.MatchEqual && m.Name == name && m.Value == value
		})
	}
	return has("namespace", "people") && has("tracker", "hiring")
}

// A group is one of alerts of the same severity and level, and is soon sent.
func TestGroups(t *testing.T) {
	each(t, readConfig(t, "escalation.out.yaml"), func(t *testing.T, loaded *config.Config) {
		for _, route := range dispatch.NewRoute(loaded.Route, nil).Routes[0].Routes {
			by := slices.Sorted(maps.Keys(route.RouteOpts.GroupBy))
			if !slices.Equal(by, []model.LabelName{"escalation_level", "namespace", "severity", "tracker"}) || route.RouteOpts.GroupWait > 10*time.Second {
				t.Errorf("the route to %s groups by %v and waits %s", route.RouteOpts.Receiver, by, route.RouteOpts.GroupWait)
			}
		}
	})
}

// No receiver leads Alertmanager to another address, and the plain text is all of an e-mail.
func TestReceivers(t *testing.T) {
	each(t, readConfig(t, "escalation.out.yaml"), func(t *testing.T, loaded *config.Config) {
		found := 0
		for _, receiver := range loaded.Receivers {
			for _, c := range receiver.SlackConfigs {
				found++
				if c.HTTPConfig.FollowRedirects || !c.SendResolved() || c.Channel != "#incidents" {
					t.Errorf("%+v", c)
				}
			}
			for _, c := range receiver.PagerdutyConfigs {
				found++
				if c.HTTPConfig.FollowRedirects || !c.SendResolved() || c.RoutingKey != "secret" {
					t.Errorf("%+v", c)
				}
			}
			for _, c := range receiver.WebhookConfigs {
				found++
				if statusPage := strings.HasSuffix(receiver.Name, "/status-page"); c.HTTPConfig.FollowRedirects || c.SendResolved() == statusPage {
					t.Errorf("%+v", c)
				}
			}
			for _, c := range receiver.EmailConfigs {
				found++
				if c.HTML != "" || c.Text == "" || !*c.RequireTLS || c.AuthPassword != "secret" || c.Smarthost.String() != "smtp.company.com:587" {
					t.Errorf("%+v", c)
				}
			}
		}
		if found != 5 {
			t.Errorf("there are %d configurations of receivers", found)
		}
	})
}
