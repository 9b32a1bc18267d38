// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
)

const (
	schemaFile = "../../../docs/lockstep.schema.json"
	docsFile   = "../../../docs/configuration.md"
)

// TestReferenceFiles compares the schema and the documentation with the description.
func TestReferenceFiles(t *testing.T) {
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	docs := "# lockstep.yaml\n\nThis is what `lockstep help config` prints. Paths are relative to the configuration. Editors take\n" +
		"[lockstep.schema.json](lockstep.schema.json): put `# yaml-language-server: $schema=` and its path or URL on the first line.\n\n" +
		"```yaml\n" + Reference() + "```\n\n" + Notes
	for name, want := range map[string][]byte{schemaFile: data, docsFile: []byte(docs)} {
		if got, err := os.ReadFile(name); err == nil && bytes.Equal(got, want) {
			continue
		}
		if os.Getenv("UPDATE_REFERENCE") == "" {
			t.Errorf("%s is not what gen/internal/config describes: run UPDATE_REFERENCE=1 go test ./gen/internal/config -run TestReferenceFiles", name)
			continue
		}
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReferenceParses reads the reference as a configuration: every key with its example.
func TestReferenceParses(t *testing.T) {
	c, err := Parse("reference", []byte(Reference()))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Files) != 1 || len(c.Files[0].Groups) != 1 || len(c.Files[0].Structs) != 1 {
		t.Errorf("the reference has not one of each: %+v", c)
	}
	for line := range strings.Lines(Reference()) {
		if len(line) > lineWidth+20 {
			t.Errorf("a long line: %s", line)
		}
	}
}

func TestTargets(t *testing.T) {
	if !slices.Equal(targets, machine.Names()) {
		t.Errorf("describe.go has %q, and there are %q", targets, machine.Names())
	}
}

// TestSchemaTakesConfigurations validates every configuration of the tree, and wants faults of the schema where Parse has
// them.
func TestSchemaTakesConfigurations(t *testing.T) {
	s := decodedSchema(t)
	found := 0
	err := filepath.WalkDir("../../..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "lockstep.yaml" {
			return err
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		found++
		if why := valid(t, s, text); why != "" {
			t.Errorf("%s: %s", p, why)
		}
		return nil
	})
	if err != nil || found < 3 {
		t.Errorf("%d configurations, %v", found, err)
	}
	for _, wrong := range []string{
		"package: p\n", "headers: [a.h]\nfiles: {}\nheader: b.h\n", "headers: 3\nfiles: {}\n", "headers: [a.h]\nfiles: {z.go: {groups: {G: {type: long}}}}\n",
		"headers: [a.h]\nfiles: {z.go: {structs: {a: [b]}}}\n", "headers: [a.h]\ntyped: yes please\nfiles: {}\n",
	} {
		if valid(t, s, []byte(wrong)) == "" {
			t.Errorf("the schema takes %q", wrong)
		}
	}
}

// TestNothing gives each key nothing, in every form: the schema and Parse take the same of them.
func TestNothing(t *testing.T) {
	s := decodedSchema(t)
	refused := map[string]bool{} // form and key
	for _, nothing := range []string{"null", "[]", "{}", `""`, `[""]`} {
		for key, text := range withNothing(configKeys, nothing) {
			if !strings.HasPrefix(key, "package:") {
				text = "{package: p, " + text[1:]
			}
			_, err := Parse("c.yaml", []byte(text))
			why := valid(t, s, []byte(text))
			if err == nil && why != "" || err != nil && why == "" {
				t.Errorf("%s: Parse says %v, the schema %q", key, err, why)
			}
			refused[key] = err != nil
		}
	}
	for key, want := range map[string]bool{
		"releases: null": true, "releases: {}": true, "releases.list: []": true, `releases.list: [""]`: true, `releases.define: ""`: true,
		"targets: []": true, "headers: []": true, `headers: [""]`: true, "files: {}": true, "files: null": true, "words: null": true,
		"files.groups.Verdict: null": true, "include: []": false, "files.groups: null": false, "files.structs.drop_event: null": false,
		"files.structs.fields: {}": false, "files.zz_generated.go: null": false,
	} {
		if got, ok := refused[key]; !ok || got != want {
			t.Errorf("%s: refused is %v (tried: %v), want %v", key, got, ok, want)
		}
	}
}

