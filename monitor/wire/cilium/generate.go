// SPDX-License-Identifier: Apache-2.0

package cilium

//go:generate go run ../../../cmd/lockstep gen
