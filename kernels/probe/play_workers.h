/* The parts of the player that are about workers. */
#ifndef PLAY_WORKERS_H
#define PLAY_WORKERS_H

#include "play.h"

/* Descriptors of a worker's owner, kept over execve(). */
enum { FD_MEMORY = 210, FD_DEVICE };
#define DEVICES 8

/* A task that does work for an owner, by its folder in a /proc. */
struct found {
	char path[64];
	int tid;
	char state; /* 'Z' and 'X' are over; 0: it is gone */
	u64 flags;
};

/* play_stage.c */
long keep_at(long fd, int where); /* under a number of its own, over execve() too: 0 or -errno */
void impossible(struct answer *out, const char *why); /* the history cannot be played here */
extern volatile int handled; /* signals that an actor's handler saw; at one address in all */

/* play_workers_find.c */
int outer_pid(const struct actor *a); /* in the probe's first pid namespace; 0: not known */
int find_tasks(int proc, const char *folder, const char *prefix, struct found *list, int room);
int worker_of(int pid, const char *prefix); /* a thread, in our own pid namespace; 0: none */
int read_at(int proc, const char *folder, const char *file, char *buf, int size);

/* play_workers_look.c */
void core_folder(char *path, int size, const struct actor *a); /* where it dumps core */
void see_workers(struct actor *none, int argc, char **argv, struct answer *out);
void tell_task(struct actor *none, int argc, char **argv, struct answer *out);

/* play_workers_has.c */
void see_what_it_has(struct actor *none, int argc, char **argv, struct answer *out);
void limit_worker(struct actor *none, int argc, char **argv, struct answer *out);

/* play_groups.c */
void group_make(struct actor *none, int argc, char **argv, struct answer *out);
void group_enter(struct actor *none, int argc, char **argv, struct answer *out);
void group_set(struct actor *none, int argc, char **argv, struct answer *out);
void group_suspend(struct actor *none, int argc, char **argv, struct answer *out);
int group_read(const char *name, const char *file, char *buf, int size);

#define KTHREAD 0x200000 /* PF_KTHREAD */
#define IO "iou-wrk-"
#define VHOST "vhost-"

#endif
