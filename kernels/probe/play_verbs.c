/* What actors can do: fork, clone, exit, change their user, namespaces and program. */
#include "play.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>

static void fork_one(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a;
	if (argc == 2)
		actor_make(argv[1], 0, SIGCHLD, out);
}

/* clone NAME FLAGS EXIT_SIGNAL */
static void clone_one(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a;
	if (argc == 4)
		actor_make(argv[1], number(argv[2]), (int)number(argv[3]), out);
}

/* The calling thread only. */
static void leave(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a, (void)out;
	raw(SYS_exit, argc > 1 ? number(argv[1]) : 0);
}

static void set_uid(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a;
	if (argc == 2)
		out->ret = raw(SYS_setuid, number(argv[1]));
}

static void set_resuid(struct actor *a, int argc, char **argv, struct answer *out)
{
	long id = argc == 2 ? number(argv[1]) : -1;

	(void)a;
	out->ret = raw(SYS_setresuid, id, id, id);
}

static void drop_caps(struct actor *a, int argc, char **argv, struct answer *out)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	(void)a, (void)argc, (void)argv;
	out->ret = raw(SYS_capset, &head, none);
}

/* vfork NAME: no answer before the child executes or ends; its memory is a copy all the same */
static void vfork_one(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a;
	if (argc == 2)
		actor_make(argv[1], F_VFORK, SIGCHLD, out);
}

/* setreuid REAL EFFECTIVE */
static void set_reuid(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a;
	if (argc == 3)
		out->ret = raw(SYS_setreuid, number(argv[1]), number(argv[2]));
}

/* The same program anew; if it succeeds, that answers (actor_resume). */
static void execute(struct actor *a, int argc, char **argv, struct answer *out)
{
	char place[2] = { (char)('a' + (a - stage->actors)), 0 };
	char *args[] = { "probe", "actor", place, NULL }, *none[] = { NULL };

	(void)argc, (void)argv;
	out->ret = raw(SYS_execveat, FD_EXE, "", args, none, AT_EMPTY_PATH);
}

static void unshare_some(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a;
	if (argc == 2)
		out->ret = raw(SYS_unshare, number(argv[1]));
}

/* join @NAME FLAGS */
static void join(struct actor *a, int argc, char **argv, struct answer *out)
{
	int fd = mail_take();

	(void)a;
	if (argc != 3 || fd < 0)
		return;
	out->ret = raw(SYS_setns, fd, number(argv[2]));
	raw(SYS_close, fd);
}

static void limit_own(struct actor *a, int argc, char **argv, struct answer *out)
{
	u64 now[2] = { 0 };

	(void)a;
	if (argc != 2)
		return;
	raw(SYS_prlimit64, 0, 6, NULL, now);
	now[0] = (u64)number(argv[1]);
	out->ret = raw(SYS_prlimit64, 0, 6, now, NULL);
}

/* wait PID plain|wall: reaps that child, if it is one to wait for */
static void wait_one(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a;
	if (argc == 3)
		out->ret = raw(SYS_wait4, number(argv[1]), NULL, 1 | (strcmp(argv[2], "wall") ? 0 : 0x40000000), NULL);
}

/* sigdfl SIGNAL: its action is the default one again, for whoever shares the handlers */
static void set_default(struct actor *a, int argc, char **argv, struct answer *out)
{
	u64 none[4] = { 0 }; /* struct sigaction as the kernel has it: SIG_DFL, no flags, no mask */

	(void)a;
	if (argc == 2)
		out->ret = raw(SYS_rt_sigaction, number(argv[1]), none, NULL, 8);
}

/* The signals that came since the last time, with the sender's pid as this actor sees it. */
static void signals(struct actor *a, int argc, char **argv, struct answer *out)
{
	u64 all = ~0ull, now[2] = { 0, 0 };
	siginfo_t info;
	long sig;
	int n = 0;
	char list[400] = "";

	(void)a, (void)argc, (void)argv;
	while ((sig = raw(SYS_rt_sigtimedwait, &all, &info, now, 8)) > 0 && n < 300)
		n += snprintf(list + n, sizeof list - n, "%s[%ld,%d]", n ? "," : "", sig, info.si_pid);
	tell(out, "\"signals\":[%s]", list);
	out->ret = 0;
}

const struct verb play_user_verbs[] = {
	{ "fork", fork_one },
	{ "clone", clone_one },
	{ "exit", leave },
	{ "setuid", set_uid },
	{ "setreuid", set_reuid },
	{ "setresuid", set_resuid },
	{ "capset", drop_caps },
	{ "vfork", vfork_one },
	{ "execve", execute },
	{ "unshare", unshare_some },
	{ "join", join },
	{ "setrlimit", limit_own },
	{ "wait", wait_one },
	{ "sigdfl", set_default },
	{ "signals", signals },
	{ NULL },
};
