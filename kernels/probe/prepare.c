/* The caller takes on the state that its case asks for, in a fixed order
 * (documented in PROTOCOL.md). */
#include "probe.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>

static int uid_taken;

static void helper_thread(long sp)
{
	(void)sp;
	self_name(sh->thread_name, sizeof sh->thread_name);
	sh->helpers++;
	bump();
	park();
}

static void helper_sibling(long sp)
{
	(void)sp;
	self_name(sh->sibling_name, sizeof sh->sibling_name);
	sh->helpers++;
	bump();
	park();
}

static void helper_plain(long sp)
{
	(void)sp;
	sh->helpers++;
	bump();
	park();
}

static void helper_exits(long sp)
{
	(void)sp;
	raw(SYS_exit, 0);
}

/* Start a helper that stays, and wait until it is up. */
static long start_helper(u64 flags, void (*fn)(long), const char *what)
{
	int before = sh->helpers;
	long r = spawn_parked(flags, fn);

	must(r, what);
	while (sh->helpers == before) {
		int seen = sh->ev;

		if (sh->helpers == before)
			futex_wait(&sh->ev, seen, 1000000);
	}
	if (uid_taken)
		sh->charged++;
	return r;
}

static void zero_max_namespaces(void)
{
	char path[64];

	for (int i = 0; i <= N_USER; i++) {
		if (!(K->max0 >> i & 1))
			continue;
		snprintf(path, sizeof path, "sys/user/max_%s_namespaces", ns_names[i]);
		must(write_proc(path, "0"), "max0");
	}
}

/* ---- pid and time namespaces ---- */

static void enter_pidns(void)
{
	long fd, r;

	if (K->pidns == PN_NONE || K->pidns >= PN_INIT)
		return;
	fd = open_proc("self/ns/pid", O_RDONLY);
	must(fd, "own pid namespace");
	must(raw(SYS_unshare, F_NEWPID), "unshare(NEWPID)");
	if (K->pidns == PN_LIVE)
		start_helper(17, helper_plain, "init of the new pid namespace");
	if (K->pidns == PN_DEAD) {
		must(r = spawn_parked(17, helper_exits), "init of the new pid namespace");
		reap_helper(r);
	}
	if (K->pidns == PN_BACK)
		must(raw(SYS_setns, fd, F_NEWPID), "setns back");
	raw(SYS_close, fd);
}

/* One pid namespace further down goes the caller, or somebody on the way in memory that is lent to it for good. */
static void go_down(int is_caller)
{
	u64 flags = F_NEWPID | (is_caller ? (u64)K->caller_exit_signal : F_VM | F_VFORK | 17);
	long pid = raw(SYS_clone, flags, 0, 0, 0, 0);

	must(pid, "pid_level fork");
	if (pid)
		park();
}

/* Go down `pid_level` pid namespaces; the processes on the way stay as inits.
 * Unless it is to be an init, the caller is the second process of the last. */
static void descend(void)
{
	int levels = K->pid_level + (K->pidns == PN_MEMBER && !K->pid_level);

	if (K->pidns == PN_STRANGER) {
		int fd = open_stranger();

		must(raw(SYS_setns, fd, F_NEWPID), "setns to the stranger's pid namespace");
		raw(SYS_close, fd);
		levels = 0;
	}
	if (!levels && K->pidns != PN_STRANGER)
		return;
	for (int i = 1; i <= levels; i++)
		go_down(i == levels && K->pidns == PN_INIT);
	if (K->pidns != PN_INIT) {
		long pid = raw(SYS_clone, K->caller_exit_signal, 0, 0, 0, 0);

		must(pid, "pid_level fork");
		if (pid)
			park();
	}
}

/* ---- the rest ---- */

static void take_seccomp(void)
{
	static struct sock_filter allow = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	static struct sock_fprog prog = { 1, &allow };

	if (K->seccomp)
		must(raw(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog), "seccomp");
}

static void take_semundo(void)
{
	struct sembuf op = { 0, 1, SEM_UNDO };
	long id;

	if (!K->semundo)
		return;
	must(id = raw(SYS_semget, IPC_PRIVATE, 1, 0600), "semget");
	must(raw(SYS_semop, id, &op, 1), "semop");
	raw(SYS_semctl, id, 0, IPC_RMID, 0);
}

static void take_ioctx(void)
{
	if (K->ioctx)
		must(raw(SYS_ioprio_set, 1, 0, 2 << 13 | 4), "ioprio_set");
}

static void take_threadkey(void)
{
	if (K->threadkey)
		must(raw(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 1), "thread keyring");
}

static void harmless(int sig)
{
	(void)sig;
}

