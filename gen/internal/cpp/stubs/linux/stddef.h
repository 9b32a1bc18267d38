/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_LINUX_STDDEF_H
#define __LOCKSTEP_LINUX_STDDEF_H

#define __always_inline inline
#define __struct_group(tag, name, attrs, ...) \
	union { \
		struct { __VA_ARGS__ } attrs; \
		struct tag { __VA_ARGS__ } attrs name; \
	}
#define __DECLARE_FLEX_ARRAY(type, name) \
	struct { \
		struct { } __empty_ ## name; \
		type name[]; \
	}

#endif
