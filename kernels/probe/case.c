/* Reading one line of the case file.  The grammar is in PROTOCOL.md. */
#include "case.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ns_names[N_COUNT] = { "mnt", "uts", "ipc", "pid", "net", "cgroup", "time",
					"user", "pid_for_children", "time_for_children" };
const u64 ns_flags[N_USER + 1] = { F_NEWNS,	F_NEWUTS,    F_NEWIPC,	F_NEWPID,
				   F_NEWNET,	F_NEWCGROUP, F_NEWTIME, F_NEWUSER };

static void fail(struct kase *k, const char *why, const char *what)
{
	if (!k->error[0])
		snprintf(k->error, sizeof k->error, "%s: %.60s", why, what);
}

static u64 number(struct kase *k, const char *s)
{
	char *end;
	u64 v;

	errno = 0;
	v = strtoull(s, &end, 0);
	if (errno || end == s || *end)
		fail(k, "not a number", s);
	return v;
}

static struct ptr pointer(struct kase *k, const char *s)
{
	struct ptr p = { P_RAW, 0 };

	if (!strcmp(s, "0"))
		p.kind = P_NULL;
	else if (!strcmp(s, "ok"))
		p.kind = P_OK;
	else if (!strcmp(s, "bad"))
		p.kind = P_BAD;
	else if (!strcmp(s, "same"))
		p.kind = P_SAME;
	else
		p.raw = number(k, s);
	return p;
}

/* The index of a word in a NULL-terminated list. */
static int choice(struct kase *k, const char *s, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(s, words[i]))
			return i;
	fail(k, "unknown word", s);
	return 0;
}

static int ns_index(struct kase *k, const char *s)
{
	for (int i = 0; i < N_COUNT; i++)
		if (!strcmp(s, ns_names[i]))
			return i;
	fail(k, "unknown namespace", s);
	return 0;
}

static u32 identity(struct kase *k, const char *s)
{
	return strcmp(s, "u") ? (u32)number(k, s) : ID_PRIVATE;
}

static void parse_set_tid(struct kase *k, char *s)
{
	char *save = NULL;

	for (char *t = strtok_r(s, ",", &save); t; t = strtok_r(NULL, ",", &save)) {
		if (k->n_set_tid == MAX_TIDS)
			return fail(k, "too many values", "set_tid");
		k->set_tid_values[k->n_set_tid++] = (int)number(k, *t == '-' ? t + 1 : t) * (*t == '-' ? -1 : 1);
	}
}

static void parse_cgroup(struct kase *k, const char *s)
{
	static const char *const words[] = { "none", "bad", "dir", "notcgroup", "dead",
					     "threaded", "invalid", "busy", "open", NULL };

	if (*s >= '0' && *s <= '9') {
		k->cgroup = CG_RAW;
		k->cgroup_raw = number(k, s);
	} else {
		k->cgroup = choice(k, s, words);
	}
}

static void parse_nsfd(struct kase *k, char *s)
{
	static const char *const words[] = { "own", "outer", "child", "kin", "other", NULL };
	static const char *const pidfds[] = { "self", "child", "other", "zombie", "reaped", NULL };
	char *colon = strchr(s, ':');

	if (!strcmp(s, "file")) {
		k->nsfd = NF_FILE;
	} else if (!strcmp(s, "bad")) {
		k->nsfd = NF_BAD;
	} else if (!colon) {
		fail(k, "unknown nsfd", s);
	} else {
		*colon = 0;
		if (!strcmp(s, "pidfd")) {
			k->nsfd = NF_PIDFD_SELF + choice(k, colon + 1, pidfds);
		} else {
			k->nsfd = choice(k, s, words);
			k->nsfd_type = ns_index(k, colon + 1);
		}
	}
}

static void parse_sibling(struct kase *k, char *s)
{
	static const char *const words[] = { "fs", "files", "sighand", "vm", "sysvsem", "io", NULL };
	static const u64 bits[] = { F_FS, F_FILES, F_SIGHAND | F_VM, F_VM, F_SYSVSEM, F_IO };
	char *save = NULL;

	for (char *t = strtok_r(s, "+", &save); t; t = strtok_r(NULL, "+", &save))
		k->sibling |= bits[choice(k, t, words)];
}

static void parse_then(struct kase *k, char *s)
{
	static const char *const words[] = { "io", "rules", "fork", "files", NULL };
	char *save = NULL;

	for (char *t = strtok_r(s, "+", &save); t; t = strtok_r(NULL, "+", &save))
		k->then |= 1 << choice(k, t, words);
}

static void parse_max0(struct kase *k, char *s)
{
	char *save = NULL;

	for (char *t = strtok_r(s, "+", &save); t; t = strtok_r(NULL, "+", &save))
		k->max0 |= 1u << ns_index(k, t);
}

