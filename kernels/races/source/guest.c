/* Init of the virtual machine: the races, results through QEMU's debug console, power off. */
#include "races.h"

#include <fcntl.h>
#include <stdio.h>
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

static void say(const char *format, const char *what)
{
	char line[128];

	snprintf(line, sizeof line, format, what);
	out(line, strlen(line));
}

static void mount_all(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
}

static void run(int seconds, void (*races)(int, const char *, int))
{
	static char text[4096];
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		ioperm(DEBUG_PORT, 1, 0);
		dup2(ends[1], 1);
		races(seconds, "/sys/fs/cgroup", 1);
		fflush(stdout);
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], text, sizeof text)) > 0)
		out(text, n);
	waitpid(pid, NULL, 0);
}

int guest_main(void (*races)(int, const char *, int))
{
	struct utsname u;

	mount_all();
	while (open("/dev/null", O_RDWR) < 2)
		; /* descriptors 0 to 2 are not open yet */
	if (ioperm(DEBUG_PORT, 1, 1) == 0) {
		uname(&u);
		say("#kernel %s\n", u.release);
		run((int)read_number("/seconds", 0), races);
		say("#end %s\n", "0");
	}
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
