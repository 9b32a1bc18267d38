// SPDX-License-Identifier: Apache-2.0

package cilium_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
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
	f, err := os.Open("testdata/cilium-v" + release + "-samples.jsonl.gz")
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

func TestSamples(t *testing.T) {
	d, err := cilium.NewDecoder("1.20.2")
	if err != nil {
		t.Fatal(err)
	}
	equal, exempt, wrong := 0, map[string]int{}, 0
	for _, s := range samples(t, "1.20.2") {
		got := s.print(d)
		switch rule := exemption(&s); {
		case squeeze(got) == squeeze(s.Stdout):
			equal++
		case rule != "":
			exempt[rule]++
		default:
			if wrong++; wrong <= 20 {
				t.Errorf("%s at %s, %s:\n want %q\n  got %q", s.Name, s.Verbosity, s.Hex, s.Stdout, got)
			}
		}
	}
	t.Logf("%d equal, %v by rule, %d wrong", equal, exempt, wrong)
}

// exemption returns the rule by which a sample's text is not to be copied, or "".
func exemption(s *sample) string {
	kind := byte(0)
	if len(s.data) > 0 {
		kind = s.data[0]
	}
	failed := strings.HasPrefix(s.Stdout, "cannot decode")
	switch {
	case s.Verbosity == "json" && (kind == cilium.TypePolicyVerdict || kind == cilium.TypeTraceSock || failed || bytes.HasPrefix([]byte(s.Stdout), []byte("CPU "))):
		return "JSON where Cilium has none"
	case kind == cilium.TypeDrop && (s.Verbosity == "hex" || s.Verbosity == "verbose"):
		return "drop: hex and headers exchanged"
	case kind == cilium.TypeDbgMsg && len(s.data) > 1 && s.data[1] >= 66 && s.data[1] <= 68:
		return "debug codes 66 to 68 are off by one"
	}
	return ""
}

// TestFacts compares the facts that v1.15.19 printed, whose text differs in its form: see plain.
func TestFacts(t *testing.T) {
	d, err := cilium.NewDecoder("1.15.19")
	if err != nil {
		t.Fatal(err)
	}
	equal, facts, exempt, wrong := 0, 0, map[string]int{}, 0
	for _, s := range samples(t, "1.15.19") {
		got := s.print(d)
		switch rule := exemption15(&s); {
		case squeeze(got) == squeeze(s.Stdout):
			equal++
		case plain(got) == plain(s.Stdout):
			facts++
		case rule != "":
			exempt[rule]++
		default:
			if wrong++; wrong <= 20 {
				t.Errorf("%s at %s, %s:\n want %q\n  got %q", s.Name, s.Verbosity, s.Hex, plain(s.Stdout), plain(got))
			}
		}
	}
	t.Logf("%d equal, %d with equal facts, %v by rule, %d wrong", equal, facts, exempt, wrong)
}

// forms are where the text of v1.15.19 has another form.
var forms = []struct{ pattern, with string }{
	{` Multipath=false`, ""},
	{`<unknown-id-(\d+)>`, "unknown($1)"},
	{`  Failed to decode layer: No decoder for layer type [^\n]*\n`, ""}, // what is behind the headers that count
	{` icmp ([A-Z0-9])`, " $1"},
	{` (vrrp VRRPv2|igmp) [^\n"]*`, ""},
	{`(IGMP|VRRPv2)\t\{[^\n]*\n`, ""},
	{`,?"(igmp|vrrp)":"[^"]*"`, ""},
	{`[^\n]*Failed to decode layer: [^\n]*\n`, ""},
}

// plain returns a text without what is form: the lines are sorted, as v1.15.19 prints packets before their lines.
func plain(text string) string {
	for _, f := range forms {
		text = regexp.MustCompile(f.pattern).ReplaceAllString(text, f.with)
	}
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return squeeze(strings.Join(lines, "\n"))
}

// exemption15 is exemption for v1.15.19.
func exemption15(s *sample) string {
	kind := byte(0)
	if len(s.data) > 0 {
		kind = s.data[0]
	}
	switch {
	case strings.Contains(s.Stdout, "Error while"):
		return "a message that cannot be decoded: an error, and a record of zeros"
	case s.Verbosity == "json" && (kind == cilium.TypePolicyVerdict || kind >= 6 && kind < 129 || strings.HasPrefix(s.Stdout, "CPU ")):
		return "JSON where Cilium has none"
	case kind == 6 && s.Verbosity == "hex":
		return "the recorder never prints hex"
	case s.Verbosity == "json" && strings.Contains(s.Stdout, `"summary":{}`):
		return "a summary without a header"
	}
	return ""
}
