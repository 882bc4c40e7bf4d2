/* What is said of each call, as KTAP, and of the kernel in the end. */
#include "pack.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define MOST_FAILURES 4096

struct failure {
	int trial, err; /* err: NOBODY where there was no answer */
};

static struct failure failures[MOST_FAILURES];
static int n_failures, counts[V_COUNT];

const char *answer_word(int err)
{
	return err == NOBODY ? "no answer" : err ? errno_word(err) : "success";
}

static int is_rule(const struct refusal *r)
{
	return r->rule != NOBODY;
}

static int expected(const struct trial *t)
{
	return is_rule(t->refusals) ? t->refusals->err : 0;
}

/* Does a further rule refuse the call, with another errno?  Then two faults compete. */
static const struct refusal *rival(const struct trial *t)
{
	const struct refusal *r = t->refusals;

	for (; is_rule(r); r++)
		if (r->err != t->refusals->err)
			return r;
	return NULL;
}

static void put_refusal(FILE *f, const struct refusal *r)
{
	fprintf(f, "%s (%s, %s)", rules[r->rule].name, errno_word(r->err), rules[r->rule].at);
}

static void put_name(FILE *f, const struct trial *t)
{
	fprintf(f, "%s: ", t->entry);
	if (!is_rule(t->refusals)) {
		fprintf(f, "a call that no rule refuses");
		return;
	}
	put_refusal(f, t->refusals);
	if (rival(t))
		fprintf(f, " comes before");
	for (const struct refusal *r = t->refusals; rival(t) && is_rule(r); r++)
		if (r->err != t->refusals->err) {
			fprintf(f, r == rival(t) ? " " : "; ");
			put_refusal(f, r);
		}
}

int matches(const struct trial *t, const char *word)
{
	char name[4096];
	FILE *f = fmemopen(name, sizeof name, "w");

	put_name(f, t);
	fclose(f);
	name[sizeof name - 1] = 0;
	return !word || strstr(name, word);
}

void note_failure(int trial, int err)
{
	if (n_failures < MOST_FAILURES)
		failures[n_failures++] = (struct failure){ trial, err };
	printf("# %s: %s has %s, this kernel %s\n", trials[trial].line, pack_kernel,
	       answer_word(expected(&trials[trial])), answer_word(err));
}

void tell(int number, enum verdict v, const struct trial *t, const char *why)
{
	counts[v]++;
	printf("%s %d - ", v == V_NOT_OK ? "not ok" : "ok", number);
	put_name(stdout, t);
	printf(v == V_SKIP ? " # SKIP %s\n" : "\n", why);
	fflush(stdout);
}

void tell_untried(int number, const struct untried *u)
{
	counts[V_SKIP]++;
	printf("ok %d - %s: %s (%s) # SKIP %s\n", number, u->where, rules[u->rule].name, rules[u->rule].at, u->why);
}

/* ---- the summary ---- */

enum kind { K_LACKS, K_OTHERWISE, K_ORDER, K_REFUSES, K_KINDS };

static enum kind kind_of(const struct failure *f)
{
	const struct trial *t = &trials[f->trial];

	if (!is_rule(t->refusals))
		return K_REFUSES;
	if (rival(t))
		return K_ORDER;
	return f->err ? K_OTHERWISE : K_LACKS;
}

static int of_kind(enum kind kind)
{
	int n = 0;

	for (int i = 0; i < n_failures; i++)
		n += kind_of(&failures[i]) == kind;
	return n;
}

static void put_kind(enum kind kind, const char *head)
{
	if (!of_kind(kind))
		return;
	printf("# %s: %d\n", head, of_kind(kind));
	for (int i = 0; i < n_failures; i++) {
		if (kind_of(&failures[i]) != kind)
			continue;
		printf("#   ");
		put_name(stdout, &trials[failures[i].trial]);
		printf(": %s\n", answer_word(failures[i].err));
	}
}

void tell_summary(void)
{
	struct utsname u = { 0 };

	uname(&u);
	printf("# %s %s held against Linux %s:\n", u.sysname, u.release, pack_kernel);
	if (!counts[V_OK] && !n_failures)
		printf("# nothing could be tried\n");
	else if (!n_failures)
		printf("# every answer was as expected\n");
	put_kind(K_LACKS, "rules that this kernel lacks, or has for fewer calls (the call succeeds)");
	put_kind(K_OTHERWISE, "rules that it has with another errno, or others in their place");
	put_kind(K_ORDER, "pairs of faults that it decides otherwise");
	put_kind(K_REFUSES, "calls that it refuses and no rule does");
	printf("# Totals: pass:%d fail:%d xfail:0 xpass:0 skip:%d error:0\n", counts[V_OK], counts[V_NOT_OK],
	       counts[V_SKIP]);
}

/* As kselftest has it: 0 all as expected, 1 not, 4 nothing could be tried. */
int exit_code(void)
{
	return counts[V_NOT_OK] ? 1 : counts[V_OK] ? 0 : 4;
}
