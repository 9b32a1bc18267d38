// SPDX-License-Identifier: Apache-2.0

package cilium_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/golden"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// rule is a fault of a release that is not copied. Its samples are not left out: what is printed for them is compared too,
// with the fault put in.
type rule struct {
	name    string
	applies func(*sample) bool
	// faulty returns what is printed, and what Cilium printed, made alike by putting the fault in or taking it out.
	faulty func(t *testing.T, d *cilium.Decoder, s *sample) (got, want string)
}

// TestSamples compares what is printed with what v1.20.2 printed.
func TestSamples(t *testing.T) {
	compareSamples(t, "1.20.2", "cilium-v1.20.2-samples.jsonl.gz", squeeze, rules20)
}

// TestChangedSamples compares it for messages that are those samples with other fields, packets and lengths.
func TestChangedSamples(t *testing.T) {
	compareSamples(t, "1.20.2", "cilium-v1.20.2-changed.jsonl.gz", squeeze, rules20)
}

// TestFacts compares the facts that v1.15.19 printed, whose text differs in its form: see plain.
func TestFacts(t *testing.T) {
	compareSamples(t, "1.15.19", "cilium-v1.15.19-samples.jsonl.gz", plain, rules15)
}

func compareSamples(t *testing.T, release, file string, facts func(string) string, rules []rule) {
	t.Helper()
	d, err := cilium.NewDecoder(release)
	if err != nil {
		t.Fatal(err)
	}
	equal, alike, by := 0, 0, map[string]int{}
	wrong := golden.Differences{Edit: "the text of a message is in monitor/wire/cilium, of a code in bpf/cilium"}
	for _, s := range samplesIn(t, file) {
		got, want := s.print(d), s.Stdout
		if squeeze(got) == squeeze(want) {
			equal++
			continue
		}
		if facts(got) == facts(want) {
			alike++
			continue
		}
		i := slices.IndexFunc(rules, func(r rule) bool { return r.applies(&s) })
		if i >= 0 {
			got, want = rules[i].faulty(t, d, &s)
			by[rules[i].name]++
			if facts(got) == facts(want) {
				continue
			}
		}
		wrong.Add(t, "%s at %s, %s:\n want %q\n  got %q", s.Name, s.Verbosity, golden.Cut(s.Hex, 80), golden.Cut(facts(want), 1000),
			golden.Cut(facts(got), 1000))
	}
	wrong.End(t)
	t.Logf("%d equal, %d with equal facts; by rule %v", equal, alike, by)
}

func (s *sample) kind() byte {
	if len(s.data) == 0 {
		return 0
	}
	return s.data[0]
}

// with returns a sample with other data and verbosity.
func (s *sample) with(verbosity string, change func(data []byte)) *sample {
	other := *s
	other.Verbosity, other.data = verbosity, bytes.Clone(s.data)
	if change != nil {
		change(other.data)
	}
	return &other
}

// asText is faulty of messages that Cilium prints as a line, or not at all, where JSON is asked for.
func asText(t *testing.T, d *cilium.Decoder, s *sample) (got, want string) {
	if out := s.print(d); !json.Valid([]byte(out)) {
		t.Errorf("%s: no JSON: %s", s.Name, out)
	}
	return s.with("info", nil).print(d), s.Stdout
}

var bracket = regexp.MustCompile(`(IP-TRACE-ID=[0-9]+) \]\n`)

// exchanged is faulty of a drop, which prints hex where headers are asked for, and headers for hex.
func exchanged(_ *testing.T, d *cilium.Decoder, s *sample) (got, want string) {
	verbosity := map[string]string{"hex": "verbose", "verbose": "hex"}[s.Verbosity]
	return s.with(verbosity, nil).print(d), s.Stdout
}

