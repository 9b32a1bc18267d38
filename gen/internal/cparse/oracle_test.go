// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"debug/elf"
	"fmt"
	"go/constant"
	"go/token"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// tool returns the path of the first of the named programs; see missing for where there is none.
func tool(t testing.TB, kind string, names ...string) string {
	t.Helper()
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
	}
	missing(t, kind, kind+" is not installed")
	return ""
}

// missing skips the test for what a tool cannot do here, or fails it if LOCKSTEP_REQUIRE, a list with commas,
// has kind in it: a place that must be able to compare says so.
func missing(t testing.TB, kind, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), kind) {
		t.Fatalf("%s, and LOCKSTEP_REQUIRE has %s", why, kind)
	}
	t.Skip(why)
}

func gcc(t testing.TB) string { return tool(t, "gcc", "gcc") }

// clangs are the names under which clang may be installed.
var clangs = []string{
	"clang", "clang-22", "clang-21", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16", "clang-15", "clang-14",
}

// question is a number to be had from a compiler, and what this package says it is.
type question struct {
	expr string
	want uint64
	what string
}

// bitQuestion is a bit-field, and which bits of its record this package says it has.
type bitQuestion struct {
	record, field string // the field as a designator behind the dot
	first, width  int64
	size          int64
	what          string
}

// quiz is what is asked of a compiler about a unit.
type quiz struct {
	numbers []question
	bits    []bitQuestion
}

func (q *quiz) ask(what, expr string, want int64) {
	q.numbers = append(q.numbers, question{expr, uint64(want), what})
}

// unit asks for everything that a unit says.
func (q *quiz) unit(u *model.Unit) {
	for _, r := range u.Records {
		q.record(r)
	}
	for _, e := range u.Enums {
		q.enum(e)
	}
	for _, c := range u.Constants {
		q.constant(c)
	}
}

func (q *quiz) record(r *model.Record) {
	at := fmt.Sprintf("%v: %s", r.Pos, r.Name)
	q.ask(at+" size", "sizeof("+r.Name+")", r.Size)
	q.ask(at+" align", "__alignof__("+r.Name+")", r.Align)
	q.fields(r, at, r.Name, "", r.Fields, 0, 0)
}

func (q *quiz) fields(r *model.Record, at, record, path string, fields []*model.Field, base, baseBit int64) {
	for _, f := range fields {
		inner := f.Type.Record
		switch {
		case f.BitField:
			if f.Name != "" {
				q.bits = append(q.bits, bitQuestion{
					record: record, field: path + f.Name, first: baseBit + f.BitOffset, width: int64(f.BitWidth),
					size: r.Size, what: at + "." + path + f.Name,
				})
			}
			continue
		case f.Name != "":
			q.ask(at+"."+path+f.Name, "__builtin_offsetof("+record+", "+path+f.Name+")", base+f.Offset)
			if f.Type.Kind != model.Array || f.Type.Len >= 0 {
				q.ask(at+" sizeof ."+path+f.Name, "sizeof((("+record+" *)0)->"+path+f.Name+")", f.Type.Size)
			}
			q.number(at+"."+path+f.Name, "((("+record+" *)0)->"+path+f.Name+")", f.Type)
			if inner != nil && f.Type.Kind == model.RecordType && inner.Name == "" {
				q.fields(r, at, record, path+f.Name+".", inner.Fields, base+f.Offset, baseBit+f.Offset*8)
			}
		case inner != nil:
			q.fields(r, at, record, path, inner.Fields, base+f.Offset, baseBit+f.Offset*8)
		}
	}
}

// number asks what kind of number a member is, or its innermost elements are. A va_list is a record to some compilers.
func (q *quiz) number(at, member string, t *model.Type) {
	for ; !strings.Contains(t.C, "va_list") && t.Kind == model.Array && t.Elem != nil; t = t.Elem {
		member = "(*" + member + ")"
	}
	switch number := "(__typeof__((0, " + member + ")))"; t.Kind {
	case model.Int:
		q.ask(at+" sign", "("+number+"-1 < 1)", boolInt(t.Signed))
		fallthrough
	case model.Float, model.Bool:
		q.ask(at+" has fractions", "("+number+"0.5 != 0)", boolInt(t.Kind != model.Int))
	}
}

func (q *quiz) enum(e *model.Enum) {
	name := e.Typedef
	if e.Tag != "" {
		name = "enum " + e.Tag
	}
	if name == "" {
		return
	}
	at := fmt.Sprintf("%v: %s", e.Pos, name)
	q.ask(at+" size", "sizeof("+name+")", e.Type.Size)
	q.ask(at+" sign", "(("+name+")-1 < 0)", boolInt(e.Type.Signed))
}

func (q *quiz) constant(c *model.Constant) {
	at := fmt.Sprintf("%v: %s", c.Pos, c.Name)
	switch c.Value.Kind() {
	case constant.Int:
		v := unsigned64(c.Value)
		n, _ := constant.Uint64Val(v)
		q.numbers = append(q.numbers, question{"(" + c.Name + ")", n, at})
		if c.Kind == model.Macro {
			q.ask(at+" size", "sizeof("+c.Name+")", c.Type.Size)
			q.ask(at+" sign", "((__typeof__("+c.Name+"))-1 < (__typeof__("+c.Name+"))1)", boolInt(c.Type.Signed))
		} else {
			q.ask(at+" size", "sizeof("+c.Name+")", c.Type.Size)
		}
	case constant.String:
		q.ask(at+" size", "sizeof("+c.Name+")", int64(len(constant.StringVal(c.Value)))+1)
		if t := c.Type; t == nil || t.Elem == nil || t.Elem.Size == 1 {
			q.ask(at+" text", fmt.Sprintf("!__builtin_memcmp(%s, %s, sizeof(%[1]s))", c.Name, octal(constant.StringVal(c.Value))), 1)
		}
	case constant.Float:
		f, _ := constant.Float64Val(c.Value)
		q.ask(at+" float", fmt.Sprintf("((double)(%s) == (double)%x)", c.Name, f), 1)
	}
}

