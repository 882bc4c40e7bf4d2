/* What an owner and its vhost worker have: user, limit, control group, namespaces. */
#include "play_workers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_uid(const char *who, const char *folder, struct answer *out)
{
	char buf[4096], *at;
	u32 uid;

	if (read_at(env.outer_proc, folder, "status", buf, sizeof buf) <= 0 || !(at = strstr(buf, "\nUid:\t")))
		return;
	uid = (u32)strtoul(at + 6, NULL, 10);
	if (uid >= stage->uid && uid < stage->uid + 9)
		tell(out, "\"%s_uid\":\"u%u\"", who, uid - stage->uid + 1);
	else
		tell(out, "\"%s_uid\":\"%u\"", who, uid);
}

static void put_limit(const char *who, const char *folder, struct answer *out)
{
	char buf[2048], *at;

	if (read_at(env.outer_proc, folder, "limits", buf, sizeof buf) > 0 && (at = strstr(buf, "Max processes")))
		tell(out, "\"%s_limit\":%ld", who, atol(at + strlen("Max processes")));
}

static void put_group(const char *who, const char *folder, struct answer *out)
{
	char buf[1024], *at;

	if (read_at(env.outer_proc, folder, "cgroup", buf, sizeof buf) <= 0 || !(at = strstr(buf, "0::")))
		return;
	at[strcspn(at, "\n")] = 0;
	tell(out, "\"%s_group\":\"%s\"", who, strrchr(at, '/') + 1);
}

static const char *link_of(const char *folder, const char *ns, char *buf, int size)
{
	char path[96];
	long n;

	snprintf(path, sizeof path, "%.64s/ns/%s", folder, ns);
	n = readlinkat(env.outer_proc, path, buf, size - 1);
	buf[n < 0 ? 0 : n] = 0;
	return buf;
}

/* "first": that of the machine; "owner": its owner's present one. */
static void put_ns(const char *worker, const char *owner, const char *ns, struct answer *out)
{
	char own[64], its[64], first[64];
	const char *told = "other";

	link_of(owner, ns, own, sizeof own);
	link_of(worker, ns, its, sizeof its);
	link_of("1", ns, first, sizeof first);
	if (!strcmp(its, first))
		told = "first";
	else if (!strcmp(its, own))
		told = "owner";
	tell(out, "\"worker_%s\":\"%s\",\"owner_%s\":\"%s\"", ns, told, ns, strcmp(own, first) ? "own" : "first");
}

static void put_all(const char *who, const char *folder, struct answer *out)
{
	put_uid(who, folder, out);
	put_limit(who, folder, out);
	put_group(who, folder, out);
}

/* has ACTOR */
void see_what_it_has(struct actor *none, int argc, char **argv, struct answer *out)
{
	const struct actor *a = argc > 1 ? actor_named(argv[1]) : NULL;
	struct found worker;
	char owner[24], folder[40], name[40];

	(void)none;
	if (!a)
		return;
	snprintf(owner, sizeof owner, "%d", outer_pid(a));
	snprintf(folder, sizeof folder, "%s/task", owner);
	snprintf(name, sizeof name, "vhost-%s\n", owner);
	out->ret = 0;
	put_all("owner", owner, out);
	if (!find_tasks(env.outer_proc, folder, VHOST, &worker, 1) && !find_tasks(env.outer_proc, ".", name, &worker, 1))
		return;
	tell(out, "\"worker\":\"%s\"", strstr(worker.path, "task") ? "thread" : worker.flags & KTHREAD ? "kthread" : "process");
	put_all("worker", worker.path, out);
	put_ns(worker.path, owner, "uts", out);
	put_ns(worker.path, owner, "user", out);
}

/* limit_worker ACTOR N: of a worker that is a thread */
void limit_worker(struct actor *none, int argc, char **argv, struct answer *out)
{
	const struct actor *a = argc == 3 ? actor_named(argv[1]) : NULL;
	int tid = a ? worker_of(pid_of(a), VHOST) : 0;
	u64 now[2];

	(void)none;
	if (!tid)
		return;
	out->ret = raw(SYS_prlimit64, tid, 6, NULL, now);
	now[0] = (u64)number(argv[2]);
	if (!out->ret)
		out->ret = raw(SYS_prlimit64, tid, 6, now, NULL);
}
