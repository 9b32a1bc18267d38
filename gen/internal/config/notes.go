// SPDX-License-Identifier: Apache-2.0

package config

// Notes is what there is to know of a configuration beside its keys.
const Notes = `A field whose C type is an enum has the Go type of the group that is made of the enum, where both have as many bits.

A record whose memory differs between Go and C, because it has fields of a fixed byte order (__be32) or is packed, has the
methods MarshalBinary and UnmarshalBinary. Package github.com/cilium/ebpf calls them for keys and values of maps, also
in slices with an element for each CPU. Its batch calls use memory directly: pass a slice of [DropLen]byte, which Append
writes and Decode reads, not a slice of structs.

With methods: [text, json], structs print their fields as verdict=VERDICT_DROP port=443 comm="sh", and as JSON: values
of groups by their texts, arrays of char as text up to the first zero, other bytes and unions as hexadecimal digits, nested
structs in braces, numbers of 16 bytes as 0x and digits. Records in a struct are printed with it.

With bits, a group is an enum of which some members are single bits that can be set beside any other. String prints the
value's text and then those of the bits that are set (reply|encrypted); Parse and JSON read the same. The Go type has the methods
Value, which takes the bits off, and Has, which asks for one or more of them; IsValid and VerdictValues go by values without
bits. A bit that is part of another member's value is an error.

With textsfrom, the texts of a group are elsewhere: in a text file (lines), in the comments of another header that declares
the same names with the same values (comments), or in a table of C source (table, in). Each line of a text file is a name or
a number, blanks, and a text; empty lines and those that begin with # are left out. A table is an array ("text",
[VALUE] = "text" or {VALUE, "text"}), a function with one switch (case VALUE: return "text";), or the calls of a macro
with a value and a text, as inside of a function; it is read as it is written, without macros being expanded, and must not depend on
a condition. A group without enum, macros and add has the numbers and texts of the file or table as members: 7 "lib/nat.h"
becomes the constant LibNatH, with prefix and names as for C names. A text that belongs to no member, and a member that has no
text there, in texts, or by text where that is set, is an error.

With masks, each bit-field has two constants, such as EventDirMask and EventDirShift for dir of event: v & EventDirMask >>
EventDirShift is its value in the integer v of its C type that holds it, read from the bytes in the byte order of the target. The
comment says at which byte that integer begins. The methods of bit-fields need no masks and work in every byte order.

With flatten, the fields of a nested struct are called tuple.saddr in fields, types, json and enums, and have the Go names that
they would have without the struct: Saddr.

Go names are the C names in camel case (TRACE_TO_LXC is TraceToLxc, src_label is SrcLabel) unless
another rule applies. An unknown key, a value of the wrong type, and a rule that matches nothing are
errors.

The files of one directory are one package, those of other configurations included. A file's name can be a build
constraint too: zz_linux.go is built on Linux alone.

With targets, each file of the configuration is written once for each target, as bpf2go does it: zz_generated.go becomes
zz_generated_x86_bpfel.go for amd64, zz_generated_bpfel.go for bpfel, and zz_generated_linux_amd64.go for linux/amd64, with
a build constraint for the machines on which the target's programs run: code that uses the package is built there only.

Targets are:
  - bpfel and bpfeb: BPF programs of a byte order, on any machine;
  - amd64 (and 386), arm, arm64, loong64, mips, ppc64, ppc64le, riscv64 and s390x: BPF programs that are compiled once
    for each architecture. amd64 is bpfel with __TARGET_ARCH_x86 defined, unless define says another architecture;
  - linux/386, linux/amd64, linux/arm, linux/arm64 and linux/s390x: programs of Linux.

A struct with min has grown: its first version ends after the field that min names, later ones after a later
field, and Decode accepts the data of all of them. Its method Present reports which fields
were present. This requires that nothing follows the struct's bytes, or that their end is known otherwise.
min: len_cap of trace_event makes TraceEventMinLen, and a constant like TraceEventIfindexEnd for each field
that came later.

With describe, structs have the methods Fields() []event.Field, Uint(field int) uint64 and Bytes(field int) []byte,
where event is the last part of the import path. That package declares Field{Name, C, Doc string; Kind; Bits uint16;
Enum *Enum}, the kinds KindUint, KindInt, KindBool, KindBytes and KindText, Enum{Name string; Flags bool; Values
[]EnumValue; Lookup func(uint64) (string, bool)} and EnumValue{Value uint64; C, Text string}. The values of a field
have names where its C type is an enum of a group, where its trailing comment is the C names of a group as a
pattern (CT_*) or begins with one, and where enums sets it. Fields of nested structs are listed as outer.inner;
fields that are neither numbers of up to 64 bits nor bytes are listed as skipped.

With templates, a comment such as "port {arg1:net} of {arg2}" becomes an element of a table by value: of the type
Text, a slice of Part{Before string; Arg uint8; As Verb}, all of the named package. The word after the
colon is a constant of type Verb, with a capital first letter (Net); Decimal is used without a word, and End if
no argument follows. A word that the package does not declare stops the build.

With releases, the headers are read once for each of them. All that is generated is that of the newest, and groups get
a method NameIn(Release) in addition to Name, with the texts of each release; a table that several releases have in
common is generated once. Tables of templates become functions of the table's name and "In". A group may be missing in a
release.

With versions, a struct has the methods DecodeVersion, which decodes the fields of the data's version and sets the later ones
to zero, DecodeSize for data without a version, and AppendVersion; a version that is not in the configuration is a
*VersionError.

Fields without a Go form are errors in structs of the configuration:
  - floats that are neither 4 nor 8 bytes, and complex numbers: declare the field as bytes in C;
  - a record without a layout: one that is declared and never defined, or whose size C does not know.

Constants that a pattern matches and that have no Go form are listed as skipped: macros with parameters, without a
value, or with a value that is not a constant. A pointer is an integer, which has no meaning in another
process.

A union is its bytes, as they are in the data; DecodeOrder does not change their byte order. Its methods read and set one member,
and where that depends on the byte order of the data, they take it: binary.NativeEndian for data of this machine. A flexible array
in a union has no method: use the bytes that follow the union.
`
