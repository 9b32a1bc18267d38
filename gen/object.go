// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/verify"
	"github.com/lockstep-bpf/lockstep/internal/regular"
)

// IsObject reports whether a file is a compiled object (ELF), or BTF such as /sys/kernel/btf/vmlinux, and no header.
func IsObject(path string) bool {
	f, err := regular.Open(path, maxObject) // what a pipe's writer writes is gone once it is read
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was only read
	head := make([]byte, verify.MagicLen)
	_, err = io.ReadFull(f, head)
	return err == nil && verify.IsObject(head)
}

// leftOut is why a record is not in the header of an object.
const leftOut = "C cannot express its layout, or the object has several records of this name"

// ObjectHeader is a header that says what a compiled object's BTF or DWARF, or BTF alone, says of its types.
type ObjectHeader struct {
	Text   []byte
	Target string   // the object's ABI
	Left   []string // records that C cannot lay out as the object does, or whose name another one has: records that contain them have bytes there
}

// HeaderOf returns the types of a compiled object as a header, for projects that have none. What a parser makes of the
// header is compared with the object: a record of which the two say different things is left out.
func HeaderOf(path string) (*ObjectHeader, error) {
	h, _, err := parsedHeaderOf(path)
	return h, err
}

// parsedHeaderOf does the same, and returns what the parser makes of the header.
func parsedHeaderOf(path string) (*ObjectHeader, *model.Unit, error) {
	o, err := readObject(path)
	if err != nil {
		return nil, nil, err
	}
	if o.Machine == verify.RawBTF && o.Target() == "" {
		return nil, nil, fmt.Errorf("%s: this BTF is of a 32-bit machine and does not say which one: name the object that it is from", path)
	}
	if o.Target() == "" {
		return nil, nil, fmt.Errorf("%s: the layouts of machine %s are not known, but those of BPF (clang -target bpf), 386, x86-64, ARM, AArch64 and S/390 are", path, o.Machine)
	}
	dir, err := os.MkdirTemp("", "lockstep-object-")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary directory: nothing is lost
	h := &ObjectHeader{Target: o.Target()}
	without := o.Shadowed()
	for {
		h.Text = o.Header(without)
		unit, err := parseText(dir, typesName(path), h)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: its types cannot be written as a header: %w", path, err)
		}
		before := len(without)
		for _, m := range verify.Compare(verify.Want{Records: unit.Records}, o).Mismatches {
			without[m.Name] = true
		}
		if len(without) == before {
			h.Left = slices.Sorted(maps.Keys(without))
			return h, unit, nil
		}
	}
}

// parseText writes a header to a directory and reads it.
func parseText(dir, name string, h *ObjectHeader) (*model.Unit, error) {
	if err := os.WriteFile(filepath.Join(dir, name), h.Text, 0o600); err != nil {
		return nil, err
	}
	return cparse.Parse(cparse.Options{Dir: dir, Headers: []string{name}, Target: h.Target})
}

// unit reads headers, or one object.
func (h Headers) unit() (*model.Unit, error) {
	if !slices.ContainsFunc(h.Paths, IsObject) {
		return h.parse(".")
	}
	if len(h.Paths) > 1 {
		return nil, fmt.Errorf("%s: name one object alone", h.Paths[slices.IndexFunc(h.Paths, IsObject)])
	}
	of, unit, err := parsedHeaderOf(h.Paths[0])
	if err != nil {
		return nil, err
	}
	for _, left := range of.Left {
		unit.Skipped = append(unit.Skipped, model.Skipped{Name: left, Pos: model.Pos{File: filepath.Base(h.Paths[0])}, Reason: leftOut})
	}
	return unit, nil
}

// typesName names the header that is made from an object.
func typesName(object string) string {
	base := filepath.Base(object)
	return strings.TrimSuffix(base, filepath.Ext(base)) + ".types.h"
}

// madeHeaders is the headers that were made from objects.
type madeHeaders struct {
	created []string // the files that were not there before
	notes   []string
}

// remove removes what was created, so that a run that failed can be repeated.
func (m *madeHeaders) remove() {
	for _, name := range m.created {
		_ = os.Remove(name)
	}
}

// fromObjects writes a header beside the configuration for each object among the paths, and reads that instead.
func (h Headers) fromObjects(o InitOptions) (Headers, *madeHeaders, error) {
	h.Paths = slices.Clone(h.Paths)
	made := &madeHeaders{}
	for i, p := range h.Paths {
		if !IsObject(p) {
			continue
		}
		of, err := HeaderOf(p)
		if err != nil {
			return h, made, err
		}
		if h.Target != "" && h.Target != of.Target {
			if own, _ := abi(h.Target, nil); own != of.Target {
				return h, made, fmt.Errorf("%s is compiled for %s, not for %s", p, of.Target, h.Target)
			}
		} else {
			h.Target = of.Target
		}
		name := filepath.Join(filepath.Dir(o.Config), typesName(p))
		_, missing := os.Lstat(name)
		if missing == nil && !o.Replace {
			return h, made, fmt.Errorf("%s: %w and is not replaced", name, fs.ErrExist)
		}
		if err := create(name, of.Text, o.Replace); err != nil {
			return h, made, err
		}
		if missing != nil {
			made.created = append(made.created, name)
		}
		h.Paths[i] = name
		made.notes = append(made.notes, fmt.Sprintf("%s has the types of %s: the configuration reads it, and it is yours to change", name, p))
		if len(of.Left) > 0 {
			made.notes = append(made.notes, fmt.Sprintf("left out, because %s: %s", leftOut, strings.Join(of.Left, ", ")))
		}
	}
	return h, made, nil
}
