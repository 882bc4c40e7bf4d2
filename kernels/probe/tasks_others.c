/* Others beside the task of a line, and the ways in which it goes on as another itself. */
#include "tasks.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

static char stacks[3][65536] __attribute__((aligned(16)));

/* Live until nobody is left who could end the line. */
static void live_on(void)
{
	char byte;

	raw(SYS_close, play.alive[1]);
	raw(SYS_read, play.alive[0], &byte, 1);
	raw(SYS_exit_group, 0);
}

/* How many there are then: who may not become that user ends at once. */
void make_helpers(int count, u32 uid)
{
	int ready[2], made = 0;
	char became;

	raw(SYS_pipe2, ready, O_CLOEXEC);
	for (int i = 0; i < count; i++) {
		long pid = raw(SYS_clone, SIGCHLD, 0, 0, 0, 0);

		if (pid == 0) {
			became = raw(SYS_setresuid, uid, uid, uid) == 0;
			raw(SYS_write, ready[1], &became, 1);
			if (!became)
				raw(SYS_exit_group, 0);
			live_on();
		}
		if (pid < 0)
			break;
		raw(SYS_read, ready[0], &became, 1);
		made += became;
		if (!became)
			raw(SYS_wait4, pid, NULL, 0, NULL);
	}
	raw(SYS_close, ready[0]);
	raw(SYS_close, ready[1]);
	said_number(made);
}

void share_root(void)
{
	long pid = raw(SYS_clone, F_FS | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		live_on();
	said_number(pid < 0 ? pid : 0);
}

static volatile int lives; /* the kernel clears it when a thread is off its stack */

static void looks_and_ends(long first_sp)
{
	(void)first_sp;
	look_closely();
	look_at_default_slack();
	raw(SYS_exit, 0);
}

/* The driver's child: it reaps it, and tells. */
static void wait_for_sibling(long pid)
{
	char asked[32], byte;

	snprintf(asked, sizeof asked, "w %ld\n", pid);
	raw(SYS_write, play.maps[0], asked, strlen(asked));
	raw(SYS_read, play.maps[1], &byte, 1);
}

/* A child by clone(): on this stack where it has memory of its own. */
void make_child(u64 flags, int own_memory)
{
	char *stack = stacks[0] + sizeof stacks[0] - 64;
	long pid;

	lives = 1;
	pid = raw_spawn(SYS_clone, (long)(flags | F_CHILD_CLEARTID), own_memory ? 0 : (long)stack, 0, (long)&lives, 0,
			stack, looks_and_ends);
	if (pid < 0) {
		said_number(pid);
		said_number(pid);
	} else if (flags & F_THREAD) {
		while (lives)
			futex_wait(&lives, 1, 10000000);
	} else if (flags & F_PARENT) {
		wait_for_sibling(pid);
	} else {
		raw(SYS_wait4, pid, NULL, 0x40000000 /* __WALL */, NULL);
	}
}

static void (*rest_of_it)(void);

static void in_a_thread(long first_sp)
{
	(void)first_sp;
	said_number(0);
	rest_of_it();
	raw(SYS_exit_group, 0);
}

/* The first thread only waits from here on. */
void go_on_in_a_thread(void (*rest)(void))
{
	long pid;

	rest_of_it = rest;
	pid = raw_spawn(SYS_clone, F_VM | F_FS | F_FILES | F_SIGHAND | F_THREAD | F_SYSVSEM,
		  (long)(stacks[1] + sizeof stacks[1] - 64), 0, 0, 0, stacks[1] + sizeof stacks[1] - 64, in_a_thread);
	if (pid < 0)
		said_number(pid);
	while (pid > 0)
		raw(SYS_pause);
}

/* ns UIDS-FIRST LAST GIDS-FIRST LAST SETGROUPS */
void enter_namespace(char **args)
{
	char asked[64], byte;
	long made = raw(SYS_unshare, F_NEWUSER);

	said_number(made);
	if (made < 0)
		return;
	snprintf(asked, sizeof asked, "%d %s %s %s %s %s\n", (int)raw(SYS_getpid), args[0], args[1], args[2], args[3],
		 args[4]);
	raw(SYS_write, play.maps[0], asked, strlen(asked));
	raw(SYS_read, play.maps[1], &byte, 1);
	play.inside = 1;
}

/* This program again, with the steps that are left; only where that fails it returns. */
long executes(char *how)
{
	static char state[128], path[40];
	char *argv[] = { "probe", "tasks-resume", state, play.rest, NULL };
	char *envp[] = { NULL };

	snprintf(state, sizeof state, "%d %d %d %d %d %d %u %d", play.out, play.maps[0], play.maps[1], play.image,
		 play.alive[0], play.alive[1], play.first_id, play.inside);
	snprintf(path, sizeof path, "/proc/self/fd/%d", play.image);
	if (!strcmp(how, "execve"))
		return raw(SYS_execve, path, argv, envp);
	if (!strcmp(how, "missing"))
		return raw(SYS_execve, "/nowhere", argv, envp);
	if (!strncmp(how, "missing-", 8))
		return raw(SYS_execveat, -100, "/nowhere", argv, envp, strtol(how + 8, NULL, 0));
	return raw(SYS_execveat, play.image, "", argv, envp, strtol(how, NULL, 0));
}
