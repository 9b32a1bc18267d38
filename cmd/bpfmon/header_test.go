// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/header"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/wire/layout"
)

// eventsHeader is the header of an invented project.
const eventsHeader = "testdata/header/events.h"

// execMessage returns an exec_event from a host of a byte order.
func execMessage(order binary.AppendByteOrder) []byte {
	b := headMessage(order, 1, -13)
	b = order.AppendUint32(b, 4711)
	b = order.AppendUint32(b, 1)
	b = append(b, "ba\x1b[2Jsh\x00junk be"...)
	b = append(b, "-c\x00\x00\x00\x00\x00\x00longwith"...)
	for i := range uint64(3) {
		b = order.AppendUint64(b, i<<40)
	}
	return append(b, 1, 0xde, 0xad, 0x01, 0, 0, 0, 0)
}

// headMessage returns an event_head.
func headMessage(order binary.AppendByteOrder, kind byte, result int32) []byte {
	bits := byte(5 | 1<<3 | 9<<4)
	if order.String() == "BigEndian" {
		bits = 5<<5 | 1<<4 | 9
	}
	b := order.AppendUint16([]byte{kind, bits}, 7)
	return order.AppendUint32(b, uint32(result))
}

// connectMessage returns a connect_event with a note.
func connectMessage(order binary.AppendByteOrder) []byte {
	b := headMessage(order, 2, 0)
	for i := range byte(2) {
		b = append(b, 10, 0, 0, 1+i)
		b = append(b, make([]byte, 12)...)
		b = append(b, 0x1f, 0x90, 2, 0, 0, 0, 0, i)
	}
	b = order.AppendUint64(b, 0xffff888012345678)
	b = order.AppendUint32(b, 2)
	b = order.AppendUint16(b, 0xfffe)
	return append(b, "hello"...)
}

// recordMessages makes a recording of messages.
func recordMessages(t *testing.T, messages ...[]byte) string {
	t.Helper()
	var b bytes.Buffer
	w := payload.NewWriter(&b)
	for _, m := range messages {
		if err := w.Write(&payload.Payload{Data: m, CPU: 3, Type: payload.EventSample}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "events.gob")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// replayed returns what replay prints of a recording.
func replayed(t *testing.T, wantCode int, args ...string) (out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	if code := run(append([]string{"replay"}, args...), stdio{nil, &o, &e}); code != wantCode {
		t.Errorf("%q: exit code %d, want %d: %s", args, code, wantCode, e.String())
	}
	return o.String(), e.String()
}

const (
	wantExec = `exec_event head={kind=EVENT_EXEC version=5 first=1 level=9 cpu=7 result=VERDICT_DENY} pid=4711 ppid=1 ` +
		`comm="ba\x1b[2Jsh" args=["-c","longwith"] counts=[0,1099511627776,2199023255552] root=true key=dead01` + "\n"
	wantConnect = `connect_event head={kind=EVENT_CONNECT version=5 first=1 level=9 cpu=7 result=VERDICT_PASS} ` +
		`from={addr=10.0.0.1 addr6=a00:1:: port=8080 mac=02:00:00:00:00:00} to={addr=10.0.0.2 addr6=a00:2:: port=8080 mac=02:00:00:00:00:01} ` +
		`sock=0xffff888012345678 again=EVENT_CONNECT delta=-2 note="hello"` + "\n"
)

// bothStructs are the flags for messages of both structs.
var bothStructs = []string{"--header", eventsHeader, "--struct", "exec_event,head.kind=1", "--struct", "connect_event,head.kind=EVENT_CONNECT"}

// TestHeader checks that messages print as their header describes them, from hosts of either byte order.
func TestHeader(t *testing.T) {
	for name, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
		path := recordMessages(t, execMessage(order), connectMessage(order))
		got, _ := replayed(t, 0, append(bothStructs, "--byte-order", name, path)...)
		if got != wantExec+wantConnect {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, wantExec+wantConnect)
		}
	}
}

// headerJSON is a message of one of the structs as JSON.
type headerJSON struct {
	CPU    string         `json:"cpu"`
	Type   string         `json:"type"`
	Fields map[string]any `json:"fields"`
	More   int            `json:"moreBytes"`
}

