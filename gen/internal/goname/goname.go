// SPDX-License-Identifier: Apache-2.0

// Package goname makes Go names of C names.
package goname

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words that Go writes in capitals, as its linters know them, and those of networks and kernels.
const initialisms = "ACL API ASCII CPU CSS DNS EOF GUID HTML HTTP HTTPS ID IP JSON QPS RAM RPC SLA SMTP SQL " +
	"SSH TCP TLS TTL UDP UI UID UUID URI URL UTF8 VM XML XMPP XSRF XSS " +
	"ARP BGP BPF CIDR CRC DHCP DNAT DSCP DSR EUID FIB FQDN GID GRE GTP ICMP ICMPv6 IGMP IPC IPv4 IPv6 LPM LRU LSM MAC MPLS MTU " +
	"NAT NFS NIC NUMA OOM PID PPID QUIC RTT SCTP SNAT SNI SSL TC TGID TID TOS USDT VIP VLAN VNI VXLAN XDP " +
	"CPUs IDs IPs PIDs TIDs UIDs URLs"

// mixed are those with small letters in them, after which a name's unexported sister does not look as one would write it.
var mixed = slices.DeleteFunc(strings.Fields(initialisms), func(word string) bool { return word == strings.ToUpper(word) })

// Words spells single words. Its methods are not safe for concurrent use: it remembers which words it
// has met.
type Words struct {
	spell map[string]string // by the word in lower case
	used  map[string]bool
}

// NewWords returns the words that Go writes in capitals, and the given ones as they are spelled.
func NewWords(extra ...string) *Words {
	w := &Words{spell: map[string]string{}, used: map[string]bool{}}
	for _, word := range strings.Fields(initialisms) {
		w.spell[strings.ToLower(word)] = word
	}
	for _, word := range extra {
		w.spell[strings.ToLower(word)] = word
	}
	return w
}

// Used reports whether a name so far had the word in it.
func (w *Words) Used(word string) bool { return w.used[strings.ToLower(word)] }

// Camel returns a C name in camel case: words are what stands between underscores, a word of mixed case
// keeps its capitals.
func (w *Words) Camel(c string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(c, "_") {
		b.WriteString(w.word(word))
	}
	return b.String()
}

func (w *Words) word(word string) string {
	lower := strings.ToLower(word)
	if spelled, ok := w.spell[lower]; ok {
		w.used[lower] = true
		return spelled
	}
	first, n := utf8.DecodeRuneInString(word)
	if n == 0 {
		return ""
	}
	rest := word[n:]
	if word == strings.ToUpper(word) {
		rest = lower[n:]
	}
	return string(unicode.ToUpper(first)) + rest
}

// LowerFirst returns an exported name's unexported sister: DbgCode becomes dbgCode, IPFlags ipFlags, IPv4Flags ipv4Flags.
func LowerFirst(name string) string {
	for _, word := range mixed {
		rest, ok := strings.CutPrefix(name, word)
		if next, _ := utf8.DecodeRuneInString(rest); ok && !unicode.IsLower(next) && !unicode.IsDigit(next) {
			return strings.ToLower(word) + rest
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) || !unicode.IsUpper(r) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}

// CheckPackage returns an error where name cannot be that of a package. A package may be called what nothing in it
// may, such as main or error.
func CheckPackage(name string) error {
	switch {
	case token.IsKeyword(name):
		return fmt.Errorf("%s is a Go keyword", name)
	case !token.IsIdentifier(name):
		return fmt.Errorf("%q is not a Go identifier", name)
	case name == "_":
		return fmt.Errorf("%s has a meaning of its own in Go", name)
	}
	return nil
}

// Check returns an error where name cannot be declared in a generated file.
func Check(name string) error {
	if err := CheckPackage(name); err != nil {
		return err
	}
	switch {
	case name == "init" || name == "main":
		return fmt.Errorf("%s has a meaning of its own in Go", name)
	case slices.Contains(predeclared, name):
		return fmt.Errorf("%s is predeclared in Go", name)
	}
	return nil
}

// predeclared are the names that Go declares itself. A test compares them with go/types, which is half a megabyte large.
var predeclared = strings.Fields(`any append bool byte cap clear close comparable complex complex128 complex64 copy delete error
	false float32 float64 imag int int16 int32 int64 int8 iota len make max min new nil panic print println real recover rune
	string true uint uint16 uint32 uint64 uint8 uintptr`)

// Export returns name with a capital first letter.
func Export(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[n:]
}

// Table returns the name of the table of texts that belongs to a group's type.
func Table(group string) string { return LowerFirst(group) + "Texts" }

// Bits returns the name of the constant with all bits that a group's values can have beside them.
func Bits(group string) string { return LowerFirst(group) + "Bits" }
