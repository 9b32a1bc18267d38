// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/constant"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/scaffold"
)

// The most fields that are returned, and the most levels of records without names in each other, of headers and of
// objects. Records without names that hold each other by value a few levels deep could have more fields than any memory;
// the types of a broken object may hold themselves.
const (
	maxFields       = 1 << 23
	maxObjectFields = 1 << 17
	maxObjectDepth  = 64
)

// Declarations is everything that headers declare, in the order of the headers. Sizes and offsets are in bytes, no
// list is nil. Its JSON is what "lockstep dump --json" prints.
type Declarations struct {
	Target    string       `json:"target"`
	Constants []Constant   `json:"constants"`
	Records   []Record     `json:"records"`
	Skipped   []Undeclared `json:"skipped"`
	// The files that the caller named or, where those only include others, the files that declare for them; nil for an object.
	// Declarations in other files are included ones.
	Own []string `json:"-"`
}

// Constant is a macro or an enumerator.
type Constant struct {
	Name  string `json:"name"`
	Value Value  `json:"value"`
	Kind  string `json:"kind"` // "macro" or "enum"
	Type  string `json:"type"` // as C spells it
	Enum  string `json:"enum"` // the enum's tag, its typedef's name where there is no tag, or ""
	File  string `json:"file"`
	Line  int    `json:"line"`
	Doc   string `json:"doc"` // the comment above it and the one behind it, on lines of their own
	Text  string `json:"-"`   // the comment behind it alone
}

// Record is a struct or a union.
type Record struct {
	Name   string  `json:"name"` // "struct tag", "union tag", or a typedef's name where there is no tag
	Kind   string  `json:"kind"` // "struct" or "union"
	Size   int64   `json:"size"`
	Align  int64   `json:"align"`
	Packed bool    `json:"packed"`
	File   string  `json:"file"`
	Line   int     `json:"line"`
	Doc    string  `json:"doc"`
	Fields []Field `json:"fields"`
}

// Field is a member of a record.
type Field struct {
	Name      string  `json:"name"`      // "" for an anonymous record and for an unnamed bit-field
	Type      string  `json:"type"`      // as C spells it, dimensions included
	Offset    int64   `json:"offset"`    // from the start of the enclosing record; of the unit for a bit-field
	Size      int64   `json:"size"`      // of the unit for a bit-field; 0 for a flexible array
	BitOffset int64   `json:"bitOffset"` // from bit 0 of the outermost record, see the command's help
	BitWidth  int     `json:"bitWidth"`  // 0 for a plain field
	Array     []int64 `json:"array"`     // dimensions, outermost first; -1 for a flexible array
	Doc       string  `json:"doc"`
	Text      string  `json:"-"` // the comment behind it alone
	BitField  bool    `json:"-"` // whether it is a bit-field; one of no bits ends a unit
	// The record that the field is, or that it is an array of: by its name among the records of the declarations or, where it
	// has none, by its fields.
	Record string  `json:"record"`
	Fields []Field `json:"fields"`
	Nested *Nested `json:"-"` // what else there is to know of a record without a name; nil for other fields
}

// Nested is a record without a name, of which a field says where it begins and what its fields are.
type Nested struct {
	Union bool
	Size  int64
}

// Undeclared is a declaration that has no value or layout to show, such as a macro with arguments.
type Undeclared struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Value is the value of a constant: a number, or the text of a macro that is a string. It is nil inside where a constant has
// none.
//
// As JSON it is a number where a float64 holds it exactly (a float: finitely), and otherwise a string with the number. A
// text is a string, or the list of its bytes where it is not UTF-8.
type Value struct{ constant.Value }

// String returns a number as JSON has it, and a text as it is.
func (v Value) String() string {
	switch {
	case v.Value == nil:
		return ""
	case v.Kind() == constant.String:
		return constant.StringVal(v.Value)
	}
	return fmt.Sprint(value(v.Value))
}

// MarshalJSON returns the value as JSON.
func (v Value) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the encoder around it decides
	err := enc.Encode(value(v.Value))
	return b.Bytes(), err
}

// newDeclarations returns what is asked for of the unit as data. The error says that the records have too many fields.
func newDeclarations(u *model.Unit, only scaffold.Only) (*Declarations, error) {
	d := &Declarations{Target: u.Target, Constants: []Constant{}, Records: []Record{}, Skipped: []Undeclared{}}
	enums := map[*model.Enum]bool{}
	for _, e := range u.Enums {
		enums[e] = only.Enum(e)
	}
	for _, c := range u.Constants {
		if enums[c.Enum] || c.Enum == nil && only.Macro(c) {
			d.Constants = append(d.Constants, newConstant(c))
		}
	}
	b := &builder{left: maxFields, depth: math.MaxInt, listed: map[*model.Record]bool{}}
	for _, r := range u.Records {
		b.listed[r] = true
	}
	for _, r := range u.Records {
		if !only.Record(r) {
			continue
		}
		d.Records = append(d.Records, b.record(r))
		if b.left < 0 {
			return nil, fmt.Errorf("%v: %s: the records up to here have more than %d fields, nested ones included",
				r.Pos, r.Name, maxFields)
		}
	}
	for _, s := range u.Skipped {
		if only.Skipped(s) {
			d.Skipped = append(d.Skipped, Undeclared{s.Name, s.Pos.File, s.Pos.Line, s.Reason})
		}
	}
	return d, nil
}

