/* What only the supervisor can do for the caller, from outside. */
#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_file(const char *path, const char *text, const char *what)
{
	long fd = raw(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC), r;

	if (fd < 0)
		cannot(what, -fd);
	r = raw(SYS_write, fd, text, strlen(text));
	if (r < 0)
		cannot(what, -r);
	raw(SYS_close, fd);
}

static long read_number(const char *path, const char *what)
{
	char buf[32] = "";
	long fd = raw(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		cannot(what, -fd);
	raw(SYS_read, fd, buf, sizeof buf - 1);
	raw(SYS_close, fd);
	return atol(buf);
}

void write_first_maps(void)
{
	static const char whole[] = "0 0 4294967295";
	char path[96];
	long r = 0;

	if (sh->map_bits & 1) {
		snprintf(path, sizeof path, "%s/uid_map", sh->caller_name);
		r = write_proc(path, whole);
	}
	if (sh->map_bits & 2 && r >= 0) {
		snprintf(path, sizeof path, "%s/gid_map", sh->caller_name);
		r = write_proc(path, whole);
	}
	sh->helper_error = (int)-r;
}

void set_pids_max(const char *text)
{
	char path[200];

	snprintf(path, sizeof path, "%s/pids.max", env.pids);
	write_file(path, text, "pids.max");
}

void apply_pids_room(void)
{
	char path[200], text[24];

	if (K->pids_room == UNSET)
		return;
	snprintf(path, sizeof path, "%s/pids.current", env.pids);
	snprintf(text, sizeof text, "%lld", read_number(path, "pids.current") + K->pids_room);
	set_pids_max(text);
}

void apply_home(void)
{
	char path[200];

	if (!K->killed_home)
		return;
	snprintf(path, sizeof path, "%s/cgroup.procs", env.killed);
	write_file(path, sh->caller_name, "cgroup.procs");
}

struct sched_attributes {
	u32 size, policy;
	u64 flags;
	int nice;
	u32 priority;
	u64 runtime, deadline, period;
};

void apply_sched(void)
{
	struct sched_attributes a = { sizeof a, K->sched, K->sched_reset, 0, 0, 0, 0, 0 };
	long r;

	if (K->sched < 0)
		return;
	if (K->sched == 1 || K->sched == 2)
		a.priority = 1;
	if (K->sched == 6) {
		a.runtime = 10000000;
		a.deadline = a.period = 100000000;
	}
	r = raw(SYS_sched_setattr, atoi(sh->caller_name), &a, 0);
	if (r < 0)
		cannot("sched", -r);
}

void apply_oom(void)
{
	char path[80], text[24];
	long r;

	if (K->oom == 1 << 20)
		return;
	snprintf(path, sizeof path, "%s/oom_score_adj", sh->caller_name);
	snprintf(text, sizeof text, "%lld", K->oom);
	r = write_proc(path, text);
	if (r < 0)
		cannot("oom_score_adj", -r);
}

/* The driver has noted the old values and puts them back. */
void apply_sysctls(void)
{
	for (int i = 0; i < K->n_sysctls; i++) {
		char path[96];
		long r;

		snprintf(path, sizeof path, "sys/%s", K->sysctls[i].path);
		r = write_proc(path, K->sysctls[i].value);
		if (r < 0)
			cannot("sysctl", -r);
	}
}
