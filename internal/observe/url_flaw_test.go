// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"encoding/base64"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// What is obviously wrong with a URL is found, and none of its parts is in the message.
func TestURLFlaws(t *testing.T) {
	const valid = "postgres://hiring-user:s3cr3t@db.people:5432/hiring"
	tests := map[string]string{ // what is said; nothing when empty
		valid:                                 "",
		"redis://:s3cr3t@cache:6379/0":        "",
		"rediss://cache":                      "",
		"postgresql+psycopg2://u:s3cr3t@db/n": "",
		"postgres:///hiring?host=/run/pg":     "",
		"unix:///run/redis.sock":              "",
		"postgres://u:p%20%2F@db/n":           "",
		valid + "\n":                          "ends with a line break",
		valid + "\r\n":                        "ends with a line break",
		"\n" + valid + " \n":                  "ends with a line break",
		valid + " ":                           "begins or ends with blanks",
		"\t" + valid:                          "begins or ends with blanks",
		`"` + valid + `"`:                     "stands in quotation marks",
		"'" + valid + "'":                     "stands in quotation marks",
		"postgres://u:s3 cr3t@db/n":           "has blanks or control characters in it",
		"postgres://u:s3cr3t@db/n\x00":        "has blanks or control characters in it",
		"\ufeff" + valid:                      "has blanks or control characters in it",
		base64.StdEncoding.EncodeToString([]byte(valid)): "is encoded in Base64 twice",
		"db.people:5432":                  "has no scheme",
		"host=db user=u":                  "has blanks or control characters in it",
		"postgres://u:s3cr3t/x@db:5432/n": "can't be parsed",
		"postgres://u:s3cr3t#x@db:5432/n": "can't be parsed",
		"postgres://u:s3cr3t%x@db:5432/n": "can't be parsed",
		"postgres://":                     "has no host",
		"\xff\xfe\x00":                    "is not text",
	}
	for value, want := range tests {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "db"}, Data: map[string][]byte{"url": []byte(value)}}
		found, err := examine(secret, "url", "salt")
		if err != nil || found.Problem != "" || found.Revision == "" {
			t.Errorf("%q: got %v, error %v", value, found, err)
		}
		if (found.Flaw == "") != (want == "") || !strings.Contains(found.Flaw, want) || want != "" && !strings.HasPrefix(found.Flaw, `Secret "db", key "url": the URL `) {
			t.Errorf("%q: got %q, want %q", value, found.Flaw, want)
		}
		for _, part := range []string{"s3cr3t", "hiring-user", "db.people"} {
			if strings.Contains(found.Flaw, part) {
				t.Errorf("%q: the message has %q: %s", value, part, found.Flaw)
			}
		}
	}
}

// A Secret that is made again says the same of its URL, and that it is another one.
func TestSecretMadeAgain(t *testing.T) {
	of := func(uid types.UID) snapshot.ExternalSecret {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{UID: uid}, Data: map[string][]byte{"url": []byte("redis://cache")}}
		found, err := examine(secret, "url", "salt")
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	one, other := of("1"), of("2")
	if one.UID != "1" || other.UID != "2" || one.Revision != other.Revision || one.Address != other.Address {
		t.Errorf("got %+v and %+v", one, other)
	}
}

// Blanks alone are nothing.
func TestBlankURL(t *testing.T) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "db"}, Data: map[string][]byte{"url": []byte(" \n")}}
	if found, err := examine(secret, "url", "salt"); err != nil || found.Problem != `Secret "db" has nothing under key "url"` {
		t.Errorf("got %v, error %v", found, err)
	}
}
