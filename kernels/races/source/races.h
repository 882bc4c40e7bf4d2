/* Races, tried again and again; one JSON line each. */
#ifndef RACES_H
#define RACES_H

#include <sys/types.h>

struct shared {
	volatile long round, at, told, done; /* two forkers that start together */
	volatile long through[2];	     /* the last round in which each fork succeeded */
	volatile long odd;		     /* a fork failed for another reason: its errno */
	volatile long counts[3];	     /* rounds, and what was seen how often */
	volatile long sleepers, forks, ok, released; /* of the kill */
};

extern struct shared *sh;

/* Two processes fork in the same moment, as often as there is time. */
struct pair {
	int (*enter)(void);	     /* the first one, before there is a second */
	int (*before)(void);	     /* the first one, before each round */
	void (*after)(int through);  /* the first one, while the children live */
};

/* pair.c */
int run_pair(const struct pair *pair, int seconds);

/* tools.c */
void pin(int cpu);
double now(void);
long read_number(const char *path, int field);
int write_text(const char *path, const char *text);
void cannot(const char *race, const char *why);

/* kill.c, limits.c, threads.c */
void race_kill(int seconds, const char *groups);
void race_limit(int seconds);
void race_threads(int seconds);

/* guest.c: init of a virtual machine, where races() are tried alone */
int guest_main(void (*races)(int seconds, const char *groups, int alone));

#endif
