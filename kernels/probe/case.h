/* One case: what the caller looks like and which call it makes. */
#ifndef CASE_H
#define CASE_H

#include "raw.h"

enum entry { E_FORK, E_VFORK, E_CLONE, E_CLONE3, E_UNSHARE, E_SETNS };

/* How a pointer argument is made. */
enum ptr_kind { P_NULL, P_OK, P_BAD, P_SAME, P_RAW };
struct ptr {
	enum ptr_kind kind;
	u64 raw;
};

enum ns_id {
	N_MNT, N_UTS, N_IPC, N_PID, N_NET, N_CGROUP, N_TIME, N_USER,
	N_PID_CHILDREN, N_TIME_CHILDREN, N_COUNT
};
extern const char *const ns_names[N_COUNT];
extern const u64 ns_flags[N_USER + 1];

enum pidns { PN_NONE, PN_PENDING, PN_LIVE, PN_DEAD, PN_BACK, PN_INIT, PN_MEMBER, PN_STRANGER };
enum cgkind { CG_NONE, CG_BAD, CG_DIR, CG_NOTCGROUP, CG_DEAD, CG_THREADED, CG_INVALID, CG_BUSY, CG_OPEN, CG_RAW };
enum nsfd { NF_OWN, NF_OUTER, NF_CHILD, NF_KIN, NF_OTHER, NF_PIDFD_SELF, NF_PIDFD_CHILD,
	    NF_PIDFD_OTHER, NF_PIDFD_ZOMBIE, NF_PIDFD_REAPED, NF_FILE, NF_BAD };

#define ID_PRIVATE 0xfffffffeu /* the token `u`: the case's private uid/gid */
#define ID_UNSET 0xffffffffu
#define UNSET (-1ll)
#define MAX_TIDS 40
#define MAX_SYSCTLS 12

/* Calls after the case's own, which show effects that nothing else does. */
#define THEN_IO 1
#define THEN_RULES 2
#define THEN_FORK 4
#define THEN_FILES 8
#define THEN_CALLS (THEN_RULES | THEN_FORK | THEN_FILES) /* the caller's own */

struct sysctl {
	char path[80]; /* below /proc/sys, with slashes */
	char value[24];
};

struct kase {
	char id[96];
	char error[120]; /* why the line could not be understood */
	enum entry entry;

	/* the call */
	u64 flags;
	u64 exit_signal;
	struct ptr stack, parent_tid, child_tid, pidfd, tls, set_tid, args;
	long long stack_size; /* UNSET: what fits the stack kind */
	int set_tid_values[MAX_TIDS];
	int n_set_tid;
	long long set_tid_size; /* UNSET: n_set_tid */
	enum cgkind cgroup;
	u64 cgroup_raw;
	long long usize; /* UNSET: 88 */
	long long tail;	 /* offset of one byte set to 1, UNSET: none */
	enum nsfd nsfd;
	enum ns_id nsfd_type;
	u64 nsfd_flags; /* namespaces of the target process */
	long long nsfd_nproc; /* soft RLIMIT_NPROC of the one that makes it */
	u64 nstype;

	/* the caller */
	u32 ruid, euid, rgid, egid;
	int has_capeff, has_capprm, has_capinh, has_capamb, has_capbnd;
	u64 capeff, capprm, capinh, capamb, capbnd;
	int userns;		/* levels */
	int userns_by_user;	/* created after the uid was taken */
	int map_uid, map_gid;	/* innermost level mapped? */
	long long userns_nproc_room;
	u32 max0;		/* bit per ns_id: user.max_*_namespaces = 0 */
	enum pidns pidns;
	int pid_level;		/* extra pid namespace levels below the probe's */
	int timens;
	u64 nsprep;		/* other namespaces unshared first */
	int threads;
	u64 sibling;		/* CLONE_* shared with a helper process, 0: none */
	int chroot;
	long long nproc_room, nproc, pids_room;
	u64 sigign, sigcgt, sigblk;
	int altstack, nnp, seccomp;
	long long oom;
	int sched;		/* policy, -1 unset */
	int sched_reset;
	int subreaper, pdeathsig, closed;
	int caller_exit_signal;
	int ioctx, semundo, threadkey;
	int early_uid;		/* the uid is taken before anything is made */
	int killed_home;	/* in a cgroup that was killed before */
	int then;		/* follow-up calls, THEN_ bits */
	char comm[16];
	int vm;
	struct sysctl sysctls[MAX_SYSCTLS];
	int n_sysctls;
};

void case_parse(struct kase *k, char *line);
int case_makes_child(const struct kase *k);
u64 case_flags(const struct kase *k); /* the effective CLONE_ bits */

#endif
