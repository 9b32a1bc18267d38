// SPDX-License-Identifier: Apache-2.0

package config

// Kind is what the value of a key may be.
type Kind uint8

// The kinds of values.
const (
	String         Kind = iota
	Strings             // a list of strings; a single one is a list of one
	Bool                // true or false
	Pairs               // a mapping of strings to strings
	StringsOrPairs      // a list of strings, or a mapping of strings to strings
	Object              // a mapping with keys of its own
	Objects             // a mapping with keys of the user's choice, to objects
)

// Key describes a key: what it may hold, for the reader, the reference, the schema and the messages alike.
type Key struct {
	Name     string
	Kind     Kind
	Doc      string   // what it is for
	Example  string   // a value as YAML; "" where the keys in it show it
	Values   []string // the values that there are; nil where any is taken
	Required bool
	Filled   bool   // where it is given, it is not empty, nor is a string in it
	Empty    string // of Objects: the message for an object that is left out; "" where it may be
	Keys     []Key  // of an object, or of each of the objects
	What     string // what an object is, in messages
	User     string // what the user's keys are, and an example of one
	Short    bool   // an object can be the string of its first key, or nothing

	into func(parent any) any           // where the value goes
	add  func(parent any, key Text) any // where the value of a user's key goes
}

// to makes a way into a value from one into its parent.
func to[P any](f func(*P) any) func(any) any {
	return func(parent any) any { return f(parent.(*P)) }
}

// Keys returns the description of the whole configuration.
func Keys() []Key { return configKeys }

var configKeys = []Key{
	{Name: "package", Doc: "Go package of the files below, unless a file says otherwise", Example: "events",
		into: to(func(c *Config) any { return &c.Package })},
	{Name: "license", Doc: "SPDX identifier for the head of each file; none by default", Example: "Apache-2.0",
		into: to(func(c *Config) any { return &c.License })},
	{Name: "target", Doc: "the ABI whose layouts apply: bpfel by default, that of BPF programs on little-endian machines",
		Example: "bpfel", Values: targets, into: to(func(c *Config) any { return &c.Target })},
	{Name: "targets", Kind: Strings, Filled: true, Doc: "instead of target: a set of the files below for each of these, built on its machines only: see below",
		Example: "[amd64, arm64]", Values: targets, into: to(func(c *Config) any { return &c.Targets })},
	{Name: "headers", Kind: Strings, Required: true, Filled: true, Doc: "the headers to read, in this order: paths relative to the configuration, not patterns",
		Example: "[../bpf/events.h]", into: to(func(c *Config) any { return &c.Headers })},
	{Name: "include", Kind: Strings, Doc: "directories to search for included headers, before the embedded headers", Example: "[../bpf]",
		into: to(func(c *Config) any { return &c.Include })},
	{Name: "prelude", Kind: Strings, Doc: "headers to read before the others, for headers that depend on them: paths, or names as in #include",
		Example: "[vmlinux.h]", into: to(func(c *Config) any { return &c.Prelude })},
	{Name: "define", Kind: Strings, Doc: "macros to define before the headers are read", Example: "[NR_CPUS=64]",
		into: to(func(c *Config) any { return &c.Define })},
	{Name: "unreadable", Doc: "how to treat declarations that cannot be read: as errors, or skip them and everything that needs them, so that only listing them is an error",
		Example: "skip", Values: []string{"refuse", "skip"}, into: to(func(c *Config) any { return &c.Unreadable })},
	{Name: "words", Kind: Strings, Doc: "spelling of words in Go names; ID, IP, IPv6, TCP... are built in", Example: "[LXC, ConnTrack]",
		into: to(func(c *Config) any { return &c.Words })},
	{Name: "typed", Kind: Bool, Doc: "give the constants of a group its Go type, unless the group sets constants", Example: "true",
		into: to(func(c *Config) any { return &c.Typed })},
	{Name: "hostlayout", Kind: Bool, Doc: "put a structs.HostLayout into structs that Go lays out as C does", Example: "true",
		into: to(func(c *Config) any { return &c.HostLayout })},
	{Name: "offsets", Kind: Bool, Doc: "generate constants for the offset of each field; true by default", Example: "false",
		into: to(func(c *Config) any { return &c.Offsets })},
	{Name: "releases", Kind: Object, Doc: "the headers differ by release: see below", What: "releases", Keys: releaseKeys,
		into: to(func(c *Config) any { return &c.Releases })},
	{Name: "files", Kind: Objects, Required: true, Doc: "the Go files to write", User: "the path, relative to the configuration: zz_generated.go", What: "a file", Keys: fileKeys,
		add: func(parent any, key Text) any {
			c, f := parent.(*Config), &File{Path: key}
			c.Files = append(c.Files, f)
			return f
		}},
}

