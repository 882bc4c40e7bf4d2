/* Time, processors, and small files. */
#include "races.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct shared *sh;

void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof set, &set);
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* The number that stands after so many blanks or slashes; 0 if there is none. */
long read_number(const char *path, int field)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[256], *at = text;
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	for (; field && *at; at++)
		field -= *at == ' ' || *at == '/';
	return strtol(at, NULL, 10);
}

int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -1 : 0;
}

void cannot(const char *race, const char *why)
{
	printf("{\"race\": \"%s\", \"cannot\": \"%s\"}\n", race, why);
}
