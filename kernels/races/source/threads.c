/* Two forks for the last place below kernel.threads-max.  Only where nobody else is disturbed. */
#include "races.h"

#include <stdio.h>

#define MOST "/proc/sys/kernel/threads-max"
#define LOAD "/proc/loadavg"

static long most;

static int leave_one_place(void)
{
	char text[24];

	most = read_number(LOAD, 4) + 1;
	snprintf(text, sizeof text, "%ld", most);
	return write_text(MOST, text);
}

/* Both children live: the threads are counted now. */
static void count(int through)
{
	sh->counts[0]++;
	sh->counts[1] += through == 2 && read_number(LOAD, 4) > most;
}

void race_threads(int seconds)
{
	const struct pair pair = { .before = leave_one_place, .after = count };
	long before = read_number(MOST, 0);
	char text[24];

	if (run_pair(&pair, seconds) < 0 || sh->odd)
		return cannot("threads", "no two forkers on two processors");
	snprintf(text, sizeof text, "%ld", before);
	write_text(MOST, text);
	printf("{\"race\": \"threads\", \"tries\": %ld, \"overshoot\": %ld}\n", sh->counts[0],
	       sh->counts[1]);
}
