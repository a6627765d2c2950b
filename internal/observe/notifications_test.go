// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// notified is a tracker with these receivers.
func notified(receivers ...v1alpha1.Receiver) *v1alpha1.InterviewTracker {
	tracker := newTracker()
	tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Notifications: &v1alpha1.NotificationsSpec{Receivers: receivers}}
	return tracker
}

// fourReceivers are one of each kind, named by it, that read the keys of one Secret.
func fourReceivers(secret string) []v1alpha1.Receiver {
	key := func(name string) v1alpha1.SecretKey { return v1alpha1.SecretKey{Name: secret, Key: name} }
	return []v1alpha1.Receiver{
		{Name: "slack", Slack: &v1alpha1.SlackReceiver{APIURL: key("slack")}},
		{Name: "email", Email: &v1alpha1.EmailReceiver{Username: "a", Password: new(key("email"))}},
		{Name: "pager", PagerDuty: &v1alpha1.PagerDutyReceiver{RoutingKey: key("pager")}},
		{Name: "hook", Webhook: &v1alpha1.WebhookReceiver{URL: key("hook")}},
	}
}

// receiversSecret is what the four receivers read.
func receiversSecret(change func(data map[string][]byte)) *corev1.Secret {
	data := map[string][]byte{
		"slack": []byte("https://hooks.slack.com/services/a"), "email": []byte("b"), "pager": []byte("c"), "hook": []byte("http://status.people:8080/d"),
	}
	change(data)
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "pages"}, Data: data}
}

func unchanged(map[string][]byte) {}

