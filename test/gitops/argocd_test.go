// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const argocd = "../../config/argocd/"

// health is the health of an object in Argo CD.
type health struct{ Status, Message string }

// healthOf runs the health script on an object.
func healthOf(t testing.TB, script string, object map[string]any) health {
	t.Helper()
	result, err := runLua(t.Context(), script, object)
	if err != nil {
		t.Fatal("health.lua:", err)
	}
	table, ok := result.(*lua.LTable)
	if !ok {
		t.Fatalf("health.lua returns a %s, want a table", result.Type())
	}
	status, isString := table.RawGetString("status").(lua.LString)
	message, isStringToo := table.RawGetString("message").(lua.LString)
	if !isString || !isStringToo {
		t.Fatalf("health.lua returns the status %v and the message %v, want strings", table.RawGetString("status"), table.RawGetString("message"))
	}
	switch status {
	case "Healthy", "Progressing", "Degraded", "Suspended":
	default:
		t.Fatalf("health.lua returns %q, which is not a health status", status)
	}
	return health{string(status), string(message)}
}

// runLua runs a script like Argo CD (its util/lua/lua.go): with the object as the global obj,
// the base, package and table libraries, and a timeout of a second. Argo CD adds two harmless
// functions of the os library, which are not needed.
func runLua(ctx context.Context, script string, object map[string]any) (lua.LValue, error) {
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
	} {
		call := lua.P{Fn: l.NewFunction(library.open), Protect: true}
		if err := l.CallByParam(call, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	l.SetContext(ctx)
	l.SetGlobal("obj", luaValue(l, object))
	if err := l.DoString(script); err != nil {
		return nil, err
	}
	return l.Get(-1), nil
}

// luaValue converts a JSON value to Lua.
func luaValue(l *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case int64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		list := l.NewTable()
		for _, item := range value {
			list.Append(luaValue(l, item))
		}
		return list
	case map[string]any:
		table := l.NewTable()
		for key, item := range value {
			table.RawSetString(key, luaValue(l, item))
		}
		return table
	default:
		return lua.LNil
	}
}

func healthScript(t testing.TB) string {
	t.Helper()
	script, err := os.ReadFile(argocd + "health.lua")
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// The tests restrict scripts like Argo CD.
func TestSandbox(t *testing.T) {
	for _, script := range []string{
		`return string.format("%d", 1)`,
		`return math.floor(1)`,
		`return os.getenv("HOME")`,
		`return io.open("/etc/hostname")`,
		`while true do end`,
	} {
		if got, err := runLua(t.Context(), script, nil); err == nil {
			t.Errorf("%s: returns %v, want an error", script, got)
		}
	}
}

// Argo CD finds the script by a key with the group and the kind.
func TestKustomizationNamesTheKind(t *testing.T) {
	data, err := os.ReadFile(argocd + "kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var k struct {
		ConfigMapGenerator []struct {
			Name  string   `json:"name"`
			Files []string `json:"files"`
		} `json:"configMapGenerator"`
	}
	if err := yaml.Unmarshal(data, &k); err != nil {
		t.Fatal(err)
	}
	want := "resource.customizations.health." + v1alpha1.GroupVersion.Group + "_" + v1alpha1.Kind + "=health.lua"
	if len(k.ConfigMapGenerator) != 1 || k.ConfigMapGenerator[0].Name != "argocd-cm" || strings.Join(k.ConfigMapGenerator[0].Files, " ") != want {
		t.Errorf("the kustomization generates %+v, want argocd-cm with %s", k.ConfigMapGenerator, want)
	}
}
