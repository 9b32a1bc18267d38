// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
)

// The identities that the tests of the policy give to the two ends.
const (
	identityA = 1001
	identityB = 1002
)

// identify gives both ends an identity, by one prefix that holds the address and one that is too long or elsewhere.
func (h *harness) identify() {
	h.tb.Helper()
	for prefix, id := range map[string]uint32{
		"192.0.2.0/24": identityA, "192.0.2.2/32": 9, "0.0.0.0/0": 2, "198.51.100.0/25": identityB,
		"2001:db8::/48": identityA, "2001:db8::2/128": 9, "::/0": 2, "2001:db8:1::2/128": identityB,
	} {
		if err := h.SetIdentity(netip.MustParsePrefix(prefix), id); err != nil {
			h.tb.Fatal(err)
		}
	}
}

// policyCase is a set of rules and what they say of a SYN from A that comes in, or from B that goes out to A.
type policyCase struct {
	name  string
	rules []Rule
	want  uint8 // Drop*, 0 if it passes
}

func policyCases(dir Direction, prefixA netip.Prefix) []policyCase {
	set := func(rules ...Rule) []Rule {
		for i := range rules {
			rules[i].Direction = dir
		}
		return rules
	}
	wider := netip.PrefixFrom(prefixA.Addr(), prefixA.Bits()-8).Masked()
	return []policyCase{
		{"no rule", nil, 0},
		{"everything", set(Rule{Deny: true}), api.DropPolicy},
		{"the identity", set(Rule{Deny: true, Identity: identityA}), api.DropPolicy},
		{"another identity", set(Rule{Deny: true, Identity: identityB}), 0},
		{"the protocol", set(Rule{Deny: true, Proto: protoTCP}), api.DropPolicyL4},
		{"another protocol", set(Rule{Deny: true, Proto: protoUDP}), 0},
		{"the port", set(Rule{Deny: true, Proto: protoTCP, Port: portB}), api.DropPolicyL4},
		{"the source port", set(Rule{Deny: true, Proto: protoTCP, Port: portA}), 0},
		{"another port", set(Rule{Deny: true, Proto: protoTCP, Port: 80}), 0},
		{"the identity's port", set(Rule{Deny: true, Identity: identityA, Proto: protoTCP, Port: portB}),
			api.DropPolicyL4},
		{"the identity's protocol", set(Rule{Deny: true, Identity: identityA, Proto: protoTCP}), api.DropPolicyL4},
		{"the prefix", set(Rule{Deny: true, Prefix: prefixA}), api.DropPolicyCidr},
		{"another prefix", set(Rule{Deny: true, Prefix: netip.MustParsePrefix("203.0.113.0/24")}), 0},
		{"everything but the identity", set(Rule{Deny: true}, Rule{Identity: identityA}), 0},
		{"everything but the port", set(Rule{Deny: true}, Rule{Proto: protoTCP, Port: portB}), 0},
		{"the identity but for the port", set(Rule{Deny: true, Identity: identityA},
			Rule{Identity: identityA, Proto: protoTCP, Port: portB}), 0},
		{"the identity, and the port for all", set(Rule{Deny: true, Identity: identityA},
			Rule{Proto: protoTCP, Port: portB}), api.DropPolicy},
		{"the protocol but for the port", set(Rule{Deny: true, Proto: protoTCP}, Rule{Proto: protoTCP, Port: portB}), 0},
		{"the prefix in a wider one", set(Rule{Deny: true, Prefix: wider}, Rule{Prefix: prefixA}), 0},
		{"the prefix before the identity", set(Rule{Prefix: prefixA}, Rule{Deny: true, Identity: identityA}), 0},
	}
}

// TestPolicy checks that each rule level denies with its own reason, that the order of the levels is as promised, and
// that the answers of what was allowed pass whatever the rules say of them.
func TestPolicy(t *testing.T) {
	h := newHarness(t, Options{Enforce: true, Strict: true})
	h.identify()
	for _, family := range []struct {
		m      maker
		prefix netip.Prefix
	}{
		{maker{tb: t}, netip.MustParsePrefix("192.0.2.0/24")},
		{maker{tb: t, v6: true}, netip.MustParsePrefix("2001:db8::/64")},
	} {
		for _, dir := range []Direction{Ingress, Egress} {
			for _, c := range policyCases(dir, family.prefix) {
				t.Run(c.name, func(t *testing.T) { h.policyCase(t, c, family.m, dir) })
			}
		}
	}
}

