/* What can be seen of an owner and its workers, once nothing moves any more. */
#include "play_workers.h"
#include "workers.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST 16
#define NOFREEZE 0x8000 /* PF_NOFREEZE */
#define QUIET_MS 120 /* unchanged for so long is settled */
#define TICK_MS 40
#define PATIENCE_MS 1500

struct kind {
	const char *name, *prefix;
	int numbered; /* kthreadd's have the owner's number behind the prefix */
};

static const struct kind kinds[] = {
	{ "vhost", VHOST, 1 },
	{ "kvm", "kvm-nx-lpage-re", 1 },
	{ "io", IO, 0 },
};

/* ---- one look ---- */

static const char *life_of(const struct actor *a)
{
	char name[16];
	struct view v;

	snprintf(name, sizeof name, "%d", pid_of(a));
	if (!view_task(&v, name))
		return "gone";
	if (v.state == 'Z' || v.state == 'X')
		return "zombie";
	return v.state == 'T' ? "stopped" : "alive";
}

static int in_group(const struct found *f, const char *group)
{
	char buf[1024], *at;

	if (!group || read_at(env.outer_proc, f->path, "cgroup", buf, sizeof buf) <= 0 || !(at = strstr(buf, "0::")))
		return 0;
	at[strcspn(at, "\n")] = 0;
	at = strrchr(at, '/');
	return at && !strcmp(at + 1, group);
}

/* Threads of the owner, and tasks outside of it that bear its number. */
static void see_kind(const struct kind *k, int outer, const char *group, struct answer *out)
{
	struct found list[MOST];
	char folder[32], prefix[48];
	int threads, others = 0, inside = 0, nofreeze = 0, kthreads = 0, stopped = 0;

	snprintf(folder, sizeof folder, "%d/task", outer);
	threads = find_tasks(env.outer_proc, folder, k->prefix, list, MOST);
	if (k->numbered) {
		snprintf(prefix, sizeof prefix, *k->name == 'k' ? "kvm-nx-lpage-recovery-%d\n" : "vhost-%d\n", outer);
		others = find_tasks(env.outer_proc, ".", prefix, list + threads, MOST - threads);
	}
	for (int i = 0; i < threads + others; i++) {
		inside += in_group(&list[i], group);
		nofreeze += !!(list[i].flags & NOFREEZE);
		kthreads += !!(list[i].flags & KTHREAD);
		stopped += list[i].state == 'T';
	}
	tell(out, "\"%s\":%d,\"%s_threads\":%d,\"%s_inside\":%d", k->name, threads + others, k->name, threads, k->name,
	     inside);
	tell(out, "\"%s_nofreeze\":%d,\"%s_kthreads\":%d,\"%s_stopped\":%d", k->name, nofreeze, k->name, kthreads, k->name,
	     stopped);
}

/* Memory that only the owner maps can be sealed when its address space is gone. */
static const char *memory(int fd)
{
	if (fd < 0)
		return "unknown";
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) < 0 && errno == EBUSY ? "held" : "free";
}

/* The signal mask of the io worker: SIGKILL and SIGSTOP alone pass a worker's own. */
static void see_mask(const struct actor *a, struct answer *out)
{
	char name[32];
	struct view v;
	int tid = worker_of(pid_of(a), IO);

	snprintf(name, sizeof name, "%d/task/%d", pid_of(a), tid);
	if (tid && view_task(&v, name))
		tell(out, "\"mask\":\"%s\"", v.sigblk ? "kept" : "none");
}

static void see_frozen(const char *group, const char *key, struct answer *out)
{
	char buf[256];
	const char *at;

	if (group_read(group, "cgroup.events", buf, sizeof buf) > 0 && (at = strstr(buf, "frozen ")))
		tell(out, "\"%s\":%c", key, at[7]);
}

static void see_group(const struct actor *a, const char *group, struct answer *out)
{
	struct found owner;
	char buf[256];

	snprintf(owner.path, sizeof owner.path, "%d", outer_pid(a));
	tell(out, "\"owner_inside\":%s", in_group(&owner, group) ? "true" : "false");
	see_frozen(group, "frozen", out);
	if (group_read(group, "pids.current", buf, sizeof buf) > 0)
		tell(out, "\"pids\":%d", atoi(buf));
	if (group_read(group, "pids.max", buf, sizeof buf) > 0 && *buf != 'm')
		tell(out, "\"pids_max\":%d", atoi(buf));
}

/* Whether execve() has replaced the program that the actor was born with. */
static void see_program(const struct actor *a, struct answer *out)
{
	char name[16], line[64];
	int n;

	snprintf(name, sizeof name, "%d", pid_of(a));
	n = read_proc(name, "cmdline", line, sizeof line);
	tell(out, "\"executed\":%s", n > 12 && !strcmp(line + strlen(line) + 1, "actor") ? "true" : "false");
}

