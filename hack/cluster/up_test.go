// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func TestWhatUpDoesWithTheClusterThatItFinds(t *testing.T) {
	const ours, anothers = "/src/ours", "/src/another's"
	for name, test := range map[string]struct {
		record   record
		running  bool
		leftover bool
		refused  bool
	}{
		"ours is up":                    {record{Root: ours, Ready: true}, true, false, false},
		"ours was killed":               {record{Root: ours, Ready: true}, false, true, false},
		"ours never came up":            {record{Root: ours}, true, true, false},
		"ours was killed on its way up": {record{Root: ours}, false, true, false},
		"another's is up":               {record{Root: anothers, Ready: true}, true, false, true},
		"another's comes up":            {record{Root: anothers}, true, false, true},
		"another's was killed":          {record{Root: anothers, Ready: true}, false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			leftover, err := test.record.leftover(layout{root: ours}, test.running)
			if leftover != test.leftover || (err != nil) != test.refused {
				t.Errorf("leftover %v, error %v", leftover, err)
			}
			if err != nil && !strings.Contains(err.Error(), "down --root "+anothers) {
				t.Errorf("the error doesn't say how to stop it: %v", err)
			}
		})
	}
}
