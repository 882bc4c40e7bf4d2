/* The caller's call, and what a child says about itself. */
#include "probe.h"

#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define BAD_POINTER 8ul /* unmapped, but a user address */
#define STACK_SIZE 65536

struct clone3_args { /* linux/sched.h: struct clone_args, v2 */
	u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static char given_stack[STACK_SIZE] __attribute__((aligned(4096)));
static char own_stack[STACK_SIZE] __attribute__((aligned(4096)));
static char tls_area[4096] __attribute__((aligned(64)));
static char args_area[16384] __attribute__((aligned(4096)));

static long thread_keyring(void)
{
	return raw(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0);
}

/* Runs in the child, on own_stack; only raw calls and stores into `sh`. */
static void child_main(long first_sp)
{
	struct self_report *c = &sh->child;
	struct {
		u64 sp;
		int flags, pad;
		u64 size;
	} alt;
	u64 lim[2];

	c->first_sp = first_sp;
	c->pid = (int)raw(SYS_getpid);
	c->tid = (int)raw(SYS_gettid);
	c->ppid = (int)raw(SYS_getppid);
	raw(SYS_getresuid, &c->uid[0], &c->uid[1], &c->uid[2]);
	raw(SYS_getresgid, &c->gid[0], &c->gid[1], &c->gid[2]);
	raw(SYS_rt_sigprocmask, 0, NULL, &c->sigmask, 8);
	raw(SYS_sigaltstack, NULL, &alt);
	c->alt_set = !(alt.flags & 2 /* SS_DISABLE */);
	raw(SYS_prlimit64, 0, RLIMIT_NPROC, NULL, lim);
	c->nproc_soft = lim[0];
	raw(SYS_arch_prctl, ARCH_GET_FS, &c->fs_base);
	raw(SYS_prctl, PR_GET_PDEATHSIG, &c->pdeathsig);
	raw(SYS_prctl, PR_GET_CHILD_SUBREAPER, &c->subreaper);
	c->tid_word = sh->child_tid;
	if (K->threadkey)
		c->key = thread_keyring();
	self_name(c->proc_name, sizeof c->proc_name);
	sh->child_ready = 1;
	bump();
	while (!sh->child_go)
		futex_wait(&sh->child_go, 0, -1);
	raw(SYS_exit, 0);
	for (;;)
		;
}

static u64 address(const struct ptr *p, volatile void *ok)
{
	switch (p->kind) {
	case P_OK:
		return (u64)ok;
	case P_BAD:
		return BAD_POINTER;
	case P_SAME: /* as the pidfd pointer */
		return K->pidfd.kind == P_SAME ? (u64)ok : address(&K->pidfd, &sh->pidfd);
	case P_RAW:
		return p->raw;
	default:
		return 0;
	}
}

static long call_clone3(void)
{
	struct clone3_args *a = (void *)args_area;

	*a = (struct clone3_args){
		.flags = K->flags,
		.pidfd = address(&K->pidfd, &sh->pidfd),
		.child_tid = address(&K->child_tid, &sh->child_tid),
		.parent_tid = address(&K->parent_tid, &sh->parent_tid),
		.exit_signal = K->exit_signal,
		.stack = address(&K->stack, given_stack),
		.stack_size = K->stack_size != UNSET ? (u64)K->stack_size : K->stack.kind == P_OK ? STACK_SIZE : 0,
		.tls = address(&K->tls, tls_area),
		.set_tid = address(&K->set_tid, (void *)K->set_tid_values),
		.set_tid_size = K->set_tid_size,
		.cgroup = K->cgroup == CG_RAW	? K->cgroup_raw
			  : K->cgroup == CG_BAD ? 9998
			  : K->cgroup		? (u64)env.cg_fd[K->cgroup]
						: 0,
	};
	if (K->tail != UNSET)
		args_area[K->tail] = 1;
	sh->child_stack_top = a->stack + a->stack_size;
	sh->child_tls = a->tls;
	return raw_spawn(SYS_clone3, K->args.kind == P_OK ? (long)a : (long)address(&K->args, a), K->usize, 0, 0, 0,
			 own_stack + STACK_SIZE, child_main);
}

static long call_clone(void)
{
	u64 stack = address(&K->stack, given_stack);

	if (K->stack.kind == P_OK)
		stack += STACK_SIZE;
	sh->child_stack_top = stack;
	sh->child_tls = address(&K->tls, tls_area);
	return raw_spawn(SYS_clone, K->flags, stack, address(&K->parent_tid, &sh->parent_tid),
			 address(&K->child_tid, &sh->child_tid), sh->child_tls, own_stack + STACK_SIZE, child_main);
}

static long make_call(void)
{
	switch (K->entry) {
	case E_FORK:
		return raw_spawn(SYS_fork, 0, 0, 0, 0, 0, own_stack + STACK_SIZE, child_main);
	case E_VFORK:
		return raw_spawn(SYS_vfork, 0, 0, 0, 0, 0, own_stack + STACK_SIZE, child_main);
	case E_CLONE:
		return call_clone();
	case E_CLONE3:
		return call_clone3();
	case E_UNSHARE:
		return raw(SYS_unshare, K->flags);
	default:
		return raw(SYS_setns, env.target_fd, K->nstype);
	}
}

/* What the pidfd of the child looks like from the inside. */
static void look_at_pidfd(void)
{
	u32 fd = K->entry == E_CLONE ? sh->parent_tid : sh->pidfd;

	sh->pidfd_getfd = -EBADF;
	if (sh->ret > 0 && case_flags(K) & F_PIDFD && case_makes_child(K) && fd != WORD_UNWRITTEN)
		sh->pidfd_getfd = (int)raw(SYS_fcntl, fd, F_GETFD);
}

/* A table grows with the descriptors and never shrinks; a copy has room for those in use. */
static void grow_file_table(void)
{
	raw(SYS_dup2, env.proc, 500);
	raw(SYS_close, 500);
}

static long file_table_size(void)
{
	static char status[4096];
	char *at = NULL;

	if (read_proc(sh->caller_name, "status", status, sizeof status) > 0)
		at = strstr(status, "\nFDSize:");
	return at ? atol(at + 8) : -1;
}

/* May the caller still join the uts namespace that fd is open on, and fork? */
static void follow_up(struct follow_up *f, int fd)
{
	long pid;

	if (K->then & THEN_RULES)
		f->rules = raw(SYS_setns, fd, F_NEWUTS);
	if (K->then & THEN_FILES)
		f->files = file_table_size();
	if (!(K->then & THEN_FORK))
		return;
	pid = raw(SYS_fork);
	if (pid == 0)
		raw(SYS_exit_group, 0);
	f->fork = pid < 0 ? pid : 0;
	if (pid > 0)
		raw(SYS_wait4, pid, NULL, 0x40000000 /* __WALL */, NULL);
}

static void wait_for_go(int seen)
{
	while (sh->go == seen)
		futex_wait(&sh->go, seen, -1);
}

void caller_main(void)
{
	int seen, uts = -1;

	prepare();
	sh->caller_pid = (int)raw(SYS_getpid);
	sh->caller_ppid = (int)raw(SYS_getppid);
	raw(SYS_arch_prctl, ARCH_GET_FS, &sh->caller_fs);
	if (K->threadkey)
		sh->caller_key = thread_keyring();
	if (K->then & THEN_RULES)
		uts = (int)open_proc("self/ns/uts", O_RDONLY);
	if (K->then & THEN_FILES)
		grow_file_table();
	follow_up(&sh->before, uts);
	sh->parent_tid = sh->child_tid = sh->pidfd = WORD_UNWRITTEN;
	seen = sh->go;
	sh->state = C_READY;
	bump();
	wait_for_go(seen);
	sh->state = C_CALLING;
	sh->ret = make_call();
	look_at_pidfd();
	seen = sh->go;
	sh->state = C_RETURNED;
	bump();
	if (K->then & THEN_CALLS) {
		wait_for_go(seen);
		follow_up(&sh->then, uts);
		sh->followed = 1;
		bump();
	}
	park();
}
