// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"cmp"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// What is read of an object at the most, in bytes after decompression.
const (
	maxBTF   = 256 << 20
	maxDWARF = 2 << 30
)

// ErrNoTypes says that an object describes no types: it was compiled without -g, or stripped.
var ErrNoTypes = errors.New("no BTF and no DWARF: compile with -g, and do not strip it")

// ErrSplit says that BTF is a kernel module's: it refers to the types of its kernel, which ReadModule takes.
var ErrSplit = errors.New("this BTF is that of a kernel module, and builds on the kernel's")

// Object is what a compiled object says of its types.
type Object struct {
	Name      string
	Machine   string // as ELF calls it, e.g. "EM_BPF", or RawBTF
	BigEndian bool
	Pointer   int64 // bytes of a pointer
	Types     []*Types

	base *btf.Spec // the kernel's types, of a module; nil where there are none
}

// Types is what one kind of debug information says of types, in the words of the model. It knows no
// positions, no comments and no alignments; BTF and DWARF know no macros.
type Types struct {
	Format  string // "BTF" or "DWARF"
	Records []*model.Record
	Enums   []*model.Enum
}

// RawBTF is the machine of a file that is BTF and no ELF object, as the kernel has its own at /sys/kernel/btf/vmlinux. It
// does not say for what it was compiled.
const RawBTF = "BTF"

// MagicLen is how many bytes IsObject wants.
const MagicLen = 4

// IsObject reports whether a file that begins with these bytes is an ELF object or BTF.
func IsObject(head []byte) bool {
	return bytes.HasPrefix(head, []byte(elf.ELFMAG)) || rawOrder(head) != nil
}

// rawOrder returns the byte order of a file that begins as BTF of the first version does; nil where it does not.
func rawOrder(head []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(head, []byte{0x9f, 0xeb, 1}):
		return binary.LittleEndian
	case bytes.HasPrefix(head, []byte{0xeb, 0x9f, 1}):
		return binary.BigEndian
	}
	return nil
}

// Read reads the types of an ELF file or of BTF. The error says what is wrong with the file; it wraps ErrNoTypes where
// there is nothing to read, and ErrSplit where it needs other BTF. Broken input of any kind is an error.
func Read(name string, r io.ReaderAt) (*Object, error) { return ReadModule(name, r, nil) }

// ReadModule reads the types of a kernel module, whose BTF builds on the kernel's, in base. There is none where base is nil.
func ReadModule(name string, r, base io.ReaderAt) (*Object, error) {
	o := &Object{Name: name}
	if base != nil {
		err := guarded(func() (err error) { o.base, err = btf.LoadSpecFromReader(base); return err })
		if err != nil {
			return nil, fmt.Errorf("%s: the kernel's BTF: %w", name, err)
		}
	}
	if err := guarded(func() error { return o.read(r) }); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return o, nil
}

// guarded turns a panic into an error: the readers of the standard library and of BTF are not proven on
// hostile files.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("broken object: %v", p)
		}
	}()
	return do()
}

func (o *Object) read(r io.ReaderAt) error {
	head := make([]byte, MagicLen)
	if n, _ := r.ReadAt(head, 0); rawOrder(head[:n]) != nil {
		o.Machine, o.BigEndian = RawBTF, rawOrder(head) == binary.BigEndian
		return o.raw(r)
	}
	f, err := elf.NewFile(r)
	if err != nil {
		return fmt.Errorf("not an ELF object: %w", err)
	}
	o.Machine, o.BigEndian, o.Pointer = machine(f.Machine), f.Data == elf.ELFDATA2MSB, 4
	if f.Class == elf.ELFCLASS64 {
		o.Pointer = 8
	}
	var split error
	for _, read := range []func(*elf.File) (*Types, error){o.btf, o.dwarf} {
		types, err := read(f)
		switch {
		case errors.Is(err, ErrSplit):
			split = err // there may be DWARF
		case err != nil:
			return err
		}
		if types != nil {
			o.Types = append(o.Types, types)
		}
	}
	if len(o.Types) == 0 {
		return cmp.Or(split, ErrNoTypes)
	}
	return nil
}

