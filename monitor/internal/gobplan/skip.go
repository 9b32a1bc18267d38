// SPDX-License-Identifier: Apache-2.0

package gobplan

// skip reads a value that nobody wants.
func (c *cursor) skip(n *node) {
	switch n.op {
	case opSkipNumber:
		c.uint()
	case opSkipComplex:
		c.uint()
		c.uint()
	case opSkipBytes:
		c.bytes()
	default:
		if c.enter() {
			c.skipComposite(n)
			c.leave()
		}
	}
}

func (c *cursor) skipComposite(n *node) {
	switch n.op {
	case opSkipArray:
		if count := c.uint(); c.err == nil && count != uint64(n.length) {
			c.fail("%d elements for an array of %d", count, n.length)
		}
		c.skipElements(n, n.length)
	case opSkipSlice:
		c.skipElements(n, c.count())
	case opSkipMap:
		c.skipMap(n)
	case opSkipStruct:
		c.skipStruct(n)
	}
}

func (c *cursor) skipElements(n *node, count int) {
	for i := 0; i < count; i++ {
		if c.left() == 0 {
			c.fail("the message ends at element %d of %d", i, count)
			return
		}
		c.skip(n.elem)
	}
}

func (c *cursor) skipMap(n *node) {
	for count := c.count(); count > 0 && c.err == nil; count-- {
		c.skip(n.key)
		c.skip(n.elem)
	}
}

func (c *cursor) skipStruct(n *node) {
	for num := -1; c.left() > 0; {
		delta := c.uint()
		if delta == 0 {
			return
		}
		if delta > uint64(len(n.fields)-1-num) {
			c.fail("a struct of %d fields has none with number %d+%d", len(n.fields), num, delta)
			return
		}
		num += int(delta)
		c.skip(n.fields[num].node)
	}
}
