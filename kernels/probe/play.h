/* Histories: actors that do one command at a time, and a director that looks on.
 *
 *   launcher, driver   as for cases (driver.c)
 *    └ director           one a history: commands, observations, reaper of orphans
 *       └ actors             processes and threads: t1, t2, ...; they wait, do, answer
 */
#ifndef PLAY_H
#define PLAY_H

#include "view.h"

#include <stdio.h>

#define ACTORS 12
#define WORDS 12	/* words of a command at most */
#define KEPT 6		/* namespaces kept open by name */
#define COMMAND_MS 2000 /* then the history is over: timeout */

/* Descriptors that every actor has, across execve() too. */
enum { FD_STAGE = 200, FD_PROC, FD_MAIL_IN, FD_MAIL_OUT, FD_EXE };

/* What came of a command: a result or -errno, and what was seen, as members of a JSON object. */
struct answer {
	long ret;
	char json[1500];
};

struct actor {
	char name[16]; /* "" : a free place */
	volatile int asked, answered, up;
	int born;	    /* its maker has made it; it may not have come up yet */
	char proc_name[48]; /* "PID/task/TID" as the probe's /proc sees it */
	int pid_self;	    /* by its own getpid() */
	char line[256];
	struct answer answer;
};

/* What director and actors share. */
struct stage {
	volatile int ev; /* bumped whenever somebody answers or comes up */
	u32 uid;	 /* u1; u2 is the next, up to u9 */
	int blocked;	 /* actors block all signals, and tell which came */
	struct actor actors[ACTORS];
};

/* A command.  An actor's runs in the actor: raw system calls only, as threads share the C library.
 * A director's (in_director) gets NULL, or the actor named before the verb. */
struct verb {
	const char *name;
	void (*run)(struct actor *a, int argc, char **argv, struct answer *out);
	int in_director;
};

/* Each table ends with a name of NULL; argv[0] is the verb. */
extern const struct verb play_user_verbs[];
extern const struct verb play_director_verbs[];
extern const struct verb play_worker_verbs[];
extern const struct verb play_device_verbs[];

extern struct stage *stage;

/* play_make.c: safe in an actor */
extern void (*actor_begins)(struct actor *a) __attribute__((noreturn)); /* what a new one does */
void actor_make(const char *name, u64 flags, int exit_signal, struct answer *out);
struct clone_args;
void actor_clone(const char *name, struct clone_args *args, struct answer *out);

/* play_actor.c: safe in an actor */
void actor_loop(struct actor *a) __attribute__((noreturn));
int actor_resume(int number); /* the program again, after execve() */

/* play_stage.c: safe in an actor, but for what looks at /proc */
struct actor *actor_named(const char *name);
struct actor *actor_with_pid(int pid);
int pid_of(const struct actor *a);
int is_alive(const struct actor *a);
char actor_state(const struct actor *a, struct view *v); /* as in /proc; 0: it is gone */
int split(char *line, char **words);
long number(const char *text); /* decimal, 0x, or a uid by name: u1 to u9 */
void tell(struct answer *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int mail_take(void); /* the descriptor that came with an argument "@NAME" */

/* play_ask.c: in the director only */
int ask(struct actor *a, const char *line); /* 1 answered, 0 it ended, -1 timeout */
int ask_vfork(struct actor *a, const char *line, const char *child);
int has_answered(const struct actor *a);
int newborns_come_up(void); /* 0: one does not */
void mail(int fd);	    /* to the next actor that calls mail_take() */
int kept_fd(const char *name);
int keep_fd(const char *name, int fd);
const char *kept_name(const char *ns_link); /* of a namespace by its link: its kept name */

/* play_look.c */
void look(FILE *rows, const char *counts);

/* play_count.c */
void put_counts(FILE *rows, const char *wanted);

#endif
