// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/lockstep-bpf/lockstep/internal/visible"
)

// document returns data as an indented JSON document that ends in a newline, and takes over no terminal.
func document(data any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(data); err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	return visible.JSON(b.Bytes()), nil
}
