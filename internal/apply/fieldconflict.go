// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import "time"

// A field that is repaired this often in this time is in conflict with another manager:
// from then on repairs back off, for twice as long each time.
const (
	conflictRepairs = 3
	conflictWindow  = 10 * time.Minute
	conflictMinWait = time.Minute
	conflictMaxWait = 8 * time.Minute
)

// fieldConflict is the recent history of one field's repairs.
type fieldConflict struct {
	repairs []time.Time // The last conflictRepairs of them, oldest first.
	wait    time.Duration
	manager string // The one that changed the field last; empty when unknown.
}

// repaired records a repair of what another manager changed.
func (c *fieldConflict) repaired(now time.Time, manager string) {
	c.manager = manager
	c.repairs = append(c.repairs, now)
	if len(c.repairs) > conflictRepairs {
		c.repairs = c.repairs[1:]
	}
	if c.active() || len(c.repairs) == conflictRepairs && now.Sub(c.repairs[0]) <= conflictWindow {
		c.wait = min(max(2*c.wait, conflictMinWait), conflictMaxWait)
	}
}

// active reports whether repairs of the field back off.
func (c *fieldConflict) active() bool { return c.wait > 0 }

// due is when the field may be repaired again.
func (c *fieldConflict) due() time.Time { return c.last().Add(c.wait) }

// over is when the field counts as quiet again, unless it is repaired before.
func (c *fieldConflict) over() time.Time { return c.due().Add(conflictWindow) }

func (c *fieldConflict) last() time.Time { return c.repairs[len(c.repairs)-1] }
