// SPDX-License-Identifier: Apache-2.0

package observer_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// client is a client of gRPC that has nothing in common with the server but package net/http.
type client struct {
	http http.Client
	url  string
}

// newClient returns a client of a server at an address; with a configuration it uses TLS.
func newClient(t testing.TB, addr string, config *tls.Config) *client {
	tr := &http.Transport{TLSClientConfig: config, Protocols: new(http.Protocols)}
	tr.Protocols.SetHTTP2(true)
	tr.Protocols.SetUnencryptedHTTP2(config == nil)
	c := &client{http: http.Client{Transport: tr}, url: "http://" + addr}
	if config != nil {
		tr.Protocols.SetUnencryptedHTTP2(false)
		c.url = "https://" + addr
	}
	if path, ok := bytes.CutPrefix([]byte(addr), []byte("unix://")); ok {
		c.url = "http://socket"
		tr.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", string(path))
		}
	}
	t.Cleanup(tr.CloseIdleConnections)
	return c
}

// answer is a stream of messages.
type answer struct {
	resp *http.Response
}

// errStatus is a status of gRPC that is not 0.
type errStatus struct {
	code int
	text string
}

func (e *errStatus) Error() string { return strconv.Itoa(e.code) + ": " + e.text }

func (c *client) call(ctx context.Context, path string, request []byte) (*answer, error) {
	frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(request)))
	r, err := http.NewRequestWithContext(ctx, "POST", c.url+path, bytes.NewReader(append(frame, request...)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/grpc")
	r.Header.Set("Te", "trailers")
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	return &answer{resp}, nil
}

// next returns the next message, or io.EOF, or an errStatus.
func (a *answer) next() ([]byte, error) {
	var prefix [5]byte
	if _, err := io.ReadFull(a.resp.Body, prefix[:]); errors.Is(err, io.EOF) {
		return nil, a.status()
	} else if err != nil {
		return nil, err
	}
	msg := make([]byte, binary.BigEndian.Uint32(prefix[1:]))
	_, err := io.ReadFull(a.resp.Body, msg)
	return msg, err
}

func (a *answer) status() error {
	code, err := strconv.Atoi(a.resp.Trailer.Get("Grpc-Status"))
	switch {
	case err != nil:
		return errors.New("no grpc-status")
	case code != 0:
		return &errStatus{code, a.resp.Trailer.Get("Grpc-Message")}
	}
	return io.EOF
}

func (a *answer) close() { _ = a.resp.Body.Close() }

// response is a message of GetFlows.
type response struct {
	Flow *struct {
		Verdict string
		IP      struct{ Source, Destination string }
		L4      struct {
			TCP struct {
				SourcePort      int `json:"source_port"`
				DestinationPort int `json:"destination_port"`
			}
		}
		EventType struct {
			Type    int
			SubType int `json:"sub_type"`
		} `json:"event_type"`
		Summary string
	}
	LostEvents *struct {
		Source string
		Count  uint64 `json:"num_events_lost,string"`
	} `json:"lost_events"`
	NodeName string `json:"node_name"`
}

func parse(t testing.TB, msg []byte) (r response) {
	t.Helper()
	if err := json.Unmarshal(hubble.AppendResponseJSON(nil, msg), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// flows returns all that a request for history gets.
func (c *client) flows(t testing.TB, request []byte) (all []response) {
	t.Helper()
	a, err := c.call(t.Context(), "/observer.Observer/GetFlows", request)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	for {
		msg, err := a.next()
		if errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, parse(t, msg))
	}
}

// refused returns the status of a request that fails.
func (c *client) refused(t testing.TB, path string, request []byte) *errStatus {
	t.Helper()
	a, err := c.call(t.Context(), path, request)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	_, err = a.next()
	status := new(errStatus)
	if !errors.As(err, &status) {
		t.Fatalf("%s: %v, not a status", path, err)
	}
	return status
}

// message returns what a request of one answer gets.
func (c *client) message(t testing.TB, path string, request []byte) []byte {
	t.Helper()
	a, err := c.call(t.Context(), path, request)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	msg, err := a.next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.next(); !errors.Is(err, io.EOF) {
		t.Errorf("%s: %v behind the message", path, err)
	}
	return msg
}
