/* Waiting, and small files below /proc. */
#include "probe.h"

#include <fcntl.h>
#include <string.h>
#include <stdio.h>

struct shared *sh;
struct env env;
const struct kase *K;

void bump(void)
{
	__atomic_add_fetch(&sh->ev, 1, __ATOMIC_SEQ_CST);
	futex_wake(&sh->ev);
}

void park(void)
{
	for (;;)
		futex_wait(&sh->never, 0, -1);
}

long open_proc(const char *path, int flags)
{
	return raw(SYS_openat, env.proc, path, flags | O_CLOEXEC);
}

/* Read /proc/<task>/<file>; the length, or -errno. */
int read_proc(const char *task, const char *file, char *buf, int size)
{
	char path[96];
	long fd, n, at = 0;

	snprintf(path, sizeof path, "%s/%s", task, file);
	fd = open_proc(path, O_RDONLY);
	if (fd < 0)
		return (int)fd;
	while (at < size - 1 && (n = raw(SYS_read, fd, buf + at, size - 1 - at)) > 0)
		at += n;
	buf[at] = 0;
	raw(SYS_close, fd);
	return (int)at;
}

long write_proc(const char *path, const char *text)
{
	long fd = open_proc(path, O_WRONLY), n;

	if (fd < 0)
		return fd;
	n = raw(SYS_write, fd, text, strlen(text));
	raw(SYS_close, fd);
	return n < 0 ? n : 0;
}

/* "PID/task/TID" of the running thread; safe in any child. */
void self_name(char *buf, int size)
{
	long n = raw(SYS_readlinkat, env.proc, "thread-self", buf, size - 1);

	buf[n < 0 ? 0 : n] = 0;
}

const char *errno_word(long err)
{
	static char number[24];
	const char *name = strerrorname_np((int)err);

	if (name)
		return name;
	snprintf(number, sizeof number, "E%ld", err);
	return number;
}
