/* An actor: waits for a command, does it, answers.  Nothing here enters the C library's state. */
#include "play.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define STACK 65536

struct stage *stage;

static void bump_stage(void)
{
	__atomic_add_fetch(&stage->ev, 1, __ATOMIC_SEQ_CST);
	futex_wake(&stage->ev);
}

/* ---- words ---- */

int split(char *line, char **words)
{
	int n = 0;

	while (n < WORDS) {
		while (*line == ' ')
			*line++ = 0;
		if (!*line)
			break;
		words[n++] = line;
		while (*line && *line != ' ')
			line++;
	}
	return n;
}

long number(const char *text)
{
	if (*text == 'u')
		return stage->uid + (u32)(text[1] - '1');
	return (long)strtoull(text, NULL, 0);
}

void tell(struct answer *out, const char *fmt, ...)
{
	size_t at = strlen(out->json);
	va_list args;

	if (at && at + 1 < sizeof out->json)
		out->json[at++] = ',';
	va_start(args, fmt);
	vsnprintf(out->json + at, sizeof out->json - at, fmt, args);
	va_end(args);
}

struct actor *actor_named(const char *name)
{
	for (int i = 0; i < ACTORS; i++)
		if (!strcmp(stage->actors[i].name, name))
			return &stage->actors[i];
	return NULL;
}

/* ---- descriptors by mail ---- */

int mail_take(void)
{
	char byte, room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	struct cmsghdr *head = (struct cmsghdr *)room;

	if (raw(SYS_recvmsg, FD_MAIL_IN, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0 || m.msg_controllen < sizeof *head)
		return -1;
	return *(int *)CMSG_DATA(head);
}

/* ---- doing commands ---- */

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
	if (stage == MAP_FAILED || place < 0 || place >= ACTORS)
		return 2;
	stage->actors[place].answer.ret = 0;
	publish_name(&stage->actors[place]);
	only_one_of_that_name(&stage->actors[place]);
	answered(&stage->actors[place]);
	actor_loop(&stage->actors[place]);
}

/* ---- making actors ---- */

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
	actor_loop(*(struct actor **)first_sp);
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
			actor_loop(a);
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
