// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bytes"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

const documentURL = "https://tracker.example.com/openapi.json"

// document is the API's OpenAPI document.
type document struct {
	root     map[string]any
	schemas  *jsonschema.Compiler
	answered map[string]bool // METHOD ENDPOINT STATUS
}

func parseJSON(t *testing.T, text []byte) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

// object is a JSON object, nil for another value.
func object(value any) map[string]any {
	fields, _ := value.(map[string]any)
	return fields
}

// readDocument fetches the document. Its schemas are closed: a response must have no field
// that is not documented.
func readDocument(t *testing.T, a *tracker) *document {
	t.Helper()
	d := &document{
		root:     object(parseJSON(t, a.get(t, contract.PathOpenAPI).body)),
		schemas:  jsonschema.NewCompiler(),
		answered: map[string]bool{},
	}
	closeSchemas(d.root)
	d.schemas.AssertFormat()
	if err := d.schemas.AddResource(documentURL, d.root); err != nil {
		t.Fatal(err)
	}
	return d
}

func closeSchemas(value any) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			closeSchemas(element)
		}
	case map[string]any:
		if value["type"] == "object" && value["properties"] != nil {
			value["additionalProperties"] = false
		}
		for _, element := range value {
			closeSchemas(element)
		}
	}
}

// at returns the object at a JSON pointer, and the pointer without references.
func (d *document) at(path ...string) (map[string]any, []string) {
	var value any = d.root
	for i, key := range path {
		object, _ := value.(map[string]any)
		value = object[key]
		object, _ = value.(map[string]any)
		if reference, ok := object["$ref"].(string); ok {
			target := strings.Split(strings.TrimPrefix(reference, "#/"), "/")
			return d.at(append(target, path[i+1:]...)...)
		}
	}
	object, _ := value.(map[string]any)
	return object, path
}

// validate checks a value against the schema at a path.
func (d *document) validate(t *testing.T, value any, path []string) {
	t.Helper()
	_, path = d.at(path...)
	escaped := make([]string, len(path))
	for i, key := range path {
		escaped[i] = strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(key)
	}
	schema, err := d.schemas.Compile(documentURL + "#/" + strings.Join(escaped, "/"))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
}

// operations are METHOD ENDPOINT, with the documented statuses.
func (d *document) operations() map[string][]string {
	operations := map[string][]string{}
	for endpoint, item := range object(d.root["paths"]) {
		for method, operation := range object(item) {
			if method == "parameters" {
				continue
			}
			for status := range object(object(operation)["responses"]) {
				name := strings.ToUpper(method) + " " + endpoint
				operations[name] = append(operations[name], status)
			}
		}
	}
	return operations
}