// targets are the names of the ABIs and architectures; a test compares them with those that there are.
var targets = []string{"amd64", "arm", "arm64", "bpfeb", "bpfel", "linux/386", "linux/amd64", "linux/arm", "linux/arm64",
	"linux/s390x", "loong64", "mips", "ppc64", "ppc64le", "riscv64", "s390x"}

var fileKeys = []Key{
	{Name: "package", Doc: "the file's Go package; the one above by default", Example: "events", into: to(func(f *File) any { return &f.Package })},
	{Name: "build", Doc: "build constraint", Example: "linux", into: to(func(f *File) any { return &f.Build })},
	{Name: "constants", Kind: StringsOrPairs, Doc: "single constants, by name or pattern, or by name with their Go names",
		Example: "[MAX_*]", into: to(func(f *File) any { return &f.Constants })},
	{Name: "groups", Kind: Objects, Doc: "constants that belong together", User: "the Go type that names their values: Verdict", What: "a group", Keys: groupKeys,
		Empty: "the group has no members: say enum, macros or add",
		add: func(parent any, key Text) any {
			f, g := parent.(*File), &Group{Name: key}
			f.Groups = append(f.Groups, g)
			return g
		}},
	{Name: "describe", Doc: "structs describe their fields with the types of this package: see below", Example: "example.com/events/event",
		into: to(func(f *File) any { return &f.Describe })},
	{Name: "import", Doc: "the import path of the file's package, for enums of other packages' structs", Example: "example.com/events",
		into: to(func(f *File) any { return &f.Import })},
	{Name: "fields", Kind: Pairs, Doc: "Go names of fields in every struct of the file", Example: "{subtype: SubType}",
		into: to(func(f *File) any { return &f.Fields })},
	{Name: "types", Kind: Pairs, Doc: "Go types of fields in every struct of the file: those of groups", Example: "{subtype: Verdict}",
		into: to(func(f *File) any { return &f.Types })},
	{Name: "methods", Kind: Strings, Doc: "of every struct of the file: String and AppendText, with names for values; MarshalJSON and AppendJSON",
		Example: "[text, json]", Values: structMethods, into: to(func(f *File) any { return &f.Methods })},
	{Name: "structs", Kind: Objects, Doc: "C structs and unions", User: "the C name, a tag or a typedef's name: drop_event", What: "a struct", Short: true, Keys: structKeys,
		add: func(parent any, key Text) any {
			f, s := parent.(*File), &Struct{Record: key}
			f.Structs = append(f.Structs, s)
			return s
		}},
}

var structMethods = []string{"text", "json"}

var integers = []string{"int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64"}

