/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading the kernel's own structs. A struct that is marked __kernel_struct names just the fields that a program reads:
 * the loader finds them by name in the type information of the kernel that runs, and puts that kernel's offsets into the
 * program. What follows three underscores in the name of a struct is not part of it there.
 */
#ifndef __HEADERS_BPF_CORE_H
#define __HEADERS_BPF_CORE_H

#define __kernel_struct __attribute__((preserve_access_index))

/* What to ask of a field. */
#define BPF_FIELD_BYTE_OFFSET 0
#define BPF_FIELD_BYTE_SIZE 1
#define BPF_FIELD_EXISTS 2
#define BPF_FIELD_LSHIFT_U64 4
#define BPF_FIELD_RSHIFT_U64 5

/* Whether the running kernel has a field. The verifier removes what a missing one switches off. */
#define kernel_has(field) __builtin_preserve_field_info(field, BPF_FIELD_EXISTS)

/* Where the running kernel has a field, in bytes from the start of the struct, and how large it is. */
#define kernel_offset(field) __builtin_preserve_field_info(field, BPF_FIELD_BYTE_OFFSET)
#define kernel_size(field) __builtin_preserve_field_info(field, BPF_FIELD_BYTE_SIZE)

#endif /* __HEADERS_BPF_CORE_H */
