// SPDX-License-Identifier: Apache-2.0

package api

//go:generate go run ../../cmd/lockstep gen
