// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/internal/gobplan"
	"github.com/lockstep-bpf/lockstep/monitor/internal/reference"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// verbosities are those that the samples name.
var verbosities = []string{"info", "debug", "hex", "json"}

// checkSample formats a sample at each verbosity, twice, and checks what must hold for any: it agrees with the
// straightforward formatter, it is safe for a terminal, it ends its lines, it is JSON where it should be, and it does not
// depend on what was formatted before.
func checkSample(t *testing.T, data []byte) {
	t.Helper()
	for _, verbosity := range verbosities {
		f := formatterFor(verbosity)
		got := string(f.AppendSample(nil, data, 3))
		if again := string(f.AppendSample([]byte("before"), data, 3)); again != "before"+got {
			t.Errorf("%x at %s: %q, then %q", data, verbosity, got, again)
		}
		checkLines(t, got, verbosity == "json")
		if stricter(data) {
			checkError(t, got, verbosity == "json")
			continue // gob could spend any amount of memory on it
		}
		want := straightFor(verbosity).sample(data, 3)
		if want == errBad {
			checkError(t, got, verbosity == "json")
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%x at %s (-straightforward +got):\n%s", data, verbosity, diff)
		}
	}
}

// stricter reports whether a message of the agent is refused for one of the reasons for which gob would take it: they are
// those that package gobplan documents.
func stricter(data []byte) bool {
	var err error
	switch {
	case len(data) == 0:
	case data[0] == api.MessageTypeAccessLog:
		err = new(monitor.LogRecordNotify).Decode(data)
	case data[0] == api.MessageTypeAgent:
		err = new(api.AgentNotify).Decode(data)
	}
	var refused *gobplan.Error
	return errors.As(err, &refused) && reference.StricterThanGob(refused.Reason)
}

// checkLines checks that output is whole lines that are safe for a terminal, and in JSON mode one object.
func checkLines(t *testing.T, out string, asJSON bool) {
	t.Helper()
	if out == "" {
		return
	}
	if !strings.HasSuffix(out, "\n") {
		t.Errorf("the line is open: %q", out)
	}
	unsafe := func(r rune) bool { return unsafeRune(r) && r != '\n' && (r != '\t' || asJSON) }
	if !utf8.ValidString(out) || strings.ContainsFunc(out, unsafe) {
		t.Errorf("unsafe for a terminal: %q", out)
	}
	if asJSON && (strings.Count(out, "\n") != 1 || !json.Valid([]byte(out)) || out[0] != '{') {
		t.Errorf("not one JSON object on a line: %q", out)
	}
}

// checkError checks that output is one error.
func checkError(t *testing.T, out string, asJSON bool) {
	t.Helper()
	if !asJSON {
		if !strings.HasPrefix(out, "CPU 03: Error: ") || strings.Count(out, "\n") != 1 {
			t.Errorf("not an error line: %q", out)
		}
		return
	}
	var v struct{ Type, CPU, Message string }
	if err := json.Unmarshal([]byte(out), &v); err != nil || v.Type != "error" || v.CPU != "CPU 03:" || v.Message == "" {
		t.Errorf("not an error object: %q (%v)", out, err)
	}
}

// distinct returns the data of the recorded samples, up to a number of each type.
func distinct(t testing.TB, perType int) [][]byte {
	var all [][]byte
	seen := make(map[byte]int)
	for _, s := range samples(t) {
		if seen[s.data[0]]++; seen[s.data[0]] <= perType {
			all = append(all, s.data)
		}
	}
	return all
}

// hostile are messages that nobody should send, with what they print at info. They feed the fuzz target too.
var hostile = []struct {
	name string
	data []byte
	want string
}{
	{"nothing", nil, "CPU 03: Error: empty message\n"},
	{"type 0", []byte{0}, "CPU 03: Unknown event: [0]\n"},
	{"type 77", []byte{77, 1, 255}, "CPU 03: Unknown event: [77 1 255]\n"},
	{"drop, only its type", []byte{1}, "CPU 03: Error: drop_notify: need 32 bytes, have 1\n"},
	{"drop, a byte short", make31(api.MessageTypeDrop), "CPU 03: Error: drop_notify: need 32 bytes, have 31\n"},
	{"trace, a byte short", make31(api.MessageTypeTrace), "CPU 03: Error: trace_notify: need 32 bytes, have 31\n"},
	{"capture, short", []byte{3, 4}, "CPU 03: Error: debug_capture_msg: need 24 bytes, have 2\n"},
	{"debug, short", []byte{2, 4}, "CPU 03: Error: debug_msg: need 20 bytes, have 2\n"},
	{"agent, only its type", []byte{130}, ""},
	{"agent, not gob", []byte("\x82not gob at all"), ""},
	{"agent, length of 1 GiB", []byte("\x82\xfc\x40\x00\x00\x00\x01"), ""},
	{"agent, length of 16 EiB", []byte("\x82\xf8\xff\xff\xff\xff\xff\xff\xff\xff"), ""},
	{"agent, interface value", []byte("\x82\x2a\x7f\x03\x01\x01\x0bAgentNotify\x01\xff\x80\x00\x01\x02\x01\x04Typo\x01\x10\x00" +
		"\x01\x04Text\x01\x0c\x00\x00\x00\x2e\xff\x80\x01\x05\x01\x27" + `{"id":39519,"labels":["k8s:k11blu=xs"]}` + "\x00"), ""},
	{"access log, only its type", []byte{129}, ""},
	{"access log, zeros", append([]byte{129}, make([]byte, 100)...), ""},
	{"drop that captured more than there is", append([]byte{1, 133, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255},
		make([]byte, 16)...), "xx drop (Policy denied (L3)) flow 0x0 to endpoint 0, identity 0->0: [unknown]\n"},
}

