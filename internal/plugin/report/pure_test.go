// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// unpacked are the files of a report by their names, without the folder that they are in.
func unpacked(t *testing.T, content []byte) map[string]string {
	t.Helper()
	zipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	archive := tar.NewReader(zipped)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		_, name, _ := strings.Cut(header.Name, "/")
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
}

func TestBundleIsTheSameEachTime(t *testing.T) {
	var written [2]bytes.Buffer
	for i := range written {
		b := newBundle(&masker{})
		for _, name := range [][]string{{"b", "a", "c/d"}, {"c/d", "b", "a"}}[i] {
			b.add(name, []byte("of "+name))
		}
		b.finish()
		if err := b.write(&written[i], "report", time.Unix(1_800_000_000, 5)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(written[0].Bytes(), written[1].Bytes()) {
		t.Error("two reports of the same differ")
	}
	want := map[string]string{"a": "of a", "b": "of b", "c/d": "of c/d", "errors.txt": "Everything that was looked for is here.\n"}
	if diff := cmp.Diff(want, unpacked(t, written[0].Bytes())); diff != "" {
		t.Error(diff)
	}
}

func TestBundleIsBounded(t *testing.T) {
	b := newBundle(&masker{})
	b.maxFile, b.room = 1000, 2500
	for _, path := range []string{"logs/a", "logs/b", "logs/c", "logs/d"} {
		b.add(path, []byte(strings.Repeat("x y\n", 251)))
	}
	b.add("small", []byte("fits"))
	b.finish()
	want := map[string]int{"logs/a": 1000, "logs/b": 1000, "small": 4}
	for path, size := range want {
		if got := len(b.files[path]); got != size {
			t.Errorf("%s has %d bytes, not %d", path, got, size)
		}
	}
	if len(b.files) != len(want)+1 {
		t.Errorf("the files are %v", slices.Sorted(maps.Keys(b.files)))
	}
	for _, want := range []string{"logs/a: cut off at 1000 bytes of 1004", "logs/c: left out: the report has 2000 bytes already, of at most 2500", "logs/d: left out"} {
		if !strings.Contains(string(b.files["errors.txt"]), want) {
			t.Errorf("errors.txt lacks %q:\n%s", want, b.files["errors.txt"])
		}
	}
}

func TestBundleMasksNames(t *testing.T) {
	m := &masker{}
	m.addValue("pa55word")
	b := newBundle(m)
	b.add("objects/pod/pa55word.yaml", []byte("1"))
	b.add("objects/pod/pa55wor.yaml", []byte("2"))
	if got := slices.Sorted(maps.Keys(b.files)); !slices.Equal(got, []string{"objects/pod/***.yaml", "objects/pod/***.yaml-2"}) {
		t.Errorf("the files are %v", got)
	}
}

func TestMaskValues(t *testing.T) {
	key := "-----BEGIN CERTIFICATE-----\nUHVibGljUHVibGlj\n-----END CERTIFICATE-----\n" +
		"-----BEGIN EC PRIVATE KEY-----\nU2VjcmV0LUtleS1PZi1NaW5l\n-----END EC PRIVATE KEY-----\n"
	for name, test := range map[string]struct{ key, value, text, want string }{
		"a password":        {"password", "c0rrect-Horse", "it is c0rrect-Horse", "it is ***"},
		"a URL":             {"url", "postgres://tracker:c0rrect-Horse@db/tracker", "tracker at db: c0rrect-Horse", "tracker at db: ***"},
		"a webhook":         {"hook", "https://chat.example.com/hooks/T1/B2xyz", "chat.example.com/hooks/T1/B2xyz", "chat.example.com/***"},
		"a user":            {"username", "tracker", "tracker", "tracker"},
		"a certificate":     {"ca.pem", key, "UHVibGljUHVibGlj", "UHVibGljUHVibGlj"},
		"its key":           {"tls.key", key, "U2VjcmV0LUtleS1PZi1NaW5l", "***"},
		"a flag":            {"on", "true", "true", "true"},
		"a digit":           {"on", "1", "1", "1"},
		"three characters":  {"pin", "abc", "abc abcd", "*** abcd"},
		"several lines":     {"file", "first-Line\nsecond-Line\n", "of second-Line", "of ***"},
		"an image registry": {".dockerconfigjson", `{"auths":{"r.example.com":{"username":"robot","auth":"cm9ib3Q6czNjcmV0LVJvYm90"}}}`, "robot cm9ib3Q6czNjcmV0LVJvYm90", "robot ***"},
		"a key on one line": {
			"key", `-----BEGIN CERTIFICATE-----\nUHVibGljUHVibGlj\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nU2VjcmV0LUtleS1PZi1NaW5l\n-----END PRIVATE KEY-----\n`,
			"UHVibGljUHVibGlj U2VjcmV0LUtleS1PZi1NaW5l", "UHVibGljUHVibGlj ***",
		},
		"a key behind its marker": {"key", "-----BEGIN PRIVATE KEY-----U2VjcmV0LUtleS1PZi1NaW5l-----END PRIVATE KEY-----", "U2VjcmV0LUtleS1PZi1NaW5l", "***"},
		"a key without an end":    {"key", "-----BEGIN PRIVATE KEY----- U2VjcmV0LUtleS1PZi1NaW5l", "U2VjcmV0LUtleS1PZi1NaW5l", "***"},
		"a URL of a public name":  {"host", "postgres://tracker:c0rrect-Horse@db/tracker", "c0rrect-Horse", "***"},
		"of many bytes":           {"large", strings.Repeat("0123456789abcdef", 1000) + "the-End-of-it", "the-End-of-it", "***"},
		"over a chunk's edge":     {"large", strings.Repeat("x", chunk-4) + "edge-Of-it" + strings.Repeat("y", 100), "edge-Of-it", "***"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &masker{}
			m.addSecret(test.key, []byte(test.value))
			if got := m.text(test.text); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// A Secret with many short pieces leaves the rest to read, and is masked as far as it can be.
func TestMaskManyShortPieces(t *testing.T) {
	var lines, fields []string
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("a%02d", i))
		fields = append(fields, fmt.Sprintf("%q:%q", fmt.Sprint("k", i), fmt.Sprintf("a%02d", i)))
	}
	for name, value := range map[string]string{
		"lines": strings.Join(lines, "\n") + "\nc0rrect-Horse", "JSON": "{" + strings.Join(fields, ",") + `,"k":"c0rrect-Horse"}`,
	} {
		m := &masker{}
		if m.addSecret("pin", []byte("b01")); m.addSecret("file", []byte(value)) {
			t.Errorf("%s: all pieces are masked", name)
		}
		if got := m.text("a01, b01, c0rrect-Horse and the rest"); got != "a01, ***, *** and the rest" {
			t.Errorf("%s: %s", name, got)
		}
	}
	m := &masker{}
	if !m.addSecret("file", []byte("a01\na02\n")) || m.text("a01 a03") != "*** a03" {
		t.Errorf("of few pieces, not all are masked: %s", m.text("a01 a03"))
	}
}

// What is not masked as it should be is said at once.
func TestSummarizeWarns(t *testing.T) {
	b := newBundle(&masker{})
	b.warn("Secret %s: its pieces", "many")
	b.finish()
	var out bytes.Buffer
	summarize(b, "-", false, &out)
	if !strings.Contains(out.String(), "Warning: Secret many: its pieces.\n") || !strings.Contains(string(b.files["errors.txt"]), "Secret many: its pieces") {
		t.Errorf("printed %s", out.String())
	}
}

func TestSelected(t *testing.T) {
	tracker := object(t, `
spec:
  database: {external: {secretKeyRef: {name: db, key: host}}}
  telemetry: {caCertificate: {configMapKeyRef: {name: ca, key: ca.crt}}}
`)
	if got := selected(tracker); len(got) != 1 || !got[selection{"db", "host"}] {
		t.Errorf("got %v", got)
	}
}

// Values under names of secrets are redacted in documents that an object holds as text, too.
func TestRedactDocuments(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"a strategic patch": {
			"spec:\n  env:\n  - name: DB_PASSWORD\n    value: hunter2\n  - name: LEVEL\n    value: info\n",
			"spec:\n  env:\n  - name: DB_PASSWORD\n    value: '***'\n  - name: LEVEL\n    value: info\n",
		},
		"a JSON patch":           {`[{"op":"add","path":"/env/-","value":{"name":"API_TOKEN","value":"hunter2"}}]`, "- op: add\n  path: /env/-\n  value:\n    name: API_TOKEN\n    value: '***'\n"},
		"a variable by number":   {`[{op: replace, path: /spec/env/0/value, value: hunter2}]`, "- op: replace\n  path: /spec/env/0/value\n  value: '***'\n"},
		"a path to a secret":     {`[{op: add, path: /data/db_password, value: hunter2}]`, "- op: add\n  path: /data/db_password\n  value: '***'\n"},
		"a number":               {`{env: [{name: PIN_SECRET, value: 12345678}]}`, "env:\n- name: PIN_SECRET\n  value: '***'\n"},
		"a flag":                 {`{args: [--db-password, hunter2]}`, "args:\n- --db-password\n- '***'\n"},
		"two documents":          {"a: 1\n---\n- {name: MY_PASS, value: hunter2}\n", "a: 1\n---\n- name: MY_PASS\n  value: '***'\n"},
		"a document in another":  {`{"data":{"conf":"{\"smtp_password\":\"hunter2\"}"}}`, "data:\n  conf: |\n    smtp_password: '***'\n"},
		"without secrets":        {"# as written\nspec: {replicas: 2}", "# as written\nspec: {replicas: 2}"},
		"a patch that is broken": {"spec:\n\tenv: [{name: DB_PASSWORD, value: hunter2}]", "***"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &masker{}
			for _, fields := range []map[string]any{{"patch": test.text}, {"kind": "X", "patches": []any{map[string]any{"patch": test.text}}}} {
				text, err := yaml.Marshal(m.redacted(fields))
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(text, []byte("hunter2")) || fields["patch"] != nil && m.redacted(fields)["patch"] != test.want {
					t.Errorf("got %s", text)
				}
			}
		})
	}
	if got := literals(map[string]any{"message": "reading the token: connection refused"}); len(got) > 0 {
		t.Errorf("of a message, %v is masked elsewhere", got)
	}
	if got := literals(map[string]any{"patch": "- {name: DB_PASSWORD, value: hunter2}\n"}); !slices.Equal(got, []string{"hunter2"}) {
		t.Errorf("elsewhere, %v is masked", got)
	}
}

// Annotations in which tools repeat an object are left out, and documents in others are redacted.
func TestRedactAnnotations(t *testing.T) {
	annotations := map[string]any{
		"kubectl.kubernetes.io/last-applied-configuration": "{}", "objectset.rio.cattle.io/applied": "H4sI", "kapp.k14s.io/original": "{}",
		"example.com/copy": `{"env":[{"name":"DB_PASSWORD","value":"hunter2"}]}`, "example.com/owner": "people",
	}
	want := map[string]any{"example.com/copy": "env:\n- name: DB_PASSWORD\n  value: '***'\n", "example.com/owner": "people"}
	got := (&masker{}).redacted(map[string]any{
		"metadata": map[string]any{"annotations": annotations},
		"spec":     map[string]any{"template": map[string]any{"metadata": map[string]any{"annotations": annotations}}},
	})
	both := map[string]any{
		"metadata": map[string]any{"annotations": want},
		"spec":     map[string]any{"template": map[string]any{"metadata": map[string]any{"annotations": want}}},
	}
	if diff := cmp.Diff(both, got); diff != "" {
		t.Error(diff)
	}
}

func TestMaskHeaders(t *testing.T) {
	m := &masker{}
	m.addHeaders("api-key=c0rrect%20Horse,x=s3cond-One")
	if got := m.text("api-key c0rrect%20Horse, c0rrect Horse and s3cond-One"); got != "api-key ***, *** and ***" {
		t.Error(got)
	}
}

// What looks like a secret is masked without being known.
func TestMaskWhatLooksLikeASecret(t *testing.T) {
	token := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"x"}`)) + ".c2lnbmF0dXJl"
	m := &masker{}
	for text, want := range map[string]string{
		"password=hunter2 user=u":                                                 "password=*** user=u",
		`{"password":"hunter2","user":"u"}`:                                       `{"password":"***","user":"u"}`,
		`"{\"api_key\": \"hunter2\"}"`:                                            `"{\"api_key\": \"***\"}"`,
		"Authorization: Bearer abcdef0123":                                        "Authorization: ***",
		"sent bearer abcdef0123456":                                               "sent bearer ***",
		"a token " + token + " of a pod":                                          "a token *** of a pod",
		"redis://:hunter2@r:6379":                                                 "redis://:***@r:6379",
		"Secret \"database\" has no key \"url\"":                                  "Secret \"database\" has no key \"url\"",
		"secretKeyRef: {name: database}":                                          "secretKeyRef: {name: database}",
		"http://10.0.0.1:8000/health":                                             "http://10.0.0.1:8000/health",
		"2026-11-29T12:18:13Z basic checks have passed":                           "2026-11-29T12:18:13Z basic checks have passed",
		"1\n-----BEGIN PRIVATE KEY-----\nAAAA\nBBBB\n2":                           "1\n-----BEGIN PRIVATE KEY-----***",
		"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n2": "-----BEGIN RSA PRIVATE KEY-----***\n2",
	} {
		if got := m.text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := m.text(strings.Repeat("x", maxMasked+1)); strings.Contains(got, "xx") {
		t.Error("a text that is too long to be masked is there")
	}
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := yaml.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestReferences(t *testing.T) {
	pod := object(t, `
spec:
  imagePullSecrets: [{name: pull}]
  containers:
  - envFrom: [{secretRef: {name: from}}, {configMapRef: {name: none}}]
    env:
    - {name: A, value: literal}
    - {name: B, valueFrom: {secretKeyRef: {name: key, key: k}}}
    - {name: C, valueFrom: {configMapKeyRef: {name: none, key: k}}}
  volumes:
  - {name: v, secret: {secretName: volume}}
  - {name: w, projected: {sources: [{secret: {name: projected}}, {configMap: {name: none}}]}}
`)
	config := object(t, `
spec:
  receivers:
  - name: chat
    slackConfigs: [{apiURL: {name: chat, key: url}, fields: [{title: t, value: v}]}]
  - {name: other, opsGenieConfigs: [{apiKey: {key: k, name: pager, optional: true}}]}
secrets: [{name: account}]
`)
	for _, test := range []struct {
		object map[string]any
		want   []reference
	}{
		{pod, []reference{{"from", false}, {"key", false}, {"projected", false}, {"pull", true}, {"volume", false}}},
		{config, []reference{{"account", false}, {"chat", false}, {"pager", false}}},
	} {
		if got := references(test.object); !slices.Equal(got, test.want) {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}

func TestJudge(t *testing.T) {
	start := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	made := func(minutes int) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(start.Add(time.Duration(minutes) * time.Minute))}}
	}
	driven := made(0)
	driven.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{}}}}
	reads := []reference{{name: "s"}}
	for name, test := range map[string]struct {
		secret  knownSecret
		pod     *corev1.Pod
		reads   []reference
		started time.Time
		all     bool
		want    string
	}{
		"known":              {pod: made(0), reads: reads, secret: knownSecret{changed: start}},
		"unreadable":         {pod: made(0), reads: reads, secret: knownSecret{problem: problemUnreadable}, want: "Secret s, by which to mask it, can't be read"},
		"missing":            {pod: made(0), reads: reads, secret: knownSecret{problem: problemMissing}, want: "Secret s, by which to mask it, does not exist"},
		"of another pod":     {pod: made(0), secret: knownSecret{problem: problemMissing}},
		"to pull images":     {pod: made(0), reads: []reference{{name: "s", pull: true}}, secret: knownSecret{problem: problemMissing}},
		"changed":            {pod: made(0), reads: reads, secret: knownSecret{changed: start.Add(time.Minute)}, want: "Secret s, by which to mask it, has changed"},
		"restarted since":    {pod: made(0), reads: reads, started: start.Add(2 * time.Minute), secret: knownSecret{changed: start.Add(time.Minute)}},
		"immutable, by then": {pod: made(0), reads: reads, started: start.Add(2 * time.Minute), secret: knownSecret{changed: start.Add(time.Minute), immutable: true}, want: "Secret s"},
		"driver":             {pod: driven, want: "a driver (csi or flexVolume) mounts a volume"},
		"all the same":       {pod: driven, reads: reads, secret: knownSecret{problem: problemMissing}, all: true},
	} {
		t.Run(name, func(t *testing.T) {
			j := &judge{secrets: map[string]knownSecret{"s": test.secret}, all: test.all}
			got := j.withheld(test.pod, test.reads, test.started)
			if (got == "") != (test.want == "") || !strings.HasPrefix(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestChangedAt(t *testing.T) {
	start := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	by := func(minutes int, fields string) metav1.ManagedFieldsEntry {
		entry := metav1.ManagedFieldsEntry{Time: new(metav1.NewTime(start.Add(time.Duration(minutes) * time.Minute)))}
		if fields != "" {
			entry.FieldsV1 = metav1.NewFieldsV1(fields)
		}
		return entry
	}
	for name, test := range map[string]struct {
		entries []metav1.ManagedFieldsEntry
		want    time.Time
	}{
		"never":       {[]metav1.ManagedFieldsEntry{by(0, `{"f:data":{}}`)}, start},
		"its labels":  {[]metav1.ManagedFieldsEntry{by(5, `{"f:metadata":{"f:labels":{}}}`)}, start},
		"its data":    {[]metav1.ManagedFieldsEntry{by(5, `{"f:data":{}}`), by(3, `{"f:data":{}}`)}, start.Add(5*time.Minute + propagation)},
		"who knows":   {[]metav1.ManagedFieldsEntry{by(5, "")}, start.Add(5*time.Minute + propagation)},
		"with labels": {[]metav1.ManagedFieldsEntry{by(5, `{"f:data":{},"f:metadata":{}}`)}, start.Add(5*time.Minute + propagation)},
	} {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(start), ManagedFields: test.entries}}
		if got := changedAt(secret); !got.Equal(test.want) {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestLastLines(t *testing.T) {
	l := &lastLines{}
	if err := l.read(strings.NewReader("one\ntwo")); err != nil || string(l.content()) != "one\ntwo\n" {
		t.Errorf("%v: %q", err, l.content())
	}
	l = &lastLines{}
	if err := l.read(strings.NewReader("a word " + strings.Repeat("x", 2*maxMasked) + "\nnext\n")); err != nil {
		t.Fatal(err)
	}
	if got := string(l.content()); got != "a word… (cut off)\nnext\n" {
		t.Errorf("of a long line, %d bytes are left: %.100q", len(got), got)
	}
	l = &lastLines{}
	line := strings.Repeat("x", 999) + "\n"
	if err := l.read(strings.NewReader(strings.Repeat(line, 2000) + "the end\n")); err != nil {
		t.Fatal(err)
	}
	got := string(l.content())
	if len(got) > maxLog+100 || !strings.HasPrefix(got, "(the last 525 lines of a longer log)\n") || !strings.HasSuffix(got, "\nthe end\n") {
		t.Errorf("%d bytes: %.60q", len(got), got)
	}
}

func TestDistinct(t *testing.T) {
	for value, want := range map[string]bool{"disabled": false, "hunter2": true, "correcthorsebattery": true, "a1": false, "": false} {
		if got := distinct(value); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}