static void parse_map(struct kase *k, const char *s)
{
	static const char *const words[] = { "none", "uid", "gid", "both", NULL };
	int bits = choice(k, s, words);

	k->map_uid = bits & 1;
	k->map_gid = bits >> 1;
}

static void parse_sched(struct kase *k, const char *s)
{
	static const char *const words[] = { "other", "fifo", "rr", "batch", "idle", "deadline", "deadline_reset", NULL };
	static const int policies[] = { 0, 1, 2, 3, 5, 6, 6 };
	int i = choice(k, s, words);

	k->sched = policies[i];
	k->sched_reset = i == 6;
}

static void parse_sysctl(struct kase *k, const char *name, const char *value)
{
	struct sysctl *s = &k->sysctls[k->n_sysctls];

	if (k->n_sysctls == MAX_SYSCTLS || strlen(name) >= sizeof s->path || strlen(value) >= sizeof s->value ||
	    strstr(name, ".."))
		return fail(k, "bad sysctl", name);
	strcpy(s->path, name);
	for (char *c = s->path; *c; c++)
		if (*c == '.')
			*c = '/';
	strcpy(s->value, value);
	k->n_sysctls++;
}

static void parse_entry(struct kase *k, const char *s)
{
	static const char *const words[] = { "fork", "vfork", "clone", "clone3", "unshare", "setns", NULL };

	k->entry = choice(k, s, words);
}

static void parse_pidns(struct kase *k, const char *s)
{
	static const char *const words[] = { "none", "pending", "live", "dead", "back", "init", "member", "stranger", NULL };

	k->pidns = choice(k, s, words);
}

/* The keys that are simply numbers. */
static int parse_plain(struct kase *k, const char *key, const char *v)
{
	const struct {
		const char *key;
		void *at;
		int size;
	} plain[] = {
#define PLAIN(name) { #name, &k->name, sizeof k->name }
		PLAIN(flags), PLAIN(exit_signal), PLAIN(stack_size), PLAIN(set_tid_size), PLAIN(usize),
		PLAIN(tail), PLAIN(nsfd_flags), PLAIN(nstype), PLAIN(userns), PLAIN(userns_nproc_room),
		PLAIN(pid_level), PLAIN(timens), PLAIN(nsprep), PLAIN(threads), PLAIN(chroot),
		PLAIN(nproc_room), PLAIN(nproc), PLAIN(pids_room), PLAIN(sigign), PLAIN(sigcgt),
		PLAIN(sigblk), PLAIN(altstack), PLAIN(nnp), PLAIN(seccomp), PLAIN(subreaper),
		PLAIN(pdeathsig), PLAIN(closed), PLAIN(caller_exit_signal), PLAIN(ioctx),
		PLAIN(semundo), PLAIN(threadkey), PLAIN(vm), PLAIN(early_uid),
		PLAIN(killed_home), PLAIN(nsfd_nproc),
#undef PLAIN
	};

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		if (strcmp(key, plain[i].key))
			continue;
		if (plain[i].size == 8)
			*(u64 *)plain[i].at = number(k, v);
		else
			*(int *)plain[i].at = (int)number(k, v);
		return 1;
	}
	return 0;
}

static int parse_caps(struct kase *k, const char *key, const char *v)
{
	const struct {
		const char *key;
		int *has;
		u64 *at;
	} caps[] = { { "capeff", &k->has_capeff, &k->capeff }, { "capprm", &k->has_capprm, &k->capprm },
		     { "capinh", &k->has_capinh, &k->capinh }, { "capamb", &k->has_capamb, &k->capamb },
		     { "capbnd", &k->has_capbnd, &k->capbnd } };

	for (size_t i = 0; i < sizeof caps / sizeof *caps; i++) {
		if (strcmp(key, caps[i].key))
			continue;
		*caps[i].has = 1;
		*caps[i].at = number(k, v);
		return 1;
	}
	return 0;
}

static int parse_pointer_key(struct kase *k, const char *key, const char *v)
{
	const struct {
		const char *key;
		struct ptr *at;
	} ptrs[] = { { "stack", &k->stack },	 { "parent_tid", &k->parent_tid },
		     { "child_tid", &k->child_tid }, { "pidfd", &k->pidfd },
		     { "tls", &k->tls },	 { "set_tid_ptr", &k->set_tid },
		     { "args", &k->args } };

	for (size_t i = 0; i < sizeof ptrs / sizeof *ptrs; i++) {
		if (strcmp(key, ptrs[i].key))
			continue;
		*ptrs[i].at = pointer(k, v);
		return 1;
	}
	return 0;
}

