/* races SECONDS CGROUP2 | races tied COMMAND... | as /init of a virtual machine */
#include "races.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each race in a process of its own, which inherits whatever the racers leave behind. */
static void apart(const char *name, int seconds, const char *groups)
{
	int status;
	pid_t pid;

	memset(sh, 0, sizeof *sh);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		if (!strcmp(name, "kill"))
			race_kill(seconds, groups);
		else if (!strcmp(name, "limit"))
			race_limit(seconds);
		else
			race_threads(seconds);
		exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		cannot(name, "it did not end well");
	fflush(stdout);
}

static void all_races(int seconds, const char *groups, int alone)
{
	static const char *const names[] = { "kill", "limit", "threads" };

	sh = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
			cannot(names[i], "one processor only");
		else if (!alone && !strcmp(names[i], "threads"))
			cannot(names[i], "only in a virtual machine: threads-max is everybody's");
		else
			apart(names[i], seconds, groups);
	}
}

int main(int argc, char **argv)
{
	if (getpid() == 1)
		return guest_main(all_races);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc > 2 && !strcmp(argv[1], "tied")) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		return 127;
	}
	if (argc != 3) {
		fprintf(stderr, "usage: races SECONDS CGROUP2 | races tied COMMAND...\n");
		return 64;
	}
	all_races(atoi(argv[1]), argv[2], 0);
	return 0;
}
