// SPDX-License-Identifier: Apache-2.0

// Package config reads lockstep.yaml: which C headers to read, and what Go to make of them. Every value
// keeps its position, so that later stages can point at the line that asked for something. The language is described
// once, by Keys and Notes: what decodes it, "lockstep help config", the JSON schema and the messages go by that.
package config

import "github.com/lockstep-bpf/lockstep/gen/internal/model"

// Config is a configuration file.
type Config struct {
	Pos     model.Pos // where the configuration begins
	Package Text
	License Text
	Target  Text
	Targets []Text
	Headers []Text
	Include []Text
	Prelude []Text
	Define  []Text
	// Unreadable says what becomes of what cannot be read.
	Unreadable Text
	Words      []Text
	Typed      Flag
	HostLayout Flag
	Offsets    Flag // true where it is not given
	Releases   Releases
	Files      []*File
}

// Releases says how headers differ by release.
type Releases struct {
	Pos    model.Pos // not valid where they do not
	Define Text
	List   []Text
}

// Versions says how a struct has grown.
type Versions struct {
	Pos  model.Pos // not valid where it has not
	By   Text
	Last []Pair
}

// Text is a string and where it stands. It is absent where Pos is not valid.
type Text struct {
	Value string
	Pos   model.Pos
}

// Given reports whether the configuration has the text, be it empty.
func (t Text) Given() bool { return t.Pos.IsValid() }

// Flag is a truth value and where it stands.
type Flag struct {
	Value bool
	Pos   model.Pos
}

// Pair is an entry of a mapping from C names to Go names or texts.
type Pair struct {
	Key   Text
	Value Text // not given where the configuration leaves it out
}

// File is a Go file to generate.
type File struct {
	Path      Text // slash-separated, relative to the configuration
	Package   Text
	Build     Text
	Constants []Pair
	Groups    []*Group
	Describe  Text
	Unwritten bool // the description is not written as Go, so that it takes no Go names
	Import    Text
	Fields    []Pair
	Types     []Pair
	Methods   []Text // of its structs
	Structs   []*Struct
}

// Group is a set of constants with a named type for their values.
type Group struct {
	Name      Text // the Go type
	Enum      Text
	Macros    []Text
	In        Text
	Add       []Text
	Exclude   []Text
	Type      Text
	Constants Text
	Magnitude Flag
	Range     Text
	Strip     Text
	Prefix    Text
	Names     []Pair
	Text      Text
	Texts     []Pair
	TextsFrom TextsFrom
	Flags     Flag
	Separator Text
	Bits      []Text
	Lookup    Text
	Map       Text
	Methods   []Text
	Templates Templates
	Doc       Text
}

// Templates says what becomes of comments that are texts with arguments.
type Templates struct {
	Pos       model.Pos // not valid where there are none
	Package   Text
	Tables    []Text
	Arguments []Text
	Without   []Text
}

// TextsFrom says where the texts of a group stand that are not beside its constants.
type TextsFrom struct {
	Pos      model.Pos // not valid where there is nothing of the kind
	Lines    Text
	Comments Text
	Table    Text
	In       Text
}

// Struct is a C record to carry over.
type Struct struct {
	Record   Text // the C name: a tag with or without its keyword, or a typedef's name
	Name     Text
	Size     Text
	Min      Text
	Versions Versions
	Flatten  []Text
	Masks    Flag
	Fields   []Pair
	Types    []Pair
	JSON     []Pair
	Enums    []Pair
	Methods  []Text
	Doc      Text
}
