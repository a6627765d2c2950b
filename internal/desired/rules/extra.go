// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// recordPrefix begins the names of the series that we record.
const recordPrefix = "tracker:"

// maxExtraBytes bounds the user's rules as they are written, names and texts together.
// prometheus-operator leaves out a PrometheusRule above 512 KiB, all our alerts with it,
// and YAML needs up to twice the room.
const maxExtraBytes = 192 << 10

// extraGroups are the user's own rules, and what is wrong with those that are left
// out. One bad rule must not cost the others: prometheus-operator refuses an object
// as a whole, and with it would go all our alerts.
func (b *builder) extraGroups() (groups []monitoringv1.RuleGroup, invalid []string) {
	seen, room := map[string]bool{}, maxExtraBytes
	for i, written := range b.alerts.ExtraGroups {
		where := fmt.Sprintf("extraGroups[%d] %q", i, written.Name)
		if strings.HasPrefix(written.Name, groupPrefix) || written.Name == "" || seen[written.Name] {
			invalid = append(invalid, where+": the name is empty, taken, or begins with "+groupPrefix)
			continue
		}
		seen[written.Name] = true
		group := monitoringv1.RuleGroup{Name: written.Name}
		if written.Interval != nil {
			group.Interval = new(duration(written.Interval.Duration))
		}
		for j := range written.Rules {
			rule, err := extraRule(&written.Rules[j], b.tracker)
			if err == nil {
				if room -= size(rule); room < 0 {
					err = fmt.Errorf("with it, extraGroups would hold more than %d KiB, the namespace in each selector included", maxExtraBytes>>10)
				}
			}
			if err != nil {
				name := cmp.Or(written.Rules[j].Alert, written.Rules[j].Record)
				invalid = append(invalid, fmt.Sprintf("%s, rule %d (%s): %s", where, j+1, name, err))
				continue
			}
			group.Rules = append(group.Rules, *rule)
		}
		groups = append(groups, group)
	}
	return groups, invalid
}

// extraRule is a rule of the user's, confined to the tracker's namespace. It checks all
// that Prometheus would: the schema, which checks most of it, may be older or newer.
func extraRule(written *v1alpha1.Rule, t *v1alpha1.InterviewTracker) (*monitoringv1.Rule, error) {
	if err := checkNames(written); err != nil {
		return nil, err
	}
	expr, err := confine(written.Expr, t.Namespace)
	if err != nil {
		return nil, err
	}
	rule := &monitoringv1.Rule{
		Alert:       written.Alert,
		Record:      written.Record,
		Expr:        intstr.FromString(expr),
		Labels:      texts(written.Labels),
		Annotations: texts(written.Annotations),
	}
	if written.For != nil {
		rule.For = new(duration(written.For.Duration))
	}
	if written.Alert != "" {
		if err := checkTemplates("label", rule.Labels); err != nil {
			return nil, err
		}
		if err := checkTemplates("annotation", rule.Annotations); err != nil {
			return nil, err
		}
	}
	if rule.Labels == nil {
		rule.Labels = map[string]string{}
	}
	// Whatever the expression makes of these labels: alerts are routed, records are
	// selected, and the dashboard finds both, by them.
	rule.Labels["namespace"], rule.Labels["tracker"] = t.Namespace, t.Name
	return rule, nil
}

// checkNames refuses names that Prometheus refuses, and those that are ours.
func checkNames(written *v1alpha1.Rule) error {
	names := model.LegacyValidation
	switch {
	case (written.Alert == "") == (written.Record == ""):
		return errors.New("exactly one of alert and record must be written")
	case written.Record != "" && !names.IsValidMetricName(written.Record):
		return errors.New("record is no name of a metric")
	case strings.HasPrefix(written.Record, recordPrefix):
		return errors.New(`record can't begin with "` + recordPrefix + `": these series are the operator's`)
	case written.Record != "" && (written.For != nil || len(written.Annotations) > 0):
		return errors.New("for and annotations belong to an alert, not to a record")
	}
	for _, keys := range []map[string]v1alpha1.RuleText{written.Labels, written.Annotations} {
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if !names.IsValidLabelName(key) || strings.HasPrefix(key, model.ReservedLabelPrefix) {
				return fmt.Errorf("%q is no name of a label or an annotation", key)
			}
		}
	}
	return nil
}

// size is about how much room a rule takes, in bytes.
func size(r *monitoringv1.Rule) int {
	n := len(r.Alert) + len(r.Record) + len(r.Expr.StrVal)
	for _, texts := range []map[string]string{r.Labels, r.Annotations} {
		for key, text := range texts {
			n += len(key) + len(text)
		}
	}
	return n
}

func texts(in map[string]v1alpha1.RuleText) map[string]string {
	var out map[string]string
	for key, text := range in {
		if out == nil {
			out = map[string]string{}
		}
		out[key] = string(text)
	}
	return out
}
