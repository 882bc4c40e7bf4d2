/* An actor: waits for a command, does it, answers.  Nothing here enters the C library's state. */
#include "play.h"

#include <string.h>
#include <sys/mman.h>

static void bump_stage(void)
{
	__atomic_add_fetch(&stage->ev, 1, __ATOMIC_SEQ_CST);
	futex_wake(&stage->ev);
}

static const struct verb *found_in(const struct verb *table, const char *name)
{
	for (; table->name; table++)
		if (!table->in_director && !strcmp(table->name, name))
			return table;
	return NULL;
}

static void perform(struct actor *a)
{
	char *words[WORDS], line[sizeof a->line];
	const struct verb *v;
	int n;

	memcpy(line, a->line, sizeof line);
	n = split(line, words);
	v = n ? found_in(play_user_verbs, words[0]) : NULL;
	if (n && !v)
		v = found_in(play_worker_verbs, words[0]);
	if (n && !v)
		v = found_in(play_device_verbs, words[0]);
	a->answer.ret = -ENOSYS;
	if (v)
		v->run(a, n, words, &a->answer);
	else
		tell(&a->answer, "\"unknown\":true");
}

static void answered(struct actor *a)
{
	__atomic_store_n(&a->answered, a->asked, __ATOMIC_SEQ_CST);
	bump_stage();
}

/* After execve() in a thread the leader's name is the caller's, and the leader is no more. */
static void only_one_of_that_name(const struct actor *a)
{
	for (struct actor *b = stage->actors; b < stage->actors + ACTORS; b++)
		if (b != a && !strcmp(b->proc_name, a->proc_name))
			b->proc_name[0] = 0;
}

/* The director reads it at any time: its first byte, without which there is no name, comes last. */
static void publish_name(struct actor *a)
{
	char name[sizeof a->proc_name] = "";

	self_name(name, sizeof name);
	__atomic_store_n(a->proc_name, 0, __ATOMIC_SEQ_CST);
	memcpy(a->proc_name + 1, name + 1, sizeof name - 1);
	__atomic_store_n(a->proc_name, *name, __ATOMIC_SEQ_CST);
}

void actor_loop(struct actor *a)
{
	publish_name(a);
	only_one_of_that_name(a);
	a->pid_self = (int)raw(SYS_getpid);
	a->up = 1;
	bump_stage();
	for (;;) {
		while (a->asked == a->answered)
			futex_wait(&a->asked, a->answered, -1);
		perform(a);
		answered(a);
	}
}

int actor_resume(int place)
{
	stage = mmap(NULL, sizeof *stage, PROT_READ | PROT_WRITE, MAP_SHARED, FD_STAGE, 0);
	env.proc = FD_PROC;
	actor_begins = actor_loop;
	if (stage == MAP_FAILED || place < 0 || place >= ACTORS)
		return 2;
	stage->actors[place].answer.ret = 0;
	publish_name(&stage->actors[place]);
	only_one_of_that_name(&stage->actors[place]);
	answered(&stage->actors[place]);
	actor_loop(&stage->actors[place]);
}
