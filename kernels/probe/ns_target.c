/* The namespace or pidfd that a setns case is given. */
#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static u64 target_flags;

static void target_parked(long sp)
{
	(void)sp;
	self_name(sh->target_name, sizeof sh->target_name);
	sh->target_ready = 1;
	bump();
	park();
}

/* A user namespace keeps its creator's limit as a bound. */
static long target_limit(void)
{
	u64 limit[2];

	if (K->nsfd_nproc == UNSET)
		return 0;
	raw(SYS_prlimit64, 0, 6 /* RLIMIT_NPROC */, NULL, limit);
	limit[0] = K->nsfd_nproc;
	return raw(SYS_prlimit64, 0, 6, limit, NULL);
}

/* Enter the namespaces, then fork: pid and time namespaces hold for children. */
static void target_maker(long sp)
{
	static char stack[8192] __attribute__((aligned(16)));
	long r = target_limit();

	(void)sp;
	if (r >= 0)
		r = raw(SYS_unshare, target_flags);
	if (r >= 0 && K->nsfd_nproc != UNSET) { /* it could not fork */
		sh->target_vpid = (int)raw(SYS_getpid);
		target_parked(sp);
	}
	if (r >= 0)
		r = raw_spawn(SYS_clone, F_PARENT | 17, 0, 0, 0, 0, stack + sizeof stack, target_parked);
	sh->target_vpid = (int)r;
	if (r < 0) {
		sh->target_ready = -1;
		bump();
	}
	park();
}

static void make_target(u64 flags)
{
	long r;

	target_flags = flags;
	sh->target_ready = 0;
	sh->target_vpid = 0;
	r = spawn_parked(17, target_maker);
	if (r < 0)
		cannot("nsfd fork", -r);
	while (!sh->target_ready || !sh->target_vpid) {
		int seen = sh->ev;

		if (!sh->target_ready || !sh->target_vpid)
			futex_wait(&sh->ev, seen, 1000000);
	}
	if (sh->target_ready < 0)
		cannot("nsfd target", -sh->target_vpid);
}

static int open_ns(const char *who)
{
	char path[96];
	long fd;

	snprintf(path, sizeof path, "%s/ns/%s", who, ns_names[K->nsfd_type]);
	fd = open_proc(path, O_RDONLY);
	if (fd < 0)
		cannot("nsfd open", -fd);
	return (int)fd;
}

/* The pid namespace of a process that has a user namespace of its own. */
int open_stranger(void)
{
	char path[96];
	long fd;

	make_target(F_NEWUSER | F_NEWPID);
	snprintf(path, sizeof path, "%s/ns/pid", sh->target_name);
	fd = open_proc(path, O_RDONLY);
	if (fd < 0)
		cannot("stranger", -fd);
	return (int)fd;
}

static int open_pidfd(int pid)
{
	long fd = raw(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		cannot("pidfd_open", -fd);
	return (int)fd;
}

static void target_exits(long sp)
{
	(void)sp;
	raw(SYS_exit, 0);
}

/* A process that has ended, waited for or not. */
static int open_pidfd_of_the_dead(int reaped)
{
	long info[16];
	long pid = spawn_parked(17, target_exits);
	int fd;

	if (pid < 0)
		cannot("nsfd fork", -pid);
	fd = open_pidfd((int)pid);
	raw(SYS_waitid, 1 /* P_PID */, pid, info, 4 /* WEXITED */ | (reaped ? 0 : 0x01000000 /* WNOWAIT */), NULL);
	return fd;
}

/* Namespaces outside the caller's own have to be opened before it exists. */
int target_is_supervisors(const struct kase *k)
{
	return k->entry == E_SETNS && (k->nsfd == NF_OUTER || k->nsfd == NF_OTHER || k->nsfd == NF_PIDFD_OTHER);
}

/* A target process of the caller's is made before pid namespaces are entered. */
int target_is_made(const struct kase *k)
{
	return k->entry == E_SETNS && (k->nsfd == NF_CHILD || k->nsfd == NF_KIN || k->nsfd == NF_PIDFD_CHILD ||
					  k->nsfd == NF_PIDFD_ZOMBIE || k->nsfd == NF_PIDFD_REAPED);
}

int open_target(void)
{
	switch (K->nsfd) {
	case NF_OWN:
	case NF_OUTER:
		return open_ns("self");
	case NF_CHILD:
	case NF_OTHER:
		make_target(K->nsfd_flags);
		return open_ns(sh->target_name);
	case NF_KIN:
		make_target(K->nsfd_flags | F_NEWUSER);
		return open_ns(sh->target_name);
	case NF_PIDFD_SELF:
		return open_pidfd((int)raw(SYS_getpid));
	case NF_PIDFD_CHILD:
	case NF_PIDFD_OTHER:
		make_target(K->nsfd_flags);
		return open_pidfd(sh->target_vpid);
	case NF_PIDFD_ZOMBIE:
	case NF_PIDFD_REAPED:
		return open_pidfd_of_the_dead(K->nsfd == NF_PIDFD_REAPED);
	case NF_FILE:
		return (int)open_proc("version", O_RDONLY);
	default:
		return 9999;
	}
}
