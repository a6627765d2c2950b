// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagers

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
)

// patience is how long a client may take in all.
const patience = 2 * time.Minute

func (s *Servers) serveMail() {
	for {
		connection, err := s.smtp.Accept()
		if err != nil {
			return // It is closed.
		}
		s.running.Go(func() {
			defer func() { _ = connection.Close() }()
			if connection.SetDeadline(time.Now().Add(patience)) == nil {
				session := &mailSession{servers: s, raw: connection, text: textproto.NewConn(connection)}
				session.serve()
			}
		})
	}
}

// mailSession is a client's connection.
type mailSession struct {
	servers *Servers
	raw     net.Conn
	text    *textproto.Conn
	// What the client has achieved.
	encrypted, authenticated bool
	// The mail that it is about to send.
	from string
	to   []string
}

var errQuit = errors.New("the client has ended the session")

func (m *mailSession) serve() {
	err := m.reply(220, "pagers ESMTP")
	for err == nil {
		var line string
		if line, err = m.text.ReadLine(); err != nil {
			return // It has gone, or takes too long.
		}
		verb, argument, _ := strings.Cut(line, " ")
		err = m.command(strings.ToUpper(verb), argument)
	}
}

func (m *mailSession) command(verb, argument string) error {
	switch verb {
	case "EHLO":
		return m.hello()
	case "NOOP":
		return m.reply(250, "OK")
	case "HELO", "RSET":
		m.from, m.to = "", nil
		return m.reply(250, "OK")
	case "STARTTLS":
		return m.startTLS()
	case "AUTH":
		return m.authenticate(argument)
	case "MAIL":
		return m.mailFrom(argument)
	case "RCPT":
		return m.rcptTo(argument)
	case "DATA":
		return m.data()
	case "QUIT":
		return errors.Join(m.reply(221, "Bye"), errQuit)
	}
	return m.refuse(502, "5.5.1 Command not implemented: "+verb)
}

func (m *mailSession) reply(code int, text string) error {
	return m.text.PrintfLine("%d %s", code, text)
}

func (m *mailSession) refuse(code int, text string) error {
	m.servers.refuse(fmt.Sprintf("%s to %q: %s", Mail, m.to, text))
	return m.reply(code, text)
}

// hello offers AUTH only where nobody else can read the password.
func (m *mailSession) hello() error {
	extension := "STARTTLS"
	if m.encrypted {
		extension = "AUTH PLAIN LOGIN"
	}
	return m.text.PrintfLine("250-pagers\r\n250-8BITMIME\r\n250 %s", extension)
}

func (m *mailSession) startTLS() error {
	if m.encrypted {
		return m.refuse(503, "5.5.1 Already encrypted")
	}
	if err := m.reply(220, "2.0.0 Go ahead"); err != nil {
		return err
	}
	secure := tls.Server(m.raw, &tls.Config{Certificates: []tls.Certificate{m.servers.config.Certificate}, MinVersion: tls.VersionTLS12})
	if err := secure.Handshake(); err != nil { //nolint:noctx // the connection has a deadline
		m.servers.refuse(fmt.Sprintf("%s: the handshake fails: %v", Mail, err))
		return err
	}
	m.text, m.encrypted = textproto.NewConn(secure), true
	return nil
}

func (m *mailSession) authenticate(argument string) error {
	if !m.encrypted {
		return m.refuse(538, "5.7.11 Encryption required for requested authentication mechanism")
	}
	mechanism, initial, _ := strings.Cut(argument, " ")
	var user, password string
	switch strings.ToUpper(mechanism) {
	case "PLAIN":
		secret, err := m.challenge(initial, "")
		if err != nil {
			return err
		}
		if parts := strings.Split(secret, "\x00"); len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		var err error
		if user, err = m.challenge(initial, "Username:"); err != nil {
			return err
		}
		if password, err = m.challenge("", "Password:"); err != nil {
			return err
		}
	default:
		return m.refuse(504, "5.5.4 Unrecognized authentication type")
	}
	if user != m.servers.config.User || password != m.servers.config.Password {
		return m.refuse(535, "5.7.8 Authentication credentials invalid")
	}
	m.authenticated = true
	return m.reply(235, "2.7.0 Authentication successful")
}

