#include "raw.h"

#include <linux/futex.h>
#include <time.h>

__asm__(".text\n"
	".globl raw_spawn\n"
	".type raw_spawn,@function\n"
	"raw_spawn:\n"
	"	push %rbx\n"
	"	push %r12\n"
	"	push %r13\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n"
	"	mov %r8, %r10\n"
	"	mov %r9, %r8\n"
	"	mov 32(%rsp), %r12\n" /* child_sp */
	"	mov 40(%rsp), %r13\n" /* fn */
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jnz 1f\n"
	"	mov %rsp, %rdi\n"
	"	mov %r12, %rsp\n"
	"	and $-16, %rsp\n"
	"	xor %ebp, %ebp\n"
	"	call *%r13\n"
	"	hlt\n"
	"1:	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbx\n"
	"	ret\n"
	".size raw_spawn, .-raw_spawn\n");

void futex_wait(volatile int *word, int seen, long timeout_ns)
{
	struct timespec ts = { timeout_ns / 1000000000, timeout_ns % 1000000000 };

	raw(SYS_futex, word, FUTEX_WAIT, seen, timeout_ns < 0 ? NULL : &ts);
}

void futex_wake(volatile int *word)
{
	raw(SYS_futex, word, FUTEX_WAKE, 0x7fffffff);
}
