// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Program prints which build it is.
package main

import (
	"fmt"

	"github.com/interview-tracker/interview-tracker-operator/internal/version"
)

func main() { fmt.Println(version.Get()) }
