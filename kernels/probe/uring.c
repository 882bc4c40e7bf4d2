/* io_uring: the SQPOLL thread and the io-wq workers. */
#include "workers.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define MANY 12

struct plan {
	const char *kind;
	const char *prefix; /* of the worker's name */
	u32 uid;
	long nproc;
	int bounded;
};

struct ring {
	int fd;
	char *sq;
	struct io_uring_sqe *sqes;
	struct io_uring_params p;
};

static struct plan plan;

static int set_up(struct ring *r, u32 flags)
{
	memset(r, 0, sizeof *r);
	r->p.flags = flags;
	r->p.sq_thread_idle = 10000;
	r->fd = (int)raw(SYS_io_uring_setup, 32, &r->p);
	if (r->fd < 0)
		return r->fd;
	r->sq = mmap(NULL, r->p.sq_off.array + r->p.sq_entries * sizeof(u32), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQ_RING);
	r->sqes = mmap(NULL, r->p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
	return r->sq == MAP_FAILED || r->sqes == MAP_FAILED ? -ENOMEM : 0;
}

/* A free entry of the queue, to be served by a worker in any case. */
static struct io_uring_sqe *next_entry(struct ring *r, u32 *index)
{
	u32 mask = *(u32 *)(r->sq + r->p.sq_off.ring_mask);

	*index = *(u32 *)(r->sq + r->p.sq_off.tail) & mask;
	memset(&r->sqes[*index], 0, sizeof r->sqes[*index]);
	r->sqes[*index].flags = IOSQE_ASYNC;
	r->sqes[*index].len = 1;
	return &r->sqes[*index];
}

static long submit(struct ring *r, u32 index)
{
	u32 *tail = (u32 *)(r->sq + r->p.sq_off.tail);

	((u32 *)(r->sq + r->p.sq_off.array))[index] = index;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return raw(SYS_io_uring_enter, r->fd, 1, 0, 0, NULL, 0);
}

/* A regular file is served by a bounded worker, which then idles for seconds. */
static long submit_read(struct ring *r, int file)
{
	static char buf;
	u32 index;
	struct io_uring_sqe *e = next_entry(r, &index);

	e->opcode = IORING_OP_READ;
	e->fd = file;
	e->addr = (u64)&buf;
	return submit(r, index);
}

/* Splicing from an empty pipe blocks an unbounded worker (a read would be polled). */
static long submit_splice(struct ring *r, int from, int to)
{
	u32 index;
	struct io_uring_sqe *e = next_entry(r, &index);

	e->opcode = IORING_OP_SPLICE;
	e->fd = to;
	e->off = ~0ull;
	e->splice_off_in = ~0ull;
	e->splice_fd_in = from;
	return submit(r, index);
}

/* ---- one blocked request, for whoever wants a worker that stays ---- */

static struct ring blocked;

/* Set up a ring and submit one request that blocks a worker: 0 or -errno. */
long uring_block(void)
{
	int in[2], out[2];
	long r;

	if (pipe(in) < 0 || pipe(out) < 0)
		return -errno;
	r = set_up(&blocked, 0);
	if (r >= 0)
		r = submit_splice(&blocked, in[0], out[1]);
	return r < 0 ? r : 0;
}

/* Whether that request is over, and how it ended. */
int uring_is_over(int *result)
{
	char *cq = mmap(NULL, blocked.p.cq_off.cqes + blocked.p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ,
			MAP_SHARED, blocked.fd, IORING_OFF_CQ_RING);
	int over;

	if (cq == MAP_FAILED)
		return 0;
	over = __atomic_load_n((u32 *)(cq + blocked.p.cq_off.tail), __ATOMIC_ACQUIRE) != 0;
	if (over)
		*result = ((struct io_uring_cqe *)(cq + blocked.p.cq_off.cqes))->res;
	return over;
}

static void sqpoll_one(const void *arg)
{
	const struct plan *p = arg;
	struct ring r;

	trial_become(p->uid);
	trial->ret = set_up(&r, IORING_SETUP_SQPOLL);
	trial_pause();
}

static void sqpoll_many(const void *arg)
{
	const struct plan *p = arg;
	struct ring r;

	trial_become(p->uid);
	trial_limit(p->nproc);
	for (int i = 0; i < MANY && !trial->ended_by; i++) {
		int e = set_up(&r, IORING_SETUP_SQPOLL);

		if (e < 0)
			trial->ended_by = -e;
		else
			trial->made++;
	}
	trial_pause();
}

static void wq_requests(const struct plan *p, int count)
{
	int in[2], out[2], file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct ring r;

	if (pipe(in) < 0 || pipe(out) < 0)
		trial_skip("no pipe");
	trial_become(p->uid);
	if (p->nproc)
		trial_limit(p->nproc);
	trial->ret = set_up(&r, 0);
	for (int i = 0; i < count && trial->ret >= 0; i++)
		trial->ret = p->bounded ? submit_read(&r, file) : submit_splice(&r, in[0], out[1]);
	if (trial->ret > 0)
		trial->ret = 0;
	usleep(100000);
	trial_pause();
}

static void wq_one(const void *arg)
{
	wq_requests(arg, 1);
}

static void wq_many(const void *arg)
{
	wq_requests(arg, MANY);
}

static void begin_row(void)
{
	char id[96];

	snprintf(id, sizeof id, "%s/%s", plan.kind, plan.uid ? "user" : "root");
	if (plan.nproc)
		snprintf(id + strlen(id), sizeof id - strlen(id), "/nproc=%ld", plan.nproc);
	row_begin(id);
	row_text("kind", plan.kind);
	row_text("who", plan.uid ? "user" : "root");
	row_number("nproc", plan.nproc ? plan.nproc : -1);
}

static int skipped(void)
{
	if (!*trial->skip && trial->ret != -ENOSYS && trial->ret != -EPERM)
		return 0;
	row_text("prepared", *trial->skip ? trial->skip : "no io_uring here");
	row_end();
	return 1;
}

static void look_at_worker(int pid)
{
	char prefix[32];

	begin_row();
	if (skipped())
		return;
	row_errno("errno", trial->ret < 0 ? -trial->ret : 0);
	snprintf(prefix, sizeof prefix, "%s-%d", plan.prefix, pid);
	row_worker(pid, prefix);
	row_end();
}

static void look_at_count(int pid)
{
	char prefix[32];

	begin_row();
	if (skipped())
		return;
	snprintf(prefix, sizeof prefix, "%s-%d", plan.prefix, pid);
	row_number("tried", MANY);
	if (*plan.kind == 's') {
		row_number("made", trial->made);
		row_errno("ended_by", trial->ended_by);
	}
	row_number("threads_of_owner", threads_of(pid, prefix, trial->made));
	row_end();
}

static void both(struct plan p, void (*body)(const void *), void (*look)(int))
{
	for (int user = 0; user < 2; user++) {
		plan = p;
		plan.uid = user ? fresh_uid() : 0;
		trial_run(body, &plan, look);
	}
}

/* ---- how many io workers a task may have ---- */

struct bounds {
	long entries, nproc; /* nproc -1: not limited */
	u32 asked[2];	     /* bounded, unbounded */
};

static struct bounds bounds;

/* What IORING_REGISTER_IOWQ_MAX_WORKERS tells first, and after `asked`. */
static void tell_bounds(const void *arg)
{
	const struct bounds *b = arg;
	static const u64 none[2] = { ~0ull, ~0ull };
	struct io_uring_params p = { 0 };
	u32 told[2] = { 0, 0 }, asked[2] = { b->asked[0], b->asked[1] }, after[2] = { 0, 0 };
	int fd;

	if (b->nproc >= 0)
		trial_limit(b->nproc);
	else if (raw(SYS_prlimit64, 0, RLIMIT_NPROC, none, NULL) < 0)
		trial_skip("root lacks the capability");
	fd = (int)raw(SYS_io_uring_setup, b->entries, &p);
	if (fd < 0)
		trial_skip("no io_uring here");
	if (raw(SYS_io_uring_register, fd, 19, told, 2) < 0)
		trial_skip("no IORING_REGISTER_IOWQ_MAX_WORKERS");
	raw(SYS_io_uring_register, fd, 19, asked, 2);
	raw(SYS_io_uring_register, fd, 19, after, 2);
	for (int i = 0; i < 2; i++) {
		trial->seen[i] = (int)told[i];
		trial->seen[2 + i] = (int)after[i];
	}
	trial_pause();
}

static void look_at_bounds(int pid)
{
	static const char *names[] = { "bounded", "unbounded", "bounded_then", "unbounded_then" };
	char id[96];

	(void)pid;
	snprintf(id, sizeof id, "io-wq-bounds/entries=%ld/nproc=%ld/asked=%u,%u", bounds.entries, bounds.nproc,
		 bounds.asked[0], bounds.asked[1]);
	row_begin(id);
	row_text("kind", "io-wq-bounds");
	row_number("entries", bounds.entries);
	row_number("nproc", bounds.nproc);
	row_number("asked_bounded", bounds.asked[0]);
	row_number("asked_unbounded", bounds.asked[1]);
	row_number("cpus", sysconf(_SC_NPROCESSORS_ONLN));
	if (*trial->skip)
		row_text("prepared", trial->skip);
	for (int i = 0; i < 4 && !*trial->skip; i++)
		row_number(names[i], trial->seen[i]);
	row_end();
}

static void bounds_rows(void)
{
	static const struct bounds all[] = {
		{ 1, 5, { 0, 0 } },    { 4, 100, { 3, 7 } },  { 64, 5, { 3, 2 } },    { 64, 100, { 0, 50 } },
		{ 64, 5, { 50, 0 } },  { 64, 5, { 6, 6 } },   { 64, -1, { 0, 0 } },   { 64, -1, { 9, 9 } },
		{ 256, 1, { 1, 1 } },  { 256, 1, { 2, 2 } },
	};

	for (unsigned int i = 0; i < sizeof all / sizeof *all; i++) {
		bounds = all[i];
		trial_run(tell_bounds, &bounds, look_at_bounds);
	}
}

void uring_rows(void)
{
	static const long limits[] = { 1, 2, 5, 8 };

	bounds_rows();

	both((struct plan){ .kind = "sqpoll", .prefix = "iou-sqp" }, sqpoll_one, look_at_worker);
	both((struct plan){ .kind = "io-wq-unbounded", .prefix = "iou-wrk" }, wq_one, look_at_worker);
	both((struct plan){ .kind = "io-wq-bounded", .prefix = "iou-wrk", .bounded = 1 }, wq_one, look_at_worker);
	for (int i = 0; i < 4; i++) {
		both((struct plan){ .kind = "sqpoll-many", .prefix = "iou-sqp", .nproc = limits[i] }, sqpoll_many,
		     look_at_count);
		both((struct plan){ .kind = "io-wq-many", .prefix = "iou-wrk", .nproc = limits[i] }, wq_many,
		     look_at_count);
	}
}
