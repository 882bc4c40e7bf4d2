/* Init of the virtual machine: mounts, modules, one run, and power off.
 * Results go out through QEMU's debug console port. */
#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEBUG_PORT 0xe9

static void out(const char *s, size_t len)
{
	__asm__ volatile("rep outsb" : "+S"(s), "+c"(len) : "d"(DEBUG_PORT) : "memory");
}

static void say(const char *fmt, const char *arg)
{
	char line[256];

	snprintf(line, sizeof line, fmt, arg);
	out(line, strlen(line));
}

static void mount_all(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mkdir("/tmp", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, "nsdelegate");
}

static void load_modules(void)
{
	FILE *list = fopen("/modules/order", "r");
	char name[128], path[192];

	while (list && fscanf(list, "%127s", name) == 1) {
		int fd;

		snprintf(path, sizeof path, "/modules/%s", name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || raw(SYS_finit_module, fd, "", 0) < 0)
			say("#module %s failed\n", name);
		close(fd);
	}
	if (list)
		fclose(list);
}

static void copy_out(int fd)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0)
		out(buf, n);
}

/* How this kernel says that it was built, in hexadecimal digits; nothing where it does not say. */
static void tell_configuration(void)
{
	static unsigned char packed[4096];
	static char digits[2 * sizeof packed + 1];
	int fd = open("/proc/config.gz", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	say("%s", "{\"config\":\"");
	while (fd >= 0 && (n = read(fd, packed, sizeof packed)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			sprintf(digits + 2 * i, "%02x", packed[i]);
		out(digits, 2 * n);
	}
	say("%s", "\"}\n");
	close(fd);
}

static int cases(void)
{
	return run_cases("/cases", 1);
}

static int histories(void)
{
	return run_play("/histories", 1);
}

static int tasks(void)
{
	return run_tasks("/tasks", 1);
}

static int workers(void)
{
	return run_workers(1);
}

/* Another program, in whose place a machine of its own is: it may do what it likes. */
static int program(void)
{
	chmod("/program", 0755);
	execl("/program", "program", "--whole-machine", (char *)NULL);
	return 7;
}

/* The work runs in a child whose output we pass on. */
static int run(int (*work)(void))
{
	int pipes[2], status = 0;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return 5;
	pid = fork();
	if (pid == 0) {
		ioperm(DEBUG_PORT, 1, 0);
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		exit(work());
	}
	close(pipes[1]);
	copy_out(pipes[0]);
	while (waitpid(pid, &status, 0) != pid)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 6;
}

int guest_main(void)
{
	struct utsname u;
	char end[48];
	int status = 0;

	mount_all();
	while (open("/dev/null", O_RDWR) < 2)
		; /* descriptors 0 to 2 are not open yet */
	if (ioperm(DEBUG_PORT, 1, 1) < 0)
		reboot(RB_AUTOBOOT);
	uname(&u);
	say("#kernel %s\n", u.release);
	load_modules();
	env.vm = 1;
	if (access("/config", F_OK) == 0)
		tell_configuration();
	if (access("/cases", F_OK) == 0)
		status = run(cases);
	if (!status && access("/histories", F_OK) == 0)
		status = run(histories);
	if (!status && access("/tasks", F_OK) == 0)
		status = run(tasks);
	if (!status && access("/workers", F_OK) == 0)
		status = run(workers);
	if (!status && access("/program", F_OK) == 0) {
		snprintf(end, sizeof end, "%d", run(program));
		say("#status %s\n", end);
	}
	snprintf(end, sizeof end, "%d", status);
	say("#end %s\n", end);
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
