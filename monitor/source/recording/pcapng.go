// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"errors"
	"io"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/payload"
	sink "github.com/lockstep-bpf/lockstep/monitor/sink/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/sink/recfile"
	"github.com/lockstep-bpf/lockstep/monitor/source/pcapng"
)

// IsPcapng reports whether a recording with this name is to be a pcapng file.
func IsPcapng(path string) bool { return strings.HasSuffix(path, ".pcapng") }

// CreatePcapng is Create for a pcapng file. It returns the sink that writes it, which must be closed.
func CreatePcapng(path string, opts recfile.Options, what sink.Options, failed func(error)) (*sink.FileSink, error) {
	rec, err := recfile.Create(path, wholePcapng, opts, failed)
	if err != nil {
		return nil, err
	}
	return sink.NewFile(rec, what), nil
}

// wholePcapng returns how many bytes at the start of a pcapng file are whole events.
func wholePcapng(r io.Reader) (int64, error) {
	size, err := pcapng.Whole(r)
	var corrupt *payload.CorruptError
	if errors.As(err, &corrupt) && corrupt.Offset == 0 || err == nil && size == 0 {
		return 0, errNoRecording
	}
	return size, err
}
