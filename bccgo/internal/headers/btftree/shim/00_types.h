/*
 * Types of linux/types.h that a kernel's BTF lacks if nothing in the kernel has
 * a variable of them.
 */
typedef unsigned long uintptr_t;
