/* Commands about workers: rings, signals, core dumps, a tracer, control groups. */
#include "play_workers.h"
#include "workers.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SET_MASK 0x420b /* PTRACE_SETSIGMASK */

/* hold: map memory that nobody else maps, so that others can see this address space end */
static void hold(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a, (void)argc, (void)argv;
	out->ret = keep_at(raw(SYS_memfd_create, "held", MFD_ALLOW_SEALING), FD_MEMORY);
	if (!out->ret)
		out->ret = raw(SYS_ftruncate, FD_MEMORY, 4096);
	if (!out->ret && raw(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, FD_MEMORY, 0) < 0)
		out->ret = -ENOMEM;
}

/* become UID: another user, with the capabilities it had */
static void become(struct actor *a, int argc, char **argv, struct answer *out)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	long uid = argc > 1 ? number(argv[1]) : -1;

	(void)a;
	raw(SYS_prctl, PR_SET_KEEPCAPS, 1);
	raw(SYS_capget, &head, data);
	out->ret = raw(SYS_setresuid, uid, uid, uid);
	if (!out->ret)
		out->ret = raw(SYS_capset, &head, data);
	raw(SYS_prctl, PR_SET_DUMPABLE, 1);
}

/* submit: a request that blocks, so that io-wq wants a worker */
static void submit(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a, (void)argc, (void)argv;
	out->ret = uring_block();
	if (out->ret == -ENOSYS || out->ret == -EPERM)
		impossible(out, "no io_uring here");
}

/* request: what became of it */
static void request(struct actor *a, int argc, char **argv, struct answer *out)
{
	int result = 0, over = uring_is_over(&result);

	(void)a, (void)argc, (void)argv;
	out->ret = 0;
	tell(out, "\"request\":\"%s\"", !over ? "pending" : result < 0 ? errno_word(-result) : "done");
}

/* cores: dumps of core go to a folder of ours */
static void cores(struct actor *a, int argc, char **argv, struct answer *out)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	char pattern[128];

	(void)argc, (void)argv;
	if (read_proc("sys/kernel", "core_pattern", pattern, sizeof pattern) <= 0 || *pattern == '|' || *pattern == '/') {
		impossible(out, "core dumps go to a program or a folder of the machine's");
		return;
	}
	core_folder(pattern, sizeof pattern, a);
	mkdir(pattern, 0755);
	out->ret = raw(SYS_chdir, pattern);
	if (!out->ret)
		out->ret = raw(SYS_prlimit64, 0, RLIMIT_CORE, &all, NULL);
}

static void note_signal(int sig)
{
	(void)sig;
	handled++;
}

/* handle SIGNAL: with a handler that counts */
static void handle(struct actor *a, int argc, char **argv, struct answer *out)
{
	struct sigaction count = { .sa_handler = note_signal, .sa_flags = SA_RESTART };

	(void)a;
	out->ret = argc > 1 && sigaction((int)number(argv[1]), &count, NULL) == 0 ? 0 : -EINVAL;
}

static long stopped(int tid)
{
	int status;

	for (int i = 0; i < 300; i++, usleep(5000))
		if (raw(SYS_wait4, tid, &status, __WALL | WNOHANG, NULL) == tid)
			return WIFSTOPPED(status) ? 0 : -ESRCH;
	return -ETIMEDOUT;
}

static long traced_worker(const struct actor *other)
{
	long io = other ? worker_of(other->pid_self, IO) : 0;

	return io || !other ? io : worker_of(other->pid_self, VHOST);
}

/* unmask ACTOR: a tracer sets the mask of its worker to nothing, and lets go again */
static void unmask(struct actor *a, int argc, char **argv, struct answer *out)
{
	struct actor *other = argc > 1 ? actor_named(argv[1]) : NULL;
	long tid = traced_worker(other);
	u64 none = 0;

	(void)a;
	out->ret = raw(SYS_ptrace, PTRACE_SEIZE, tid, 0, 0);
	if (out->ret)
		return;
	raw(SYS_ptrace, PTRACE_INTERRUPT, tid, 0, 0);
	out->ret = stopped((int)tid);
	if (!out->ret)
		out->ret = raw(SYS_ptrace, SET_MASK, tid, 8, &none);
	raw(SYS_ptrace, PTRACE_DETACH, tid, 0, 0);
}

/* into NAME @GROUP: a child that starts in that control group */
static void into(struct actor *a, int argc, char **argv, struct answer *out)
{
	struct actor *child;
	int group = mail_take();
	struct clone_args args = { .flags = F_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = group };

	(void)a;
	if (argc == 3 && group >= 0)
		actor_clone(argv[1], &args, out);
	child = actor_named(argv[1]);
	if (out->ret > 0 && child) { /* it may have been killed before it can say so */
		child->pid_self = (int)out->ret;
		snprintf(child->proc_name, sizeof child->proc_name, "%ld/task/%ld", out->ret, out->ret);
	}
	raw(SYS_close, group);
}

const struct verb play_worker_verbs[] = {
	{ "hold", hold, 0 },
	{ "become", become, 0 },
	{ "submit", submit, 0 },
	{ "request", request, 0 },
	{ "cores", cores, 0 },
	{ "unmask", unmask, 0 },
	{ "handle", handle, 0 },
	{ "into", into, 0 },
	{ "group", group_make, 1 },
	{ "enter", group_enter, 1 },
	{ "set", group_set, 1 },
	{ "suspend", group_suspend, 1 },
	{ "tell", tell_task, 1 },
	{ "workers", see_workers, 1 },
	{ "has", see_what_it_has, 1 },
	{ "limit_worker", limit_worker, 1 },
	{ NULL },
};
