/*
 * Time, page sizes, zones of flags in a page.
 * Stands in for vdso/time64.h, linux/time64.h, linux/jiffies.h, linux/ktime.h,
 * asm/param.h, asm/page.h, asm/page_types.h, asm/thread_info.h,
 * linux/threads.h, linux/mm.h, linux/mmzone.h, linux/page-flags.h and
 * linux/mm_types.h.
 */

/* vdso/time64.h, linux/time64.h, vdso/jiffies.h, asm-generic/param.h */
#define MSEC_PER_SEC 1000L
#define USEC_PER_MSEC 1000L
#define NSEC_PER_USEC 1000L
#define NSEC_PER_MSEC 1000000L
#define USEC_PER_SEC 1000000L
#define NSEC_PER_SEC 1000000000L
#define PSEC_PER_SEC 1000000000000LL
#define FSEC_PER_SEC 1000000000000000LL
#define PSEC_PER_NSEC 1000L
#define HZ CONFIG_HZ
#define USER_HZ 100
#define CLOCKS_PER_SEC (USER_HZ)
#define TICK_NSEC ((NSEC_PER_SEC+HZ/2)/HZ)
#define TICK_USEC ((USEC_PER_SEC + HZ/2) / HZ)
#define MAX_JIFFY_OFFSET ((LONG_MAX >> 1)-1)
#define INITIAL_JIFFIES ((unsigned long)(unsigned int) (-300*HZ))
#define KTIME_MAX ((s64)~((u64)1 << 63))
#define KTIME_MIN (-KTIME_MAX - 1)
#define KTIME_SEC_MAX (KTIME_MAX / NSEC_PER_SEC)
#define TIME64_MAX ((s64)~((u64)1 << 63))
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3
#define CLOCK_MONOTONIC_RAW 4
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_BOOTTIME 7
#define CLOCK_REALTIME_ALARM 8
#define CLOCK_BOOTTIME_ALARM 9
#define CLOCK_TAI 11
#define TIMER_ABSTIME 0x01
#define ITIMER_REAL 0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF 2

/* linux/jiffies.h */
#define time_after(a, b) ((long)((b) - (a)) < 0)
#define time_before(a, b) time_after(b, a)
#define time_after_eq(a, b) ((long)((a) - (b)) >= 0)
#define time_before_eq(a, b) time_after_eq(b, a)
#define time_after64(a, b) ((__s64)((b) - (a)) < 0)
#define time_before64(a, b) time_after64(b, a)
#define time_after32(a, b) ((s32)((u32)(b) - (u32)(a)) < 0)
#define time_before32(b, a) time_after32(a, b)

/* linux/ktime.h */
#define ktime_sub(lhs, rhs) ((lhs) - (rhs))
#define ktime_add(lhs, rhs) ((lhs) + (rhs))
#define ktime_add_ns(kt, nsval) ((kt) + (nsval))
#define ktime_sub_ns(kt, nsval) ((kt) - (nsval))

static inline s64 ktime_to_ns(const ktime_t kt)
{
	return kt;
}

static inline ktime_t ns_to_ktime(u64 ns)
{
	return ns;
}

static inline s64 ktime_divns(const ktime_t kt, s64 div)
{
	return kt / div;
}

static inline s64 ktime_to_us(const ktime_t kt)
{
	return ktime_divns(kt, NSEC_PER_USEC);
}

static inline s64 ktime_to_ms(const ktime_t kt)
{
	return ktime_divns(kt, NSEC_PER_MSEC);
}

static inline s64 ktime_us_delta(const ktime_t later, const ktime_t earlier)
{
	return ktime_to_us(ktime_sub(later, earlier));
}

static inline s64 ktime_ms_delta(const ktime_t later, const ktime_t earlier)
{
	return ktime_to_ms(ktime_sub(later, earlier));
}

static inline int ktime_compare(const ktime_t a, const ktime_t b)
{
	if (a < b)
		return -1;
	return a > b;
}

static inline bool ktime_after(const ktime_t a, const ktime_t b)
{
	return ktime_compare(a, b) > 0;
}

static inline bool ktime_before(const ktime_t a, const ktime_t b)
{
	return ktime_compare(a, b) < 0;
}

static inline s64 timespec64_to_ns(const struct timespec64 *ts)
{
	return ((s64)ts->tv_sec * NSEC_PER_SEC) + ts->tv_nsec;
}

static inline u64 cputime_to_nsecs(u64 cputime)
{
	return cputime;
}

