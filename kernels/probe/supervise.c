/* One case from the outside: start the caller, watch it, look at the child. */
#include "report.h"

#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CASE_NS 2000000000ll
#define TICK_NS 20000000ll

static long long deadline;
static struct outcome o;
static int handled_child;

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void let_caller_go(void)
{
	sh->go++;
	futex_wake(&sh->go);
}

/* ---- looking ---- */

/* The mount that the root of a helper lies on: a thread's, else the sibling's. */
static u64 root_of_sharer(void)
{
	const char *name = *sh->thread_name ? (const char *)sh->thread_name : (const char *)sh->sibling_name;
	u64 found[32] = { 0 };
	char path[64];

	snprintf(path, sizeof path, "%.48s/root", name);
	if (!*name || raw(SYS_statx, env.proc, path, 0, 0x1000 /* STATX_MNT_ID */, found) < 0 || !(found[0] & 0x1000))
		return 0;
	return found[18]; /* stx_mnt_id */
}

static void look_before(void)
{
	if (env.errnos_only)
		return;
	view_task(&o.caller, sh->caller_name);
	view_cgroup(&o.caller);
	if (case_makes_child(K))
		return;
	o.before = o.caller;
	o.sharer_root_before = root_of_sharer();
	view_namespaces(&o.before);
	view_sharing(&o.thread_before, sh->caller_name, sh->thread_name);
	view_sharing(&o.sibling_before, sh->caller_name, sh->sibling_name);
}

static void look_after(void)
{
	if (env.errnos_only)
		return;
	view_task(&o.after, sh->caller_name);
	view_namespaces(&o.after);
	o.sharer_root_after = root_of_sharer();
	view_sharing(&o.thread_after, sh->caller_name, sh->thread_name);
	view_sharing(&o.sibling_after, sh->caller_name, sh->sibling_name);
}

/* Who shares an io_context sees what the other does to it. */
static void look_at_io(void)
{
	long wish = 2 << 13 | 6, caller = atol(sh->caller_name), child = atol(strrchr(sh->child.proc_name, '/') + 1);

	if (!(K->then & THEN_IO) || raw(SYS_ioprio_get, 1, child) == wish)
		return;
	if (raw(SYS_ioprio_set, 1, caller, wish) == 0 && raw(SYS_ioprio_get, 1, caller) == wish)
		o.io_follows = raw(SYS_ioprio_get, 1, child) == wish;
}

static void look_at_child(void)
{
	o.child_seen = 1;
	if (env.errnos_only)
		return;
	view_task(&o.child, sh->child.proc_name);
	view_namespaces(&o.child);
	view_cgroup(&o.child);
	o.caller_beside = o.caller;
	view_namespaces(&o.caller_beside);
	view_sharing(&o.child_shares, sh->caller_name, sh->child.proc_name);
	look_at_io();
}

static void release_child(void)
{
	sh->child_go = 1;
	futex_wake(&sh->child_go);
}

/* Reading most of /proc/PID takes a reference on the child's memory, which
 * would make the kernel clear a word that it otherwise leaves alone.  The
 * namespace links do not, and go away after the memory did; that of mounts is
 * there however the kernel is built. */
static int child_has_left(void)
{
	char path[96], link[40];

	snprintf(path, sizeof path, "%s/ns/mnt", sh->child.proc_name);
	return raw(SYS_readlinkat, env.proc, path, link, sizeof link) < 0;
}

static void wait_child_gone(void)
{
	long long until = now() + 300000000ll;

	while (!child_has_left() && now() < until) {
		u32 word = sh->child_tid;

		if (word)
			futex_wait((volatile int *)&sh->child_tid, (int)word, 500000);
		else
			break;
	}
}

/* Does the word at child_tid become 0 when the child leaves?  The exit signal
 * may end the caller or even this process, so the report is written first. */
static void look_at_clearing(void)
{
	if (!o.child_seen || !(case_flags(K) & F_CHILD_CLEARTID))
		return;
	report_outcome(&o);
	release_child();
	wait_child_gone();
	o.cleared = sh->child_tid == 0;
}

