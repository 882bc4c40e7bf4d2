/* What the processes of one case share, and the parts of the probe.
 *
 *   launcher   private mounts and ipc, cgroups; cleans up whatever happens
 *    └ driver     init of a private pid namespace, one JSON line a case
 *       └ supervisor   one a case: watches, observes from outside
 *          └ caller       takes on the case's state and makes the call
 *             └ child        reports about itself, waits, leaves
 */
#ifndef PROBE_H
#define PROBE_H

#include "case.h"

#include <signal.h>

enum caller_state { C_START, C_MAP, C_FAILED, C_READY, C_CALLING, C_RETURNED };

/* What a living child tells about itself. */
struct self_report {
	int pid, tid, ppid;
	u32 uid[3], gid[3];
	u64 sigmask, nproc_soft, first_sp, fs_base;
	u32 tid_word; /* what stood in the child_tid word while it lived */
	int alt_set, pdeathsig, subreaper;
	long key; /* its thread keyring */
	char proc_name[48]; /* "PID/task/TID" as the probe's /proc sees it */
};

/* What the caller may do, before the case's call and after it: 0 or -errno. */
struct follow_up {
	long rules; /* setns() to the uts namespace it had */
	long fork;
	long files; /* room in its file descriptor table */
};

/* What came of a case, beside the line that tells of it. */
struct call_answer {
	int called;	       /* the caller was ready and let go */
	int told;	       /* there is an answer: the next word says it */
	int err;	       /* 0 or the errno */
	char unprepared[160];  /* why there is none */
};

#define WORD_UNWRITTEN 0x5eed5eed

struct shared {
	volatile int ev;	/* bumped at every event the supervisor waits for */
	volatile int go;	/* bumped to let the caller go on */
	volatile int state;	/* enum caller_state */
	volatile int child_ready, child_go;
	volatile int never;
	volatile int helpers;	/* helpers that have come up */
	volatile int helper_error;
	volatile int unshared, map_bits; /* user namespace hand-over */
	volatile int target_ready, target_vpid;
	char target_name[48];
	char prep_error[160];
	char caller_name[48];
	int caller_pid, caller_ppid;
	int charged; /* tasks counted against the caller's real uid */
	int thread_tid, sibling_pid;
	char thread_name[48], sibling_name[48];
	u64 caller_sp, caller_fs, child_stack_top, child_tls;
	long ret;
	int pidfd_getfd;
	long caller_key; /* the caller's thread keyring */
	volatile int followed;
	struct follow_up before, then;
	volatile u32 parent_tid, child_tid, pidfd;
	struct self_report child;
	struct call_answer answer;
	volatile int out_len;
	char out[32768];
};

/* Made once by the launcher and the driver, read by everybody below. */
struct env {
	int vm;
	int errnos_only;     /* nobody is looked at, sh->answer is all that is told */
	int one_pid_ns;	     /* a kernel without pid namespaces: everybody shares the one there is */
	int proc;	     /* directory fd of the private /proc */
	int outer_proc;	     /* and of the one that the launcher found */
	char play[160];	     /* folder for the groups of histories, "" if there is none */
	char killed[160];    /* folder whose cgroup.kill was written, "" if there is none */
	char pids[160];	     /* folder with pids.max, "" if there is none */
	char pids_v1[160];   /* our folder below a v1 pids hierarchy */
	int pids_is_v1;
	int cg_fd[CG_RAW];   /* directory fds by kind, -1: cannot be had */
	int pids_fd;
	int target_fd; /* what setns is given */
	int in_supervisor;
	char root_dir[64];   /* where chroot=1 goes */
	u32 uid;	     /* the case's private uid */
};

extern struct shared *sh;
extern struct env env;
extern const struct kase *K;

/* wait.c */
void bump(void);
void park(void) __attribute__((noreturn));
long open_proc(const char *path, int flags);
int read_proc(const char *task, const char *file, char *buf, int size);
long write_proc(const char *path, const char *text);
void self_name(char *buf, int size);
const char *errno_word(long err);

/* parked.c: steps of a set-up */
void cannot(const char *what, long err) __attribute__((noreturn)); /* tell why, and wait for the end */
void must(long r, const char *what);				   /* r is no -errno, or cannot() */
void finish_unprepared(const char *why) __attribute__((noreturn)); /* in the supervisor */
long spawn_parked(u64 flags, void (*fn)(long)); /* a helper with that sharing, on a stack of its own */
void parked_is_over(void);			/* the last one of them: its stack is free */
void no_parked(void);				/* none of them is left */
void reap_helper(long pid);
void set_nproc_soft(u64 value);

/* userns.c */
void enter_all_userns(void);

/* prepare.c */
void prepare(void);

/* ns_target.c */
int open_target(void);
int open_stranger(void);
int target_is_made(const struct kase *k);
int target_is_supervisors(const struct kase *k);

/* caps.c */
u32 real_id(u32 id);
void take_uid(void);
void take_bounding(void);
void take_caps(void);

/* call.c */
void caller_main(void) __attribute__((noreturn));

/* apply.c: in the supervisor */
void write_first_maps(void); /* or in a helper, for a namespace further in */
void set_pids_max(const char *text);
void apply_pids_room(void);
void apply_home(void);
void apply_sched(void);
void apply_oom(void);
void apply_sysctls(void);

/* supervise.c */
void supervise(void) __attribute__((noreturn));

/* setup.c */
int setup_launcher(void);
void setup_cgroups(void);
void remove_cgroups(void);
void remove_play_groups(void);

/* driver.c */
void default_signals(void); /* whatever was ignored where all this was begun: a worker shows it */
int run_cases(const char *path, int out_fd);
int run_driven(const char *path, int out_fd, void (*work)(char *text, u32 uid_base, int out_fd));
int launch(int with_cgroups, char *text, int out_fd, void (*work)(char *text, u32 uid_base, int out_fd));
void share(void);
void run_case(const struct kase *k); /* what came of it is in sh->answer and sh->out */
void end_everybody(void);

/* play.c, play_actor.c */
int run_play(const char *path, int out_fd);
int actor_resume(int place);

/* tasks.c */
int run_tasks(const char *path, int out_fd);
int tasks_resume(int argc, char **argv);

/* workers.c */
int run_workers(int out_fd);

/* guest.c */
int guest_main(void);

#endif
