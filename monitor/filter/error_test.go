// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestErrors(t *testing.T) {
	for _, want := range []string{
		`filter: unknown word "prot"; did you mean port or proto?
  tcp and prot 443
          ^~~~`,
		`filter: unexpected "prot"; did you mean port or proto? Terms are joined by and, or
  tcp prot 443
      ^~~~`,
		`filter: unknown word "prt"; did you mean port?
  port 80 or prt 443
             ^~~`,
		`filter: unknown word "srcLable"; did you mean srcLabel?
  srcLable = 1
  ^~~~~~~~`,
		`filter: and after or: use parentheses to say which applies first
  tcp or udp and port 53
             ^~~`,
		`filter: and with or in a list of values: use parentheses to say which applies first
  host 10.0.0.1 or 10.0.0.2 and 10.0.0.3
                            ^~~`,
		`filter: not before a list of values: write not port {80, ...}
  not port 80 or 443
  ^~~~~~~~~~~~~~~~~~`,
		`filter: not before a list of values: use parentheses to say what is negated
  not host 10.0.0.1 and 10.0.0.2
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~`,
		`filter: "htpp" is neither a port nor a known service; did you mean http?
  port htpp
       ^~~~`,
		`filter: 65536 is not a port: ports go up to 65535
  port 65536
       ^~~~~`,
		`filter: the end of the range 90-80 is below its start
  portrange 90-80
            ^~~~~`,
		`filter: 10.0.0.1/8 has bits set after the prefix: write 10.0.0.0/8 or 10.0.0.1
  src net 10.0.0.1/8
          ^~~~~~~~~~`,
		`filter: "web" is neither an address, such as 10.0.0.1 or fd00::1, nor a prefix, such as 10.0.0.0/8 (names are not looked up)
  host web
       ^~~`,
		`filter: "web" is neither an address, such as 10.0.0.1 or fd00::1, nor a prefix, such as 10.0.0.0/8 (names are not looked up)
  not (src web)
           ^~~`,
		`filter: "10.0.0.0/33" is neither an address, such as 10.0.0.1 or fd00::1, nor a prefix, such as 10.0.0.0/8 (names are not looked up)
  dst 10.0.0.0/33 and tcp
      ^~~~~~~~~~~`,
		`filter: unknown word "hots"; did you mean host?
  src hots 10.0.0.1
      ^~~~`,
		`filter: no message type is called "dorp"; did you mean drop?
  type dorp
       ^~~~`,
		`filter: no reason is called "Policy"; did you mean Policy denied or Policy denied (L3)?
  reason Policy
         ^~~~~~`,
		`filter: no state is called "nwe"; did you mean new?
  state nwe
        ^~~`,
		`filter: messages of type drop have no field "ifindex"; there is delta, dstID, dstLabel, source, srcLabel or subType
  drop.ifindex = 1
  ^~~~~~~~~~~~`,
		`filter: trace is a message type: write type trace
  trace and port 80
  ^~~~~`,
		`filter: ip[8] is not read by its offset: the word is ttl
  ip[8] < 5
  ^~~~~`,
		`filter: "nine" is neither a number up to 255 nor a name of tcp[tcpflags]; there is tcp-ack, tcp-cwr, tcp-ece, tcp-fin, tcp-psh, tcp-push, tcp-rst, tcp-syn or tcp-urg
  tcp[tcpflags] & (tcp-syn|nine) != 0
                           ^~~~`,
		`filter: vlan has no source and destination: src and dst can precede host, net, port, endpoint and identity
  src vlan 1
      ^~~~`,
		`filter: tcp takes no value
  tcp = 1
      ^`,
		`filter: host is not ordered: only = and != compare it
  host < 10.0.0.1
  ^~~~~~~~~~~~~~~`,
		`filter: unexpected end of the expression: port is followed by a port
  port
      ^`,
		`filter: unexpected end of the expression: the parenthesis at column 1 is not closed
  (tcp
      ^`,
		`filter: unexpected ")": terms are joined by and, or
  tcp)
     ^`,
		`filter: unexpected "tcp": terms are joined by and, or
  type drop tcp
            ^~~`,
		`filter: text without its closing "
  reason "Policy
         ^~~~~~~`,
		`filter: unexpected ';': text with such characters must be in quotes
  tcp ; udp
      ^`,
		`filter: the word for tcp-syn is syn
  tcp-syn
  ^~~~~~~`,
	} {
		expr := strings.TrimPrefix(strings.Split(want, "\n")[1], "  ")
		_, err := Compile(expr, schema)
		var typed *Error
		if !errors.As(err, &typed) {
			t.Errorf("%s: error %v", expr, err)
			continue
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestErrorsWithoutSchema(t *testing.T) {
	for _, expr := range []string{"reason x", "srcLabel = 1", "type drop", strings.Repeat("(", 200), strings.Repeat("not ", 200), strings.Repeat("x", maxExpr+1)} {
		if _, err := Compile(expr, &Schema{}); err == nil {
			t.Errorf("%.20s: no error", expr)
		}
	}
	if _, err := Compile("tcp and \x00\x1b[31m\xff", &Schema{}); err == nil || strings.ContainsAny(err.Error(), "\x00\x1b") || strings.Contains(err.Error(), "\xff") {
		t.Errorf("control characters in %q", err)
	}
}

func TestServicesAreSorted(t *testing.T) {
	for i := 1; i < len(services); i++ {
		if services[i-1].name >= services[i].name {
			t.Errorf("%s stands before %s", services[i-1].name, services[i].name)
		}
	}
	for _, s := range services {
		if port, ok := servicePort(s.name); !ok || port != s.port {
			t.Errorf("%s: port %d", s.name, port)
		}
	}
}
