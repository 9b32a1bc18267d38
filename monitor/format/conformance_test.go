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
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/internal/v153"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/format"
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

// TestConformanceSamples prints each recorded message as v1.5.3 did.
func TestConformanceSamples(t *testing.T) {
	all := samples(t)
	if len(all) < 2000 {
		t.Fatalf("only %d samples", len(all))
	}
	for _, s := range all {
		if !v153.Has(s.data) {
			continue
		}
		var out countWrites
		f := formatterFor(s.Verbosity)
		f.Output = &out
		f.FormatSample(s.data, s.CPU)
		if diff := cmp.Diff(v153.Text(s.Stdout), out.String()); diff != "" {
			t.Errorf("%s at %s, %s (-v1.5.3 +got):\n%s", s.Name, s.Verbosity, s.Hex, diff)
		}
		if out.writes > 1 {
			t.Errorf("%s at %s: %d writes", s.Name, s.Verbosity, out.writes)
		}
	}
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
	var got []byte
	r := payload.NewReader(session)
	for {
		var pl payload.Payload
		if err := r.Next(&pl); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if pl.Type == payload.EventSample && !v153.Has(pl.Data) {
			continue
		}
		var ok bool
		if got, ok = f.AppendEvent(got, &pl); !ok {
			t.Errorf("payload of type %d is not known", pl.Type)
		}
	}
	if diff := cmp.Diff(v153.Text(string(want)), string(got)); diff != "" {
		t.Errorf("(-v1.5.3 +got):\n%s", diff)
	}
}
