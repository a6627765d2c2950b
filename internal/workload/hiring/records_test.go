// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package hiring

import (
	"strings"
	"testing"
	"time"
)

// An interview can't be scheduled in the past. One that has taken place can still be changed
// otherwise.
func TestInterviewInThePast(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	at := func(after time.Duration) *Interview {
		return &Interview{interviewDraft: interviewDraft{PositionID: 1, Candidate: "Ada", ScheduledAt: now.Add(after)}}
	}
	elsewhere := at(-time.Hour)
	elsewhere.ScheduledAt = elsewhere.ScheduledAt.In(time.FixedZone("", 7200))
	for name, test := range map[string]struct {
		interview, stored *Interview
		refused           bool
	}{
		"new, now":                        {at(0), nil, false},
		"new, later":                      {at(time.Second), nil, false},
		"new, before":                     {at(-time.Second), nil, true},
		"has been":                        {at(-time.Hour), at(-time.Hour), false},
		"has been, in another zone":       {elsewhere, at(-time.Hour), false},
		"has been, moved within the past": {at(-time.Minute), at(-time.Hour), true},
		"has been, moved to the future":   {at(time.Hour), at(-time.Hour), false},
		"to be, moved to the past":        {at(-time.Hour), at(time.Hour), true},
	} {
		err := test.interview.validate(test.stored, now)
		if (err != nil) != test.refused || err != nil && !strings.Contains(err.Error(), "scheduled_at must not be in the past") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What could not be read again in JSON would make each list with it fail.
func TestInterviewAtTheEndOfTime(t *testing.T) {
	for at, refused := range map[string]bool{
		"9999-12-30T23:59:59Z":      false,
		"9999-12-31T00:00:00+00:01": false,
		"9999-12-31T00:00:00Z":      true,
		"9999-12-30T23:00:00-01:00": true,
		"9999-12-31T23:59:59-23:59": true,
	} {
		interview := &Interview{interviewDraft: interviewDraft{PositionID: 1, Candidate: "Ada"}}
		if err := interview.ScheduledAt.UnmarshalText([]byte(at)); err != nil {
			t.Fatal(err)
		}
		for _, stored := range []*Interview{nil, interview} {
			if err := interview.validate(stored, time.Now()); (err != nil) != refused {
				t.Errorf("%s: %v", at, err)
			}
		}
	}
}
