// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package database connects to Postgres and keeps its schema.
package database

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// connectTimeout bounds the making of one connection, unless the URL has a
// connect_timeout.
const connectTimeout = 5 * time.Second

// errURL says nothing of the value: even a parser's complaint may quote the
// password.
var errURL = errors.New("is not a URL of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE (the value is not shown: it holds a password)")

// Open makes a pool of connections to the database of a postgres:// URL, which
// need not be reachable yet. Its error fits behind the name of the variable that
// held the URL.
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
