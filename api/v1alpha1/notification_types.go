// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// NotificationsSpec says who is notified of a tracker's alerts. The operator writes it as an
// AlertmanagerConfig of prometheus-operator.
// +kubebuilder:validation:XValidation:rule="self.escalation.all(l, l.receivers.all(r, self.receivers.exists(x, x.name == r)))",message="escalation has a level with a receiver that receivers lacks: add it there, or correct the name",fieldPath=".escalation"
// +kubebuilder:validation:XValidation:rule="!has(self.watchdog) || self.receivers.exists(x, x.name == self.watchdog.receiver && has(x.webhook))",message="watchdog.receiver must be one of receivers, and a webhook",fieldPath=".watchdog"
type NotificationsSpec struct {
	// labels are added to the AlertmanagerConfig, so that the
	// alertmanagerConfigSelector of an Alertmanager can select it. At most 32 labels.
	// Defaults to none.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="labels has an invalid key: a label name has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="labels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// receivers are where notifications are sent to. At most 16.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +required
	Receivers []Receiver `json:"receivers"`

	// escalation lists who is notified of an alert, and how long after it has begun to fire.
	// The first level is at once. At most 8 levels.
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:XValidation:rule="self.size() == 0 || !has(self[0].after) || self[0].after.matches('^(0(ms|s|m|h))+$')",message="after of the first level must be omitted, or 0s: its receivers are notified at once"
	// +kubebuilder:validation:XValidation:rule="[1, 2, 3, 4, 5, 6, 7].all(i, i >= self.size() || has(self[i].after))",message="after is required for each level but the first, such as 15m"
	// +kubebuilder:validation:XValidation:rule="self.exists(l, has(l.after) && !l.after.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$')) || [1, 2, 3, 4, 5, 6, 7].all(i, i >= self.size() || !has(self[i].after) || duration(self[i].after) > duration(self[i-1].?after.orValue('0s')))",message="after must increase from level to level, such as 15m, 30m, 60m"
	// +kubebuilder:validation:XValidation:rule="self.all(l, self.exists_one(o, o.name == l.name))",message="two levels of escalation have the same name"
	// +required
	Escalation []EscalationLevel `json:"escalation"`

	// watchdog notifies a webhook every five minutes for as long as Prometheus and
	// Alertmanager work: whoever receives it raises the alarm when it is missing. Defaults
	// to none.
	// +optional
	Watchdog *WatchdogSpec `json:"watchdog,omitempty"`
}

// Receiver is where notifications are sent to: exactly one of slack, email, pagerDuty and
// webhook. Secrets are those of the tracker's namespace.
// +kubebuilder:validation:XValidation:rule="[has(self.slack), has(self.email), has(self.pagerDuty), has(self.webhook)].exists_one(h, h)",message="a receiver must have exactly one of slack, email, pagerDuty and webhook"
type Receiver struct {
	// name is the receiver's name, such as incidents-slack: at most 40 lower-case letters,
	// digits and '-'.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && self != 'none'",message="name must have only lower-case letters, digits and '-', starting and ending with a letter or digit, and can't be none"
	// +required
	Name string `json:"name"`

	// slack sends messages to a channel of Slack. Defaults to none.
	// +optional
	Slack *SlackReceiver `json:"slack,omitempty"`

	// email sends e-mails. Defaults to none.
	// +optional
	Email *EmailReceiver `json:"email,omitempty"`

	// pagerDuty sends events to PagerDuty (Events API v2). Defaults to none.
	// +optional
	PagerDuty *PagerDutyReceiver `json:"pagerDuty,omitempty"`

	// webhook sends Alertmanager's JSON to a URL, such as that of a hosted status page or of
	// a bridge to a chat. Defaults to none.
	// +optional
	Webhook *WebhookReceiver `json:"webhook,omitempty"`

	// severities are those that the receiver is notified of, at any level: critical,
	// warning. Defaults to both.
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	// +optional
	Severities []Severity `json:"severities,omitempty"`

	// sendResolved specifies whether the receiver is notified also when alerts no longer
	// fire. Defaults to true.
	// +optional
	SendResolved *bool `json:"sendResolved,omitempty"`
}

// Severity is how urgent an alert is: critical pages a person, warning can wait for the
// morning.
// +kubebuilder:validation:Enum=critical;warning
type Severity string

// The severities.
const (
	SeverityCritical Severity = "critical"
	SeverityWarning  Severity = "warning"
)

