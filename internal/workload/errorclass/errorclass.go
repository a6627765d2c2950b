// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package errorclass tells of an error of the Postgres or the Redis client what kind of
// failure it is.
package errorclass

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Of returns the class of a check's error; empty without one. The client of Postgres joins
// the errors of all its attempts, with and without TLS and at each address: what a server
// answered counts more than that another attempt got no answer.
func Of(err error) contract.ErrorClass {
	if err == nil {
		return ""
	}
	for _, classify := range []func(error) contract.ErrorClass{ofPostgres, ofRedis, ofTLS, ofNetwork} {
		if class := classify(err); class != "" {
			return class
		}
	}
	return contract.ErrorOther
}

// Postgres' error codes.
const (
	codeInvalidPassword      = "28P01"
	codeInvalidAuthorization = "28000"
	codeTooManyConnections   = "53300"
	codeReadOnlyTransaction  = "25006"
	codeUndefinedTable       = "42P01"
	codeUndefinedColumn      = "42703"
)

func ofPostgres(err error) contract.ErrorClass {
	if errors.Is(err, pgconn.ErrReadOnlyConnection) || errors.Is(err, pgconn.ErrStandbyConnection) {
		return contract.ErrorReadOnly // The URL's target_session_attrs asks for another server.
	}
	class := contract.ErrorClass("")
	for _, response := range responses(err) {
		// The client gives up after a refused password, so the last response counts; but not
		// that of an attempt without TLS after others with it.
		if c := ofCode(response); class == "" || c != contract.ErrorTLSFailed {
			class = c
		}
	}
	return class
}

func ofCode(response *pgconn.PgError) contract.ErrorClass {
	switch response.Code {
	case codeInvalidPassword:
		return contract.ErrorAuthenticationFailed
	case codeInvalidAuthorization:
		// Servers that require TLS have no entry in pg_hba.conf for connections without it.
		if strings.HasSuffix(response.Message, "no encryption") || strings.HasSuffix(response.Message, "SSL off") {
			return contract.ErrorTLSFailed
		}
		return contract.ErrorAuthenticationFailed
	case codeTooManyConnections:
		return contract.ErrorTooManyConnections
	case codeReadOnlyTransaction:
		return contract.ErrorReadOnly
	case codeUndefinedTable, codeUndefinedColumn:
		return contract.ErrorNotMigrated
	}
	return contract.ErrorOther
}

// responses are the error responses of Postgres in a tree of errors, in their order.
func responses(err error) []*pgconn.PgError {
	if response, ok := err.(*pgconn.PgError); ok { //nolint:errorlint // The tree is walked here.
		return []*pgconn.PgError{response}
	}
	switch wrapper := err.(type) { //nolint:errorlint // The tree is walked here.
	case interface{ Unwrap() error }:
		return responses(wrapper.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*pgconn.PgError
		for _, wrapped := range wrapper.Unwrap() {
			all = append(all, responses(wrapped)...)
		}
		return all
	}
	return nil
}

func ofRedis(err error) contract.ErrorClass {
	switch {
	case redis.IsAuthError(err), redis.HasErrorPrefix(err, "invalid password"): // The latter before version 6.
		return contract.ErrorAuthenticationFailed
	case redis.IsMaxClientsError(err):
		return contract.ErrorTooManyConnections
	// MISCONF: it can't save its data, and accepts no writes until it can.
	case redis.IsReadOnlyError(err), redis.HasErrorPrefix(err, "MISCONF"):
		return contract.ErrorReadOnly
	}
	return ""
}

// refusedTLS is the error of the client of Postgres, which has no type.
const refusedTLS = "server refused TLS connection"

func ofTLS(err error) contract.ErrorClass {
	var (
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError // Of sslmode=verify-ca, which verifies by itself.
		invalid     x509.CertificateInvalidError
		record      tls.RecordHeaderError
		alert       *net.OpError
	)
	switch {
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &invalid), errors.As(err, &record),
		errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error"),
		strings.Contains(err.Error(), refusedTLS):
		return contract.ErrorTLSFailed
	}
	return ""
}

func ofNetwork(err error) contract.ErrorClass {
	var (
		lookup  *net.DNSError
		network net.Error
	)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return contract.ErrorConnectionRefused
	case errors.As(err, &lookup) && !lookup.IsTimeout:
		return contract.ErrorHostNotFound
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, redis.ErrPoolTimeout), errors.As(err, &network) && network.Timeout():
		return contract.ErrorTimeout
	}
	return ""
}
