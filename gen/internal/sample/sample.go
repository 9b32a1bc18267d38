// SPDX-License-Identifier: Apache-2.0

// Package sample holds generated code in each of its forms, so that tests can run it.
package sample

//go:generate go run ../../../cmd/lockstep gen
