// SPDX-License-Identifier: Apache-2.0

package gen

import "github.com/lockstep-bpf/lockstep/gen/internal/config"

// ConfigReference describes the configuration: every key with a comment, and what else there is to know.
func ConfigReference() string { return config.Reference() + "\n" + config.Notes }

// ConfigSchema returns the configuration's JSON schema, for editors.
func ConfigSchema() ([]byte, error) { return config.Schema() }
