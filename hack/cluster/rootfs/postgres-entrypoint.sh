#!/bin/sh
# Copyright 2026 The Interview Tracker Operator authors.
# SPDX-License-Identifier: Apache-2.0
#
# Starts PostgreSQL as the official image does, as far as the operator relies on it:
# POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB and PGDATA, on an empty or an initialised volume.
set -eu

case "${1:-}" in
'' | -*) set -- postgres "$@" ;;
esac
[ "$1" = postgres ] || exec "$@"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
	: "${POSTGRES_PASSWORD:?set it to initialise an empty database folder}"
	user=${POSTGRES_USER:-postgres}
	database=${POSTGRES_DB:-$user}

	# Everything is created in a sibling folder, which is renamed to PGDATA at the end: a container
	# that is killed before that starts over, and none starts with half a database.
	new=$PGDATA.initialising
	umask 077
	rm -rf "$new"
	mkdir -p "$(dirname "$PGDATA")"
	printf '%s' "$POSTGRES_PASSWORD" | initdb --pgdata="$new" --username="$user" --pwfile=/dev/stdin \
		--auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
	printf 'host all all all scram-sha-256\n' >>"$new/pg_hba.conf"
	printf "listen_addresses = '*'\n" >>"$new/postgresql.conf"
	if [ "$database" != postgres ]; then
		printf 'CREATE DATABASE "%s";\n' "$(printf '%s' "$database" | sed 's/"/""/g')" |
			postgres --single -D "$new" postgres
	fi
	# -T: a PGDATA that holds something else is an error, not a place to move into.
	mv -T "$new" "$PGDATA"
fi
exec "$@"