// withNothing returns a configuration for each key, by the key's path, in which it has the value nothing, and the keys that its
// surroundings need have examples.
func withNothing(list []Key, nothing string) map[string]string {
	texts := map[string]string{}
	for i, k := range list {
		rest := ""
		for j, other := range list {
			if other.Required && i != j {
				rest += ", " + other.Name + ": " + other.sample()
			}
		}
		put := func(path, value string) { texts[path] = "{" + k.Name + ": " + value + rest + "}" }
		if len(k.Values) == 0 || !strings.Contains(nothing, `"`) { // which values there are is for the check stage
			put(k.Name+": "+nothing, nothing)
		}
		inner := withNothing(k.Keys, nothing)
		switch _, user, _ := strings.Cut(k.User, ": "); k.Kind {
		case Objects:
			put(k.Name+"."+user+": "+nothing, "{"+user+": "+nothing+"}")
			for path, text := range inner {
				put(k.Name+"."+strings.TrimPrefix(path, "."), "{"+user+": "+text+"}")
			}
		case Object:
			for path, text := range inner {
				put(k.Name+"."+path, text)
			}
		}
	}
	return texts
}

// sample returns a value for a key.
func (k Key) sample() string {
	if k.Kind == Objects {
		return "{a.go: {package: p}}"
	}
	return k.Example
}

// valid says why a schema does not take a YAML text; "" where it does.
func valid(t *testing.T, s map[string]any, text []byte) string {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return mismatch(s, value, "the configuration")
}

// mismatch knows the part of JSON schema that Schema uses.
func mismatch(s map[string]any, value any, where string) string {
	if list, ok := s["oneOf"].([]any); ok {
		matches := slices.IndexFunc(list, func(one any) bool { return mismatch(one.(map[string]any), value, where) == "" })
		if matches < 0 {
			return where + ": none of the forms"
		}
		return ""
	}
	names, ok := s["type"].([]any)
	if !ok {
		names = []any{s["type"]}
	}
	if kind := jsonKind(value); !slices.Contains(names, any(kind)) {
		return fmt.Sprintf("%s: is %s, want %v", where, kind, names)
	}
	if list, ok := s["enum"].([]any); ok && !slices.Contains(list, value) {
		return fmt.Sprintf("%s: %v is none of %v", where, value, list)
	}
	if text, ok := value.(string); ok && float64(len(text)) < least(s, "minLength") {
		return where + ": is empty"
	}
	switch value := value.(type) {
	case []any:
		if float64(len(value)) < least(s, "minItems") {
			return where + ": is empty"
		}
		for _, v := range value {
			if why := mismatch(s["items"].(map[string]any), v, where); why != "" {
				return why
			}
		}
	case map[string]any:
		return objectMismatch(s, value, where)
	}
	return ""
}

// least returns what a schema says of the size of something.
func least(s map[string]any, name string) float64 {
	n, _ := s[name].(float64)
	return n
}

func objectMismatch(s, value map[string]any, where string) string {
	if float64(len(value)) < least(s, "minProperties") {
		return where + ": is empty"
	}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := value[name.(string)]; !ok {
			return fmt.Sprintf("%s: no %v", where, name)
		}
	}
	for name, v := range value {
		one, ok := properties[name].(map[string]any)
		if !ok {
			one, ok = s["additionalProperties"].(map[string]any)
		}
		if !ok {
			return where + ": unknown key " + name
		}
		if why := mismatch(one, v, where+"."+name); why != "" {
			return why
		}
	}
	return ""
}

func jsonKind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "number"
}

func TestNearest(t *testing.T) {
	names := []string{"define", "files", "headers", "include", "words"}
	for word, want := range map[string]string{"header": "headers", "file": "files", "inclde": "include", "word": "words", "x": "", "prelude": "", "definitions": ""} {
		if got := meant(word, names); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

// decodedSchema returns the JSON schema as encoding/json decodes it.
func decodedSchema(t *testing.T) (s map[string]any) {
	t.Helper()
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return s
}
