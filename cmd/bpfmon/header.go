// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen/header"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/wire/layout"
)

// headerFlags say which C header describes the messages, of whatever project they are.
type headerFlags struct {
	headers []string
	include []string
	prelude []string
	define  []string
	config  string
	structs []string

	decoder *layout.Decoder // nil unless a header or a configuration is given
}

// add adds the flags to a command whose messages can be anybody's.
func (f *headerFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.headers, "header", nil, "decode the messages by the structs of this C `file`, not as Cilium's (repeatable)")
	flags.StringVar(&f.config, "config", "", "decode the messages by the headers, structs and names of this `lockstep.yaml`")
	flags.StringArrayVar(&f.structs, "struct", nil,
		"messages are of this struct: `NAME` or, if there are several, NAME,FIELD=VALUE for those whose FIELD has a value (repeatable)")
	flags.StringArrayVar(&f.include, "include", nil, "look in this `directory` for what the headers include (repeatable)")
	flags.StringArrayVar(&f.prelude, "prelude", nil, "read this `header` before those of --header (repeatable)")
	flags.StringArrayVar(&f.define, "define", nil, "define a `macro`, NAME or NAME=VALUE, before the headers are read (repeatable)")
	completeFiles(cmd, "header", "h")
	completeFiles(cmd, "config", "yaml")
}

// completeFiles makes the shell complete a flag's value with names of files.
func completeFiles(cmd *cobra.Command, flag, extension string) {
	if err := cmd.MarkFlagFilename(flag, extension); err != nil {
		panic(fmt.Sprintf("flag %s: %v", flag, err)) // it was not defined: a fault of this program
	}
}

// cilium are the flags that mean nothing for messages that are not Cilium's.
var ciliumOnly = []string{"cilium", "type", "from", "to", "related-to"}

// check reads the headers, and makes the decoder of messages from hosts of a byte order.
func (f *headerFlags) check(cmd *cobra.Command, order binary.ByteOrder) error {
	changed := cmd.Flags().Changed
	switch {
	case len(f.headers) == 0 && f.config == "":
		for _, flag := range []string{"struct", "include", "prelude", "define"} {
			if changed(flag) {
				return fmt.Errorf("--%s is for --header or --config, which say what the messages are", flag)
			}
		}
		return nil
	case len(f.headers) > 0 && f.config != "":
		return errors.New("--header and --config cannot be used together: a configuration names its headers")
	case f.config != "" && (changed("include") || changed("prelude") || changed("define")):
		return errors.New("--include, --prelude and --define are for --header: a configuration says them itself")
	}
	for _, flag := range ciliumOnly {
		if changed(flag) {
			return fmt.Errorf("--%s is for Cilium's messages, and these are of another header: see --struct and --filter", flag)
		}
	}
	for _, dir := range f.include {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return fmt.Errorf("--include %q: there is no such directory", dir)
		}
	}
	unit, err := f.read(order)
	if err != nil {
		return err
	}
	f.decoder, err = f.decoderOf(unit, order)
	return err
}

// read reads the headers as the sender's compiler did.
func (f *headerFlags) read(order binary.ByteOrder) (*header.Unit, error) {
	target := "bpfel"
	if order.Uint16([]byte{0, 1}) == 1 {
		target = "bpfeb"
	}
	if f.config != "" {
		return header.ReadConfig(f.config, target)
	}
	return header.Read(header.Options{
		Paths: f.headers, Include: f.include, Prelude: f.prelude, Defines: f.define, Target: target,
	})
}

// decoderOf returns the decoder of the structs that the flags name.
func (f *headerFlags) decoderOf(unit *header.Unit, order binary.ByteOrder) (*layout.Decoder, error) {
	requested := f.structs
	if len(requested) == 0 {
		known := unit.Configured()
		if f.config == "" {
			known = unit.Structs()
		}
		if len(known) != 1 {
			return nil, fmt.Errorf("say with --struct of which struct the messages are: there are %s", list(known))
		}
		requested = known
	}
	var structs []layout.Struct
	for _, text := range requested {
		s, err := structOf(unit, text)
		if err != nil {
			return nil, fmt.Errorf("--struct %s: %w", text, err)
		}
		structs = append(structs, s)
	}
	slices.SortStableFunc(structs, func(a, b layout.Struct) int { // what is told from others before what is not
		return len(b.When) - len(a.When)
	})
	d, err := layout.New(order, structs)
	if err != nil {
		return nil, fmt.Errorf("--struct: %w", err)
	}
	return d, nil
}

// list returns names for a message; "none" for no names.
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// structOf returns the struct and the conditions that a --struct names.
func structOf(unit *header.Unit, text string) (made layout.Struct, err error) {
	parts := strings.Split(text, ",")
	s, err := unit.Struct(strings.TrimSpace(parts[0]))
	if err != nil {
		return made, err
	}
	made = layout.Struct{Name: s.Name, Size: s.Size, Least: s.Least, Fields: fieldsOf(s.Fields)}
	for _, part := range parts[1:] {
		field, value, ok := strings.Cut(part, "=")
		field, value = strings.TrimSpace(field), strings.TrimSpace(value)
		if !ok || field == "" {
			return made, fmt.Errorf("%q is not FIELD=VALUE", part)
		}
		number, err := valueOf(unit, s, field, value)
		if err != nil {
			return made, err
		}
		made.When = append(made.When, layout.Condition{Field: field, Value: number})
	}
	return made, nil
}

