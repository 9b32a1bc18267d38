// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// number is a release as one number: 10802 is 1.8.2.
type number int

// The releases at which a layout or the form of a text changed.
const (
	sixth       number = 10600 // the first that this package prints
	versioned   number = 10700 // len_cap is shorter, and a version follows it
	dropSource  number = 11200 // a drop says where in the source it is from
	dropDevice  number = 11300 // and has an interface: 36 bytes
	authType    number = 11400 // a policy verdict says how the peers were authenticated
	errors16    number = 11600 // a packet with a broken header prints as [error]
	labels      number = 11700 // the labels in an access log are structs
	deviceFlags number = 11800 // flags say what a packet starts with, and what it carries; a drop sends version 2
	traceID     number = 11900 // a drop sends version 3, a trace version 2; trace-sock and policy verdict have 40 bytes
)

// sent are the versions that a release's messages have.
type sent struct{ drop, trace, other uint16 }

// sends returns the versions that the release sends.
func (n number) sends() sent {
	switch {
	case n < versioned:
		return sent{}
	case n < deviceFlags:
		return sent{1, 1, 1}
	case n < traceID:
		return sent{2, 1, 1}
	}
	return sent{3, 2, 1}
}

// Newest is the newest release that is known.
var Newest = ReleaseNames()[len(ReleaseNames())-1]

// ParseRelease returns the release that a name such as "1.16" or "1.8.2" stands for: without a patch release it is the last
// one of its kind. The error says which releases there are.
func ParseRelease(name string) (Release, error) {
	n, err := parseNumber(name)
	if err != nil {
		return 0, err
	}
	return n.release(), nil
}

func parseNumber(name string) (number, error) {
	text, patch := strings.TrimPrefix(name, "v"), 99
	parts := strings.Split(text, ".")
	numbers := make([]int, len(parts))
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil || len(parts) > 3 || len(parts) < 2 || n > 99 || len(p) > 1 && p[0] == '0' {
			return 0, unknownRelease(name)
		}
		numbers[i] = int(n)
	}
	if len(parts) == 3 {
		patch = numbers[2]
	}
	if !slices.Contains(ReleaseNames(), fmt.Sprintf("%d.%d", numbers[0], numbers[1])) {
		return 0, unknownRelease(name)
	}
	return number(10000 + numbers[1]*100 + patch), nil
}

func unknownRelease(name string) error {
	return fmt.Errorf("unknown Cilium release %q: known are 1.5 to %s, also with a patch release such as 1.8.2", name, Newest)
}

// starts are the numbers of the releases in the generated list.
var starts = func() (n [len(releaseNames)]number) {
	for i, name := range releaseNames {
		n[i], _ = parseNumber(name) // a test parses all
	}
	return n
}()

// release returns the last release in the generated list that is not above n.
func (n number) release() Release {
	i, found := slices.BinarySearch(starts[:], n)
	if !found {
		i--
	}
	return Release(max(i, 0))
}

// ReleaseNames returns the releases that users choose from, oldest first.
func ReleaseNames() []string {
	var names []string
	for _, name := range releaseNames {
		if name = name[:strings.LastIndexByte(name, '.')]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
