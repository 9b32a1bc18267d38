// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"fmt"
	"go/constant"
	"regexp"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Target returns the ABI of an object; "" for a machine that is not known. Raw BTF with pointers of 8 bytes is taken for BPF's,
// whose layouts are those of 64-bit machines.
func (o *Object) Target() string {
	switch bpf := o.Machine == "EM_BPF" || o.Machine == RawBTF && o.Pointer == 8; {
	case bpf && o.BigEndian:
		return "bpfeb"
	case bpf:
		return "bpfel"
	}
	return map[string]string{"EM_386": "linux/386", "EM_X86_64": "linux/amd64", "EM_ARM": "linux/arm", "EM_AARCH64": "linux/arm64",
		"EM_S390": "linux/s390x"}[o.Machine]
}

// Header returns the named records and enums of an object as a header of C, without those that without names: a record that
// holds one of them has bytes in its place. Layouts are said by padding and attributes where C's own rules would give others.
// The caller compares what a parser makes of it with the object (Compare).
func (o *Object) Header(without map[string]bool) []byte {
	r := &renderer{without: without, done: map[string]bool{}, constants: map[string]bool{}, align: map[*model.Record]int64{}}
	r.tags = map[string]bool{}
	for _, rec := range o.Types[0].Records {
		r.tags[rec.Tag] = r.tags[rec.Tag] || rec.Tag != "" && !without[rec.Name]
	}
	fmt.Fprintf(&r.b, "/* The types of %s, from its %s. */\n#pragma once\n\n#include <linux/types.h>\n", identifierOr(o.Name), o.Types[0].Format)
	for _, e := range o.Types[0].Enums {
		r.enum(e)
	}
	for _, rec := range o.Types[0].Records {
		if rec.Name != "" {
			r.record(rec)
		}
	}
	return []byte(r.b.String())
}

// Shadowed returns the records that C cannot name beside others: a struct and a union of one tag may be in an object of several
// compilation units, but not in one header. The first one keeps the tag.
func (o *Object) Shadowed() map[string]bool {
	first, shadowed := map[string]string{}, map[string]bool{}
	for _, rec := range o.Types[0].Records {
		switch {
		case rec.Tag == "":
		case first[rec.Tag] == "":
			first[rec.Tag] = rec.Name
		case first[rec.Tag] != rec.Name:
			shadowed[rec.Name] = true
		}
	}
	return shadowed
}

// maxFields bounds what broken types that hold each other many times can make.
const maxFields = 1 << 20

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// identifierOr keeps a file's name out of the comment where it could end it.
func identifierOr(name string) string {
	if strings.Contains(name, "*/") || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c > '~' }) {
		return "an object"
	}
	return name
}

// renderer writes types as C. A type is written before those that hold it.
type renderer struct {
	b         strings.Builder
	without   map[string]bool
	done      map[string]bool // the names of what is written
	constants map[string]bool
	tags      map[string]bool // of records: an enum of the same tag, of another compilation unit, is written without it
	fields    int             // how many fields are written
	open      int             // how many records are being written
	align     map[*model.Record]int64
}

func (r *renderer) enum(e *model.Enum) {
	name := enumName(e)
	if e.Tag == "" && e.Typedef == "" {
		name = fmt.Sprintf("enum %p", e)
	}
	if r.done[name] || r.without[name] || e.Tag != "" && !identifier.MatchString(e.Tag) || e.Typedef != "" && !identifier.MatchString(e.Typedef) {
		return
	}
	var members []string
	for _, m := range e.Members {
		if identifier.MatchString(m.Name) && !r.constants[m.Name] {
			r.constants[m.Name] = true
			members = append(members, fmt.Sprintf("\t%s = %s,\n", m.Name, literal(m.Value, e.Type.Size)))
		}
	}
	if len(members) == 0 || len(members) < len(e.Members) {
		return
	}
	head, tail := "enum "+e.Tag, ""
	if e.Tag != "" && r.tags[e.Tag] {
		head = "enum"
	} else {
		r.done[name] = true
	}
	if e.Tag == "" && e.Typedef != "" {
		head, tail = "typedef enum", " "+e.Typedef
	}
	if e.Type.Size < 4 {
		tail = " __attribute__((packed))" + tail
	}
	fmt.Fprintf(&r.b, "\n%s {\n%s}%s;\n", strings.TrimSpace(head), strings.Join(members, ""), tail)
}

// literal writes the value of an enum of size bytes so that all compilers take it for one of its sign. DWARF can have the bits
// of a negative number.
func literal(v constant.Value, size int64) string {
	if u, fits := constant.Uint64Val(v); fits && size < 8 && u>>(8*size) != 0 {
		return fmt.Sprint(int64(u))
	}
	if _, fits := constant.Int64Val(v); !fits {
		return v.ExactString() + "ULL"
	}
	return v.ExactString()
}

// record writes a named record, once, behind those that it holds.
func (r *renderer) record(rec *model.Record) {
	if r.done[rec.Name] || r.without[rec.Name] || !identifier.MatchString(rec.Name[strings.LastIndex(rec.Name, " ")+1:]) {
		return
	}
	r.done[rec.Name] = true // also while it is written: a record does not hold itself
	body, align := r.body(rec, "")
	r.align[rec] = align
	if rec.Tag == "" {
		fmt.Fprintf(&r.b, "\ntypedef %s %s;\n", body, rec.Name)
		return
	}
	fmt.Fprintf(&r.b, "\n%s;\n", body)
}

