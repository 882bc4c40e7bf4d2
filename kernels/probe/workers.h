/* What the worker observations share: one experiment is one process. */
#ifndef WORKERS_H
#define WORKERS_H

#include "view.h"

/* The result page of an experiment's process. */
struct trial {
	volatile int done;  /* bumped when there is something to look at */
	volatile int go_on; /* bumped when it has been looked at */
	long ret;	    /* of the call that makes the worker, or -errno */
	int made;	    /* workers or owners made */
	long ended_by;	    /* the errno that ended a row of them, 0: none */
	volatile int seen[4]; /* what a trial notes for its row */
	char skip[80];	    /* why there is nothing to see */
};

/* trial.c */
extern struct trial *trial;

int trials_begin(int out_fd); /* 0: there is no room, or no such descriptor */
void trials_end(void);
void trial_pause(void); /* let the observer look */
void trial_skip(const char *why) __attribute__((noreturn));
void trial_limit(long nproc);
void trial_become(u32 uid);

/* Run body(arg) in a process of its own and hand each pause to look(pid). */
void trial_run(void (*body)(const void *), const void *arg, void (*look)(int pid));

void row_begin(const char *id);
void row_text(const char *key, const char *value);
void row_number(const char *key, long value);
void row_errno(const char *key, long err);
void row_worker(int owner, const char *prefix);
void row_end(void);

u32 fresh_uid(void);
int threads_of(int pid, const char *prefix, int expected); /* waits a little for so many */

/* uring.c */
long uring_block(void); /* one request that blocks a worker: 0 or -errno */
int uring_is_over(int *result);

void vhost_rows(void);
void uring_rows(void);
void limit_rows(void);
void odd_rows(void);

#endif
