// SPDX-License-Identifier: Apache-2.0

package monitor

//go:generate go run ../cmd/lockstep gen
