// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"crypto/x509"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Holds is what the value of a key of a Secret or a ConfigMap should be.
type Holds string

// What such a value should be.
const (
	// HoldsURL is the URL of a database or of Redis.
	HoldsURL Holds = "url"
	// HoldsAddress is the URL of a receiver of notifications.
	HoldsAddress Holds = "address"
	// HoldsWord is the password or key of a receiver of notifications.
	HoldsWord Holds = "word"
	// HoldsHeaders are headers of requests.
	HoldsHeaders Holds = "headers"
	// HoldsCertificates are certificates in PEM.
	HoldsCertificates Holds = "certificates"
)

// Flaw is what is obviously wrong with a value that is not blank, and what to do; empty when nothing is.
// Nothing of the value is in the answer.
func Flaw(holds Holds, value []byte) string {
	switch holds {
	case HoldsURL:
		return urlFlaw(value)
	case HoldsAddress:
		return addressFlaw(value)
	case HoldsWord:
		return wordsFlaw(value)
	case HoldsHeaders:
		if _, err := contract.ParseHeaders(string(value)); err != nil {
			return err.Error()
		}
	case HoldsCertificates:
		if !x509.NewCertPool().AppendCertsFromPEM(value) {
			return "there is no certificate in PEM: write one that begins with -----BEGIN CERTIFICATE-----"
		}
	}
	return ""
}
