/* Control groups of version 2 for a history, and the freezer of the whole machine. */
#include "play_workers.h"

#include <fcntl.h>
#include <linux/suspend_ioctls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ok;

	if (fd < 0)
		return -errno;
	ok = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ok;
}

static void path_of(char *path, int size, const char *group, const char *file)
{
	snprintf(path, size, "%.150s/%.20s%s%.40s", env.play, group, *file ? "/" : "", file);
}

int group_read(const char *name, const char *file, char *buf, int size)
{
	char path[256];
	int fd;
	long n;

	path_of(path, sizeof path, name, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	buf[n < 0 ? 0 : n] = 0;
	if (fd >= 0)
		close(fd);
	return (int)n;
}

/* group NAME [PIDS_MAX]: make one, and keep it for "@NAME" */
void group_make(struct actor *none, int argc, char **argv, struct answer *out)
{
	char path[256];
	int fd;

	(void)none;
	if (argc < 2)
		return;
	if (!*env.play) {
		impossible(out, "no control groups of version 2 here");
		return;
	}
	path_of(path, sizeof path, argv[1], "");
	if (mkdir(path, 0755) < 0) {
		out->ret = -errno;
		return;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	out->ret = fd < 0 ? -errno : keep_fd(argv[1], fd);
	path_of(path, sizeof path, argv[1], "pids.max");
	if (argc > 2 && put(path, argv[2]) < 0)
		impossible(out, "no pids controller of version 2 here");
}

/* enter GROUP ACTOR [FILE]: by cgroup.procs, or cgroup.threads */
void group_enter(struct actor *none, int argc, char **argv, struct answer *out)
{
	struct actor *a = argc > 2 ? actor_named(argv[2]) : NULL;
	char path[256], text[16];

	(void)none;
	if (!a)
		return;
	path_of(path, sizeof path, argv[1], argc > 3 ? argv[3] : "cgroup.procs");
	snprintf(text, sizeof text, "%d", pid_of(a));
	out->ret = put(path, text);
}

/* set GROUP FILE VALUE */
void group_set(struct actor *none, int argc, char **argv, struct answer *out)
{
	char path[256];

	(void)none;
	if (argc != 4)
		return;
	path_of(path, sizeof path, argv[1], argv[2]);
	out->ret = put(path, argv[3]);
	if (out->ret == -ENOENT)
		impossible(out, "the control group has no such file here");
}

/* suspend: freeze everybody but us, as the first part of suspend does, until we end */
void group_suspend(struct actor *none, int argc, char **argv, struct answer *out)
{
	static int fd = -1;

	(void)none, (void)argc, (void)argv;
	if (!env.vm) {
		impossible(out, "the whole machine is frozen in virtual machines only");
		return;
	}
	if (fd < 0)
		fd = open("/dev/snapshot", O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		impossible(out, "no /dev/snapshot here");
		return;
	}
	put("/sys/power/pm_freeze_timeout", "1000");
	out->ret = ioctl(fd, SNAPSHOT_FREEZE) < 0 ? -errno : 0;
}
