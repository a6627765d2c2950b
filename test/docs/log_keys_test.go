// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// loggers are the methods of slog and logr whose arguments are keys and values.
var loggers = []string{
	"Debug", "DebugContext", "Info", "InfoContext", "Warn", "WarnContext", "Error", "ErrorContext", "Log", "With", "WithValues",
}

// docs/telemetry.md promises that each line of the programs has its error under exception.
func TestErrorsAreLoggedAsException(t *testing.T) {
	for _, folder := range []string{"api", "cmd", "controllers", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, at := range misnamedErrors(file) {
				t.Errorf("%s: the key of an error is exception", files.Position(at))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestMisnamedErrors(t *testing.T) {
	for call, want := range map[string]bool{
		`log.Info("text", "error", x)`:                                 true,
		`log.FromContext(ctx).V(1).Info("text", "a", 1, "err", x)`:     true,
		`log.With("cause", err).Info("text")`:                          true,
		`log.InfoContext(ctx, "text", "cause", err.Error())`:           true,
		`log.Warn("text", "cause", fmt.Sprint(err))`:                   true,
		`log.Info("text", "exception", err.Error(), "reason", reason)`: false,
		`log.Error(err, "text", "after", wait)`:                        false,
		`http.Error(w, "error", code)`:                                 false,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() { "+call+" }", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(misnamedErrors(file)) > 0; got != want {
			t.Errorf("%s: got %t", call, got)
		}
	}
}

// misnamedErrors returns where calls of a logger have an error under another key than exception.
func misnamedErrors(file *ast.File) []token.Pos {
	var found []token.Pos
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains(loggers, method.Sel.Name) {
			return true
		}
		if of, ok := method.X.(*ast.Ident); ok && of.Name == "http" {
			return true
		}
		for i := range len(call.Args) - 1 {
			key, ok := call.Args[i].(*ast.BasicLit)
			if ok && (key.Value == `"error"` || key.Value == `"err"` || key.Value != `"exception"` && isError(call.Args[i+1])) {
				found = append(found, key.Pos())
			}
		}
		return true
	})
	return found
}

// isError reports whether an expression is err or its text.
func isError(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "err"
	case *ast.SelectorExpr:
		return isError(e.X)
	case *ast.CallExpr:
		return isError(e.Fun) || slices.ContainsFunc(e.Args, isError)
	}
	return false
}
