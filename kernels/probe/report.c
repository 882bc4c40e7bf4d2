/* Writing the JSON line of one case into the shared page. */
#include "report.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int at;

static void put(const char *fmt, ...)
{
	va_list ap;
	int room = (int)sizeof sh->out - at;

	va_start(ap, fmt);
	at += vsnprintf(sh->out + at, room, fmt, ap);
	va_end(ap);
	if (at >= (int)sizeof sh->out)
		at = sizeof sh->out - 1;
}

static void put_string(const char *s)
{
	put("\"");
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			put("\\%c", *s);
		else if (*s < ' ' || *s == 127)
			put("?");
		else
			put("%c", *s);
	}
	put("\"");
}

static void begin(void)
{
	static const char *const words[] = { "fork", "vfork", "clone", "clone3", "unshare", "setns" };

	sh->out_len = 0;
	at = 0;
	put("{\"id\":");
	put_string(K->id);
	put(",\"entry\":\"%s\"", words[K->entry]);
}

static void end(void)
{
	put("}\n");
	sh->out_len = at;
}

void report_unprepared(const char *why)
{
	snprintf(sh->answer.unprepared, sizeof sh->answer.unprepared, "%s", why);
	sh->answer.called = sh->state >= C_CALLING;
	begin();
	put(",\"prepared\":");
	put_string(why);
	end();
}

static void put_id(u32 id)
{
	if (id == env.uid)
		put("\"u\"");
	else
		put("%u", id);
}

static void put_ids(const char *key, const u32 *v, int n)
{
	put(",\"%s\":[", key);
	for (int i = 0; i < n; i++) {
		put(i ? "," : "");
		put_id(v[i]);
	}
	put("]");
}

static void put_bool(const char *key, int v)
{
	put(",\"%s\":%s", key, v < 0 ? "null" : v ? "true" : "false");
}

static void put_sharing(const char *key, const struct sharing *s)
{
	put(",\"%s\":{", key);
	for (int i = 0; i < 6; i++)
		put("%s\"%s\":%s", i ? "," : "", share_names[i],
		    s->known[i] < 0 ? "null" : s->known[i] ? "true" : "false");
	put("}");
}

static void put_namespaces(const struct view *now, const struct view *base)
{
	put(",\"ns\":{");
	for (int i = 0; i < N_COUNT; i++)
		put("%s\"%s\":\"%s\"", i ? "," : "", ns_names[i], ns_relation(now, base, i));
	put("}");
}

static void put_waits(const char *key, const struct view *v, int own, int childrens)
{
	put("\"%s\":%s", key, !*v->ns[own] ? "null" : strcmp(v->ns[own], v->ns[childrens]) ? "true" : "false");
}

/* Does a namespace wait for the children: is theirs another than its own? */
static void put_waiting(const struct view *v)
{
	put(",\"waits\":{");
	put_waits("pid", v, N_PID, N_PID_CHILDREN);
	put(",");
	put_waits("time", v, N_TIME, N_TIME_CHILDREN);
	put("}");
}

/* The fields that every task has, opening the object. */
static void put_task(const struct view *v)
{
	put("{\"comm\":");
	put_string(v->comm);
	put_ids("uid", v->uid, 4);
	put_ids("gid", v->gid, 4);
	put(",\"cap\":{\"eff\":%lu,\"prm\":%lu,\"inh\":%lu,\"bnd\":%lu,\"amb\":%lu}", v->capeff, v->capprm, v->capinh,
	    v->capbnd, v->capamb);
	put(",\"sigblk\":%lu,\"sigign\":%lu,\"sigcgt\":%lu,\"sigpnd\":%lu", v->sigblk, v->sigign, v->sigcgt, v->sigpnd);
	put(",\"exit_signal\":%d,\"nnp\":%d,\"seccomp\":%d,\"tracer\":%d", v->exit_signal, v->nnp, v->seccomp, v->tracer);
	put(",\"oom_score_adj\":%d,\"policy\":%d,\"pflags\":%lu,\"threads\":%d,\"pid_level\":%d", v->oom, v->policy,
	    v->pflags, v->threads, v->pid_level);
}

