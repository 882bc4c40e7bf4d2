/* Making actors: a process or a thread that begins as one.  Safe in an actor. */
#include "play.h"

#include <linux/sched.h>
#include <string.h>
#include <sys/mman.h>

#define STACK 65536

void (*actor_begins)(struct actor *a) __attribute__((noreturn));

static struct actor *free_place(const char *name)
{
	struct actor *a = actor_named(name);

	if (!a)
		a = actor_named("");
	if (!a)
		return NULL;
	memset(a, 0, sizeof *a);
	strncpy(a->name, name, sizeof a->name - 1);
	return a;
}

/* On a stack of its own, whose first word says who it is. */
static void begin_on_stack(long first_sp)
{
	actor_begins(*(struct actor **)first_sp);
}

static long make_sharing(struct actor *a, struct clone_args *args)
{
	long at = raw(SYS_mmap, 0, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at < 0)
		return at;
	args->stack = at;
	args->stack_size = STACK - 64;
	*(struct actor **)(at + STACK - 64) = a;
	return raw_spawn(SYS_clone3, (long)args, sizeof *args, 0, 0, 0, (void *)(at + STACK - 128), begin_on_stack);
}

void actor_clone(const char *name, struct clone_args *args, struct answer *out)
{
	struct actor *a = free_place(name);
	long made; /* not in the answer before the child has left: it shares that */

	if (!a) {
		out->ret = -ENFILE;
		return;
	}
	if (args->flags & F_VM) {
		made = make_sharing(a, args);
	} else {
		made = raw(SYS_clone3, args, sizeof *args);
		if (made == 0)
			actor_begins(a);
	}
	out->ret = made;
	if (made > 0)
		a->born = 1;
	else
		a->name[0] = 0;
}

void actor_make(const char *name, u64 flags, int exit_signal, struct answer *out)
{
	struct clone_args args = { .flags = flags, .exit_signal = exit_signal };

	actor_clone(name, &args, out);
}
