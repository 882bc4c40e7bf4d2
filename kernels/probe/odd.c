/* Callers that take more than a preparation: marked as beyond its limit, or traced. */
#include "workers.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXCEEDED 0x1000 /* PF_NPROC_EXCEEDED */
#define F_UNTRACED 0x800000ull

static int deadline;
static u64 flags;

static int marked(int pid)
{
	struct view v;
	char name[16];

	snprintf(name, sizeof name, "%d", pid);
	return view_task(&v, name) ? !!(v.pflags & EXCEEDED) : -1;
}

static void become_deadline(void)
{
	struct {
		u32 size, policy;
		u64 flags;
		int nice;
		u32 priority;
		u64 runtime, deadline, period;
	} attr = { .size = 48, .policy = 6, .runtime = 1000000, .deadline = 100000000, .period = 100000000 };

	if (raw(SYS_sched_setattr, 0, &attr, 0) < 0)
		trial_skip("no SCHED_DEADLINE");
}

static long waiting_child(u64 how)
{
	long maker = raw(SYS_getpid), pid = raw(SYS_clone, how | SIGCHLD);

	if (pid == 0) {
		raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
		while (raw(SYS_getppid) == maker)
			raw(SYS_pause);
		raw(SYS_exit_group, 0);
	}
	return pid;
}

/* A process of the user that is there already. */
static void another_of(u32 uid)
{
	int maker = getpid();

	if (fork() == 0) {
		trial_become(uid);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		trial->seen[3] = 1;
		while (getppid() == maker)
			usleep(1000);
		_exit(0);
	}
	while (!trial->seen[3])
		usleep(1000);
}

/* setresuid() into a user over its limit marks the caller; then the limit is lifted. */
static void exceed(const void *arg)
{
	u32 uid = fresh_uid();
	struct rlimit old;

	(void)arg;
	getrlimit(RLIMIT_NPROC, &old);
	another_of(uid);
	if (deadline)
		become_deadline();
	trial_limit(0);
	trial_become(uid);
	trial_limit(old.rlim_cur);
	trial->seen[0] = marked(getpid());
	trial->ret = waiting_child(0);
	trial->seen[1] = trial->ret > 0 ? marked(trial->ret) : -1;
	trial->seen[2] = marked(getpid());
	if (trial->ret > 0)
		kill(trial->ret, SIGKILL);
	trial_pause();
}

/* A tracer that asks for every event; its tracee clones once. */
static void trace(const void *arg)
{
	int tracee, status, event = 0, stopped = 0;
	struct view v;
	char name[16];

	(void)arg;
	trial->seen[3] = 0;
	tracee = fork();
	if (tracee == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (!trial->seen[3])
			usleep(1000);
		trial->ret = waiting_child(flags);
		for (;;)
			pause();
	}
	if (ptrace(PTRACE_SEIZE, tracee, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE) < 0)
		trial_skip("no ptrace");
	trial->seen[3] = 1;
	for (int i = 0; i < 200 && !(trial->ret && i > 20); i++) {
		int got = waitpid(-1, &status, WNOHANG | __WALL);

		if (got == tracee && WIFSTOPPED(status) && status >> 16)
			event = status >> 16;
		if (got > 0 && WIFSTOPPED(status)) {
			stopped += got != tracee;
			if (got == tracee)
				ptrace(PTRACE_CONT, got, 0, 0);
		}
		usleep(1000);
	}
	snprintf(name, sizeof name, "%ld", trial->ret);
	trial->seen[0] = trial->ret > 0 && view_task(&v, name) ? v.tracer != 0 : -1;
	trial->seen[1] = event != 0;
	kill(tracee, SIGKILL);
	if (trial->ret > 0)
		kill(trial->ret, SIGKILL);
	trial_pause();
}

static int begin(const char *id)
{
	row_begin(id);
	row_text("kind", "odd");
	if (!*trial->skip)
		return 1;
	row_text("prepared", trial->skip);
	row_end();
	return 0;
}

static void look_at_marks(int pid)
{
	(void)pid;
	if (!begin(deadline ? "odd/marked/deadline" : "odd/marked"))
		return;
	row_text("odd", "marked");
	row_number("deadline", deadline);
	row_errno("errno", trial->ret < 0 ? -trial->ret : 0);
	row_number("caller_before", trial->seen[0]);
	row_number("child", trial->seen[1]);
	row_number("caller_after", trial->seen[2]);
	row_end();
}

static void look_at_trace(int pid)
{
	(void)pid;
	if (!begin(flags ? "odd/traced/untraced" : "odd/traced"))
		return;
	row_text("odd", "traced");
	row_number("flags", (long)flags);
	row_errno("errno", trial->ret < 0 ? -trial->ret : 0);
	row_number("child_traced", trial->seen[0]);
	row_number("event", trial->seen[1]);
	row_end();
}

void odd_rows(void)
{
	for (deadline = 0; deadline < 2; deadline++)
		trial_run(exceed, NULL, look_at_marks);
	flags = 0;
	trial_run(trace, NULL, look_at_trace);
	flags = F_UNTRACED;
	trial_run(trace, NULL, look_at_trace);
}