func TestWhatReceiversRead(t *testing.T) {
	set := func(key, value string) func(map[string][]byte) {
		return func(data map[string][]byte) { data[key] = []byte(value) }
	}
	const lineBreak = `ends with a line break: write it without one, such as by kubectl create secret generic --from-literal, or printf %s instead of echo`
	for name, test := range map[string]struct {
		secret *corev1.Secret
		want   map[string]snapshot.SelectedKey // Those with nothing wrong are left out.
	}{
		"all is fine": {receiversSecret(unchanged), nil},
		"no Secret": {nil, map[string]snapshot.SelectedKey{
			"slack": {Problem: `Secret "pages" does not exist`}, "email": {Problem: `Secret "pages" does not exist`},
			"pager": {Problem: `Secret "pages" does not exist`}, "hook": {Problem: `Secret "pages" does not exist`},
		}},
		"a key is missing": {receiversSecret(func(data map[string][]byte) { delete(data, "pager") }), map[string]snapshot.SelectedKey{
			"pager": {Problem: `Secret "pages" has no key "pager"`},
		}},
		"a key is empty": {receiversSecret(set("hook", " \n")), map[string]snapshot.SelectedKey{
			"hook": {Problem: `Secret "pages" has nothing under key "hook"`},
		}},
		"a line break after a URL, which is cut off": {receiversSecret(set("slack", "https://hooks.slack.com/a\n")), nil},
		"a line break after a password": {receiversSecret(set("email", "b\n")), map[string]snapshot.SelectedKey{
			"email": {Flaw: `Secret "pages", key "email": the value ` + lineBreak},
		}},
		"a variable in a URL": {receiversSecret(set("slack", "https://hooks.slack.com/$(HOME)")), map[string]snapshot.SelectedKey{
			"slack": {Flaw: `Secret "pages", key "slack": the URL has '$(' in it, which prometheus-operator replaces with environment variables: use another one`},
		}},
		"a variable in a password": {receiversSecret(set("email", "$(HOME)")), map[string]snapshot.SelectedKey{
			"email": {Flaw: `Secret "pages", key "email": the value has '$(' in it, which prometheus-operator replaces with environment variables: use another one`},
		}},
		"a line break after a routing key": {receiversSecret(set("pager", "c\n")), map[string]snapshot.SelectedKey{
			"pager": {Flaw: `Secret "pages", key "pager": the value ` + lineBreak},
		}},
		"a URL of another scheme": {receiversSecret(set("hook", "ftp://status")), map[string]snapshot.SelectedKey{
			"hook": {Flaw: `Secret "pages", key "hook": the URL does not begin with https:// or http://: write a whole URL`},
		}},
		"a password need not be a URL": {receiversSecret(set("email", `"\://`)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			live := newReader()
			if test.secret != nil {
				live = newReader(test.secret)
			}
			o, s := &Observer{Cached: live, Live: live}, newSnapshot()
			if err := o.readNotifications(t.Context(), notified(fourReceivers("pages")...), s); err != nil {
				t.Fatal(err)
			}
			want := map[string]snapshot.SelectedKey{"slack": {}, "email": {}, "pager": {}, "hook": {}}
			maps.Copy(want, test.want)
			if diff := cmp.Diff(want, s.Notifications); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A receiver without a Secret has none that could be missing.
func TestReceiverWithoutASecret(t *testing.T) {
	live, s := newReader(), newSnapshot()
	o := &Observer{Cached: live, Live: live}
	for what, tracker := range map[string]*v1alpha1.InterviewTracker{
		"no notifications":        newTracker(),
		"e-mail without password": notified(v1alpha1.Receiver{Name: "email", Email: &v1alpha1.EmailReceiver{}}),
	} {
		if err := o.readNotifications(t.Context(), tracker, s); err != nil || len(s.Notifications) > 0 || len(live.read) > 0 {
			t.Errorf("%s: error %v, found %v, read %q", what, err, s.Notifications, live.read)
		}
	}
}

// What prometheus-operator refuses in a URL is found, and no part of it is in the message.
func TestAddressFlaws(t *testing.T) {
	for value, want := range map[string]string{ // what is said; nothing when empty
		"https://hooks.slack.com/services/s3cr3t": "",
		"http://10.0.0.1:9093/s3cr3t?a=b#c":       "",
		"HTTPS://status.people/s3cr3t":            "",
		"https://u:s3cr3t@status.people":          "",
		"https://status.people/s3 cr3t":           "",
		"\n https://status.people/s3cr3t \r\n":    "",
		`"https://status.people/s3cr3t"`:          "can't be parsed",
		`https://status.people/"s3cr3t"`:          "can't be parsed",
		`https://status.people\s3cr3t`:            "can't be parsed",
		"https://status.people/\ns3cr3t":          "can't be parsed",
		"https://status.people/\xffs3cr3t":        "can't be parsed",
		"https://status.people:s3cr3t":            "can't be parsed",
		"status.people/s3cr3t":                    "does not begin with https:// or http://",
		"//status.people/s3cr3t":                  "does not begin with https:// or http://",
		"postgres://status.people/s3cr3t":         "does not begin with https:// or http://",
		"https:///s3cr3t":                         "has no host",
		"https:s3cr3t":                            "has no host",
	} {
		got := addressFlaw([]byte(value))
		if (got == "") != (want == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
		for _, part := range []string{"s3cr3t", "status.people", "hooks"} {
			if strings.Contains(got, part) {
				t.Errorf("%q: the message has %q: %s", value, part, got)
			}
		}
	}
}

// Each version of a Secret is read once, for all receivers and keys, and its absence once.
func TestSecretsOfReceiversAreReadOnce(t *testing.T) {
	first := receiversSecret(unchanged)
	first.ResourceVersion = "1"
	second := receiversSecret(func(data map[string][]byte) { delete(data, "hook") })
	second.ResourceVersion = "2"
	other := first.DeepCopy()
	other.Name = "other"
	o, receivers := &Observer{}, fourReceivers("pages")
	look := func(what string, secrets []client.Object, problems int, read ...string) {
		t.Helper()
		live, s := newReader(secrets...), newSnapshot()
		o.Cached, o.Live = newReader(secrets...), live
		err := o.readNotifications(t.Context(), notified(receivers...), s)
		found := 0
		for _, r := range s.Notifications {
			if r.Problem != "" {
				found++
			}
		}
		if err != nil || found != problems || !slices.Equal(live.read, read) {
			t.Errorf("%s: error %v, read %q, want %q; found %v, want %d problems", what, err, live.read, read, s.Notifications, problems)
		}
	}
	look("a new tracker", []client.Object{first}, 0, "pages")
	look("nothing has changed", []client.Object{first}, 0)
	receivers[0].Slack.APIURL.Key = "hook"
	look("another key is named", []client.Object{first}, 0)
	look("another version", []client.Object{second}, 2, "pages")
	look("that version again", []client.Object{second}, 2)
	receivers[1].Email.Password.Name = "other"
	look("another Secret is named", []client.Object{second, other}, 2, "other")
	look("one of two goes", []client.Object{second}, 3, "other")
	look("it is still missing", []client.Object{second}, 3)
	look("it comes back", []client.Object{second, other}, 2, "other")
}

// failingFor fails to read the objects of a name, if there is an error.
type failingFor struct {
	client.Reader
	name   string
	err    error
	failed int // How often.
}

func (f *failingFor) Get(ctx context.Context, key client.ObjectKey, into client.Object, o ...client.GetOption) error {
	if key.Name == f.name && f.err != nil {
		f.failed++
		return f.err
	}
	return f.Reader.Get(ctx, key, into, o...)
}

// A Secret that can't be read is an error, and the others needn't be read again.
func TestSecretOfAReceiverThatCannotBeRead(t *testing.T) {
	receivers := fourReceivers("pages")
	receivers[3].Webhook.URL.Name = "other"
	secret := receiversSecret(unchanged)
	live := newReader(secret)
	failing := &failingFor{Reader: live, name: "other", err: errBroken}
	o := &Observer{Cached: newReader(secret), Live: failing}
	err := o.readNotifications(t.Context(), notified(receivers...), newSnapshot())
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "reading Secret other") {
		t.Errorf("error %v", err)
	}
	failing.err = nil
	if err := o.readNotifications(t.Context(), notified(receivers...), newSnapshot()); err != nil || !slices.Equal(live.read, []string{"pages", "other"}) {
		t.Errorf("error %v, read %q", err, live.read)
	}
	o.Forget(client.ObjectKeyFromObject(newTracker()))
	if len(o.receivers.trackers) > 0 {
		t.Errorf("%v is remembered", o.receivers.trackers)
	}
}
