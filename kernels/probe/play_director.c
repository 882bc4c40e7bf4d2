/* What the director does itself: starts actors, sets limits, maps, keeps namespaces, reaps. */
#include "play.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* start NAME [FLAGS [EXIT_SIGNAL]] */
static void start(struct actor *none, int argc, char **argv, struct answer *out)
{
	(void)none;
	if (argc >= 2)
		actor_make(argv[1], argc > 2 ? number(argv[2]) : 0, argc > 3 ? (int)number(argv[3]) : SIGCHLD, out);
}

/* limit N [ACTOR...]: those, or all who live, set their own: no capability is needed for that */
static void limit(struct actor *none, int argc, char **argv, struct answer *out)
{
	char line[40];

	(void)none;
	snprintf(line, sizeof line, "setrlimit %s", argc > 1 ? argv[1] : "");
	out->ret = 0;
	for (int i = 0; i < ACTORS && argc > 1; i++) {
		struct actor *a = &stage->actors[i];
		int wanted = argc == 2;

		for (int k = 2; k < argc; k++)
			wanted |= !strcmp(argv[k], a->name);
		if (*a->name && wanted && is_alive(a) && (ask(a, line) != 1 || a->answer.ret < 0))
			out->ret = -EPERM;
	}
}

static long write_maps(const struct actor *a)
{
	static const char *const files[] = { "uid_map", "gid_map" };
	char path[96];
	long r = 0;

	for (int i = 0; i < 2 && r >= 0; i++) {
		snprintf(path, sizeof path, "%s/%s", a->proc_name, files[i]);
		r = write_proc(path, "0 0 4294967295");
	}
	return r;
}

/* Maps are written by somebody in the parent namespace. */
static long write_maps_from(const struct actor *a, int parent)
{
	int status = 0;
	long r, pid = raw(SYS_fork);

	if (pid == 0) {
		r = raw(SYS_setns, parent, F_NEWUSER);
		raw(SYS_exit_group, -(r < 0 ? r : write_maps(a)));
	}
	while (pid > 0 && raw(SYS_wait4, pid, &status, 0, NULL) == -EINTR)
		;
	return pid < 0 ? pid : -WEXITSTATUS(status);
}

/* map ACTOR [NAME]: the identity for all ids of its user namespace, a child of the kept one */
static void map(struct actor *none, int argc, char **argv, struct answer *out)
{
	struct actor *a = argc >= 2 ? actor_named(argv[1]) : NULL;

	(void)none;
	if (a)
		out->ret = argc == 3 ? write_maps_from(a, kept_fd(argv[2])) : write_maps(a);
}

/* keep NAME ACTOR TYPE: hold a namespace of the actor's open under a name */
static void keep(struct actor *none, int argc, char **argv, struct answer *out)
{
	struct actor *a = argc == 4 ? actor_named(argv[2]) : NULL;
	char path[96];
	long fd;

	(void)none;
	if (!a)
		return;
	snprintf(path, sizeof path, "%s/ns/%.20s", a->proc_name, argv[3]);
	fd = open_proc(path, O_RDONLY);
	out->ret = fd < 0 ? fd : keep_fd(argv[1], (int)fd);
}

static long wait_here(int pid, int wall)
{
	return raw(SYS_wait4, pid, NULL, WNOHANG | (wall ? __WALL : 0), NULL);
}

/* A parent in a pid namespace of its own knows its children by other numbers. */
static int pid_as_seen_by(const struct actor *parent, const struct actor *child)
{
	return pid_of(parent) == parent->pid_self ? pid_of(child) : child->pid_self;
}

/* reap ACTOR plain|wall: its parent waits for it, and says who that is */
static void reap(struct actor *none, int argc, char **argv, struct answer *out)
{
	struct actor *a = argc == 3 ? actor_named(argv[1]) : NULL, *parent;
	struct view v;
	char line[64];

	(void)none;
	if (!a || !view_task(&v, a->proc_name))
		return;
	parent = actor_with_pid(v.ppid);
	tell(out, "\"by\":\"%s\"", parent ? parent->name : "director");
	if (!parent) {
		out->ret = wait_here(pid_of(a), !strcmp(argv[2], "wall"));
	} else {
		snprintf(line, sizeof line, "wait %d %s", pid_as_seen_by(parent, a), argv[2]);
		out->ret = ask(parent, line) == 1 ? parent->answer.ret : -EIO;
	}
	if (out->ret > 0)
		out->ret = 0;
}

/* kill ACTOR SIGNAL */
static void kill_one(struct actor *none, int argc, char **argv, struct answer *out)
{
	struct actor *a = argc == 3 ? actor_named(argv[1]) : NULL;

	(void)none;
	if (a)
		out->ret = raw(SYS_kill, pid_of(a), number(argv[2]));
}

/* await ACTOR MS: 0 once it has ended, ETIMEDOUT if it lives on */
static void await_end(struct actor *none, int argc, char **argv, struct answer *out)
{
	struct actor *a = argc == 3 ? actor_named(argv[1]) : NULL;
	volatile int never = 0;

	(void)none;
	out->ret = -ETIMEDOUT;
	for (long ms = 0; a && ms <= number(argv[2]); ms++) {
		if (!is_alive(a)) {
			out->ret = 0;
			return;
		}
		futex_wait(&never, 0, 1000000);
	}
}

/* answered ACTOR: wait until it is done with what it was asked for (vfork) */
static void await_answer(struct actor *none, int argc, char **argv, struct answer *out)
{
	struct actor *a = argc == 2 ? actor_named(argv[1]) : NULL;
	volatile int never = 0;

	(void)none;
	out->ret = -ETIMEDOUT;
	for (int ms = 0; a && out->ret && ms < 500; ms++) {
		if (a->asked == a->answered || !is_alive(a))
			out->ret = 0;
		else
			futex_wait(&never, 0, 1000000);
	}
}

/* look: only the observations that follow every command */
static void only_look(struct actor *none, int argc, char **argv, struct answer *out)
{
	(void)none, (void)argc, (void)argv;
	out->ret = 0;
}

const struct verb play_director_verbs[] = {
	{ "start", start, 1 },
	{ "limit", limit, 1 },
	{ "map", map, 1 },
	{ "keep", keep, 1 },
	{ "reap", reap, 1 },
	{ "kill", kill_one, 1 },
	{ "await", await_end, 1 },
	{ "answered", await_answer, 1 },
	{ "look", only_look, 1 },
	{ NULL },
};
