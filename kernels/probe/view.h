/* What /proc and kcmp tell about a task, seen from the supervisor. */
#ifndef VIEW_H
#define VIEW_H

#include "probe.h"

struct view {
	int found;
	char name[48]; /* its folder in /proc */
	char comm[64];
	int tgid, ppid, tracer, threads, nnp, seccomp, pid_level;
	u32 uid[4], gid[4];
	u64 sigpnd, sigblk, sigign, sigcgt;
	u64 capinh, capprm, capeff, capbnd, capamb;
	char state;
	int pgrp, session, exit_signal, policy;
	u64 pflags;
	int oom;
	char ns[N_COUNT][40]; /* "" when it cannot be read */
	char cgroup[160];     /* v2 path */
};

struct sharing {
	int known[6]; /* 1 same, 0 not, -1 cannot be told */
};
extern const char *const share_names[6];

int view_task(struct view *v, const char *name);
void view_namespaces(struct view *v);
void view_cgroup(struct view *v);
int task_is_gone(const char *name);
void view_sharing(struct sharing *s, const char *one, const char *other);
const char *ns_relation(const struct view *now, const struct view *base, int ns);
int view_nproc_soft(const char *name, u64 *soft);

#endif
