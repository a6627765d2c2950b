// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package grafana

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"sigs.k8s.io/yaml"
)

// check reports what Grafana's schema refuses: unknown fields, those of panels and queries
// included, missing ones, and values out of range.
func check(text []byte) error {
	plugins.RegisterDefaultPlugins() // or what depends on the type of a panel is not checked
	var d dashboard.Dashboard        //nolint:staticcheck // Files for Grafana's sidecar are not of schema 2.
	all := []error{strict(&d, text), d.Validate()}
	// The SDK is lenient to what is between a panel and the values' defaults.
	var parts struct {
		Panels []struct {
			Title       string
			FieldConfig json.RawMessage
		}
	}
	all = append(all, json.Unmarshal(text, &parts))
	for _, panel := range parts.Panels {
		if err := strict(&dashboard.FieldConfigSource{}, panel.FieldConfig); err != nil {
			all = append(all, fmt.Errorf("panel %q: %w", panel.Title, err))
		}
	}
	return errors.Join(all...)
}

func strict(part interface{ UnmarshalJSONStrict(raw []byte) error }, text []byte) error {
	err := part.UnmarshalJSONStrict(text)
	if faults, ok := errors.AsType[cog.BuildErrors](err); ok && len(faults) == 0 {
		return nil // It returns an empty list.
	}
	return err
}

// dashboards are the shared ones, and those of trackers in the golden files.
func dashboards(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	files, err := filepath.Glob("../../config/prometheus/dashboards/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if all[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"monitoring-defaults.out.yaml", "monitoring-full.out.yaml"} {
		text, err := os.ReadFile(filepath.Join("../../internal/desired/testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(text), "\n---\n") {
			var object struct {
				Kind     string
				Metadata struct{ Name string }
				Data     map[string]string
			}
			if err := yaml.Unmarshal([]byte(document), &object); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if object.Kind != "ConfigMap" || !strings.HasSuffix(object.Metadata.Name, "-dashboard") {
				continue
			}
			for key, dashboard := range object.Data {
				all[file+": "+key] = []byte(dashboard)
			}
		}
	}
	return all
}

func TestDashboardsFollowTheSchema(t *testing.T) {
	all := dashboards(t)
	if len(all) < 5 {
		t.Errorf("only %d dashboards", len(all))
	}
	for name, text := range all {
		if err := check(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The schema is no rubber stamp: it refuses a mistake wherever there can be one.
func TestMistakesAreRefused(t *testing.T) {
	mistakes := map[string]func(dashboard map[string]any){
		"an unknown field of the dashboard": func(d map[string]any) { d["colour"] = "red" },
		"a type of the wrong kind":          func(d map[string]any) { d["title"] = 1 },
		"a list without its name":           func(d map[string]any) { d["templating"] = map[string]any{"variables": []any{}} },
	}
	for _, kind := range []string{"timeseries", "stat", "table"} {
		for _, where := range []string{"", "gridPos", "options", "fieldConfig", "targets"} {
			mistakes["an unknown field of a "+kind+", "+where] = func(d map[string]any) {
				panels, _ := d["panels"].([]any)
				for _, p := range panels {
					panel, _ := p.(map[string]any)
					if panel["type"] != kind {
						continue
					}
					switch field := panel[where].(type) {
					case map[string]any:
						field["colour"] = "red"
					case []any:
						first, _ := field[0].(map[string]any)
						first["colour"] = "red"
					default:
						panel["colour"] = "red"
					}
					return
				}
				panic("no panel of type " + kind)
			}
		}
	}
	text := dashboards(t)["../../config/prometheus/dashboards/fleet.json"]
	for name, make := range mistakes {
		var d map[string]any
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		make(d)
		mistaken, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if check(mistaken) == nil {
			t.Errorf("%s is not refused", name)
		}
	}
}
