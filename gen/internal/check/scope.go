// SPDX-License-Identifier: Apache-2.0

package check

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// goPackage is what the files of one Go package have in common.
type goPackage struct {
	names   map[string]declared // at package level
	records map[*model.Record]*wanted
	files   []*fileChecker
	shared  plan.Shared           // what the structs of the package share
	enums   map[string]*plan.Enum // the names of values that descriptions refer to, by variable
}

func newGoPackage() *goPackage {
	return &goPackage{names: map[string]declared{}, records: map[*model.Record]*wanted{}, enums: map[string]*plan.Enum{}}
}

// carrier returns the file that carries what the package's structs share: the first with structs that is built
// wherever another one with structs is. Where there is none, it is the first with structs, and other is one that is
// built elsewhere. Without structs it is nil.
func (p *goPackage) carrier() (carrier, other *fileChecker) {
	for _, f := range p.files {
		if len(f.plan.Structs) == 0 {
			continue
		}
		elsewhere := p.elsewhere(f)
		if elsewhere == nil {
			return f, nil
		}
		if carrier == nil {
			carrier, other = f, elsewhere
		}
	}
	return carrier, other
}

// elsewhere returns a file with structs that is built where f is not, or nil.
func (p *goPackage) elsewhere(f *fileChecker) *fileChecker {
	for _, other := range p.files {
		if len(other.plan.Structs) > 0 && !other.when.Within(f.when) {
			return other
		}
	}
	return nil
}

// wanted is a record that a configuration asks for, or that another record needs.
type wanted struct {
	file   *fileChecker
	config *config.Struct
	plan   *plan.Struct // nil until it is planned
}

// declared is what a name stands for.
type declared struct {
	what     string
	pos      model.Pos
	listedAt model.Pos // where the configuration asks for a constant; not valid for other things
}

// taken are the names that generated files use for something else: imports, parameters and variables.
const taken = "binary bits bytes fmt math strconv strings structs unsafe b big bit d data err i j k more n name number ok old order rest start text turned u v value " +
	"whole size ShortError VersionError Uint128 Int128 cString isBig isNative orderMark loadBits storeBits loadUint128 storeUint128 loadInt128 storeInt128 " +
	"appendHex appendCString appendJSONText appendJSONFloat"

// declare enters a name into the file's package; what says what has it, pos where that stands.
func (f *fileChecker) declare(name, what string, pos model.Pos) {
	if err := goname.Check(name); err != nil {
		f.faults.Addf(pos, what, "%v", err)
		return
	}
	for used := range strings.FieldsSeq(taken) {
		if name == used {
			f.faults.Addf(pos, what, "generated code needs the name %s for itself", name)
			return
		}
	}
	f.enter(name, declared{what: what, pos: pos})
}

// declareConstant enters a constant's name; asked is where the configuration asks for it.
func (f *fileChecker) declareConstant(name, c string, pos, listedAt model.Pos) {
	if old, ok := f.goPkg.names[name]; ok && old.what == c && old.listedAt.IsValid() {
		f.faults.Addf(listedAt, c, "the constant is listed twice").Also(old.listedAt)
		return
	}
	f.declare(name, c, pos)
	if entry, ok := f.goPkg.names[name]; ok && entry.what == c {
		entry.listedAt = listedAt
		f.goPkg.names[name] = entry
	}
}

// enter enters a name that can be declared, once.
func (f *fileChecker) enter(name string, entry declared) {
	what, pos := entry.what, entry.pos
	if old, ok := f.goPkg.names[name]; ok {
		f.faults.Addf(pos, what, "the Go name %s is taken by %s", name, old.what).Also(old.pos)
		return
	}
	f.goPkg.names[name] = entry
}
