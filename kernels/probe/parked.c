/* What the steps of a set-up share: helpers that wait, and its end where a state cannot be had. */
#include "report.h"

#include <stdio.h>
#include <sys/resource.h>

#define STACK 16384
#define MOST 48

static char stacks[MOST][STACK] __attribute__((aligned(16)));
static int used_stacks;

void finish_unprepared(const char *why)
{
	report_unprepared(why);
	raw(SYS_exit_group, 0);
	__builtin_unreachable();
}

void cannot(const char *what, long err)
{
	snprintf(sh->prep_error, sizeof sh->prep_error, "%s: %s", what, errno_word(err));
	if (env.in_supervisor)
		finish_unprepared(sh->prep_error);
	sh->state = C_FAILED;
	bump();
	park();
}

void must(long r, const char *what)
{
	if (r < 0)
		cannot(what, -r);
}

long spawn_parked(u64 flags, void (*fn)(long))
{
	if (used_stacks == MOST)
		return -ENOMEM;
	used_stacks++;
	return raw_spawn(SYS_clone, flags, 0, 0, 0, 0, stacks[used_stacks - 1] + STACK, fn);
}

void parked_is_over(void)
{
	used_stacks--;
}

/* All of them are gone, as at the start of a case: their memory was not ours. */
void no_parked(void)
{
	used_stacks = 0;
}

void reap_helper(long pid)
{
	raw(SYS_wait4, pid, NULL, 0x40000000 /* __WALL */, NULL);
}

void set_nproc_soft(u64 value)
{
	struct rlimit lim;

	must(raw(SYS_prlimit64, 0, RLIMIT_NPROC, NULL, &lim), "getrlimit");
	lim.rlim_cur = value;
	must(raw(SYS_prlimit64, 0, RLIMIT_NPROC, &lim, NULL), "RLIMIT_NPROC");
}
