/* Two forkers, each on its processor, that start each round together. */
#include "races.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for(volatile long *what, long least)
{
	for (int spins = 0; *what < least; spins++)
		if (spins > 10000)
			sched_yield();
}

static pid_t fork_in_time(int who, long round)
{
	unsigned skew = rand() % 64;
	pid_t child;

	__sync_fetch_and_add(&sh->at, 1);
	wait_for(&sh->at, 2 * round);
	for (volatile unsigned spin = who ? skew : 32; spin; spin--)
		;
	child = fork();
	if (child == 0) {
		while (sh->done < round)
			sched_yield();
		_exit(0);
	}
	if (child > 0)
		sh->through[who] = round;
	else if (errno != EAGAIN)
		sh->odd = errno;
	return child;
}

static void first_of_both(const struct pair *pair, double end)
{
	for (long round = 1;; round++) {
		pid_t child;

		if (now() > end || sh->odd || (pair->before && pair->before() < 0)) {
			sh->round = -1;
			return;
		}
		__sync_synchronize();
		sh->round = round;
		child = fork_in_time(0, round);
		__sync_fetch_and_add(&sh->told, 1);
		wait_for(&sh->told, 2 * round);
		pair->after((sh->through[0] == round) + (sh->through[1] == round));
		sh->done = round;
		if (child > 0)
			waitpid(child, NULL, 0);
		__sync_fetch_and_add(&sh->told, 1);
		wait_for(&sh->told, 2 * round + 2);
		sh->told = 2 * round;
	}
}

static void second_of_both(void)
{
	for (long round = 1;; round++) {
		pid_t child;

		while (sh->round != round) {
			if (sh->round < 0)
				_exit(0);
			sched_yield();
		}
		child = fork_in_time(1, round);
		__sync_fetch_and_add(&sh->told, 1);
		while (sh->done < round)
			sched_yield();
		if (child > 0)
			waitpid(child, NULL, 0);
		__sync_fetch_and_add(&sh->told, 1);
	}
}

/* 0, or -1 if the forkers could not be set up. */
int run_pair(const struct pair *pair, int seconds)
{
	pid_t first, second;
	int status = 0;

	first = fork();
	if (first == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin(0);
		if (pair->enter && pair->enter() < 0)
			_exit(1);
		second = fork();
		if (second == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pin(1);
			second_of_both();
		}
		if (second < 0)
			_exit(1);
		first_of_both(pair, now() + seconds);
		waitpid(second, NULL, 0);
		_exit(0);
	}
	if (first < 0 || waitpid(first, &status, 0) != first)
		return -1;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}
