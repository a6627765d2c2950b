// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package decodable

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// Wrap returns a transport that filters what another one answers. It changes lists and watches,
// and fails on a single object that can't be decoded, before its decoder is busy with it.
func (f *Filter) Wrap(next http.RoundTripper) http.RoundTripper { return &transport{f, next} }

type transport struct {
	filter *Filter
	next   http.RoundTripper
}

// WrappedRoundTripper lets client-go find the transport below.
func (t *transport) WrappedRoundTripper() http.RoundTripper { return t.next }

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(q *http.Request) (*http.Response, error) {
	answer, err := t.next.RoundTrip(q)
	if err != nil || answer.StatusCode/100 != 2 || !isJSON(answer.Header) {
		return answer, err
	}
	e, ok := endpointOf(q.URL.Path)
	if !ok {
		return answer, nil
	}
	query := q.URL.Query()
	switch watches, _ := strconv.ParseBool(query.Get("watch")); { // As the API server does it.
	case q.Method == http.MethodGet && watches:
		answer.Body = newStream(t.filter, e, answer.Body, query)
		answer.ContentLength = -1
		return answer, nil
	case q.Method == http.MethodDelete:
		return answer, nil
	}
	text, err := io.ReadAll(answer.Body)
	if closeErr := answer.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", e.Plural, err)
	}
	if q.Method == http.MethodGet && e.collection {
		text = t.filter.list(e, text, query)
	} else if o, ok := broken(e, text); ok {
		return nil, fmt.Errorf("%s %s can't be decoded: %w", o.Kind, o.NamespacedName, o.Problem)
	}
	answer.Body = io.NopCloser(bytes.NewReader(text))
	answer.ContentLength = int64(len(text))
	answer.Header.Del("Content-Length")
	return answer, nil
}

func isJSON(h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && mediaType == runtime.ContentTypeJSON
}

// header is what is read of an object that can't be decoded.
type header struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        struct {
		Namespace       string            `json:"namespace,omitempty"`
		Name            string            `json:"name"`
		UID             types.UID         `json:"uid,omitempty"`
		ResourceVersion string            `json:"resourceVersion,omitempty"`
		Generation      int64             `json:"generation,omitempty"`
		Labels          map[string]string `json:"labels,omitempty"`
		Annotations     map[string]string `json:"annotations,omitempty"`
	} `json:"metadata"`
	Status json.RawMessage `json:"status,omitempty"`
}

func (h *header) name() types.NamespacedName {
	return types.NamespacedName{Namespace: h.Metadata.Namespace, Name: h.Metadata.Name}
}

// broken returns what is known of an object that is to be decoded as its kind and can't be, and
// whether it is one.
func broken(e endpoint, text []byte) (Object, bool) {
	problem, _ := Check(text, e.New()).(*Error) //nolint:errorlint // It returns nothing else.
	if problem == nil {
		return Object{}, false
	}
	var h header
	if err := json.Unmarshal(text, &h); err == nil && h.Kind != e.Kind.Kind {
		return Object{}, false // A Status, a Table, or metadata alone.
	}
	return Object{
		NamespacedName: h.name(), Kind: e.Kind.Kind, UID: h.Metadata.UID,
		Generation: h.Metadata.Generation, ResourceVersion: h.Metadata.ResourceVersion,
		Problem: problem, Status: h.Status,
	}, true
}

// list returns a list without the items that can't be decoded.
func (f *Filter) list(e endpoint, text []byte, query url.Values) []byte {
	var list struct {
		metav1.TypeMeta `json:",inline"`
		Metadata        metav1.ListMeta   `json:"metadata"`
		Items           []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(text, &list); err != nil || list.Kind != e.Kind.Kind+"List" {
		return text
	}
	left := make([]json.RawMessage, 0, len(list.Items))
	listed := map[types.NamespacedName]bool{}
	for _, item := range list.Items {
		o, isBroken := broken(e, item)
		if !isBroken {
			f.decoded(e.Kind.Kind, item)
			left = append(left, item)
			continue
		}
		listed[o.NamespacedName] = true
		f.add(o)
	}
	// Only a cache asks for whatever version there is.
	if query.Get("resourceVersion") == "0" && query.Get("continue") == "" && list.Metadata.Continue == "" {
		f.retain(e.Kind.Kind, e.namespace, listed)
	}
	if len(left) == len(list.Items) {
		return text
	}
	list.Items = left
	return encode(list)
}

// encode encodes what was decoded before.
func encode(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("decodable: encoding %T: %v", value, err)) // Strings and valid JSON.
	}
	return text
}

// stream is the body of a watch: a JSON object for each event, one after the other. It has no
// more of them in memory than one.
type stream struct {
	filter   *Filter
	endpoint endpoint
	body     io.Closer
	events   *json.Decoder
	// unread is what is left of the last event.
	unread []byte
	// listed are the objects that can't be decoded, while a list precedes the changes.
	listed map[types.NamespacedName]bool
}

func newStream(f *Filter, e endpoint, body io.ReadCloser, query url.Values) *stream {
	s := &stream{filter: f, endpoint: e, body: body, events: json.NewDecoder(body)}
	if initial, _ := strconv.ParseBool(query.Get("sendInitialEvents")); initial {
		s.listed = map[types.NamespacedName]bool{}
	}
	return s
}

// Read implements io.Reader.
func (s *stream) Read(into []byte) (int, error) {
	for len(s.unread) == 0 {
		var event json.RawMessage
		if err := s.events.Decode(&event); err != nil {
			return 0, err // Unwrapped: io.EOF, or what ended the connection.
		}
		if passed := s.pass(event); len(passed) > 0 {
			s.unread = slices.Concat(passed, []byte{'\n'})
		}
	}
	n := copy(into, s.unread)
	s.unread = s.unread[n:]
	return n, nil
}

// Close implements io.Closer.
func (s *stream) Close() error { return s.body.Close() }

// pass returns what becomes of an event: itself, or, if its object can't be decoded, that the
// object is gone. One that a cache does not hold makes no difference to it.
func (s *stream) pass(text []byte) []byte {
	var event struct {
		Type   watch.EventType `json:"type"`
		Object json.RawMessage `json:"object"`
	}
	if err := json.Unmarshal(text, &event); err != nil {
		return text
	}
	switch event.Type {
	case watch.Bookmark:
		s.bookmark(event.Object)
		return text
	case watch.Added, watch.Modified, watch.Deleted:
	default:
		return text
	}
	o, isBroken := broken(s.endpoint, event.Object)
	if !isBroken || event.Type == watch.Deleted {
		s.filter.decoded(s.endpoint.Kind.Kind, event.Object)
	}
	if !isBroken {
		return text
	}
	if event.Type != watch.Deleted {
		if s.listed != nil {
			s.listed[o.NamespacedName] = true
		}
		s.filter.add(o)
	}
	var h header
	if err := json.Unmarshal(event.Object, &h); err != nil || h.Metadata.Name == "" {
		return nil
	}
	h.Status, h.Metadata.Annotations = nil, nil
	event.Type, event.Object = watch.Deleted, encode(h)
	return encode(event)
}

// bookmark notices the end of the list that precedes the changes.
func (s *stream) bookmark(text []byte) {
	var h header
	if err := json.Unmarshal(text, &h); err != nil || s.listed == nil || h.Metadata.Annotations[metav1.InitialEventsAnnotationKey] != "true" {
		return
	}
	s.filter.retain(s.endpoint.Kind.Kind, s.endpoint.namespace, s.listed)
	s.listed = nil
}
