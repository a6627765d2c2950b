// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package password makes the passwords of managed dependencies.
package password

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
)

// New returns a fresh password of more than a hundred random bits. It is called while
// observing the cluster, as building objects is pure.
func New() string { return rand.Text() }

// Revision identifies a password of New without revealing it, as 16 hex digits: the random
// bits are too many to be guessed.
func Revision(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:8])
}