// body returns a record's definition and its alignment: by C's rules where they give its layout, or else packed, with
// bits without a name where the object has gaps.
func (r *renderer) body(rec *model.Record, indent string) (string, int64) {
	r.open++ // broken types can hold themselves
	defer func() { r.open-- }()
	keyword := "struct"
	if rec.Union {
		keyword = "union"
	}
	head := strings.TrimSpace(keyword + " " + rec.Tag)
	var plain, packed strings.Builder
	end, align, natural := int64(0), int64(1), true // end in bits
	for _, f := range rec.Fields {
		text, a := r.field(f, indent+"\t")
		a = max(a, 1) // broken debug information has types without a size
		at, width := f.Offset*8, f.Type.Size*8
		next := up(end, 8*a) // where C puts the field
		if f.BitField {
			at, width = f.BitOffset, int64(f.BitWidth)
			unit := 8 * max(f.Type.Size, 1)
			if next = end; end%unit+width > unit { // it does not fit into what is left of its unit
				next = up(end, unit)
			}
		}
		align = max(align, a)
		if !rec.Union {
			natural = natural && at == next
			packed.WriteString(gap(at-end, indent+"\t"))
		}
		plain.WriteString(text)
		packed.WriteString(text)
		end = max(end, at+width)
	}
	if natural && rec.Size*8 == up(end, 8*align) {
		return head + " {\n" + plain.String() + indent + "}", align
	}
	if !rec.Union {
		packed.WriteString(gap(rec.Size*8-end, indent+"\t"))
	}
	return head + " {\n" + packed.String() + indent + "} __attribute__((packed))", 1
}

// up returns the next multiple of unit from at on.
func up(at, unit int64) int64 { return (at + unit - 1) / unit * unit }

// gap returns fields without a name for a number of bits.
func gap(bits int64, indent string) string {
	var b strings.Builder
	for ; bits > 64; bits -= 64 {
		b.WriteString(indent + "__u64 : 64;\n")
	}
	for ; bits > 0; bits -= 8 {
		fmt.Fprintf(&b, "%s__u8 : %d;\n", indent, min(bits, 8))
	}
	return b.String()
}

// field returns a field's declaration and its alignment.
func (r *renderer) field(f *model.Field, indent string) (string, int64) {
	elem, dims := f.Type, ""
	for elem.Kind == model.Array {
		if elem.Len < 0 {
			dims += "[]"
		} else {
			dims += fmt.Sprintf("[%d]", elem.Len)
		}
		elem = elem.Elem
	}
	if r.fields++; r.fields > maxFields || f.Name != "" && !identifier.MatchString(f.Name) {
		return fmt.Sprintf("%sunsigned char __unnamed%d[%d];\n", indent, f.Offset, f.Type.Size), 1
	}
	if rec := elem.Record; elem.Kind == model.RecordType && rec.Name == "" && r.open < maxDepth {
		body, align := r.body(rec, indent)
		return indent + body + prefixed(f.Name) + dims + ";\n", align
	}
	name, align := r.typeName(elem)
	if name == "" {
		return fmt.Sprintf("%sunsigned char %s[%d];\n", indent, f.Name, f.Type.Size), 1
	}
	if f.BitField {
		return fmt.Sprintf("%s%s%s : %d;\n", indent, name, prefixed(f.Name), f.BitWidth), align
	}
	return indent + name + prefixed(f.Name) + dims + ";\n", align
}

func prefixed(name string) string {
	if name == "" {
		return ""
	}
	return " " + name
}

// typeName returns how a header names a type, and its alignment; "" where it cannot.
func (r *renderer) typeName(t *model.Type) (string, int64) {
	switch t.Kind {
	case model.Bool:
		return "_Bool", 1
	case model.Pointer:
		return "void *", t.Size
	case model.Float:
		return map[int64]string{4: "float", 8: "double"}[t.Size], t.Size
	case model.EnumType:
		if name := enumName(t.Enum); r.done[name] {
			return name, t.Size
		}
		return integerName(t), t.Size
	case model.RecordType:
		if t.Record.Name != "" && r.open < maxDepth {
			r.record(t.Record)
		}
		if r.align[t.Record] == 0 {
			return "", 1
		}
		return t.Record.Name, r.align[t.Record]
	case model.Int:
		return integerName(t), max(t.Size, 1)
	}
	return "", 1
}

// integerName names an integer by its size, or as C does where that says more.
func integerName(t *model.Type) string {
	switch t.C {
	case "__be16", "__be32", "__be64", "__le16", "__le32", "__le64", "char", "signed char", "unsigned char":
		return t.C
	}
	sign := "u"
	if t.Signed {
		sign = "s"
	}
	switch t.Size {
	case 1, 2, 4, 8:
		return fmt.Sprintf("__%s%d", sign, t.Size*8)
	}
	return map[string]string{"u16": "unsigned __int128", "s16": "__int128"}[fmt.Sprintf("%s%d", sign, t.Size)]
}
