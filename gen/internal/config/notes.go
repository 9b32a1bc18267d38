// SPDX-License-Identifier: Apache-2.0

package config

// Notes is what there is to know of a configuration beside its keys.
const Notes = `A field whose C type is an enum has the Go type of the group that is made of the enum, where both have as many bits.

A record that is not in Go's memory as in C's, since it has fields of a fixed byte order (__be32) or is packed, has the
methods MarshalBinary and UnmarshalBinary. Package github.com/cilium/ebpf calls them for keys and values of maps, also
in a slice for each CPU; its batch calls take memory as it is: give them a slice of [DropLen]byte, which Append fills and
Decode reads, not of structs.

With methods: [text, json], structs print their fields as verdict=VERDICT_DROP port=443 comm="sh", and as JSON: values
of groups by their texts, arrays of char as text up to the first zero, other bytes and unions as hexadecimal digits, nested
structs in braces, numbers of 16 bytes as 0x and digits. Records that a struct holds are printed with it.

Go names are the C names in camel case (TRACE_TO_LXC is TraceToLxc, src_label is SrcLabel) where no
other rule is given. An unknown key, a value of the wrong type, and a rule that matches nothing are
faults.

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

A struct with min has grown: senders of its first version end behind the field that min names, later ones
behind any field after it, and Decode takes the data of all of them. Its method Present says which fields
there were. That works where nothing follows the struct's bytes, or something else says where they end.
min: len_cap of trace_event makes TraceEventMinLen, and a constant like TraceEventIfindexEnd for each field
that came later.

With describe, structs have the methods Fields() []event.Field, Uint(field int) uint64 and Bytes(field int) []byte,
where event is the last part of the import path. That package declares Field{Name, C, Doc string; Kind; Bits uint16;
Enum *Enum}, the kinds KindUint, KindInt, KindBool, KindBytes and KindText, Enum{Name string; Flags bool; Values
[]EnumValue; Lookup func(uint64) (string, bool)} and EnumValue{Value uint64; C, Text string}. The values of a field
have names where its C type is an enum of a group, where the comment behind it is the C names of a group as a
pattern (CT_*) or begins with one, and where enums says so. Fields of nested structs are listed as outer.inner;
what is neither a number of up to 64 bits nor bytes is listed as skipped.

With templates, a comment such as "port {arg1:net} of {arg2}" becomes an element of a table by value: of the type
Text, a slice of Part{Before string; Arg uint8; As Verb}, all of the package that is named. The word behind the
colon is a constant of type Verb, with a capital first letter (Net); Decimal stands for no word, and End says that
no argument follows. A word that the package does not declare stops the build.

With releases, the headers are read once for each of them. All that is generated is that of the newest, and groups get
a method NameIn(Release) beside Name, which knows the texts of each release; a table that several releases have in
common stands once. Tables of templates become functions of the table's name and "In". A group may be missing in a
release.

With versions, a struct has the methods DecodeVersion, which takes what its version has and sets the fields behind that
to zero, DecodeSize for data that says nothing, and AppendVersion; a version that the configuration does not have is a
*VersionError.

What has no form in Go is a fault where a struct that is asked for has it:
  - floats that are neither 4 nor 8 bytes, and complex numbers: declare the field as bytes in C;
  - a record without a layout: one that is declared and never defined, or whose size C does not know.

What a pattern of constants meets and cannot carry is listed as skipped: macros with parameters, without a
value, or with a value that is not a constant. A pointer is an integer, which says nothing in another
process. A flexible array in a union has no method: take what follows the union's bytes.
`
