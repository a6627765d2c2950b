// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package decodable

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/resource"
	kjson "sigs.k8s.io/json"
)

// Error is why an object can't be decoded.
type Error struct {
	// Field is the path of the field, such as spec.api.resources.requests.cpu; empty when it is
	// not known.
	Field string
	// Err is what is wrong with it.
	Err error
}

// Error has a limited length: both the field's name and its value may be long.
func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%.400s", e.Err.Error())
	}
	return fmt.Sprintf("%.400s: %.400s", e.Field, e.Err.Error())
}

func (e *Error) Unwrap() error { return e.Err }

// Check decodes an object's JSON into a pointer as a client does, within a time that the length
// of the JSON bounds. It fails with an *Error.
func Check(text []byte, into any) error {
	t := reflect.TypeOf(into)
	if err := Bounded(text, into); err != nil {
		return err
	}
	err := kjson.UnmarshalCaseSensitivePreserveInts(text, into)
	if err == nil {
		return nil
	}
	// The decoder doesn't name the field of a value that decodes itself, such as a quantity.
	if named := walk(text, t, decodes); named != nil {
		return named
	}
	return &Error{Err: err}
}

// Bounded fails, with an *Error, on an object's JSON that may take too long to decode into a
// pointer, which stays as it is: on a quantity of too many digits.
func Bounded(text []byte, into any) error {
	if t := reflect.TypeOf(into); holdsQuantity(t) {
		return walk(text, t, inBounds)
	}
	return nil
}

// The bounds of a quantity. Nothing can end resource.ParseQuantity, which computes ten to the
// power of the exponent: of 1e-2147483648, for hours.
const maxQuantity = 64

var hugeExponent = regexp.MustCompile(`[eE][+-]?[0-9]{4}`)

// inBounds refuses a quantity that may take too long to parse.
func inBounds(t reflect.Type, value json.Token) error {
	if t != quantityType {
		return nil
	}
	text := ""
	switch v := value.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	}
	switch {
	case len(text) > maxQuantity:
		return fmt.Errorf("a quantity of %d characters; write at most %d", len(text), maxQuantity)
	case hugeExponent.MatchString(text):
		return fmt.Errorf("the quantity %q has an exponent of more than 3 digits", text)
	}
	return nil
}

// decodes refuses a value, neither an object nor a list, that its type does not decode. That it
// is in bounds is checked before.
func decodes(t reflect.Type, value json.Token) error {
	if t == nil {
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, reflect.New(t).Interface()); err != nil {
		return fmt.Errorf("%s can't be decoded: %w", text, err)
	}
	return nil
}

// A visit judges a value, neither an object nor a list, of a type; nil where no field has the
// value.
type visit func(t reflect.Type, value json.Token) error

// walk visits the values of a JSON text in their order, duplicates included, with the types that
// they are decoded into.
func walk(text []byte, t reflect.Type, visit visit) error {
	w := &walker{tokens: json.NewDecoder(bytes.NewReader(text)), visit: visit}
	w.tokens.UseNumber()
	if err := w.value(t); err != nil {
		return &Error{w.field(), err}
	}
	return nil
}

type walker struct {
	tokens *json.Decoder
	visit  visit
	// path leads to the value that is read, or that has failed: names and indexes.
	path []string
}

// field is the path in one string. It is written only for an error: of a deep object, all
// paths together are long.
func (w *walker) field() string {
	return strings.ReplaceAll(strings.Join(w.path, "."), ".[", "[")
}

func (w *walker) token() (json.Token, error) {
	token, err := w.tokens.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("malformed JSON: %w", err)
	}
	return token, nil
}

func (w *walker) value(t reflect.Type) error {
	token, err := w.token()
	if err != nil {
		return err
	}
	t = target(t)
	switch token {
	case json.Delim('{'):
		return w.fields(t)
	case json.Delim('['):
		return w.items(t)
	}
	return w.visit(t, token)
}

func (w *walker) fields(t reflect.Type) error {
	for w.tokens.More() {
		token, err := w.token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // The decoder accepts no other key.
		if err := w.inner(name, fieldType(t, name)); err != nil {
			return err
		}
	}
	_, err := w.token()
	return err
}

func (w *walker) items(t reflect.Type) error {
	var item reflect.Type
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		item = t.Elem()
	}
	for i := 0; w.tokens.More(); i++ {
		if err := w.inner("["+strconv.Itoa(i)+"]", item); err != nil {
			return err
		}
	}
	_, err := w.token()
	return err
}

func (w *walker) inner(step string, t reflect.Type) error {
	w.path = append(w.path, step)
	if err := w.value(t); err != nil {
		return err
	}
	w.path = w.path[:len(w.path)-1]
	return nil
}

var (
	quantityType    = reflect.TypeFor[resource.Quantity]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

// target is the type that a value is stored in, behind pointers.
func target(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// decodesItself reports whether a type reads its JSON alone, whatever its fields are.
func decodesItself(t reflect.Type) bool { return reflect.PointerTo(t).Implements(unmarshalerType) }

// fieldType is the type of what a JSON object has under a name; nil where it is ignored, or
// not looked into.
func fieldType(t reflect.Type, name string) reflect.Type {
	switch {
	case t == nil || decodesItself(t):
		return nil
	case t.Kind() == reflect.Map:
		return t.Elem()
	case t.Kind() == reflect.Struct:
		return fieldsOf(t)[name]
	}
	return nil
}

var fieldsByType sync.Map // of map[string]reflect.Type, by reflect.Type

// fieldsOf are the types of a struct's fields by their names in JSON, those of embedded structs
// included. No field of ours hides one of an embedded struct.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if known, ok := fieldsByType.Load(t); ok {
		fields, _ := known.(map[string]reflect.Type) // Nothing else is stored.
		return fields
	}
	fields := map[string]reflect.Type{}
	for f := range t.Fields() {
		tag := f.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-":
		case f.Anonymous && name == "" && target(f.Type).Kind() == reflect.Struct:
			maps.Copy(fields, fieldsOf(target(f.Type)))
		case !f.IsExported():
		case name == "":
			fields[f.Name] = f.Type
		default:
			fields[name] = f.Type
		}
	}
	fieldsByType.Store(t, fields)
	return fields
}

var quantityHolders sync.Map // of bool, by reflect.Type

// holdsQuantity reports whether a value of a type can hold a quantity.
func holdsQuantity(t reflect.Type) bool {
	if known, ok := quantityHolders.Load(t); ok {
		return known == true
	}
	holds := searchQuantity(t, map[reflect.Type]bool{})
	quantityHolders.Store(t, holds)
	return holds
}

func searchQuantity(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t = target(t); seen[t] {
		return false
	}
	seen[t] = true
	switch {
	case t == quantityType:
		return true
	case decodesItself(t):
		return false
	}
	switch t.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array:
		return searchQuantity(t.Elem(), seen)
	case reflect.Struct:
		for _, field := range fieldsOf(t) {
			if searchQuantity(field, seen) {
				return true
			}
		}
	}
	return false
}
