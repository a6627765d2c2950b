// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"

	certutil "k8s.io/client-go/util/cert"
)

// requireCertificates lets in clients with a certificate by a CA of a file alone. That needs no
// right in the cluster, unlike the review of tokens.
func requireCertificates(file string) func(*tls.Config) {
	return func(config *tls.Config) {
		// The file is read for each connection, which costs more than that: a new CA counts at once.
		config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			authorities, err := readAuthorities(file)
			if err != nil {
				return nil, err
			}
			current := config.Clone()
			current.ClientAuth, current.ClientCAs = tls.RequireAndVerifyClientCert, authorities
			return current, nil
		}
	}
}

// readAuthorities reads the certificates of CAs from a file.
func readAuthorities(file string) (*x509.CertPool, error) {
	authorities, err := certutil.NewPool(file)
	if err != nil {
		return nil, fmt.Errorf("reading the CA certificates of --metrics-client-ca: %w", err)
	}
	return authorities, nil
}
