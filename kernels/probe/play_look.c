/* What the director sees of every actor after a command. */
#include "play.h"

#include <string.h>

static void put_uid(FILE *rows, const char *key, u32 uid)
{
	fprintf(rows, ",\"%s\":", key);
	if (uid >= stage->uid && uid < stage->uid + 9)
		fprintf(rows, "\"u%u\"", uid - stage->uid + 1);
	else
		fprintf(rows, "%u", uid);
}

static const char *name_of(int pid)
{
	struct actor *a = actor_with_pid(pid);

	if (a)
		return a->name;
	return pid == (int)raw(SYS_getpid) ? "director" : "other";
}

/* "init" for the director's own, a kept name, or the link. */
static const char *user_ns(const struct view *v)
{
	static char own[40];
	const char *kept = kept_name(v->ns[N_USER]);
	long n;

	if (!*own) {
		n = raw(SYS_readlinkat, env.proc, "self/ns/user", own, sizeof own - 1);
		own[n < 0 ? 0 : n] = 0;
	}
	if (!strcmp(v->ns[N_USER], own))
		return "init";
	return kept ? kept : v->ns[N_USER];
}

/* The first actor with which it shares one of share_names: itself if it is none before it. */
static const char *shares_with(const struct actor *a, int what)
{
	for (const struct actor *b = stage->actors; b < a; b++) {
		struct sharing s;

		if (!*b->name || !is_alive(b))
			continue;
		view_sharing(&s, b->proc_name, a->proc_name);
		if (s.known[what] == 1)
			return b->name;
	}
	return a->name;
}

/* The pid namespace for its children: "own", "unborn" while it has no init, else its name. */
static const char *for_children(const struct view *v)
{
	const char *link = v->ns[N_PID_CHILDREN];

	if (!*link)
		return "unborn";
	if (!strcmp(link, v->ns[N_PID]))
		return "own";
	return kept_name(link) ? kept_name(link) : link;
}

static void put_living(FILE *rows, const struct actor *a, struct view *v)
{
	const char *pid_ns;
	u64 soft = 0;

	view_namespaces(v);
	pid_ns = kept_name(v->ns[N_PID]);
	fprintf(rows, ",\"ns\":\"%s\",\"vm\":\"%s\",\"fs\":\"%s\",\"sighand\":\"%s\"", user_ns(v), shares_with(a, 0),
		shares_with(a, 2), shares_with(a, 3));
	fprintf(rows, ",\"pid_ns\":\"%s\",\"for_children\":\"%s\",\"capable\":%s", pid_ns ? pid_ns : v->ns[N_PID],
		for_children(v), v->capeff ? "true" : "false");
	fprintf(rows, ",\"ignores_child\":%s", v->sigign >> (SIGCHLD - 1) & 1 ? "true" : "false");
	if (view_nproc_soft(a->proc_name, &soft))
		fprintf(rows, ",\"limit\":%ld", (long)soft);
}

/* Which signals came to it since the last look, and from whom. */
static void put_signals(FILE *rows, struct actor *a)
{
	if (ask(a, "signals") == 1)
		fprintf(rows, ",%s", a->answer.json);
}

static void put_actor(FILE *rows, struct actor *a)
{
	struct view v;
	char state = actor_state(a, &v);

	fprintf(rows, "\"%s\":{\"life\":\"%s\"", a->name, !state ? "gone" : state == 'Z' ? "zombie" : "alive");
	if (state) {
		put_uid(rows, "uid", v.uid[0]);
		put_uid(rows, "euid", v.uid[1]);
		fprintf(rows, ",\"marked\":%s,\"exit_signal\":%d,\"parent\":\"%s\",\"leader\":\"%s\",\"pid\":%d,\"waits\":%s",
			v.pflags & 0x1000 ? "true" : "false", v.exit_signal, name_of(v.ppid), name_of(v.tgid),
			a->pid_self, a->asked == a->answered ? "false" : "true");
	}
	if (state && state != 'Z') {
		put_living(rows, a, &v);
		if (stage->blocked)
			put_signals(rows, a);
	}
	fprintf(rows, "}");
}

/* The orphans' signals go to the director. */
static void put_own_signals(FILE *rows)
{
	u64 all = ~0ull, now[2] = { 0, 0 };
	siginfo_t info;
	const char *comma = "";
	long sig;

	fprintf(rows, ",\"director\":{\"signals\":[");
	while ((sig = raw(SYS_rt_sigtimedwait, &all, &info, now, 8)) > 0) {
		fprintf(rows, "%s[%ld,%d]", comma, sig, info.si_pid);
		comma = ",";
	}
	fprintf(rows, "]}");
}

/* Who is seen to have ended has also told its parent: that is done under one lock. */
static void settle(void)
{
	siginfo_t info;

	raw(SYS_waitid, 0, 0, &info, 0x01000005 /* WEXITED|WNOHANG|WNOWAIT */, NULL);
}

void look(FILE *rows, const char *counts)
{
	const char *comma = "";

	settle();
	fprintf(rows, ",\"seen\":{");
	for (int i = 0; i < ACTORS; i++) {
		if (!*stage->actors[i].name)
			continue;
		fputs(comma, rows);
		put_actor(rows, &stage->actors[i]);
		comma = ",";
	}
	if (stage->blocked && *comma)
		put_own_signals(rows);
	fprintf(rows, "}");
	if (*counts)
		put_counts(rows, counts);
}
