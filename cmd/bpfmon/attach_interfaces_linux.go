// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/bpf"
	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
)

// interfaces are the arguments of attach: names, patterns like veth*, and "any".
type interfaces []string

// check returns an error for an argument that can be no interface, and for one that is given twice.
func (i interfaces) check() error {
	for n, arg := range i {
		switch {
		case arg == "":
			return errors.New("the name of an interface is empty: it is like eth0, veth* or any")
		case slices.Contains(i[:n], arg):
			return fmt.Errorf("%q is given twice", arg)
		}
		if _, err := path.Match(arg, ""); err != nil {
			return fmt.Errorf("%q is not a pattern for names of interfaces, such as veth* or eth[0-3]", arg)
		}
	}
	return nil
}

// isPattern tells that an argument can stand for more than one interface, or for none.
func isPattern(arg string) bool { return arg == "any" || strings.ContainsAny(arg, `*?[\`) }

// names returns the arguments that are names.
func (i interfaces) names() []string {
	return slices.DeleteFunc(slices.Clone(i), isPattern)
}

// match reports whether an interface was asked for.
func (i interfaces) match(name string) bool {
	return slices.ContainsFunc(i, func(arg string) bool {
		matched, _ := path.Match(arg, name) // it is a pattern: check
		return arg == "any" || matched
	})
}

// changed says what has happened to an interface, and ends the source when there is nothing left to watch.
func (a *attached) changed(c bpf.Change) {
	switch c.Kind {
	case bpf.Appeared:
		if c.Err != nil {
			a.log(fmt.Sprintf("interface %s is not watched: %v", c.Name, c.Err))
			break
		}
		if a.first(c.Name) {
			break
		}
		a.log(fmt.Sprintf("interface %s appeared", c.Name))
		a.logPeers([]string{c.Name})
	case bpf.Renamed:
		a.log(fmt.Sprintf("interface %s is now called %s", c.Name, c.Detail))
	case bpf.Gone:
		a.log(fmt.Sprintf("interface %s is gone; %s left", c.Name, count(c.Left, "interface")))
		if c.Left == 0 && !slices.ContainsFunc(a.requested, isPattern) {
			a.fail("every interface is gone")
		}
	case bpf.Displaced:
		if c.Detail == "" {
			a.log(fmt.Sprintf("%s: no other program runs before bpfmon any more", c.Name))
			break
		}
		a.log(fmt.Sprintf("%s: other programs run before bpfmon, which does not see packets that they drop or redirect: %s", c.Name, c.Detail))
	case bpf.Unlisted:
		if c.Err == nil {
			a.log("interfaces that appear and go are noticed again")
			break
		}
		a.log(fmt.Sprintf("interfaces that appear and go are not noticed: %v; bpfmon tries again each second", c.Err))
	case bpf.Removed:
		if c.Err != nil {
			a.fail(fmt.Sprintf("%s: the program was removed by another process, and it cannot be attached again: %v", c.Name, c.Err))
			break
		}
		a.log(fmt.Sprintf("%s: the program was removed by another process and packets passed unseen; it is attached again", c.Name))
	}
}

// first notes an interface that a pattern stands for, and reports whether it is one of those at the start, which are told
// together.
func (a *attached) first(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.ready {
		a.matched = append(a.matched, name)
	}
	return !a.ready
}

// started returns the interfaces at the start. What appears from now on is told by itself.
func (a *attached) started() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ready = true
	return append(a.requested.names(), a.matched...)
}

// mostPeerLines is how many interfaces are said to lead somewhere, at the start.
const mostPeerLines = 50

// logPeers says to which container or network namespace interfaces lead, as the host's ends of pods' cables do. The calling
// thread is in the namespace of the interfaces.
func (a *attached) logPeers(names []string) {
	peers := kdrop.Peers(names)
	a.peers.add(peers)
	for i, name := range slices.Sorted(maps.Keys(peers)) {
		if i == mostPeerLines {
			a.log(fmt.Sprintf("%s more lead to other network namespaces", count(len(peers)-i, "interface")))
			break
		}
		a.log(fmt.Sprintf("interface %s leads to %s", name, peers[name].Name))
	}
}

// fail makes the run fail, once everything that was sent is printed.
func (a *attached) fail(why string) {
	a.failed.CompareAndSwap(nil, &why)
	a.end()
}
