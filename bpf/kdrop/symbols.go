// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
)

// ErrHidden reports that the kernel hides the addresses of its functions.
var ErrHidden = errors.New("the kernel hides the addresses of its functions (sysctl kernel.kptr_restrict): " +
	"functions are printed as addresses; as root with the capability SYSLOG, or with kptr_restrict 0, they have names")

// maxSymbols bounds the memory of a table: kernels have some hundred thousand.
const maxSymbols = 4 << 20

// Symbols finds functions of the kernel by addresses in them.
type Symbols struct {
	addrs []uint64
	names []uint32 // where in text the name of each address begins; it ends with a NUL
	text  []byte
}

// LoadSymbols reads the functions of the running kernel. The error is ErrHidden if it hides them.
func LoadSymbols() (*Symbols, error) {
	f, err := os.Open("/proc/kallsyms")
	if err != nil {
		return nil, fmt.Errorf("read the names of kernel functions: %w", err)
	}
	s, err := readSymbols(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read the names of kernel functions: %w", err)
	}
	return s, nil
}

// readSymbols reads a table in the format of /proc/kallsyms: address, type, name, and the module in brackets.
func readSymbols(r io.Reader) (*Symbols, error) {
	s := &Symbols{}
	type symbol struct {
		addr uint64
		name uint32
	}
	var symbols []symbol
	lines := bufio.NewScanner(r)
	nonzero := false
	for lines.Scan() {
		addr, name, ok := parseSymbol(lines.Bytes())
		if !ok {
			continue
		}
		nonzero = nonzero || addr != 0
		if len(symbols) == maxSymbols {
			return nil, fmt.Errorf("more than %d symbols", maxSymbols)
		}
		symbols = append(symbols, symbol{addr, uint32(len(s.text))})
		s.text = append(append(s.text, name...), 0)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if !nonzero {
		return nil, ErrHidden
	}
	slices.SortStableFunc(symbols, func(a, b symbol) int {
		switch {
		case a.addr < b.addr:
			return -1
		case a.addr > b.addr:
			return 1
		}
		return 0
	})
	s.addrs, s.names = make([]uint64, len(symbols)), make([]uint32, len(symbols))
	for i, sym := range symbols {
		s.addrs[i], s.names[i] = sym.addr, sym.name
	}
	return s, nil
}

// parseSymbol reads a line. It takes functions only. The name has the module behind it: "nft_do_chain [nf_tables]".
func parseSymbol(line []byte) (addr uint64, name []byte, ok bool) {
	hex, rest, _ := bytes.Cut(line, []byte(" "))
	kind, name, _ := bytes.Cut(rest, []byte(" "))
	if len(kind) != 1 || len(name) == 0 || bytes.IndexByte([]byte("tTwW"), kind[0]) < 0 {
		return 0, nil, false
	}
	addr, err := strconv.ParseUint(string(hex), 16, 64)
	if err != nil {
		return 0, nil, false
	}
	if tab := bytes.IndexByte(name, '\t'); tab >= 0 {
		name[tab] = ' '
	}
	return addr, name, true
}

// maxFunction is how far from its start an address can be within a function.
const maxFunction = 1 << 20

// Append appends the function that an address is in and the offset in it: "nft_do_chain+0x4a1 [nf_tables]". It appends
// the address alone if no function is known there.
func (s *Symbols) Append(dst []byte, addr uint64) []byte {
	i := -1
	if s != nil {
		var found bool
		if i, found = slices.BinarySearch(s.addrs, addr); !found {
			i--
		}
	}
	if i < 0 || addr-s.addrs[i] > maxFunction {
		return strconv.AppendUint(append(dst, "0x"...), addr, 16)
	}
	for i > 0 && s.addrs[i-1] == s.addrs[i] {
		i-- // of several names the first
	}
	name := s.text[s.names[i]:]
	name = name[:bytes.IndexByte(name, 0)]
	name, module, ok := bytes.Cut(name, []byte(" "))
	dst = append(append(dst, name...), "+0x"...)
	dst = strconv.AppendUint(dst, addr-s.addrs[i], 16)
	if ok {
		dst = append(append(dst, ' '), module...)
	}
	return dst
}
