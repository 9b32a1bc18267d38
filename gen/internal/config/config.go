// SPDX-License-Identifier: Apache-2.0

// Package config reads lockstep.yaml: which C headers to read, and what Go to make of them. Every value
// keeps its position, so that later stages can point at the line that asked for something.
//
// This is the whole language:
//
//	package: events            # Go package of the files below, unless a file says otherwise
//	license: Apache-2.0        # SPDX identifier for the head of each file; none by default
//	target: bpfel              # the ABI whose layouts hold: bpfel (default), bpfeb, linux/amd64, ...
//	headers: [../bpf/events.h] # the headers to read; paths are relative to lockstep.yaml
//	include: [../bpf]          # folders in which #include looks
//	prelude: [vmlinux.h]       # headers read before those, for headers that expect them: paths, or as in #include
//	define: [NR_CPUS=64]       # macros defined before the headers are read
//	unreadable: skip           # what becomes of declarations that cannot be read: refuse (the default), or skip, so
//	                           # that only asking for them, or for what needs them, is refused
//	words: [IPv4, LXC]         # how these words are spelled in Go names; ID, IP, TCP... are known
//	typed: true                # the constants of a group have its Go type, unless the group says constants
//	hostlayout: true           # structs that Go lays out as C does hold a structs.HostLayout
//	releases:                  # the headers differ by release: see below
//	  define: DRIVER_RELEASE   # the macro that the headers ask; its value for 1.8.2 is 10802
//	  list: ["1.7", "1.8.2"]   # the releases, oldest first
//	files:                     # the Go files to write, by path relative to lockstep.yaml
//	  zz_generated.go:
//	    package: events        # overrides the one above
//	    build: linux           # build constraint
//	    constants: [MAX_*]     # single constants, by name or pattern; or, with Go names:
//	    # constants: {MAX_LEN: MaxLen}
//	    groups:                # constants that belong together, by the Go type that names their values
//	      Verdict:
//	        enum: verdict      # an enum: its tag, its typedef, or (for an anonymous one) any member
//	        macros: [VERDICT_*]      # macros, by name or pattern
//	        in: events.h       # patterns of macros look in this header only
//	        add: [TC_ACT_SHOT] # single constants from anywhere
//	        exclude: [VERDICT_MAX]   # names or patterns to leave out
//	        type: uint8        # the integer under the Go type; by default the enum's own
//	        constants: uint32  # the constants' type: untyped (default), an integer, or the Go type
//	        magnitude: true    # the constants are the absolute values (errors negative in C)
//	        strip: VERDICT_    # cut off before the C name becomes a Go name
//	        prefix: Verdict    # put before the Go name
//	        names: {VERDICT_OK: VerdictFine} # Go names that no rule gives
//	        text: comment      # what String prints: name (the C name, default), short (the C name
//	                           # without strip), or comment (the comment behind the constant, which each must have)
//	        texts: {VERDICT_OK: fine}        # texts that the header does not have; "" for none
//	        flags: true        # the values are sets of bits
//	        separator: ", "    # between the names of a set's bits; "|" by default
//	        lookup: VerdictText      # also a function from a number to its text
//	        methods: [parse, text, valid, values] # also ParseVerdict; MarshalText, UnmarshalText; IsValid;
//	                           # VerdictValues, which lists the constants
//	        templates:         # the comments behind the constants are texts with arguments: see below
//	          package: example.com/events/template
//	          tables: [verdictTexts] # the names of the tables: one, or more for comments in parts divided by " | "
//	          arguments: [arg1, arg2] # the names that the texts may have in braces
//	          without: [VERDICT_NONE] # names or patterns of constants that have no text
//	        doc: Verdict is what becomes of a packet.
//	    describe: example.com/events/event # structs describe their fields: see below
//	    import: example.com/events     # the import path of the file's package, for enums of other packages' structs
//	    fields: {subtype: SubType}     # Go names of fields in every struct of the file
//	    types: {subtype: Verdict}      # Go types of fields in every struct of the file: those of groups
//	    structs:               # C structs, with their Go name
//	      drop_event: DropEvent
//	      trace_event:         # or with more to say
//	        name: TraceEvent
//	        size: TraceLen     # the size constant; TraceEventLen by default
//	        min: len_cap       # the last field that every sender has: those behind it were added later
//	        versions:          # the struct has grown and bytes follow it: a field says how far it goes
//	          by: version      # that field
//	          last: {"0": len_cap, "1": ifindex} # by its value, the last field
//	        fields: {len_orig: OrigLen}
//	        types: {subtype: Verdict} # fields that hold a group's values; "" for the integer
//	        json: {len_orig: length} # names in the description; by default the Go name with a lower-case start
//	        enums: {subtype: Verdict} # groups that name a field's values; "" for none
//	        doc: TraceEvent reports a packet that passed.
//
// A field whose C type is an enum has the Go type of the group that is made of the enum, where both have as many bits.
//
// A record that is not in Go's memory as in C's, since it has fields of a fixed byte order (__be32) or is packed, has the
// methods MarshalBinary and UnmarshalBinary. Package github.com/cilium/ebpf calls them for keys and values of maps, also
// in a slice for each CPU; its batch calls take memory as it is: Append makes them bytes.
//
// Go names are the C names in camel case (TRACE_TO_LXC is TraceToLxc, src_label is SrcLabel) where no
// other rule is given. An unknown key, a value of the wrong type, and a rule that matches nothing are
// faults.
//
// The files of one folder are one package, those of other configurations included. A file's name can be a build
// constraint too: zz_linux.go is built on Linux alone.
//
// A struct with min has grown: senders of its first version end behind the field that min names, later ones
// behind any field after it, and Decode takes the data of all of them. Its method Present says which fields
// there were. That works where nothing follows the struct's bytes, or something else says where they end.
// min: len_cap of trace_event makes TraceEventMinLen, and a constant like TraceEventIfindexEnd for each field
// that came later.
//
// With describe, structs have the methods Fields() []event.Field, Uint(field int) uint64 and Bytes(field int) []byte,
// where event is the last part of the import path. That package declares Field{Name, C, Doc string; Kind; Bits uint16;
// Enum *Enum}, the kinds KindUint, KindInt, KindBool, KindBytes and KindText, Enum{Name string; Flags bool; Values
// []EnumValue; Lookup func(uint64) (string, bool)} and EnumValue{Value uint64; C, Text string}. The values of a field
// have names where its C type is an enum of a group, where the comment behind it is the C names of a group as a
// pattern (CT_*) or begins with one, and where enums says so. Fields of nested structs are listed as outer.inner;
// what is neither a number of up to 64 bits nor bytes is listed as skipped.
//
// With templates, a comment such as "port {arg1:net} of {arg2}" becomes an element of a table by value: of the type
// Text, a slice of Part{Before string; Arg uint8; As Verb}, all of the package that is named. The word behind the
// colon is a constant of type Verb, with a capital first letter (Net); Decimal stands for no word, and End says that
// no argument follows. A word that the package does not declare stops the build.
//
// With releases, the headers are read once for each of them. All that is generated is that of the newest, and groups get
// a method NameIn(Release) beside Name, which knows the texts of each release; a table that several releases have in
// common stands once. Tables of templates become functions of the table's name and "In". A group may be missing in a
// release.
//
// With versions, a struct has the methods DecodeVersion, which takes what its version has and sets the fields behind that
// to zero, DecodeSize for data that says nothing, and AppendVersion; a version that the configuration does not have is a
// *VersionError.
//
// What has no form in Go is a fault where a struct that is asked for has it:
//   - floats that are neither 4 nor 8 bytes, and complex numbers: declare the field as bytes in C;
//   - a record without a layout: one that is declared and never defined, or whose size C does not know.
//
// What a pattern of constants meets and cannot carry is listed as skipped: macros with parameters, without a
// value, or with a value that is not a constant. A pointer is an integer, which says nothing in another
// process. A flexible array in a union has no method: take what follows the union's bytes.
package config

import "github.com/lockstep-bpf/lockstep/gen/internal/model"

// Config is a configuration file.
type Config struct {
	Pos     model.Pos // where the configuration begins
	Package Text
	License Text
	Target  Text
	Headers []Text
	Include []Text
	Prelude []Text
	Define  []Text
	// Unreadable says what becomes of what cannot be read.
	Unreadable Text
	Words      []Text
	Typed      Flag
	HostLayout Flag
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

// Given tells whether the configuration has the text, be it empty.
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
	Import    Text
	Fields    []Pair
	Types     []Pair
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
	Strip     Text
	Prefix    Text
	Names     []Pair
	Text      Text
	Texts     []Pair
	Flags     Flag
	Separator Text
	Lookup    Text
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

// Struct is a C record to carry over.
type Struct struct {
	Record   Text // the C name: a tag with or without its keyword, or a typedef's name
	Name     Text
	Size     Text
	Min      Text
	Versions Versions
	Fields   []Pair
	Types    []Pair
	JSON     []Pair
	Enums    []Pair
	Doc      Text
}
