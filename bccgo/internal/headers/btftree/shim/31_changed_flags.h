/*
 * Flags inside the kernel whose values differ between versions, each with the
 * version of the change.
 * Stands in for linux/gfp_types.h, linux/fs.h, linux/sched.h and linux/blk-mq.h.
 */

/* linux/gfp_types.h: the bits are enumerators since 6.10 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define ___GFP_DMA (1UL << ___GFP_DMA_BIT)
#define ___GFP_HIGHMEM (1UL << ___GFP_HIGHMEM_BIT)
#define ___GFP_DMA32 (1UL << ___GFP_DMA32_BIT)
#define ___GFP_MOVABLE (1UL << ___GFP_MOVABLE_BIT)
#define ___GFP_RECLAIMABLE (1UL << ___GFP_RECLAIMABLE_BIT)
#define ___GFP_HIGH (1UL << ___GFP_HIGH_BIT)
#define ___GFP_IO (1UL << ___GFP_IO_BIT)
#define ___GFP_FS (1UL << ___GFP_FS_BIT)
#define ___GFP_ZERO (1UL << ___GFP_ZERO_BIT)
#define ___GFP_DIRECT_RECLAIM (1UL << ___GFP_DIRECT_RECLAIM_BIT)
#define ___GFP_KSWAPD_RECLAIM (1UL << ___GFP_KSWAPD_RECLAIM_BIT)
#define ___GFP_WRITE (1UL << ___GFP_WRITE_BIT)
#define ___GFP_NOWARN (1UL << ___GFP_NOWARN_BIT)
#define ___GFP_RETRY_MAYFAIL (1UL << ___GFP_RETRY_MAYFAIL_BIT)
#define ___GFP_NOFAIL (1UL << ___GFP_NOFAIL_BIT)
#define ___GFP_NORETRY (1UL << ___GFP_NORETRY_BIT)
#define ___GFP_MEMALLOC (1UL << ___GFP_MEMALLOC_BIT)
#define ___GFP_COMP (1UL << ___GFP_COMP_BIT)
#define ___GFP_NOMEMALLOC (1UL << ___GFP_NOMEMALLOC_BIT)
#define ___GFP_HARDWALL (1UL << ___GFP_HARDWALL_BIT)
#define ___GFP_THISNODE (1UL << ___GFP_THISNODE_BIT)
#define ___GFP_ACCOUNT (1UL << ___GFP_ACCOUNT_BIT)
#else
#define ___GFP_DMA 0x01u
#define ___GFP_HIGHMEM 0x02u
#define ___GFP_DMA32 0x04u
#define ___GFP_MOVABLE 0x08u
#define ___GFP_RECLAIMABLE 0x10u
#define ___GFP_HIGH 0x20u
#define ___GFP_IO 0x40u
#define ___GFP_FS 0x80u
#define ___GFP_ZERO 0x100u
#define ___GFP_DIRECT_RECLAIM 0x400u
#define ___GFP_KSWAPD_RECLAIM 0x800u
#define ___GFP_WRITE 0x1000u
#define ___GFP_NOWARN 0x2000u
#define ___GFP_RETRY_MAYFAIL 0x4000u
#define ___GFP_NOFAIL 0x8000u
#define ___GFP_NORETRY 0x10000u
#define ___GFP_MEMALLOC 0x20000u
#define ___GFP_COMP 0x40000u
#define ___GFP_NOMEMALLOC 0x80000u
#define ___GFP_HARDWALL 0x100000u
#define ___GFP_THISNODE 0x200000u
#define ___GFP_ACCOUNT 0x400000u
#endif
#define __GFP_DMA ((gfp_t)___GFP_DMA)
#define __GFP_HIGHMEM ((gfp_t)___GFP_HIGHMEM)
#define __GFP_DMA32 ((gfp_t)___GFP_DMA32)
#define __GFP_MOVABLE ((gfp_t)___GFP_MOVABLE)
#define __GFP_RECLAIMABLE ((gfp_t)___GFP_RECLAIMABLE)
#define __GFP_HIGH ((gfp_t)___GFP_HIGH)
#define __GFP_IO ((gfp_t)___GFP_IO)
#define __GFP_FS ((gfp_t)___GFP_FS)
#define __GFP_ZERO ((gfp_t)___GFP_ZERO)
#define __GFP_DIRECT_RECLAIM ((gfp_t)___GFP_DIRECT_RECLAIM)
#define __GFP_KSWAPD_RECLAIM ((gfp_t)___GFP_KSWAPD_RECLAIM)
#define __GFP_RECLAIM ((gfp_t)(___GFP_DIRECT_RECLAIM|___GFP_KSWAPD_RECLAIM))
#define __GFP_WRITE ((gfp_t)___GFP_WRITE)
#define __GFP_NOWARN ((gfp_t)___GFP_NOWARN)
#define __GFP_RETRY_MAYFAIL ((gfp_t)___GFP_RETRY_MAYFAIL)
#define __GFP_NOFAIL ((gfp_t)___GFP_NOFAIL)
#define __GFP_NORETRY ((gfp_t)___GFP_NORETRY)
#define __GFP_MEMALLOC ((gfp_t)___GFP_MEMALLOC)
#define __GFP_COMP ((gfp_t)___GFP_COMP)
#define __GFP_NOMEMALLOC ((gfp_t)___GFP_NOMEMALLOC)
#define __GFP_HARDWALL ((gfp_t)___GFP_HARDWALL)
#define __GFP_THISNODE ((gfp_t)___GFP_THISNODE)
#define __GFP_ACCOUNT ((gfp_t)___GFP_ACCOUNT)
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define __GFP_ATOMIC ((gfp_t)0x200u)
#define GFP_ATOMIC (__GFP_HIGH|__GFP_ATOMIC|__GFP_KSWAPD_RECLAIM)
#else
#define GFP_ATOMIC (__GFP_HIGH|__GFP_KSWAPD_RECLAIM)
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define GFP_NOWAIT (__GFP_KSWAPD_RECLAIM)
#else
#define GFP_NOWAIT (__GFP_KSWAPD_RECLAIM | __GFP_NOWARN)
#endif
#define GFP_KERNEL (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOIO (__GFP_RECLAIM)
#define GFP_NOFS (__GFP_RECLAIM | __GFP_IO)
#define GFP_USER (__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL)
#define GFP_DMA __GFP_DMA
#define GFP_DMA32 __GFP_DMA32
#define GFP_HIGHUSER (GFP_USER | __GFP_HIGHMEM)

/* linux/fs.h */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define FMODE_NONOTIFY ((fmode_t)(1 << 25))
#else
#define FMODE_NONOTIFY ((fmode_t)0x4000000)
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define FMODE_NOREUSE ((fmode_t)0x800000)
#endif

/* linux/sched.h: flags that 6.1 does not have */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define PF_USER_WORKER 0x00004000
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define PF_KCOMPACTD 0x00010000
#endif

/* linux/blk-mq.h: the others of these have enumerators since 6.11 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define RQF_SOFTBARRIER ((req_flags_t)(1 << 3))
#define RQF_MQ_INFLIGHT ((req_flags_t)(1 << 6))
#define RQF_ELVPRIV ((req_flags_t)(1 << 12))
#define RQF_ZONE_WRITE_LOCKED ((req_flags_t)(1 << 19))
#define RQF_MQ_POLL_SLEPT ((req_flags_t)(1 << 20))
#define RQF_ELV ((req_flags_t)(1 << 22))
#define RQF_NOMERGE_FLAGS (RQF_STARTED | RQF_SOFTBARRIER | RQF_FLUSH_SEQ | RQF_SPECIAL_PAYLOAD)
#else
#define RQF_NOMERGE_FLAGS (RQF_STARTED | RQF_FLUSH_SEQ | RQF_SPECIAL_PAYLOAD)
#endif