func (h *harness) policyCase(t *testing.T, c policyCase, m maker, dir Direction) {
	for _, r := range c.rules {
		if err := h.SetRule(r); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := h.DeleteRule(r); err != nil {
				t.Fatal(err)
			}
		}()
	}
	h.forget(t)
	if dir == Egress {
		m = m.turn() // A is the other end in both directions
		defer func() { m = m.turn() }()
	}
	ret, events := h.run(dir, synTo(m))
	if c.want != 0 {
		want := []string{"drop " + api.DropReason(c.want)}
		if diff := cmp.Diff(want, texts(events)); diff != "" || ret != actShot {
			t.Fatalf("returned %d (-want +got)\n%s", ret, diff)
		}
		return
	}
	if ret != actUnspec || events[0].Trace == nil {
		t.Fatalf("returned %d: %v", ret, texts(events))
	}
	deny := Rule{Direction: other(dir), Deny: true}
	if err := errors.Join(h.SetRule(deny)); err != nil {
		t.Fatal(err)
	}
	ret, events = h.run(other(dir), answerTo(m))
	if ret != actUnspec || events[0].Trace == nil || uint32(events[0].Trace.Reason) != monitor.CtReply {
		t.Errorf("the answer: returned %d: %v", ret, texts(events))
	}
	if err := h.DeleteRule(deny); err != nil {
		t.Fatal(err)
	}
}

// synTo makes a SYN to portB, whoever sends it.
func synTo(m maker) []byte {
	frame := m.tcp("S")
	if m.turned {
		swapPorts(frame, m.v6)
	}
	return frame
}

func answerTo(m maker) []byte {
	frame := m.turn().tcp("SA")
	if m.turned {
		swapPorts(frame, m.v6)
	}
	return frame
}

func swapPorts(frame []byte, v6 bool) {
	p := frame[34:38]
	if v6 {
		p = frame[54:58]
	}
	p[0], p[1], p[2], p[3] = p[2], p[3], p[0], p[1]
}

// forget empties the tables of connections and fragments.
func (h *harness) forget(t *testing.T) {
	t.Helper()
	var key4 datapathCt4Key
	var key6 datapathCt6Key
	var entry datapathCtEntry
	for it := h.objs.Conntrack4.Iterate(); it.Next(&key4, &entry); {
		drop(t, h.objs.Conntrack4, key4)
	}
	for it := h.objs.Conntrack6.Iterate(); it.Next(&key6, &entry); {
		drop(t, h.objs.Conntrack6, key6)
	}
	var frag datapathFragKey
	var ports datapathFragPorts
	for it := h.objs.Fragments.Iterate(); it.Next(&frag, &ports); {
		drop(t, h.objs.Fragments, frag)
	}
}

func drop(t *testing.T, m *ebpf.Map, key any) {
	t.Helper()
	if err := m.Delete(key); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
		t.Fatal(err)
	}
}

// TestPolicyWatched checks that a datapath that watches says what would be denied, of every packet that follows the
// opener, and drops nothing.
func TestPolicyWatched(t *testing.T) {
	h := newHarness(t, Options{})
	h.identify()
	if err := h.SetRule(Rule{Direction: Ingress, Deny: true, Identity: identityA, Number: 3}); err != nil {
		t.Fatal(err)
	}
	m := maker{tb: t}
	for _, s := range []step{
		{name: "SYN", frame: m.tcp("S"), dir: Ingress}, {name: "ACK", frame: m.tcp("A"), dir: Ingress},
	} {
		ret, events := h.run(s.dir, s.frame)
		want := []string{"to-stack denied by rule 3"}
		if diff := cmp.Diff(want, texts(events)); diff != "" || ret != actUnspec {
			t.Fatalf("%s: returned %d (-want +got)\n%s", s.name, ret, diff)
		}
	}
	if n, err := h.Denied(3); n != 2 || err != nil {
		t.Errorf("the rule counts %d packets: %v", n, err)
	}
	h.steps([]step{{"answer", Egress, m.turn().tcp("SA"), "reply", 0}})
}

