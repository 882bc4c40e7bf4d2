/* Two forks for the last place below RLIMIT_NPROC. */
#include "races.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static int become_a_user_with_one_place(void)
{
	struct rlimit limit = { 3, 3 }; /* two forkers, and one child */
	uid_t uid = 0x60000000 + getpid();

	if (setrlimit(RLIMIT_NPROC, &limit) < 0)
		return -1;
	return setresuid(uid, uid, uid);
}

static void count(int through)
{
	sh->counts[0]++;
	sh->counts[1] += through == 2;
	sh->counts[2] += through == 0;
}

void race_limit(int seconds)
{
	const struct pair pair = { .enter = become_a_user_with_one_place, .after = count };

	if (run_pair(&pair, seconds) < 0)
		return cannot("limit", "no two forkers on two processors");
	if (sh->odd)
		return cannot("limit", "a fork failed for another reason");
	printf("{\"race\": \"limit\", \"tries\": %ld, \"both_through\": %ld, "
	       "\"both_refused\": %ld}\n",
	       sh->counts[0], sh->counts[1], sh->counts[2]);
}
