// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/internal/golden"
	"github.com/lockstep-bpf/lockstep/internal/v153"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/format"
	"github.com/lockstep-bpf/lockstep/monitor/internal/reference"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// sample is a message with what v1.5.3 printed for it.
type sample struct {
	Name      string `json:"name"`
	CPU       int    `json:"cpu"`
	Verbosity string `json:"verbosity"` // info, debug, hex or json
	Hex       string `json:"data"`
	Stdout    string `json:"stdout"`

	data []byte
}

// samples returns the recorded samples.
func samples(t testing.TB) []sample {
	t.Helper()
	f, err := os.Open("../testdata/v1.5.3-samples.jsonl.gz")
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

// recorded is the host on which the samples were recorded, without its interfaces.
var recorded = &monitor.Host{Order: binary.LittleEndian}

// formatterFor returns a formatter for a verbosity that a sample names.
func formatterFor(verbosity string) *format.MonitorFormatter {
	f := format.NewMonitorFormatter(map[string]format.Verbosity{
		"info": format.INFO, "debug": format.DEBUG, "hex": format.DEBUG, "json": format.JSON,
	}[verbosity])
	f.Hex = verbosity == "hex"
	f.Host = recorded
	return f
}

// countWrites counts the writes that it passes on.
type countWrites struct {
	bytes.Buffer
	writes int
}

func (c *countWrites) Write(p []byte) (int, error) {
	c.writes++
	return c.Buffer.Write(p)
}

// packetIn returns the packet in a message of the datapath.
func packetIn(data []byte) []byte {
	header, at := 0, 12 // the length of what stands in front of the packet, and where its captured length stands
	switch data[0] {
	case api.MessageTypeDrop:
		header = monitor.DropNotifyLen
	case api.MessageTypeTrace:
		header = monitor.TraceNotifyLen
	case api.MessageTypeCapture:
		header = monitor.DebugCaptureLen
	}
	if header == 0 || len(data) < header {
		return nil
	}
	captured := binary.LittleEndian.Uint32(data[at:])
	return data[header:][:min(uint64(captured), uint64(len(data)-header))]
}

// TestConformanceSamples prints each recorded message as v1.5.3 did, unless a rule of package reference applies to its
// packet: then it must print what the rule says.
func TestConformanceSamples(t *testing.T) {
	all := samples(t)
	if len(all) < 2000 {
		t.Fatalf("only %d samples", len(all))
	}
	exempt := make(map[string]int)
	differ := golden.Differences{Edit: "the text of a message is in monitor/NAME.go, of a packet in monitor/internal/packet, of a code in bpf/lib"}
	for _, s := range all {
		if !v153.Has(s.data) {
			continue
		}
		if rules := reference.Rules(packetIn(s.data)); len(rules) > 0 && s.Verbosity != "hex" {
			want := straight{json: s.Verbosity == "json", verbose: s.Verbosity == "debug"}.sample(s.data, s.CPU)
			if want != s.Stdout {
				exempt[rules[0]]++
				s.Stdout = want
			}
		}
		var out countWrites
		f := formatterFor(s.Verbosity)
		f.Output = &out
		f.FormatSample(s.data, s.CPU)
		if diff := cmp.Diff(v153.Text(s.Stdout), out.String()); diff != "" {
			differ.Add(t, "%s at %s, %s (-v1.5.3 +got):\n%s", s.Name, s.Verbosity, golden.Cut(s.Hex, 80), golden.Cut(diff, 2000))
		}
		if out.writes > 1 {
			differ.Add(t, "%s at %s: %d writes", s.Name, s.Verbosity, out.writes)
		}
	}
	differ.End(t)
	t.Logf("%d samples, printed by a rule: %v", len(all), exempt)
}

// TestConformanceStream replays a recorded session.
func TestConformanceStream(t *testing.T) {
	session, err := os.Open("../payload/testdata/v1.5.3-stream.gob")
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	want, err := os.ReadFile("../testdata/v1.5.3-stream.expected.txt")
	if err != nil {
		t.Fatal(err)
	}
	f := formatterFor("info")
	rest, exempt := string(want), 0
	var all []byte
	r := payload.NewReader(session)
	for {
		var pl payload.Payload
		if err := r.Next(&pl); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		got, ok := f.AppendEvent(nil, &pl)
		if !ok {
			t.Errorf("payload of type %d is not known", pl.Type)
		}
		all = append(all, got...)
		var line string
		line, rest = cutLines(rest, bytes.Count(got, []byte{'\n'}))
		if pl.Type == payload.EventSample && !v153.Has(pl.Data) {
			continue
		}
		if pl.Type == payload.EventSample && len(reference.Rules(packetIn(pl.Data))) > 0 {
			exempt++
			line = straight{}.sample(pl.Data, pl.CPU)
		}
		if diff := cmp.Diff(v153.Text(line), string(got)); diff != "" {
			t.Fatalf("(-v1.5.3 +got):\n%s", diff)
		}
	}
	if rest != "" {
		t.Errorf("missing: %s", rest)
	}
	t.Logf("printed by a rule: %d", exempt)
	const name = "../testdata/v1.5.3-stream.printed.txt"
	printed, err := os.ReadFile(name)
	if diff := cmp.Diff(v153.Text(string(printed)), string(all)); err != nil || diff != "" {
		t.Errorf("%s, which the tests of bpfmon use, is not what is printed (%v):\n%s", name, err, golden.Cut(diff, 2000))
	}
}

// cutLines splits s behind n lines.
func cutLines(s string, n int) (lines, rest string) {
	at := 0
	for range n {
		at += strings.IndexByte(s[at:], '\n') + 1
	}
	return s[:at], s[at:]
}