var groupKeys = []Key{
	{Name: "enum", Doc: "an enum: its tag, its typedef or, for one without a name, any member", Example: "verdict", into: to(func(g *Group) any { return &g.Enum })},
	{Name: "macros", Kind: Strings, Doc: "macros, by name or pattern", Example: "[VERDICT_*]", into: to(func(g *Group) any { return &g.Macros })},
	{Name: "in", Doc: "match patterns of macros in this header only", Example: "events.h", into: to(func(g *Group) any { return &g.In })},
	{Name: "add", Kind: Strings, Doc: "single constants from anywhere", Example: "[TC_ACT_SHOT]", into: to(func(g *Group) any { return &g.Add })},
	{Name: "exclude", Kind: Strings, Doc: "names or patterns to exclude", Example: "[VERDICT_MAX]", into: to(func(g *Group) any { return &g.Exclude })},
	{Name: "type", Doc: "the integer under the Go type; by default the enum's own", Example: "uint8", Values: integers, into: to(func(g *Group) any { return &g.Type })},
	{Name: "constants", Doc: "the constants' type: untyped (the default, unless typed is set), an integer type, or the group's Go type", Example: "uint32",
		into: to(func(g *Group) any { return &g.Constants })},
	{Name: "magnitude", Kind: Bool, Doc: "the constants are the absolute values, for errors that are negative in C", Example: "true",
		into: to(func(g *Group) any { return &g.Magnitude })},
	{Name: "range", Doc: "the lowest and the highest value that members may have, in Go", Example: "0..128",
		into: to(func(g *Group) any { return &g.Range })},
	{Name: "strip", Doc: "prefix to remove before the C name becomes a Go name", Example: "VERDICT_", into: to(func(g *Group) any { return &g.Strip })},
	{Name: "prefix", Doc: "prefix to add to the Go name", Example: "Verdict", into: to(func(g *Group) any { return &g.Prefix })},
	{Name: "names", Kind: Pairs, Doc: "Go names that do not follow the rules", Example: "{VERDICT_OK: VerdictFine}", into: to(func(g *Group) any { return &g.Names })},
	{Name: "text", Doc: "what String prints: the C name, the C name without strip, or the constant's trailing comment, which every constant must have",
		Example: "comment", Values: []string{"name", "short", "comment"}, into: to(func(g *Group) any { return &g.Text })},
	{Name: "texts", Kind: Pairs, Doc: `texts that the header does not have; "" for none`, Example: "{VERDICT_OK: fine}", into: to(func(g *Group) any { return &g.Texts })},
	{Name: "textsfrom", Kind: Object, Doc: "texts that are elsewhere: see below", What: "textsfrom", Keys: textsFromKeys,
		into: to(func(g *Group) any { return &g.TextsFrom })},
	{Name: "flags", Kind: Bool, Doc: "the values are sets of bits", Example: "true", into: to(func(g *Group) any { return &g.Flags })},
	{Name: "bits", Kind: Strings, Doc: "names or patterns of members that are bits beside a value: see below", Example: "[VERDICT_MIRRORED]",
		into: to(func(g *Group) any { return &g.Bits })},
	{Name: "separator", Doc: `between the texts of a set's bits, and of a value and its bits; "|" by default`, Example: `", "`, into: to(func(g *Group) any { return &g.Separator })},
	{Name: "lookup", Doc: "also generate this function, from a number to its text", Example: "VerdictText", into: to(func(g *Group) any { return &g.Lookup })},
	{Name: "map", Doc: "also generate this map, from texts to values", Example: "VerdictByText", into: to(func(g *Group) any { return &g.Map })},
	{Name: "methods", Kind: Strings, Doc: "also generate ParseVerdict; MarshalText, UnmarshalText; IsValid; VerdictValues, which lists the constants",
		Example: "[parse, text, valid, values]", Values: []string{"parse", "text", "valid", "values"}, into: to(func(g *Group) any { return &g.Methods })},
	{Name: "templates", Kind: Object, Doc: "the constants' trailing comments are texts with arguments: see below", What: "templates", Keys: templateKeys,
		into: to(func(g *Group) any { return &g.Templates })},
	{Name: "doc", Doc: "the comment above the Go type", Example: "Verdict is what becomes of a packet.", into: to(func(g *Group) any { return &g.Doc })},
}

var templateKeys = []Key{
	{Name: "package", Doc: "the package of the types of texts", Example: "example.com/events/template", into: to(func(t *Templates) any { return &t.Package })},
	{Name: "tables", Kind: Strings, Doc: `the names of the tables: one, or more for comments in parts divided by " | "`, Example: "[verdictTexts]",
		into: to(func(t *Templates) any { return &t.Tables })},
	{Name: "arguments", Kind: Strings, Doc: "the names that the texts may have in braces", Example: "[arg1, arg2]", into: to(func(t *Templates) any { return &t.Arguments })},
	{Name: "without", Kind: Strings, Doc: "names or patterns of constants that have no text", Example: "[VERDICT_NONE]", into: to(func(t *Templates) any { return &t.Without })},
}