// raw reads a file of BTF.
func (o *Object) raw(r io.ReaderAt) error {
	data, err := io.ReadAll(io.NewSectionReader(r, 0, maxBTF+1))
	if err != nil {
		return err
	}
	if len(data) > maxBTF {
		return fmt.Errorf("more than %d bytes of BTF", maxBTF)
	}
	types, pointer, err := o.readBTF(data, 0)
	if err != nil {
		return err
	}
	o.Types, o.Pointer = []*Types{types}, pointer
	return nil
}

func machine(m elf.Machine) string {
	if m == elf.EM_NONE {
		return "no machine"
	}
	return m.String()
}

// btf reads the types in BTF; nil where the object has none.
func (o *Object) btf(f *elf.File) (*Types, error) {
	s := f.Section(".BTF")
	if s == nil || s.Type == elf.SHT_NOBITS {
		return nil, nil
	}
	data, err := sectionData(s, maxBTF)
	if err != nil {
		return nil, err
	}
	if len(data) < 2 || f.ByteOrder.Uint16(data) != 0xeb9f {
		return nil, errors.New("section .BTF: not BTF in the byte order of the object")
	}
	types, _, err := o.readBTF(data, o.Pointer)
	if err != nil {
		return nil, fmt.Errorf("section .BTF: %w", err)
	}
	return types, nil
}

// dwarf reads the types in DWARF; nil where the object has none.
func (o *Object) dwarf(f *elf.File) (*Types, error) {
	size, err := sizeOfDWARF(f)
	if err != nil || size == 0 {
		return nil, err
	}
	var data *dwarf.Data
	if f.Machine == elf.EM_BPF {
		data, err = bpfDWARF(f)
	} else {
		data, err = f.DWARF()
	}
	if err != nil {
		return nil, fmt.Errorf("DWARF of %s: %w: compile with -gdwarf-4, or link the object", o.Machine, err)
	}
	types, err := readDWARF(data, size, o)
	if err != nil {
		return nil, fmt.Errorf("DWARF: %w", err)
	}
	return types, nil
}

// sizeOfDWARF returns the size of the section of entries, 0 where there is no debug information. The error says
// that there is too much of it.
func sizeOfDWARF(f *elf.File) (uint64, error) {
	total, info := uint64(0), uint64(0)
	for _, s := range f.Sections {
		name := debugName(s)
		if name == "" {
			continue
		}
		if s.Size > maxDWARF-total {
			return 0, fmt.Errorf("section %s: more than %d bytes of DWARF", s.Name, uint64(maxDWARF))
		}
		total += s.Size
		if name == "info" {
			info = s.Size
		}
	}
	return info, nil
}

// debugName returns what follows .debug_ or .zdebug_ in a section's name, or "".
func debugName(s *elf.Section) string {
	for _, prefix := range []string{".debug_", ".zdebug_"} {
		if name, ok := strings.CutPrefix(s.Name, prefix); ok && s.Type != elf.SHT_NOBITS {
			return name
		}
	}
	return ""
}

// bpfDWARF reads the DWARF of a BPF object. debug/elf does not know BPF's relocations, and there is no need to:
// they are of the kind whose addend stands in its place, against sections that begin at 0.
func bpfDWARF(f *elf.File) (*dwarf.Data, error) {
	sections := map[string][]byte{}
	for _, s := range f.Sections {
		name := debugName(s)
		if name == "" {
			continue
		}
		data, err := sectionData(s, maxDWARF)
		if err != nil {
			return nil, err
		}
		sections[name] = data
	}
	d, err := dwarf.New(sections["abbrev"], nil, nil, sections["info"], sections["line"], nil, sections["ranges"], sections["str"])
	if err != nil {
		return nil, err
	}
	// debug/dwarf reads a unit's first entry before it knows where the unit's part of this section begins, and
	// takes the head for offsets of strings. On big-endian machines they point beyond the strings.
	if head := sections["str_offsets"]; len(head) >= 8 {
		clear(head[:8])
	}
	for _, name := range []string{"addr", "line_str", "str_offsets", "rnglists"} {
		if err := d.AddSection(".debug_"+name, sections[name]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// sectionData returns a section's bytes, decompressed.
func sectionData(s *elf.Section, limit uint64) ([]byte, error) {
	if s.Size > limit {
		return nil, fmt.Errorf("section %s: %d bytes are more than %d", s.Name, s.Size, limit)
	}
	data, err := s.Data()
	if err != nil {
		return nil, fmt.Errorf("section %s: %w", s.Name, err)
	}
	return data, nil
}
