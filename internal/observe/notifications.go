// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"unicode/utf8"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// keysRead is what one version of a Secret said of its keys. It is cached, never with the
// Secret's data, so that each version of a Secret is read once for all receivers.
type keysRead struct {
	resourceVersion string // Empty when there is no Secret.
	keys            map[string]keyRead
}

// keyRead is what the value of a key is good for.
type keyRead struct {
	empty              bool
	urlFlaw, wordsFlaw string // What is wrong with it as a URL, and as a password or key.
}

// readNotifications looks at the Secrets that the receivers of notifications name.
func (o *Observer) readNotifications(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) (err error) {
	before, now := o.receivers.of(t), map[string]keysRead{}
	// Also when one can't be read: the others needn't be read again.
	defer func() { o.receivers.keep(t, now) }()
	s.Notifications = map[string]snapshot.SelectedKey{}
	spec := t.Spec.GetNotifications()
	if spec == nil {
		return nil
	}
	for i := range spec.Receivers {
		receiver := &spec.Receivers[i]
		ref := receiver.SecretKey()
		if ref == nil {
			continue
		}
		if _, done := now[ref.Name]; !done {
			earlier, read := before[ref.Name]
			secret, changed, err := o.readChanged(ctx, t, ref.Name, read, earlier.resourceVersion)
			switch {
			case err != nil:
				return err
			case !changed:
				now[ref.Name] = earlier
			case secret == nil:
				now[ref.Name] = keysRead{}
			default:
				now[ref.Name] = keysRead{secret.ResourceVersion, readKeys(secret.Data)}
			}
		}
		isURL := receiver.Slack != nil || receiver.Webhook != nil
		s.Notifications[receiver.Name] = receiverSecret(now[ref.Name], *ref, isURL)
	}
	return nil
}

func readKeys(data map[string][]byte) map[string]keyRead {
	keys := map[string]keyRead{}
	for key, value := range data {
		keys[key] = keyRead{len(bytes.TrimSpace(value)) == 0, addressFlaw(value), wordsFlaw(value)}
	}
	return keys
}

// receiverSecret is what was read, for one receiver.
func receiverSecret(read keysRead, ref v1alpha1.SecretKey, isURL bool) snapshot.SelectedKey {
	key, there := read.keys[ref.Key]
	switch {
	case read.resourceVersion == "":
		return snapshot.SelectedKey{Problem: missing(ref.Name)}
	case !there:
		return snapshot.SelectedKey{Problem: keyMissing(ref.Name, ref.Key)}
	case key.empty:
		return snapshot.SelectedKey{Problem: keyEmpty(ref.Name, ref.Key)}
	case isURL && key.urlFlaw != "":
		return snapshot.SelectedKey{Flaw: fmt.Sprintf("Secret %q, key %q: the URL %s", ref.Name, ref.Key, key.urlFlaw)}
	case !isURL && key.wordsFlaw != "":
		return snapshot.SelectedKey{Flaw: fmt.Sprintf("Secret %q, key %q: the value %s", ref.Name, ref.Key, key.wordsFlaw)}
	}
	return snapshot.SelectedKey{}
}

// addressFlaw is why prometheus-operator refuses a URL, and with it the whole
// AlertmanagerConfig, and what to do; empty when it doesn't. It cuts off blanks at both ends.
// No word of the URL is in the answer: it has a token.
func addressFlaw(value []byte) string {
	parsed, err := url.Parse(string(bytes.TrimSpace(value)))
	switch {
	case err != nil || bytes.ContainsAny(value, `"\`) || !utf8.Valid(value): // It reads the URL as a JSON string.
		return "can't be parsed: write it as it is, without quotation marks and line breaks"
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return "does not begin with https:// or http://: write a whole URL"
	case parsed.Host == "":
		return "has no host: write a whole URL"
	case bytes.Contains(value, []byte(variable)):
		return variableFlaw
	}
	return ""
}

// variable begins what prometheus-operator's reloader replaces in the whole configuration of
// Alertmanager, or fails at.
const variable = "$("

const variableFlaw = "has '$(' in it, which prometheus-operator replaces with environment variables: use another one"

// wordsFlaw is why a server refuses a password or a key, and what to do. It is sent as it is.
func wordsFlaw(value []byte) string {
	switch {
	case bytes.Contains(value, []byte(variable)):
		return variableFlaw
	case bytes.HasSuffix(value, []byte("\n")):
		return "ends with a line break: write it without one, such as by kubectl create secret generic --from-literal, or printf %s instead of echo"
	}
	return ""
}
