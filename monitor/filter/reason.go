// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/internal/nearest"
)

// checkReason judges a reason that no table has. One that is like another is most likely misspelt. Any other may be that of a
// kernel that is not known here, and so may all with *.
func (c *compiler) checkReason(t *term, l literal) error {
	if c.reasons == nil || c.meant[l.pos] || strings.HasPrefix(strings.ToUpper(l.text), "UNNAMED_") {
		return nil // the last is how a reason without a name is called
	}
	if _, err := number(l.text); err == nil && !l.quoted {
		return nil
	}
	known := slices.Clone(c.reasons())
	if slices.ContainsFunc(known, func(name string) bool { return strings.EqualFold(name, l.text) }) {
		return nil
	}
	if t.word != nil {
		known = append(known, c.names.enumNames(t)...)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	near := nearest.Names(l.text, known)
	if len(near) == 0 {
		near = nearest.Names(strings.ReplaceAll(l.text, "_", " "), known) // Hubble's POLICY_DENIED
	}
	if len(near) > 0 {
		delete(c.wrong, l.pos) // it knows fewer names
		return c.literalError(l, fmt.Errorf("no reason is called %q; did you mean %s? To find one that only another kernel has, write %s*",
			l.text, orList(near), l.text))
	}
	c.doubt = true
	c.doubts[l.pos] = fmt.Sprintf("filter: no reason that is known here is called %q: only another kernel, or another release of Cilium (--cilium), could have it", l.text)
	return nil
}

// warnings returns what is said of values that nothing but an unknown kernel can have.
func (c *compiler) warnings() (all []string) {
	for _, pos := range slices.Sorted(maps.Keys(c.doubts)) {
		if !c.sure[pos] {
			all = append(all, c.doubts[pos])
		}
	}
	return all
}
