// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"math/bits"

	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

const lowerHex = "0123456789abcdef"

// appendField appends a name and a number.
func appendField(dst []byte, name string, value uint32) []byte {
	return text.AppendUint(append(dst, name...), uint64(value))
}

func appendMAC(dst, mac []byte) []byte {
	m := [6]byte(mac)
	return append(dst,
		lowerHex[m[0]>>4], lowerHex[m[0]&15], ':', lowerHex[m[1]>>4], lowerHex[m[1]&15], ':',
		lowerHex[m[2]>>4], lowerHex[m[2]&15], ':', lowerHex[m[3]>>4], lowerHex[m[3]&15], ':',
		lowerHex[m[4]>>4], lowerHex[m[4]&15], ':', lowerHex[m[5]>>4], lowerHex[m[5]&15])
}

// appendIPv4 appends an address: its bytes in decimal, with dots. It writes four characters for each byte, and the
// next over those that were too many.
func appendIPv4(dst, ip []byte) []byte {
	start := len(dst)
	dst = append(dst, "                "...) // as long as four bytes can get
	out, a := (*[16]byte)(dst[start:]), (*[4]byte)(ip)
	n := putOctet(out, 0, a[0])
	n = putOctet(out, n, a[1])
	n = putOctet(out, n, a[2])
	n = putOctet(out, n, a[3])
	return dst[:start+n-1]
}

// putOctet writes a byte in decimal and a dot at an offset of out, with blanks up to the fourth character. It returns
// the offset behind the dot.
func putOctet(out *[16]byte, at int, v byte) int {
	copy(out[at:at+4], octets[4*int(v):4*int(v)+4])
	switch {
	case v < 10:
		return at + 2
	case v < 100:
		return at + 3
	}
	return at + 4
}

// octets holds every byte in decimal, with a dot behind it and blanks up to the fourth character.
const octets = "0.  1.  2.  3.  4.  5.  6.  7.  8.  9.  10. 11. 12. 13. 14. 15. 16. 17. 18. 19. 20. 21. 22. 23. 24. 25. " +
	"26. 27. 28. 29. 30. 31. 32. 33. 34. 35. 36. 37. 38. 39. 40. 41. 42. 43. 44. 45. 46. 47. 48. 49. 50. 51. " +
	"52. 53. 54. 55. 56. 57. 58. 59. 60. 61. 62. 63. 64. 65. 66. 67. 68. 69. 70. 71. 72. 73. 74. 75. 76. 77. " +
	"78. 79. 80. 81. 82. 83. 84. 85. 86. 87. 88. 89. 90. 91. 92. 93. 94. 95. 96. 97. 98. 99. 100.101.102.103." +
	"104.105.106.107.108.109.110.111.112.113.114.115.116.117.118.119.120.121.122.123.124.125.126.127.128.129." +
	"130.131.132.133.134.135.136.137.138.139.140.141.142.143.144.145.146.147.148.149.150.151.152.153.154.155." +
	"156.157.158.159.160.161.162.163.164.165.166.167.168.169.170.171.172.173.174.175.176.177.178.179.180.181." +
	"182.183.184.185.186.187.188.189.190.191.192.193.194.195.196.197.198.199.200.201.202.203.204.205.206.207." +
	"208.209.210.211.212.213.214.215.216.217.218.219.220.221.222.223.224.225.226.227.228.229.230.231.232.233." +
	"234.235.236.237.238.239.240.241.242.243.244.245.246.247.248.249.250.251.252.253.254.255."

// mapped reports whether an IPv6 address is an IPv4-mapped one, which prints with the IPv4 address in decimal.
func mapped(ip []byte) bool {
	return binary.BigEndian.Uint64(ip) == 0 && binary.BigEndian.Uint32(ip[8:]) == 0xffff
}

// appendIPv6 appends an IPv6 address in its shortest form (RFC 5952).
func appendIPv6(dst, ip []byte) []byte {
	if mapped(ip) {
		return appendIPv4(append(dst, "::ffff:"...), ip[12:16])
	}
	from, to := longestZeros(zeroGroups(binary.BigEndian.Uint64(ip)) | zeroGroups(binary.BigEndian.Uint64(ip[8:]))<<4)
	dst = appendGroups(dst, ip[:2*from])
	if from < to {
		dst = append(dst, ':', ':')
	}
	return appendGroups(dst, ip[2*to:16])
}

// appendGroups appends groups of an IPv6 address with colons between them.
func appendGroups(dst, groups []byte) []byte {
	for i := 0; i+1 < len(groups); i += 2 {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = appendHex(dst, uint16(groups[i])<<8|uint16(groups[i+1]))
	}
	return dst
}

// zeroGroups tells which of four groups are zero: bit 0 stands for the first, which is the highest.
func zeroGroups(groups uint64) uint {
	const low15 = 0x7fff7fff7fff7fff // of each group
	zero := ^((groups & low15) + low15 | groups | low15)
	// Bits 63, 47, 31 and 15 are left. The product has them in bits 48, 49, 50 and 51.
	return uint(zero>>15*(1|1<<17|1<<34|1<<51)>>48) & 15
}

// longestZeros returns the first of the longest runs of two or more groups of an IPv6 address that are zero, as the
// number of its first group and of the one behind its last; or 8 and 8. Bit i of zero reports whether group i is zero.
func longestZeros(zero uint) (from, to int) {
	// Each round takes a group off the end of every run. What is left last shows where the longest start.
	n := 0
	left := zero
	for next := zero; next != 0; next &= next >> 1 {
		left = next
		n++
	}
	if n < 2 {
		return 8, 8
	}
	from = bits.TrailingZeros(left)
	return from, from + n
}

// appendHex appends a group of an IPv6 address.
func appendHex(dst []byte, v uint16) []byte {
	switch {
	case v >= 0x1000:
		return append(dst, lowerHex[v>>12], lowerHex[v>>8&15], lowerHex[v>>4&15], lowerHex[v&15])
	case v >= 0x100:
		return append(dst, lowerHex[v>>8], lowerHex[v>>4&15], lowerHex[v&15])
	case v >= 0x10:
		return append(dst, lowerHex[v>>4], lowerHex[v&15])
	}
	return append(dst, lowerHex[v])
}
