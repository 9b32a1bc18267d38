// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"net/netip"
	"slices"
	"strings"
)

// term reads a term. More than one comes of "host A and B".
func (p *parser) term() (node, error) {
	if tok := p.peek(); strings.EqualFold(tok.text, "arp") && p.ahead(1).kind == tokenWord {
		switch strings.ToLower(p.ahead(1).text) {
		case "host", "net", "src", "dst": // tcpdump's arp host ADDRESS
			p.next()
			n, err := p.term()
			arp := &term{pos: tok.pos, end: tok.end, scope: p.scope, op: "=", word: findWord("arp")}
			return &list{false, []node{arp, n}}, err
		}
	}
	t := &term{pos: p.peek().pos, scope: p.scope, op: "="}
	if p.inherits(p.peek()) {
		t.word, t.field, t.typ, t.side, t.proto = p.last.word, p.last.field, p.last.typ, p.last.side, p.last.proto
		if t.scope == scopeAny {
			t.scope = p.last.scope
		}
		return p.finish(t)
	}
	sided, err := p.qualify(t)
	if err != nil {
		return nil, err
	}
	if err := p.subject(t, sided); err != nil {
		return nil, err
	}
	return p.finish(t)
}

// inherits reports whether a token is a value of the term before, whose word and side it has too: host A and not B.
func (p *parser) inherits(tok token) bool {
	t := p.last
	if t == nil || tok.kind != tokenWord || p.names.has(tok.text) || t.op != "=" || t.takes() == takesNothing {
		return false
	}
	switch t.takes() {
	case takesAddress:
		return isAddress(tok.text)
	case takesMAC:
		_, err := mac(literal{text: tok.text})
		return err == nil
	case takesPort:
		_, err := port(literal{text: tok.text})
		return err == nil
	}
	return startsWithDigit(tok) && !isAddress(tok.text)
}

// finish reads the values of a term, and further ones.
func (p *parser) finish(t *term) (node, error) {
	t.end = p.tokens[max(p.at-1, 0)].end
	if err := p.values(t); err != nil {
		return nil, err
	}
	t.end = p.tokens[p.at-1].end
	p.last = t
	return p.more(t)
}

// qualify reads what stands before the subject of a term, and reports whether src or dst does.
func (p *parser) qualify(t *term) (sided bool, err error) {
	for {
		p.split()
		tok := p.peek()
		if tok.kind != tokenWord {
			return sided, nil
		}
		name := strings.ToLower(tok.text)
		w := findWord(name)
		switch {
		case name == "src" || name == "from" || name == "dst" || name == "to":
			if sided {
				return sided, p.fail(tok, "a second %s", name)
			}
			p.next()
			t.side, sided = p.sides(name), true
		case w != nil && w.isProtocol() && !sided && p.qualifies():
			if t.proto != nil {
				return sided, p.fail(tok, "a second protocol before the same word: join them by and")
			}
			p.next()
			t.proto = w
		default:
			return sided, nil
		}
	}
}

// sides returns the side of src or dst, which was read, and reads what may follow: "src or dst", "src and dst".
func (p *parser) sides(name string) side {
	first := sideSrc
	if name == "dst" || name == "to" {
		first = sideDst
	}
	joint, second := p.peek(), strings.ToLower(p.ahead(1).text)
	other := []string{"dst", "to"}
	if first == sideDst {
		other = []string{"src", "from"}
	}
	if !p.isJoint(joint) || p.ahead(1).kind != tokenWord || !slices.Contains(other, second) {
		return first
	}
	p.next()
	p.next()
	if joint.kind == tokenOr {
		return sideEither
	}
	return sideBoth
}

// qualifies reports whether the next token, a protocol, stands before another word of the same term.
func (p *parser) qualifies() bool {
	switch strings.ToLower(p.ahead(1).text) {
	case "src", "dst", "from", "to", "host", "net", "port", "portrange", "proto", "multicast", "broadcast":
		return p.ahead(1).kind == tokenWord
	}
	name, _, dotted := strings.Cut(strings.ToLower(p.ahead(1).text), ".")
	return dotted && (name == "src" || name == "dst") && p.ahead(1).kind == tokenWord
}

// subject reads what a term is about.
func (p *parser) subject(t *term, sided bool) error {
	tok := p.peek()
	if tok.kind == tokenOp && sided { // ip.src = ADDRESS
		t.word = findWord("host")
		return nil
	}
	if tok.kind != tokenWord {
		return p.fail(tok, "unexpected %s: expected host, net, port, endpoint or identity", tok)
	}
	w := findWord(strings.ToLower(tok.text))
	if w != nil && w.yields(p.names) {
		w = nil
	}
	if w == nil && isAddress(tok.text) {
		w = findWord("host") // its value is still to be read
	} else {
		p.next()
	}
	if w != nil && w.subject == subjectEther {
		return p.ether(t, w)
	}
	t.word = w
	if w == nil {
		if err := p.fieldName(t, tok); err != nil {
			if _, wrong := prefix(literal{text: tok.text}); wrong != nil && sided && p.endsTerm() {
				return p.fail(tok, "%v", wrong) // src NAME, as tcpdump takes it
			}
			return err
		}
	}
	if sided && (w == nil || !w.sides) {
		return p.fail(tok, "%s has no source and destination: src and dst can precede host, net, port, endpoint and identity", tok.text)
	}
	if t.proto != nil && w.about() == subjectCast {
		if t.proto.subject != subjectVersion || w.number != 0 {
			return p.fail(tok, "%s %s is not known here: write broadcast for that of Ethernet, or dst host and the address", t.proto.name, tok.text)
		}
	} else if t.proto != nil && !slices.Contains([]subject{subjectHost, subjectNet, subjectPort, subjectProtocol}, w.about()) {
		return p.fail(tok, "%s does not go with %s: join them by and", t.proto.name, tok.text)
	}
	return nil
}

