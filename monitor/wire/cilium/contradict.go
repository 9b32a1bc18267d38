// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// contradiction is what a release cannot have sent, to warn of each once.
type contradiction struct {
	kind    string
	version int // of a message; -1 for a type or a length
}

// contradicts warns once that a version of a message is not the release's.
func (d *Decoder) contradicts(kind string, version uint16) {
	if what := (contradiction{kind, int(version)}); d.first(what) {
		d.warn(fmt.Sprintf("a %s with version %d", kind, version), sentBy(what))
	}
}

// checkVersion warns once if the version of a message whose layout does not depend on it is not the release's, and returns
// whether it is.
func (d *Decoder) checkVersion(kind string, raw []byte, order binary.ByteOrder) bool {
	version := d.release.versionOf(raw, order)
	if version != d.release.other {
		d.contradicts(kind, version)
		return false
	}
	return true
}

// missing warns once that the release has no messages of a type.
func (d *Decoder) missing(kind uint8) {
	if name, ok := newestName(kind); ok && d.first(contradiction{name, -1}) {
		d.warn(fmt.Sprintf("the message type %d (%s)", kind, name), releasesWith(func(n number) bool {
			_, ok := MessageType(kind).NameIn(n.release())
			return ok
		}))
	}
}

// fits warns once if the length of a message is not that of its struct and packet, in a layout that nothing else tells. A
// ring pads a message with up to 7 bytes.
func (d *Decoder) fits(p *place, raw []byte, kind string) {
	extended := d.release.number >= traceID && raw[15] != 0
	if rest := len(raw) - p.size - int(p.captured); (rest < 0 || rest > 7) && !extended && d.first(contradiction{kind, -1}) {
		d.warn(fmt.Sprintf("a %s of %d bytes with %d of a packet", kind, len(raw), p.captured), "")
	}
}

// first reports whether a contradiction is to be told: the first time.
func (d *Decoder) first(what contradiction) bool {
	if d.Warn == nil || d.warned[what] {
		return false
	}
	d.warned[what] = true
	return true
}

func (d *Decoder) warn(what, by string) {
	if by != "" {
		by = ", but " + by
	}
	if strings.HasPrefix(by, ", but 1.5") { // what this project's own datapath sends, too
		by += " and bpfmon attach (as 1.5)"
	}
	d.Warn(fmt.Sprintf("%s is not what Cilium %s sends%s: name the right release with --cilium", what, d.release.name, by))
}

// sentBy returns which releases send a version of a message, such as "1.7 to 1.17", or "".
func sentBy(what contradiction) string {
	return releasesWith(func(n number) bool {
		s := n.sends()
		version := s.other
		switch what.kind {
		case "drop":
			version = s.drop
		case "trace":
			version = s.trace
		}
		return int(version) == what.version
	})
}

// releasesWith returns which releases have something: one run of them, or "" for none.
func releasesWith(has func(number) bool) string {
	first, last := "", ""
	for _, name := range ReleaseNames() {
		if n, _ := parseNumber(name); !has(n) { // the last patch release of each
			continue
		}
		if first == "" {
			first = name
		}
		last = name
	}
	if first == last {
		return first
	}
	return first + " to " + last
}

// newestName returns the name of a message type in the last release that has it.
func newestName(kind uint8) (string, bool) {
	for r := Release(len(releaseNames) - 1); r >= 0; r-- {
		if name, ok := MessageType(kind).NameIn(r); ok {
			return name, true
		}
	}
	return "", false
}