// SlackReceiver is a channel of Slack.
type SlackReceiver struct {
	// channel is the channel, such as #incidents. At most 80 characters.
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:XValidation:rule="self.matches('^[#@]?[A-Za-z0-9._-]+$')",message="channel must be the name of a channel, such as '#incidents'"
	// +required
	Channel string `json:"channel"`

	// apiURL is the key of a Secret that holds the URL of the incoming webhook.
	// +required
	APIURL SecretKey `json:"apiURL"`
}

// EmailReceiver is an e-mail address, and the server that takes mail for it.
// +kubebuilder:validation:XValidation:rule="has(self.username) == has(self.password)",message="username and password are written together, or not at all"
type EmailReceiver struct {
	// to is the address that mail is sent to. At most 254 characters.
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$')",message="to must be an e-mail address, such as incidents@company.com"
	// +required
	To string `json:"to"`

	// from is the address that it is sent from. At most 254 characters.
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$')",message="from must be an e-mail address, such as alerts@company.com"
	// +required
	From string `json:"from"`

	// smarthost is the SMTP server, as HOST:PORT, such as smtp.company.com:587. At most 260
	// characters.
	// +kubebuilder:validation:MaxLength=260
	// +kubebuilder:validation:XValidation:rule="self.matches('^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]]):([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$')",message="smarthost must be HOST:PORT, such as smtp.company.com:587"
	// +required
	Smarthost string `json:"smarthost"`

	// username is the user of the SMTP server. At most 254 characters. Defaults to none.
	// +kubebuilder:validation:XValidation:rule="!self.contains('$(')",message="username can't contain '$(', which prometheus-operator replaces with environment variables"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=254
	// +optional
	Username string `json:"username,omitempty"`

	// password is the key of a Secret that holds the user's password. Defaults to none.
	// +optional
	Password *SecretKey `json:"password,omitempty"`

	// requireTLS specifies whether mail is sent only over TLS. Defaults to true.
	// +optional
	RequireTLS *bool `json:"requireTLS,omitempty"`
}

// PagerDutyReceiver is a service of PagerDuty.
type PagerDutyReceiver struct {
	// routingKey is the key of a Secret that holds the integration key of the service.
	// +required
	RoutingKey SecretKey `json:"routingKey"`
}

// WebhookReceiver is a URL.
type WebhookReceiver struct {
	// url is the key of a Secret that holds the URL.
	// +required
	URL SecretKey `json:"url"`
}

// SecretKey names a key of a Secret of the tracker's namespace.
type SecretKey struct {
	// name is the Secret's name.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="name must be the name of a Secret: lower-case letters, digits, '-' and '.'"
	// +required
	Name string `json:"name"`

	// key is a key in its data.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._-]+$')",message="key must be a key of a Secret: letters, digits, '-', '_' and '.'"
	// +required
	Key string `json:"key"`
}

// EscalationLevel is who is notified of an alert that has been firing for some time.
type EscalationLevel struct {
	// name says who the level is, such as on-call engineer. At most 63 letters, digits,
	// blanks, '-', '_', '.' and '/'.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9]([A-Za-z0-9 ._/-]*[A-Za-z0-9])?$')",message="name must have only letters, digits, blanks, '-', '_', '.' and '/', starting and ending with a letter or digit"
	// +required
	Name string `json:"name"`

	// after is how long an alert has to fire before the level is notified, from 1s to 24h,
	// such as 15m. It is required for each level but the first, and has to increase from
	// level to level.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && (duration(self) == duration('0s') || duration(self) >= duration('1s')) && duration(self) <= duration('24h')",message="after must be a duration from 1s to 24h, such as 15m"
	// +optional
	After *metav1.Duration `json:"after,omitempty"`

	// receivers are the names of the receivers that are notified. At most 16.
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=40
	// +required
	Receivers []string `json:"receivers"`

	// severities are those of the alerts that the level is notified of: critical, warning.
	// Defaults to both.
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	// +optional
	Severities []Severity `json:"severities,omitempty"`
}

// WatchdogSpec is a dead man's switch.
type WatchdogSpec struct {
	// receiver is the name of a webhook of receivers.
	// +kubebuilder:validation:MaxLength=40
	// +required
	Receiver string `json:"receiver"`
}

// MaintenanceSpec is planned work, during which a tracker's alerts are not sent.
type MaintenanceSpec struct {
	// until is when it ends, at the next full minute, such as 2026-01-02T15:04:05Z.
	// +required
	Until metav1.Time `json:"until"`

	// reason says why, for those who look at the tracker. At most 256 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +required
	Reason string `json:"reason"`
}
