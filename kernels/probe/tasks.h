/* Lines of steps, each played by a task of its own, which says what each step came to.
 *
 *   driver      one task a line; hands out user namespaces' maps; reaps everybody
 *    └ task        plays the steps, in a thread or after execve() too
 *       ├ helpers    others of a uid, for its limit; one that shares its root
 *       └ child      looks at itself, and ends
 */
#ifndef TASKS_H
#define TASKS_H

#include "raw.h"

#define IDS 1000 /* ids below this, but 0, are the line's own: they are told apart by the driver's first uid */

/* What goes along through execve(): descriptors, and where ids begin. */
struct play {
	int out;      /* what is said goes here */
	int maps[2];  /* ask for maps, and be told that they are written */
	int image;    /* this very program */
	int alive[2]; /* helpers live while somebody has its writing end */
	u32 first_id;
	int inside;   /* in a user namespace of its own, whose ids are as they are */
	char *rest;   /* the steps still to play */
};

extern struct play play;

/* tasks_said.c */
void said_number(long long value);
void said_list_begin(void);
void said_list_end(void);
void said_text(const char *text);

/* tasks_look.c */
void look_at_oneself(void);
void look_closely(void);	  /* and at all that a child may have of its maker */
void look_at_default_slack(void); /* the last look: it changes the task */

/* tasks_calls.c */
long called(const char *name, char **args, int count);
u32 id_of(const char *word);

/* tasks_others.c */
void make_helpers(int count, u32 uid);
void share_root(void);
void make_child(u64 flags, int own_memory);
void go_on_in_a_thread(void (*rest)(void));
void enter_namespace(char **args);
long executes(char *how);

/* tasks.c */
void play_steps(void);



#endif
