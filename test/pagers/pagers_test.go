// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/smtp"
	"net/textproto"
	"reflect"
	"strings"
	"testing"
	"time"
)

const host = "127.0.0.1"

// start starts the servers, and returns the authority that their certificate is of.
func start(t *testing.T) (*Servers, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.ParseIP(host)},
		IsCA: true, BasicConstraintsValid: true,
	}, &x509.Certificate{SerialNumber: big.NewInt(1)}, key.Public(), key)
	must(t, err)
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	s, err := Start(t.Context(), Config{
		Host: host, Certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, User: "alerts", Password: "opensesame",
	})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return s, pool
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// arrived returns the only page, without its time.
func arrived(t *testing.T, s *Servers) Page {
	t.Helper()
	pages := s.Pages()
	if len(pages) != 1 {
		t.Fatalf("%d pages arrived, refused: %q", len(pages), s.Refused())
	}
	if age := time.Since(pages[0].At); age < 0 || age > time.Minute {
		t.Errorf("it arrived %s ago", age)
	}
	pages[0].At = time.Time{}
	return pages[0]
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	const (
		slackPath = "/services/T00/B00/secret"
		key       = "0123456789abcdef0123456789abcdef"
		json      = "application/json"
	)
	trigger := func(routing, payload string) string {
		return `{"routing_key": "` + routing + `", "event_action": "trigger", "dedup_key": "d", "payload": ` + payload +
			`, "links": [{"href": "https://runbook", "text": "Runbook"}]}`
	}
	for name, test := range map[string]struct {
		path, media, body string
		status            int
		answer            string
		want              Page // Of those that are taken.
	}{
		"Slack": {
			slackPath, json, `{"channel": "#incidents", "attachments": [{"title": "[FIRING:1] Down", "title_link": "https://runbook", "text": "It is down."}]}`,
			http.StatusOK, "ok",
			Page{Via: Slack, To: "#incidents", Text: "[FIRING:1] Down\nhttps://runbook\n\nIt is down."},
		},
		"Slack, resolved": {
			slackPath, json, `{"channel": "#incidents", "text": "[RESOLVED] Down"}`,
			http.StatusOK, "ok",
			Page{Via: Slack, To: "#incidents", Resolved: true, Text: "[RESOLVED] Down"},
		},
		"Slack without a text":    {slackPath, json, `{"channel": "#incidents"}`, http.StatusBadRequest, "no_text", Page{}},
		"Slack without a channel": {slackPath, json, `{"text": "Down"}`, http.StatusNotFound, "channel_not_found", Page{}},
		"Slack without JSON":      {slackPath, json, `Down`, http.StatusBadRequest, "invalid_payload", Page{}},
		"Slack with a form":       {slackPath, "text/plain", `{"channel": "#incidents", "text": "Down"}`, http.StatusBadRequest, "invalid_payload", Page{}},
		"Slack elsewhere":         {"/services/x/y/z", json, `{"channel": "#incidents", "text": "Down"}`, http.StatusNotFound, "no_service", Page{}},
		"PagerDuty": {
			"/v2/enqueue", json, trigger(key, `{"summary": "Down", "source": "people/hiring", "severity": "critical", "custom_details": {"a": "b"}}`),
			http.StatusAccepted, `"dedup_key":"d"`,
			Page{Via: PagerDuty, To: key, DedupKey: "d", Text: "Down\npeople/hiring\ncritical\n" + `{"a": "b"}` + "\nRunbook\nhttps://runbook"},
		},
		"PagerDuty, resolved": {
			"/v2/enqueue", json, `{"routing_key": "` + key + `", "event_action": "resolve", "dedup_key": "d"}`,
			http.StatusAccepted, `"status":"success"`,
			Page{Via: PagerDuty, To: key, DedupKey: "d", Resolved: true},
		},
		"PagerDuty with another key": {
			"/v2/enqueue", json, trigger("short", `{"summary": "Down", "source": "a", "severity": "critical"}`),
			http.StatusBadRequest, "Length of 'routing_key' is incorrect",
			Page{},
		},
		"PagerDuty with another severity": {
			"/v2/enqueue", json, trigger(key, `{"summary": "Down", "source": "a", "severity": "fatal"}`),
			http.StatusBadRequest, "'payload.severity' is invalid",
			Page{},
		},
		"PagerDuty without a summary or source": {
			"/v2/enqueue", json, trigger(key, `{"severity": "critical"}`), http.StatusBadRequest, "'payload.source' is missing or blank", Page{},
		},
		"PagerDuty without a payload": {"/v2/enqueue", json, trigger(key, "null"), http.StatusBadRequest, "'payload' is missing or blank", Page{}},
		"PagerDuty with nothing to resolve": {
			"/v2/enqueue", json, `{"routing_key": "` + key + `", "event_action": "resolve"}`, http.StatusBadRequest, "'dedup_key' is missing or blank", Page{},
		},
		"PagerDuty with another action": {
			"/v2/enqueue", json, `{"routing_key": "` + key + `", "event_action": "close"}`, http.StatusBadRequest, "'event_action' is invalid", Page{},
		},
		"PagerDuty without JSON": {"/v2/enqueue", json, "trigger", http.StatusBadRequest, "Invalid JSON", Page{}},
		"webhook": {
			"/hooks/status-page", json,
			`{"version": "4", "receiver": "r", "status": "firing", "alerts": [{"status": "firing", "labels": {"alertname": "Down"}, "annotations": {"runbook_url": "https://runbook"}}]}`,
			http.StatusOK, "",
			Page{
				Via: Webhook, To: "/hooks/status-page", Text: "firing\nfiring\nDown\n\n\nhttps://runbook",
				Alerts: []Alert{{Status: "firing", Labels: map[string]string{"alertname": "Down"}, Annotations: map[string]string{"runbook_url": "https://runbook"}}},
			},
		},
		"webhook of another version":  {"/hooks/x", json, `{"version": "3", "receiver": "r", "alerts": [{}]}`, http.StatusBadRequest, "version 4", Page{}},
		"webhook without alerts":      {"/hooks/x", json, `{"version": "4", "receiver": "r"}`, http.StatusBadRequest, "version 4", Page{}},
		"an address that nobody has":  {"/v1/enqueue", json, "{}", http.StatusNotFound, "", Page{}},
		"a message that is too large": {slackPath, json, `{"text": "` + strings.Repeat("x", 1<<20) + `"}`, http.StatusBadRequest, "invalid_payload", Page{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := start(t)
			response, err := http.Post(s.URL+test.path, test.media, strings.NewReader(test.body))
			must(t, err)
			defer func() { _ = response.Body.Close() }()
			answer, err := io.ReadAll(response.Body)
			must(t, err)
			if response.StatusCode != test.status || !strings.Contains(string(answer), test.answer) {
				t.Errorf("the answer is %d %s, want %d %s", response.StatusCode, answer, test.status, test.answer)
			}
			if test.want.Via != "" {
				if got := arrived(t, s); !reflect.DeepEqual(got, test.want) {
					t.Errorf("%#v arrived, want %#v", got, test.want)
				}
			} else if len(s.Pages()) != 0 || len(s.Refused()) != 1 {
				t.Errorf("it is taken: %v, refused: %q", s.Pages(), s.Refused())
			}
		})
	}
}

