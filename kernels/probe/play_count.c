/* The kernel's NPROC counts, by trial: a process of the user tries which limit still lets it fork.
 *
 * Each trial is made by processes that are gone again when the count is told, so that a history
 * goes on as if nobody had looked.  What cannot be told is null. */
#include "play.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 24 /* a count above is not told */
#define NONE (-1)
#define FREE (-3)  /* no bound was met */
#define MARK 0x1000 /* PF_NPROC_EXCEEDED */

static volatile int *told; /* shared with the trial's processes */

static void soft_limit(u64 soft)
{
	u64 now[2] = { 0 };

	raw(SYS_prlimit64, 0, 6, NULL, now);
	now[0] = soft < now[1] ? soft : now[1];
	raw(SYS_prlimit64, 0, 6, now, NULL);
}

static int run_trial(void (*trial)(int, u32), int fd, u32 uid)
{
	int pid;

	*told = NONE;
	pid = (int)raw(SYS_fork);
	if (pid == 0) {
		trial(fd, uid);
		raw(SYS_exit_group, 0);
	}
	if (pid > 0)
		while (raw(SYS_wait4, pid, NULL, __WALL, NULL) == -EINTR)
			;
	return *told;
}

/* The least limit under which a process of the user's gets a child. */
static void by_fork(int fd, u32 uid)
{
	long pid = -1;

	(void)fd;
	soft_limit(0);
	if (raw(SYS_setresuid, uid, uid, uid) < 0)
		return;
	for (int limit = 0; limit < MOST && pid < 0; limit++) {
		soft_limit(limit);
		pid = raw(SYS_fork);
		if (pid == 0)
			raw(SYS_exit_group, 0);
		if (pid > 0) {
			raw(SYS_wait4, pid, NULL, __WALL, NULL);
			*told = limit;
		}
	}
}

static int marked_now(void)
{
	char name[48], buf[2048], *at;

	self_name(name, sizeof name);
	if (read_proc(name, "stat", buf, sizeof buf) <= 0 || !(at = strrchr(buf, ')')))
		return 0;
	for (int field = 2; field < 9 && at; field++)
		at = strchr(at + 1, ' ');
	return at && strtoull(at, NULL, 10) & MARK;
}

static int is_over(u32 uid, u64 soft)
{
	int over;

	soft_limit(soft);
	raw(SYS_setreuid, uid, 0);
	over = marked_now();
	raw(SYS_setreuid, 0, 0);
	return over;
}

/* Inside a namespace: setreuid() marks who is beyond the limit, and counts nobody but itself
 * for the namespace's creator above.  Where that one is at its bound, nothing can be told. */
static void by_mark(int fd, u32 uid)
{
	soft_limit(~0ull);
	if (raw(SYS_setns, fd, F_NEWUSER) < 0 || is_over(uid, MOST))
		return;
	for (int limit = 0; limit < MOST; limit++)
		if (!is_over(uid, limit)) {
			*told = limit;
			return;
		}
}

/* Is somebody without tasks beyond the namespace's own bound, one more task inside it? */
static void at_bound(int fd, u32 uid)
{
	(void)uid;
	soft_limit(~0ull);
	if (raw(SYS_setns, fd, F_NEWUSER) == 0)
		*told = is_over(stage->uid + 8, ~0ull >> 1);
}

static long one_more(u32 uid)
{
	volatile int never = 0;
	long pid = raw(SYS_fork);

	if (pid == 0) {
		raw(SYS_setresuid, uid, uid, uid);
		*told = 1;
		futex_wake(told);
		for (;;)
			futex_wait(&never, 0, -1);
	}
	while (pid > 0 && !*told)
		futex_wait(told, 0, 1000000);
	return pid;
}

/* How many tasks of its creator's fit beside one more inside. */
static int room(int fd, u32 uid)
{
	long fillers[MOST];
	int n = 0, over, found = NONE;

	while ((over = run_trial(at_bound, fd, uid)) == 0 && n < MOST) {
		*told = 0;
		fillers[n] = one_more(uid);
		if (fillers[n++] < 0)
			break;
	}
	if (over >= 0)
		found = over ? n : FREE;
	while (n-- > 0)
		if (fillers[n] > 0) {
			raw(SYS_kill, fillers[n], SIGKILL);
			raw(SYS_wait4, fillers[n], NULL, __WALL, NULL);
		}
	return found;
}

/* What it takes where nobody else is: 2, itself and its child; 1 where the limit admits one more,
 * as from v5.14 to v5.16, whose setreuid() moreover looks at another user's count. */
static int least(void)
{
	static int found = NONE;

	if (found < 0)
		found = run_trial(by_fork, -1, stage->uid + 8);
	return found;
}

static int tasks_of(u32 uid)
{
	int limit = run_trial(by_fork, -1, uid);

	return limit < 0 || least() < 0 ? NONE : limit - least();
}

/* uN | NAME:uN | room:NAME:uN */
static int count_of(const char *what)
{
	char name[32];
	const char *colon;

	if (!strncmp(what, "room:", 5)) {
		if (least() != 2)
			return NONE;
		snprintf(name, sizeof name, "%.*s", (int)strcspn(what + 5, ":"), what + 5);
		colon = strchr(what + 5, ':');
		return colon && kept_fd(name) >= 0 ? room(kept_fd(name), (u32)number(colon + 1)) : NONE;
	}
	colon = strchr(what, ':');
	if (!colon)
		return tasks_of((u32)number(what));
	if (least() != 2)
		return NONE;
	snprintf(name, sizeof name, "%.*s", (int)(colon - what), what);
	return kept_fd(name) < 0 ? NONE : run_trial(by_mark, kept_fd(name), (u32)number(colon + 1));
}

void put_counts(FILE *rows, const char *wanted)
{
	char list[200], *save = NULL;
	const char *comma = "";

	if (!told)
		told = (volatile int *)raw(SYS_mmap, 0, 4096, 3, 0x21, -1, 0);
	fprintf(rows, ",\"counts\":{");
	snprintf(list, sizeof list, "%s", wanted);
	for (char *one = strtok_r(list, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		int n = count_of(one);

		fprintf(rows, "%s\"%s\":", comma, one);
		if (n < 0)
			fprintf(rows, n == FREE ? "\"any number\"" : "null");
		else
			fprintf(rows, "%d", n);
		comma = ",";
	}
	fprintf(rows, "}");
}
