// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// foundSeed once made a record that was laid out wrongly: a bit-field as wide as an integer, of a type whose alignment a
// typedef lowers. A run is the same each time unless another seed is asked for.
const foundSeed = 1795394938117774602

var (
	seedFlag  = flag.Uint64("seed", foundSeed, "seed of the random records; 0 takes one from the clock")
	roundFlag = flag.Int("rounds", 1, "headers of random records for each target")
)

// compilerFor is a compiler that lays records out as a target does.
type compilerFor struct {
	target string
	clang  bool
	args   []string
}

// compilers lists how each target's layouts are had. gcc's are had only for what it is installed for here.
var compilers = []compilerFor{
	{"linux/amd64", false, nil},
	{"linux/386", false, []string{"-m32"}},
	{"bpfel", true, []string{"-target", "bpfel"}},
	{"bpfeb", true, []string{"-target", "bpfeb"}},
	{"linux/arm64", true, []string{"-target", "aarch64-linux-gnu"}},
	{"linux/arm", true, []string{"-target", "armv7-linux-gnueabihf"}},
	{"linux/s390x", true, []string{"-target", "s390x-linux-gnu"}},
}

func (c compilerFor) path(t testing.TB) string {
	if c.clang {
		return tool(t, c.kind(), clangs...)
	}
	return gcc(t)
}

// kind names what LOCKSTEP_REQUIRE calls the compiler: gcc, m32 for its 32-bit side, bpf, or clang.
func (c compilerFor) kind() string {
	switch {
	case c.target == "linux/386":
		return "m32"
	case strings.HasPrefix(c.target, "bpf"):
		return "bpf"
	case c.clang:
		return "clang"
	}
	return "gcc"
}

// parse parses a header as the compiler lays it out: targets that are gcc's elsewhere are clang's here, where
// clang is all there is to compare with.
func (c compilerFor) parse(t testing.TB, dir, header string) *model.Unit {
	t.Helper()
	target, _ := layout.Lookup(c.target)
	target.Clang, target.Single = c.clang, true
	var faults diag.List
	unit := parse(&Options{Dir: dir, Headers: []string{header}, Target: c.target}, target, &faults)
	if err := faults.Err(); err != nil {
		t.Fatalf("%.3000s", err)
	}
	return unit
}

// randomTypes are declared before the records, so that records can use them.
const randomTypes = `
typedef int over16 __attribute__((aligned(16)));
typedef short over4 __attribute__((aligned(4)));
typedef long long under4 __attribute__((aligned(4)));
typedef int under1 __attribute__((aligned(1)));
typedef int vec8 __attribute__((vector_size(8)));
typedef char vec16 __attribute__((vector_size(16)));
typedef double vec32 __attribute__((vector_size(32)));
enum plain { PLAIN_A, PLAIN_B };
enum signed_one { SIGNED_A = -1, SIGNED_B };
enum wide { WIDE_A = 0x100000000LL, WIDE_B };
enum __attribute__((packed)) tiny { TINY_A, TINY_B = 200 };
enum small { SMALL_A = -1, SMALL_B = 300 } __attribute__((packed));
`

// generator writes random records.
type generator struct {
	*rand.Rand
	b     strings.Builder
	wide  bool // the target has __int128
	names int
	done  []string // records that can be used in others
}

func (g *generator) one(of int) bool      { return g.IntN(of) == 0 }
func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

func (g *generator) name() string {
	g.names++
	return fmt.Sprintf("m%d", g.names)
}

// header returns a header with n records.
func (g *generator) header(n int) string {
	g.b.WriteString(randomTypes)
	for i := range n {
		pack := ""
		if g.one(4) {
			pack = pick(g, "1", "2", "4", "8", "16")
			fmt.Fprintf(&g.b, "#pragma pack(push, %s)\n", pack)
		}
		name := fmt.Sprintf("r%d", i)
		keyword := g.record("", name, 0)
		g.b.WriteString(";\n")
		if pack != "" {
			g.b.WriteString("#pragma pack(pop)\n")
		}
		g.done = append(g.done, keyword+" "+name)
	}
	return g.b.String()
}

// record writes a definition without the semicolon and returns its keyword.
func (g *generator) record(indent, name string, depth int) string {
	keyword := "struct"
	if g.one(4) {
		keyword = "union"
	}
	before := ""
	if g.one(6) {
		before = " " + g.recordAttribute()
	}
	fmt.Fprintf(&g.b, "%s%s%s %s {\n", indent, keyword, before, name)
	for range 1 + g.IntN(7) {
		g.member(indent+"\t", depth)
	}
	if keyword == "struct" && depth == 0 && g.one(10) {
		fmt.Fprintf(&g.b, "%s\tint %s;\n", indent, g.name())
		fmt.Fprintf(&g.b, "%s\t%s %s[];\n", indent, pick(g, "char", "short", "long long", "void *"), g.name())
	}
	g.b.WriteString(indent + "}")
	if g.one(4) {
		g.b.WriteString(" " + g.recordAttribute())
	}
	return keyword
}

