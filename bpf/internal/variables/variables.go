// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package variables sets what BPF programs are configured by before they are loaded: their constants.
package variables

import (
	"fmt"

	"github.com/cilium/ebpf"
)

// Set gives variables of a collection their values, by their names in C. A value's type must have the size of the variable.
func Set(spec *ebpf.CollectionSpec, values map[string]any) error {
	for name, value := range values {
		v := spec.Variables[name]
		if v == nil {
			return fmt.Errorf("the object has no variable %s", name)
		}
		if err := v.Set(value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}