// endsTerm reports whether the next token ends a term: what was read is its value.
func (p *parser) endsTerm() bool {
	switch p.peek().kind {
	case tokenEnd, tokenClose, tokenAnd, tokenOr:
		return true
	}
	return false
}

// about returns the subject of a word, that of fields for none.
func (w *word) about() subject {
	if w == nil {
		return subjectField
	}
	return w.subject
}

// ether reads host, src or dst behind ether.
func (p *parser) ether(t *term, w *word) error {
	t.word = w
	p.split()
	tok := p.next()
	switch strings.ToLower(tok.text) {
	case "src":
		t.side = sideSrc
	case "dst":
		t.side = sideDst
	case "host":
		return nil
	case "proto", "broadcast", "multicast":
		if t.word = findWord(strings.ToLower(tok.text)); t.word.subject != subjectCast {
			t.word = findWord("ether proto")
		}
		return nil
	default:
		return p.fail(tok, "unexpected %s: ether is followed by host, src or dst and an address, or by proto, broadcast or multicast", tok)
	}
	if strings.EqualFold(p.peek().text, "host") {
		p.next()
	}
	return nil
}

// fieldName takes a word that is the name of a field, alone or behind a message type and a dot.
func (p *parser) fieldName(t *term, tok token) error {
	if p.names.hasField(tok.text) {
		t.field = tok.text
		return nil
	}
	typ, name, dotted := strings.Cut(tok.text, ".")
	if dotted && p.names.hasType(typ) {
		if !p.names.hasFieldOf(typ, name) {
			return p.fail(tok, "messages of type %s have no field %q%s", typ, name, suggest(name, p.names.fieldsOf(typ)))
		}
		t.typ, t.field = typ, name
		return nil
	}
	if p.names.hasType(tok.text) {
		return p.fail(tok, "%s is a message type: write type %s", tok.text, tok.text)
	}
	if host, end, ok := addressPort(tok.text); ok {
		return p.fail(tok, "an address with a port: write host %s and port %s", host, end)
	}
	return p.fail(tok, "unknown word %q%s", tok.text, suggest(tok.text, p.names.all()))
}

// values reads the operator and the values of a term.
func (p *parser) values(t *term) error {
	takes := t.takes()
	operator := p.peek()
	if operator.kind == tokenOp {
		if takes == takesNothing {
			return p.fail(operator, "%s takes no value", t.name())
		}
		p.next()
		t.op = operator.text
	} else if opens := p.ahead(1).kind; strings.EqualFold(operator.text, "in") && operator.kind == tokenWord && (opens == tokenBrace || opens == tokenOpen) {
		p.next()
	} else if takes != takesNothing {
		if err := p.foreignOperator(t, operator); err != nil {
			return err
		}
	}
	first := p.peek()
	switch {
	case takes == takesNothing:
		return nil
	case takes == takesMaybe && operator.kind != tokenOp && first.kind != tokenBrace && !startsWithDigit(first):
		return nil
	case first.kind == tokenBrace:
		p.next()
		return p.set(t)
	case first.kind == tokenOpen:
		p.next()
		return p.choice(t)
	}
	if err := p.value(t); err != nil {
		return err
	}
	for p.peek().kind == tokenComma {
		p.next()
		if err := p.value(t); err != nil {
			return err
		}
	}
	return p.single(t)
}

// foreignOperators are operators of other languages, and what stands for them here.
var foreignOperators = map[string]string{
	"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "is": "=", "after": ">=", "since": ">=", "before": "<", "until": "<",
	"contains": "*", "matches": "*", "like": "*", "~": "*", "=~": "*",
}

// foreignOperator returns an error for an operator of another language with a value behind it: "port eq 53".
func (p *parser) foreignOperator(t *term, operator token) error {
	value := p.ahead(1)
	here, known := foreignOperators[strings.ToLower(operator.text)]
	if !known || operator.kind != tokenWord || value.kind != tokenWord && value.kind != tokenString {
		return nil
	}
	if here == "*" {
		text := strings.Trim(strings.ReplaceAll(value.text, ".*", "*"), "*^$")
		return p.fail(operator, "%q is not an operator here: in texts, * matches any characters: write %s \"*%s*\"", operator.text, t.name(), text)
	}
	return p.fail(operator, "%q is not an operator here: write %s %s %s", operator.text, t.name(), here, p.expr[value.pos:value.end])
}