// octal returns s as a C string of octal escapes.
func octal(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		fmt.Fprintf(&b, "\\%03o", s[i])
	}
	b.WriteByte('"')
	return b.String()
}

// source returns C that answers q behind the given text.
func (q *quiz) source(head string) string {
	var b strings.Builder
	b.WriteString(head + "\n")
	b.WriteString("const unsigned long long lockstep_answers[] = {\n")
	for _, n := range q.numbers {
		b.WriteString("(unsigned long long)(" + n.expr + "),\n")
	}
	b.WriteString("0 };\n")
	for i, n := range q.bits {
		fmt.Fprintf(&b, "const %s lockstep_bits_%d = { .%s = -1 };\n", n.record, i, n.field)
	}
	return b.String()
}

// check compares the compiled answers in an object file with what is expected.
func (q *quiz) check(t testing.TB, object string) {
	t.Helper()
	f, err := elf.Open(object)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	data, sections := map[string][]byte{}, map[elf.SectionIndex][]byte{}
	for _, s := range symbols {
		if strings.HasPrefix(s.Name, "lockstep_") {
			data[s.Name] = symbolData(t, f, s, sections)
		}
	}
	for i, n := range q.numbers {
		if got := f.ByteOrder.Uint64(data["lockstep_answers"][i*8:]); got != n.want {
			t.Errorf("%s: the compiler says %d (%#[2]x), we say %d (%#[3]x)", n.what, got, n.want)
		}
	}
	for i, n := range q.bits {
		n.check(t, data[fmt.Sprintf("lockstep_bits_%d", i)], f.Data == elf.ELFDATA2MSB)
	}
}

func (n bitQuestion) check(t testing.TB, got []byte, big bool) {
	t.Helper()
	want := make([]byte, len(got))
	for bit := n.first; bit < n.first+n.width && int(bit/8) < len(want); bit++ {
		shift := bit % 8
		if big {
			shift = 7 - shift
		}
		want[bit/8] |= 1 << shift
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: bits %d to %d: the compiler's are %x, ours %x", n.what, n.first, n.first+n.width-1, got, want)
	}
}

// symbolData returns the bytes of a symbol. Each section is read once: hundreds of symbols share one of many megabytes.
func symbolData(t testing.TB, f *elf.File, s elf.Symbol, sections map[elf.SectionIndex][]byte) []byte {
	t.Helper()
	if s.Section == elf.SHN_COMMON || int(s.Section) >= len(f.Sections) {
		return make([]byte, s.Size)
	}
	sec := f.Sections[s.Section]
	if sec.Type == elf.SHT_NOBITS {
		return make([]byte, s.Size)
	}
	all := sections[s.Section]
	if all == nil {
		var err error
		if all, err = sec.Data(); err != nil {
			t.Fatal(err)
		}
		sections[s.Section] = all
	}
	off := s.Value
	if f.Type != elf.ET_REL {
		off -= sec.Addr
	}
	return all[off : off+s.Size]
}

// compile compiles C source with cc and returns the object file's path, or what the compiler says.
func compile(t testing.TB, dir, name, source, cc string, args ...string) (object, output string) {
	t.Helper()
	src := filepath.Join(dir, name+".c")
	object = filepath.Join(dir, name+".o")
	if err := os.WriteFile(src, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(cc, append(args, "-w", "-c", "-o", object, src)...).CombinedOutput()
	if err != nil {
		return "", string(out)
	}
	return object, ""
}

var failedFile = regexp.MustCompile(`(?m)^\S*?([^/\s]+)\.c:\d+:\d+: (?:fatal )?error: .*`)

// checkSources has cc check many sources, by name, in one run, and returns the first error in each of those that it refuses.
// It is much cheaper than to compile each: questions about them are static assertions.
func checkSources(t testing.TB, sources map[string]string, cc string, args ...string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	args = append(slices.Clone(args), "-w", "-fsyntax-only")
	for name, text := range sources {
		src := filepath.Join(dir, name+".c")
		if err := os.WriteFile(src, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, src)
	}
	out, err := exec.Command(cc, args...).CombinedOutput()
	refused := map[string]string{}
	for _, m := range failedFile.FindAllStringSubmatch(string(out), -1) {
		if refused[m[1]] == "" {
			refused[m[1]] = m[0]
		}
	}
	if err != nil && len(refused) == 0 {
		t.Fatalf("%s: %v: %.2000s", cc, err, out)
	}
	return refused
}

// assertion returns a static assertion that an expression has a value.
func assertion(expr string, value int64) string {
	return fmt.Sprintf("_Static_assert((unsigned long long)(%s) == %dULL, %q);\n", expr, uint64(value), expr)
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// unsigned64 brings an integer into the range of one of 64 bits without a sign, as a conversion does.
func unsigned64(v constant.Value) constant.Value {
	return constant.BinaryOp(constant.ToInt(v), token.AND, constant.MakeUint64(math.MaxUint64))
}
