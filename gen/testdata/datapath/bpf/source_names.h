/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The number of a source file, for drop_notify: found at compile time. */
#ifndef __SOURCE_NAMES_H
#define __SOURCE_NAMES_H

#define _strcase_(id, name) if (!__builtin_strcmp(file, name)) return id

static __always_inline int source_file_id(const char *file)
{
	/* programs */
	_strcase_(1, "bpf_host.c");
	_strcase_(2, "bpf_lxc.c");
	_strcase_(3, "bpf_overlay.c");
	_strcase_(4, "bpf_xdp.c");
	_strcase_(5, "bpf_sock.c");
	_strcase_(7, "bpf_wireguard.c");

	/* headers */
	_strcase_(101, "drop.h");
	_strcase_(102, "srv6.h");
	_strcase_(103, "icmp6.h");
	_strcase_(104, "nodeport.h");
	_strcase_(105, "lb.h");
	_strcase_(106, "mcast.h");
	_strcase_(107, "ipv4.h");
	_strcase_(108, "conntrack.h");
	_strcase_(109, "local_delivery.h");
	_strcase_(110, "trace.h");
	_strcase_(111, "encap.h");
	_strcase_(112, "host_firewall.h");
	_strcase_(113, "nodeport_egress.h");
	_strcase_(114, "ipv6.h");
	_strcase_(115, "classifiers.h");

	return 0;
}

#endif
