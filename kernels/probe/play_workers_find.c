/* Finding workers: threads of an owner, and tasks of kthreadd's that bear its number. */
#include "play_workers.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int read_at(int proc, const char *folder, const char *file, char *buf, int size)
{
	char path[120];
	long n, at = 0;
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, file);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && at < size - 1 && (n = read(fd, buf + at, size - 1 - at)) > 0)
		at += n;
	buf[at] = 0;
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : (int)at;
}

/* proc_pid_stat(5): the name is in brackets; the flags come six words after the state. */
static void read_stat(int proc, struct found *f)
{
	char buf[1024], *at;

	f->state = 0;
	f->flags = 0;
	if (read_at(proc, f->path, "stat", buf, sizeof buf) <= 0 || !(at = strrchr(buf, ')')))
		return;
	f->state = at[2];
	for (int i = 0; at && i < 7; i++)
		at = strchr(at + 1, ' ');
	if (at)
		f->flags = strtoull(at, NULL, 10);
}

/* Tasks of a folder whose name begins so, and that are not over. */
int find_tasks(int proc, const char *folder, const char *prefix, struct found *list, int room)
{
	int fd = openat(proc, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	char comm[64];

	while (d && n < room && (e = readdir(d))) {
		struct found *f = &list[n];

		if (*e->d_name < '0' || *e->d_name > '9')
			continue;
		snprintf(f->path, sizeof f->path, "%.30s/%.20s", folder, e->d_name);
		if (read_at(proc, f->path, "comm", comm, sizeof comm) <= 0 || strncmp(comm, prefix, strlen(prefix)))
			continue;
		f->tid = atoi(e->d_name);
		read_stat(proc, f);
		n += f->state && f->state != 'Z' && f->state != 'X';
	}
	if (d)
		closedir(d);
	return n;
}

int worker_of(int pid, const char *prefix)
{
	struct found one;
	char folder[32];

	snprintf(folder, sizeof folder, "%d/task", pid);
	return find_tasks(env.proc, folder, prefix, &one, 1) ? one.tid : 0;
}

/* Is the task of that number the actor?  Its numbers are told from the outside in. */
static int is_actor(const char *number, const struct actor *a, const char *our_ns)
{
	char buf[4096], ns[64] = "", path[64], *at;
	int inner = 0, levels = 0;

	if (read_at(env.outer_proc, number, "status", buf, sizeof buf) <= 0 || !(at = strstr(buf, "\nNSpid:")))
		return 0;
	for (at += 7; *at == '\t'; levels++)
		inner = (int)strtol(at + 1, &at, 10);
	if (levels < 2 || inner != pid_of(a))
		return 0;
	snprintf(path, sizeof path, "%.20s/ns/pid", number);
	return readlinkat(env.outer_proc, path, ns, sizeof ns - 1) > 0 && !strcmp(ns, our_ns);
}

static int search(const struct actor *a)
{
	char our_ns[64] = "";
	int fd = openat(env.outer_proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), found = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (readlinkat(env.proc, "self/ns/pid", our_ns, sizeof our_ns - 1) < 0)
		return 0;
	while (d && !found && (e = readdir(d)))
		if (*e->d_name >= '0' && *e->d_name <= '9' && is_actor(e->d_name, a, our_ns))
			found = atoi(e->d_name);
	if (d)
		closedir(d);
	return found;
}

/* Remembered, as it is asked for when the actor is gone. */
int outer_pid(const struct actor *a)
{
	static struct { char name[16]; int pid; } known[ACTORS];
	int i = (int)(a - stage->actors);

	if (strcmp(known[i].name, a->name) || !known[i].pid) {
		strcpy(known[i].name, a->name);
		known[i].pid = search(a);
	}
	return known[i].pid;
}
