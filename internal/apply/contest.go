// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import "time"

// A field that is repaired this often in this time is fought over: from then on
// repairs wait, for twice as long each time.
const (
	contestRepairs = 3
	contestWindow  = 10 * time.Minute
	contestMinWait = time.Minute
	contestMaxWait = 8 * time.Minute
)

// contest is the recent history of one field's repairs.
type contest struct {
	repairs []time.Time // The last contestRepairs of them, oldest first.
	wait    time.Duration
	rival   string // Who changed the field last; empty when unknown.
}

// repaired records a repair of what the rival changed.
func (c *contest) repaired(now time.Time, rival string) {
	c.rival = rival
	c.repairs = append(c.repairs, now)
	if len(c.repairs) > contestRepairs {
		c.repairs = c.repairs[1:]
	}
	if c.fought() || len(c.repairs) == contestRepairs && now.Sub(c.repairs[0]) <= contestWindow {
		c.wait = min(max(2*c.wait, contestMinWait), contestMaxWait)
	}
}

// fought tells whether the field is fought over.
func (c *contest) fought() bool { return c.wait > 0 }

// due is when the field may be repaired again.
func (c *contest) due() time.Time { return c.last().Add(c.wait) }

// over is when the field counts as quiet again, unless it is repaired before.
func (c *contest) over() time.Time { return c.due().Add(contestWindow) }

func (c *contest) last() time.Time { return c.repairs[len(c.repairs)-1] }
