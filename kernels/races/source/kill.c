/* cgroup.kill while a member forks: does a child get away?
 *
 * The forker lets each child go and reaps it before the next.  A child that is not let go
 * belongs to a fork from which the forker never came back: it was killed meanwhile.  Once the
 * write to cgroup.kill is over, what still lives is told so; who leaves by itself got away. */
#include "races.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLEEPERS = 3, FORKS_BEFORE = 20, GOT_AWAY = 43 };

static char folder[256];

static int put(const char *file, const char *text)
{
	char path[300];

	snprintf(path, sizeof path, "%s/%s", folder, file);
	return write_text(path, text);
}

static int somebody_is_in_it(void)
{
	char path[300];

	snprintf(path, sizeof path, "%s/cgroup.procs", folder);
	return read_number(path, 0) > 0;
}

static int child_main(void *number)
{
	while (sh->ok != (long)number) {
		if (sh->released)
			_exit(GOT_AWAY);
		sched_yield();
	}
	_exit(0);
}

static void enter(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (put("cgroup.procs", "0") < 0)
		_exit(1);
}

/* A child that shares the address space makes the fork short, so that more are tried. */
static void forker_main(void)
{
	static char stack[65536];

	enter();
	pin(1);
	for (long number = 1;; number++) {
		pid_t child = clone(child_main, stack + sizeof stack, CLONE_VM | SIGCHLD,
				    (void *)number);

		if (child < 0)
			_exit(2);
		sh->ok = number;
		waitpid(child, NULL, 0);
		sh->forks = number;
	}
}

static void sleeper_main(void)
{
	enter();
	__sync_fetch_and_add(&sh->sleepers, 1);
	for (;;)
		pause();
}

static void fill(void)
{
	for (int i = 0; i < SLEEPERS; i++)
		if (fork() == 0)
			sleeper_main();
	while (sh->sleepers < SLEEPERS)
		usleep(50);
}

static int reap_everybody(void)
{
	int status, away = 0;

	while (waitpid(-1, &status, 0) > 0)
		away += WIFEXITED(status) && WEXITSTATUS(status) == GOT_AWAY;
	return away;
}

/* 1 if a child got away, 0 if not, -1 if it could not be tried. */
static int try_once(void)
{
	pid_t forker;
	int status;

	sh->ok = sh->forks = sh->sleepers = sh->released = 0;
	fill();
	forker = fork();
	if (forker == 0)
		forker_main();
	while (sh->forks < FORKS_BEFORE && waitpid(forker, &status, WNOHANG) == 0)
		usleep(50);
	for (volatile int spin = rand() % 20000; spin; spin--)
		;
	if (sh->forks < FORKS_BEFORE || put("cgroup.kill", "1") < 0) {
		kill(forker, SIGKILL);
		return -1;
	}
	waitpid(forker, &status, 0);
	if (somebody_is_in_it())
		usleep(20000); /* who is to die is dead by then */
	sh->released = 1;
	return reap_everybody() > 0;
}

void race_kill(int seconds, const char *groups)
{
	double end = now() + seconds;
	long tries = 0, seen = 0;

	snprintf(folder, sizeof folder, "%s/cloneproof-race.%d", groups, getpid());
	if (mkdir(folder, 0755) < 0 || access(folder, W_OK) < 0)
		return cannot("kill", "no cgroup v2 hierarchy to write to");
	if (put("cgroup.kill", "1") < 0) {
		rmdir(folder);
		return cannot("kill", "no cgroup.kill");
	}
	pin(0);
	while (now() < end) {
		int got_away = try_once();

		if (got_away < 0) {
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
			rmdir(folder);
			return cannot("kill", "no forks in the cgroup");
		}
		tries++;
		seen += got_away;
	}
	rmdir(folder);
	printf("{\"race\": \"kill\", \"tries\": %ld, \"got_away\": %ld}\n", tries, seen);
}
