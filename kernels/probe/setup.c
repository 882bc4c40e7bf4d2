/* The private surroundings of a run: mounts, System V ipc, cgroups. */
#include "probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const folders[] = { "dir", "thr", "thr/t", "thr/inv", "busy", "open", "killed", "p", "play" };
static char own_v2[160];

static int complain(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	return -1;
}

/* A kernel may be built without a kind of namespaces. */
static int is_built(const char *kind)
{
	char path[48];

	snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
	return access(path, F_OK) == 0;
}

/* Mounts made from here on are seen by nobody else and end with us. */
int setup_launcher(void)
{
	env.outer_proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	env.one_pid_ns = env.vm && !is_built("pid");
	if (unshare(CLONE_NEWNS | (is_built("ipc") ? CLONE_NEWIPC : 0)) < 0)
		return complain("unshare");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return complain("making mounts private");
	if (mount("probe", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
		return complain("tmpfs on /tmp");
	snprintf(env.root_dir, sizeof env.root_dir, "/tmp/root");
	if (mkdir(env.root_dir, 0755) < 0)
		return complain(env.root_dir);
	return 0;
}

/* The mount point of a hierarchy: cgroup2, or the v1 one with `option`. */
static int find_mount(const char *type, const char *option, char *out, int size)
{
	char line[1024], at[100], fstype[64], options[256];
	FILE *f = fopen("/proc/self/mounts", "r");
	int found = 0;

	while (f && !found && fgets(line, sizeof line, f)) {
		if (sscanf(line, "%*s %99s %63s %255s", at, fstype, options) != 3 || strcmp(fstype, type))
			continue;
		if (*option) {
			char *o = strstr(options, option);
			char end = o ? o[strlen(option)] : 'x';

			if (!o || o == options || o[-1] != ',' || (end && end != ','))
				continue;
		}
		found = 1;
		snprintf(out, size, "%s", at);
	}
	if (f)
		fclose(f);
	return found;
}

static int put(const char *folder, const char *file, const char *text)
{
	char path[256];
	int fd, ok;

	snprintf(path, sizeof path, "%s/%s", folder, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ok = write(fd, text, strlen(text)) > 0;
	close(fd);
	return ok;
}

static int open_dir(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int make(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return mkdir(path, 0755) == 0;
}

static void make_v2_kinds(void)
{
	char path[256];

	if (make(own_v2, "dir"))
		env.cg_fd[CG_DIR] = open_dir(own_v2, "dir");
	if (make(own_v2, "gone")) {
		env.cg_fd[CG_DEAD] = open_dir(own_v2, "gone");
		snprintf(path, sizeof path, "%s/gone", own_v2);
		rmdir(path);
	}
	make(own_v2, "thr");
	make(own_v2, "thr/t");
	make(own_v2, "thr/inv");
	if (put(own_v2, "thr/t/cgroup.type", "threaded")) {
		env.cg_fd[CG_THREADED] = open_dir(own_v2, "thr/t");
		env.cg_fd[CG_INVALID] = open_dir(own_v2, "thr/inv");
	}
	if (make(own_v2, "open")) {
		snprintf(path, sizeof path, "%s/open/cgroup.procs", own_v2);
		if (chmod(path, 0666) == 0)
			env.cg_fd[CG_OPEN] = open_dir(own_v2, "open");
	}
	if (make(own_v2, "killed") && put(own_v2, "killed/cgroup.kill", "1"))
		snprintf(env.killed, sizeof env.killed, "%.150s/killed", own_v2);
	make(own_v2, "busy");
	if (put(own_v2, "cgroup.subtree_control", "+memory") && put(own_v2, "busy/cgroup.subtree_control", "+memory"))
		env.cg_fd[CG_BUSY] = open_dir(own_v2, "busy");
}

static void make_v2(void)
{
	char root[100];

	if (!find_mount("cgroup2", "", root, sizeof root))
		return;
	if (env.vm) {
		put(root, "cgroup.subtree_control", "+pids");
		put(root, "cgroup.subtree_control", "+memory");
	}
	snprintf(own_v2, sizeof own_v2, "%s/cloneproof.%d", root, (int)getpid());
	if (mkdir(own_v2, 0755) < 0) {
		*own_v2 = 0;
		return;
	}
	make_v2_kinds();
	if (put(own_v2, "cgroup.subtree_control", "+pids") && make(own_v2, "p")) {
		snprintf(env.pids, sizeof env.pids, "%.150s/p", own_v2);
		env.pids_fd = open_dir(own_v2, "p");
	}
	if (make(own_v2, "play")) {
		snprintf(env.play, sizeof env.play, "%.150s/play", own_v2);
		put(env.play, "cgroup.subtree_control", "+pids");
	}
}

static void make_v1_pids(void)
{
	char root[100], path[200];

	if (!find_mount("cgroup", "pids", root, sizeof root))
		return;
	snprintf(env.pids, sizeof env.pids, "%s/cloneproof.%d", root, (int)getpid());
	if (mkdir(env.pids, 0755) < 0) {
		*env.pids = 0;
		return;
	}
	snprintf(path, sizeof path, "%s/tasks", env.pids);
	env.pids_fd = open(path, O_WRONLY | O_CLOEXEC);
	env.pids_is_v1 = 1;
}

void setup_cgroups(void)
{
	env.cg_fd[CG_NOTCGROUP] = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_v2();
	if (!*env.pids)
		make_v1_pids();
}

/* A folder may be busy for a moment after its last task was reaped. */
static void remove_folder(const char *path)
{
	for (int i = 0; i < 100 && rmdir(path) < 0 && errno == EBUSY; i++)
		usleep(10000);
}

/* What a history left; whoever was in it is gone, or about to. */
void remove_play_groups(void)
{
	DIR *d = *env.play ? opendir(env.play) : NULL;
	struct dirent *e;
	char path[256];

	while (d && (e = readdir(d))) {
		if (e->d_type != DT_DIR || *e->d_name == '.')
			continue;
		snprintf(path, sizeof path, "%s/%.60s", env.play, e->d_name);
		remove_folder(path);
	}
	if (d)
		closedir(d);
}

void remove_cgroups(void)
{
	char path[256];

	if (env.pids_is_v1 && *env.pids)
		remove_folder(env.pids);
	if (!*own_v2)
		return;
	for (int i = sizeof folders / sizeof *folders - 1; i >= 0; i--) {
		snprintf(path, sizeof path, "%s/%s", own_v2, folders[i]);
		remove_folder(path);
	}
	remove_folder(own_v2);
}