// login is the mechanism LOGIN, which net/smtp lacks.
type login struct{ user, password string }

func (l login) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

func (l login) Next(question []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	switch string(question) {
	case "Username:":
		return []byte(l.user), nil
	case "Password:":
		return []byte(l.password), nil
	}
	return nil, errors.New("unexpected question")
}

const twoParts = "Subject: =?UTF-8?q?[RESOLVED]_D=C3=B6wn?=\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n" +
	"--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<a href=3D\"https://run=\r\nbook\">\r\n.\r\n--b--\r\n"

func TestMail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		auth          smtp.Auth
		content, want string
		resolved      bool
	}{
		"PLAIN":     {smtp.PlainAuth("", "alerts", "opensesame", host), "Subject: Down\r\nContent-Type: text/plain\r\n\r\nIt is down.\r\n", "Down\nIt is down.\n", false},
		"LOGIN":     {login{"alerts", "opensesame"}, "Subject: Down\r\nContent-Type: text/plain\r\n\r\nIt is down.\r\n", "Down\nIt is down.\n", false},
		"multipart": {login{"alerts", "opensesame"}, twoParts, "[RESOLVED] Döwn\nhello\n<a href=\"https://runbook\">\n.", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, pool := start(t)
			client := dial(t, s)
			must(t, client.StartTLS(&tls.Config{RootCAs: pool, ServerName: host}))
			must(t, client.Auth(test.auth))
			must(t, client.Mail("alerts@example.com"))
			must(t, client.Rcpt("oncall@example.com"))
			w, err := client.Data()
			must(t, err)
			_, err = io.WriteString(w, test.content)
			must(t, err)
			must(t, w.Close())
			must(t, client.Quit())
			if got, want := arrived(t, s), (Page{Via: Mail, To: "oncall@example.com", Resolved: test.resolved, Text: test.want}); !reflect.DeepEqual(got, want) {
				t.Errorf("%#v arrived, want %#v", got, want)
			}
			if refused := s.Refused(); len(refused) != 0 {
				t.Errorf("refused: %q", refused)
			}
		})
	}
}