void restorer(void);
__asm__(".text\n.globl restorer\n.type restorer,@function\nrestorer:\n\tmov $15, %eax\n\tsyscall\n");

struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	u64 mask;
};

static void take_signals(void)
{
	struct kernel_sigaction ignore = { SIG_IGN, 0x04000000, restorer, 0 };
	struct kernel_sigaction catch = { harmless, 0x04000000, restorer, 0 };
	u64 mask = K->sigblk;

	for (int sig = 1; sig <= 64; sig++) {
		u64 bit = 1ull << (sig - 1);

		if (K->sigign & bit)
			must(raw(SYS_rt_sigaction, sig, &ignore, NULL, 8), "sigign");
		else if (K->sigcgt & bit)
			must(raw(SYS_rt_sigaction, sig, &catch, NULL, 8), "sigcgt");
	}
	must(raw(SYS_rt_sigprocmask, 2, &mask, NULL, 8), "sigblk");
}

static void take_altstack(void)
{
	static char area[16384] __attribute__((aligned(16)));
	struct {
		void *sp;
		int flags;
		size_t size;
	} alt = { area, 0, sizeof area };

	if (K->altstack)
		must(raw(SYS_sigaltstack, &alt, NULL), "sigaltstack");
}

static void take_helpers(void)
{
	for (int i = 0; i < K->threads; i++)
		sh->thread_tid = (int)start_helper(F_VM | F_FS | F_FILES | F_SIGHAND | F_THREAD | F_SYSVSEM,
						   helper_thread, "thread");
	if (K->sibling)
		sh->sibling_pid = (int)start_helper(K->sibling | 17, helper_sibling, "sibling");
}

static void take_uid_once(void)
{
	if (!uid_taken)
		take_uid();
	uid_taken = 1;
}

static void name_self(void)
{
	self_name(sh->caller_name, sizeof sh->caller_name);
	*strchrnul(sh->caller_name, '/') = 0;
}

static void take_limits(void)
{
	if (K->nproc != UNSET)
		set_nproc_soft(K->nproc);
	if (K->nproc_room != UNSET)
		set_nproc_soft(sh->charged + K->nproc_room);
}

static void enter_namespaces(void)
{
	if (K->nsprep)
		must(raw(SYS_unshare, K->nsprep), "nsprep");
	enter_pidns();
	if (K->timens)
		must(raw(SYS_unshare, F_NEWTIME), "unshare(NEWTIME)");
}

/* The numbers in brackets are the steps in PROTOCOL.md. */
void prepare(void)
{
	int early_helpers = K->pidns == PN_PENDING || K->pidns == PN_LIVE || K->pidns == PN_DEAD || K->timens;

	sh->charged = 1;
	descend();							/* [1] */
	name_self();
	if (env.pids_is_v1 && K->pids_room != UNSET)			/* [2] */
		must(raw(SYS_write, env.pids_fd, "0", 1), "pids cgroup");
	if (K->comm[0])							/* [3] */
		raw(SYS_prctl, PR_SET_NAME, K->comm);
	take_seccomp();
	if (K->nnp)
		must(raw(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1), "no_new_privs");
	if (!K->userns)
		take_bounding();
	if (K->early_uid || K->userns_by_user || !(K->map_uid && K->map_gid))		/* [4] */
		take_uid_once();
	enter_all_userns();						/* [5] */
	if (K->userns)
		take_bounding();
	if (early_helpers)						/* [6] */
		take_helpers();
	if (target_is_made(K))						/* [7] */
		env.target_fd = open_target();
	enter_namespaces();						/* [8] */
	zero_max_namespaces();						/* [9] */
	if (K->entry == E_SETNS && !target_is_made(K) && !target_is_supervisors(K))
		env.target_fd = open_target();				/* [10] */
	if (K->chroot) {						/* [11] */
		must(raw(SYS_chroot, env.root_dir), "chroot");
		must(raw(SYS_chdir, "/"), "chdir");
	}
	take_uid_once();						/* [12] */
	take_semundo();							/* [13] */
	take_ioctx();
	take_threadkey();
	if (!early_helpers)						/* [14] */
		take_helpers();
	if (K->subreaper)						/* [15] */
		must(raw(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1), "subreaper");
	take_altstack();
	take_signals();
	take_limits();							/* [16] */
	take_caps();							/* [17] */
	if (K->pdeathsig)						/* [18] */
		must(raw(SYS_prctl, PR_SET_PDEATHSIG, K->pdeathsig), "pdeathsig");
	if (K->closed)							/* [19] */
		for (int fd = 0; fd < 3; fd++)
			raw(SYS_close, fd);
}
