// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"errors"
	"fmt"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// promql reads what a Prometheus does whose experimental features are off.
var promql = parser.NewParser(parser.Options{})

// confine is an expression each of whose selectors selects within a namespace alone.
func confine(text, namespace string) (string, error) {
	expr, err := promql.ParseExpr(text)
	if err != nil {
		return "", fmt.Errorf("expr is no PromQL: %w", err)
	}
	if kind := expr.Type(); kind != parser.ValueTypeVector && kind != parser.ValueTypeScalar {
		return "", fmt.Errorf("expr is of type %s, and a rule needs an instant vector or a scalar", parser.DocumentedType(kind))
	}
	if err := parser.Walk(&confiner{namespace: namespace}, expr, nil); err != nil {
		return "", err
	}
	// Printed, and not spliced into the text: a matcher that is put into a tree can end up
	// nowhere else.
	printed := expr.String()
	if again, err := promql.ParseExpr(printed); err != nil || again.String() != printed {
		return "", errors.New("expr can't be confined to the namespace; write it in a simpler way")
	}
	return printed, nil
}

// errCalculated refuses what our parser knows and that of a prometheus-operator of
// today doesn't, which would refuse all rules with this one.
var errCalculated = errors.New("expr calculates a duration, which not every Prometheus can; write its result")

// confiner adds the namespace to each selector that it visits.
type confiner struct {
	namespace string
}

// Visit implements parser.Visitor.
func (c *confiner) Visit(node parser.Node, _ []parser.Node) (parser.Visitor, error) {
	switch n := node.(type) {
	case *parser.VectorSelector:
		if n.Anchored || n.Smoothed {
			return nil, errors.New("expr uses anchored or smoothed, an experimental feature")
		}
		if n.OriginalOffsetExpr != nil {
			return nil, errCalculated
		}
		return c, c.confine(n)
	case *parser.MatrixSelector:
		if n.RangeExpr != nil {
			return nil, errCalculated
		}
	case *parser.SubqueryExpr:
		if n.RangeExpr != nil || n.StepExpr != nil || n.OriginalOffsetExpr != nil {
			return nil, errCalculated
		}
	}
	return c, nil
}

func (c *confiner) confine(selector *parser.VectorSelector) error {
	var kept []*labels.Matcher
	for _, matcher := range selector.LabelMatchers {
		if matcher.Name != "namespace" {
			kept = append(kept, matcher)
			continue
		}
		if !matcher.Matches(c.namespace) {
			return fmt.Errorf("expr selects %s, and the tracker's namespace is %q", matcher, c.namespace)
		}
	}
	// One that matches is implied by ours.
	own, err := labels.NewMatcher(labels.MatchEqual, "namespace", c.namespace)
	if err != nil {
		return err
	}
	kept = append(kept, own)
	selector.LabelMatchers = kept
	return nil
}
