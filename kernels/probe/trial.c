/* Trials of what workers are, each in a process of its own, and the rows that tell of them. */
#include "workers.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIAL_SECONDS 10

struct trial *trial;
static FILE *rows;

/* ---- rows ---- */

void row_begin(const char *id)
{
	fprintf(rows, "{\"id\":\"%s\"", id);
}

void row_text(const char *key, const char *value)
{
	fprintf(rows, ",\"%s\":\"%s\"", key, value);
}

void row_number(const char *key, long value)
{
	fprintf(rows, ",\"%s\":%ld", key, value);
}

void row_errno(const char *key, long err)
{
	if (err)
		row_text(key, errno_word(err));
	else
		row_number(key, 0);
}

void row_end(void)
{
	fprintf(rows, "}\n");
	fflush(rows);
}

/* ---- finding the worker ---- */

static int comm_starts(const char *task, const char *prefix)
{
	char comm[64];

	return read_proc(task, "comm", comm, sizeof comm) > 0 && !strncmp(comm, prefix, strlen(prefix));
}

/* Call see(task) for each numeric entry of a /proc folder whose name fits. */
static int scan(const char *folder, const char *prefix, char *first, int size)
{
	char path[80];
	int fd, n = 0;
	struct dirent *e;
	DIR *d;

	fd = (int)open_proc(folder, O_RDONLY | O_DIRECTORY);
	d = fd < 0 ? NULL : fdopendir(fd);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof path, "%.40s/%.20s", folder, e->d_name);
		if (!comm_starts(path, prefix))
			continue;
		if (!n++)
			snprintf(first, size, "%s", path);
	}
	if (d)
		closedir(d);
	return n;
}

int threads_of(int pid, const char *prefix, int expected)
{
	char folder[40], first[80];
	int n = 0;

	snprintf(folder, sizeof folder, "%d/task", pid);
	for (int i = 0; i < 50; i++) {
		n = scan(folder, prefix, first, sizeof first);
		if (n >= expected)
			break;
		usleep(2000); /* older kernels name a worker only when it first runs */
	}
	return n;
}

static void put_sharing(const char *owner, const char *worker)
{
	struct sharing s;

	view_sharing(&s, owner, worker);
	fprintf(rows, ",\"share\":{");
	for (int i = 0; i < 6; i++)
		fprintf(rows, "%s\"%s\":%s", i ? "," : "", share_names[i],
			s.known[i] < 0 ? "null" : s.known[i] ? "true" : "false");
	fprintf(rows, "}");
}

static const char *place(const struct view *worker, const struct view *owner)
{
	if (worker->tgid == owner->tgid)
		return "thread_of_owner";
	if (worker->ppid == 2)
		return "child_of_kthreadd";
	return worker->ppid == owner->tgid ? "child_of_owner" : "other";
}

static long fd_table_size(const char *task)
{
	char buf[4096], *at;

	if (read_proc(task, "status", buf, sizeof buf) <= 0 || !(at = strstr(buf, "\nFDSize:")))
		return -1;
	return atol(at + 8);
}

static void put_view(const struct view *w, const struct view *owner)
{
	u64 soft = 0;

	fprintf(rows, "\"where\":\"%s\",\"comm\":\"%s\",\"pflags\":%lu,\"same_tgid\":%s", place(w, owner), w->comm,
		w->pflags, w->tgid == owner->tgid ? "true" : "false");
	fprintf(rows, ",\"kthread\":%s,\"io_worker\":%s,\"user_worker\":%s,\"nofreeze\":%s",
		w->pflags & 0x200000 ? "true" : "false", w->pflags & 0x10 ? "true" : "false",
		w->pflags & 0x4000 ? "true" : "false", w->pflags & 0x8000 ? "true" : "false");
	fprintf(rows, ",\"exit_signal\":%d,\"uid_is_owners\":%s,\"uid\":%u", w->exit_signal,
		w->uid[0] == owner->uid[0] ? "true" : "false", w->uid[0]);
	fprintf(rows, ",\"sigblk\":%lu,\"sigign\":%lu,\"sigcgt\":%lu,\"capeff\":%lu", w->sigblk, w->sigign, w->sigcgt,
		w->capeff);
	if (view_nproc_soft(w->name, &soft))
		fprintf(rows, ",\"nproc_soft\":%ld", (long)soft);
	fprintf(rows, ",\"cgroup_is_owners\":%s,\"fd_table\":%s", strcmp(w->cgroup, owner->cgroup) ? "false" : "true",
		fd_table_size(w->name) > 0 ? "true" : "false");
}

