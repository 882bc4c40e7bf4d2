/* The director and its actors: who is who, what is kept for them, asking and waiting. */
#include "play.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

static struct { char name[16], link[40]; int fd; } kept[KEPT];

static long ms_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int kept_fd(const char *name)
{
	for (int i = 0; i < KEPT; i++)
		if (*name && !strcmp(kept[i].name, name))
			return kept[i].fd;
	return -1;
}

int keep_fd(const char *name, int fd)
{
	char path[40];
	long n;

	for (int i = 0; i < KEPT; i++) {
		if (*kept[i].name)
			continue;
		snprintf(kept[i].name, sizeof kept[i].name, "%s", name);
		kept[i].fd = fd;
		snprintf(path, sizeof path, "self/fd/%d", fd);
		n = raw(SYS_readlinkat, env.proc, path, kept[i].link, sizeof kept[i].link - 1);
		kept[i].link[n < 0 ? 0 : n] = 0;
		return 0;
	}
	return -ENFILE;
}

const char *kept_name(const char *ns_link)
{
	for (int i = 0; i < KEPT; i++)
		if (*ns_link && *kept[i].name && !strcmp(kept[i].link, ns_link))
			return kept[i].name;
	return NULL;
}

/* ---- asking ---- */

void mail(int fd)
{
	char byte = 0, room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	struct cmsghdr *head = CMSG_FIRSTHDR(&m);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof fd);
	sendmsg(FD_MAIL_OUT, &m, 0);
}

int has_answered(const struct actor *a)
{
	return a->answered == a->asked;
}

/* A thread that executes is gone for a moment, and comes back as the leader. */
static long grace(const struct actor *a)
{
	return strcmp(a->line, "execve") ? 0 : 200;
}

/* Wait until done(a) or its end; ticks grow, as most answers come at once. */
static int wait_until(struct actor *a, int (*done)(const struct actor *))
{
	long until = ms_now() + COMMAND_MS, tick = 200000;

	for (;;) {
		int seen = stage->ev;

		if (done(a))
			return 1;
		/* a child may be killed before it comes up */
		if (*a->proc_name && !is_alive(a) && ms_now() >= until - COMMAND_MS + grace(a))
			return done(a);
		if (ms_now() > until)
			return -1;
		futex_wait(&stage->ev, seen, tick);
		tick = tick < 5000000 ? tick * 2 : tick;
	}
}

static int has_come_up(const struct actor *a)
{
	return a->up;
}

static void tell_actor(struct actor *a, const char *line)
{
	snprintf(a->line, sizeof a->line, "%s", line);
	a->answer = (struct answer){ .ret = 0 };
	__atomic_add_fetch(&a->asked, 1, __ATOMIC_SEQ_CST);
	futex_wake(&a->asked);
}

int ask(struct actor *a, const char *line)
{
	if (!a->up || !is_alive(a) || !has_answered(a))
		return 0;
	tell_actor(a, line);
	return wait_until(a, has_answered);
}

static const char *awaited; /* who is to come up before vfork()'s answer */

static int has_vforked(const struct actor *a)
{
	struct actor *child = actor_named(awaited);

	return has_answered(a) || (child && child->up);
}

/* vfork() answers late: when it failed, or its child has come up, the history goes on. */
int ask_vfork(struct actor *a, const char *line, const char *child)
{
	struct actor *old = actor_named(child);

	if (!a->up || !is_alive(a) || !has_answered(a))
		return 0;
	if (old && !is_alive(old))
		old->up = 0;
	awaited = child;
	tell_actor(a, line);
	return wait_until(a, has_vforked);
}

int newborns_come_up(void)
{
	for (int i = 0; i < ACTORS; i++) {
		struct actor *a = &stage->actors[i];

		if (*a->name && a->born && !a->up && wait_until(a, has_come_up) < 0)
			return 0;
	}
	return 1;
}
