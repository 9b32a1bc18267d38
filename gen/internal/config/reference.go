// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/json"
	"fmt"
	"strings"
)

const (
	commentColumn = 38
	lineWidth     = 80 // of a terminal
)

// Reference returns the whole language as a configuration with comments.
func Reference() string {
	var b strings.Builder
	reference(&b, configKeys, 0)
	return b.String()
}

func reference(b *strings.Builder, list []Key, depth int) {
	for _, k := range list {
		doc := k.Doc
		if k.Kind != Bool && len(k.Values) > 0 && len(k.Values) < 8 {
			doc += " (" + strings.Join(k.Values, ", ") + ")"
		}
		if k.Required {
			doc += "; required"
		}
		commented(b, indent(depth)+k.Name+":"+prefixed(" ", k.Example), doc)
		switch k.Kind {
		case Object:
			reference(b, k.Keys, depth+1)
		case Objects:
			user, example, _ := strings.Cut(k.User, ": ")
			doc := user
			if k.Short {
				doc += "; as NAME: GoName where there is no more to say"
			}
			commented(b, indent(depth+1)+example+":", doc)
			reference(b, k.Keys, depth+2)
		}
	}
}

func indent(depth int) string { return strings.Repeat("  ", depth) }

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// commented writes a line with a comment behind it, or below it where it is long.
func commented(b *strings.Builder, line, text string) {
	if len(line) >= commentColumn {
		b.WriteString(line + "\n")
		line = ""
	}
	for _, part := range wrapped(text, lineWidth-commentColumn-2) {
		fmt.Fprintf(b, "%-*s# %s\n", commentColumn, line, part)
		line = ""
	}
}

// wrapped splits a text into lines of at most width bytes, at blanks.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line += prefixed(strings.Repeat(" ", min(1, len(line))), word)
	}
	return append(lines, line)
}

// Schema returns the language as a JSON schema, for editors.
func Schema() ([]byte, error) {
	s := object(configKeys)
	s["$schema"] = "http://json-schema.org/draft-07/schema#"
	s["title"] = "lockstep.yaml"
	s["description"] = "Which C headers to read, and what Go to make of them."
	data, err := json.MarshalIndent(s, "", "  ")
	return append(data, '\n'), err
}

type schema = map[string]any

func object(list []Key) schema {
	properties := schema{}
	var required []string
	for _, k := range list {
		s := k.schema()
		s["description"] = k.Doc
		properties[k.Name] = s
		if k.Required {
			required = append(required, k.Name)
		}
	}
	s := schema{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func (k Key) schema() schema {
	switch k.Kind {
	case Strings:
		return schema{"oneOf": k.stringsSchema()}
	case Bool:
		return schema{"type": "boolean"}
	case Pairs:
		return schema{"type": []string{"object", "null"}, "additionalProperties": schema{"type": "string"}}
	case StringsOrPairs:
		return schema{"oneOf": append(k.stringsSchema(), schema{"type": "object", "additionalProperties": schema{"type": "string"}})}
	case Object:
		return object(k.Keys)
	case Objects:
		return k.objectsSchema()
	}
	return k.stringSchema()
}

func (k Key) stringSchema() schema {
	s := schema{"type": "string"}
	if len(k.Values) > 0 {
		s["enum"] = k.Values
	}
	if k.Filled {
		s["minLength"] = 1
	}
	return s
}

// stringsSchema returns the forms of a list of strings.
func (k Key) stringsSchema() []any {
	list := schema{"type": "array", "items": k.stringSchema()}
	if k.Filled {
		list["minItems"] = 1
	}
	return []any{k.stringSchema(), list}
}

// objectsSchema returns the form of a mapping with keys of the user's choice.
func (k Key) objectsSchema() schema {
	one := object(k.Keys)
	switch {
	case k.Short:
		one = schema{"oneOf": []any{schema{"type": []string{"string", "null"}}, one}}
	case k.Empty == "":
		one["type"] = []string{"object", "null"}
	}
	if k.Required {
		return schema{"type": "object", "minProperties": 1, "additionalProperties": one}
	}
	return schema{"type": []string{"object", "null"}, "additionalProperties": one}
}
