/* vhost devices: who the worker is, and how many owners a limit allows. */
#include "workers.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SET_OWNER _IO(0xaf, 0x01)
#define NEW_WORKER _IOR(0xaf, 0x08, unsigned int)
#define SET_FORK_FROM_OWNER _IOW(0xaf, 0x84, unsigned char)
#define MANY 12

enum mode { M_DEFAULT, M_TASK, M_KTHREAD, M_COUNT };
static const char *const modes[M_COUNT] = { "default", "task", "kthread" };

struct plan {
	char device[32];
	enum mode mode;
	u32 uid;
	long nproc;	/* 0: not limited */
	long pids_max;	/* 0: not limited */
	int new_worker; /* count VHOST_NEW_WORKER instead of owners */
	int late_switch;
};

static struct plan plan;

static void in_cgroup(const char *folder, const char *file, const char *text)
{
	char path[200];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		trial_skip("no pids cgroup");
	close(fd);
}

/* In virtual machines only: there the whole cgroup tree is ours. */
static void enter_pids_cgroup(long max)
{
	char text[24];

	if (!env.vm)
		trial_skip("pids.max only in a virtual machine");
	snprintf(text, sizeof text, "%ld", max);
	mkdir("/sys/fs/cgroup/owners", 0755);
	in_cgroup("/sys/fs/cgroup", "cgroup.subtree_control", "+pids");
	in_cgroup("/sys/fs/cgroup/owners", "pids.max", text);
	in_cgroup("/sys/fs/cgroup/owners", "cgroup.procs", "0");
}

static int open_device(const struct plan *p)
{
	char path[48];
	unsigned char task = p->mode == M_TASK;
	int fd;

	snprintf(path, sizeof path, "/dev/%s", p->device);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		trial_skip("no such device");
	if (p->mode != M_DEFAULT && ioctl(fd, SET_FORK_FROM_OWNER, &task) < 0)
		trial_skip("no VHOST_SET_FORK_FROM_OWNER");
	return fd;
}

static void own_one(const void *arg)
{
	const struct plan *p = arg;
	unsigned char task = 1;
	int fd = open_device(p);

	if (p->pids_max)
		enter_pids_cgroup(p->pids_max);
	trial_become(p->uid);
	trial->ret = ioctl(fd, SET_OWNER) < 0 ? -errno : 0;
	if (p->late_switch)
		trial->ret = ioctl(fd, SET_FORK_FROM_OWNER, &task) < 0 ? -errno : 0;
	trial_pause();
}

static void own_many(const void *arg)
{
	const struct plan *p = arg;
	unsigned int id;
	int fds[MANY];

	for (int i = 0; i < (p->new_worker ? 1 : MANY); i++)
		fds[i] = open_device(p);
	if (p->pids_max)
		enter_pids_cgroup(p->pids_max);
	trial_become(p->uid);
	if (p->new_worker && ioctl(fds[0], SET_OWNER) < 0)
		trial_skip("VHOST_SET_OWNER failed");
	if (p->nproc)
		trial_limit(p->nproc);
	for (int i = 0; i < MANY && !trial->ended_by; i++) {
		int r = p->new_worker ? ioctl(fds[0], NEW_WORKER, &id) : ioctl(fds[i], SET_OWNER);

		if (r < 0)
			trial->ended_by = errno;
		else
			trial->made++;
	}
	trial_pause();
}

static void begin_row(const char *kind)
{
	char id[128];

	snprintf(id, sizeof id, "%s/%s/%s/%s", kind, plan.device, modes[plan.mode], plan.uid ? "user" : "root");
	if (plan.nproc)
		snprintf(id + strlen(id), sizeof id - strlen(id), "/nproc=%ld", plan.nproc);
	if (plan.pids_max)
		snprintf(id + strlen(id), sizeof id - strlen(id), "/pids=%ld", plan.pids_max);
	row_begin(id);
	row_text("kind", kind);
	row_text("device", plan.device);
	row_text("mode", modes[plan.mode]);
	row_text("who", plan.uid ? "user" : "root");
	row_number("nproc", plan.nproc ? plan.nproc : -1);
	row_number("pids_max", plan.pids_max ? plan.pids_max : -1);
}

static int skipped(void)
{
	if (!*trial->skip)
		return 0;
	row_text("prepared", trial->skip);
	row_end();
	return 1;
}

static void look_at_one(int pid)
{
	char prefix[32];

	begin_row(plan.late_switch ? "vhost-late-switch" : "vhost-worker");
	if (skipped())
		return;
	row_errno("errno", -trial->ret);
	snprintf(prefix, sizeof prefix, "vhost-%d", pid);
	row_worker(pid, prefix);
	row_end();
}

static void look_at_many(int pid)
{
	char prefix[32];

	begin_row(plan.new_worker ? "vhost-new-workers" : "vhost-owners");
	if (skipped())
		return;
	row_number("tried", MANY);
	row_number("made", trial->made);
	row_errno("ended_by", trial->ended_by);
	snprintf(prefix, sizeof prefix, "vhost-%d", pid);
	row_number("threads_of_owner", threads_of(pid, prefix, plan.mode == M_KTHREAD ? 0 : trial->made));
	row_end();
}

static void one(const char *device, enum mode mode, u32 uid)
{
	plan = (struct plan){ .mode = mode, .uid = uid };
	strcpy(plan.device, device);
	trial_run(own_one, &plan, look_at_one);
}

static void many(const char *device, enum mode mode, u32 uid, long nproc, long pids_max, int new_worker)
{
	plan = (struct plan){ .mode = mode, .uid = uid, .nproc = nproc, .pids_max = pids_max, .new_worker = new_worker };
	strcpy(plan.device, device);
	trial_run(own_many, &plan, look_at_many);
}

static void late_switch(const char *device)
{
	plan = (struct plan){ .late_switch = 1 };
	strcpy(plan.device, device);
	trial_run(own_one, &plan, look_at_one);
}

void vhost_rows(void)
{
	static const char *const devices[] = { "vhost-net", "vhost-vsock", "vhost-scsi" };
	static const long limits[] = { 1, 2, 5, 8 };

	for (int d = 0; d < 3; d++) {
		for (int m = 0; m < M_COUNT; m++) {
			one(devices[d], m, 0);
			one(devices[d], m, fresh_uid());
			many(devices[d], m, 0, 5, 0, 0);
			for (int i = 0; i < 4; i++)
				many(devices[d], m, fresh_uid(), limits[i], 0, 0);
			many(devices[d], m, fresh_uid(), 0, 5, 0);
			many(devices[d], m, 0, 0, 5, 0);
			many(devices[d], m, fresh_uid(), 5, 0, 1);
			many(devices[d], m, 0, 5, 0, 1);
		}
		late_switch(devices[d]);
	}
}
