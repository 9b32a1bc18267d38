// SPDX-License-Identifier: Apache-2.0

package cilium_test

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// sample is a message with what a release printed for it.
type sample struct {
	Name      string `json:"name"`
	CPU       int    `json:"cpu"`
	Verbosity string `json:"verbosity"` // info, debug, verbose, hex or json
	Numeric   bool   `json:"numeric"`
	Hex       string `json:"data"`
	Stdout    string `json:"stdout"`

	data []byte
}

func (s *sample) style() event.Style {
	form := map[string]event.Form{
		"info": event.Info, "debug": event.Debug, "verbose": event.Verbose, "hex": event.Verbose, "json": event.JSON,
	}[s.Verbosity]
	return event.Style{Form: form, Hex: s.Verbosity == "hex", Numeric: s.Numeric}
}

// samples returns the recorded samples of a release.
func samples(t testing.TB, release string) []sample {
	t.Helper()
	return samplesIn(t, "cilium-v"+release+"-samples.jsonl.gz")
}

// read keeps the samples of each file: to unpack them takes as long as a test.
var read sync.Map

func samplesIn(t testing.TB, name string) []sample {
	t.Helper()
	if all, ok := read.Load(name); ok {
		return slices.Clone(all.([]sample))
	}
	all := unpack(t, name)
	read.Store(name, all)
	return slices.Clone(all)
}

func unpack(t testing.TB, name string) []sample {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for d := json.NewDecoder(z); ; {
		var s sample
		if err := d.Decode(&s); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if s.data, err = hex.DecodeString(s.Hex); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
}

// print returns what is printed of a sample.
func (s *sample) print(d *cilium.Decoder) string {
	e := event.Event{CPU: s.CPU, Kind: event.Sample, Raw: s.data, Host: &event.Host{Order: binary.LittleEndian}}
	d.Decode(&e)
	style := s.style()
	return string(text.AppendEvent(nil, &e, &style))
}

// squeeze takes out all white space, and makes two commas one: neither is copied where Cilium prints too much of it.
func squeeze(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	for strings.Contains(text, ",,") {
		text = strings.ReplaceAll(text, ",,", ",")
	}
	return text
}
