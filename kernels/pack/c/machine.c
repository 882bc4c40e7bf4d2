/* What this machine gives the calls of a pack, and what of it a call lacks. */
#include "pack.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEEPEST 32 /* levels of pid namespaces below the first */
#define FREE_PIDS 3

static const int named_pids[FREE_PIDS] = { 291, 293, 297 }; /* the table's */
static int free_pids[FREE_PIDS];
static int pid_level = 1;
static int delegated;
static u64 caps;
static char no_userns[80];

static int tried(const char *line, u32 uid)
{
	static struct kase k;
	char text[120];

	snprintf(text, sizeof text, "%s", line);
	case_parse(&k, text);
	env.uid = uid;
	run_case(&k);
	return sh->answer.told ? sh->answer.err : EINVAL;
}

/* The level of the driver's pid namespace: how many more can be made below it. */
static void look_at_level(u32 uid)
{
	char line[64];

	for (int more = DEEPEST - 2; more >= 0; more--) {
		snprintf(line, sizeof line, "entry=clone flags=0x20000011 pid_level=%d", more);
		if (tried(line, uid))
			continue;
		pid_level = DEEPEST - 1 - more;
		return;
	}
}

static void look_at_userns(u32 uid)
{
	int err = tried("entry=unshare flags=0x10000000 ruid=u", uid);

	if (err)
		snprintf(no_userns, sizeof no_userns, "no user namespaces here (%s)", answer_word(err));
}

/* Pids that are in use neither outside nor, once 300 were given out, in here. */
static void look_at_pids(void)
{
	char path[16];
	int found = 0;

	for (int pid = 299; pid > 200 && found < FREE_PIDS; pid--) {
		snprintf(path, sizeof path, "%d", pid);
		if (faccessat(env.outer_proc, path, F_OK, 0) < 0)
			free_pids[found++] = pid;
	}
	for (int i = 0; i < 300; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static void look_at_caps(void)
{
	char buf[4096], *at;

	if (read_proc("self", "status", buf, sizeof buf) > 0 && (at = strstr(buf, "\nCapEff:")))
		caps = strtoull(at + 8, NULL, 16);
}

static void look_at_delegation(void)
{
	char line[1024];
	FILE *f = fopen("/proc/self/mounts", "r");

	while (f && fgets(line, sizeof line, f))
		delegated |= strstr(line, " cgroup2 ") && strstr(line, "nsdelegate");
	if (f)
		fclose(f);
}

void look_at_machine(u32 uid)
{
	look_at_caps();
	look_at_delegation();
	look_at_pids();
	look_at_level(uid);
	look_at_userns(uid);
}

/* Why the call cannot be held against the table here; NULL if it can. */
const char *lacking(const struct trial *t)
{
	static char text[80];
	u64 missing = t->caps & ~caps;

	if (missing) {
		snprintf(text, sizeof text, "root lacks capability %d here", __builtin_ctzll(missing));
		return text;
	}
	if (t->needs & NEEDS_USERNS && *no_userns)
		return no_userns;
	if (t->needs & NEEDS_TOP_PIDNS && pid_level > 1) {
		snprintf(text, sizeof text, "this pid namespace is at level %d, not at 1", pid_level);
		return text;
	}
	if (t->needs & NEEDS_PIDS_V2 && (env.pids_is_v1 || !*env.pids))
		return "no pids controller on cgroup v2 here";
	if (t->needs & NEEDS_DELEGATION && !delegated)
		return "cgroup v2 is not mounted with nsdelegate";
	if (t->needs & NEEDS_SYSCTLS && !env.vm)
		return "it sets sysctls of the whole machine: run it with --whole-machine";
	return NULL;
}

/* Fit a case to the machine: free pids, and namespaces that go as deep as can be. */
void fit_case(struct kase *k)
{
	for (int i = 0; i < k->n_set_tid; i++)
		for (int n = 0; n < FREE_PIDS; n++)
			if (k->set_tid_values[i] == named_pids[n]) {
				k->set_tid_values[i] = free_pids[n];
				break;
			}
	if (k->pid_level > 2)
		k->pid_level -= pid_level - 1;
}