// TestHeaderJSON checks that JSON has what text has: nested structs as objects, arrays as arrays, names for numbers.
func TestHeaderJSON(t *testing.T) {
	path := recordMessages(t, append(execMessage(binary.LittleEndian), make([]byte, 12)...), connectMessage(binary.LittleEndian))
	out, _ := replayed(t, 0, append(bothStructs, "--byte-order", "little", "--json", path)...)
	d := json.NewDecoder(strings.NewReader(out))
	var exec, connect headerJSON
	for _, into := range []*headerJSON{&exec, &connect} {
		if err := d.Decode(into); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	head := map[string]any{"kind": "EVENT_EXEC", "version": 5.0, "first": 1.0, "level": 9.0, "cpu": 7.0, "result": "VERDICT_DENY"}
	want := headerJSON{"CPU 03:", "exec_event", map[string]any{
		"head": head, "pid": 4711.0, "ppid": 1.0, "comm": "ba\x1b[2Jsh", "args": []any{"-c", "longwith"},
		"counts": []any{0.0, 1099511627776.0, 2199023255552.0}, "root": true, "key": "dead01",
	}, 12}
	if diff := cmp.Diff(want, exec); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if from := connect.Fields["from"]; !cmp.Equal(from, map[string]any{
		"addr": "10.0.0.1", "addr6": "a00:1::", "port": 8080.0, "mac": "02:00:00:00:00:00"}) {
		t.Errorf("from is %v", from)
	}
	if strings.ContainsRune(out, '\x1b') {
		t.Error("JSON holds an escape")
	}
}

// TestHeaderVerbose holds what -v and --hex print.
func TestHeaderVerbose(t *testing.T) {
	path := recordMessages(t, connectMessage(binary.LittleEndian))
	out, _ := replayed(t, 0, append(bothStructs, "--byte-order", "little", "-v", path)...)
	for _, want := range []string{
		"CPU 03: connect_event, 75 bytes\n", "\n    from = {addr=10.0.0.1 ", "\n    delta = -2\n", "\n    note = \"hello\"\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out, _ = replayed(t, 0, append(bothStructs, "--byte-order", "little", "--hex", path)...)
	if !strings.Contains(out, "CPU 03: connect_event, 75 bytes\n00000000  02") {
		t.Errorf("printed\n%s", out)
	}
}

// TestHeaderFilter checks that filters and summaries find the fields of the structs by name.
func TestHeaderFilter(t *testing.T) {
	order := binary.LittleEndian
	second := execMessage(order)
	copy(second[16:], "sshd\x00")
	path := recordMessages(t, execMessage(order), connectMessage(order), second)
	for expr, want := range map[string]int{
		"pid == 4711":                                2,
		"pid != 4711":                                0,
		"comm == sshd":                               1,
		"comm == s*":                                 1,
		"head.kind == EVENT_CONNECT":                 1,
		"head.kind == 1 and comm != sshd":            1,
		"type connect_event":                         1,
		"from.addr == 10.0.0.1":                      1,
		"from.addr == 10.0.0.2":                      0,
		"from.port == 8080":                          1,
		"head.result == VERDICT_DENY and pid > 4000": 2,
		"head.result < 0":                            2,
		"delta == -2":                                1,
		"args.0 == -c":                               2,
		"counts.2 >= 2199023255552":                  2,
		"root == 1":                                  2,
		"key == 0xdead01":                            2,
		"sock == 0xffff888012345678":                 1,
		"exec_event.pid == 4711":                     2,
	} {
		out, _ := replayed(t, 0, append(bothStructs, "--byte-order", "little", "--filter", expr, path)...)
		if got := strings.Count(out, "\n"); got != want {
			t.Errorf("%s: %d lines, want %d:\n%s", expr, got, want, out)
		}
	}
	out, _ := replayed(t, 0, append(bothStructs, "--byte-order", "little", "--summary=type,comm;from.addr", path)...)
	for _, want := range []string{"sshd", "10.0.0.1", "exec_event"} {
		if !strings.Contains(out, want) {
			t.Errorf("the summary has no %s:\n%s", want, out)
		}
	}
}

// TestHeaderForeign checks that a message which is of no struct, or too short for it, is never printed as one of it.
func TestHeaderForeign(t *testing.T) {
	whole := execMessage(binary.LittleEndian)
	foreign := append([]byte{9}, whole[1:]...)
	path := recordMessages(t, foreign, whole[:len(whole)-1], whole[:3])
	out, _ := replayed(t, 0, append(bothStructs, "--byte-order", "little", path)...)
	want := "CPU 03: Error: a message of 80 bytes is of no struct, head.kind = 9: 094d0700f3ffffff67120000010000006261[...]\n"
	lines := strings.SplitAfter(out, "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], want[:60]) ||
		lines[1] != "CPU 03: Error: a message of 79 bytes is too short for struct exec_event, which has 80\n" ||
		lines[2] != "CPU 03: Error: a message of 3 bytes is too short for struct exec_event, which has 80\n" {
		t.Errorf("printed\n%s", out)
	}
	out, _ = replayed(t, 0, append(bothStructs, "--byte-order", "little", "--json", path)...)
	if strings.Count(out, `"type":"error"`) != 3 {
		t.Errorf("printed\n%s", out)
	}
}

// TestHeaderConfig checks that a configuration names the headers, the structs, the names of values, and how much of a
// struct older senders send.
func TestHeaderConfig(t *testing.T) {
	whole := execMessage(binary.LittleEndian)
	path := recordMessages(t, whole, whole[:32])
	args := []string{"--config", "testdata/header/lockstep.yaml", "--struct", "exec_event", "--byte-order", "little"}
	out, _ := replayed(t, 0, append(args, path)...)
	want := strings.Replace(wantExec, "VERDICT_DENY", "DENY", 1)
	older, _, _ := strings.Cut(want, " args=")
	if out != want+older+"\n" {
		t.Errorf("printed\n%s\nwant\n%s", out, want+older)
	}
}

// TestHeaderUsage holds what is said of flags that name nothing.
func TestHeaderUsage(t *testing.T) {
	path := recordMessages(t, execMessage(binary.LittleEndian))
	for want, args := range map[string][]string{
		"--struct is for --header or --config, which say what the messages are":                  {"--struct", "a"},
		"say with --struct of which struct the messages are: there are event_head, exec_event, ": {"--header", eventsHeader},
		"--struct exec: testdata/header/events.h: no struct is called \"exec\"; there are ":      {"--header", eventsHeader, "--struct", "exec"},
		"--struct: struct exec_event has no field \"kind\"; it has head.kind, ": {
			"--header", eventsHeader, "--struct", "exec_event,kind=1"},
		"--struct exec_event,pid=MANY: \"MANY\" is neither a number nor a constant of the headers\n": {
			"--header", eventsHeader, "--struct", "exec_event,pid=MANY"},
		"--struct: messages of struct exec_event cannot be distinguished from those of the structs after it": {
			"--header", eventsHeader, "--struct", "exec_event", "--struct", "connect_event"},
		"--type is for Cilium's messages":                    {"--header", eventsHeader, "--struct", "exec_event", "--type", "drop"},
		"nothing.h: the header cannot be read: no such file": {"--header", "nothing.h"},
	} {
		out, said := replayed(t, exitUsage, append(args, path)...)
		if out != "" || !strings.HasPrefix(said, "bpfmon: "+want) {
			t.Errorf("%q: printed %q\nsaid %s\nwant %s", args, out, said, want)
		}
	}
}

// TestKinds checks that kinds and byte orders of headers have the numbers of those of the decoder, as the latter promises.
func TestKinds(t *testing.T) {
	for k := header.Uint; k <= header.Opaque; k++ {
		if got, ok := kinds[k]; !ok || got != layout.Kind(k) {
			t.Errorf("kind %d of package header is %d of package layout", k, got)
		}
	}
	for from, to := range map[header.Order]layout.Order{header.Native: layout.Sender, header.Big: layout.Big, header.Little: layout.Little} {
		if layout.Order(from) != to {
			t.Errorf("byte order %d of package header is %d of package layout", from, to)
		}
	}
}