func make31(messageType byte) []byte {
	data := make([]byte, 31)
	data[0] = messageType
	return data
}

func TestHostile(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			checkSample(t, tt.data)
			got := string(formatterFor("info").AppendSample(nil, tt.data, 3))
			if tt.want != "" && got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if tt.want == "" {
				checkError(t, got, false)
			}
		})
	}
}

// effort returns how much of something to try: a tenth of it in short mode, as for an emulated machine.
func effort(n int) int {
	if testing.Short() {
		return max(1, n/10)
	}
	return n
}

// TestWronglyTyped gives each sample the type of every other.
func TestWronglyTyped(t *testing.T) {
	for _, data := range distinct(t, effort(5)) {
		data = bytes.Clone(data)
		for _, messageType := range []byte{0, 1, 2, 3, 4, 5, 128, 129, 130, 255} {
			data[0] = messageType
			checkSample(t, data)
		}
	}
}

// TestTruncated cuts samples at every length.
func TestTruncated(t *testing.T) {
	for _, data := range distinct(t, effort(10)) {
		step := max(1, len(data)/200) // records are long
		for n := 0; n < len(data); n += step {
			checkSample(t, data[:n])
		}
	}
}

// TestChanged changes single bytes of samples.
func TestChanged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, data := range distinct(t, effort(10)) {
		data = bytes.Clone(data)
		for range 100 {
			i := r.IntN(len(data))
			old := data[i]
			data[i] = byte(r.Uint32())
			checkSample(t, data)
			data[i] = old
		}
	}
}

// random is how many random samples TestRandom tries.
var random = flag.Int("random", 10000, "number of random samples to try")

func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range effort(*random) {
		data := make([]byte, r.IntN(200))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		if len(data) > 0 && r.IntN(2) == 0 {
			data[0] = byte(r.IntN(5)) // otherwise most types are unknown
		}
		checkSample(t, data)
	}
}

// TestHuge formats the largest samples that a payload can hold.
func TestHuge(t *testing.T) {
	huge := make([]byte, payload.MaxSize)
	for _, messageType := range []byte{api.MessageTypeDebug, api.MessageTypeAccessLog, api.MessageTypeAgent} {
		huge[0] = messageType
		for _, verbosity := range []string{"info", "json"} {
			out := formatterFor(verbosity).AppendSample(nil, huge, 3)
			checkLines(t, string(out), verbosity == "json")
			if len(out) > 1<<10 {
				t.Errorf("type %d at %s: %d bytes", messageType, verbosity, len(out))
			}
		}
	}
}

// captured returns the data of messages that came out of a kernel.
func captured(t testing.TB) [][]byte {
	t.Helper()
	f, err := os.Open("../../cmd/bpfmon/testdata/live.gob")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all [][]byte
	for r := payload.NewReader(f); ; {
		var pl payload.Payload
		if err := r.Next(&pl); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, pl.Data)
	}
}

func FuzzSample(f *testing.F) {
	for _, data := range captured(f) {
		f.Add(data)
	}
	for _, data := range distinct(f, 40) {
		f.Add(data)
	}
	for _, tt := range hostile {
		f.Add(tt.data)
	}
	f.Fuzz(checkSample)
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte{1}, 0, uint64(0), payload.EventSample)
	f.Add([]byte(nil), -1, uint64(1<<63), payload.RecordLost)
	f.Add([]byte(nil), 1000, uint64(0), 77)
	f.Fuzz(func(t *testing.T, data []byte, cpu int, lost uint64, typ int) {
		for _, verbosity := range verbosities {
			m := formatterFor(verbosity)
			out, ok := m.AppendEvent(nil, &payload.Payload{Data: data, CPU: cpu, Lost: lost, Type: typ})
			checkLines(t, string(out), verbosity == "json")
			if known := typ == payload.EventSample || typ == payload.RecordLost; ok != known {
				t.Errorf("type %d: %v", typ, ok)
			}
			if typ == payload.RecordLost && len(out) == 0 {
				t.Error("a lost record prints nothing")
			}
		}
	})
}
