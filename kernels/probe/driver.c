/* The launcher and the driver: a file of cases in, one JSON line each out. */
#include "report.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 3000 /* the supervisor's own limit is 2 s */

static volatile pid_t driver_pid;

static void stop_driver(int sig)
{
	(void)sig;
	if (driver_pid > 0)
		kill(driver_pid, SIGKILL);
}

static char *read_whole(const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	size_t size = 0, room = 1 << 16, n;
	char *text = malloc(room);

	while (f && text && (n = fread(text + size, 1, room - size - 1, f)) > 0) {
		size += n;
		if (room - size < 2)
			text = realloc(text, room *= 2);
	}
	if (!f || !text)
		return NULL;
	text[size] = 0;
	if (f != stdin)
		fclose(f);
	return text;
}

static void write_all(int fd, const char *s, int len)
{
	while (len > 0) {
		ssize_t n = write(fd, s, len);

		if (n <= 0)
			exit(3);
		s += n;
		len -= n;
	}
}

/* ---- global sysctls: noted here, set by the supervisor, put back here ---- */

static char old_values[MAX_SYSCTLS][64];

static void note_sysctls(const struct kase *k)
{
	for (int i = 0; i < k->n_sysctls; i++) {
		*old_values[i] = 0;
		read_proc("sys", k->sysctls[i].path, old_values[i], sizeof old_values[i]);
	}
}

static void restore_sysctls(const struct kase *k)
{
	for (int i = 0; i < k->n_sysctls; i++) {
		char path[96];

		snprintf(path, sizeof path, "sys/%s", k->sysctls[i].path);
		if (*old_values[i])
			write_proc(path, old_values[i]);
	}
}

/* ---- the driver ---- */

/* Everybody but the machine's init, our launcher and ourselves; kernel threads heed no signal. */
static void kill_the_machine(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		pid_t pid = atoi(e->d_name);

		if (pid > 1 && pid != getpid() && pid != getppid())
			kill(pid, SIGKILL);
	}
	if (d)
		closedir(d);
}

/* As init of a pid namespace of our own -1 is everybody but us. */
static void kill_everybody(void)
{
	if (env.one_pid_ns)
		kill_the_machine();
	else
		kill(-1, SIGKILL);
}

void end_everybody(void)
{
	kill_everybody();
	while (waitpid(-1, NULL, __WALL) > 0)
		kill_everybody();
}

/* Not every kernel has pidfds: without one each tenth of a millisecond is a look. */
static int has_ended(pid_t pid, int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	siginfo_t info = { 0 };

	if (fd >= 0)
		return poll(&p, 1, 100) != 0;
	for (int i = 0; i < 1000 && !info.si_pid; i++) {
		usleep(100);
		if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
			return 1;
	}
	return info.si_pid != 0;
}

static void wait_for(pid_t pid)
{
	int fd = (int)raw(SYS_pidfd_open, pid, 0);

	/* an exit signal may have stopped it */
	for (int ms = 0; !has_ended(pid, fd); ms += 100)
		kill(pid, ms < LIMIT_MS ? SIGCONT : SIGKILL);
	if (fd >= 0)
		close(fd);
}

static void be_supervisor(long sp)
{
	(void)sp;
	supervise();
}

/* The supervisor is another process in our memory: there is none to copy. */
static pid_t start_supervisor(void)
{
	static char stack[65536] __attribute__((aligned(16)));

	return (pid_t)raw_spawn(SYS_clone, CLONE_VM | SIGCHLD, 0, 0, 0, 0, stack + sizeof stack, be_supervisor);
}

void run_case(const struct kase *k)
{
	pid_t pid;

	K = k;
	memset(sh, 0, offsetof(struct shared, out));
	note_sysctls(k);
	pid = start_supervisor();
	if (pid > 0)
		wait_for(pid);
	restore_sysctls(k);
	end_everybody();
	if (!sh->out_len)
		report_unprepared(pid < 0 ? "fork" : "timeout");
}

/* What the driver and all below it share. */
void share(void)
{
	sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/*
 * By raw system calls: glibc keeps signals 32 and 33 to itself, and leaves 32 ignored in
 * what posix_spawn() starts (make does).
 */
void default_signals(void)
{
	struct { void (*handler)(int); unsigned long flags; void *restorer; u64 mask; } plain = { 0 };
	u64 none = 0;

	for (int sig = 1; sig <= 64; sig++)
		raw(SYS_rt_sigaction, sig, &plain, NULL, 8);
	raw(SYS_rt_sigprocmask, 2, &none, NULL, 8);
}

/* One soft limit for all machines, as high as it goes. */
static void raise_nproc(void)
{
	struct rlimit lim;

	getrlimit(RLIMIT_NPROC, &lim);
	lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NPROC, &lim);
}

static void become_driver(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	default_signals();
	raise_nproc();
	setsid();
	if (env.one_pid_ns)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	if ((getpid() != 1 && !env.one_pid_ns) || mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) {
		fprintf(stderr, "probe: no private /proc: %s\n", strerror(errno));
		exit(2);
	}
	env.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	prctl(PR_SET_NAME, "cp-driver");
}

static void drive(char *text, u32 uid_base, int out_fd)
{
	static struct kase k;
	char *save = NULL;
	u32 n = 0;

	share();
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#' || !*(line + strspn(line, " \t\r")))
			continue;
		case_parse(&k, line);
		env.uid = uid_base + (n++ & 0xffff);
		if (k.vm && !env.vm)
			snprintf(k.error, sizeof k.error, "vm=1 case outside a virtual machine");
		run_case(&k);
		write_all(out_fd, sh->out, sh->out_len);
	}
	exit(0);
}

static int mentions_cgroups(const char *text)
{
	return strstr(text, "cgroup=") || strstr(text, "pids_room=") || strstr(text, "director group ");
}

int run_cases(const char *path, int out_fd)
{
	return run_driven(path, out_fd, drive);
}

/* Drive with work(text of the file, first uid, out_fd). */
int run_driven(const char *path, int out_fd, void (*work)(char *, u32, int))
{
	char *text = read_whole(path);

	if (!text) {
		fprintf(stderr, "probe: cannot read %s\n", path);
		return 2;
	}
	return launch(mentions_cgroups(text), text, out_fd, work);
}

/* Launch a driver, in a private pid namespace where the kernel has any; its exit code, or 2 if it cannot be. */
int launch(int with_cgroups, char *text, int out_fd, void (*work)(char *, u32, int))
{
	struct sigaction stop = { .sa_handler = stop_driver };
	u32 uid_base = 0x40000000u | ((u32)getpid() & 0x1fff) << 16;
	int status = 0;

	for (int i = 0; i < CG_RAW; i++)
		env.cg_fd[i] = -1;
	env.pids_fd = -1;
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (setup_launcher() < 0)
		return 2;
	if (with_cgroups)
		setup_cgroups();
	driver_pid = (pid_t)raw(SYS_clone, (env.one_pid_ns ? 0 : CLONE_NEWPID) | SIGCHLD, 0, 0, 0, 0);
	if (driver_pid == 0) {
		become_driver();
		work(text, uid_base, out_fd);
		exit(0);
	}
	if (driver_pid < 0)
		fprintf(stderr, "probe: no private pid namespace: %s\n", strerror(-driver_pid));
	else
		while (waitpid(driver_pid, &status, 0) < 0 && errno == EINTR)
			;
	remove_cgroups();
	if (driver_pid < 0)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}