static void put_caller(const struct view *v)
{
	put(",\"caller\":");
	put_task(v);
	put(",\"is_pid1\":%s,\"getppid_is_0\":%s}", sh->caller_pid == 1 ? "true" : "false",
	    sh->caller_ppid == 0 ? "true" : "false");
}

static const char *parent_word(const struct outcome *o)
{
	if (o->child.ppid == o->caller.tgid)
		return "caller";
	if (o->child.ppid == o->caller.ppid)
		return "callers_parent";
	return "other";
}

static const char *getppid_word(void)
{
	int ppid = sh->child.ppid;

	if (ppid == sh->caller_pid)
		return "caller";
	if (ppid == sh->caller_ppid && ppid)
		return "callers_parent";
	return ppid ? "other" : "0";
}

/* A word in user memory: untouched, the expected number, or something else. */
static void put_word(const char *key, u32 word, u32 expected, const char *name)
{
	if (word == WORD_UNWRITTEN)
		put(",\"%s\":null", key);
	else
		put(",\"%s\":\"%s\"", key, word == expected ? name : expected ? "other" : "unknown");
}

/* /proc/<caller>/fdinfo/<fd>: is it a pidfd, and whose? */
static void put_pidfd(const struct outcome *o, u32 fd)
{
	char path[64], buf[512], *pid;
	int points = 0;

	if (fd == WORD_UNWRITTEN) {
		put(",\"pidfd\":null");
		return;
	}
	snprintf(path, sizeof path, "fdinfo/%u", fd);
	if (read_proc(o->caller.name, path, buf, sizeof buf) > 0 && (pid = strstr(buf, "Pid:\t"))) {
		const char *slash = strrchr(sh->child.proc_name, '/');

		points = o->child_seen && slash && atoi(pid + 5) == atoi(slash + 1);
	}
	if (!o->caller_returned) {
		put(",\"pidfd\":{\"open\":null,\"cloexec\":null,\"is_child\":%s}", points ? "true" : "null");
		return;
	}
	put(",\"pidfd\":{\"open\":%s,\"cloexec\":%s,\"is_child\":%s}", sh->pidfd_getfd >= 0 ? "true" : "false",
	    sh->pidfd_getfd > 0 ? "true" : "false", points ? "true" : "false");
}

static void put_words(const struct outcome *o)
{
	u64 flags = case_flags(K);
	int legacy_pidfd = K->entry == E_CLONE && flags & F_PIDFD;
	u32 ret = o->caller_returned && sh->ret > 0 ? (u32)sh->ret : 0;

	if (legacy_pidfd) {
		put(",\"parent_tid\":null");
		put_pidfd(o, sh->parent_tid);
	} else {
		put_word("parent_tid", sh->parent_tid, ret, "ret");
		put_pidfd(o, sh->pidfd);
	}
	/* after CLEARTID the word is 0; what SETTID left was noted before */
	put_word("child_tid", o->child_seen ? sh->child.tid_word : WORD_UNWRITTEN, sh->child.tid, "tid");
	put_bool("cleartid", o->cleared);
}

static const char *cgroup_word(const struct outcome *o)
{
	if (!strcmp(o->child.cgroup, o->caller.cgroup))
		return "same";
	return strstr(o->child.cgroup, "/cloneproof.") ? "target" : "other";
}

/* Of a caller that has a thread keyring: what the child has. */
static void put_keyring(void)
{
	if (K->threadkey)
		put(",\"threadkey\":\"%s\"", sh->child.key < 0		    ? "none"
					     : sh->child.key == sh->caller_key ? "same"
									       : "own");
}

static void put_follow_up(const char *key, const struct follow_up *f)
{
	put(",\"%s\":{\"files\":%ld", key, f->files);
	if (K->then & THEN_RULES)
		put(",\"rules\":%s", f->rules == 0 ? "true" : "false");
	if (K->then & THEN_FORK)
		put(",\"fork\":\"%s\"", f->fork ? errno_word(-f->fork) : "OK");
	put("}");
}

