// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"hash/maphash"
	"net"
	"net/http"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/cache"
)

const (
	// activeFor is how long after a request its user counts as active.
	activeFor = 15 * time.Minute
	// maxUsers limits the memory, to some 20 MB. Beyond it, those who have been away for the
	// longest are forgotten first, and the count remains at the limit.
	maxUsers = 100_000
)

// users counts the distinct users of a window of time. Without accounts, a user is an address
// and a browser: an estimate. It keeps only hashes of them, salted with a random number that
// ends with the process, so that nobody can tell an address from them.
type users struct {
	salt maphash.Seed
	seen *cache.LRUExpireCache
}

func newUsers() *users {
	return &users{salt: maphash.MakeSeed(), seen: cache.NewLRUExpireCache(maxUsers)}
}

func (u *users) see(r *http.Request) {
	user := struct{ address, browser string }{address(r), r.UserAgent()}
	u.seen.Add(maphash.Comparable(u.salt, user), nil, activeFor)
}

func (u *users) count() float64 { return float64(len(u.seen.Keys())) }

// address is the client's address: what the nearest proxy, such as the ingress controller, has
// appended to X-Forwarded-For, or else the other end of the connection. It is not verified that
// such a proxy exists. Without one, clients can write what they like, but that gains them no more than
// another User-Agent does; nothing but the count depends on it.
func address(r *http.Request) string {
	if hops := r.Header.Values("X-Forwarded-For"); len(hops) > 0 {
		last := hops[len(hops)-1]
		return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr) // net/http sets it so.
	return host
}