static void parse_token(struct kase *k, char *token)
{
	char *v = strchr(token, '=');

	if (!v)
		return fail(k, "no value", token);
	*v++ = 0;
	if (parse_plain(k, token, v) || parse_caps(k, token, v) || parse_pointer_key(k, token, v))
		return;
	if (!strcmp(token, "id"))
		snprintf(k->id, sizeof k->id, "%s", v);
	else if (!strcmp(token, "entry"))
		parse_entry(k, v);
	else if (!strcmp(token, "set_tid"))
		parse_set_tid(k, v);
	else if (!strcmp(token, "cgroup"))
		parse_cgroup(k, v);
	else if (!strcmp(token, "nsfd"))
		parse_nsfd(k, v);
	else if (!strcmp(token, "ruid"))
		k->ruid = identity(k, v);
	else if (!strcmp(token, "euid"))
		k->euid = identity(k, v);
	else if (!strcmp(token, "rgid"))
		k->rgid = identity(k, v);
	else if (!strcmp(token, "egid"))
		k->egid = identity(k, v);
	else if (!strcmp(token, "userns_by"))
		k->userns_by_user = !strcmp(v, "user");
	else if (!strcmp(token, "map"))
		parse_map(k, v);
	else if (!strcmp(token, "max0"))
		parse_max0(k, v);
	else if (!strcmp(token, "then"))
		parse_then(k, v);
	else if (!strcmp(token, "pidns"))
		parse_pidns(k, v);
	else if (!strcmp(token, "sibling"))
		parse_sibling(k, v);
	else if (!strcmp(token, "oom"))
		k->oom = strtoll(v, NULL, 0);
	else if (!strcmp(token, "sched"))
		parse_sched(k, v);
	else if (!strcmp(token, "comm"))
		snprintf(k->comm, sizeof k->comm, "%s", v);
	else if (!strncmp(token, "want", 4) || !strncmp(token, "see.", 4))
		; /* what a self-test expects; not ours to read */
	else if (!strncmp(token, "sysctl.", 7))
		parse_sysctl(k, token + 7, v);
	else
		fail(k, "unknown key", token);
}

static void defaults(struct kase *k)
{
	memset(k, 0, sizeof *k);
	k->stack_size = k->set_tid_size = k->usize = k->tail = UNSET;
	k->nproc_room = k->nproc = k->pids_room = k->userns_nproc_room = k->nsfd_nproc = UNSET;
	k->oom = 1 << 20;
	k->sched = -1;
	k->caller_exit_signal = 17;
	k->args.kind = P_OK;
	k->map_uid = k->map_gid = 1;
	k->ruid = k->euid = k->rgid = k->egid = ID_UNSET;
	k->set_tid.kind = P_RAW;
	k->set_tid.raw = 1; /* means: P_OK when there are values */
}

/* Without user namespaces the maxima are the machine's own. */
static void max0_of_the_machine(struct kase *k)
{
	char name[48];

	for (int i = 0; i <= N_USER; i++) {
		if (!(k->max0 >> i & 1))
			continue;
		snprintf(name, sizeof name, "user.max_%s_namespaces", ns_names[i]);
		parse_sysctl(k, name, "0");
	}
	k->max0 = 0;
}

/* What one key leaves open and another decides; what cannot be asked for. */
static void settle(struct kase *k)
{
	if (k->ruid == ID_UNSET)
		k->ruid = 0;
	if (k->euid == ID_UNSET)
		k->euid = k->ruid;
	if (k->rgid == ID_UNSET)
		k->rgid = k->ruid;
	if (k->egid == ID_UNSET)
		k->egid = k->euid;
	if (k->set_tid.kind == P_RAW && k->set_tid.raw == 1)
		k->set_tid.kind = k->n_set_tid ? P_OK : P_NULL;
	if (k->set_tid_size == UNSET)
		k->set_tid_size = k->n_set_tid;
	if (k->usize == UNSET)
		k->usize = 88;
	if (k->nsfd_flags == 0 && k->nsfd_type <= N_USER)
		k->nsfd_flags = ns_flags[k->nsfd_type];
	if (k->max0 && !k->userns && k->vm)
		max0_of_the_machine(k);
	if (k->n_sysctls && !k->vm)
		fail(k, "global sysctl without vm=1", k->sysctls[0].path);
	if (k->max0 && !k->userns)
		fail(k, "max0 needs userns>=1, or vm=1", "max0");
	if (k->tail != UNSET && (k->tail < 0 || k->tail >= 8192))
		fail(k, "out of range", "tail");
	if (k->userns > 33 || k->pid_level > 31 || k->threads > 8)
		fail(k, "too deep", "userns, pid_level or threads");
}

void case_parse(struct kase *k, char *line)
{
	char *save = NULL;

	defaults(k);
	for (char *t = strtok_r(line, " \t\r\n", &save); t; t = strtok_r(NULL, " \t\r\n", &save))
		parse_token(k, t);
	settle(k);
}

int case_makes_child(const struct kase *k)
{
	return k->entry <= E_CLONE3;
}

u64 case_flags(const struct kase *k)
{
	switch (k->entry) {
	case E_FORK:
		return 0;
	case E_VFORK:
		return F_VFORK | F_VM;
	case E_CLONE:
		return (k->flags & 0xffffffffull) & ~0xffull;
	default:
		return k->flags;
	}
}