/* The first worker whose name starts with the prefix: a thread of the owner,
 * else any task.  Gives it a moment to come up. */
void row_worker(int owner, const char *prefix)
{
	struct view o, w;
	char folder[40], path[80], name[16];
	int n = 0;

	snprintf(name, sizeof name, "%d", owner);
	snprintf(folder, sizeof folder, "%d/task", owner);
	for (int i = 0; i < 50 && !n; i++) {
		n = scan(folder, prefix, path, sizeof path);
		if (!n)
			n = scan(".", prefix, path, sizeof path);
		if (!n)
			usleep(2000);
	}
	fprintf(rows, ",\"workers\":%d,\"worker\":", n);
	view_task(&o, name);
	view_cgroup(&o);
	if (!n || !view_task(&w, path)) {
		fprintf(rows, "null");
		return;
	}
	view_cgroup(&w);
	fprintf(rows, "{");
	put_view(&w, &o);
	put_sharing(name, path);
	fprintf(rows, "}");
}

/* ---- trials ---- */

u32 fresh_uid(void)
{
	static u32 used;

	return 0x60000000u + ((u32)getpid() & 0xfff) * 0x1000 + used++;
}

void trial_pause(void)
{
	int seen = trial->go_on;

	trial->done++;
	futex_wake(&trial->done);
	while (trial->go_on == seen)
		futex_wait(&trial->go_on, seen, -1);
}

void trial_skip(const char *why)
{
	snprintf(trial->skip, sizeof trial->skip, "%s", why);
	trial_pause();
	_exit(0);
}

void trial_limit(long nproc)
{
	struct rlimit lim;

	getrlimit(RLIMIT_NPROC, &lim);
	lim.rlim_cur = nproc;
	setrlimit(RLIMIT_NPROC, &lim);
}

/* No capability is kept, and /proc/PID stays readable for the observer. */
void trial_become(u32 uid)
{
	if (!uid)
		return;
	if (raw(SYS_setresgid, uid, uid, uid) < 0 || raw(SYS_setresuid, uid, uid, uid) < 0)
		trial_skip("setresuid failed");
}

static void end_trial(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	while (waitpid(-1, NULL, __WALL | WNOHANG) > 0)
		;
}

static int wait_done(int seen, pid_t pid)
{
	char name[16];

	snprintf(name, sizeof name, "%d", pid);
	for (int i = 0; i < TRIAL_SECONDS * 20; i++) {
		if (trial->done != seen)
			return 1;
		futex_wait(&trial->done, seen, 50000000);
		if (trial->done == seen && task_is_gone(name))
			return 0;
	}
	return 0;
}

void trial_run(void (*body)(const void *), const void *arg, void (*look)(int pid))
{
	pid_t pid;
	int seen = 0;

	memset(trial, 0, sizeof *trial);
	fflush(rows);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body(arg);
		_exit(0);
	}
	if (wait_done(seen, pid)) {
		look(pid);
	} else {
		snprintf(trial->skip, sizeof trial->skip, "the trial hung or died");
		look(pid);
	}
	end_trial(pid);
}

int trials_begin(int out_fd)
{
	rows = fdopen(out_fd, "w");
	trial = mmap(NULL, sizeof *trial, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return rows && trial != MAP_FAILED;
}

void trials_end(void)
{
	fclose(rows);
}