func (g *generator) recordAttribute() string {
	return pick(g, "__attribute__((packed))", "__attribute__((__packed__))", "__attribute__((packed, aligned(2)))",
		"__attribute__((packed, aligned(8)))", "__attribute__((aligned(4)))", "__attribute__((aligned(32)))",
		"__attribute__((packed))", "__attribute__((aligned))")
}

func (g *generator) memberAttribute() string {
	if !g.one(6) {
		return ""
	}
	return " " + pick(g, "__attribute__((packed))", "__attribute__((aligned(2)))", "__attribute__((aligned(8)))",
		"__attribute__((packed, aligned(4)))", "__attribute__((aligned))", "__attribute__((aligned(16)))")
}

func (g *generator) member(indent string, depth int) {
	switch {
	case g.one(3):
		g.bitField(indent)
	case depth < 3 && g.one(6):
		g.record(indent, "", depth+1)
		if !g.one(2) {
			g.b.WriteString(" " + g.name() + g.dims())
		}
		g.b.WriteString(";\n")
	case g.one(12):
		fmt.Fprintf(&g.b, "%s_Alignas(%d) char %s;\n", indent, pick(g, 1, 2, 8, 16), g.name())
	default:
		typ, dims := g.typ(), g.dims()
		if strings.HasPrefix(typ, "over") {
			dims = "" // neither compiler has arrays of them
		}
		fmt.Fprintf(&g.b, "%s%s %s%s%s;\n", indent, typ, g.name(), dims, g.memberAttribute())
	}
}

func (g *generator) dims() string {
	if !g.one(4) {
		return ""
	}
	s := fmt.Sprintf("[%d]", g.IntN(4))
	if g.one(2) {
		s += fmt.Sprintf("[%d]", 1+g.IntN(3))
	}
	return s
}

func (g *generator) typ() string {
	if len(g.done) > 0 && g.one(5) {
		return pick(g, g.done[max(0, len(g.done)-20):]...)
	}
	types := []string{
		"_Bool", "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned", "long",
		"unsigned long", "long long", "unsigned long long", "float", "double", "long double", "void *",
		"int (*)(void)", "over16", "over4", "under4", "under1", "vec8", "vec16", "vec32", "enum plain",
		"enum signed_one", "enum wide", "enum tiny", "enum small",
	}
	if g.wide {
		types = append(types, "__int128", "unsigned __int128")
	}
	typ := pick(g, types...)
	if typ == "int (*)(void)" {
		return "__typeof__(int (*)(void))"
	}
	return typ
}

func (g *generator) bitField(indent string) {
	typ := pick(g, []struct {
		name string
		bits int
	}{
		{"_Bool", 1}, {"char", 8}, {"signed char", 8}, {"unsigned char", 8}, {"short", 16}, {"unsigned short", 16},
		{"int", 32}, {"unsigned", 32}, {"int", 32}, {"unsigned", 32}, {"long long", 64}, {"unsigned long long", 64},
		{"enum plain", 32}, {"enum tiny", 8}, {"over4", 16}, {"under1", 32}, {"under4", 64},
	}...)
	switch {
	case g.one(8):
		fmt.Fprintf(&g.b, "%s%s : 0;\n", indent, typ.name)
	case g.one(8):
		fmt.Fprintf(&g.b, "%s%s : %d;\n", indent, typ.name, 1+g.IntN(typ.bits))
	default:
		fmt.Fprintf(&g.b, "%s%s %s : %d%s;\n", indent, typ.name, g.name(), 1+g.IntN(typ.bits), g.memberAttribute())
	}
}

// TestRandomRecords compares the layouts of random records with compilers, for every target.
func TestRandomRecords(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	for i, c := range compilers {
		if testing.Short() && i >= 3 {
			break // the records are the same in each run; TestTorture asks a compiler for each target
		}
		t.Run(strings.ReplaceAll(c.target, "/", "-"), func(t *testing.T) {
			cc := c.path(t)
			dir := t.TempDir()
			if (judge{c.target, c.clang, c.args, []string{cc}}).works(t) == "" {
				missing(t, c.kind(), cc+" cannot compile for "+c.target)
			}
			for i := range *roundFlag {
				t.Logf("seed %d", seed+uint64(i))
				randomRound(t, c, cc, dir, seed+uint64(i))
			}
		})
	}
}

func randomRound(t *testing.T, c compilerFor, cc, dir string, seed uint64) {
	t.Helper()
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), wide: c.target != "linux/386" && c.target != "linux/arm"}
	header := g.header(400)
	if err := os.WriteFile(filepath.Join(dir, "random.h"), []byte(header), 0o644); err != nil {
		t.Fatal(err)
	}
	unit := c.parse(t, dir, "random.h")
	q := &quiz{}
	q.unit(unit)
	object, out := compile(t, dir, "random", q.source(header), cc, c.args...)
	if out != "" {
		t.Fatalf("%.3000s", out)
	}
	q.check(t, object)
}
