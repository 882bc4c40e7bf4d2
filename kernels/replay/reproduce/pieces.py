"""Pieces of C for reproducers: each with the other pieces that it needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A function, or a few, of a reproducer."""

    text: str
    needs: tuple[str, ...] = ()


SKELETON = """\
// SPDX-License-Identifier: GPL-2.0
/*
$about
 *
 * Build and run as root:  gcc -static -Wall -Werror -o $name $name.c && ./$name
 * Prints TAP; "not ok" means that the kernel breaks the sentence below.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "the system calls below are made by hand, on x86-64"
#endif

#define SENTENCE "$sentence"
#define KSFT_PASS 0
#define KSFT_FAIL 1
#define KSFT_SKIP 4

typedef unsigned long u64;

/* Each program has the helpers that it needs, and few more. */
#pragma GCC diagnostic ignored "-Wunused-function"

/* What the processes of this test tell each other. */
static struct {
	atomic_int finished;		/* the caller has looked at everything */
	atomic_int child_is_there, child_may_leave;
	atomic_long result;		/* of the call: a pid, 0, or -errno */
	atomic_long pid, ppid, tid;	/* the child's, by its own account */
	atomic_ulong caught, ignored, blocked;
	atomic_int altstack;
	atomic_int parent_tid, child_tid, pidfd;
	atomic_long number;		/* handed from a helper */
	atomic_int as_told;		/* the outcome is the one in the comment above */
	int cgroup_fd;
	char skipped[120], cgroup[200];
} *seen;

/* A raw system call: nothing of the C library runs in children that share memory. */
static long sys(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return ret;
}

#define SYS(nr, ...) SYS_PICK(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0)
#define SYS_PICK(nr, a, b, c, d, e, ...) \\
	sys(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

static noreturn void skip(const char *why)
{
	snprintf(seen->skipped, sizeof(seen->skipped), "%s: %s", why, strerror(errno));
	seen->finished = 1;
	_exit(KSFT_SKIP);
}

static void must(long result, const char *what)
{
	if (result < 0)
		skip(what);
}

static void must_sys(long result, const char *what)
{
	errno = (int)-result;
	must(result, what);
}

$pieces
/* The caller makes itself what the counterexample says. */
static void prepare(void)
{
$prepare
}

/* The call. */
static long call(void)
{
$call
}

/* Look at what came of it; say whether it is what the comment above tells. */
static int look(void)
{
	int as_told = 1;

$look
	return as_told;
}

static void caller(void)
{
	prepare();
	seen->result = call();
	printf("# result: %ld (%s)\\n", seen->result,
	       seen->result < 0 ? strerror((int)-seen->result) : "success");
	seen->as_told = look();
	fflush(stdout);
	seen->child_may_leave = 1;
	seen->finished = 1;
	_exit(0);
}

int main(void)
{
	pid_t pid;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\\n1..1\\n");
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		return KSFT_FAIL;
	if (geteuid()) {
		printf("ok 1 " SENTENCE " # SKIP needs root\\n");
		return KSFT_SKIP;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = $start;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		caller();
	}
	for (int i = 0; i < 1000 && !seen->finished; i++)
		usleep(10000);
	seen->finished = 1;
	seen->child_may_leave = 1;
	usleep(1000);
	kill(pid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
	if (seen->cgroup[0])
		rmdir(seen->cgroup);
	if (seen->skipped[0]) {
		printf("ok 1 " SENTENCE " # SKIP %s\\n", seen->skipped);
		return KSFT_SKIP;
	}
	if (!seen->as_told) {
		printf("# not what was expected of this kernel (REFUTED)\\nok 1 " SENTENCE "\\n");
		return KSFT_PASS;
	}
	printf("# as the counterexample says (CONFIRMED)\\nnot ok 1 " SENTENCE "\\n");
	return KSFT_FAIL;
}
"""

