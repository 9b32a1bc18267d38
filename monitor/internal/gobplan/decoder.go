// SPDX-License-Identifier: Apache-2.0

package gobplan

import (
	"bytes"
	"fmt"
	"reflect"
	"sync/atomic"
)

// Decoder decodes streams into values of type T, a struct. The zero value is ready for use. It keeps at most eight
// plans, each with its type definitions of at most 16 KiB, and nothing of the values. It is safe for concurrent use,
// and must not be copied after the first.
type Decoder[T any] struct {
	plans atomic.Pointer[[]*plan]
}

const (
	maxPlans  = 8
	maxPrefix = 16 << 10
)

// Decode decodes the first value of a stream, and ignores what follows it. It sets all of into, to the zero value if
// it fails. The strings in into share one copy of the value's bytes; none of it refers to stream.
//
// The error is an [*Error].
func (d *Decoder[T]) Decode(stream []byte, into *T) error {
	var zero T
	*into = zero
	c, n, err := d.prepare(stream)
	if err != nil {
		return err
	}
	c.value(n, reflect.ValueOf(into).Elem())
	if c.err != nil {
		*into = zero
	}
	return c.err
}

// prepare returns the first value of a stream and how to read it.
func (d *Decoder[T]) prepare(stream []byte) (cursor, *node, error) {
	all := d.load()
	for _, p := range all {
		if c, ok := p.match(stream); ok {
			return c, p.node, nil
		}
	}
	t := reflect.TypeFor[T]()
	if ok, _ := decodesItself(t); ok || t.Kind() != reflect.Struct {
		return cursor{}, nil, &Error{Reason: fmt.Sprintf("%s is not a struct with fields", t)}
	}
	p, err := newPlan(t, stream)
	if err != nil {
		return cursor{}, nil, err
	}
	if len(p.prefix) <= maxPrefix {
		d.add(p)
	}
	c, _ := p.match(stream)
	return c, p.node, nil
}

func (d *Decoder[T]) load() []*plan {
	if p := d.plans.Load(); p != nil {
		return *p
	}
	return nil
}

// add keeps a plan, in the place of the oldest if there are too many. Of two that are added at once one may be lost,
// and made again.
func (d *Decoder[T]) add(p *plan) {
	old := d.load()
	if len(old) == maxPlans {
		old = old[1:]
	}
	all := make([]*plan, 0, maxPlans)
	all = append(append(all, old...), p)
	d.plans.Store(&all)
}

// match reports whether the plan is for a stream, and returns its first value.
func (p *plan) match(stream []byte) (cursor, bool) {
	if !bytes.HasPrefix(stream, p.prefix) {
		return cursor{}, false
	}
	c, id := message(stream, len(p.prefix))
	return c, c.err == nil && id == p.root
}