/* asm/page_types.h, asm/page-def.h, vdso/page.h: arm64 has three page sizes */
#if defined(CONFIG_PAGE_SHIFT)
#define PAGE_SHIFT CONFIG_PAGE_SHIFT
#elif defined(CONFIG_ARM64_PAGE_SHIFT)
#define PAGE_SHIFT CONFIG_ARM64_PAGE_SHIFT
#else
#define PAGE_SHIFT 12
#endif
#define PAGE_SIZE (_AC(1,UL) << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE-1))
#define PAGE_ALIGN(addr) ALIGN(addr, PAGE_SIZE)
#define PAGE_ALIGNED(addr) IS_ALIGNED((unsigned long)(addr), PAGE_SIZE)
#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)
#define PFN_ALIGN(x) (((unsigned long)(x) + (PAGE_SIZE - 1)) & PAGE_MASK)
#define PFN_UP(x) (((x) + PAGE_SIZE-1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_PHYS(x) ((phys_addr_t)(x) << PAGE_SHIFT)
#define PHYS_PFN(x) ((unsigned long)((x) >> PAGE_SHIFT))
#define SECTOR_SHIFT 9
#define SECTOR_SIZE (1 << SECTOR_SHIFT)
#define PAGE_SECTORS_SHIFT (PAGE_SHIFT - SECTOR_SHIFT)
#define PAGE_SECTORS (1 << PAGE_SECTORS_SHIFT)
#define SECTOR_MASK (PAGE_SECTORS - 1)

/* asm/page_64_types.h (x86), asm/memory.h (arm64) */
#if defined(__TARGET_ARCH_arm64) || defined(__aarch64__)
#define THREAD_SHIFT (14)
#define THREAD_SIZE (UL(1) << THREAD_SHIFT)
#define TASK_SIZE_64 (UL(1) << CONFIG_ARM64_VA_BITS)
#define HPAGE_SHIFT (PAGE_SHIFT + PAGE_SHIFT - 3)
#define PMD_SHIFT (PAGE_SHIFT + PAGE_SHIFT - 3)
#define NET_IP_ALIGN 2
#define L1_CACHE_SHIFT (6)
#else
#if defined(CONFIG_KASAN)
#define KASAN_STACK_ORDER 1
#else
#define KASAN_STACK_ORDER 0
#endif
#define THREAD_SIZE_ORDER (2 + KASAN_STACK_ORDER)
#define THREAD_SIZE (PAGE_SIZE << THREAD_SIZE_ORDER)
#define __PAGE_OFFSET_BASE_L5 _AC(0xff11000000000000, UL)
#define __PAGE_OFFSET_BASE_L4 _AC(0xffff888000000000, UL)
#define __START_KERNEL_map _AC(0xffffffff80000000, UL)
#define __VIRTUAL_MASK_SHIFT 47
#define PMD_SHIFT 21
#define HPAGE_SHIFT PMD_SHIFT
#define NET_IP_ALIGN 0
#define L1_CACHE_SHIFT (CONFIG_X86_L1_CACHE_SHIFT)
#endif
#if !defined(CONFIG_DYNAMIC_MEMORY_LAYOUT) && defined(CONFIG_X86_64)
#define PAGE_OFFSET ((unsigned long)__PAGE_OFFSET_BASE_L4)
#endif
#define PMD_SIZE (_AC(1,UL) << PMD_SHIFT)
#define HPAGE_SIZE (_AC(1,UL) << HPAGE_SHIFT)
#define HPAGE_PMD_SHIFT PMD_SHIFT
#define HPAGE_PMD_SIZE ((1UL) << HPAGE_PMD_SHIFT)
#define HPAGE_PMD_ORDER (HPAGE_PMD_SHIFT-PAGE_SHIFT)
#define HPAGE_PMD_NR (1<<HPAGE_PMD_ORDER)
#define L1_CACHE_BYTES (1 << L1_CACHE_SHIFT)
#define SMP_CACHE_BYTES L1_CACHE_BYTES
#define NR_CPUS CONFIG_NR_CPUS
#define MAX_NUMNODES (1 << CONFIG_NODES_SHIFT)
#define NUMA_NO_NODE (-1)
#define PID_MAX_DEFAULT 0x8000
#define PID_MAX_LIMIT (4 * 1024 * 1024UL)

/* linux/mmzone.h */
#define MIGRATE_TYPE_BITS 3
#define PAGE_ALLOC_COSTLY_ORDER 3
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#if defined(CONFIG_ARCH_FORCE_MAX_ORDER)
#define MAX_PAGE_ORDER CONFIG_ARCH_FORCE_MAX_ORDER
#else
#define MAX_PAGE_ORDER 10
#endif
#define NR_PAGE_ORDERS (MAX_PAGE_ORDER + 1)
#define MAX_ORDER_NR_PAGES (1 << MAX_PAGE_ORDER)
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define MAX_ORDER MAX_PAGE_ORDER
#endif
#else
#define MAX_ORDER 11
#define MAX_ORDER_NR_PAGES (1 << (MAX_ORDER - 1))
#endif
#define MAX_NR_ZONES __MAX_NR_ZONES
#define zone_idx(zone) ((zone) - (zone)->zone_pgdat->node_zones)

static inline bool populated_zone(struct zone *zone)
{
	return zone->present_pages;
}

