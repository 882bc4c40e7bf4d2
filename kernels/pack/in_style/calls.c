#ifndef __NR_clone3
#define __NR_clone3 435
#endif

#define BAD_ADDRESS 8
#define SLOT(n) ((unsigned long)&slots[n])
#define NO_FD 9999

static unsigned long slots[2];

/* A call with its arguments, and the errno that it fails with; 0: it succeeds. */
struct call {
	long nr;
	int err;
	bool needs_root;
	bool no_caps; /* the caller gives up its capabilities before */
	bool bad_args; /* the structure cannot be read */
	bool tail; /* a byte behind the structure is not 0 */
	bool pidfd_of_itself;
	bool has_pids;
	unsigned long flags, pidfd, child_tid, parent_tid, exit_signal;
	unsigned long stack, stack_size, set_tid, set_tid_size, cgroup, size;
	int pids[33];
	const char *file;
};

/* A system call whose child ends at once, without touching its memory or its stack. */
static long call_and_leave(long nr, unsigned long a, unsigned long b, unsigned long c,
			   unsigned long d)
{
	register unsigned long r10 asm("r10") = d;
	register unsigned long r8 asm("r8") = 0;
	long ret;

	asm volatile("syscall\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 1f\n\t"
		     "mov $60, %%eax\n\t"
		     "xor %%edi, %%edi\n\t"
		     "syscall\n"
		     "1:"
		     : "=a"(ret), "+D"(a)
		     : "a"(nr), "S"(b), "d"(c), "r"(r10), "r"(r8)
		     : "rcx", "r11", "memory");
	return ret;
}

static long call_clone3(const struct call *c)
{
	static unsigned long args[4096];
	unsigned long set_tid = c->has_pids ? (unsigned long)c->pids : c->set_tid;

	args[0] = c->flags;
	args[1] = c->pidfd;
	args[2] = c->child_tid;
	args[3] = c->parent_tid;
	args[4] = c->exit_signal;
	args[5] = c->stack;
	args[6] = c->stack_size;
	args[8] = set_tid;
	args[9] = c->set_tid_size;
	args[10] = c->cgroup;
	args[11] = c->tail;
	return call_and_leave(__NR_clone3, c->bad_args ? BAD_ADDRESS : (unsigned long)args, c->size,
			      0, 0);
}

static long call_setns(const struct call *c)
{
	int fd = NO_FD;

	if (c->file)
		fd = open(c->file, O_RDONLY | O_CLOEXEC);
	else if (c->pidfd_of_itself)
		fd = syscall(__NR_pidfd_open, getpid(), 0);
	return syscall(__NR_setns, fd, c->flags) ? -errno : 0;
}

static void give_up_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = {};

	syscall(__NR_capset, &head, none);
}

/* Makes a call, in a process of its own; returns 0 or -errno. */
static long make_call(const struct call *c)
{
	long ret;

	if (c->no_caps)
		give_up_capabilities();
	switch (c->nr) {
	case __NR_clone3:
		ret = call_clone3(c);
		break;
	case __NR_clone:
		ret = call_and_leave(c->nr, c->flags, c->stack, c->parent_tid, c->child_tid);
		break;
	case __NR_unshare:
		return syscall(c->nr, c->flags) ? -errno : 0;
	case __NR_setns:
		return call_setns(c);
	default:
		ret = call_and_leave(c->nr, 0, 0, 0, 0);
	}
	if (ret > 0)
		while (waitpid(-1, NULL, __WALL) > 0)
			;
	return ret < 0 ? ret : 0;
}