// valueOf returns the number that stands for a field's value: a number, a constant's name, or a text of the field's names.
func valueOf(unit *header.Unit, s *header.Struct, field, value string) (uint64, error) {
	if v, err := strconv.ParseInt(value, 0, 64); err == nil {
		return uint64(v), nil
	}
	if v, err := strconv.ParseUint(value, 0, 64); err == nil {
		return v, nil
	}
	var known []string
	for _, f := range s.Fields {
		if f.Name == field && f.Enum != nil {
			for _, e := range f.Enum.Values {
				if e.C == value || e.Text == value {
					return uint64(e.Value), nil
				}
				known = append(known, e.C)
			}
		}
	}
	if v, ok := unit.Constant(value); ok {
		return uint64(v), nil
	}
	if len(known) > 0 {
		return 0, fmt.Errorf("%s is neither a number nor a value of %s: there are %s", value, field, list(known))
	}
	return 0, fmt.Errorf("%q is neither a number nor a constant of the headers", value)
}

// kinds are the kinds of fields as the decoder names them.
var kinds = map[header.Kind]layout.Kind{
	header.Uint: layout.Uint, header.Int: layout.Int, header.Bool: layout.Bool, header.Char: layout.Char, header.Float: layout.Float,
	header.Pointer: layout.Pointer, header.Record: layout.Record, header.Opaque: layout.Opaque,
}

// fieldsOf returns fields as the decoder takes them.
func fieldsOf(fields []*header.Field) []layout.Field {
	all := make([]layout.Field, 0, len(fields))
	for _, f := range fields {
		made := layout.Field{
			Name: f.Name, Doc: f.Doc, Kind: kinds[f.Kind], Order: layout.Order(f.Order), Offset: f.Offset, Size: f.Size,
			Dims: f.Dims, Width: f.Width, Bit: f.Bit, Enum: enumOf(f),
		}
		if made.Kind = addressKind(f, made.Kind); made.Kind == layout.Record {
			made.Fields = fieldsOf(f.Fields)
		}
		if made.Kind == layout.Address && len(made.Dims) > 0 && made.Size == 4 { // four words are one address
			made.Dims, made.Size = made.Dims[:len(made.Dims)-1], 16
		}
		all = append(all, made)
	}
	return all
}

// addressKind returns the kind of a field that is an address by its type, and where that could be something else, by its
// name too; else the kind that it has.
func addressKind(f *header.Field, kind layout.Kind) layout.Kind {
	last := 0
	if n := len(f.Dims); n > 0 {
		last = f.Dims[n-1]
	}
	element, _, _ := strings.Cut(f.Type, " [")
	switch {
	case element == "struct in_addr" && f.Size == 4, element == "struct in6_addr" && f.Size == 16:
		return layout.Address
	case element == "__be32" && (last == 0 || last == 4) && namesAddress(f.Name):
		return layout.Address
	case kind == layout.Uint && f.Size == 1 && (last == 16 || last == 4) && namesAddress(f.Name):
		return layout.Address
	case kind == layout.Uint && f.Size == 1 && last == 6 && (namesAddress(f.Name) || strings.Contains(strings.ToLower(f.Name), "mac")):
		return layout.MAC
	}
	return kind
}

// namesAddress reports whether a field's name says that it is an address: saddr, src_ip, remote_ip6.
func namesAddress(name string) bool {
	name = strings.ToLower(name)
	if strings.Contains(name, "addr") {
		return true
	}
	return slices.ContainsFunc(strings.Split(name, "_"), func(word string) bool {
		switch strings.TrimRight(word, "46v") {
		case "ip", "sip", "dip", "srcip", "dstip":
			return true
		}
		return false
	})
}

// enumOf returns the names of a field's values.
func enumOf(f *header.Field) *event.Enum {
	if f.Enum == nil {
		return nil
	}
	bits := f.Size * 8
	if f.Width > 0 {
		bits = f.Width
	}
	e := &event.Enum{Name: f.Enum.Name, Flags: f.Enum.Flags}
	texts := map[uint64]string{}
	for _, v := range f.Enum.Values {
		value := uint64(v.Value)
		if f.Kind != header.Int && bits < 64 {
			value &= 1<<bits - 1
		}
		text := v.Text
		if text == "" {
			text = v.C
		}
		if _, ok := texts[value]; ok {
			continue
		}
		texts[value] = text
		e.Values = append(e.Values, event.EnumValue{Value: value, C: v.C, Text: text})
	}
	e.Lookup = func(v uint64) (string, bool) {
		text, ok := texts[v]
		return text, ok
	}
	return e
}
