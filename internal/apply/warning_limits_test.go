// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

func TestWarningsAreBounded(t *testing.T) {
	var many []string
	for i := range 3 * maxWarnings {
		many = append(many, fmt.Sprintf("%d\n\x1b[31m%s", i, strings.Repeat("é", 2*maxWarning)))
	}
	for name, test := range map[string]struct {
		kind     schema.GroupVersionKind
		warnings []string
		want     int
		text     string // Of the first event.
	}{
		"one twice":      {deploymentKind, []string{"a", "a"}, 1, "Deployment hiring-api: a"},
		"many":           {deploymentKind, many, maxWarnings, "Deployment hiring-api: 0 " + strings.Repeat("é", maxWarning-3) + "…"},
		"with a URL":     {deploymentKind, []string{"redis://:geheim@cache is old"}, 1, "Deployment hiring-api: redis://:***@cache is old"},
		"about a Secret": {kinds.Secret, []string{"geheim"}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			kind, _ := kinds.Of(test.kind.GroupKind())
			c := &child{kind: kind, key: client.ObjectKey{Name: "hiring-api"}, record: &record{}, result: &Result{}}
			for range 2 {
				c.reportWarnings(test.warnings)
			}
			if len(c.result.Events) != test.want || test.want > 0 && c.result.Events[0].Message != test.text {
				t.Errorf("%d events: %v", len(c.result.Events), c.result.Events)
			}
		})
	}
}
