// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package database connects to Postgres and migrates its schema.
package database

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// connectTimeout limits how long connecting takes, unless the URL has a connect_timeout.
const connectTimeout = 5 * time.Second

// errURL does not wrap the parser's error, which may contain the password.
var errURL = errors.New("is not a URL of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE (the value is not shown: it holds a password)")

// Open returns a pool of connections for a postgres:// URL. The database need not be
// reachable yet. The error continues a message that begins with the name of the variable
// with the URL.
func Open(ctx context.Context, url string) (*pgxpool.Pool, error) {
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return nil, errURL
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errURL
	}
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
	return pgxpool.NewWithConfig(ctx, cfg)
}
