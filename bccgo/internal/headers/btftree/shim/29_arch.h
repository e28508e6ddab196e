/*
 * What differs between x86-64 and arm64 in the user interface.
 * Stands in for arch/arm64/include/uapi/asm/fcntl.h, asm/hwcap.h, asm/auxvec.h
 * and uapi/asm-generic/fcntl.h.
 */
#if defined(__TARGET_ARCH_arm64) || defined(__aarch64__)
#define O_DIRECTORY 040000
#define O_NOFOLLOW 0100000
#define O_DIRECT 0200000
#define O_LARGEFILE 0400000
#else
#define O_DIRECT 00040000
#define O_LARGEFILE 00100000
#define O_DIRECTORY 00200000
#define O_NOFOLLOW 00400000
#endif
#define __O_TMPFILE 020000000
#define O_TMPFILE (__O_TMPFILE | O_DIRECTORY)