func dial(t *testing.T, s *Servers) *smtp.Client {
	t.Helper()
	client, err := smtp.Dial(s.Smarthost)
	must(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// Mail is taken over TLS alone, and only from those who have the password.
func TestMailRefused(t *testing.T) {
	t.Parallel()
	encrypted := func(t *testing.T, client *smtp.Client, pool *x509.CertPool) {
		must(t, client.StartTLS(&tls.Config{RootCAs: pool, ServerName: host}))
	}
	for name, test := range map[string]struct {
		try  func(t *testing.T, client *smtp.Client, pool *x509.CertPool) error
		want int
	}{
		"without TLS": {func(_ *testing.T, client *smtp.Client, _ *x509.CertPool) error { return client.Mail("a@example.com") }, 530},
		"AUTH without TLS": {func(_ *testing.T, client *smtp.Client, _ *x509.CertPool) error {
			return client.Auth(login{"alerts", "opensesame"})
		}, 538},
		"without AUTH": {func(t *testing.T, client *smtp.Client, pool *x509.CertPool) error {
			encrypted(t, client, pool)
			return client.Mail("a@example.com")
		}, 530},
		"with another password": {func(t *testing.T, client *smtp.Client, pool *x509.CertPool) error {
			encrypted(t, client, pool)
			return client.Auth(login{"alerts", "guessed"})
		}, 535},
		"a mail to nobody": {func(t *testing.T, client *smtp.Client, pool *x509.CertPool) error {
			encrypted(t, client, pool)
			must(t, client.Auth(login{"alerts", "opensesame"}))
			must(t, client.Mail("a@example.com"))
			_, err := client.Data()
			return err
		}, 503},
		"a recipient before the sender": {func(t *testing.T, client *smtp.Client, pool *x509.CertPool) error {
			encrypted(t, client, pool)
			must(t, client.Auth(login{"alerts", "opensesame"}))
			return client.Rcpt("a@example.com")
		}, 503},
		"a mail without a type": {func(t *testing.T, client *smtp.Client, pool *x509.CertPool) error {
			encrypted(t, client, pool)
			must(t, client.Auth(login{"alerts", "opensesame"}))
			must(t, client.Mail("a@example.com"))
			must(t, client.Rcpt("b@example.com"))
			w, err := client.Data()
			must(t, err)
			_, err = io.WriteString(w, "Subject: Down\r\n\r\nDown\r\n")
			must(t, err)
			return w.Close()
		}, 554},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, pool := start(t)
			client := dial(t, s)
			must(t, client.Hello("localhost"))
			err := test.try(t, client, pool)
			var answer *textproto.Error
			if !errors.As(err, &answer) || answer.Code != test.want {
				t.Errorf("the answer is %v, want %d", err, test.want)
			}
			if len(s.Pages()) != 0 || len(s.Refused()) == 0 {
				t.Errorf("it is taken: %v, refused: %q", s.Pages(), s.Refused())
			}
		})
	}
}
