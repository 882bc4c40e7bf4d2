/* Workers and RLIMIT_NPROC: how many an owner can make, by capability and user namespace,
 * what the first one looks like, and whether the owner itself may still fork afterwards. */
#include "workers.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/kvm.h>
#include <linux/prctl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SET_OWNER _IO(0xaf, 0x01)
#define SET_FORK_FROM_OWNER _IOW(0xaf, 0x84, unsigned char)
#define MANY 12

enum maker { VHOST_DEFAULT, VHOST_TASK, VHOST_KTHREAD, SQPOLL, FORK, KVM, MAKERS };
static const char *const makers[MAKERS] = { "vhost-default", "vhost-task", "vhost-kthread", "sqpoll",
					    "fork", "kvm" };

struct wish {
	int user;	/* an unprivileged uid of its own, not root */
	u64 caps;	/* which it keeps */
	int userns;	/* in a user namespace of its own */
	int outside;	/* further tasks of the uid, outside of it */
	int threadkey;	/* with a thread keyring */
	long nproc;
};

static enum maker maker;
static struct wish wish;
static u32 uid;
static int fds[MANY];

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		trial_skip("no user namespace");
	close(fd);
}

static void keep_caps(u64 caps)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { caps, caps, 0 }, { caps >> 32, caps >> 32, 0 } };

	if (raw(SYS_capset, &head, data) < 0)
		trial_skip("root lacks the capability");
}

static void take_thread_keyring(void)
{
	if (raw(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 1) < 0)
		trial_skip("no thread keyring");
}

/* The thread keyrings of the owner's uid, which nothing else uses; -1: not shown here. */
static int thread_keyrings(void)
{
	FILE *f = fopen("/proc/keys", "r");
	char line[512];
	int n = 0;

	if (!f)
		return -1;
	while (fgets(line, sizeof line, f))
		n += strstr(line, " _tid") != NULL;
	fclose(f);
	return n;
}

static void enter_userns(void)
{
	char map[40];

	if (raw(SYS_unshare, F_NEWUSER) < 0)
		trial_skip("no user namespace");
	snprintf(map, sizeof map, "%u %u 1", uid, uid);
	write_text("/proc/self/uid_map", map);
	keep_caps(wish.caps);
}

static long sleeping_child(void)
{
	long maker_pid = raw(SYS_getpid), pid = raw(SYS_fork);

	if (pid == 0) {
		raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
		while (raw(SYS_getppid) == maker_pid)
			raw(SYS_pause);
		raw(SYS_exit_group, 0);
	}
	return pid;
}

static void be_somebody(void)
{
	if (wish.caps)
		raw(SYS_prctl, PR_SET_KEEPCAPS, 1);
	trial_become(uid);
	if (wish.caps)
		keep_caps(wish.caps);
	raw(SYS_prctl, PR_SET_DUMPABLE, 1);
	if (wish.threadkey)
		take_thread_keyring();
	for (int i = 0; i < wish.outside; i++)
		sleeping_child();
	if (wish.userns)
		enter_userns();
	trial_limit(wish.nproc);
}

static void open_all(void)
{
	unsigned char task = maker == VHOST_TASK;

	if (maker == KVM) {
		fds[0] = open("/dev/kvm", O_RDWR | O_CLOEXEC);
		if (fds[0] < 0)
			trial_skip("no virtual machines here");
	}
	for (int i = 0; i < MANY && maker < SQPOLL; i++) {
		fds[i] = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
		if (fds[i] < 0)
			trial_skip("no such device");
		if (maker != VHOST_DEFAULT && ioctl(fds[i], SET_FORK_FROM_OWNER, &task) < 0)
			trial_skip("no VHOST_SET_FORK_FROM_OWNER");
	}
}

/* A virtual machine that is run once, by when KVM's worker is there.  It has no memory: run on, it
 * fails in other ways than for want of a task. */
static long run_machine(void)
{
	long vm = raw(SYS_ioctl, fds[0], KVM_CREATE_VM, 0), cpu, r;

	if (vm < 0)
		return vm;
	cpu = raw(SYS_ioctl, vm, KVM_CREATE_VCPU, 0);
	if (cpu < 0)
		trial_skip("no virtual processors here");
	r = raw(SYS_ioctl, cpu, KVM_RUN, 0);
	return r == -EAGAIN || r == -ENOMEM ? r : 0;
}

static long make_one(int i)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 10000 };

	if (maker == SQPOLL)
		return raw(SYS_io_uring_setup, 4, &p);
	if (maker == FORK)
		return sleeping_child();
	if (maker == KVM)
		return run_machine();
	return raw(SYS_ioctl, fds[i], SET_OWNER, 0);
}

static void make_many(const void *arg)
{
	long r;

	(void)arg;
	open_all();
	be_somebody();
	for (int i = 0; i < MANY && !trial->ended_by; i++) {
		r = make_one(i);
		if (r < 0)
			trial->ended_by = -r;
		else
			trial->made++;
		/* an attempt that fails may leave one for a moment */
		if (wish.threadkey && i == 0 && trial->made)
			trial->seen[0] = thread_keyrings();
	}
	r = raw(SYS_fork);
	if (r == 0)
		raw(SYS_exit_group, 0);
	trial->ret = r < 0 ? r : 0;
	trial_pause();
}

static void look(int pid)
{
	char id[128], prefix[32];

	snprintf(id, sizeof id, "limit/%s/%s/caps=%#lx/userns=%d/outside=%d/nproc=%ld%s", makers[maker],
		 wish.user ? "user" : "root", (long)wish.caps, wish.userns, wish.outside, wish.nproc,
		 wish.threadkey ? "/threadkey" : "");
	row_begin(id);
	row_text("kind", "limit");
	row_text("maker", makers[maker]);
	row_text("who", wish.user ? "user" : "root");
	row_number("caps", (long)wish.caps);
	row_number("userns", wish.userns);
	row_number("outside", wish.outside);
	row_number("threadkey", wish.threadkey);
	row_number("nproc", wish.nproc);
	if (*trial->skip || (maker == SQPOLL && (trial->ended_by == ENOSYS || trial->ended_by == EPERM))) {
		row_text("prepared", *trial->skip ? trial->skip : "no io_uring here");
		row_end();
		return;
	}
	row_number("tried", MANY);
	row_number("made", trial->made);
	row_errno("ended_by", trial->ended_by);
	row_errno("fork_then", -trial->ret);
	if (wish.threadkey && trial->seen[0] > 0)
		row_number("thread_keyrings", trial->seen[0]);
	snprintf(prefix, sizeof prefix, maker == KVM ? "kvm-nx-lpage" : maker == SQPOLL ? "iou-sqp-%d" : "vhost-%d",
		 pid);
	if (maker != FORK)
		row_worker(pid, prefix);
	row_end();
}

void limit_rows(void)
{
	static const struct wish wishes[] = {
		{ .nproc = 5 },
		{ .user = 1, .nproc = 5 },
		{ .user = 1, .caps = 1ull << CAP_SYS_ADMIN, .nproc = 5 },
		{ .user = 1, .caps = 1ull << CAP_SYS_RESOURCE, .nproc = 5 },
		{ .userns = 1, .nproc = 5 },
		{ .user = 1, .userns = 1, .outside = 4, .nproc = 2 },
		{ .user = 1, .threadkey = 1, .nproc = 5 },
	};

	for (maker = 0; maker < MAKERS; maker++)
		for (unsigned int i = 0; i < sizeof wishes / sizeof *wishes; i++) {
			wish = wishes[i];
			uid = wish.user ? fresh_uid() : 0;
			trial_run(make_many, NULL, look);
		}
}