/* Read from its memory, as it may be stopped. */
static void see_handled(const struct actor *a, struct answer *out)
{
	int n = 0;
	struct iovec here = { &n, sizeof n }, there = { (void *)&handled, sizeof n };

	if (raw(SYS_process_vm_readv, pid_of(a), &here, 1, &there, 1, 0) == sizeof n)
		tell(out, "\"handled\":%d", n);
}

/* ---- whose core it is: the first thread in it is the one that dumped ---- */

struct prstatus_head {
	int info[3];
	short cursig;
	u64 pending, blocked;
	int pid;
};

static int first_thread(int fd)
{
	Elf64_Ehdr head;
	Elf64_Phdr part;
	Elf64_Nhdr note;
	struct prstatus_head status;

	if (pread(fd, &head, sizeof head, 0) != sizeof head)
		return 0;
	for (int i = 0; i < head.e_phnum; i++) {
		if (pread(fd, &part, sizeof part, head.e_phoff + i * sizeof part) != sizeof part)
			return 0;
		if (part.p_type != PT_NOTE || pread(fd, &note, sizeof note, part.p_offset) != sizeof note)
			continue;
		if (note.n_type != NT_PRSTATUS)
			return 0;
		part.p_offset += sizeof note + ((note.n_namesz + 3) & ~3u);
		return pread(fd, &status, sizeof status, part.p_offset) == sizeof status ? status.pid : 0;
	}
	return 0;
}

void core_folder(char *path, int size, const struct actor *a)
{
	snprintf(path, size, "/tmp/cores.%s.%d", a->name, pid_of(a));
}

static int dumper(const struct actor *a)
{
	char path[64];
	int folder, tid = 0;
	struct dirent *e;
	DIR *d;

	core_folder(path, sizeof path, a);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = folder < 0 ? NULL : fdopendir(folder);

	while (d && (e = readdir(d))) {
		int fd = strncmp(e->d_name, "core", 4) ? -1 : openat(folder, e->d_name, O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && !tid)
			tid = first_thread(fd);
		if (fd >= 0)
			close(fd);
	}
	if (d)
		closedir(d);
	return tid;
}

static void see_core(const struct actor *a, struct answer *out)
{
	int tid = dumper(a);

	if (tid)
		tell(out, "\"dumped_by\":\"%s\"", tid == pid_of(a) ? "main" : "another");
}

/* ---- looking until it stays ---- */

static int memory_of(const struct actor *a)
{
	static struct { char name[16]; int fd; } known;
	int pidfd;

	if (strcmp(known.name, a->name)) {
		strcpy(known.name, a->name);
		pidfd = (int)raw(SYS_pidfd_open, pid_of(a), 0);
		known.fd = (int)raw(SYS_pidfd_getfd, pidfd, FD_MEMORY, 0);
		close(pidfd);
	}
	return known.fd;
}

static void one_look(const struct actor *a, const char *group, const char *other, struct answer *out)
{
	int outer = outer_pid(a);

	memset(out, 0, sizeof *out);
	tell(out, "\"owner\":\"%s\"", life_of(a));
	for (unsigned int i = 0; i < sizeof kinds / sizeof *kinds && outer; i++)
		see_kind(&kinds[i], outer, group, out);
	tell(out, "\"memory\":\"%s\"", memory(memory_of(a)));
	see_mask(a, out);
	see_program(a, out);
	see_handled(a, out);
	see_core(a, out);
	if (group)
		see_group(a, group, out);
	if (other)
		see_frozen(other, "other_frozen", out);
}

/* workers ACTOR [GROUP [OTHER_GROUP]] */
void see_workers(struct actor *none, int argc, char **argv, struct answer *out)
{
	const struct actor *a = argc > 1 ? actor_named(argv[1]) : NULL;
	static struct answer last;
	int same = 0;

	(void)none;
	if (!a)
		return;
	memset(&last, 0, sizeof last);
	for (int ms = 0; ms < PATIENCE_MS && same < QUIET_MS; ms += TICK_MS, usleep(TICK_MS * 1000)) {
		one_look(a, argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL, out);
		same = strcmp(out->json, last.json) ? 0 : same + TICK_MS;
		last = *out;
	}
}

/* tell ACTOR main|io|vhost SIGNAL: to one thread of it */
void tell_task(struct actor *none, int argc, char **argv, struct answer *out)
{
	const struct actor *a = argc == 4 ? actor_named(argv[1]) : NULL;
	int pid = a ? pid_of(a) : 0, tid = pid;

	(void)none;
	if (!a)
		return;
	outer_pid(a);
	if (!strcmp(argv[2], "io"))
		tid = worker_of(pid, IO);
	else if (!strcmp(argv[2], "vhost"))
		tid = worker_of(pid, VHOST);
	out->ret = raw(SYS_tgkill, pid, tid, number(argv[3]));
}
