// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// placed is a message with an interface and a rule.
type placed struct {
	message
	ifindex, rule uint32
}

func (p *placed) InterfaceIndex() uint32               { return p.ifindex }
func (p *placed) RuleNumber() (number uint32, ok bool) { return p.rule, p.rule != 0 }

type peers map[uint32]string

func (p peers) PeerName(index uint32) (string, bool) {
	name, ok := p[index]
	return name, ok
}

func (p peers) RuleText(number uint32) (string, bool) { return p.PeerName(number) }

var placedSchema = &Schema{
	Messages: []event.Message{dropMessage(), &placed{message: *traceMessage()}},
	PeerList: func() []string { return []string{"docker:0123", "web"} },
}

// TestPeersAndRules filters by where interfaces lead and by rules.
func TestPeersAndRules(t *testing.T) {
	host := &event.Host{Peers: peers{7: "docker:0123", 8: "web"}, Rules: peers{1: "all,tcp/23", 2: "ingress:all"}}
	of := func(ifindex, rule uint32) *event.Event {
		m := &placed{*traceMessage(), ifindex, rule}
		e := &event.Event{Kind: event.Sample, Raw: []byte{m.typ}, Host: host}
		e.SetMessage(m, nil)
		return e
	}
	bad := &event.Event{Kind: event.Sample, Raw: []byte{4}}
	bad.SetMessage(nil, errors.New("too short"))
	drop := sampleOf(dropMessage())
	stranger := of(7, 1)
	stranger.Host = nil
	// a leads to a container and has rule 1, b to a namespace, c nowhere, d is a drop, e cannot be decoded, f is of an unknown host
	events := []*event.Event{of(7, 1), of(8, 2), of(9, 0), drop, bad, stranger}
	for expr, want := range map[string]string{
		"peer web":                "be",
		"peer docker:*":           "ae",
		"peer {web, docker:0123}": "abe",
		"peer != web":             "ae",
		"not peer web":            "acdef",
		"peer *":                  "abe",
		"rule 1":                  "aef",
		"rule 1-2":                "abef",
		`rule "*tcp/23"`:          "ae",
		"rule ingress:*":          "be",
		"rule != 1":               "be",
		"rule *":                  "abe",
		"peer web and rule 2":     "be",
		"type drop or peer web":   "bde",
	} {
		f, err := Compile(expr, placedSchema)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		wantNoAllocs(t, f, events)
		if got := letters(f, events); got != want {
			t.Errorf("%s matches %s, not %s", expr, got, want)
		}
	}
	for expr, want := range map[string]string{
		"peer < web": "peer is not ordered", "rule > 3": "rule is not ordered", "peer": "peer is followed by what an interface leads to",
		"src peer web": "peer has no source and destination",
	} {
		if _, err := Compile(expr, placedSchema); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", expr, err)
		}
	}
	if _, err := Compile("peer web", schema); err == nil || !strings.Contains(err.Error(), "no message that is expected here has a peer") {
		t.Errorf("without such messages: %v", err)
	}
	if c := Complete("peer d", placedSchema); len(c) != 1 || c[0].Expr != "peer docker:0123" {
		t.Errorf("completed to %v", c)
	}
	if !slices.ContainsFunc(Complete("ru", placedSchema), func(c Candidate) bool { return c.Expr == "rule" }) {
		t.Error("rule is not completed")
	}
}

// TestFieldsOfTheSameName checks that a field of a foreign message has its name, and not the word that is new.
func TestFieldsOfTheSameName(t *testing.T) {
	m := &message{typ: 9, name: "custom", fields: []event.Field{{Name: "rule", C: "rule", Bits: 32}}, values: []uint64{5, 0, 0}}
	f, err := Compile("rule > 3", &Schema{Messages: []event.Message{m}})
	if err != nil {
		t.Fatal(err)
	}
	if !f.Match(sampleOf(m)) {
		t.Error("rule > 3 does not match 5")
	}
}
