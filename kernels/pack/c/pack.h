/* The table of a pack: rules of a kernel, and calls with the answer that it gives. */
#ifndef PACK_H
#define PACK_H

#include "probe.h"

/* What a call asks of the machine beside root. */
enum need {
	NEEDS_USERNS = 1,     /* user namespaces */
	NEEDS_TOP_PIDNS = 2,  /* the pid namespace that a machine starts with */
	NEEDS_PIDS_V2 = 4,    /* the pids controller on cgroup v2 */
	NEEDS_DELEGATION = 8, /* cgroup v2 mounted with nsdelegate */
	NEEDS_SYSCTLS = 16,   /* to set sysctls of the whole machine */
};

struct rule {
	const char *name; /* a sentence */
	const char *at;	  /* file:function */
};

/* A rule that refuses a call, and with which errno; the last of a list has the rule NOBODY. */
#define NOBODY (-1)
struct refusal {
	short rule, err;
};

struct trial {
	const char *entry;
	const struct refusal *refusals; /* the first one decides; none: the call succeeds */
	const char *line;		/* as PROTOCOL.md of the probe has it */
	u64 caps;			/* of root, without which the answer is another */
	unsigned needs;
};

/* A rule that no call of the pack shows, and why. */
struct untried {
	const char *where;
	short rule;
	const char *why;
};

extern const char pack_kernel[];
extern const struct rule rules[];
extern const struct trial trials[];
extern const int n_trials;
extern const struct untried untried[];
extern const int n_untried;

/* machine.c: what this machine gives, found out once by the driver */
void look_at_machine(u32 uid);
const char *lacking(const struct trial *t);
void fit_case(struct kase *k);

/* told.c */
enum verdict { V_OK, V_NOT_OK, V_SKIP, V_COUNT };
void tell(int number, enum verdict v, const struct trial *t, const char *why);
void tell_untried(int number, const struct untried *u);
void tell_summary(void);
const char *answer_word(int err);
int matches(const struct trial *t, const char *word);
int exit_code(void);
void note_failure(int trial, int err);

#endif
