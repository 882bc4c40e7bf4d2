/* Raw system calls and the handful of constants the probe needs.
 *
 * Code that runs in a cloned child may share its memory, stack and TLS with
 * its parent, so it must not enter the C library: everything here is inline
 * assembly or plain loads and stores.  x86-64 only. */
#ifndef RAW_H
#define RAW_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

typedef uint64_t u64;
typedef uint32_t u32;

#if !defined(__x86_64__)
#error "the probe is written for x86-64"
#endif

static inline long raw6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#define raw(nr, ...) raw_pick(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define raw_pick(nr, a, b, c, d, e, f, ...) \
	raw6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* Make the call `nr`; a child that results leaves the (perhaps shared) stack
 * at once for `child_sp` and runs fn(its first stack pointer), never returning.
 * The parent gets the raw result. */
long raw_spawn(long nr, long a, long b, long c, long d, long e, void *child_sp,
	       void (*fn)(long first_sp));

void futex_wait(volatile int *word, int seen, long timeout_ns);
void futex_wake(volatile int *word);

/* Flag values by number, so that the probe builds with any header vintage. */
#define F_NEWTIME 0x80ull
#define F_VM 0x100ull
#define F_FS 0x200ull
#define F_FILES 0x400ull
#define F_SIGHAND 0x800ull
#define F_PIDFD 0x1000ull
#define F_PTRACE 0x2000ull
#define F_VFORK 0x4000ull
#define F_PARENT 0x8000ull
#define F_THREAD 0x10000ull
#define F_NEWNS 0x20000ull
#define F_SYSVSEM 0x40000ull
#define F_SETTLS 0x80000ull
#define F_PARENT_SETTID 0x100000ull
#define F_CHILD_CLEARTID 0x200000ull
#define F_CHILD_SETTID 0x1000000ull
#define F_NEWCGROUP 0x2000000ull
#define F_NEWUTS 0x4000000ull
#define F_NEWIPC 0x8000000ull
#define F_NEWUSER 0x10000000ull
#define F_NEWPID 0x20000000ull
#define F_NEWNET 0x40000000ull
#define F_IO 0x80000000ull
#define F_INTO_CGROUP 0x200000000ull

#endif
