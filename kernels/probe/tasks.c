/* Lines of steps: "id=N STEP; STEP; ...", each line by a task of its own. */
#include "probe.h"
#include "tasks.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STALLED_MS 10000
#define MAX_WORDS 80

static int split(char *step, char **words)
{
	char *save = NULL;
	int n = 0;

	for (char *one = strtok_r(step, " ", &save); one && n < MAX_WORDS; one = strtok_r(NULL, " ", &save))
		words[n++] = one;
	return n;
}

static void plays(char *step)
{
	char *words[MAX_WORDS + 8] = { 0 };
	int n = split(step, words);

	if (!n)
		return;
	if (!strcmp(words[0], "look"))
		look_at_oneself();
	else if (!strcmp(words[0], "closely"))
		look_closely();
	else if (!strcmp(words[0], "ns"))
		enter_namespace(words + 1);
	else if (!strcmp(words[0], "others"))
		make_helpers(atoi(words[1]), id_of(words[2]));
	else if (!strcmp(words[0], "shared"))
		share_root();
	else if (!strcmp(words[0], "child"))
		make_child(strtoull(words[1], NULL, 0), !strcmp(words[2], "own"));
	else if (!strcmp(words[0], "thread"))
		go_on_in_a_thread(play_steps);
	else if (!strcmp(words[0], "exec"))
		said_number(executes(words[1]));
	else
		said_number(called(words[0], words + 1, n - 1));
}

void play_steps(void)
{
	while (play.rest && *play.rest) {
		char *step = play.rest, *end = strchr(step, ';');

		play.rest = end ? end + 1 : NULL;
		if (end)
			*end = 0;
		plays(step);
	}
	raw(SYS_exit_group, 0);
}

/* After execve(): it succeeded, which the new image says. */
int tasks_resume(int argc, char **argv)
{
	sscanf(argv[2], "%d %d %d %d %d %d %u %d", &play.out, &play.maps[0], &play.maps[1], &play.image, &play.alive[0],
	       &play.alive[1], &play.first_id, &play.inside);
	play.rest = argc > 3 ? argv[3] : NULL;
	said_number(0);
	play_steps();
	return 0;
}

static void write_map(int pid, const char *file, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

/* A range of ids, or none where it ends before it begins. */
static void map_ids(int pid, const char *file, long first, long last)
{
	char text[64];

	if (last < first)
		return;
	snprintf(text, sizeof text, "%ld %u %ld\n", first, play.first_id + (u32)first, last - first + 1);
	write_map(pid, file, text);
}

static void write_maps(const char *asked)
{
	long ids[4];
	int pid, allowed;

	if (sscanf(asked, "%d %ld %ld %ld %ld %d", &pid, &ids[0], &ids[1], &ids[2], &ids[3], &allowed) != 6)
		return;
	if (!allowed)
		write_map(pid, "setgroups", "deny");
	map_ids(pid, "uid_map", ids[0], ids[1]);
	map_ids(pid, "gid_map", ids[2], ids[3]);
}

/* Do what a task asks for: "w PID", reap that child of ours; else maps for its namespace. */
static void serve_one(char *asked)
{
	if (*asked == 'w')
		waitpid(atoi(asked + 1), NULL, __WALL);
	else
		write_maps(asked);
}

/* Serve until nobody of the line is left; what went wrong, if anything did. */
static const char *serve(pid_t task, int asks, int answers)
{
	struct pollfd one = { .fd = asks, .events = POLLIN };
	char asked[128];
	ssize_t n;

	while (poll(&one, 1, STALLED_MS) > 0) {
		n = read(asks, asked, sizeof asked - 1);
		if (n <= 0)
			return NULL;
		asked[n] = 0;
		serve_one(asked);
		if (write(answers, "", 1) < 0)
			break;
	}
	kill(task, SIGKILL);
	return "stalled";
}

static void begin(char *steps, int out, const int asks[2], const int answers[2])
{
	if (pipe(play.alive) < 0)
		_exit(9);
	play.out = out;
	play.maps[0] = asks[1];
	play.maps[1] = answers[0];
	close(asks[0]);
	close(answers[1]);
	play.rest = steps;
	play_steps();
}

static void play_line(char *steps, int out)
{
	int asks[2], answers[2], status = 0;
	const char *wrong;
	pid_t task;

	if (pipe(asks) < 0 || pipe(answers) < 0)
		exit(3);
	task = (pid_t)raw(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (task == 0)
		begin(steps, out, asks, answers);
	close(asks[1]);
	close(answers[0]);
	wrong = serve(task, asks[0], answers[1]);
	close(asks[0]);
	close(answers[1]);
	waitpid(task, &status, 0);
	while (waitpid(-1, NULL, __WALL) > 0)
		; /* helpers: whoever is not reaped is counted still */
	if (wrong)
		dprintf(out, ",\"%s\"", wrong);
	else if (WIFSIGNALED(status))
		dprintf(out, ",\"ended by signal %d\"", WTERMSIG(status));
}

static long sysctl(const char *path)
{
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text - 1);

	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return strtol(text, NULL, 10);
}

static void play_all(char *text, u32 uid_base, int out)
{
	char *save = NULL, *steps;
	int given = dup(out);
	long suid_dumpable = sysctl("/proc/sys/fs/suid_dumpable"), nr_open = sysctl("/proc/sys/fs/nr_open");

	play.first_id = uid_base;
	play.image = open("/proc/self/exe", O_RDONLY);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		steps = strchr(line, ' ');
		if (strncmp(line, "id=", 3) || !steps)
			continue;
		dprintf(given, "{\"id\":%d,\"suid_dumpable\":%ld,\"nr_open\":%ld,\"said\":[null", atoi(line + 3),
			suid_dumpable, nr_open);
		play_line(steps + 1, given);
		dprintf(given, "]}\n");
	}
	exit(0);
}

int run_tasks(const char *path, int out_fd)
{
	return run_driven(path, out_fd, play_all);
}