// TestRulesRefused checks that the rules before are there, and no others, after the kernel has refused some of a call, here for
// want of room.
func TestRulesRefused(t *testing.T) {
	h := newHarness(t, Options{})
	full := h.objs.PolicyPrefixes4
	small, err := ebpf.NewMap(&ebpf.MapSpec{
		Type: full.Type(), KeySize: full.KeySize(), ValueSize: full.ValueSize(), MaxEntries: 4, Flags: full.Flags(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { h.objs.PolicyPrefixes4 = full; _ = small.Close() }()
	h.objs.PolicyPrefixes4 = small
	rule := func(third int) Rule {
		return Rule{Direction: Ingress, Deny: true, Prefix: netip.MustParsePrefix(fmt.Sprintf("10.0.%d.0/24", third)), Number: 1}
	}
	wantEntries := func(prefixes, rules int) {
		t.Helper()
		got := []int{filled(t, small), filled(t, h.objs.Policy)}
		if diff := cmp.Diff([]int{prefixes, rules}, got); diff != "" {
			t.Errorf("prefixes and rules (-want +got)\n%s", diff)
		}
	}
	if err := h.SetRules(rule(1), rule(2)); err != nil {
		t.Fatal(err)
	}
	var many []Rule
	for third := range 9 {
		many = append(many, rule(10+third))
	}
	if err := h.SetRules(many...); err == nil {
		t.Fatal("nine prefixes fit into a map of four")
	}
	wantEntries(2, 2)
	if err := h.SetRules(many[0], many[8]); err != nil {
		t.Fatal(err)
	}
	wantEntries(4, 4)
	closed, err := small.Clone()
	if err == nil {
		err = closed.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	h.objs.PolicyPrefixes4 = closed // now the kernel also refuses to take back what was written
	if err := errors.Join(h.DeleteRule(rule(2)), h.SetRule(rule(3))); err == nil {
		t.Fatal("a map that is closed was changed")
	}
	h.objs.PolicyPrefixes4 = small
	if err := errors.Join(h.DeleteRule(rule(2)), h.SetRule(rule(3)), h.DeleteRule(rule(3)), h.SetRule(rule(2))); err != nil {
		t.Fatal(err)
	}
	wantEntries(4, 4)
	if err := h.DeleteRule(many[4]); !errors.Is(err, ebpf.ErrKeyNotExist) {
		t.Errorf("a rule that was refused was there: %v", err)
	}
	for _, r := range []Rule{rule(1), rule(2), many[0], many[8]} {
		if err := h.DeleteRule(r); err != nil {
			t.Error(err)
		}
	}
	wantEntries(0, 0)
}

// filled returns how many entries a map has.
func filled(t *testing.T, m *ebpf.Map) (n int) {
	t.Helper()
	key, value := make([]byte, m.KeySize()), make([]byte, m.ValueSize())
	all := m.Iterate()
	for all.Next(&key, &value) {
		n++
	}
	if err := all.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRuleFaults checks that what makes no rule and no identity is refused.
func TestRuleFaults(t *testing.T) {
	h := newHarness(t, Options{})
	prefix := netip.MustParsePrefix
	var got []string
	for _, r := range []Rule{
		{Direction: 2}, {Port: 80}, {Port: 80, Proto: 1}, {Prefix: prefix("10.0.0.1/8")}, {Prefix: prefix("::1/64")},
		{Prefix: prefix("10.0.0.0/8"), Identity: 6}, {Prefix: netip.PrefixFrom(netip.IPv4Unspecified(), 40)},
		{Prefix: prefix("::ffff:10.0.0.0/104")},
	} {
		got = append(got, errText(h.SetRule(r)))
	}
	got = append(got, errText(h.SetIdentity(prefix("10.0.0.0/8"), 0)), errText(h.SetIdentity(netip.Prefix{}, 1)),
		errText(h.DeleteRule(Rule{Identity: 77})))
	want := []string{
		"set a policy rule: direction 2: no such direction",
		"set a policy rule: only TCP, UDP, UDP-Lite, SCTP and DCCP have ports",
		"set a policy rule: only TCP, UDP, UDP-Lite, SCTP and DCCP have ports",
		"set a policy rule: 10.0.0.1/8: the address has bits set after the prefix: write 10.0.0.0/8 or 10.0.0.1/32",
		"set a policy rule: ::1/64: the address has bits set after the prefix: write ::/64 or ::1/128",
		"set a policy rule: a rule takes a prefix or an identity, not both",
		"set a policy rule: not a valid prefix",
		"set a policy rule: ::ffff:10.0.0.0/104: write the IPv4 prefix",
		"set the identity of 10.0.0.0/8: 0 means unknown addresses",
		"set an identity: not a valid prefix",
		"delete a policy rule: key does not exist",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func errText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

// TestClosed checks that every method says so once the datapath is closed.
func TestClosed(t *testing.T) {
	needBPF(t)
	d := newDatapath(t, Options{Connections: MinConnections})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	_, stats := d.Stats()
	_, lost := d.Lost(nil)
	_, followed := d.Follow(t.Context(), func(string) bool { return false }, func(Change) {})
	for i, err := range []error{
		stats, lost, d.SetRule(Rule{}), d.DeleteRule(Rule{}), d.SetIdentity(netip.MustParsePrefix("10.0.0.0/8"), 1),
		d.Attach("lo"), d.Detach("lo"), followed,
	} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%d: %v", i, err)
		}
	}
}
