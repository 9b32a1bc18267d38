// SPDX-License-Identifier: Apache-2.0

package check

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// scope holds the package-level names of one Go package.
type scope map[string]declared

// declared is what a name stands for.
type declared struct {
	what string
	pos  model.Pos
}

// taken are the names that generated files use for something else: imports, parameters and variables.
const taken = "binary bits fmt math strconv unsafe b bit d data err i j k n name ok order rest start text v value " +
	"ShortError isNative"

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
	if old, ok := f.scope[name]; ok {
		f.faults.Addf(pos, what, "the Go name %s is taken by %s", name, old.what).Also(old.pos)
		return
	}
	f.scope[name] = declared{what, pos}
}