PIECES = {
    "park": Piece("""\
/* A helper that only lives. */
static noreturn void park(void)
{
	long ten_ms[2] = { 0, 10000000 };

	seen->child_is_there = 1;
	while (!seen->finished)
		SYS(SYS_nanosleep, ten_ms, 0);
	SYS(SYS_exit, 0);
	for (;;)
		;
}
"""),
    "spawn": Piece("""\
static alignas(16) char stacks[6][65536];
static int stacks_used;

/*
 * Make the system call nr; a child goes to a stack of its own at once, whatever stack the
 * call gave it, and runs fn there.
 */
static long spawn(long nr, long a, long b, long c, long d, long e, void (*fn)(void))
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register void *r12 __asm__("r12") = stacks[stacks_used++] + sizeof(stacks[0]);
	register typeof(fn) r13 __asm__("r13") = fn;
	long ret;

	__asm__ volatile("syscall\\n\\t"
			 "test %%rax, %%rax\\n\\t"
			 "jnz 1f\\n\\t"
			 "mov %%r12, %%rsp\\n\\t"
			 "xor %%ebp, %%ebp\\n\\t"
			 "call *%%r13\\n\\t"
			 "ud2\\n"
			 "1:"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r12), "r"(r13)
			 : "rcx", "r11", "memory");
	return ret;
}
"""),
    "child": Piece("""\
/* The new task notes what it is, and waits until it was looked at. */
static noreturn void child(void)
{
	seen->pid = SYS(SYS_getpid);
	seen->ppid = SYS(SYS_getppid);
	seen->tid = SYS(SYS_gettid);
$notes
	seen->child_is_there = 1;
	while ($wait!seen->child_may_leave && !seen->finished)
		SYS(SYS_sched_yield);
	SYS(SYS_exit, 0);
	for (;;)
		;
}
"""),
    "handlers": Piece("""\
/* The signals whose action is `action` (0: default, 1: ignored; 2: caught). */
static u64 handlers(int action)
{
	u64 found = 0;

	for (int n = 1; n <= 64; n++) {
		u64 old[4] = { 0 };

		SYS(SYS_rt_sigaction, n, 0, old, 8);
		if (action == 2 ? old[0] > 1 : old[0] == (u64)action)
			found |= 1ull << (n - 1);
	}
	return found;
}
"""),
    "set_signals": Piece("""\
static void handler(int n)
{
	(void)n;
}

static void set_signals(u64 ignored, u64 caught, u64 blocked)
{
	for (int n = 1; n <= 64; n++)
		if ((ignored | caught) >> (n - 1) & 1)
			signal(n, ignored >> (n - 1) & 1 ? SIG_IGN : handler);
	SYS(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, 0, 8);
}
"""),
    "own_pid_namespace": Piece("""\
/* Go on as the second process of `levels` nested pid namespaces, with their /proc. */
static void own_pid_namespace(int levels)
{
	must(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
	for (int i = 0; i < levels; i++) {
		pid_t pid;

		must(unshare(CLONE_NEWPID), "unshare(CLONE_NEWPID)");
		pid = fork();
		must(pid, "fork");
		if (pid) { /* the process outside waits for the whole namespace to end */
			waitpid(pid, NULL, 0);
			_exit(0);
		}
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	must(mount("proc", "/proc", "proc", 0, NULL), "mounting /proc");
	if (fork() == 0)
		return;
	while (!seen->finished)
		usleep(1000);
	_exit(0);
}
"""),
    "free_pid": Piece("""\
/* A pid that nobody in this pid namespace has. */
static int free_pid(int number)
{
	for (int pid = 300; pid > 2; pid--)
		if (kill(pid, 0) < 0 && errno == ESRCH && !number--)
			return pid;
	return -1;
}
"""),
    "write_text": Piece("""\
static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd, path);
	must(write(fd, text, strlen(text)), path);
	close(fd);
}
"""),
    "new_user_namespace": Piece(
        """\
/* A new user namespace in which every id means what it meant outside. */
static void new_user_namespace(void)
{
	int ready[2], status;
	char path[40];
	pid_t mapper;

	must(pipe(ready), "pipe");
	mapper = fork();
	must(mapper, "fork");
	if (mapper == 0) {
		if (read(ready[0], path, 1) != 1)
			_exit(1);
		snprintf(path, sizeof(path), "/proc/%d/uid_map", getppid());
		write_text(path, "0 0 4294967295");
		snprintf(path, sizeof(path), "/proc/%d/gid_map", getppid());
		write_text(path, "0 0 4294967295");
		_exit(0);
	}
	must(unshare(CLONE_NEWUSER), "unshare(CLONE_NEWUSER)");
	must(write(ready[1], "x", 1), "write");
	waitpid(mapper, &status, 0);
	if (status)
		_exit(KSFT_SKIP);
	close(ready[0]);
	close(ready[1]);
}
""",
        ("write_text",),
    ),
    "helper": Piece(
        """\
/* Another task that shares things with the caller. */
static void helper(u64 flags)
{
	seen->child_is_there = 0;
	must_sys(spawn(SYS_clone, (long)flags, 0, 0, 0, 0, park), "a task beside the caller");
	while (!seen->child_is_there)
		usleep(1000);
	seen->child_is_there = 0;
}
""",
        ("spawn", "park"),
    ),
    "capset": Piece("""\
static void set_capabilities(u64 caps)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)caps, (uint32_t)caps, 0 },
		{ (uint32_t)(caps >> 32), (uint32_t)(caps >> 32), 0 },
	};

	must_sys(SYS(SYS_capset, &head, data), "capset");
}
"""),
    "become": Piece("""\
/* A uid that nobody else uses, so that its processes can be counted. */
static void become(int real, int effective)
{
	int uid = 0x60000000 + SYS(SYS_getpid), ruid = real ? uid : 0, euid = effective ? uid : 0;

	prctl(PR_SET_KEEPCAPS, 1);
	must_sys(SYS(SYS_setgroups, 0, 0), "setgroups");
	must_sys(SYS(SYS_setresgid, ruid, euid, euid), "setresgid");
	must_sys(SYS(SYS_setresuid, ruid, euid, euid), "setresuid");
	prctl(PR_SET_KEEPCAPS, 0);
	prctl(PR_SET_DUMPABLE, 1);
}
"""),
    "limit": Piece("""\
static void limit_processes(unsigned long soft)
{
	struct rlimit lim;

	getrlimit(RLIMIT_NPROC, &lim);
	lim.rlim_cur = soft;
	must(setrlimit(RLIMIT_NPROC, &lim), "setrlimit");
}
"""),
    "namespaces_of_a_child": Piece("""\
/* A process with the given namespaces of its own; its pid. */
static pid_t namespaces_of_a_child(int flags)
{
	pid_t maker;

	seen->number = 0;
	maker = fork();
	must(maker, "fork");
	if (maker == 0) {
		pid_t pid;

		must(unshare(flags), "unshare in a helper");
		pid = fork();
		if (pid == 0) {
			while (!seen->finished)
				usleep(10000);
			_exit(0);
		}
		must(pid, "fork");
		seen->number = pid;
		while (!seen->finished)
			usleep(10000);
		_exit(0);
	}
	while (!seen->number && !seen->finished)
		usleep(1000);
	return (pid_t)seen->number;
}
"""),
    "pending": Piece("""\
/* Set a pid namespace aside for the children; a live one already has its init. */
static void set_pid_namespace_aside(int with_init, int init_dies)
{
	must(unshare(CLONE_NEWPID), "unshare(CLONE_NEWPID)");
	if (with_init) {
		pid_t pid = fork();

		must(pid, "fork");
		if (pid == 0) {
			while (!init_dies && !seen->finished)
				usleep(10000);
			_exit(0);
		}
		if (init_dies)
			waitpid(pid, NULL, 0);
	}
}
"""),
    "namespace": Piece("""\
/* Whether a task is in another namespace than the caller. */
static int differs(long pid, const char *kind, const char *own)
{
	char path[64], one[64] = "", two[64] = "";

	snprintf(path, sizeof(path), "/proc/%ld/ns/%s", pid, kind);
	if (readlink(path, one, sizeof(one) - 1) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", own);
	if (readlink(path, two, sizeof(two) - 1) < 0)
		return -1;
	return !!strcmp(one, two);
}
"""),
    "before": Piece("""\
/* Which namespaces the caller is in, before the call and after it. */
static struct {
	const char *kind;
	char link[64];
} before[10];

static void remember(const char *kind)
{
	char path[64];
	int at = 0;

	while (before[at].kind)
		at++;
	before[at].kind = kind;
	snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", kind);
	must(readlink(path, before[at].link, sizeof(before[at].link) - 1), path);
}

static int changed(const char *kind)
{
	char path[64], now[64] = "";
	int at = 0;

	while (strcmp(before[at].kind, kind))
		at++;
	snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", kind);
	return readlink(path, now, sizeof(now) - 1) < 0 ? -1 : !!strcmp(now, before[at].link);
}
"""),
    "stat": Piece("""\
/* Field 38 of /proc/PID/stat: the signal that the parent gets; -1 for a thread. */
static int exit_signal_of(long pid)
{
	char path[64], line[1024] = "", *at;
	int fd, field = 2;

	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/stat", pid, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, line, sizeof(line) - 1) <= 0)
		return -2;
	close(fd);
	at = strrchr(line, ')');
	while (at && field++ < 38)
		at = strchr(at + 1, ' ');
	return at ? atoi(at + 1) : -2;
}
"""),
    "wait_for_child": Piece("""\
static void wait_for_child(void)
{
	for (int i = 0; i < 500 && !seen->child_is_there; i++)
		usleep(10000);
}
"""),
    "check": Piece("""\
/* Say what is and what the counterexample says; whether they are the same. */
static int check(const char *what, long value, long told)
{
	printf("# %s: %ld, the counterexample says %ld\\n", what, value, told);
	return value == told;
}
"""),
    "cgroup": Piece("""\
/* An empty cgroup (v2) of our own, as a file descriptor. */
static int own_cgroup(void)
{
	char line[512], at[100], kind[40];
	FILE *mounts = fopen("/proc/self/mounts", "r");

	while (mounts && fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%*s %99s %39s", at, kind) == 2 && !strcmp(kind, "cgroup2"))
			snprintf(seen->cgroup, sizeof(seen->cgroup), "%s/reproducer.%d", at, getppid());
	if (mounts)
		fclose(mounts);
	must(seen->cgroup[0] ? mkdir(seen->cgroup, 0755) : -1, "a cgroup v2 of its own");
	return open(seen->cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
}
"""),
    "outside": Piece("""\
/* More processes of the same user. */
static void more_processes(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		must(pid, "fork");
		while (pid == 0 && !seen->finished)
			usleep(10000);
		if (pid == 0)
			_exit(0);
	}
}
"""),
    "lone_user_namespace": Piece(
        """\
/* A user namespace that knows only its maker. */
static void lone_user_namespace(void)
{
	char map[48];

	snprintf(map, sizeof(map), "%u %u 1", getuid(), getuid());
	must(unshare(CLONE_NEWUSER), "unshare(CLONE_NEWUSER)");
	write_text("/proc/self/uid_map", map);
}
""",
        ("write_text",),
    ),
    "vhost": Piece("""\
#define OWNERS 12
#define VHOST_SET_OWNER _IO(0xaf, 0x01)
#define VHOST_SET_FORK_FROM_OWNER _IOW(0xaf, 0x84, unsigned char)

static int devices[OWNERS];

/* Root opens the devices; with fork_owner 0 the owner asks for kernel threads (v6.17). */
static void open_devices(int fork_owner)
{
	for (int i = 0; i < OWNERS; i++) {
		unsigned char mode = 0;

		devices[i] = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
		must(devices[i], "/dev/vhost-net");
		if (!fork_owner)
			must(ioctl(devices[i], VHOST_SET_FORK_FROM_OWNER, &mode),
			     "VHOST_SET_FORK_FROM_OWNER");
	}
}

static long make_worker(int number)
{
	return SYS(SYS_ioctl, devices[number], VHOST_SET_OWNER, 0);
}
"""),
    "sqpoll": Piece("""\
/* io_uring's submission thread is a worker. */
static long make_worker(int number)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 10000 };

	(void)number;
	return SYS(SYS_io_uring_setup, 4, &p);
}
"""),
    "sleeping_fork": Piece("""\
/* A child that stays. */
static long make_worker(int number)
{
	pid_t pid = fork();

	(void)number;
	while (pid == 0 && !seen->finished)
		usleep(10000);
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -errno : pid;
}
"""),
}
