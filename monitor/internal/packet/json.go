// SPDX-License-Identifier: Apache-2.0

package packet

// Stack is what is kept of a packet that is looked at as a whole: of each kind the innermost header.
type Stack struct {
	// IP is the kind of the innermost IP header, and Top that of the header behind it; None if there is none.
	IP, Top Kind

	layers [kinds]Layer
}

// Read decodes a packet. It resets all of the stack, which refers to the packet.
func (s *Stack) Read(packet []byte) {
	*s = Stack{}
	w := walk(packet)
	for l, ok := w.step(); ok; l, ok = w.step() {
		s.layers[l.Kind] = l
		switch l.Kind {
		case Ethernet:
		case IPv4, IPv6:
			s.IP = l.Kind
		default:
			s.Top = l.Kind
		}
	}
}

// Layer returns the innermost header of a kind, or nil if the packet has none. It stays valid until the next Read.
func (s *Stack) Layer(k Kind) *Layer {
	if s.layers[k].Kind == None {
		return nil
	}
	return &s.layers[k]
}

// Ports returns the innermost header with ports, or nil if the packet has none behind its innermost IP header.
func (s *Stack) Ports() *Layer {
	if s.Top != TCP && s.Top != UDP {
		return nil
	}
	return s.Layer(s.Top)
}

// AppendJSON appends the headers as a JSON object: the text of each under its name in lower case, and the addresses
// of Ethernet (l2), IP (l3) and TCP or UDP (l4) as objects with src and dst.
func AppendJSON(dst, packet []byte) []byte {
	var s Stack
	s.Read(packet)
	dst = append(dst, '{')
	for _, k := range jsonKinds {
		if k >= kinds { // a Stack has none of these
			continue
		}
		if l := s.Layer(k); l != nil {
			dst = append(comma(dst), kindNames[k].field...)
			dst = append(l.appendText(dst, `\t{`), '"')
		}
	}
	dst = appendFlow(dst, `"l2":{"src":"`, s.Layer(Ethernet))
	dst = appendFlow(dst, `"l3":{"src":"`, s.Layer(s.IP))
	dst = appendFlow(dst, `"l4":{"src":"`, s.Ports())
	return append(dst, '}')
}

// comma appends the comma that a field needs if it is not the object's first.
func comma(dst []byte) []byte {
	if dst[len(dst)-1] == '{' {
		return dst
	}
	return append(dst, ',')
}

// appendFlow appends the addresses of a header, or nothing if there is no header.
func appendFlow(dst []byte, open string, l *Layer) []byte {
	if l == nil {
		return dst
	}
	dst = l.AppendSrc(append(comma(dst), open...))
	dst = l.AppendDst(append(dst, `","dst":"`...))
	return append(dst, `"}`...)
}
