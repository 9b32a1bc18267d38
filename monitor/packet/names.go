// SPDX-License-Identifier: Apache-2.0

package packet

// IP protocol numbers.
const (
	ProtoHopByHop           = 0
	ProtoICMP               = 1
	ProtoIGMP               = 2
	ProtoIPv4               = 4
	ProtoTCP                = 6
	ProtoUDP                = 17
	ProtoDCCP               = 33
	ProtoIPv6               = 41
	ProtoRouting            = 43
	ProtoFragment           = 44
	ProtoGRE                = 47
	ProtoESP                = 50
	ProtoAH                 = 51
	ProtoICMPv6             = 58
	ProtoNoNext             = 59
	ProtoDestinationOptions = 60
	ProtoOSPF               = 89
	ipipOld                 = 94
	ProtoEtherIP            = 97
	ProtoPIM                = 103
	ProtoVRRP               = 112
	ProtoSCTP               = 132
	ProtoUDPLite            = 136
	ProtoMPLS               = 137
)