static void put_child(const struct outcome *o)
{
	const struct self_report *c = &sh->child;
	int tid = c->tid, alive = o->child_seen && o->child.found;

	if (!alive) {
		put(",\"child\":{\"alive\":false");
		put_words(o);
		put("}");
		return;
	}
	put(",\"child\":");
	put_task(&o->child);
	put(",\"alive\":true,\"is_pid1\":%s,\"tid_is_pid\":%s,\"ret_is_tid\":%s,\"same_tgid\":%s",
	    c->pid == 1 ? "true" : "false", c->pid == tid ? "true" : "false",
	    !o->caller_returned ? "null" : sh->ret == tid ? "true" : "false",
	    o->child.tgid == o->caller.tgid ? "true" : "false");
	put(",\"pid_self\":%d,\"parent\":\"%s\",\"getppid\":\"%s\"", c->pid, parent_word(o), getppid_word());
	put(",\"same_pgrp\":%s,\"same_session\":%s", o->child.pgrp == o->caller.pgrp ? "true" : "false",
	    o->child.session == o->caller.session ? "true" : "false");
	put_sharing("share", &o->child_shares);
	put_namespaces(&o->child, &o->caller_beside);
	put_ids("uid_self", c->uid, 3);
	put_ids("gid_self", c->gid, 3);
	put(",\"altstack\":%s,\"pdeathsig\":%d,\"subreaper\":%d", c->alt_set ? "true" : "false", c->pdeathsig,
	    c->subreaper);
	if (c->nproc_soft == ~0ull)
		put(",\"nproc_soft\":-1");
	else
		put(",\"nproc_soft\":%lu", c->nproc_soft);
	put(",\"stack\":\"%s\",\"tls\":\"%s\"",
	    sh->child_stack_top && c->first_sp == sh->child_stack_top ? "given" : "caller",
	    c->fs_base == sh->caller_fs	       ? "same"
	    : c->fs_base == sh->child_tls      ? "given"
					       : "other");
	put(",\"cgroup\":\"%s\"", cgroup_word(o));
	put_keyring();
	if (K->then & THEN_IO)
		put_bool("io_follows", o->io_follows);
	put_words(o);
	put("}");
}

static void put_after(const struct outcome *o)
{
	if (!o->after.found)
		return;
	put(",\"after\":");
	put_task(&o->after);
	put_namespaces(&o->after, &o->before);
	put_waiting(&o->after);
	if (*sh->thread_name) {
		put_sharing("thread_before", &o->thread_before);
		put_sharing("thread_after", &o->thread_after);
	}
	if (*sh->sibling_name) {
		put_sharing("sibling_before", &o->sibling_before);
		put_sharing("sibling_after", &o->sibling_after);
	}
	if (o->sharer_root_before && o->sharer_root_after)
		put_bool("sharer_root_moved", o->sharer_root_before != o->sharer_root_after);
	if (sh->followed) {
		put_follow_up("might", &sh->before);
		put_follow_up("may", &sh->then);
	}
	put("}");
}

static void answer_as(const struct outcome *o)
{
	sh->answer.called = 1;
	sh->answer.told = o->caller_returned || o->child_seen;
	sh->answer.err = o->caller_returned && sh->ret < 0 ? (int)-sh->ret : 0;
}

void report_outcome(const struct outcome *o)
{
	answer_as(o);
	begin();
	if (env.errnos_only) {
		end();
		return;
	}
	put(",\"prepared\":true");
	if (!o->caller_returned) /* a living child shows that the call succeeded */
		put(",\"ret\":null,\"errno\":%s,\"caller_died\":%s", o->child_seen ? "0" : "null", o->caller_died ? "true" : "false");
	else if (sh->ret < 0)
		put(",\"ret\":-1,\"errno\":\"%s\"", errno_word(-sh->ret));
	else
		put(",\"ret\":%ld,\"errno\":0", sh->ret);
	put_caller(&o->caller);
	if (case_makes_child(K)) {
		if (o->child_seen || (o->caller_returned && sh->ret > 0))
			put_child(o);
		else
			put(",\"child\":null");
	} else {
		put_after(o);
	}
	end();
}
