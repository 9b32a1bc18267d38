// SPDX-License-Identifier: Apache-2.0

package monitor

import "github.com/lockstep-bpf/lockstep/monitor/api"

// GetAllTypes returns the names of all message types, sorted.
func GetAllTypes() []string { return api.GetAllTypes() }
