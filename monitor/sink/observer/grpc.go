// SPDX-License-Identifier: Apache-2.0

package observer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// code is a status of gRPC.
type code int

// The statuses that are used.
const (
	codeOK                code = 0
	codeCancelled         code = 1
	codeUnknown           code = 2
	codeInvalidArgument   code = 3
	codeDeadlineExceeded  code = 4
	codeNotFound          code = 5
	codeResourceExhausted code = 8
	codeUnimplemented     code = 12
	codeInternal          code = 13
)

// statusError is an error that a client gets.
type statusError struct {
	code code
	text string
}

func (e *statusError) Error() string { return e.text }

func failed(c code, format string, args ...any) error {
	return &statusError{c, fmt.Sprintf(format, args...)}
}

// prefixLen is the length of what stands in front of each message: a byte that says whether it is compressed, and its length.
const prefixLen = 5

// maxRequest is the size of the largest request.
const maxRequest = 4 << 20

// stream is the answer to a request.
type stream struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	wait  *[writeSize]byte // what was not written yet; nil if nothing waits
	n     int              // bytes of it
}

// writeSize is how many bytes are written at once: those of HTTP/2's largest frame, by default. Each write costs two changes of
// goroutines, whatever its size.
const writeSize = 16 << 10

// waiting are buffers that no stream has: one that waits for events has none.
var waiting = sync.Pool{New: func() any { return new([writeSize]byte) }}

// message sends one message.
func (s *stream) message(build func(dst []byte) []byte) error {
	return s.send(frame(nil, build))
}

// frame appends a message with its prefix.
func frame(dst []byte, build func(dst []byte) []byte) []byte {
	at := len(dst)
	dst = build(append(dst, 0, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(dst[at+1:], uint32(len(dst)-at-prefixLen))
	return dst
}

// send sends messages that have their prefix, at the latest with push.
func (s *stream) send(frames []byte) error {
	if s.n+len(frames) > writeSize {
		if err := s.write(); err != nil {
			return err
		}
		if len(frames) > writeSize {
			_, err := s.w.Write(frames)
			return err
		}
	}
	if s.wait == nil {
		s.wait = waiting.Get().(*[writeSize]byte)
	}
	s.n += copy(s.wait[s.n:], frames)
	return nil
}

// write writes what waits.
func (s *stream) write() error {
	if s.wait == nil {
		return nil
	}
	_, err := s.w.Write(s.wait[:s.n])
	if err == nil { // else it can still be in use
		waiting.Put(s.wait)
	}
	s.wait, s.n = nil, 0
	return err
}

// push sends what waits in buffers.
func (s *stream) push() error {
	if err := s.write(); err != nil {
		return err
	}
	return s.flush.Flush()
}

// method answers a request.
type method func(ctx context.Context, request []byte, s *stream) error

// serve answers a request of gRPC with a method.
func serve(w http.ResponseWriter, r *http.Request, m method) {
	h := w.Header()
	h.Set("Content-Type", "application/grpc")
	h.Set("Grpc-Accept-Encoding", "identity")
	h.Set("Trailer", "Grpc-Status, Grpc-Message")
	err := answer(w, r, m)
	status := &statusError{code: codeOK}
	switch {
	case err == nil || errors.As(err, &status):
	case errors.Is(err, context.DeadlineExceeded):
		status = &statusError{codeDeadlineExceeded, "the time of the request is over"}
	case errors.Is(err, context.Canceled):
		status = &statusError{codeCancelled, "the request was cancelled"}
	default:
		status = &statusError{codeUnknown, err.Error()}
	}
	h.Set("Grpc-Status", strconv.Itoa(int(status.code)))
	if status.text != "" {
		h.Set("Grpc-Message", percentEncode(status.text))
	}
}

func answer(w http.ResponseWriter, r *http.Request, m method) error {
	if m == nil {
		return failed(codeUnimplemented, "bpfmon has no %s", r.URL.Path)
	}
	ctx := r.Context()
	if v := r.Header.Get("Grpc-Timeout"); v != "" {
		timeout, ok := parseTimeout(v)
		if !ok {
			return failed(codeInternal, "grpc-timeout %q is not a time", v)
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	request, err := readMessage(r.Body)
	if err != nil {
		return err
	}
	out := &stream{w: w, flush: http.NewResponseController(w)}
	err = m(ctx, request, out)
	if failed := out.write(); err == nil {
		err = failed
	}
	return err
}

// readMessage reads the one message of a request.
func readMessage(r io.Reader) ([]byte, error) {
	var prefix [prefixLen]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, failed(codeInternal, "the request has no message")
	}
	if prefix[0] != 0 {
		return nil, failed(codeUnimplemented, "compressed messages are not read")
	}
	size := binary.BigEndian.Uint32(prefix[1:])
	if size > maxRequest {
		return nil, failed(codeResourceExhausted, "the request has %d bytes, more than %d", size, maxRequest)
	}
	request := make([]byte, size)
	if _, err := io.ReadFull(r, request); err != nil {
		return nil, failed(codeInternal, "the request breaks off")
	}
	return request, nil
}

// parseTimeout reads gRPC's form of a time: a number and a unit.
func parseTimeout(s string) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	unit := map[byte]time.Duration{
		'H': time.Hour, 'M': time.Minute, 'S': time.Second, 'm': time.Millisecond, 'u': time.Microsecond, 'n': time.Nanosecond,
	}[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if err != nil || unit == 0 || n > 99_999_999 {
		return 0, false
	}
	return time.Duration(min(n, uint64(1<<62)/uint64(unit))) * unit, true
}

// percentEncode encodes a status text as gRPC has it in a header.
func percentEncode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= ' ' && c <= '~' && c != '%' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
