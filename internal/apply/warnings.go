// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// Warnings is for the config of the client that an engine writes through. What the API
// server warns of in the answer to a request goes to the log, and to the tracker if the
// request was the write of a child.
type Warnings struct{}

var _ rest.WarningHandlerWithContext = Warnings{}

// warningCode is the code of the warnings that are meant for people.
const warningCode = 299

// HandleWarningHeaderWithContext handles one warning in the answer to the context's request.
func (Warnings) HandleWarningHeaderWithContext(ctx context.Context, code int, _ string, text string) {
	if code != warningCode || text == "" {
		return
	}
	log.FromContext(ctx).Info("The API server warns", "warning", text)
	if collected, ok := ctx.Value(warningsKey{}).(*[]string); ok {
		*collected = append(*collected, text)
	}
}

type warningsKey struct{}

// collectWarnings returns a context for one request, and where what is warned of in its
// answer will be.
func collectWarnings(ctx context.Context) (context.Context, *[]string) {
	collected := &[]string{}
	return context.WithValue(ctx, warningsKey{}, collected), collected
}

// The most warnings of one child that are reported, and how long each may be.
const (
	maxWarnings = 10
	maxWarning  = 500
)

// reportWarnings adds an event for each warning that the child's writes have not had before.
func (c *child) reportWarnings(warnings []string) {
	if c.kind.GroupVersionKind == kinds.Secret {
		return // A text by a policy of the cluster could quote its data.
	}
	for _, text := range warnings {
		text = words.Line(words.WithoutPasswordInURL(text), maxWarning)
		if len(c.record.warned) == maxWarnings || slices.Contains(c.record.warned, text) {
			continue
		}
		c.record.warned = append(c.record.warned, text)
		c.result.warn(ReasonAPIWarning, fmt.Sprintf("%s: %s", c, text))
	}
}
