// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
)

// scratchPrefix begins the name of the file that becomes another, beside its place. Nobody takes it for Go code, and tidy finds it.
func scratchPrefix(place string) string { return "." + filepath.Base(place) + "." }

// tidy removes what killed runs have left of the file that belongs at a place: files with the name of a scratch file, whose
// contents begin as the file's do, and that no running process holds.
func tidy(f File) {
	place, _, err := destination(f.Path)
	if err != nil {
		return
	}
	entries, _ := os.ReadDir(filepath.Dir(place)) // none if it cannot be read
	head, _, _ := bytes.Cut(f.Data, []byte("\n"))
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), scratchPrefix(place))
		if !ok || number == "" || strings.Trim(number, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		name := filepath.Join(filepath.Dir(place), e.Name())
		if beginsLike(name, head) && isAbandoned(name) {
			_ = os.Remove(name) // someone else may have, and what stays does no harm
		}
	}
}

// beginsLike reports whether a file begins with a line, or ends within it.
func beginsLike(name string, line []byte) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was only read
	buf := make([]byte, len(line))
	n, _ := f.Read(buf)
	return bytes.Equal(buf[:n], line[:n])
}
