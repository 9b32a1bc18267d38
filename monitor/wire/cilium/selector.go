// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// Selector decodes the messages of all releases: each by the decoder of the release that was named, or else of the one that
// its host sends ([event.Host]). Where neither is known, and for 1.5, that is [monitor.Decoder]. It is for one goroutine at
// a time.
//
// Make one with [NewSelector]: the zero value has no release.
type Selector struct {
	// Warn, if not nil, is called once for each kind of bytes that the release cannot have sent.
	Warn func(text string)

	named   string
	old     monitor.Decoder
	byName  map[string]*Decoder
	last    string
	decoder event.Decoder // of the release last
}

var _ event.Decoder = (*Selector)(nil)

// NewSelector returns a decoder for a release such as "1.16", or for what each host says if that is empty.
func NewSelector(release string) (*Selector, error) {
	s := &Selector{named: release, byName: map[string]*Decoder{}}
	s.decoder = &s.old
	if release == "" {
		return s, nil
	}
	if _, err := parseNumber(release); err != nil {
		return nil, err
	}
	s.decoder = s.of(release)
	s.last = release
	return s, nil
}

// Unnamed says that no release was named: codes that have another meaning in other releases print beside their texts.
func (s *Selector) Unnamed() {
	for _, d := range s.byName {
		d.release.unnamed = true
	}
}

// of returns the decoder of a release.
func (s *Selector) of(name string) event.Decoder {
	n, err := parseNumber(name)
	if err != nil || n < sixth {
		return &s.old
	}
	if d := s.byName[name]; d != nil {
		return d
	}
	d, _ := NewDecoder(name) // the name has been parsed
	d.Warn = func(text string) {
		if s.Warn != nil {
			s.Warn(text)
		}
	}
	s.byName[name] = d
	return d
}

// Decode sets the message of a sample, or an error.
func (s *Selector) Decode(e *event.Event) {
	if s.named == "" {
		release := ""
		if e.Host != nil {
			release = e.Host.Release
		}
		if release != s.last {
			s.decoder, s.last = s.of(release), release
		}
	}
	s.decoder.Decode(e)
}

// Messages returns one message of each type, to read their field tables: those of the release that was named or of Add, and
// without one those of 1.5.
func (s *Selector) Messages() []event.Message {
	var all []event.Message
	if s.named == "" || len(s.byName) == 0 {
		all = s.old.Messages()
	}
	for _, d := range s.byName {
		all = append(all, d.Messages()...)
	}
	return all
}

// Add makes Messages return those of a release too, which a host is known to send. It does nothing for 1.5.
func (s *Selector) Add(release string) { s.of(release) }