/* asm-generic/getorder.h */
static __always_inline int get_order(unsigned long size)
{
	if (__builtin_constant_p(size) && size == 0)
		return BITS_PER_LONG - PAGE_SHIFT;
	if (__builtin_constant_p(size) && size < (1UL << PAGE_SHIFT))
		return 0;
	return ilog2((size) - 1) - PAGE_SHIFT + 1;
}

/* linux/page-flags.h: the word of flags became a struct in 6.18 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define __shim_page_flags(page) ((page)->flags.f)
#else
#define __shim_page_flags(page) ((page)->flags)
#endif
#define __shim_page_flag(page, bit) test_bit(bit, (unsigned long *)&(page)->flags)
#define PAGE_MAPPING_ANON 0x1
#define PAGE_MAPPING_MOVABLE 0x2
#define PAGE_MAPPING_KSM (PAGE_MAPPING_ANON | PAGE_MAPPING_MOVABLE)
#define PAGE_MAPPING_FLAGS (PAGE_MAPPING_ANON | PAGE_MAPPING_MOVABLE)

static __always_inline int PageTail(const struct page *page)
{
	return READ_ONCE(page->compound_head) & 1;
}

static inline unsigned long __shim_compound_head(const struct page *page)
{
	unsigned long head = READ_ONCE(page->compound_head);

	if (unlikely(head & 1))
		return head - 1;
	return (unsigned long)page;
}

#define _compound_head(page) __shim_compound_head(page)
#define compound_head(page) ((typeof(page))_compound_head(page))
#define page_folio(p) (_Generic((p), \
	const struct page *: (const struct folio *)_compound_head(p), \
	struct page *: (struct folio *)_compound_head(p)))
#define page_private(page) ((page)->private)
#define folio_page(folio, n) (&(folio)->page + (n))

static __always_inline int PageLocked(struct page *page)
{
	return __shim_page_flag(compound_head(page), PG_locked);
}

static __always_inline int PageDirty(struct page *page)
{
	return __shim_page_flag(compound_head(page), PG_dirty);
}

static __always_inline int PageUptodate(struct page *page)
{
	return __shim_page_flag(compound_head(page), PG_uptodate);
}

static __always_inline int PageWriteback(struct page *page)
{
	return __shim_page_flag(compound_head(page), PG_writeback);
}

static __always_inline int PageHead(const struct page *page)
{
	return __shim_page_flag(page, PG_head);
}

static __always_inline bool folio_test_dirty(const struct folio *folio)
{
	return __shim_page_flag(&folio->page, PG_dirty);
}

static __always_inline bool folio_test_locked(const struct folio *folio)
{
	return __shim_page_flag(&folio->page, PG_locked);
}

static __always_inline bool folio_test_uptodate(const struct folio *folio)
{
	return __shim_page_flag(&folio->page, PG_uptodate);
}

static __always_inline bool folio_test_writeback(const struct folio *folio)
{
	return __shim_page_flag(&folio->page, PG_writeback);
}

static inline bool folio_test_large(const struct folio *folio)
{
	return __shim_page_flag(&folio->page, PG_head);
}

static __always_inline bool folio_test_anon(const struct folio *folio)
{
	return ((unsigned long)folio->mapping & PAGE_MAPPING_ANON) != 0;
}

static inline struct address_space *page_file_mapping(struct page *page)
{
	return page->mapping;
}

static inline int page_ref_count(const struct page *page)
{
	return atomic_read(&page->_refcount);
}

/* linux/pagemap.h, linux/hugetlb.h */
static inline loff_t folio_pos(const struct folio *folio)
{
	return (loff_t)folio->page.index << PAGE_SHIFT;
}

/* linux/mm.h */
#define VM_DATA_DEFAULT_FLAGS VM_DATA_FLAGS_TSK_EXEC
#define VM_READAHEAD_PAGES (SZ_128K / PAGE_SIZE)
#define SZ_128K 0x00020000
#define FAULT_FLAG_DEFAULT \
	(FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE | FAULT_FLAG_INTERRUPTIBLE)

static inline bool vma_is_anonymous(struct vm_area_struct *vma)
{
	return !vma->vm_ops;
}

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
static inline unsigned long get_mm_counter(struct mm_struct *mm, int member)
{
	return (unsigned long)atomic_long_read(&mm->rss_stat.count[member]);
}
#else
static inline unsigned long get_mm_counter(struct mm_struct *mm, int member)
{
	s64 count = READ_ONCE(mm->rss_stat[member].count);

	return count > 0 ? count : 0;
}
#endif

static inline unsigned long get_mm_rss(struct mm_struct *mm)
{
	return get_mm_counter(mm, MM_FILEPAGES) +
		get_mm_counter(mm, MM_ANONPAGES) +
		get_mm_counter(mm, MM_SHMEMPAGES);
}

/* linux/percpu_counter.h */
static inline s64 percpu_counter_read(struct percpu_counter *fbc)
{
	return fbc->count;
}

static inline s64 percpu_counter_read_positive(struct percpu_counter *fbc)
{
	s64 count = READ_ONCE(fbc->count);

	if (count >= 0)
		return count;
	return 0;
}
