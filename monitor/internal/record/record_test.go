// SPDX-License-Identifier: Apache-2.0

package record

import (
	"bytes"
	"encoding/gob"
	"strings"
	"testing"
)

type value struct{ Text string }

// message returns a message with a text as its value.
func message(t *testing.T, text string) []byte {
	t.Helper()
	buf := bytes.NewBuffer([]byte{130})
	if err := gob.NewEncoder(buf).Encode(value{text}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestDecode(t *testing.T) {
	overhead := len(message(t, strings.Repeat("x", MaxSize-200))) - (MaxSize - 200)
	fits := strings.Repeat("x", MaxSize-overhead)
	for _, tt := range []struct {
		name      string
		message   []byte
		want, err string
	}{
		{"value", message(t, "hi"), "hi", ""},
		{"more behind it", append(message(t, "hi"), "more"...), "hi", ""},
		{"at the limit", message(t, fits), fits, ""},
		{"over the limit", message(t, fits+"x"), "", "4194305 bytes are over the limit of 4194304"},
		{"no bytes", nil, "", "no data"},
		{"only a type", []byte{130}, "", "gob"},
		{"cut", message(t, "hi")[:20], "", "gob"},
	} {
		var d Decoder[value]
		got := value{"from before"}
		err := d.Decode(tt.message, &got)
		if got.Text != tt.want {
			t.Errorf("%s: %d bytes of text, want %d", tt.name, len(got.Text), len(tt.want))
		}
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.err)
		}
	}
}