var textsFromKeys = []Key{
	{Name: "lines", Doc: "in this text file", Example: "reasons.txt", into: to(func(t *TextsFrom) any { return &t.Lines })},
	{Name: "comments", Doc: "or in the trailing comments of this other header", Example: "reasons.h", into: to(func(t *TextsFrom) any { return &t.Comments })},
	{Name: "table", Doc: "or in this array, function with a switch, or macro with a value and a text, of C source", Example: "reason_text",
		into: to(func(t *TextsFrom) any { return &t.Table })},
	{Name: "in", Doc: "which is in this file", Example: "reasons.c", into: to(func(t *TextsFrom) any { return &t.In })},
}

var releaseKeys = []Key{
	{Name: "define", Required: true, Filled: true, Doc: "the macro that the headers test; its value for 1.8.2 is 10802", Example: "DRIVER_RELEASE",
		into: to(func(r *Releases) any { return &r.Define })},
	{Name: "list", Kind: Strings, Required: true, Filled: true, Doc: "the releases, oldest first", Example: `["1.7", "1.8.2"]`, into: to(func(r *Releases) any { return &r.List })},
}

var versionKeys = []Key{
	{Name: "by", Doc: "that field", Example: "version", into: to(func(v *Versions) any { return &v.By })},
	{Name: "last", Kind: Pairs, Doc: "by its value, the last field", Example: `{"0": len_cap, "1": ifindex}`, into: to(func(v *Versions) any { return &v.Last })},
}

var structKeys = []Key{
	{Name: "name", Doc: "the Go type; by default the C name in camel case", Example: "DropEvent", into: to(func(s *Struct) any { return &s.Name })},
	{Name: "size", Doc: "the size constant; by default the Go type followed by Len", Example: "DropLen", into: to(func(s *Struct) any { return &s.Size })},
	{Name: "min", Doc: "the last field that every sender has: later fields were added afterwards", Example: "len_cap", into: to(func(s *Struct) any { return &s.Min })},
	{Name: "versions", Kind: Object, Doc: "the struct has grown and bytes follow it: a field identifies its version", What: "versions", Keys: versionKeys,
		into: to(func(s *Struct) any { return &s.Versions })},
	{Name: "flatten", Kind: Strings, Doc: "nested structs whose fields become fields of the Go struct; outer.inner for one in another", Example: "[tuple]",
		into: to(func(s *Struct) any { return &s.Flatten })},
	{Name: "masks", Kind: Bool, Doc: "also generate the masks and shifts of bit-fields: see below", Example: "true", into: to(func(s *Struct) any { return &s.Masks })},
	{Name: "fields", Kind: Pairs, Doc: "Go names of fields", Example: "{len_orig: OrigLen}", into: to(func(s *Struct) any { return &s.Fields })},
	{Name: "types", Kind: Pairs, Doc: `fields with a group's values; "" for the integer`, Example: "{subtype: Verdict}", into: to(func(s *Struct) any { return &s.Types })},
	{Name: "json", Kind: Pairs, Doc: "names in the description, and in text and JSON; by default the Go name with a lower-case start", Example: "{len_orig: length}",
		into: to(func(s *Struct) any { return &s.JSON })},
	{Name: "enums", Kind: Pairs, Doc: `groups that name a field's values in the description; "" for none`, Example: "{subtype: Verdict}",
		into: to(func(s *Struct) any { return &s.Enums })},
	{Name: "methods", Kind: Strings, Doc: "methods of this struct, beside those of the file", Example: "[json]", Values: structMethods,
		into: to(func(s *Struct) any { return &s.Methods })},
	{Name: "doc", Doc: "the comment above the Go type", Example: "DropEvent reports a packet that was dropped.", into: to(func(s *Struct) any { return &s.Doc })},
}
