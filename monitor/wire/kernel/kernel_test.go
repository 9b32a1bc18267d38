// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
)

// tcp is a SYN from 10.0.1.2:40242 to 10.0.2.2:80 in VLAN 7.
var tcp = []byte{
	2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 7, 8, 0,
	0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 1, 2, 10, 0, 2, 2,
	0x9d, 0x32, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xfa, 0xf0, 0, 0, 0, 0,
}

// sample makes an event of a message, a packet and a stack.
func sample(n *Notify, packet []byte, stack string) *event.Event {
	n.Type, n.CapLen, n.StackLen = NotifyType, uint32(len(packet)), uint32(len(stack))
	if n.OrigLen == 0 {
		n.OrigLen = n.CapLen
	}
	raw := append(append(n.Append(nil), packet...), stack...)
	return &event.Event{Kind: event.Sample, Raw: raw}
}

func netfilter() *Notify {
	n := &Notify{Location: 0xffffffff81000000, ReasonNumber: 12, NetNS: 4026532000, IfIndex: 3, PID: 812, CPU: 1}
	copy(n.Reason[:], "NETFILTER_DROP")
	copy(n.Function[:], "nf_hook_slow+0x8e")
	copy(n.Device[:], "eth1")
	copy(n.NetNSName[:], "router")
	copy(n.Process[:], "nginx")
	copy(n.Container[:], "docker:0123456789ab")
	return n
}

func TestText(t *testing.T) {
	const where = "10.0.1.2:40242 -> 10.0.2.2:80 tcp SYN, length 58"
	evil := netfilter()
	copy(evil.Device[:], "e\x1b[31m\n")
	for name, c := range map[string]struct {
		msg    *Notify
		packet []byte
		stack  string
		want   string
	}{
		"drop": {netfilter(), tcp, "", "xx NETFILTER_DROP eth1@router: vlan 7 " + where + " in nf_hook_slow+0x8e, process nginx (812), " +
			"in docker:0123456789ab: a rule of nftables, iptables or another netfilter hook dropped it\n"},
		"stack":    {&Notify{}, tcp, "a+0x1\nb+0x2\n", "xx drop -: vlan 7 " + where + "\n    a+0x1\n    b+0x2\n"},
		"no names": {&Notify{IfIndex: 3, NetNS: 7}, nil, "", "xx drop if3@7: no packet of a network\n"},
		"answered": {&Notify{SubType: uint8(KindResetSent), Flags: uint16(FlagAnswered)}, tcp, "",
			"<> reset sent -: vlan 7 10.0.1.2:40242 -> 10.0.2.2:80 tcp SYN, answered by it, length 58\n"},
		"kind that is not known": {&Notify{SubType: 9}, nil, "", "?? 9 -: no packet of a network\n"},
		"hostile name": {evil, nil, "", `xx NETFILTER_DROP e\x1b[31m\n@router: no packet of a network in nf_hook_slow+0x8e, process nginx (812), ` +
			"in docker:0123456789ab: a rule of nftables, iptables or another netfilter hook dropped it\n"},
	} {
		e := sample(c.msg, c.packet, c.stack)
		d := Decoder{}
		d.Decode(e)
		if e.Err != nil {
			t.Fatal(name, e.Err)
		}
		if got := string(text.AppendEvent(nil, e, &event.Style{})); got != c.want {
			t.Errorf("%s:\n%swant\n%s", name, got, c.want)
		}
	}
}

func TestJSON(t *testing.T) {
	e := sample(netfilter(), tcp, "a+0x1\nb+0x2\n")
	(&Decoder{}).Decode(e)
	out := text.AppendEvent(nil, e, &event.Style{Form: event.JSON, Facts: true})
	var got struct {
		Type, Kind, Reason, Device, Function, Netns, Container, Text, Location string
		PID                                                                    int
		Stack                                                                  []string
		Packet                                                                 struct{ Dst string }
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got.Type != "kernel" || got.Kind != "drop" || got.Reason != "NETFILTER_DROP" || got.PID != 812 || got.Netns != "router" ||
		len(got.Stack) != 2 || got.Packet.Dst != "10.0.2.2" || got.Location != "0xffffffff81000000" || got.Text == "" {
		t.Errorf("%+v\n%s", got, out)
	}
}

// TestAllocations checks that a line and an object cost no memory.
func TestAllocations(t *testing.T) {
	e := sample(netfilter(), tcp, "")
	d := &Decoder{}
	for _, form := range []event.Form{event.Info, event.JSON} {
		buf, style := make([]byte, 0, 4096), &event.Style{Form: form}
		if n := testing.AllocsPerRun(100, func() {
			d.Decode(e)
			buf = text.AppendEvent(buf[:0], e, style)
		}); n != 0 {
			t.Errorf("form %d: %v allocations", form, n)
		}
	}
}

// TestReasons checks that reasons are known by every name that a kernel has for them.
func TestReasons(t *testing.T) {
	for _, name := range []string{"NO_SOCKET", "SKB_DROP_REASON_NO_SOCKET", "SK_RST_REASON_NO_SOCKET"} {
		if ReasonText(name) == "" {
			t.Errorf("%s has no text", name)
		}
	}
	if ReasonText("OVS_DROP_METER") == "" || ReasonText("") != "" || ReasonText("3") != "" || ReasonText("UNNAMED_3") != "" {
		t.Error("texts")
	}
	for r := Reason(0); ; r++ {
		name, ok := r.Name()
		if !ok {
			break
		}
		if strings.ToUpper(name) != name || ReasonText(name) == "" {
			t.Error(name)
		}
	}
}

// TestOrder checks that messages of a host with the other byte order are read.
func TestOrder(t *testing.T) {
	var other binary.ByteOrder = binary.BigEndian
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		other = binary.LittleEndian
	}
	e := &event.Event{Kind: event.Sample, Raw: (&Notify{Type: NotifyType, OrigLen: 77}).AppendOrder(nil, other)}
	e.Host = &event.Host{Order: other}
	d := &Decoder{}
	d.Decode(e)
	if m, ok := e.Msg.(*Notify); !ok || m.OrigLen != 77 {
		t.Errorf("%+v", e.Msg)
	}
	e.Raw = e.Raw[:NotifyLen-1]
	if d.Decode(e); e.Err == nil || e.Msg != nil {
		t.Error("a short message was read")
	}
	e.Raw = []byte{1}
	if d.Decode(e); e.Err != nil || e.Msg != nil {
		t.Error("another message was read")
	}
}

// FuzzDecode checks that no bytes make the decoder or the printer fail, and that what is printed is safe.
func FuzzDecode(f *testing.F) {
	f.Add(sample(netfilter(), tcp, "a+0x1\n").Raw)
	f.Add([]byte{NotifyType})
	f.Fuzz(func(t *testing.T, raw []byte) {
		e := &event.Event{Kind: event.Sample, Raw: raw}
		(&Decoder{}).Decode(e)
		for _, form := range []event.Form{event.Info, event.Verbose, event.JSON} {
			out := text.AppendEvent(nil, e, &event.Style{Form: form, Facts: true})
			if form == event.JSON && len(out) > 0 && !json.Valid(out) {
				t.Errorf("%s", out)
			}
			for _, b := range out {
				if b < ' ' && b != '\n' && b != '\t' || b == 0x7f {
					t.Errorf("form %d: %q", form, out)
				}
			}
		}
	})
}