/* The caller's calls after the case's own. */
static void follow_up(void)
{
	long long until = now() + 500000000ll;

	if (!(K->then & THEN_CALLS))
		return;
	let_caller_go();
	while (!sh->followed && now() < until) {
		int seen = sh->ev;

		if (!sh->followed)
			futex_wait(&sh->ev, seen, TICK_NS);
	}
}

/* ---- the course of a case ---- */

static int start_caller(int target)
{
	u64 flags = K->pidns == PN_INIT && !K->pid_level ? F_NEWPID : 0;
	struct clone_args a = { .flags = flags | F_INTO_CGROUP, .exit_signal = K->caller_exit_signal, .cgroup = env.pids_fd };
	u64 none = 0;
	long pid;

	env.target_fd = target;
	if (K->pids_room != UNSET && !env.pids_is_v1)
		pid = raw(SYS_clone3, &a, sizeof a);
	else
		pid = raw(SYS_clone, flags | K->caller_exit_signal, 0, 0, 0, 0);
	if (pid < 0)
		cannot("starting the caller", -pid);
	if (!pid) {
		env.in_supervisor = 0;
		raw(SYS_rt_sigprocmask, 2, &none, NULL, 8);
		caller_main();
	}
	return (int)pid;
}

/* One look at the state; 1 when there is nothing more to wait for. */
static int step(long long *returned_at)
{
	switch (sh->state) {
	case C_MAP:
		write_first_maps();
		sh->state = C_START;
		let_caller_go();
		return 0;
	case C_FAILED:
		finish_unprepared(sh->prep_error);
	case C_READY:
		apply_oom();
		apply_sched();
		apply_pids_room();
		apply_home();
		look_before();
		apply_sysctls();
		sh->state = C_CALLING;
		let_caller_go();
		return 0;
	}
	if (sh->child_ready && !handled_child) {
		handled_child = 1;
		look_at_child();
		if (case_flags(K) & F_VFORK) {
			report_outcome(&o); /* the exit signals may stop or end us */
			release_child();
		}
	}
	if (sh->state != C_RETURNED)
		return 0;
	o.caller_returned = 1;
	if (!case_makes_child(K) || sh->ret < 0 || o.child_seen)
		return 1;
	if (!*returned_at)
		*returned_at = now();
	return now() > *returned_at + 400000000ll; /* the child died young */
}

static void watch(int pid)
{
	char name[16];
	long long returned_at = 0;

	snprintf(name, sizeof name, "%d", pid);
	for (;;) {
		int seen = sh->ev;

		if (step(&returned_at))
			return;
		if (now() > deadline)
			finish_unprepared("timeout");
		futex_wait(&sh->ev, seen, TICK_NS);
		if (seen == sh->ev && sh->child_go) /* stopped by the child's exit signal? */
			raw(SYS_kill, atoi(sh->caller_name), SIGCONT);
		if (seen == sh->ev && sh->state >= C_CALLING && task_is_gone(sh->caller_name)) {
			o.caller_died = sh->state != C_RETURNED;
			if (!sh->child_ready || o.child_seen)
				return;
		} else if (seen == sh->ev && sh->state < C_CALLING && task_is_gone(name)) {
			finish_unprepared("the caller died while preparing");
		}
	}
}

void supervise(void)
{
	u64 all = ~0ull;
	int target = -1, pid;

	raw(SYS_rt_sigprocmask, 2, &all, NULL, 8);
	deadline = now() + CASE_NS;
	memset(&o, 0, sizeof o);
	handled_child = 0;
	no_parked();
	env.in_supervisor = 1;
	if (*K->error)
		finish_unprepared(K->error);
	if (K->pids_room != UNSET) {
		if (!*env.pids)
			finish_unprepared("no pids cgroup");
		set_pids_max("max");
	}
	if (K->cgroup > CG_BAD && K->cgroup < CG_RAW && env.cg_fd[K->cgroup] < 0)
		finish_unprepared("no such cgroup here");
	if (K->killed_home && !*env.killed)
		finish_unprepared("no cgroup.kill here");
	if (target_is_supervisors(K))
		target = open_target();
	pid = start_caller(target);
	o.cleared = o.io_follows = -1;
	watch(pid);
	if (!case_makes_child(K) && o.caller_returned) {
		look_after();
		follow_up();
	}
	look_at_clearing();
	report_outcome(&o);
	raw(SYS_exit_group, 0);
	__builtin_unreachable();
}