// objectRecord returns one record, which may come from an object. Those with names that it holds are named.
func objectRecord(r *model.Record) *Record {
	b := &builder{left: maxObjectFields, depth: maxObjectDepth}
	out := b.record(r)
	return &out
}

func newConstant(c *model.Constant) Constant {
	return Constant{
		Name: c.Name, Value: Value{c.Value}, Kind: c.Kind.String(), Type: spelling(c.Type), Enum: enumName(c.Enum),
		File: c.Pos.File, Line: c.Pos.Line, Doc: joined(c.Doc, c.Text), Text: c.Text,
	}
}

// enumName returns what C calls the enum, "" for none and for an anonymous one.
func enumName(e *model.Enum) string {
	switch {
	case e == nil:
		return ""
	case e.Tag != "":
		return e.Tag
	}
	return e.Typedef
}

func spelling(t *model.Type) string {
	if t == nil {
		return ""
	}
	return t.C
}

// joined joins the comment above something and the one behind it.
func joined(doc, text string) string {
	if doc == "" || text == "" {
		return doc + text
	}
	return doc + "\n" + text
}

// value returns a number as json.Number where a float64 holds it exactly (floats: finitely), a text as text does, and
// anything else as a string.
func value(v constant.Value) any {
	if v == nil {
		return nil
	}
	switch v.Kind() {
	case constant.Int:
		if exact(v) {
			return json.Number(v.ExactString())
		}
		return v.ExactString()
	case constant.Float:
		f, _ := constant.Float64Val(v)
		if math.IsInf(f, 0) {
			return v.String()
		}
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
	case constant.String:
		return text(constant.StringVal(v))
	}
	return v.ExactString()
}

// text returns a text as a string, or as the list of its bytes where it is not UTF-8, which JSON strings are.
func text(s string) any {
	if utf8.ValidString(s) {
		return s
	}
	list := make([]int, len(s))
	for i := range len(s) {
		list[i] = int(s[i])
	}
	return list
}

// exact reports whether an integer is at most 2^53 from zero.
func exact(v constant.Value) bool {
	i, ok := new(big.Int).SetString(v.ExactString(), 10)
	return ok && i.CmpAbs(big.NewInt(1<<53)) <= 0
}

// builder makes records, as long as there are fields left to make.
type builder struct {
	left   int
	depth  int                    // how many levels of records without names there may be
	listed map[*model.Record]bool // the unit's records, which have names; nil for one record: all that have names are
}

func (b *builder) record(r *model.Record) Record {
	return Record{
		Name: r.Name, Kind: recordKind(r), Size: r.Size, Align: r.Align, Packed: r.Packed,
		File: r.Pos.File, Line: r.Pos.Line, Doc: r.Doc, Fields: b.fields(r, 0),
	}
}

func recordKind(r *model.Record) string {
	if r.Union {
		return "union"
	}
	return "struct"
}

// fields returns the fields of a record that begins base bytes into the outermost one.
func (b *builder) fields(r *model.Record, base int64) []Field {
	list := []Field{}
	for _, f := range r.Fields {
		if b.left--; b.left < 0 {
			break
		}
		list = append(list, b.field(f, base))
	}
	return list
}

func (b *builder) field(f *model.Field, base int64) Field {
	out := Field{
		Name: f.Name, Type: spelling(f.Type), Offset: f.Offset, Size: size(f), BitOffset: base*8 + startBit(f),
		BitWidth: f.BitWidth, Array: dimensions(f.Type), Doc: joined(f.Doc, f.Text), Text: f.Text, BitField: f.BitField,
		Fields: []Field{},
	}
	switch r := recordOf(f.Type); {
	case r == nil:
	case b.listed[r], b.listed == nil && r.Name != "":
		out.Record = r.Name
	case b.depth > 0:
		b.depth--
		out.Fields, out.Nested = b.fields(r, base+f.Offset), &Nested{r.Union, r.Size}
		b.depth++
	}
	return out
}

// startBit returns where a field begins, in bits from the start of its record.
func startBit(f *model.Field) int64 {
	if f.BitField {
		return f.BitOffset
	}
	return f.Offset * 8
}

// size returns a field's bytes: 0 for what takes no room.
func size(f *model.Field) int64 {
	if f.Type == nil || f.BitField && f.BitWidth == 0 {
		return 0
	}
	return f.Type.Size
}

// dimensions returns the dimensions of an array of arrays, never nil.
func dimensions(t *model.Type) []int64 {
	dims := []int64{}
	for ; t != nil && t.Kind == model.Array; t = t.Elem {
		dims = append(dims, t.Len)
	}
	return dims
}

// recordOf returns the record that a type is, or that it is an array of; nil for other types.
func recordOf(t *model.Type) *model.Record {
	for ; t != nil; t = t.Elem {
		switch t.Kind {
		case model.RecordType:
			return t.Record
		case model.Array:
		default:
			return nil
		}
	}
	return nil
}