var rules20 = []rule{
	{"JSON where Cilium has none", func(s *sample) bool {
		return s.Verbosity == "json" && !strings.HasPrefix(s.Stdout, "{")
	}, asText},
	{"drop: hex and headers exchanged, trace id without bracket and line end", func(s *sample) bool {
		return s.kind() == cilium.TypeDrop && (s.Verbosity == "hex" || s.Verbosity == "verbose") && strings.Contains(s.Stdout, "IP-TRACE-ID")
	}, func(t *testing.T, d *cilium.Decoder, s *sample) (got, want string) {
		got, want = exchanged(t, d, s)
		return bracket.ReplaceAllString(got, "$1"), want
	}},
	{"drop: hex and headers exchanged", func(s *sample) bool {
		return s.kind() == cilium.TypeDrop && (s.Verbosity == "hex" || s.Verbosity == "verbose")
	}, exchanged},
	{"debug codes 66 to 68 are off by one", func(s *sample) bool {
		return s.kind() == cilium.TypeDbgMsg && len(s.data) > 1 && s.data[1] >= 66 && s.data[1] <= 68
	}, func(_ *testing.T, d *cilium.Decoder, s *sample) (got, want string) {
		got = s.with(s.Verbosity, func(data []byte) { data[1]++ }).print(d)
		return strings.Replace(got, "type=69", "type=68", 1), s.Stdout
	}},
}

// failed is how v1.15.19 says that it cannot decode a message. A record of zeros follows.
var failed = regexp.MustCompile(`^Error while (?:parsing|decoding) [^:]*: ([^\n]*)\n[^\x00]*`)

// short is how either says that a message is too short.
var short = regexp.MustCompile(`^(unexpected EOF|Unknown trace event|unexpected \w+ data length.*)$`)

// cause is how it is said here.
var cause = regexp.MustCompile(`^cannot decode message type '\d+': ([^\n]*)\n`)

var rules15 = []rule{
	{"trace of version 2: an error, though the byte says where its packet is", func(s *sample) bool {
		return strings.HasPrefix(s.Stdout, "Error while parsing trace notification message: Unrecognized trace event (version 2)\n")
	}, func(t *testing.T, d *cilium.Decoder, s *sample) (got, want string) {
		got = s.print(d)
		if bad := strings.Contains(got, "cannot decode") || strings.Contains(got, `"type":"error"`); bad != (len(s.data) < 56) {
			t.Errorf("%s: %s", s.Name, got)
		}
		return "", "" // TestStraightforward compares its fields
	}},
	{"a message that cannot be decoded: an error, and a record of zeros", func(s *sample) bool {
		return failed.MatchString(s.Stdout)
	}, func(_ *testing.T, d *cilium.Decoder, s *sample) (got, want string) {
		got = cause.ReplaceAllString(s.with("info", nil).print(d), "$1")
		want = failed.ReplaceAllString(s.Stdout, "$1")
		for _, text := range []*string{&got, &want} {
			if short.MatchString(*text) {
				*text = "too short"
			}
		}
		return got, want
	}},
	{"drop of version 2 or 3: its packet is read where version 1 has it", func(s *sample) bool {
		return s.kind() == cilium.TypeDrop && len(s.data) >= 36 && (s.data[14] == 2 || s.data[14] == 3) && s.data[15] == 0
	}, func(_ *testing.T, d *cilium.Decoder, s *sample) (got, want string) {
		return s.with(s.Verbosity, func(data []byte) { data[14] = 1 }).print(d), s.Stdout
	}},
	{"JSON where Cilium has none", func(s *sample) bool {
		return s.Verbosity == "json" && !strings.HasPrefix(s.Stdout, "{")
	}, asText},
}

// forms are where the text of v1.15.19 has another form.
var forms = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(` Multipath=false`), ""},
	{regexp.MustCompile(`<unknown-id-(\d+)>`), "unknown($1)"},
	{regexp.MustCompile(`  Failed to decode layer: No decoder for layer type [^\n]*\n`), ""}, // what is behind the headers that count
	{regexp.MustCompile(` icmp ([A-Z0-9])`), " $1"},
	{regexp.MustCompile(` (vrrp VRRPv2|igmp) [^\n"]*`), ""},
	{regexp.MustCompile(`(IGMP|VRRPv2)\t\{[^\n]*\n`), ""},
	{regexp.MustCompile(`,?"(igmp|vrrp)":"[^"]*"`), ""},
	{regexp.MustCompile(`,"summary":\{\}`), ""}, // no header that is known
	{regexp.MustCompile(`[^\n]*Failed to decode layer: [^\n]*\n`), ""},
}

// plain returns a text without what is form: the lines are sorted, as v1.15.19 prints packets before their lines.
func plain(text string) string {
	for _, f := range forms {
		text = f.pattern.ReplaceAllString(text, f.with)
	}
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return squeeze(strings.Join(lines, "\n"))
}