// challenge asks for something, unless the client has sent it already, and decodes it.
func (m *mailSession) challenge(initial, question string) (string, error) {
	if initial == "" {
		if err := m.reply(334, base64.StdEncoding.EncodeToString([]byte(question))); err != nil {
			return "", err
		}
		var err error
		if initial, err = m.text.ReadLine(); err != nil {
			return "", err
		}
	}
	answer, err := base64.StdEncoding.DecodeString(initial)
	if err != nil {
		return "", errors.Join(m.refuse(501, "5.5.2 Cannot decode the response"), err)
	}
	return string(answer), nil
}

func (m *mailSession) mailFrom(argument string) error {
	switch {
	case !m.encrypted:
		return m.refuse(530, "5.7.0 Must issue a STARTTLS command first")
	case !m.authenticated:
		return m.refuse(530, "5.7.0 Authentication required")
	}
	from, err := address(argument, "FROM:")
	if err != nil {
		return m.refuse(501, "5.1.7 "+err.Error())
	}
	m.from, m.to = from, nil
	return m.reply(250, "2.1.0 OK")
}

func (m *mailSession) rcptTo(argument string) error {
	if m.from == "" {
		return m.refuse(503, "5.5.1 MAIL first")
	}
	to, err := address(argument, "TO:")
	if err != nil {
		return m.refuse(501, "5.1.3 "+err.Error())
	}
	m.to = append(m.to, to)
	return m.reply(250, "2.1.5 OK")
}

// address is the address in a command such as FROM:<ada@example.com> BODY=8BITMIME.
func address(argument, prefix string) (string, error) {
	path, _, _ := strings.Cut(argument, " ")
	if len(path) < len(prefix) || !strings.EqualFold(path[:len(prefix)], prefix) {
		return "", fmt.Errorf("not %s", prefix)
	}
	parsed, err := mail.ParseAddress(path[len(prefix):])
	if err != nil {
		return "", err
	}
	return parsed.Address, nil
}

func (m *mailSession) data() error {
	if len(m.to) == 0 {
		return m.refuse(503, "5.5.1 RCPT first")
	}
	if err := m.reply(354, "Go ahead"); err != nil {
		return err
	}
	dots := m.text.DotReader()
	subject, body, err := read(dots)
	if _, rest := io.Copy(io.Discard, dots); rest != nil {
		return rest
	}
	if err != nil {
		return m.refuse(554, "5.6.0 "+err.Error())
	}
	for _, to := range m.to {
		m.servers.take(Page{Via: Mail, To: to, Resolved: saysResolved(subject), Text: subject + "\n" + body})
	}
	m.from, m.to = "", nil
	return m.reply(250, "2.0.0 Queued")
}

// read returns a mail's subject, and the text of all of its parts.
func read(content io.Reader) (subject, body string, err error) {
	message, err := mail.ReadMessage(content)
	if err != nil {
		return "", "", err
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return "", "", err
	}
	media, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return "", "", err
	}
	if !strings.HasPrefix(media, "multipart/") {
		text, err := decoded(message.Header.Get("Content-Transfer-Encoding"), message.Body)
		return subject, text, err
	}
	var parts []string
	for reader := multipart.NewReader(message.Body, parameters["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return subject, strings.Join(parts, "\n"), nil
		}
		if err != nil {
			return "", "", err
		}
		text, err := decoded(part.Header.Get("Content-Transfer-Encoding"), part)
		if err != nil {
			return "", "", err
		}
		parts = append(parts, text)
	}
}

func decoded(encoding string, content io.Reader) (string, error) {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		content = quotedprintable.NewReader(content)
	case "base64":
		content = base64.NewDecoder(base64.StdEncoding, content)
	}
	text, err := io.ReadAll(content)
	return string(text), err
}
