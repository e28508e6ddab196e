/*
 * Words the kernel adds to C: attributes, address space marks, hints.
 * Stands in for linux/compiler.h, linux/compiler_types.h,
 * linux/compiler_attributes.h, linux/stddef.h, linux/init.h, linux/cache.h and
 * asm-generic/rwonce.h.
 */

/* linux/stddef.h */
#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#define offsetofend(type, member) \
	(offsetof(type, member) + sizeof(((type *)0)->member))
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define FIELD_SIZEOF(type, member) sizeof(((type *)0)->member)
#define typeof_member(type, member) typeof(((type *)0)->member)

/* linux/compiler_attributes.h */
#define __aligned(n) __attribute__((__aligned__(n)))
#define __packed __attribute__((__packed__))
#define __section(name) __attribute__((__section__(name)))
#define __weak __attribute__((__weak__))
#define __pure __attribute__((__pure__))
#define __attribute_const__ __attribute__((__const__))
#define __cold __attribute__((__cold__))
#define __noreturn __attribute__((__noreturn__))
#define __must_check __attribute__((__warn_unused_result__))
#define __maybe_unused __attribute__((__unused__))
#define __always_unused __attribute__((__unused__))
#define __used __attribute__((__used__))
#define __deprecated
#define __printf(a, b) __attribute__((__format__(printf, a, b)))
#define __alias(symbol) __attribute__((__alias__(#symbol)))
#define __nonstring
#define __designated_init
#define __counted_by(member)
#define fallthrough __attribute__((__fallthrough__))

/* linux/compiler_types.h: checks of sparse and places of the linker */
#define __force
#define __kernel
#define __iomem
#define __rcu
#define __nocast
#define __safe
#define __private
#define __bitwise
#define __bitwise__
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __acquire(x) (void)0
#define __release(x) (void)0
#define __chk_user_ptr(x) (void)0
#define __chk_io_ptr(x) (void)0
#define __user
#define __percpu
#define __randomize_layout
#define __no_randomize_layout
#define randomized_struct_fields_start
#define randomized_struct_fields_end
#define __latent_entropy
#define notrace __attribute__((__no_instrument_function__))
#define noinline __attribute__((__noinline__))
#define noinline_for_stack noinline
#define noinstr noinline notrace
#define asmlinkage
#define inline inline __attribute__((__gnu_inline__)) __attribute__((__unused__)) notrace
#define __always_inline inline __attribute__((__always_inline__))
#define __inline__ inline
#define __inline inline

/* linux/init.h, linux/cache.h */
#define __init
#define __exit
#define __initdata
#define __exitdata
#define __initconst
#define __ro_after_init
#define __read_mostly
#define __cacheline_aligned
#define ____cacheline_aligned
#define __cacheline_aligned_in_smp
#define ____cacheline_aligned_in_smp

/* linux/compiler.h */
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ __volatile__("" : : : "memory")
#define barrier_data(ptr) __asm__ __volatile__("" : : "r"(ptr) : "memory")
#define unreachable() __builtin_unreachable()
#define OPTIMIZER_HIDE_VAR(var) __asm__("" : "=r"(var) : "0"(var))
#define RELOC_HIDE(ptr, off) ((typeof(ptr))((unsigned long)(ptr) + (off)))
#define __same_type(a, b) __builtin_types_compatible_p(typeof(a), typeof(b))
#define __compiletime_assert(condition, msg, prefix, suffix) do { } while (0)
#define compiletime_assert(condition, msg) do { } while (0)
#define data_race(expr) (expr)
#define __stringify_1(x...) #x
#define __stringify(x...) __stringify_1(x)
#define __PASTE_1(a, b) a##b
#define __PASTE(a, b) __PASTE_1(a, b)
#define __UNIQUE_ID(prefix) __PASTE(__PASTE(__UNIQUE_ID_, prefix), __COUNTER__)
#define __ADDRESSABLE(symbol)

/* asm-generic/rwonce.h: one access each, of the value's own width */
#define __READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define READ_ONCE(x) ({ __READ_ONCE(x); })
#define __WRITE_ONCE(x, val) \
	do { *(volatile typeof(x) *)&(x) = (val); } while (0)
#define WRITE_ONCE(x, val) __WRITE_ONCE(x, val)
#define ACCESS_ONCE(x) (*(volatile typeof(x) *)&(x))
#define smp_load_acquire(ptr) \
	({ typeof(*(ptr)) ___v = READ_ONCE(*(ptr)); barrier(); ___v; })
#define smp_store_release(ptr, val) \
	do { barrier(); WRITE_ONCE(*(ptr), val); } while (0)
#define smp_mb() barrier()
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define mb() barrier()
#define rmb() barrier()
#define wmb() barrier()

/* linux/export.h, linux/module.h */
#define EXPORT_SYMBOL(symbol)
#define EXPORT_SYMBOL_GPL(symbol)
#define MODULE_LICENSE(text)
#define MODULE_AUTHOR(text)
#define MODULE_DESCRIPTION(text)
#define THIS_MODULE ((struct module *)0)
