/* What every part of the player uses: the stage, words of a command, answers, who is who. */
#include "play_workers.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct stage *stage;
volatile int handled;

/* ---- words ---- */

int split(char *line, char **words)
{
	int n = 0;

	while (n < WORDS) {
		while (*line == ' ')
			*line++ = 0;
		if (!*line)
			break;
		words[n++] = line;
		while (*line && *line != ' ')
			line++;
	}
	return n;
}

long number(const char *text)
{
	if (*text == 'u')
		return stage->uid + (u32)(text[1] - '1');
	return (long)strtoull(text, NULL, 0);
}

void tell(struct answer *out, const char *fmt, ...)
{
	size_t at = strlen(out->json);
	va_list args;

	if (at && at + 1 < sizeof out->json)
		out->json[at++] = ',';
	va_start(args, fmt);
	vsnprintf(out->json + at, sizeof out->json - at, fmt, args);
	va_end(args);
}

struct actor *actor_named(const char *name)
{
	for (int i = 0; i < ACTORS; i++)
		if (!strcmp(stage->actors[i].name, name))
			return &stage->actors[i];
	return NULL;
}

/* ---- descriptors by mail ---- */

int mail_take(void)
{
	char byte, room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	struct cmsghdr *head = (struct cmsghdr *)room;

	if (raw(SYS_recvmsg, FD_MAIL_IN, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0 || m.msg_controllen < sizeof *head)
		return -1;
	return *(int *)CMSG_DATA(head);
}

/* ---- what is kept, and what cannot be ---- */

void impossible(struct answer *out, const char *why)
{
	out->ret = -ENOSYS;
	tell(out, "\"impossible\":\"%s\"", why);
}

long keep_at(long fd, int where)
{
	if (fd < 0)
		return fd;
	if (raw(SYS_dup2, fd, where) < 0)
		return -EBADF;
	raw(SYS_close, fd);
	return 0;
}

/* ---- who is who, and how it is ---- */

int pid_of(const struct actor *a)
{
	const char *slash = strrchr(a->proc_name, '/');

	return atoi(slash ? slash + 1 : a->proc_name);
}

struct actor *actor_with_pid(int pid)
{
	for (int i = 0; i < ACTORS; i++)
		if (*stage->actors[i].name && pid_of(&stage->actors[i]) == pid)
			return &stage->actors[i];
	return NULL;
}

char actor_state(const struct actor *a, struct view *v)
{
	if (!view_task(v, a->proc_name) || v->state == 'X')
		return 0;
	return v->state;
}

int is_alive(const struct actor *a)
{
	struct view v;
	char state = actor_state(a, &v);

	return state && state != 'Z';
}
