/* What a task can see of itself, as one list: kernels/tasks/looked.py has the names. */
#include "tasks.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDS_MUNGED(v) ((v) >= play.first_id && (v) < play.first_id + IDS ? (v) - play.first_id : (v))

static int read_own(const char *name, char *text, int size)
{
	char path[64];
	long fd, n;

	snprintf(path, sizeof path, "/proc/thread-self/%s", name);
	fd = raw(SYS_openat, -100, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : raw(SYS_read, fd, text, size - 1);
	raw(SYS_close, fd);
	text[n < 0 ? 0 : n] = 0;
	return (int)n;
}

static u64 field(const char *text, const char *name, int base)
{
	const char *found = strstr(text, name);

	return found ? strtoull(found + strlen(name), NULL, base) : 0;
}

static u32 shown(u32 id)
{
	return play.inside ? id : IDS_MUNGED(id);
}

static void ids(long nr, long fs_nr)
{
	u32 three[3] = { 0 };

	raw(nr, &three[0], &three[1], &three[2]);
	for (int i = 0; i < 3; i++)
		said_number(shown(three[i]));
	said_number(shown((u32)raw(fs_nr, -1)));
}

static void groups(void)
{
	static u32 list[64];
	long n = raw(SYS_getgroups, 64, list);

	said_list_begin();
	for (long i = 0; i < n; i++)
		said_number(shown(list[i]));
	said_list_end();
}

static void capabilities(const char *status)
{
	static const char *sets[] = { "CapInh:\t", "CapPrm:\t", "CapEff:\t", "CapBnd:\t", "CapAmb:\t" };

	for (int i = 0; i < 5; i++)
		said_number((long long)field(status, sets[i], 16));
}

static void limits(void)
{
	u64 pair[2];

	said_list_begin();
	for (int i = 0; i < 16; i++) {
		pair[0] = pair[1] = 0;
		raw(SYS_prlimit64, 0, i, NULL, pair);
		said_number((long long)pair[0]);
		said_number((long long)pair[1]);
	}
	said_list_end();
}

/* The task's flags, the ninth field of its stat. */
static long long own_flags(void)
{
	char text[512], *at;

	read_own("stat", text, sizeof text);
	at = strrchr(text, ')');
	for (int i = 0; at && i < 7; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoll(at, NULL, 10) : -1;
}

static long gets(int option)
{
	int word = 0;

	raw(SYS_prctl, option, &word, 0, 0, 0);
	return word;
}

static void looks(void)
{
	static char status[4096];

	read_own("status", status, sizeof status);
	said_number(raw(SYS_getpid) == raw(SYS_gettid));
	said_number((long long)field(status, "Threads:\t", 10));
	ids(SYS_getresuid, SYS_setfsuid);
	ids(SYS_getresgid, SYS_setfsgid);
	groups();
	capabilities(status);
	said_number(raw(SYS_prctl, 27));		 /* PR_GET_SECUREBITS */
	said_number(raw(SYS_prctl, 39, 0, 0, 0, 0));	 /* PR_GET_NO_NEW_PRIVS */
	said_number(raw(SYS_prctl, 3));			 /* PR_GET_DUMPABLE */
	said_number(gets(37));				 /* PR_GET_CHILD_SUBREAPER */
	said_number(gets(2));				 /* PR_GET_PDEATHSIG */
	said_number(raw(SYS_personality, 0xffffffff));
	said_number((own_flags() & 0x1000) != 0);	 /* PF_NPROC_EXCEEDED */
	limits();
}

void look_at_oneself(void)
{
	said_list_begin();
	looks();
	said_list_end();
}

static u64 own_number(const char *name, int base)
{
	char text[64];

	return read_own(name, text, sizeof text) > 0 ? strtoull(text, NULL, base) : 0;
}

static void scheduling(void)
{
	int priority = 0;
	u64 cpus[16] = { 0 };

	said_number(raw(SYS_sched_getscheduler, 0));
	raw(SYS_sched_getparam, 0, &priority);
	said_number(priority);
	said_number(20 - raw(SYS_getpriority, 0, 0));
	raw(SYS_sched_getaffinity, 0, sizeof cpus, cpus);
	said_number((long long)cpus[0]);
	said_number(raw(SYS_prctl, 30)); /* PR_GET_TIMERSLACK */
	said_number(raw(SYS_ioprio_get, 1, 0));
}

static void name(void)
{
	char text[17] = "";

	raw(SYS_prctl, 16, text);
	said_text(text);
}

static void memory(void)
{
	int policy = 0, mask;

	mask = (int)raw(SYS_umask, 0);
	raw(SYS_umask, mask);
	said_number(mask);
	said_number((long long)own_number("../../coredump_filter", 16));
	said_number(raw(SYS_prctl, 42, 0, 0, 0, 0)); /* PR_GET_THP_DISABLE */
	said_number(raw(SYS_prctl, 66, 0, 0, 0, 0)); /* PR_GET_MDWE */
	said_number(raw(SYS_prctl, 68, 0, 0, 0, 0)); /* PR_GET_MEMORY_MERGE */
	said_number(raw(SYS_get_mempolicy, &policy, NULL, 0, 0, 0) < 0 ? -1 : policy);
}

static void task_bits(void)
{
	static char status[4096];
	u64 set = 0, alternate[3] = { 0 }, timer[4] = { 0 };

	read_own("status", status, sizeof status);
	said_number(gets(25));			     /* PR_GET_TSC */
	said_number(raw(SYS_prctl, 34, 0, 0, 0, 0)); /* PR_MCE_KILL_GET */
	said_number(raw(SYS_prctl, 58, 0, 0, 0, 0)); /* PR_GET_IO_FLUSHER */
	said_number(raw(SYS_prctl, 52, 0, 0, 0, 0)); /* PR_GET_SPECULATION_CTRL */
	said_number((long long)(int)strtol((read_own("oom_score_adj", status + 2048, 64), status + 2048), NULL, 10));
	raw(SYS_rt_sigprocmask, 0, NULL, &set, 8);
	said_number((long long)set);
	said_number((long long)(field(status, "SigPnd:\t", 16)));
	said_number((long long)(field(status, "ShdPnd:\t", 16)));
	raw(SYS_sigaltstack, NULL, alternate);
	said_number(!(alternate[1] & 2)); /* SS_DISABLE */
	raw(SYS_getitimer, 2, timer);	  /* ITIMER_PROF */
	said_number(timer[2] || timer[3]);
	said_number(raw(SYS_getsid, 0));
	said_number(raw(SYS_getpgid, 0));
}

/* ---- where cgroups of v2 list it ---- */

#define CGROUP2_MAGIC 0x63677270

/* Where hierarchies of v2 are mounted; NULL: nowhere. */
static const char *unified(void)
{
	static const char *places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	u64 about[15];

	for (int i = 0; i < 2; i++)
		if (!raw(SYS_statfs, places[i], about) && about[0] == CGROUP2_MAGIC)
			return places[i];
	return NULL;
}

static int names(const char *path, long number)
{
	static char text[65536];
	long fd = raw(SYS_openat, -100, path, O_RDONLY | O_CLOEXEC), n, all = 0;
	int found = 0;

	if (fd < 0)
		return -1;
	while (all < (long)sizeof text - 1 && (n = raw(SYS_read, fd, text + all, sizeof text - 1 - all)) > 0)
		all += n;
	raw(SYS_close, fd);
	text[all] = 0;
	for (char *at = text; at && *at && !found; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		found = strtol(at, NULL, 10) == number;
	return found;
}

static void listed(void)
{
	static const char *files[] = { "cgroup.procs", "cgroup.threads" };
	const char *mounted = unified(), *at;
	char own[512], path[640];

	read_own("cgroup", own, sizeof own);
	at = strstr(own, "0::");
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s%.*s/%s", mounted ? mounted : "", at ? (int)strcspn(at + 3, "\n") : 0,
			 at ? at + 3 : "", files[i]);
		said_number(mounted && at ? names(path, raw(SYS_gettid)) : -1);
	}
}

/* The slack that 0 stands for; a real-time task has none, and is made another for it. */
static long default_slack(void)
{
	int none = 0;
	long policy = raw(SYS_sched_getscheduler, 0) & 0xff;

	if (policy == 1 || policy == 2)
		raw(SYS_sched_setscheduler, 0, 0, &none);
	raw(SYS_prctl, 29, 0);
	return raw(SYS_prctl, 30);
}

void look_closely(void)
{
	said_list_begin();
	looks();
	scheduling();
	name();
	memory();
	task_bits();
	listed();
	said_list_end();
}

void look_at_default_slack(void)
{
	said_number(default_slack());
}
