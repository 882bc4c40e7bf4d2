/* The calls of a step, by name: raw, so that no library makes them for all threads. */
#include "tasks.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

u32 id_of(const char *word)
{
	u32 id = (u32)strtoll(word, NULL, 0);

	return play.inside || id == 0 || id >= IDS ? id : play.first_id + id;
}

static u64 number(char **args, int count, int at)
{
	return at < count ? strtoull(args[at], NULL, 0) : 0;
}

static long by_ids(long nr, char **args, int count)
{
	u32 ids[3] = { 0 };

	for (int i = 0; i < count && i < 3; i++)
		ids[i] = id_of(args[i]);
	return raw(nr, ids[0], ids[1], ids[2]);
}

static long set_groups(char **args, int count)
{
	static u32 list[70000];
	long many = (long)number(args, count, 0);

	for (long i = 0; i < many && i < 70000; i++)
		list[i] = i + 1 < count ? id_of(args[i + 1]) : 0;
	return raw(SYS_setgroups, many, list);
}

static long set_capabilities(char **args, int count)
{
	u32 version = count > 3 ? (u32)number(args, count, 3) : _LINUX_CAPABILITY_VERSION_3;
	struct __user_cap_header_struct header = { version, (int)number(args, count, 4) };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = (u32)(number(args, count, 0) >> 32 * i);
		data[i].permitted = (u32)(number(args, count, 1) >> 32 * i);
		data[i].inheritable = (u32)(number(args, count, 2) >> 32 * i);
	}
	return raw(SYS_capset, &header, data);
}

/* prlimit64 WHO RESOURCE SOFT HARD: who is 0, the task itself, or the driver's or nobody's pid. */
static long set_limit(long nr, char **args, int count)
{
	u64 pair[2] = { number(args, count, 2), number(args, count, 3) };

	if (nr == SYS_setrlimit)
		return raw(nr, number(args, count, 1), pair);
	return raw(nr, number(args, count, 0), number(args, count, 1), pair, NULL);
}

static long set_policy(char **args, int count)
{
	int priority = (int)number(args, count, 1);

	return raw(SYS_sched_setscheduler, 0, number(args, count, 0), &priority);
}

static long set_affinity(char **args, int count)
{
	u64 cpus = number(args, count, 0);

	return raw(SYS_sched_setaffinity, 0, sizeof cpus, &cpus);
}

static long write_own(const char *path, char **args, int count)
{
	long fd = raw(SYS_openat, -100, path, 1), n;

	if (fd < 0 || !count)
		return fd;
	n = raw(SYS_write, fd, args[0], strlen(args[0]));
	raw(SYS_close, fd);
	return n < 0 ? n : 0;
}

static long block(char **args, int count)
{
	u64 set = number(args, count, 0);

	return raw(SYS_rt_sigprocmask, 2, &set, NULL, 8);
}

static long raise_own(char **args, int count)
{
	long group = raw(SYS_getpid), task = raw(SYS_gettid);

	return raw(SYS_tgkill, group, task, number(args, count, 0));
}

static long raise_for_the_group(char **args, int count)
{
	long group = raw(SYS_getpid);

	return raw(SYS_kill, group, number(args, count, 0));
}

static long alternate_stack(void)
{
	static char stack[65536];
	u64 given[3] = { (u64)stack, 0, sizeof stack };

	return raw(SYS_sigaltstack, given, NULL);
}

static long profile_timer(void)
{
	u64 timer[4] = { 0, 0, 1000, 0 };

	return raw(SYS_setitimer, 2, timer, NULL);
}

static long set_memory_policy(char **args, int count)
{
	u64 nodes = 1;
	u64 mode = number(args, count, 0);

	return raw(SYS_set_mempolicy, mode, mode ? &nodes : NULL, mode ? 2 : 0);
}

static const struct {
	const char *name;
	long nr;
} plain[] = {
	{ "prctl", SYS_prctl },
	{ "personality", SYS_personality },
	{ "setpriority", SYS_setpriority },
	{ "umask", SYS_umask },
	{ "ioprio_set", SYS_ioprio_set },
}, by_id[] = {
	{ "setuid", SYS_setuid },
	{ "setreuid", SYS_setreuid },
	{ "setresuid", SYS_setresuid },
	{ "setfsuid", SYS_setfsuid },
	{ "setgid", SYS_setgid },
	{ "setregid", SYS_setregid },
	{ "setresgid", SYS_setresgid },
	{ "setfsgid", SYS_setfsgid },
};

#define SIZE(list) (int)(sizeof(list) / sizeof *(list))

/* The result of a call, 0 or more, or -errno. */
long called(const char *name, char **args, int count)
{
	for (int i = 0; i < SIZE(plain); i++)
		if (!strcmp(name, plain[i].name))
			return raw(plain[i].nr, number(args, count, 0), number(args, count, 1),
				   number(args, count, 2), number(args, count, 3), number(args, count, 4));
	for (int i = 0; i < SIZE(by_id); i++)
		if (!strcmp(name, by_id[i].name))
			return by_ids(by_id[i].nr, args, count);
	if (!strcmp(name, "raise"))
		return raise_own(args, count);
	if (!strcmp(name, "kill"))
		return raise_for_the_group(args, count);
	if (!strcmp(name, "setgroups"))
		return set_groups(args, count);
	if (!strcmp(name, "capset"))
		return set_capabilities(args, count);
	if (!strcmp(name, "setrlimit"))
		return set_limit(SYS_setrlimit, args, count);
	if (!strcmp(name, "prlimit"))
		return set_limit(SYS_prlimit64, args, count);
	if (!strcmp(name, "policy"))
		return set_policy(args, count);
	if (!strcmp(name, "affinity"))
		return set_affinity(args, count);
	if (!strcmp(name, "oom"))
		return write_own("/proc/self/oom_score_adj", args, count);
	if (!strcmp(name, "coredump"))
		return write_own("/proc/self/coredump_filter", args, count);
	if (!strcmp(name, "name"))
		return raw(SYS_prctl, 15, args[0]);
	if (!strcmp(name, "block"))
		return block(args, count);
	if (!strcmp(name, "altstack"))
		return alternate_stack();
	if (!strcmp(name, "timer"))
		return profile_timer();
	if (!strcmp(name, "mempolicy"))
		return set_memory_policy(args, count);
	return -38;
}
