/* The director: reads a history, hands out its commands, prints what was answered and seen. */
#include "play.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *rows;
static char id[96], counts[200];
static int step_number;
static int looks;

/* ---- commands ---- */

static void put_head(void)
{
	fprintf(rows, "{\"id\":\"%s\",\"step\":%d", id, step_number);
}

static void put_ret(const char *line, const struct answer *out, int came)
{
	fprintf(rows, ",\"do\":\"%s\"", line);
	if (came == 0)
		fprintf(rows, ",\"ret\":null,\"errno\":null");
	else if (out->ret < 0)
		fprintf(rows, ",\"ret\":-1,\"errno\":\"%s\"", errno_word(-out->ret));
	else
		fprintf(rows, ",\"ret\":%ld,\"errno\":0", out->ret);
	fprintf(rows, ",\"told\":{%s}", out->json);
}

static const struct verb *directors_verb(const struct verb *table, const char *name)
{
	for (; table->name; table++)
		if (table->in_director && !strcmp(table->name, name))
			return table;
	return NULL;
}

static int by_director(struct actor *a, int argc, char **argv, struct answer *out)
{
	const struct verb *v = directors_verb(play_director_verbs, argv[0]);

	if (!v)
		v = directors_verb(play_worker_verbs, argv[0]);
	if (!v)
		v = directors_verb(play_device_verbs, argv[0]);
	if (!v)
		return 0;
	*out = (struct answer){ .ret = -EINVAL };
	v->run(a, argc, argv, out);
	return 1;
}

/* 1 done, 0 the actor ended before it answered, -1 timeout, -2 nobody of that name */
static int command(char *line, struct answer *out)
{
	char *words[WORDS], copy[256];
	struct actor *a;
	int n, came;

	snprintf(copy, sizeof copy, "%s", line);
	n = split(copy, words);
	if (n < 2)
		return -2;
	a = actor_named(words[0]);
	if ((a || !strcmp(words[0], "director")) && by_director(a, n - 1, words + 1, out))
		return 1;
	if (!a)
		return -2;
	for (int i = 2; i < n; i++)
		if (*words[i] == '@' && is_alive(a) && has_answered(a))
			mail(kept_fd(words[i] + 1));
	line += strspn(line, " ") + strlen(words[0]) + 1;
	came = n == 3 && !strcmp(words[1], "vfork") ? ask_vfork(a, line, words[2]) : ask(a, line);
	*out = a->answer;
	if (came == 1 && !has_answered(a))
		out->ret = 0; /* vfork() that waits */
	return came;
}

static int do_line(char *line)
{
	struct answer out = { 0 };
	int came = command(line, &out);

	if (came >= 0 && !newborns_come_up())
		came = -1;
	put_head();
	if (came < 0) {
		fprintf(rows, ",\"do\":\"%s\",\"prepared\":\"%s\"}\n", line,
			came == -1 ? "timeout" : "no such actor or command");
		fflush(rows);
		return 0;
	}
	put_ret(line, &out, came);
	if (looks)
		look(rows, counts);
	fprintf(rows, "}\n");
	fflush(rows);
	step_number++;
	return 1;
}

/* ---- a history ---- */

static void option(const char *word)
{
	if (!strncmp(word, "counts=", 7))
		snprintf(counts, sizeof counts, "%s", word + 7);
	else if (!strcmp(word, "blocked=1"))
		stage->blocked = 1;
	else if (!strcmp(word, "look=0"))
		looks = 0;
}

static void begin(char *line)
{
	char *words[WORDS];
	int n = split(line, words);

	*counts = 0;
	looks = 1;
	step_number = 1;
	snprintf(id, sizeof id, "%s", n > 1 ? words[1] : "");
	for (int i = 2; i < n; i++)
		option(words[i]);
}

static void cannot_begin(const char *what, long err)
{
	fprintf(rows, "{\"id\":\"%s\",\"prepared\":\"%s: %s\"}\n", id, what, errno_word(err));
	fflush(rows);
}

/* A history's own, so that nothing is left over from another. */
static int open_mail(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		return -1;
	return dup2(pair[0], FD_MAIL_IN) < 0 ? -1 : dup2(pair[1], FD_MAIL_OUT);
}

/* The director of one history: orphans become its children, and stay until they are reaped. */
static void direct(char **lines, int n)
{
	u64 all = ~0ull;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (open_mail() < 0)
		cannot_begin("mail", errno);
	if (stage->blocked)
		raw(SYS_rt_sigprocmask, 2, &all, NULL, 8);
	for (int i = 0; i < n && do_line(lines[i]); i++)
		;
	fclose(rows);
	raw(SYS_exit_group, 0);
}

static int open_stage(void)
{
	int memory = memfd_create("stage", 0), exe = open("/proc/self/exe", O_RDONLY);

	if (memory < 0 || exe < 0 || ftruncate(memory, sizeof *stage) < 0)
		return -1;
	if (dup2(memory, FD_STAGE) < 0 || dup2(env.proc, FD_PROC) < 0 || dup2(exe, FD_EXE) < 0)
		return -1;
	actor_begins = actor_loop;
	stage = mmap(NULL, sizeof *stage, PROT_READ | PROT_WRITE, MAP_SHARED, FD_STAGE, 0);
	return stage == MAP_FAILED ? -1 : 0;
}

static void play_one(char *head, char **lines, int n, u32 uid)
{
	pid_t pid;

	memset(stage, 0, sizeof *stage);
	stage->uid = uid;
	begin(head);
	pid = fork();
	if (pid == 0)
		direct(lines, n);
	if (pid < 0)
		cannot_begin("fork", errno);
	else
		waitpid(pid, NULL, 0);
	end_everybody();
	remove_play_groups();
}

#define UIDS 16 /* of each history its own: a kernel may never give back a charge */

/* The driver's part: every history of the text, one after the other. */
static void play_all(char *text, u32 uid_base, int out_fd)
{
	static char *lines[400];
	char *save = NULL, *head = NULL;
	u32 played = 0;
	int n = 0;

	rows = fdopen(out_fd, "w");
	if (!rows || open_stage() < 0) {
		fprintf(stderr, "probe: no stage: %s\n", strerror(errno));
		exit(2);
	}
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, "begin ", 6)) {
			head = line;
			n = 0;
		} else if (!strcmp(line, "end") && head) {
			play_one(head, lines, n, uid_base + played++ % 4000 * UIDS);
			head = NULL;
		} else if (head && *line && *line != '#' && n < 400) {
			lines[n++] = line;
		}
	}
	exit(0);
}

int run_play(const char *path, int out_fd)
{
	return run_driven(path, out_fd, play_all);
}