// request sends a request and checks that the response is as documented.
func (d *document) request(t *testing.T, a *tracker, operation, path, body string, code int) {
	t.Helper()
	method, endpoint, _ := strings.Cut(operation, " ")
	answer := a.do(t, method, path, body)
	if answer.code != code {
		t.Errorf("%s %s %.80s: %d %s, want %d", method, path, body, answer.code, answer.body, code)
		return
	}
	status := strconv.Itoa(code)
	d.answered[operation+" "+status] = true
	documented, at := d.at("paths", endpoint, strings.ToLower(method), "responses", status)
	if documented == nil {
		t.Errorf("%s %s: the response %s is not documented", method, path, status)
		return
	}
	if documented["content"] == nil {
		if len(answer.body) > 0 {
			t.Errorf("%s %s: the body %s is not documented", method, path, answer.body)
		}
		return
	}
	mediaType, _, err := mime.ParseMediaType(answer.header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	var value any = string(answer.body)
	if mediaType == "application/json" {
		value = parseJSON(t, answer.body)
	}
	d.validate(t, value, append(slices.Clone(at), "content", mediaType, "schema"))
	if body != "" && code < http.StatusBadRequest {
		d.validate(t, parseJSON(t, []byte(body)),
			[]string{"paths", endpoint, strings.ToLower(method), "requestBody", "content", "application/json", "schema"})
	}
}

// The document is valid, and has the API's routes and no others.
func TestOpenAPI(t *testing.T) {
	a := startServers(t).start(t)
	d := readDocument(t, a)

	standard, err := os.ReadFile("testdata/openapi-3.1-schema.json")
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("standard.json", parseJSON(t, standard)); err != nil {
		t.Fatal(err)
	}
	if err := compiler.MustCompile("standard.json").Validate(d.root); err != nil {
		t.Error(err)
	}
	for name := range object(object(d.root["components"])["schemas"]) {
		if _, err := d.schemas.Compile(documentURL + "#/components/schemas/" + name); err != nil {
			t.Error(err)
		}
	}

	routes, documented := map[string]bool{}, map[string]bool{}
	for _, route := range a.routes {
		routes[route.Method+" "+route.Endpoint] = true
	}
	for operation := range d.operations() {
		documented[operation] = true
	}
	if diff := cmp.Diff(routes, documented); diff != "" {
		t.Errorf("routes, and those of the document (-routes +document):\n%s", diff)
	}
}

// Each documented response is had by a request, with the database and without it.
func TestOpenAPIResponses(t *testing.T) {
	const (
		position  = `{"title":"SRE","description":"On call"}`
		interview = `{"position_id":1,"candidate":"Ada","scheduled_at":"3026-05-04T10:00:00+02:00"}`
		user      = `{"name":"Grace","email":"grace@example.com"}`
	)
	s := startServers(t)
	a := s.start(t)
	a.awaitReady(t)
	d := readDocument(t, a)
	huge := `{"title":"` + strings.Repeat("x", 64<<10) + `"}`

	for _, path := range []string{
		contract.PathHealth, contract.PathDetailed, contract.PathReady, contract.PathLive, contract.PathMetrics, contract.PathOpenAPI,
	} {
		d.request(t, a, "GET "+path, path, "", http.StatusOK)
	}
	for _, c := range []struct{ list, draft, patch string }{
		{"/positions", position, `{"title":"Site reliability engineer"}`},
		{"/interviews", interview, `{"candidate":"Ada Lovelace"}`},
		{"/users", user, `{"name":"Grace Hopper"}`},
	} {
		one, first := c.list+"/{id}", c.list+"/1"
		for _, r := range []struct {
			operation, path, body string
			code                  int
		}{
			{"POST " + c.list, c.list, c.draft, http.StatusCreated},
			{"POST " + c.list, c.list, `{"unknown":1}`, http.StatusBadRequest},
			{"POST " + c.list, c.list, huge, http.StatusRequestEntityTooLarge},
			{"POST " + c.list, c.list, "", http.StatusUnsupportedMediaType},
			{"POST " + c.list, c.list, `{}`, http.StatusUnprocessableEntity},
			{"GET " + c.list, c.list + "?limit=1&offset=0&q=a", "", http.StatusOK},
			{"GET " + c.list, c.list, "", http.StatusOK},
			{"GET " + c.list, c.list + "?limit=0", "", http.StatusBadRequest},
			{"GET " + one, first, "", http.StatusOK},
			{"GET " + one, c.list + "/x", "", http.StatusBadRequest},
			{"GET " + one, c.list + "/999", "", http.StatusNotFound},
			{"PATCH " + one, first, c.patch, http.StatusOK},
			{"PATCH " + one, first, `{}`, http.StatusBadRequest},
			{"PATCH " + one, c.list + "/999", c.patch, http.StatusNotFound},
			{"PATCH " + one, first, huge, http.StatusRequestEntityTooLarge},
			{"PATCH " + one, first, "", http.StatusUnsupportedMediaType},
			{"DELETE " + one, c.list + "/x", "", http.StatusBadRequest},
			{"DELETE " + one, c.list + "/999", "", http.StatusNotFound},
		} {
			d.request(t, a, r.operation, r.path, r.body, r.code)
		}
	}
	d.request(t, a, "PATCH /positions/{id}", "/positions/1", `{"title":" "}`, http.StatusUnprocessableEntity)
	d.request(t, a, "PATCH /interviews/{id}", "/interviews/1", `{"position_id":999}`, http.StatusUnprocessableEntity)
	d.request(t, a, "PATCH /users/{id}", "/users/1", `{"email":"grace"}`, http.StatusUnprocessableEntity)
	d.request(t, a, "POST /users", "/users", user, http.StatusConflict)
	a.post(t, "/users", `{"name":"Ada","email":"ada@example.com"}`)
	d.request(t, a, "PATCH /users/{id}", "/users/1", `{"email":"Ada@example.com"}`, http.StatusConflict)
	d.request(t, a, "DELETE /positions/{id}", "/positions/1", "", http.StatusConflict)
	for _, name := range []string{"users", "interviews", "positions"} {
		d.request(t, a, "DELETE /"+name+"/{id}", "/"+name+"/1", "", http.StatusNoContent)
	}

	s.postgres.Kill()
	s.redis.Kill()
	for _, path := range []string{contract.PathDetailed, contract.PathReady} {
		d.request(t, a, "GET "+path, path, "", http.StatusServiceUnavailable)
	}
	for name, draft := range map[string]string{"positions": position, "interviews": interview, "users": user} {
		list, one, first := "/"+name, "/"+name+"/{id}", "/"+name+"/1"
		d.request(t, a, "POST "+list, list, draft, http.StatusServiceUnavailable)
		d.request(t, a, "GET "+list, list, "", http.StatusServiceUnavailable)
		d.request(t, a, "GET "+one, first, "", http.StatusServiceUnavailable)
		d.request(t, a, "PATCH "+one, first, draft, http.StatusServiceUnavailable)
		d.request(t, a, "DELETE "+one, first, "", http.StatusServiceUnavailable)
	}

	for operation, statuses := range d.operations() {
		for _, status := range statuses {
			if !d.answered[operation+" "+status] {
				t.Errorf("%s: no request had the response %s", operation, status)
			}
		}
	}
}
