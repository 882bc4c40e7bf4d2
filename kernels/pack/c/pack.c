/* A conformance pack: does a kernel answer calls that make tasks and namespaces as Linux does?
 *
 *   make && ./pack [--whole-machine] [WORD]
 *
 * To be run as root.  Each test is a call from a caller that was set up for it; the output is
 * KTAP, and ends with the rules that the kernel lacks.  With a word only tests whose name has
 * it.  --whole-machine also sets sysctls and cgroup controllers that others would notice. */
#include "pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NO_DRIVER 2
#define BROKEN_OFF 3

static const char *word;
static volatile int *finished; /* by the driver, when all is told */

/* ---- one test ---- */

static int once(const struct trial *t, u32 uid)
{
	static struct kase k;
	char line[1024];

	snprintf(line, sizeof line, "%s", t->line);
	case_parse(&k, line);
	fit_case(&k);
	env.uid = uid;
	run_case(&k);
	return sh->answer.told ? sh->answer.err : NOBODY;
}

static int expected_of(const struct trial *t)
{
	return t->refusals->rule == NOBODY ? 0 : t->refusals->err;
}

/* What differs is looked at twice: on a machine in use a pid may just be taken. */
static void held(int place, int number, u32 uid)
{
	const struct trial *t = &trials[place];
	int err = once(t, uid);

	if (err != expected_of(t))
		err = once(t, uid + 1);
	if (err == NOBODY && !sh->answer.called) {
		tell(number, V_SKIP, t, sh->answer.unprepared);
		return;
	}
	if (err != expected_of(t))
		note_failure(place, err);
	tell(number, err == expected_of(t) ? V_OK : V_NOT_OK, t, NULL);
}

static void try_all(char *text, u32 uid_base, int out_fd)
{
	int number = 0;

	(void)text;
	(void)out_fd;
	share();
	look_at_machine(uid_base);
	for (int i = 0; i < n_trials; i++) {
		const struct trial *t = &trials[i];

		if (!matches(t, word))
			continue;
		if (lacking(t))
			tell(++number, V_SKIP, t, lacking(t));
		else
			held(i, ++number, uid_base + 2 + 2 * i);
	}
	for (int i = 0; !word && i < n_untried; i++)
		tell_untried(++number, &untried[i]);
	tell_summary();
	fflush(stdout);
	*finished = 1;
	_exit(exit_code());
}

/* ---- the whole ---- */

static int skip_all(const char *why)
{
	int number = 0;

	for (int i = 0; i < n_trials; i++)
		if (matches(&trials[i], word))
			tell(++number, V_SKIP, &trials[i], why);
	for (int i = 0; !word && i < n_untried; i++)
		tell_untried(++number, &untried[i]);
	tell_summary();
	return exit_code();
}

/* Why nothing can be tried; NULL if it can. */
static const char *unable(void)
{
	unsigned inside = 1, outside = 1, count = 0;
	FILE *f = fopen("/proc/self/uid_map", "r");
	int known = f && fscanf(f, "%u %u %u", &inside, &outside, &count) == 3;

	if (f)
		fclose(f);
	if (geteuid() != 0)
		return "needs root";
	if (known && (inside || outside || count != 0xffffffffu))
		return "needs root outside of user namespaces";
	return NULL;
}

static int planned(void)
{
	int n = word ? 0 : n_untried;

	for (int i = 0; i < n_trials; i++)
		n += matches(&trials[i], word);
	return n;
}

static int run(void)
{
	int code;

	env.errnos_only = 1;
	printf("KTAP version 1\n1..%d\n", planned());
	fflush(stdout);
	if (unable())
		return skip_all(unable());
	finished = mmap(NULL, sizeof *finished, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	code = launch(1, NULL, 1, try_all);
	if (*finished)
		return code;
	if (code == NO_DRIVER)
		return skip_all("no mounts or pid namespaces of its own here");
	printf("Bail out! the driver died\n");
	return BROKEN_OFF;
}

int main(int argc, char **argv)
{
	int at = 1;

	if (at < argc && !strcmp(argv[at], "--whole-machine"))
		env.vm = at++;
	if (at < argc && *argv[at] != '-')
		word = argv[at++];
	if (at < argc) {
		fprintf(stderr, "usage: %s [--whole-machine] [WORD]\n", argv[0]);
		return 64;
	}
	return run();
}
