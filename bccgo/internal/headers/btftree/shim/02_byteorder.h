/*
 * Byte order of a little-endian machine; x86-64 and arm64 both are.
 * Stands in for linux/byteorder/generic.h, uapi/linux/byteorder/little_endian.h
 * and linux/swab.h.
 */

#define __LITTLE_ENDIAN 1234
#define __LITTLE_ENDIAN_BITFIELD
#define __swab16(x) ((__u16)__builtin_bswap16((__u16)(x)))
#define __swab32(x) ((__u32)__builtin_bswap32((__u32)(x)))
#define __swab64(x) ((__u64)__builtin_bswap64((__u64)(x)))
#define swab16(x) __swab16(x)
#define swab32(x) __swab32(x)
#define swab64(x) __swab64(x)
#define ___constant_swab16(x) __swab16(x)
#define ___constant_swab32(x) __swab32(x)
#define ___constant_swab64(x) __swab64(x)

#define __constant_htonl(x) ((__be32)__swab32(x))
#define __constant_ntohl(x) __swab32((__be32)(x))
#define __constant_htons(x) ((__be16)__swab16(x))
#define __constant_ntohs(x) __swab16((__be16)(x))
#define __constant_cpu_to_be16(x) ((__be16)__swab16(x))
#define __constant_cpu_to_be32(x) ((__be32)__swab32(x))
#define __constant_cpu_to_be64(x) ((__be64)__swab64(x))
#define __constant_be16_to_cpu(x) __swab16((__u16)(__be16)(x))
#define __constant_be32_to_cpu(x) __swab32((__u32)(__be32)(x))
#define __constant_be64_to_cpu(x) __swab64((__u64)(__be64)(x))

#define __cpu_to_be16(x) ((__be16)__swab16((x)))
#define __cpu_to_be32(x) ((__be32)__swab32((x)))
#define __cpu_to_be64(x) ((__be64)__swab64((x)))
#define __be16_to_cpu(x) __swab16((__u16)(__be16)(x))
#define __be32_to_cpu(x) __swab32((__u32)(__be32)(x))
#define __be64_to_cpu(x) __swab64((__u64)(__be64)(x))
#define __cpu_to_le16(x) ((__le16)(__u16)(x))
#define __cpu_to_le32(x) ((__le32)(__u32)(x))
#define __cpu_to_le64(x) ((__le64)(__u64)(x))
#define __le16_to_cpu(x) ((__u16)(__le16)(x))
#define __le32_to_cpu(x) ((__u32)(__le32)(x))
#define __le64_to_cpu(x) ((__u64)(__le64)(x))

#define cpu_to_be16 __cpu_to_be16
#define cpu_to_be32 __cpu_to_be32
#define cpu_to_be64 __cpu_to_be64
#define be16_to_cpu __be16_to_cpu
#define be32_to_cpu __be32_to_cpu
#define be64_to_cpu __be64_to_cpu
#define cpu_to_le16 __cpu_to_le16
#define cpu_to_le32 __cpu_to_le32
#define cpu_to_le64 __cpu_to_le64
#define le16_to_cpu __le16_to_cpu
#define le32_to_cpu __le32_to_cpu
#define le64_to_cpu __le64_to_cpu

#define ___htonl(x) __cpu_to_be32(x)
#define ___htons(x) __cpu_to_be16(x)
#define ___ntohl(x) __be32_to_cpu(x)
#define ___ntohs(x) __be16_to_cpu(x)
#define htonl(x) ___htonl(x)
#define htons(x) ___htons(x)
#define ntohl(x) ___ntohl(x)
#define ntohs(x) ___ntohs(x)

static __always_inline __u16 __be16_to_cpup(const __be16 *p)
{
	return __swab16(*p);
}

static __always_inline __u32 __be32_to_cpup(const __be32 *p)
{
	return __swab32(*p);
}

static __always_inline __u64 __be64_to_cpup(const __be64 *p)
{
	return __swab64(*p);
}

#define be16_to_cpup __be16_to_cpup
#define be32_to_cpup __be32_to_cpup
#define be64_to_cpup __be64_to_cpup

/* linux/unaligned.h */
#define get_unaligned(ptr) \
	({ const struct { typeof(*(ptr)) x; } __packed *__pptr = (typeof(__pptr))(ptr); __pptr->x; })
#define put_unaligned(val, ptr) \
	do { struct { typeof(*(ptr)) x; } __packed *__pptr = (typeof(__pptr))(ptr); __pptr->x = (val); } while (0)

static inline u16 get_unaligned_be16(const void *p)
{
	return be16_to_cpu(get_unaligned((const __be16 *)p));
}

static inline u32 get_unaligned_be32(const void *p)
{
	return be32_to_cpu(get_unaligned((const __be32 *)p));
}

static inline u64 get_unaligned_be64(const void *p)
{
	return be64_to_cpu(get_unaligned((const __be64 *)p));
}
