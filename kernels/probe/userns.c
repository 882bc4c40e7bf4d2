/* The user namespaces that a caller lives in, one in the other, and their maps. */
#include "probe.h"

#include <sys/resource.h>

/* Runs in the parent namespace of the caller's new one, in its memory, which saves copying it. */
static void write_maps(long sp)
{
	(void)sp;
	sh->helpers++;
	bump();
	while (!sh->unshared)
		futex_wait(&sh->unshared, 0, -1);
	write_first_maps();
	raw(SYS_exit, 0);
}

static void ask_supervisor_for_maps(void)
{
	int seen = sh->go;

	sh->state = C_MAP;
	bump();
	while (sh->go == seen)
		futex_wait(&sh->go, seen, -1);
	sh->state = C_START;
}

static void enter_userns(int level)
{
	int inner = level == K->userns;
	long helper = 0;

	sh->map_bits = inner ? K->map_uid | K->map_gid << 1 : 3;
	sh->helper_error = 0;
	sh->unshared = 0;
	if (level > 1) {
		int before = sh->helpers;

		helper = spawn_parked(F_VM | 17, write_maps);
		must(helper, "userns helper");
		while (sh->helpers == before)
			futex_wait(&sh->helpers, before, 1000000);
	}
	must(raw(SYS_unshare, F_NEWUSER), "unshare(NEWUSER)");
	if (level == 1) {
		ask_supervisor_for_maps();
	} else {
		sh->unshared = 1;
		futex_wake(&sh->unshared);
		reap_helper(helper);
	}
	if (level > 1)
		parked_is_over();
	if (sh->helper_error)
		cannot("user namespace map", sh->helper_error);
}

void enter_all_userns(void)
{
	struct rlimit old;

	for (int level = 1; level <= K->userns; level++) {
		int limited = level == K->userns && K->userns_nproc_room != UNSET;

		if (limited) {
			raw(SYS_prlimit64, 0, RLIMIT_NPROC, NULL, &old);
			/* the caller itself and the helpers that will join it */
			set_nproc_soft(1 + K->threads + !!K->sibling + K->userns_nproc_room);
		}
		enter_userns(level);
		if (limited)
			must(raw(SYS_prlimit64, 0, RLIMIT_NPROC, &old, NULL), "RLIMIT_NPROC");
	}
}
