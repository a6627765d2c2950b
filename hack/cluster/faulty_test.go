// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Every bug is one of the source as it is today.
func TestBugsFitTheSource(t *testing.T) {
	for tag, b := range bugs {
		text, err := os.ReadFile(filepath.Join("..", "..", b.file))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.in(string(text)); err != nil {
			t.Errorf("%s: %v", tag, err)
		}
	}
	if _, err := (bug{"a.go", "a", "b"}).in("a = a"); err == nil {
		t.Error("a bug may be in two places")
	}
}