// set reads values up to the closing brace.
func (p *parser) set(t *term) error {
	for {
		if err := p.value(t); err != nil {
			return err
		}
		switch end := p.next(); end.kind {
		case tokenComma:
		case tokenUnbrace:
			return p.single(t)
		default:
			return p.fail(end, "unexpected %s in a set: it is {value, value, ...}", end)
		}
	}
}

// choice reads values that or joins up to the closing parenthesis: port (80 or 443).
func (p *parser) choice(t *term) error {
	for {
		if err := p.value(t); err != nil {
			return err
		}
		switch end := p.next(); end.kind {
		case tokenOr, tokenComma:
		case tokenClose:
			return p.single(t)
		default:
			return p.fail(end, "unexpected %s in a list of values: write %s (A or B), or %s {A, B}", end, t.name(), t.name())
		}
	}
}

// single returns an error for "port < {1, 2}".
func (p *parser) single(t *term) error {
	if len(t.values) > 1 && strings.ContainsAny(t.op, "<>") {
		return p.failAt(t.values[1].pos, t.values[len(t.values)-1].end, "%s compares with one value, not with several", t.op)
	}
	return nil
}

// value reads a value.
func (p *parser) value(t *term) error {
	tok := p.next()
	if tok.kind != tokenWord && tok.kind != tokenString {
		return p.fail(tok, "unexpected %s: %s is followed by %s", tok, t.name(), t.wants())
	}
	t.values = append(t.values, literal{tok.text, tok.kind == tokenString, tok.pos, tok.end})
	return nil
}

// takes returns the kind of values that the term takes.
func (t *term) takes() values {
	if t.word == nil {
		return takesField
	}
	return t.word.takes
}

// wants returns what an error calls the values of a term.
func (t *term) wants() string {
	return [...]string{
		takesAddress: "an address or a prefix", takesMAC: "an Ethernet address", takesPort: "a port", takesProtocol: "a protocol",
		takesEtherType: "an Ethernet type", takesNumber: "a number", takesMaybe: "a number", takesType: "a message type", takesField: "a value",
		takesInterface: "an interface", takesPeer: "what an interface leads to", takesRule: "a rule", takesText: "a text",
		takesTime: "a time", takesVerdict: "a verdict",
	}[t.takes()]
}

// more reads further values of the same term, as in "port 80 or 443" and "host A and B".
func (p *parser) more(t *term) (node, error) {
	if len(t.values) == 0 || t.op != "=" {
		return t, nil
	}
	joint := p.peek()
	if joint.kind == tokenAnd && p.isValue(t) {
		all := []node{t}
		for p.peek().kind == tokenAnd && p.isValue(t) {
			p.next()
			again := *t
			again.values = nil
			if err := p.value(&again); err != nil {
				return nil, err
			}
			again.end = p.tokens[p.at-1].end
			all = append(all, &again)
		}
		return &list{false, all}, p.mixed(t)
	}
	for p.peek().kind == tokenOr && p.isValue(t) {
		p.next()
		if err := p.value(t); err != nil {
			return nil, err
		}
		t.end = p.tokens[p.at-1].end
	}
	if joint.kind != tokenOr {
		return t, nil
	}
	return t, p.mixed(t)
}

// mixed returns an error for "host A or B and C".
func (p *parser) mixed(t *term) error {
	if p.isJoint(p.peek()) && p.isValue(t) {
		return p.fail(p.peek(), "and with or in a list of values: use parentheses to say which applies first")
	}
	return nil
}

// isValue reports whether behind the next token, and or or, a value of the term stands, and not another term.
func (p *parser) isValue(t *term) bool {
	tok, then := p.ahead(1), p.ahead(2)
	switch {
	case then.kind == tokenWord || then.kind == tokenString || then.kind == tokenOp || then.kind == tokenBrace || then.kind == tokenOpen:
		return false
	case tok.kind == tokenString:
		return true
	case tok.kind != tokenWord || p.names.has(tok.text):
		return false
	case t.takes() == takesAddress:
		return isAddress(tok.text) || startsWithDigit(tok)
	}
	return !isAddress(tok.text)
}

// startsWithDigit reports whether a token is a word that begins as numbers do.
func startsWithDigit(t token) bool {
	return t.kind == tokenWord && t.text[0] >= '0' && t.text[0] <= '9'
}

// addressPort takes 10.0.0.1:443 and tcpdump's 10.0.0.1.443 apart.
func addressPort(s string) (host, port string, ok bool) {
	at := strings.LastIndexAny(s, ".:")
	if at < 0 {
		return "", "", false
	}
	if a, err := netip.ParseAddr(s[:at]); err != nil || !a.Is4() {
		return "", "", false
	}
	_, err := number(s[at+1:])
	return s[:at], s[at+1:], err == nil
}

// isAddress reports whether a word is an IP address or a prefix.
func isAddress(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(s)
	return err == nil
}
