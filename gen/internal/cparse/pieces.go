// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"strings"
	"unicode/utf8"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

// pragmaName is the operator that the weaver spells in another way: see pragmaOp.
const pragmaName = "_Pragma"

// pieces watches for names that are, or together could be, _Pragma in a way that the weaver does not see: pasted by ##,
// written over lines, or behind bytes that are no text. The preprocessor would act on it, and for some strings never
// come back.
type pieces struct {
	pastes bool                   // there is a ## somewhere
	ends   [len(pragmaName)]uint8 // for each offset of the name, where the pieces end that begin there, as bits
}

// note takes the names of a source, and returns the token with which they make a _Pragma, or -1.
func (p *pieces) note(f *ctext.File) int {
	for i, t := range f.Tokens {
		switch {
		case f.Is(i, "##"):
			p.pastes = true
		case t.Kind != ctext.Ident || !p.name(string(f.Src[t.Off:t.End])):
			continue
		}
		if p.complete() {
			return i
		}
	}
	return -1
}

// name takes a name as it is written, and tells whether it matters.
func (p *pieces) name(raw string) bool {
	text := splices.Replace(raw)
	switch {
	case raw == pragmaName:
		return false
	case text == pragmaName, !utf8.ValidString(text) && strings.Contains(text, pragmaName):
		p.pastes, p.ends[0] = true, 1<<len(pragmaName)
		return true
	case len(text) > len(pragmaName):
		return false
	}
	found := false
	for at := range pragmaName {
		if strings.HasPrefix(pragmaName[at:], text) {
			p.ends[at] |= 1 << (at + len(text))
			found = true
		}
	}
	return found
}

var splices = strings.NewReplacer("\\\n", "", "\\\r\n", "")

// complete tells whether pieces make up the whole name.
func (p *pieces) complete() bool {
	reached := uint8(1)
	for at, ends := range p.ends {
		if reached>>at&1 != 0 {
			reached |= ends
		}
	}
	return p.pastes && reached>>len(pragmaName) != 0
}
