/* Reading /proc and asking kcmp. */
#include "view.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const share_names[6] = { "vm", "files", "fs", "sighand", "io", "sysvsem" };

static const char *field(const char *status, const char *key)
{
	const char *at = strstr(status, key);

	return at ? at + strlen(key) : "0";
}

static u64 hex(const char *status, const char *key)
{
	return strtoull(field(status, key), NULL, 16);
}

static void ids(const char *status, const char *key, u32 out[4])
{
	char *at = (char *)field(status, key);

	for (int i = 0; i < 4; i++)
		out[i] = (u32)strtoul(at, &at, 10);
}

static int words_in_line(const char *s)
{
	int n = 0;

	for (; *s && *s != '\n'; s++)
		n += *s != '\t' && *s != ' ' && (s[1] == '\t' || s[1] == ' ' || s[1] == '\n' || !s[1]);
	return n;
}

static void parse_status(struct view *v, const char *s)
{
	snprintf(v->comm, sizeof v->comm, "%.*s", (int)strcspn(field(s, "Name:\t"), "\n"), field(s, "Name:\t"));
	v->tgid = atoi(field(s, "\nTgid:\t"));
	v->ppid = atoi(field(s, "\nPPid:\t"));
	v->tracer = atoi(field(s, "\nTracerPid:\t"));
	v->threads = atoi(field(s, "\nThreads:\t"));
	v->nnp = atoi(field(s, "\nNoNewPrivs:\t"));
	v->seccomp = atoi(field(s, "\nSeccomp:\t"));
	v->pid_level = words_in_line(field(s, "\nNSpid:\t"));
	ids(s, "\nUid:\t", v->uid);
	ids(s, "\nGid:\t", v->gid);
	v->sigpnd = hex(s, "\nShdPnd:\t") | hex(s, "\nSigPnd:\t");
	v->sigblk = hex(s, "\nSigBlk:\t");
	v->sigign = hex(s, "\nSigIgn:\t");
	v->sigcgt = hex(s, "\nSigCgt:\t");
	v->capinh = hex(s, "\nCapInh:\t");
	v->capprm = hex(s, "\nCapPrm:\t");
	v->capeff = hex(s, "\nCapEff:\t");
	v->capbnd = hex(s, "\nCapBnd:\t");
	v->capamb = hex(s, "\nCapAmb:\t");
}

/* proc_pid_stat(5): the name is in brackets, fields count from 3 after it. */
static void parse_stat(struct view *v, char *s)
{
	char *at = strrchr(s, ')'), *save = NULL;
	int n = 3;

	if (!at)
		return;
	for (char *t = strtok_r(at + 1, " \n", &save); t; t = strtok_r(NULL, " \n", &save), n++) {
		if (n == 3)
			v->state = *t;
		else if (n == 5)
			v->pgrp = atoi(t);
		else if (n == 6)
			v->session = atoi(t);
		else if (n == 9)
			v->pflags = strtoull(t, NULL, 10);
		else if (n == 38)
			v->exit_signal = atoi(t);
		else if (n == 41)
			v->policy = atoi(t);
	}
}

int view_task(struct view *v, const char *name)
{
	char buf[4096];

	memset(v, 0, sizeof *v);
	snprintf(v->name, sizeof v->name, "%s", name);
	if (!*name || read_proc(name, "status", buf, sizeof buf) <= 0)
		return 0;
	parse_status(v, buf);
	if (read_proc(name, "stat", buf, sizeof buf) <= 0)
		return 0;
	parse_stat(v, buf);
	if (read_proc(name, "oom_score_adj", buf, sizeof buf) > 0)
		v->oom = atoi(buf);
	v->found = 1;
	return 1;
}

void view_namespaces(struct view *v)
{
	for (int i = 0; i < N_COUNT; i++) {
		char path[96];
		long n;

		snprintf(path, sizeof path, "%s/ns/%s", v->name, ns_names[i]);
		n = raw(SYS_readlinkat, env.proc, path, v->ns[i], sizeof v->ns[i] - 1);
		v->ns[i][n < 0 ? 0 : n] = 0;
	}
}

void view_cgroup(struct view *v)
{
	char buf[2048], *at;

	if (read_proc(v->name, "cgroup", buf, sizeof buf) <= 0)
		return;
	at = strstr(buf, "0::");
	if (at)
		snprintf(v->cgroup, sizeof v->cgroup, "%.*s", (int)strcspn(at + 3, "\n"), at + 3);
}

int task_is_gone(const char *name)
{
	struct view v = { 0 };
	char buf[1024];

	if (!*name || read_proc(name, "stat", buf, sizeof buf) <= 0)
		return 1;
	parse_stat(&v, buf);
	return v.state == 'Z' || v.state == 'X';
}

static int tid_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	return atoi(slash ? slash + 1 : name);
}

void view_sharing(struct sharing *s, const char *one, const char *other)
{
	for (int i = 0; i < 6; i++) {
		long r = raw(SYS_kcmp, tid_of(one), tid_of(other), i + 1, 0, 0);

		s->known[i] = r < 0 ? -1 : r == 0;
	}
}

static int equal(const char *a, const char *b)
{
	return *a && !strcmp(a, b);
}

/* How a namespace of a task relates to those of another, or to its own before. */
const char *ns_relation(const struct view *now, const struct view *base, int ns)
{
	const char *own = now->ns[ns];

	if (!*own)
		return *base->ns[ns] ? "unborn" : "unknown";
	if (equal(own, base->ns[ns]))
		return "same";
	if (ns == N_PID && equal(own, base->ns[N_PID_CHILDREN]))
		return "for_children";
	if (ns == N_TIME && equal(own, base->ns[N_TIME_CHILDREN]))
		return "for_children";
	if (ns == N_PID_CHILDREN && equal(own, base->ns[N_PID]))
		return "active";
	if (ns == N_TIME_CHILDREN && equal(own, base->ns[N_TIME]))
		return "active";
	return "new";
}

int view_nproc_soft(const char *name, u64 *soft)
{
	char buf[2048], *at;

	if (read_proc(name, "limits", buf, sizeof buf) <= 0 || !(at = strstr(buf, "Max processes")))
		return 0;
	at += strlen("Max processes");
	at += strspn(at, " ");
	*soft = *at == 'u' ? ~0ull : strtoull(at, NULL, 10);
	return 1;
}
